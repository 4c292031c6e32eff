"""What a placed score remembers of itself, so that any machine that has the timeline can make it again.

The state is a `PlacedTake` in OpenTimelineIO metadata, under `METADATA_KEY`. The take that plays has its state on the
clip; earlier takes have theirs on their media references. It is written as one string of JSON: tools that rewrite the
numbers they pass on leave it as it is, and a timeline of thousands of cuts stays quick to read for everybody else.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, ClassVar

import opentimelineio as otio

from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.service import is_file_name
from vem_plugin.timeline.ownership import METADATA_KEY as METADATA_KEY
from vem_plugin.timeline.ownership import is_ours as is_ours
from vem_plugin.timeline.ownership import ours as ours

MIX = "mix"
"""The role of the file that holds all of the music."""

ACTIVE_KEY = otio.schema.Clip.DEFAULT_MEDIA_KEY
"""The media reference that plays. Readers that know nothing of several references look for this one."""


@dataclass(frozen=True)
class PlacedTake:
    """One take: everything that made it, and where it was put."""

    schema_label: ClassVar[str] = "PlacedTake.1"

    take: int  # counted from 1
    audio: str  # the Broadcast WAV's file name
    in_frames: int  # record frames from the timeline's start
    request: ScoreRequest
    result: ScoreResult

    def __post_init__(self) -> None:
        if not 1 <= self.take < 1_000_000 or self.in_frames < 0:
            raise ContractError("takes are counted from 1, and begin at a frame of the timeline")
        if not is_plain_name(self.audio):
            raise ContractError("the music of a take is a file in the folder of the takes")
        if not all(is_file_name(file.name) for file in self.result.files):
            raise ContractError("the files of a take lie inside its folder")

    @property
    def duration_frames(self) -> int:
        """How long the take's range lasts, in record frames."""
        return self.request.sheet.duration_frames

    @property
    def summary(self) -> dict[str, Any]:
        """A line of the take list."""
        return {"take": self.take, "audio": self.audio, "model": self.result.model, "seed": self.result.seed}


def is_plain_name(text: str) -> bool:
    """Whether a text names a file on any system, with no folder or drive before it."""
    plain = 0 < len(text.encode()) <= 255 and text not in (".", "..")
    return plain and re.search(r"[\x00-\x1f\x7f/\\]|^[A-Za-z]:", text) is None


def clip_metadata(active: PlacedTake, earlier: tuple[PlacedTake, ...]) -> dict[str, Any]:
    """Our metadata of the clip that plays `active`."""
    takes = sorted((active, *earlier), key=lambda take: take.take)
    return {
        "kind": "score",
        "take": active.take,
        "takes": [take.summary for take in takes],
        "tool_version": active.result.tool_version,
        "request_sha256": active.result.request_sha256,
        "model": active.result.model,
        "model_sha256": active.result.model_sha256,
        "seed": active.result.seed,
        "state": dumps(active),
    }


def reference_metadata(take: PlacedTake, *, active: bool) -> dict[str, Any]:
    """Our metadata of a take's media reference."""
    return {"take": take.take} if active else {"take": take.take, "state": dumps(take)}


def takes_of_clip(clip: otio.schema.Clip) -> tuple[PlacedTake, ...]:
    """The takes that a clip of ours remembers, the active one first; those whose state is damaged are left out."""
    references = (reference for key, reference in sorted(clip.media_references().items()) if key != ACTIVE_KEY)
    takes = (_take(thing) for thing in (clip, *references))
    return tuple(take for take in takes if take is not None)


class StateProblem(enum.StrEnum):
    """Why a score of ours cannot be taken up again."""

    MISSING = "missing"  # the clip carries no state, or none that is text
    DAMAGED = "damaged"
    NEWER = "newer"  # written by a newer version of this program


def take_of_clip(clip: otio.schema.Clip) -> PlacedTake | StateProblem:
    """The take that a clip of ours plays, or what is wrong with its state."""
    part = ours(clip)
    state, tool_version = part.get("state"), part.get("tool_version")
    if not isinstance(state, str):
        return StateProblem.MISSING
    return read_state(state, tool_version if isinstance(tool_version, str) else "")


def read_state(text: str | bytes, tool_version: str = "") -> PlacedTake | StateProblem:
    """A take from its JSON, or what is wrong with it; `tool_version` is that of the program that wrote it."""
    try:
        return loads(PlacedTake, text)
    except ContractError as error:
        newer = bool(error.details.get("newer")) or _numbers(tool_version) > _numbers(version("vem-score"))
        return StateProblem.NEWER if newer else StateProblem.DAMAGED


def _numbers(tool_version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"[0-9]{1,9}", tool_version)[:3])


def _take(thing: otio.core.SerializableObjectWithMetadata) -> PlacedTake | None:
    state = ours(thing).get("state")
    try:
        return loads(PlacedTake, state) if isinstance(state, str) else None
    except ContractError:
        return None
