"""A judgement as Markdown, CSV and a picture."""

from __future__ import annotations

import csv
import io
import math

from PIL import Image, ImageDraw, ImageFont

from vem_core.judging.distances import Interval
from vem_core.judging.judgement import Figures, Judged, Judgement, Pair
from vem_core.judging.measures import MEASURES, Better, Group, Measure

SHOWN_GRIDS = ("beats", "eighths", "sixteenths")
SHOWN_TOLERANCES = ("10_ms", "1_frame", "70_ms", "100_ms")

_WIDTH, _NAME_WIDTH, _ROW, _PANEL_GAP, _MARGIN = 1500, 190, 22, 54, 24
_COLUMNS = 4
_GROUND, _INK, _FAINT, _BAR = "#14161a", "#e8e6e1", "#4a4f59", "#6fa8dc"
_PICTURED = ("is", "fad_mtt", "fad_msd", "kld", "clap", "lb", "tw_clap", "tw_lb", "biou", "tbiou",
             "gain_beats_1_frame", "gain_eighths_1_frame", "gain_sixteenths_1_frame", "gain_sixteenths_10_ms",
             "tempo_excursion", "accent_share", "event_gain", "brief_obeyed", "tempo_obeyed",
             "quiet_floor_db")  # fmt: skip


def to_markdown(judgement: Judgement) -> str:
    """The judgement as a page: how many films each system has, the three tables, the differences, what is missing."""
    parts = [_head(judgement)]
    parts.append(f"## {Group.PAPER}\n\n{_table(judgement, _of(Group.PAPER))}")
    parts.append(f"## {Group.CUTS}\n\n{_cuts_table(judgement)}")
    if any(row.figures[measure.id] is not None for row in judgement.systems for measure in _of(Group.BRIEF)):
        parts.append(f"## {Group.BRIEF}\n\n{_table(judgement, _of(Group.BRIEF))}")
    parts.append(f"## {Group.MUSIC}\n\n{_table(judgement, _of(Group.MUSIC))}")
    first = judgement.systems[0].name
    pairs = [pair for pair in judgement.pairs if pair.one == first]
    if pairs:
        parts.append(_pairs_table(first, pairs))
    empty = [measure for measure in MEASURES if all(row.figures[measure.id] is None for row in judgement.systems)]
    if empty:
        lines = [f"- {measure.name}: needs {measure.needs or 'music'}." for measure in empty]
        parts.append("## Not measured\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def to_csv(judgement: Judgement) -> str:
    """One line a system and measure, then one a pair and measure: value, low, high, films."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["system", "less", "measure", "value", "low", "high", "films"])
    for row in judgement.systems:
        writer.writerows([row.name, "", *line, len(row.films)] for line in _csv_lines(row.figures))
    for pair in judgement.pairs:
        writer.writerows([pair.one, pair.other, *line, pair.films] for line in _csv_lines(pair.differences))
    return file.getvalue()


def draw(judgement: Judgement) -> Image.Image:
    """A panel for each measure that anyone has: a bar for each system, its interval a line."""
    shown = [
        measure
        for measure in MEASURES
        if measure.id in _PICTURED and any(row.figures[measure.id] is not None for row in judgement.systems)
    ]
    height = _PANEL_GAP + _ROW * len(judgement.systems)
    rows = -(-len(shown) // _COLUMNS)
    image = Image.new("RGB", (_WIDTH, _MARGIN * 2 + 30 + rows * height), _GROUND)
    pen = ImageDraw.Draw(image)
    pen.text((_MARGIN, _MARGIN), f"{judgement.films}: {judgement.of_films} films", fill=_INK, font=_font(17))
    width = (_WIDTH - 2 * _MARGIN) // _COLUMNS
    for index, measure in enumerate(shown):
        corner = (_MARGIN + index % _COLUMNS * width, _MARGIN + 30 + index // _COLUMNS * height)
        _draw_panel(pen, corner, width, measure, judgement)
    return image


def cell(interval: Interval | None, digits: int) -> str:
    """A figure with its interval, as tables show it."""
    if interval is None:
        return "-"
    if not math.isfinite(interval.value):
        return "silent"
    if interval.low == interval.high:
        return f"{interval.value:.{digits}f}"
    return f"{interval.value:.{digits}f} [{interval.low:.{digits}f}, {interval.high:.{digits}f}]"


def _head(judgement: Judgement) -> str:
    lines = [
        f"# {judgement.films}",
        "",
        f"{judgement.of_films} films. In brackets the 95 % interval of a bootstrap over films. "
        + "; ".join(f"{name}: {value}" for name, value in judgement.settings.items())
        + ".",
        "",
        "| system | layout | films | missing | broken |",
        "|---|---|---|---|---|",
    ]
    for row in judgement.systems:
        broken = "; ".join(f"{each.film}: {each.reason}" for each in row.broken) or "-"
        lines.append(f"| {row.name} | {row.layout} | {len(row.films)} | {', '.join(row.missing) or '-'} | {broken} |")
    return "\n".join([*lines, *(f"\n{notice}" for notice in judgement.notices)])


def _of(group: Group) -> list[Measure]:
    return [measure for measure in MEASURES if measure.group is group]


def _table(judgement: Judgement, measures: list[Measure]) -> str:
    shown = [measure for measure in measures if any(row.figures[measure.id] is not None for row in judgement.systems)]
    arrow = {Better.HIGHER: " ↑", Better.LOWER: " ↓", Better.NEITHER: ""}
    head = " | ".join(f"{measure.name}{arrow[measure.better]}" for measure in shown)
    lines = [f"| system | {head} |", "|---" * (len(shown) + 1) + "|"]
    for row in judgement.systems:
        cells = " | ".join(cell(row.figures[measure.id], measure.digits) for measure in shown)
        lines.append(f"| {row.name} | {cells} |")
    return "\n".join(lines)


def _cuts_table(judgement: Judgement) -> str:
    head = " | ".join(f"{tolerance.replace('_', ' ')}" for tolerance in SHOWN_TOLERANCES)
    lines = [
        "Share of the cuts that are met, with its interval, and in parentheses what chance gives on that grid.",
        "",
        f"| system | on | {head} |",
        "|---" * (len(SHOWN_TOLERANCES) + 2) + "|",
    ]
    for row in judgement.systems:
        for grid in SHOWN_GRIDS:
            cells = " | ".join(_against_chance(row, f"{grid}_{tolerance}") for tolerance in SHOWN_TOLERANCES)
            lines.append(f"| {row.name} | {grid} | {cells} |")
    return "\n".join(lines)


def _against_chance(row: Judged, place: str) -> str:
    hit, chance = row.figures[f"hit_{place}"], row.figures[f"chance_{place}"]
    return "-" if hit is None or chance is None else f"{cell(hit, 2)} ({chance.value:.2f})"


def _pairs_table(first: str, pairs: list[Pair]) -> str:
    ids = [each for each in _PICTURED if any(pair.differences[each] is not None for pair in pairs)]
    measures = [next(measure for measure in MEASURES if measure.id == each) for each in ids]
    head = " | ".join(f"less {pair.other} ({pair.films} films)" for pair in pairs)
    lines = [
        f"## {first} less the others, on common films",
        "",
        "Bold where the interval excludes zero.",
        "",
        f"| measure | {head} |",
        "|---" * (len(pairs) + 1) + "|",
    ]
    for measure in measures:
        cells = " | ".join(_difference(pair.differences[measure.id], measure.digits) for pair in pairs)
        lines.append(f"| {measure.name} | {cells} |")
    return "\n".join(lines)


def _difference(interval: Interval | None, digits: int) -> str:
    if interval is None or not math.isfinite(interval.value):
        return "-"
    text = f"{interval.value:+.{digits}f} [{interval.low:+.{digits}f}, {interval.high:+.{digits}f}]"
    return f"**{text}**" if interval.low > 0 or interval.high < 0 else text


def _csv_lines(figures: Figures) -> list[list[object]]:
    return [[name, *("" if not math.isfinite(value) else f"{value:.6g}" for value in found)]
            for name, found in figures.items() if found is not None]  # fmt: skip


def _draw_panel(
    pen: ImageDraw.ImageDraw, corner: tuple[int, int], width: int, measure: Measure, judgement: Judgement
) -> None:
    left, top = corner
    arrow = {Better.HIGHER: "higher is better", Better.LOWER: "lower is better", Better.NEITHER: ""}[measure.better]
    pen.text((left, top), measure.name, fill=_INK, font=_font(14))
    pen.text((left, top + 17), arrow, fill=_FAINT, font=_font(11))
    known = [row.figures[measure.id] for row in judgement.systems]
    finite = [value for found in known if found is not None for value in found if math.isfinite(value)]
    low, high = min(0.0, *finite), max(0.0, *finite)
    scale = (width - _NAME_WIDTH - 70) / max(high - low, 1e-9)
    zero = left + _NAME_WIDTH + round(-low * scale)
    for index, (row, found) in enumerate(zip(judgement.systems, known, strict=True)):
        y = top + 36 + index * _ROW
        pen.text((left, y), row.name[:26], fill=_INK, font=_font(12))
        if found is None or not math.isfinite(found.value):
            pen.text((zero + 4, y), "-", fill=_FAINT, font=_font(12))
            continue
        end = zero + round(found.value * scale)
        pen.rectangle((min(zero, end), y + 2, max(zero, end), y + _ROW - 8), fill=_BAR)
        edges = [zero + round(value * scale) for value in (found.low, found.high)]
        pen.line((*[edges[0], y + _ROW // 2 - 3], edges[1], y + _ROW // 2 - 3), fill=_INK)
        pen.text((max(zero, end, edges[1]) + 4, y), f"{found.value:.{measure.digits}f}", fill=_INK, font=_font(11))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
