"""Tables as text: the same in a terminal, a pipe and a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """The rows as lines with aligned columns, those of the numbers in `right` at their right edge. At least one row."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    line = "  ".join(f"{{:{'>' if column in right else '<'}{width}}}" for column, width in enumerate(widths))
    return [line.format(*row).rstrip() for row in rows]
