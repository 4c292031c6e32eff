"""Stems on lanes of their own: one audio track a stem, tagged, replaced when the timeline is scored again."""

from __future__ import annotations

from collections.abc import Mapping

import opentimelineio as otio

from vem_core.contract.cut_sheet import CutSheet
from vem_plugin.placement.lane import LaneOptions, PlacedAudio, is_our_item, place_score
from vem_plugin.placement.markers import MarkerDetail
from vem_plugin.placement.state import METADATA_KEY, ours


def place_stems(
    timeline: otio.schema.Timeline,
    sheet: CutSheet,
    stems: Mapping[str, PlacedAudio],
    mix: otio.schema.Clip,
    options: LaneOptions,
) -> list[otio.schema.Clip]:
    """Put each stem, by its name, on a lane of its own, and silence the mix, which is their sum; the stems' clips.

    Without stems, those of an earlier score go and the mix is heard again.
    """
    clear_stems(timeline, options)
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


def clear_stems(timeline: otio.schema.Timeline, options: LaneOptions) -> None:
    """Take the stems of earlier scores off; a lane on which nobody else put anything goes with them."""
    prefix = _lane_name(options, "")
    for track in list(timeline.tracks):
        if isinstance(track, otio.schema.Track) and str(ours(track).get("name", "")).startswith(prefix):
            for index in reversed(range(len(track))):
                if is_our_item(track[index]):
                    track[index] = otio.schema.Gap(duration=track[index].duration())
            if all(isinstance(item, otio.schema.Gap) for item in track):
                timeline.tracks.remove(track)


def _lane_name(options: LaneOptions, stem: str) -> str:
    return f"{options.track_name}: {stem}"
