"""The public table of what volunteers found: one row for each file that an editor wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vem_core.contract.errors import InputError
from vem_plugin.editors.checking import ReturnedFile

BEGIN, END = "<!-- volunteers -->", "<!-- end of volunteers -->"
COLUMNS = ("editor", "system", "film", "file", "cuts", "music, frames late", "gain", "")
_NOT_IN_CELLS = re.compile(r"[\x00-\x1f|<>\[\]`]+")
_LONGEST_CELL = 80


@dataclass(frozen=True)
class Editor:
    """What was tried."""

    name: str
    version: str
    system: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


def rows_of(editor: Editor, findings: Sequence[ReturnedFile]) -> list[tuple[str, ...]]:
    """The table's rows, without its header."""
    return [
        (
            str(editor),
            editor.system,
            finding.film,
            f"{finding.format}{' (render)' if finding.render else ''}",
            _cuts(finding),
            "not there" if finding.music_frames is None else f"{finding.music_frames:+.2f}",
            "" if finding.gain is None else f"{finding.gain:.3f}",
            "as it was put" if finding.good else finding.problem or "differs",
        )
        for finding in findings
    ]


def with_rows(page: str, rows: Sequence[Sequence[str]]) -> str:
    """A Markdown page whose table, between two markers, holds these rows in place of what it had of the same editor.

    Raises InputError where the page has no such table.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise InputError(f"The page has no table between {BEGIN} and {END}.")
    before, rest = page.split(BEGIN)
    table, after = rest.split(END)
    editors = {(_cell(row[0]), _cell(row[1])) for row in rows}
    kept = [cells for cells in map(_cells, table.splitlines()) if _is_row(cells) and tuple(cells[:2]) not in editors]
    body = sorted([*kept, *([_cell(cell) for cell in row] for row in rows)])
    lines = [list(COLUMNS), ["---"] * len(COLUMNS), *body]
    return before + BEGIN + "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines) + END + after


def _cuts(finding: ReturnedFile) -> str:
    if finding.cuts is None:
        return ""
    beside = f", {finding.cuts_beside} more" if finding.cuts_beside else ""
    return f"{finding.cuts} of {finding.cuts_wanted}{beside}"


def _cell(text: str) -> str:
    """A text that a stranger gave, as a cell: it can be neither markup nor another cell."""
    return " ".join(_NOT_IN_CELLS.sub(" ", text).split())[:_LONGEST_CELL]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _is_row(cells: Sequence[str]) -> bool:
    return len(cells) == len(COLUMNS) and cells[0] not in (COLUMNS[0], "---")
