"""The schema `VemScoreState.1`: what it takes to make a timeline's score again, kept on the timeline itself.

It stands in the timeline's metadata under `vem_score`, `state`, and survives what loses the lane (otiotool's
--video-only, an editor that writes no audio metadata). A program without this file passes it on as it found it: to
OpenTimelineIO it is then an unknown schema, which is written back whole. OpenTimelineIO loads this file on its own, so
it imports nothing of ours.
"""

from __future__ import annotations

import opentimelineio as otio


@otio.core.register_type
class VemScoreState(otio.core.SerializableObject):  # type: ignore[misc]  # OpenTimelineIO is untyped
    """A score as it was asked for.

    `request` is the request as one string of JSON, which no program's reading of numbers can change.
    """

    _serializable_label = "VemScoreState.1"

    take = otio.core.serializable_field("take", int, doc="Number of the take, from 1.")
    audio = otio.core.serializable_field("audio", str, doc="File name of the Broadcast WAV.")
    model = otio.core.serializable_field("model", str, doc="The model that made it.")
    seed = otio.core.serializable_field("seed", int, doc="The seed it was made with.")
    tool_version = otio.core.serializable_field("tool_version", str, doc="The version of VeM Score.")
    request = otio.core.serializable_field("request", str, doc="ScoreRequest.1 as JSON.")

    def __init__(
        self, take: int = 0, audio: str = "", model: str = "", seed: int = 0, tool_version: str = "", request: str = ""
    ) -> None:
        otio.core.SerializableObject.__init__(self)
        self.take = take
        self.audio = audio
        self.model = model
        self.seed = seed
        self.tool_version = tool_version
        self.request = request

    def __repr__(self) -> str:
        return f"VemScoreState(take={self.take}, audio={self.audio!r}, model={self.model!r}, seed={self.seed})"
