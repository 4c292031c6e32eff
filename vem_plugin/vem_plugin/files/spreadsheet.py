"""Tables for spreadsheets, which take text for formulas: a timeline's names come from strangers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d*\.?\d+%?")


def as_csv(rows: Iterable[Sequence[str]], *, line_end: str = "\n") -> str:
    """The rows as comma-separated values; text that a spreadsheet would run as a formula begins with an apostrophe."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end).writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue()


def _plain(cell: str) -> str:
    risky = len(cell) > 1 and _FORMULA.match(cell.lstrip()) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if risky else cell
