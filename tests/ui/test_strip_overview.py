"""The strip at a density at which no cut can be told from the next: pictures, hit quality and energy of columns."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from pytestqt.qtbot import QtBot

from fakes.takes import make_sheet
from vem_ui.look.theme import DARK, LIGHT, Theme
from vem_ui.strip import overview
from vem_ui.strip.layers import Canvas
from vem_ui.strip.model import Nearness, StripModel, cut_marks
from vem_ui.strip.tiles import Tiles
from vem_ui.strip.view import StripView
from vem_ui.strip.viewport import Viewport

SHOTS, FRAMES = 400, 10


def model_of(nearness: list[Nearness], energies: list[float]) -> StripModel:
    sheet = make_sheet(*[FRAMES] * SHOTS)
    marks = tuple(
        dataclasses.replace(mark, nearness=nearness[index % len(nearness)])
        for index, mark in enumerate(cut_marks(sheet))
    )
    return StripModel(sheet, marks, energies=tuple(energies[index * len(energies) // SHOTS] for index in range(SHOTS)))


def canvas_on(image: QImage, painter: QPainter, model: StripModel, theme: Theme = DARK) -> Canvas:
    image.fill(theme.color("window"))
    return Canvas(painter, Viewport.fitting(SHOTS * FRAMES, image.width()), theme, model)


def count(image: QImage, color: QColor) -> int:
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    wanted = np.array([color.blue(), color.green(), color.red()])
    return int((np.abs(pixels[:, : image.width(), :3].astype(int) - wanted).max(2) < 6).sum())


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_a_column_says_what_share_of_its_cuts_is_met(qtbot: QtBot, theme: Theme) -> None:
    image = QImage(400, 20, QImage.Format.Format_RGB32)
    shares = {}
    for met in (0, 1, 2, 4):
        with QPainter(image) as painter:
            model = model_of([Nearness.HIT] * met + [Nearness.MISSED] * (4 - met), [0.5])
            overview.paint_met(canvas_on(image, painter, model, theme), QRectF(0, 0, 400, 20))
        shares[met] = count(image, theme.color("hit")) / (400 * 17 * 7 / 8)
    assert [shares[met] for met in (0, 1, 2, 4)] == pytest.approx([0, 0.25, 0.5, 1], abs=0.08)


def test_the_energy_is_a_line_that_tiles_agree_about(qtbot: QtBot) -> None:
    strip = StripView()
    qtbot.addWidget(strip)
    strip.tiles = Tiles(budget_s=60)
    strip.resize(1024, 300)
    strip.show_model(model_of([Nearness.HIT], [0.2, 0.9, 0.4, 0.7, 0.1]))
    strip.fit()
    picture = strip.grab().toImage()
    row = strip.rows().energy.toRect()
    line = [
        next(y for y in range(row.top() + 2, row.bottom()) if picture.pixelColor(x, y).blue() > 180)
        for x in range(60, 1000)
    ]
    assert max(abs(after - before) for before, after in itertools.pairwise(line)) <= 3
    assert max(line) - min(line) > row.height() / 2


def test_pictures_stand_side_by_side_each_of_the_shot_in_its_middle(qtbot: QtBot) -> None:
    asked: list[int] = []
    red = QPixmap(32, 18)
    red.fill(Qt.GlobalColor.red)

    def pixmap_of(shot: int, percent: int) -> QPixmap:
        asked.append(shot)
        return red

    image = QImage(800, 90, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        canvas = canvas_on(image, painter, model_of([Nearness.HIT], [0.5]))
        overview.paint_filmstrip(canvas, QRectF(0, 0, 800, 90), pixmap_of)
    assert asked[1:] == [40, 120, 200, 280, 360]  # 160 pixels each, of 400 shots on 800
    assert count(image, QColor(Qt.GlobalColor.red)) > 0.75 * 800 * 90


def test_a_shot_without_a_picture_leaves_its_column_to_the_nearest_that_has_one(qtbot: QtBot) -> None:
    red = QPixmap(32, 18)
    red.fill(Qt.GlobalColor.red)
    image = QImage(800, 90, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        canvas = canvas_on(image, painter, model_of([Nearness.HIT], [0.5]))
        overview.paint_filmstrip(canvas, QRectF(0, 0, 800, 90), lambda shot, percent: red if shot % 4 == 2 else None)
    assert count(image, QColor(Qt.GlobalColor.red)) > 0.75 * 800 * 90


def test_few_cuts_are_drawn_one_by_one(qtbot: QtBot) -> None:
    model = model_of([Nearness.HIT], [0.5])
    assert overview.is_crowded(Viewport.fitting(SHOTS * FRAMES, 1240), model)
    assert not overview.is_crowded(Viewport.fitting(SHOTS * FRAMES, 1240).zoomed(3, 0), model)
