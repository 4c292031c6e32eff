"""Pieces that were made one by one, as one score of the whole timeline."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.pcm import audio_of, pcm_of
from vem_core.audio.tape import blocks, discard, folder_of, silent
from vem_core.audio.types import Audio, Rendering
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.plan import Beat, Hit, Landing, ScorePlan, Section, UnmetMark
from vem_core.contract.progress import OnProgress, Stage
from vem_core.contract.time import sample_of_frame
from vem_core.cues.cutting import CueSpan
from vem_core.delivery.files import MasteredSound
from vem_core.generation.played_piece import PlayedPiece
from vem_core.rhythm.tracking.base import TrackedBeats

_STEPS_A_PIECE = 100
_ENTRANCE_SAMPLES = 240  # 5 ms


@dataclass(frozen=True)
class PlacedPiece:
    """A piece and the stretch of the sheet that it scores."""

    span: CueSpan
    piece: PlayedPiece
    entrance: bool = False  # its first event is not the sheet's


def progress_of_piece(on_progress: OnProgress, number: int, count: int) -> OnProgress:
    """Progress of one of several pieces, told as progress of the making of them all."""

    def tell(stage: Stage, done: int, steps: int, message: str) -> None:
        share = {Stage.GENERATE: done / max(1, steps), Stage.MEASURE: 1.0}.get(stage, 0.0)
        whole = number * _STEPS_A_PIECE + round(_STEPS_A_PIECE * share)
        on_progress(Stage.GENERATE, whole, count * _STEPS_A_PIECE, f"{message} (piece {number + 1} of {count})")

    return tell


def entering_on_a_beat(piece: PlayedPiece) -> PlayedPiece:
    """The piece with nothing before its first beat, for one that comes in after others. It is changed in place."""
    first = piece.plan.beats[0].samples if piece.plan.beats else 0
    if first <= _ENTRANCE_SAMPLES:
        return piece
    fade_in = np.linspace(0, 1, _ENTRANCE_SAMPLES, dtype=np.float32)
    if isinstance(piece.sound, MasteredSound):
        for packed in piece.sound.sounds.values():
            packed[: first - _ENTRANCE_SAMPLES] = np.zeros((first - _ENTRANCE_SAMPLES, packed.channels), np.int32)
            entrance = slice(first - _ENTRANCE_SAMPLES, first)
            packed[entrance] = pcm_of(audio_of(packed[entrance]) * fade_in)
        return piece
    for sound in (piece.rendering.mix, *piece.rendering.stems.values()):
        sound[:, : first - _ENTRANCE_SAMPLES] = 0
        sound[:, first - _ENTRANCE_SAMPLES : first] *= fade_in
    return piece


def join_pieces(sheet: CutSheet, placed: Sequence[PlacedPiece], beat_offset_samples: int = 0) -> PlayedPiece:
    """One piece as long as the sheet, silent where none of the given plays. Bars and sections are counted on.

    The pieces' own tapes are given back to the disk as they are joined.

    `beat_offset_samples` is how far from its cut a beat was aimed.
    """
    duration = sample_of_frame(sheet.duration_frames, sheet.rate)
    starts = [sample_of_frame(each.span.start_frames, sheet.rate) for each in placed]
    ends = [*starts[1:], duration]  # an end is the next one's beginning, whatever rounding made of the lengths
    return PlayedPiece(
        sound=_join_sounds([each.piece for each in placed], starts, duration),
        plan=_join_plans(sheet, placed, starts, ends, duration, beat_offset_samples),
        tracked=TrackedBeats(
            _strictly_rising(_shifted([each.piece.tracked.beats_samples for each in placed], starts, ends)),
            _strictly_rising(_shifted([each.piece.tracked.downbeats_samples for each in placed], starts, ends)),
        ),
        corrected_ms=max(each.piece.corrected_ms for each in placed),
        device=placed[0].piece.device,
        warnings=tuple(dict.fromkeys(warning for each in placed for warning in each.piece.warnings)),
        parts=tuple(
            each.piece.as_part(each.span.start_frames, each.span.end_excl_frames, entrance=each.entrance)
            for each in placed
        ),
    )


def _join_sounds(pieces: Sequence[PlayedPiece], starts: Sequence[int], duration: int) -> Rendering | MasteredSound:
    mastered = [piece.sound for piece in pieces if isinstance(piece.sound, MasteredSound)]
    if not mastered:
        return _join_renderings([piece.rendering for piece in pieces], starts, duration)
    assert len(mastered) == len(pieces), "pieces are mastered together, or each by itself"
    roles = dict.fromkeys(role for sound in mastered for role in sound.sounds)
    channels, folder = mastered[0].sounds["mix"].channels, mastered[0].sounds["mix"].folder
    joined = {role: PackedSound.silent(duration, channels, folder) for role in roles}
    for sound, start in zip(mastered, starts, strict=True):
        for role, packed in sound.sounds.items():
            joined[role].copy(start, min(duration, start + len(packed)), packed, 0)
    return MasteredSound(joined, mastered[0].mix)


def _join_renderings(renderings: Sequence[Rendering], starts: Sequence[int], duration: int) -> Rendering:
    names = list(dict.fromkeys(name for rendering in renderings for name in rendering.stems))
    return dataclasses.replace(
        renderings[0],
        mix=_laid_out([rendering.mix for rendering in renderings], starts, duration),
        stems={
            name: _laid_out([rendering.stems.get(name) for rendering in renderings], starts, duration) for name in names
        },
        midi=None,
    )


def _laid_out(sounds: Sequence[Audio | None], starts: Sequence[int], duration: int) -> Audio:
    whole = silent(duration, folder=next((folder_of(sound) for sound in sounds if sound is not None), None))
    for sound, start in zip(sounds, starts, strict=True):
        if sound is not None:
            for where in blocks(min(sound.shape[1], duration - start), sound, whole):
                whole[:, start + where.start : start + where.stop] += sound[:, where]
            discard(sound)
    return whole


def _join_plans(
    sheet: CutSheet,
    placed: Sequence[PlacedPiece],
    starts: Sequence[int],
    ends: Sequence[int],
    duration: int,
    offset: int,
) -> ScorePlan:
    beats: list[Beat] = []
    sections: list[Section] = []
    hits: dict[tuple[bool, int], Hit] = {}
    unmet: list[UnmetMark] = []
    energies = [0.0] * len(sheet.shots)
    for cue, start, end in zip(placed, starts, ends, strict=True):
        plan, first_beat = cue.piece.plan, len(beats)
        first_bar = beats[-1].bar + 1 if beats else 0
        first_shot = next(i for i, shot in enumerate(sheet.shots) if shot.end_excl_frames > cue.span.start_frames)
        kept = [beat for beat in plan.beats if start + beat.samples < end or end == duration]
        beats += [dataclasses.replace(beat, samples=start + beat.samples, bar=first_bar + beat.bar) for beat in kept]
        sections += [
            dataclasses.replace(
                section,
                first_bar=first_bar + section.first_bar,
                first_shot=first_shot + section.first_shot,
                start_samples=None if section.start_samples is None else start + section.start_samples,
            )
            for section in plan.sections
        ]
        for hit in _hits_of_sheet(sheet, cue, offset):
            beat = None if hit.beat is None or hit.beat > len(kept) - 1 else first_beat + hit.beat
            hits[hit.event, hit.index] = dataclasses.replace(hit, beat=beat)
        unmet += _unmet_of_sheet(sheet, cue)
        for index, energy in enumerate(plan.shot_energies):
            energies[first_shot + index] = max(energies[first_shot + index], energy)
    plans = [each.piece.plan for each in placed]
    speech = ((start, span) for plan, start in zip(plans, starts, strict=True) for span in plan.speech_samples)
    last = plans[-1]
    return dataclasses.replace(
        plans[0],
        duration_samples=duration,
        beats=tuple(beats),
        hits=tuple(_all_hits(sheet, hits)),
        sections=tuple(sections),
        shot_starts_samples=tuple(sample_of_frame(shot.start_frames, sheet.rate) for shot in sheet.shots),
        shot_energies=tuple(energies),
        ending=last.ending,
        final_beat=len(beats) - len(last.beats) + last.final_beat,
        speech_samples=tuple((start + first, start + end) for start, (first, end) in speech),
        unmet=tuple(unmet),
    )


def _hits_of_sheet(sheet: CutSheet, one: PlacedPiece, offset: int) -> Iterator[Hit]:
    """A piece's hits under the numbers that their cuts and events have in the whole sheet.

    A cut on the piece's first frame, which is no cut to the piece, is met where its entrance is.
    """
    start = one.span.start_frames
    first = _first_numbers(sheet, one)
    first_cut = first[False]
    for hit in one.piece.plan.hits:
        number = first[hit.event]
        if one.entrance and hit.event and hit.index == 0:
            if first_cut > 0 and sheet.cuts[first_cut - 1].record_frames == start:
                target = sample_of_frame(start, sheet.rate) + offset
                yield dataclasses.replace(hit, index=first_cut - 1, event=False, target_samples=target)
            continue
        target = sample_of_frame(_frames_of(sheet, hit.event)[number + hit.index], sheet.rate) + offset
        yield dataclasses.replace(hit, index=number + hit.index, target_samples=target)


def _unmet_of_sheet(sheet: CutSheet, one: PlacedPiece) -> Iterator[UnmetMark]:
    """A piece's unmet marks under the sheet's numbers; that it comes in without a beat is no mark's fault."""
    start = sample_of_frame(one.span.start_frames, sheet.rate)
    first = _first_numbers(sheet, one)
    for mark in one.piece.plan.unmet:
        if not (one.entrance and mark.event and mark.index == 0):
            index = None if mark.index is None else first[mark.event] + mark.index
            yield dataclasses.replace(mark, index=index, target_samples=start + mark.target_samples)


