"""Stems on lanes of their own: one audio track a stem, tagged, replaced when the timeline is scored again."""

from __future__ import annotations

from collections.abc import Mapping

import opentimelineio as otio

from vem_core.contract.cut_sheet import CutSheet
from vem_plugin.placement.lane import STEM_MARK, LaneOptions, PlacedAudio, clear_span, find_stem_lanes, place_score
from vem_plugin.placement.markers import MarkerDetail
from vem_plugin.placement.state import METADATA_KEY, PlacedTake, ours, takes_of_clip


def place_stems(
    timeline: otio.schema.Timeline,
    sheet: CutSheet,
    stems: Mapping[str, PlacedAudio],
    mix: otio.schema.Clip,
    options: LaneOptions,
) -> list[otio.schema.Clip]:
    """Put each stem, by its name, on a lane of its own, and silence the mix, which is their sum; the stems' clips.

    Without stems, those of the range that the mix fills go, and the mix is heard again. Other ranges keep theirs.
    """
    take = next(iter(takes_of_clip(mix)), None)
    clear_stems(timeline, sheet, take, options)
    clips = []
    for name, audio in stems.items():
        lane = LaneOptions(_lane_name(options, name), MarkerDetail.NONE, options.our_files)
        clip = place_score(timeline, sheet, audio, (), lane)
        clip.metadata[METADATA_KEY] = {"kind": "stem", "stem": name, "take": audio.take.take}
        clips.append(clip)
    state = dict(ours(mix))
    if stems or state.get("silenced_for_stems"):
        mix.enabled = not stems
    mix.metadata[METADATA_KEY] = {**state, "silenced_for_stems": bool(stems)}
    return clips


def clear_stems(timeline: otio.schema.Timeline, sheet: CutSheet, take: PlacedTake | None, options: LaneOptions) -> None:
    """Take the stems of earlier scores off where a take is placed; a lane on which nothing is left goes with them."""
    if take is None:
        return
    for track in find_stem_lanes(timeline, options):
        clear_span(timeline, track, sheet, take, options)


def _lane_name(options: LaneOptions, stem: str) -> str:
    return f"{options.track_name}{STEM_MARK}{stem}"
