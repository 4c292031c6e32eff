"""What the hand does on the strip, as steps of undo: wishes, energies, a selection, remedies for a mark."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QObject

from vem_core.contract.cut_sheet import Wish
from vem_core.contract.plan import Bend
from vem_core.contract.recut import FrameRange
from vem_ui.document.document import Document
from vem_ui.document.state import next_wish
from vem_ui.strip.view import StripView

_WIDER = {Bend.STEADY: Bend.GROOVE, Bend.GROOVE: Bend.RUBATO, Bend.RUBATO: Bend.FREE}


class StripHand(QObject):
    """Turns the signals of a strip into changes of a document."""

    def __init__(self, document: Document, strip: StripView) -> None:
        super().__init__(strip)
        self._document, self._strip = document, strip
        strip.cut_clicked.connect(self.cycle_wish)
        strip.wish_chosen.connect(self.set_wish)
        strip.energy_dragged.connect(self.set_energy)
        strip.drag_ended.connect(document.settle)
        strip.span_selected.connect(self.select)

    def cycle_wish(self, cut: int) -> None:
        """Give a cut its next wish."""
        assert self._strip.model is not None
        self.set_wish(cut, next_wish(self._strip.model.cuts[cut].wish))

    def set_wish(self, cut: int, wish: Wish) -> None:
        """Give a cut a wish."""
        assert self._strip.model is not None
        state = self._document.state.with_wish(self._strip.model.cuts[cut].record_frames, wish)
        self._document.change(self.tr("Wish of a cut"), state)

    def set_energy(self, shot: int, energy: float) -> None:
        """Give a shot an energy of 0..1."""
        assert self._document.reading is not None
        shots, shown = len(self._document.reading.sheet.shots), self._document.shown.direction
        state = self._document.state.with_shot_energy(shots, shot, round(energy, 2), shown)
        self._document.change(self.tr("Energy of a shot"), state, merge=f"energy {shot}")

    def select(self, span: FrameRange | None) -> None:
        """Select a range to score alone; None: everything."""
        state = dataclasses.replace(self._document.state, selection=span)
        self._document.change(self.tr("Select"), state, merge="select")

    def ignore_mark(self, record_frames: int) -> None:
        """Let the music pay no attention to a mark on a cut that it could not meet."""
        model = self._strip.model
        if model is not None and record_frames in model.cut_frames:
            self.set_wish(model.cut_frames.index(record_frames), Wish.IGNORE)

    def can_ignore(self, record_frames: int) -> bool:
        """Whether a mark lies on a cut, whose wish can be changed here."""
        return self._strip.model is not None and record_frames in self._strip.model.cut_frames

    def wider(self, planned: Bend) -> Bend | None:
        """What lets the tempo bend further than a plan did; None: nothing does."""
        return _WIDER.get(planned)

    def widen_tempo(self, bend: Bend) -> None:
        """Let the tempo bend so far."""
        self._document.change(self.tr("Bend"), self._document.state.asking(bend=bend))
