"""The alignment as a picture: how strongly notes begin, the measured beats, and every cut coloured by its landing."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.plan import Landing
from vem_core.contract.result import AlignmentReport, CutAlignment
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.rhythm.tracking.base import TrackedBeats

_WIDTH, _MARGIN, _HEADER, _ROW = 1600, 24, 64, 170
_LANE = 88  # height of the curve; the beats hang below it, the errors stand above
_ROW_S = 20.0
_MOST_ROWS = 120  # a longer timeline gets longer rows

_GROUND, _INK, _FAINT, _CURVE = "#14161a", "#e8e6e1", "#4a4f59", "#5d7fa3"
_COLOURS = {
    Landing.DOWNBEAT: "#6fcf73",
    Landing.BEAT: "#6fcf73",
    Landing.OFF_BEAT: "#e8b84a",
    Landing.PUSH: "#e8b84a",
    Landing.STROKE: "#6fcf73",
    Landing.SUBDIVISION: "#e0654f",
    Landing.MISS: "#e0654f",
    Landing.SILENT: "#4a4f59",
}


def draw_alignment(report: AlignmentReport, sheet: CutSheet, tracked: TrackedBeats) -> Image.Image:
    """Rows of up to twenty seconds. Green cuts are met by a beat, amber by an off-beat, red ones not at one frame."""
    duration_s = sample_of_frame(sheet.duration_frames, sheet.rate) / SAMPLE_RATE_HZ
    row_s = max(_ROW_S, duration_s / _MOST_ROWS)
    rows = math.ceil(duration_s / row_s)
    row_s = duration_s / rows
    image = Image.new("RGB", (_WIDTH, _HEADER + rows * _ROW + _MARGIN), _GROUND)
    draw = ImageDraw.Draw(image)
    _draw_header(draw, report, sheet.name)
    for row in range(rows):
        _draw_row(draw, _HEADER + row * _ROW, row * row_s, row_s, report, tracked)
    return image


def _draw_header(draw: ImageDraw.ImageDraw, report: AlignmentReport, name: str) -> None:
    beats, eighths = report.beats_only, report.with_off_beats
    tempo = "no beats" if report.measured_bpm is None else f"{report.measured_bpm:.1f} BPM"
    draw.text((_MARGIN, 12), f"{name}: {beats.count} cuts, {tempo}", fill=_INK, font=_font(18))
    hits = (
        f"within one frame: {beats.hit_rate_1_frame:.0%} on beats (chance {beats.chance_1_frame:.0%}), "
        f"{eighths.hit_rate_1_frame:.0%} with off-beats (chance {eighths.chance_1_frame:.0%}); "
        f"heard by the tracker {report.tracker}"
    )
    draw.text((_MARGIN, 36), hits, fill=_INK, font=_font(14))


def _draw_row(
    draw: ImageDraw.ImageDraw, top: int, start_s: float, length_s: float, report: AlignmentReport, tracked: TrackedBeats
) -> None:
    scale = (_WIDTH - 2 * _MARGIN) / length_s
    end_s = start_s + length_s
    base = top + 24 + _LANE

    def x_of(samples: int) -> float | None:
        instant_s = samples / SAMPLE_RATE_HZ
        return _MARGIN + (instant_s - start_s) * scale if start_s <= instant_s < end_s else None

    draw.line([(_MARGIN, base), (_WIDTH - _MARGIN, base)], fill=_FAINT)
    _draw_curve(draw, base, start_s, length_s, tracked)
    downbeats = set(report.downbeats_samples)
    for beat in report.beats_samples:
        if (x := x_of(beat)) is not None:
            strong = beat in downbeats
            draw.line([(x, base), (x, base + (20 if strong else 11))], fill=_INK if strong else _CURVE, width=2)
    for second in range(math.ceil(start_s), math.ceil(end_s)):
        if second % 5 == 0 and (x := x_of(second * SAMPLE_RATE_HZ)) is not None:
            draw.text((x, base + 22), f"{second // 60}:{second % 60:02}", fill=_FAINT, font=_font(12))
    labelled_to = -math.inf
    for cut in report.cuts:
        if (x := x_of(cut.target_samples)) is not None:
            labelled_to = _draw_cut(draw, x, top, base, cut, labelled_to)


def _draw_curve(draw: ImageDraw.ImageDraw, base: int, start_s: float, length_s: float, tracked: TrackedBeats) -> None:
    """The strongest activation under each pixel, so that no attack falls between two."""
    pixels = np.arange(_WIDTH - 2 * _MARGIN + 1)
    edges = np.floor((start_s + pixels / pixels[-1] * length_s) * tracked.rate_hz).astype(int)
    for pixel, (start, end) in enumerate(zip(edges[:-1], np.maximum(edges[1:], edges[:-1] + 1), strict=True)):
        level = float(tracked.activation[start:end].max(initial=0))
        if level > 0:
            x = _MARGIN + pixel
            draw.line([(x, base - 1), (x, base - 1 - min(level, 1) * (_LANE - 14))], fill=_CURVE)


def _draw_cut(draw: ImageDraw.ImageDraw, x: float, top: int, base: int, cut: CutAlignment, labelled_to: float) -> float:
    """One cut with its error in ms where there is room; how far right labels reach now."""
    colour = _COLOURS[cut.landing]
    draw.line([(x, top + 18), (x, base + 20)], fill=colour, width=2)
    error_ms = cut.off_beat_error_ms if cut.landing is Landing.OFF_BEAT else cut.error_ms
    text = "none" if error_ms is None else f"{error_ms:+.0f}"
    width = draw.textlength(text, font=_font(12))
    if x - width / 2 < labelled_to + 4:
        return labelled_to
    draw.text((x - width / 2, top + 2), text, fill=colour, font=_font(12))
    return x + width / 2


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
