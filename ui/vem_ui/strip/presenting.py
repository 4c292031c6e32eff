"""From a document and its active take to what the strip draws; what did not change is not made anew."""

from __future__ import annotations

import dataclasses

from vem_core.contract.brief import MusicBrief
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.result import ScoreResult
from vem_plugin.sound.roles import Role
from vem_ui.document.sound_reader import SoundReading
from vem_ui.document.state import CutWish, ScoreState, TempTrackChoice
from vem_ui.document.takes import StoredTake
from vem_ui.strip.model import (
    BeatMark,
    CutMark,
    StripModel,
    accent_frames,
    beat_marks,
    cut_marks,
    home_spans,
    kept_spans,
    tempo_points,
)


class StripPresenter:
    """Makes strip models. Dragging an energy makes only the energies anew."""

    def __init__(self) -> None:
        self.tolerance_frames = 1.0
        self._measured: tuple[object, tuple[CutMark, ...]] | None = None  # as the timeline's markers wish it
        self._wished: tuple[object, tuple[CutMark, ...]] | None = None  # as the panel does
        self.speech: tuple[tuple[float, float], ...] = ()  # what is heard on the timeline already, in record frames
        self.temp_music: tuple[tuple[float, float], ...] = ()
        self._kept: tuple[tuple[float, float], ...] = ()
        self._moods: tuple[tuple[float, float], ...] = ()
        self._accents: tuple[float, ...] = ()
        self._homes: tuple[tuple[float, float, float], ...] = ()
        self._beats: tuple[object, tuple[BeatMark, ...], tuple[tuple[float, float], ...]] | None = None

    def model(self, sheet: CutSheet, state: ScoreState, stored: StoredTake | None) -> StripModel:
        """What to draw of a timeline, a state, and the active take if it is loaded."""
        cuts = self._cut_marks(sheet, state, stored)
        if stored is None:
            energies = _energies(sheet, state, None, 0)
            return StripModel(
                sheet, cuts, energies=energies, speech=self.speech, temp_music=self.temp_music, moods=self._moods
            )
        in_frames, result = stored.take.in_frames, stored.take.result
        beats, tempo = self._beat_marks(sheet, stored)
        energies = _energies(sheet, state, stored.take.result, in_frames)
        return StripModel(
            sheet,
            cuts,
            beats,
            tempo,
            energies,
            stored.waveform,
            float(stored.first_frames),
            self._kept,
            self.speech,
            self.temp_music,
            moods=self._moods,
            accents=self._accents,
            homes=self._homes,
            excursion=None if result.report.cost is None else result.report.cost.excursion,
        )

    def show_brief(self, brief: MusicBrief | None) -> None:
        """Draw what the director understood of each shot."""
        self._moods = () if brief is None else tuple((shot.valence, shot.energy) for shot in brief.shots)

    def show_sound(self, reading: SoundReading | None, choice: TempTrackChoice) -> None:
        """Draw what is heard on the timeline already."""
        lanes = () if reading is None else reading.lanes
        self.speech = (
            ()
            if reading is None
            else tuple((float(span.start_frames), float(span.end_excl_frames)) for span in reading.speech.spans)
        )
        self.temp_music = tuple(
            (float(clip.start), float(clip.start + clip.duration))
            for lane in lanes
            if (lane.number == choice.lane if choice.lane else lane.role is Role.MUSIC)
            for clip in lane.clips
        )

    def _cut_marks(self, sheet: CutSheet, state: ScoreState, stored: StoredTake | None) -> tuple[CutMark, ...]:
        key = (id(sheet), id(stored), self.tolerance_frames)
        if self._measured is None or self._measured[0] != key:
            take = None if stored is None else stored.take
            marks = (
                cut_marks(sheet)
                if take is None
                else cut_marks(sheet, take.request.sheet, take.result.report, take.in_frames, self.tolerance_frames)
            )
            self._measured, self._wished = (key, marks), None
        if self._wished is None or self._wished[0] != state.wishes:
            self._wished = (state.wishes, _with_wishes(self._measured[1], state.wishes))
        return self._wished[1]

    def _beat_marks(
        self, sheet: CutSheet, stored: StoredTake
    ) -> tuple[tuple[BeatMark, ...], tuple[tuple[float, float], ...]]:
        key = (id(sheet), id(stored))
        if self._beats is None or self._beats[0] != key:
            plan, in_frames = stored.take.result.plan, stored.take.in_frames
            self._accents = accent_frames(plan, sheet.rate, in_frames)
            self._homes = home_spans(plan, sheet.rate, in_frames)
            self._kept = kept_spans(stored.take.result.refit, sheet.rate, in_frames)
            self._beats = (key, beat_marks(plan, sheet.rate, in_frames), tempo_points(plan, sheet.rate, in_frames))
        return self._beats[1], self._beats[2]


def _with_wishes(marks: tuple[CutMark, ...], wishes: tuple[CutWish, ...]) -> tuple[CutMark, ...]:
    if not wishes:
        return marks
    given = {entry.record_frames: entry.wish for entry in wishes}
    return tuple(
        dataclasses.replace(mark, wish=given[mark.record_frames]) if mark.record_frames in given else mark
        for mark in marks
    )


def _energies(
    sheet: CutSheet, state: ScoreState, result: ScoreResult | None, in_frames: int
) -> tuple[float | None, ...]:
    """One a shot: the editor's, else what the take's plan made of it, else None."""
    none: tuple[float | None, ...] = (None,) * len(sheet.shots)
    wished = state.direction.shot_energies or none
    planned = none
    if result is not None and in_frames == 0 and len(result.plan.shot_energies) == len(sheet.shots):
        planned = result.plan.shot_energies
    return tuple(plan if wish is None else wish for wish, plan in zip(wished, planned, strict=True))