def _first_numbers(sheet: CutSheet, one: PlacedPiece) -> dict[bool, int]:
    """The numbers in the sheet of a piece's first cut (False) and first event (True)."""
    start = one.span.start_frames
    return {
        False: sum(cut.record_frames <= start for cut in sheet.cuts),
        True: sum(event.record_frames < start for event in sheet.events) - one.entrance,
    }


def _all_hits(sheet: CutSheet, hits: dict[tuple[bool, int], Hit]) -> Iterator[Hit]:
    """The hits in the sheet's order; what lies in a silence is silent, and a cut between two pieces is missed."""
    for event in (False, True):
        for index, frame in enumerate(_frames_of(sheet, event)):
            target = sample_of_frame(frame, sheet.rate)
            if sheet.is_silent_at(frame):
                other = Hit(index, event, target, Landing.SILENT, None, 0, 0.0, "no music was wanted here")
            else:
                other = Hit(index, event, target, Landing.MISS, None, 0, 0.0, "a piece begins here without a beat")
            yield hits.get((event, index), other)


def _frames_of(sheet: CutSheet, event: bool) -> tuple[int, ...]:
    """Where the sheet's cuts, or its events, are."""
    if event:
        return tuple(moment.record_frames for moment in sheet.events)
    return tuple(cut.record_frames for cut in sheet.cuts)


def _shifted(instants: Sequence[Sequence[int]], starts: Sequence[int], ends: Sequence[int]) -> list[int]:
    return [
        start + instant
        for own, start, end in zip(instants, starts, ends, strict=True)
        for instant in own
        if start + instant < end
    ]


def _strictly_rising(instants: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(set(instants)))
