from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from fakes.random_edits import sheet_of
from vem_core.contract.cut_sheet import CutKind, CutSheet, Wish
from vem_core.rhythm.weights import look_difference, look_of, picture_differences, weigh_cuts


def jpeg(colour: tuple[int, int, int], noise: int = 0) -> bytes:
    pixels = np.full((72, 128, 3), colour, np.int16)
    pixels += np.random.default_rng(0).integers(-noise, noise + 1, pixels.shape, np.int16)
    out = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(out, "JPEG")
    return out.getvalue()


BLUE, DARK_BLUE, RED = jpeg((30, 60, 160)), jpeg((28, 55, 140)), jpeg((200, 40, 30))


@pytest.fixture
def sheet() -> CutSheet:
    return sheet_of(240, [60, 120, 180])


def test_wishes_outrank_everything(sheet: CutSheet) -> None:
    wished = sheet_of(240, [60, 120, 180], wishes={60: Wish.HIT, 120: Wish.IGNORE, 180: Wish.DROP})
    assert weigh_cuts(wished, aligner_probabilities=[0.0, 1.0, 0.2]) == (1.0, 0.0, 1.0)


def test_a_greater_change_of_picture_weighs_more(sheet: CutSheet) -> None:
    first, second, unknown = weigh_cuts(sheet, {0: [BLUE], 1: [DARK_BLUE], 2: [RED]})
    assert first < unknown < second


def test_the_pictures_on_both_sides_of_the_cut_count(sheet: CutSheet) -> None:
    differences = picture_differences(4, {0: [RED, BLUE], 1: [BLUE, RED], 2: [RED], 3: [b"no picture"]})
    assert differences[0] == pytest.approx(0.0, abs=1e-9)
    assert differences[1] == pytest.approx(0.0, abs=1e-9)
    assert differences[2] is None


def test_light_colour_and_texture_each_count() -> None:
    grey, light, noisy = (look_of(jpeg(*args)) for args in (((90,) * 3,), ((200,) * 3,), ((90,) * 3, 60)))
    assert grey is not None
    assert light is not None
    assert noisy is not None
    assert look_difference(grey, grey) == 0
    assert look_difference(grey, light) > 0.3
    assert look_difference(grey, noisy) > 0.1
    assert look_difference(grey, light) == look_difference(light, grey)


def test_a_dissolve_weighs_less_the_longer_it_is(sheet: CutSheet) -> None:
    def with_extent(frames: int) -> CutSheet:
        dissolve = dataclasses.replace(sheet.cuts[1], kind=CutKind.DISSOLVE, extent_frames=frames)
        return dataclasses.replace(sheet, cuts=(sheet.cuts[0], dissolve, sheet.cuts[2]))

    plain, short, long = (weigh_cuts(each)[1] for each in (sheet, with_extent(6), with_extent(48)))
    assert plain > short > long > 0


def test_shots_of_different_lengths_weigh_more() -> None:
    weights = weigh_cuts(sheet_of(320, [100, 200, 220]))
    assert weights[0] < weights[1]
    assert weights[1] == weights[2]


def test_the_aligner_moves_a_weight_towards_its_probability(sheet: CutSheet) -> None:
    low, high, plain = weigh_cuts(sheet, aligner_probabilities=[0.0, 1.0, weigh_cuts(sheet)[2]])
    assert low < plain < high
    assert plain == pytest.approx(weigh_cuts(sheet)[2])


def test_no_cuts_have_no_weights() -> None:
    assert weigh_cuts(sheet_of(24, [])) == ()
