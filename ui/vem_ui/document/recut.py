"""What becomes of an editor's decisions when the timeline was cut anew: they follow their shots."""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.parse import shot_boundaries_samples
from vem_core.contract.recut import FrameRange
from vem_core.contract.sheet_diff import SheetDiff, diff_sheets
from vem_plugin.scoring.resolving import followed_parse
from vem_ui.document.state import CutWish, ScoreState, TempTrackChoice

T = TypeVar("T")


def adapted(state: ScoreState, old: CutSheet, new: CutSheet) -> ScoreState:
    """The state for `new`: energies, words and wishes stay with the shots they were given to.

    A wish belongs to the shot that its cut begins. What belonged to a shot that is gone is dropped; so is a selection,
    unless no cut moved.
    """
    if old == new:
        return state
    difference = diff_sheets(old, new)
    direction = state.direction
    energies = tuple(_followed(difference, direction.shot_energies, None)) if direction.shot_energies else ()
    words = tuple(_followed(difference, direction.shot_words, "")) if direction.shot_words else ()
    heard = state.temp_track.heard
    if heard is not None:
        heard = dataclasses.replace(heard, shot_energies=tuple(_followed(difference, heard.shot_energies, None)))
    given = {entry.record_frames: entry.wish for entry in state.wishes}
    wishes = tuple(
        CutWish(new.shots[match.new].start_frames, wish)
        for match in difference.matches
        if match.old is not None
        and match.new > 0
        and (wish := given.get(old.shots[match.old].start_frames)) is not None
    )
    return dataclasses.replace(
        state.with_direction(
            dataclasses.replace(
                direction,
                shot_energies=energies,
                shot_words=words,
                temp_track=None if direction.temp_track is None else heard,
            )
        ),
        wishes=wishes,
        selection=state.selection if difference.unchanged else None,
        temp_track=dataclasses.replace(state.temp_track, heard=heard),
        parse=None if state.parse is None else followed_parse(state.parse, difference, new),
        locked=_followed_locks(state.locked, difference, old, new),
    )


def without_shots(state: ScoreState) -> ScoreState:
    """The state for a timeline of which nothing is known: without what belongs to single shots and cuts."""
    state = state.with_temp_track(TempTrackChoice())
    direction = dataclasses.replace(state.direction, shot_energies=(), shot_words=())
    return dataclasses.replace(state.with_direction(direction), wishes=(), selection=None, parse=None, locked=())


def fits(state: ScoreState, sheet: CutSheet) -> bool:
    """Whether what the state says of single shots can be meant for this sheet."""
    shots = len(sheet.shots)
    direction = state.direction
    spans = (*state.locked, *([] if state.selection is None else [state.selection]))
    inside = all(span.end_excl_frames <= sheet.duration_frames for span in spans)
    starts = () if state.parse is None else tuple(cue.start_samples for cue in state.parse.storyboard)
    if state.parse is not None and (*starts, state.parse.duration_samples) != shot_boundaries_samples(sheet):
        return False
    heard = state.temp_track.heard
    if heard is not None and len(heard.shot_energies) != shots:
        return False
    return inside and len(direction.shot_energies) in (0, shots) and len(direction.shot_words) in (0, shots)


def _followed_locks(
    locked: tuple[FrameRange, ...], difference: SheetDiff, old: CutSheet, new: CutSheet
) -> tuple[FrameRange, ...]:
    """Locked stretches where their shots are now; what of them shows other frames of its shot stays with the shot."""
    found: list[FrameRange] = []
    for match in difference.matches:
        if match.old is None:
            continue
        before, after = old.shots[match.old], new.shots[match.new]
        for lock in locked:
            first = max(lock.start_frames, before.start_frames) + match.travel_frames
            end_excl = min(lock.end_excl_frames, before.end_excl_frames) + match.travel_frames
            end_excl = min(end_excl, after.end_excl_frames)
            if first >= end_excl:
                continue
            if found and found[-1].end_excl_frames == first:
                first = found.pop().start_frames
            found.append(FrameRange(first, end_excl))
    return tuple(found)


def _followed(difference: SheetDiff, values: tuple[T, ...], missing: T) -> list[T]:
    return [missing if match.old is None else values[match.old] for match in difference.matches]
