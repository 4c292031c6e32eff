"""Markers on the placed clip: the hits that the music makes, its bars and its beats.

Colours mean the same everywhere: red is a hit, purple a hit that the editor asked for as the drop, green a bar, cyan a
beat. Editors show one marker a frame, so the weightier takes the place.
"""

from __future__ import annotations

import enum

import opentimelineio as otio

from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.plan import ScorePlan
from vem_core.contract.result import AlignmentReport, CutAlignment
from vem_core.contract.time import nearest_frame
from vem_plugin.placement.state import METADATA_KEY

_Color = otio.schema.MarkerColor


class MarkerDetail(enum.StrEnum):
    """How much of the music is marked."""

    NONE = "none"
    HITS = "hits"
    BARS = "bars"  # hits and downbeats
    BEATS = "beats"  # hits and every beat


def score_markers(
    sheet: CutSheet,
    plan: ScorePlan,
    report: AlignmentReport,
    clip_start: otio.opentime.RationalTime,
    detail: MarkerDetail = MarkerDetail.BARS,
) -> list[otio.schema.Marker]:
    """Markers in the clip's own time (`clip_start` is its first frame), in order, at most one a frame.

    Hits are those measured on the sound, within one frame.
    """
    marks: dict[int, tuple[str, str, str]] = {}
    if detail in (MarkerDetail.BARS, MarkerDetail.BEATS):
        for beat in plan.beats:
            frame = nearest_frame(beat.samples, sheet.rate)
            if beat.number == 1:
                marks[frame] = ("bar", f"Bar {beat.bar + 1}", _Color.GREEN)
            elif detail is MarkerDetail.BEATS:
                marks.setdefault(frame, ("beat", f"Beat {beat.number}", _Color.CYAN))
    if detail is not MarkerDetail.NONE:
        for cut in report.cuts:
            if cut.is_struck:
                marks[nearest_frame(cut.target_samples, sheet.rate)] = _hit_mark(sheet, cut)
    return [_marker(frame, *marks[frame], clip_start) for frame in sorted(marks) if 0 <= frame < sheet.duration_frames]


def _hit_mark(sheet: CutSheet, cut: CutAlignment) -> tuple[str, str, str]:
    target = sheet.events[cut.index] if cut.event else sheet.cuts[cut.index]
    name = "Event" if cut.event else "Cut"
    label = f" {target.label}" if target.label else ""
    color = _Color.PURPLE if target.wish is Wish.DROP else _Color.RED
    return "hit", f"{name} {cut.index + 1}{label}: {cut.landing.value}", color


def _marker(frame: int, kind: str, name: str, color: str, clip_start: otio.opentime.RationalTime) -> otio.schema.Marker:
    one_frame = otio.opentime.RationalTime(1, clip_start.rate)
    start = otio.opentime.RationalTime(clip_start.value + frame, clip_start.rate)
    return otio.schema.Marker(
        name=name,
        marked_range=otio.opentime.TimeRange(start, one_frame),
        color=color,
        metadata={METADATA_KEY: {"kind": kind}},
    )
