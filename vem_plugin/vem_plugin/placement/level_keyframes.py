"""The level under speech as keyframes of a clip's volume, in the one format whose adapter carries them: FCP7 XML.

Final Cut Pro's XML Interchange Format has the volume of a clip as the effect *Audio Levels*: its parameter *Level* is a
linear gain, and a keyframe's `when` counts frames from the first one of the media.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

import opentimelineio as otio

from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_plugin.placement.lane import PlacedAudio

SUFFIX = ".xml"
"""The ending of timelines that can hold keyframes."""

_LOUDEST = 3.98109  # +12 dB, the top of the parameter

Curve = Sequence[tuple[int, float]]
"""(samples, dB) points, linear between; as `SpeechReport.curve`."""


def add_level_keyframes(clips: Iterable[otio.schema.Clip], audio: PlacedAudio) -> None:
    """Give the clips of a take, its mix and its stems, the level under speech, unless that is in the sound."""
    request, speech = audio.take.request, audio.take.result.speech
    if speech is not None and not request.delivery.bake_level:
        for clip in clips:
            set_level(clip, speech.curve, request.sheet.rate, audio.available_frames)


def set_level(clip: otio.schema.Clip, curve: Curve, rate: Fraction, media_frames: int) -> None:
    """Give a clip, which has so many frames of media, the volume that the curve says."""
    keyframes = [
        {"when": str(frame), "value": f"{10 ** (level_db / 20):.5f}"}
        for frame, level_db in keyframes_of(curve, rate, media_frames)
    ]
    level = {
        "parameterid": "level",
        "name": "Level",
        "valuemin": "0",
        "valuemax": str(_LOUDEST),
        "value": "1",
        "keyframe": keyframes,
    }
    kinds = dict.fromkeys(("effectid", "effectcategory", "effecttype"), "audiolevels")
    effect = {"name": "Audio Levels", **kinds, "mediatype": "audio", "parameter": level}
    clip.metadata["fcp_xml"] = {"filter": {"effect": effect}}


def keyframes_of(curve: Curve, rate: Fraction, media_frames: int) -> list[tuple[int, float]]:
    """(frame, dB) points that follow the curve over frames 0 to `media_frames`.

    There is one on every frame where the level moves: editors differ in what lies between two, a line in dB or in gain.
    """
    frames = {0, media_frames}
    for (start, before_db), (end, after_db) in itertools.pairwise(curve):
        first, last = math.floor(start * rate / SAMPLE_RATE_HZ), math.ceil(end * rate / SAMPLE_RATE_HZ)
        frames |= set(range(first, last + 1)) if before_db != after_db else {first, last}
    return [
        (frame, _level_db(curve, sample_of_frame(frame, rate)))
        for frame in sorted(frames)
        if 0 <= frame <= media_frames
    ]


def _level_db(curve: Curve, sample: int) -> float:
    """The level at a sample; before the first point and after the last it is theirs."""
    after = bisect.bisect_right(curve, sample, key=lambda point: point[0])
    if not 0 < after < len(curve):
        return curve[0 if after == 0 else -1][1] if curve else 0.0
    (start, before_db), (end, after_db) = curve[after - 1], curve[after]
    return before_db + (after_db - before_db) * (sample - start) / (end - start)
