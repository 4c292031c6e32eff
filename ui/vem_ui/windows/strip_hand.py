"""What the hand does on the strip, as steps of undo: wishes, energies, a selection, remedies for a mark."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from PySide6.QtCore import QObject, QSignalBlocker
from PySide6.QtWidgets import QScrollBar

from vem_core.contract.cut_sheet import Wish
from vem_core.contract.plan import Bend
from vem_core.contract.recut import FrameRange
from vem_ui.document.document import Document
from vem_ui.document.state import next_wish
from vem_ui.document.takes import StoredTake
from vem_ui.strip.view import StripView
from vem_ui.strip.viewport import Viewport
from vem_ui.windows.message_bar import Deed

_SCROLL_STEPS = 10_000
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
        strip.lock_wanted.connect(self.lock)

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
        """Give a shot an energy of 0..1; inside a selection, all shots that begin in it."""
        assert self._document.reading is not None
        shots, span = self._document.reading.sheet.shots, self._document.state.selection
        selected = [
            index
            for index, each in enumerate(shots)
            if span is not None and span.start_frames <= each.start_frames < span.end_excl_frames
        ]
        chosen, shown = selected if shot in selected else [shot], self._document.shown.direction
        state = self._document.state.with_shot_energy(len(shots), chosen, round(energy, 2), shown)
        self._document.change(self.tr("Energy of a shot"), state, merge=f"energy {shot}")

    def lock(self) -> None:
        """Lock the selected stretch of the music, or unlock it."""
        span = self._document.state.selection
        if span is not None:
            state = dataclasses.replace(self._document.state.with_lock(span), selection=None)
            self._document.change(self.tr("Lock"), state)

    def select(self, span: FrameRange | None) -> None:
        """Select a range to score alone; None: everything."""
        state = dataclasses.replace(self._document.state, selection=span)
        self._document.change(self.tr("Select"), state, merge="select")

    def ignore_mark(self, record_frames: int) -> None:
        """Let the music pay no attention to a mark on a cut that it could not meet."""
        model = self._strip.model
        if model is not None and record_frames in model.cut_frames:
            self.set_wish(model.cut_frames.index(record_frames), Wish.IGNORE)

    def remedies(self, frames: int, stored: StoredTake, seek: Callable[[float], None]) -> list[Deed]:
        """What can be done about a mark that the music could not meet; the take is the best that could be had."""
        deeds = [Deed(self.tr("Go there"), lambda: seek(float(frames)))]
        if self.can_ignore(frames):
            deeds.append(Deed(self.tr("Ignore this mark"), lambda: self.ignore_mark(frames)))
        wider = _WIDER.get(stored.take.result.plan.bend)
        if wider is not None:
            deeds.append(Deed(self.tr("Widen the tempo"), lambda: self.widen_tempo(wider)))
        return deeds

    def can_ignore(self, record_frames: int) -> bool:
        """Whether a mark lies on a cut, whose wish can be changed here."""
        return self._strip.model is not None and record_frames in self._strip.model.cut_frames

    def widen_tempo(self, bend: Bend) -> None:
        """Let the tempo bend so far."""
        self._document.change(self.tr("Bend"), self._document.state.asking(bend=bend))


class StripScrolling(QObject):
    """Lets a scroll bar show which part of a timeline is in view, and choose it."""

    def __init__(self, strip: StripView, bar: QScrollBar) -> None:
        super().__init__(bar)
        self._strip, self._bar = strip, bar
        strip.viewport_changed.connect(self._show)
        bar.valueChanged.connect(self._scroll)

    def _scroll(self, value: int) -> None:
        self._strip.show_from(value * self._strip.viewport.duration_frames / _SCROLL_STEPS)

    def _show(self, viewport: Viewport) -> None:
        hidden = max(0.0, viewport.duration_frames - viewport.span_frames)
        per_frame = _SCROLL_STEPS / max(1, viewport.duration_frames)
        blocker = QSignalBlocker(self._bar)
        self._bar.setRange(0, round(hidden * per_frame))
        self._bar.setEnabled(hidden > 0)
        self._bar.setPageStep(max(1, round(viewport.span_frames * per_frame)))
        self._bar.setSingleStep(max(1, round(viewport.span_frames * per_frame / 10)))
        self._bar.setValue(round(viewport.first_frames * per_frame))
        del blocker
