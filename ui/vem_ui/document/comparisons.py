"""What takes are compared with, each comparison made once: views ask at every change, and timelines may be long."""

from __future__ import annotations

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import VemError
from vem_ui.document.asking import Asked
from vem_ui.document.takes import StoredTake, is_of_this_cut


class Comparisons:
    """Remembers what it found out last."""

    def __init__(self) -> None:
        self._refits: tuple[Asked, bool] | None = None
        self._of_this_cut: dict[str, tuple[CutSheet, bool]] = {}  # takes, by key

    def refits(self, asked: Asked) -> bool:
        """Whether scoring keeps the piece of the active take and changes something of it."""
        if self._refits is None or self._refits[0] != asked:
            self._refits = (asked, _would_refit(asked))
        return self._refits[1]

    def is_of_this_cut(self, stored: StoredTake, sheet: CutSheet) -> bool:
        """As the function of that name."""
        known = self._of_this_cut.get(stored.record.key)
        if known is None or known[0] is not sheet:
            known = self._of_this_cut[stored.record.key] = (sheet, is_of_this_cut(stored, sheet))
        return known[1]


def _would_refit(asked: Asked) -> bool:
    try:
        return asked.refits()
    except VemError:
        return False  # scoring will say what is wrong
