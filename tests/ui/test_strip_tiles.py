"""The strip's tiles: a picture painted in tiles is the picture, wherever their borders fall."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from fakes.takes import make_sheet, make_take
from vem_core.contract.cut_sheet import Wish
from vem_ui.document.waveform import Waveform
from vem_ui.look.theme import DARK
from vem_ui.strip.model import StripModel, beat_marks, cut_marks, tempo_points
from vem_ui.strip.tiles import TILE_PX, Tiles
from vem_ui.strip.viewport import Viewport

HEIGHT_PX, WIDTH_PX = 240, 900


def model() -> StripModel:
    """Forty cuts, some of them off their beats, a bending tempo, energies and a waveform."""
    sheet = make_sheet(*[20 + 7 * index % 31 for index in range(41)])
    take = make_take(sheet, None)
    plan = take.result.plan
    bent = tuple(
        dataclasses.replace(beat, samples=beat.samples + (index % 3) * 900)
        for index, beat in enumerate(plan.beats[:-1])
    )
    plan = dataclasses.replace(plan, beats=bent, final_beat=len(bent) - 1)
    marks = tuple(
        dataclasses.replace(mark, beat_frames=mark.record_frames + index % 5 - 2, wish=list(Wish)[index % 4])
        for index, mark in enumerate(cut_marks(sheet, sheet, take.result.report))
    )
    sound = np.sin(np.arange(2000 * sheet.duration_frames, dtype=np.float32) / 900)
    return StripModel(
        sheet, marks, beat_marks(plan, sheet.rate, 0), tempo_points(plan, sheet.rate, 0),
        tuple(0.1 + index % 9 / 10 for index in range(41)), Waveform.of(sound),
    )  # fmt: skip


def painted(shown: StripModel, viewport: Viewport, tiles: Tiles | None = None) -> np.ndarray:
    """What the tiles paint, as pixels (height, width, 4)."""
    image = QImage(WIDTH_PX, HEIGHT_PX, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        (tiles or Tiles(math.inf)).paint(painter, viewport, DARK, shown, lambda shot, percent: None, HEIGHT_PX)
    return np.frombuffer(image.constBits(), np.uint8).reshape(HEIGHT_PX, WIDTH_PX, 4).copy()


@pytest.mark.parametrize("zoom", [1.0, 3.0, 11.0])
def test_scrolling_by_whole_pixels_moves_the_picture_and_nothing_else(qapp: QApplication, zoom: float) -> None:
    shown = model()
    viewport = Viewport.fitting(shown.sheet.duration_frames, WIDTH_PX * 2).zoomed(zoom, 0)
    viewport = dataclasses.replace(viewport, width_px=WIDTH_PX)
    here = painted(shown, viewport)
    step = TILE_PX // 2 + 19
    there = painted(shown, dataclasses.replace(viewport, first_frames=step / viewport.pixels_per_frame))
    assert np.array_equal(here[:, step:], there[:, : WIDTH_PX - step])
    assert len(np.unique(here.reshape(-1, 4), axis=0)) > 8


def test_the_curve_is_as_thick_at_a_border_as_elsewhere(qapp: QApplication) -> None:
    shown = dataclasses.replace(model(), cuts=(), beats=(), energies=(), waveform=None)
    viewport = Viewport.fitting(shown.sheet.duration_frames, WIDTH_PX)
    pixels = painted(shown, viewport).astype(int)
    violet = np.array([DARK.color("tempo").blue(), DARK.color("tempo").green(), DARK.color("tempo").red()])
    near = (np.abs(pixels[:, :, :3] - violet).sum(axis=2) < 120).sum(axis=0)
    assert (near > 0).mean() > 0.9
    borders = [column for edge in range(TILE_PX, WIDTH_PX, TILE_PX) for column in range(edge - 4, edge + 4)]
    assert near[borders].max() <= np.delete(near, borders).max()


def test_changed_parts_alone_are_painted_anew(qapp: QApplication) -> None:
    shown, tiles = model(), Tiles(math.inf)
    viewport = Viewport.fitting(shown.sheet.duration_frames, WIDTH_PX)
    painted(shown, viewport, tiles)
    energies = (1.0, *shown.energies[1:])
    changed = dataclasses.replace(shown, energies=energies)
    spans = changed.spans_that_differ(shown)
    assert spans == [(0.0, 20.0)]
    for span in spans:
        tiles.forget(*span)
    assert np.array_equal(painted(changed, viewport, tiles), painted(changed, viewport))
    assert dataclasses.replace(shown, tempo=()).spans_that_differ(shown) is None


def test_the_last_frame_stands_in_only_until_new_tiles_are_painted(qapp: QApplication) -> None:
    shown, tiles = model(), Tiles(0.0)
    viewport = Viewport.fitting(shown.sheet.duration_frames, WIDTH_PX)
    last = painted(shown, viewport, tiles)
    for _ in range(WIDTH_PX // TILE_PX):
        last = painted(shown, viewport, tiles)
    assert np.array_equal(last, painted(shown, viewport, Tiles(math.inf)))
    changed = dataclasses.replace(shown, cuts=(), energies=())
    tiles.clear()
    first = painted(changed, viewport, tiles)
    whole = painted(changed, viewport, Tiles(math.inf))
    assert np.array_equal(first[:, :TILE_PX], whole[:, :TILE_PX])
    assert np.array_equal(first[:, TILE_PX:], last[:, TILE_PX:])
    for _ in range(WIDTH_PX // TILE_PX):
        last = painted(changed, viewport, tiles)
    assert np.array_equal(last, whole)


def test_a_zoomed_picture_is_stretched_until_it_is_painted(qapp: QApplication) -> None:
    shown, tiles = model(), Tiles(0.0)
    viewport = Viewport.fitting(shown.sheet.duration_frames, WIDTH_PX)
    for _ in range(WIDTH_PX // TILE_PX + 1):
        painted(shown, viewport, tiles)
    zoomed = painted(shown, viewport.zoomed(2.0, 0), tiles)
    background = np.array([DARK.color("window").blue(), DARK.color("window").green(), DARK.color("window").red()])
    stretched = zoomed[:, TILE_PX:, :3].astype(int)
    assert (np.abs(stretched - background).sum(axis=2) > 24).mean() > 0.2


def test_a_waveform_between_places_is_that_of_the_samples() -> None:
    random = np.random.default_rng(2)
    sound = random.uniform(-1, 1, 300_000).astype(np.float32)
    waveform = Waveform.of(sound)
    for first, last in ((0, 300_000), (10_240, 20_480), (-5_120, 5_120), (290_000, 310_000)):
        peaks = waveform.between(first, last, 40)
        assert peaks.shape == (40, 2)
        inside = sound[max(0, first) : max(0, last)]
        assert peaks[:, 1].max() == pytest.approx(inside.max(), abs=0.02)
        assert peaks[:, 0].min() == pytest.approx(inside.min(), abs=0.02)
    assert not waveform.between(400_000, 500_000, 10).any()


@pytest.mark.parametrize("samples", [0, 1, 255, 256, 65_536, 200_001])
def test_a_waveform_in_parts_is_that_of_the_whole(samples: int) -> None:
    sound = np.random.default_rng(3).uniform(-1, 1, samples).astype(np.float32)
    whole = Waveform.of(sound)
    parts = Waveform.of_parts(sound[start : start + 1_000] for start in range(0, samples, 1_000))
    assert parts.samples == whole.samples == samples
    for level, of_whole in zip(parts.levels, whole.levels, strict=True):
        assert np.array_equal(level, of_whole)
