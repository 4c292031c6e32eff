"""From a document and its active take to what the strip draws; what did not change is not made anew."""

from __future__ import annotations

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.result import ScoreResult
from vem_ui.document.state import ScoreState, sheet_with_wishes
from vem_ui.document.takes import StoredTake
from vem_ui.strip.model import BeatMark, CutMark, StripModel, beat_marks, cut_marks, tempo_points


class StripPresenter:
    """Makes strip models. Dragging an energy makes only the energies anew."""

    def __init__(self) -> None:
        self.tolerance_frames = 1.0
        self._cuts: tuple[object, CutSheet, tuple[CutMark, ...]] | None = None
        self._beats: tuple[object, tuple[BeatMark, ...], tuple[tuple[float, float], ...]] | None = None

    def model(self, sheet: CutSheet, state: ScoreState, stored: StoredTake | None) -> StripModel:
        """What to draw of a timeline, a state, and the active take if it is loaded."""
        wished, cuts = self._cut_marks(sheet, state, stored)
        if stored is None:
            return StripModel(wished, cuts, energies=_energies(sheet, state, None, 0))
        in_frames = stored.take.in_frames
        beats, tempo = self._beat_marks(sheet, stored)
        return StripModel(
            wished, cuts, beats, tempo,
            _energies(sheet, state, stored.take.result, in_frames), stored.waveform, float(in_frames),
        )  # fmt: skip

    def _cut_marks(
        self, sheet: CutSheet, state: ScoreState, stored: StoredTake | None
    ) -> tuple[CutSheet, tuple[CutMark, ...]]:
        key = (id(sheet), state.wishes, id(stored), self.tolerance_frames)
        if self._cuts is None or self._cuts[0] != key:
            wished = sheet_with_wishes(sheet, state)
            if stored is None:
                marks = cut_marks(wished)
            else:
                take = stored.take
                marks = cut_marks(wished, take.request.sheet, take.result.report, take.in_frames, self.tolerance_frames)
            self._cuts = (key, wished, marks)
        return self._cuts[1], self._cuts[2]

    def _beat_marks(
        self, sheet: CutSheet, stored: StoredTake
    ) -> tuple[tuple[BeatMark, ...], tuple[tuple[float, float], ...]]:
        key = (id(sheet), id(stored))
        if self._beats is None or self._beats[0] != key:
            plan, in_frames = stored.take.result.plan, stored.take.in_frames
            self._beats = (key, beat_marks(plan, sheet.rate, in_frames), tempo_points(plan, sheet.rate, in_frames))
        return self._beats[1], self._beats[2]


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
