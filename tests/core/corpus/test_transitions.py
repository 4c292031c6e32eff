"""Cuts and dissolves on drawn pictures: found where they are, and not where something merely moves or brightens."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vem_core.corpus.transitions import Transition, find_cuts, find_dissolves, find_transitions

RATE_HZ = 25.0


def scene(seed: int) -> NDArray[np.float64]:
    """A wide picture of soft light, (36, 256, 3), for a camera to move over."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (4, 20, 3))
    rows = np.linspace(0, 2.999, 36)
    columns = np.linspace(0, 18.999, 256)
    top, left = rows.astype(int), columns.astype(int)
    down, right = (rows - top)[:, None, None], (columns - left)[None, :, None]
    above = (1 - right) * coarse[top][:, left] + right * coarse[top][:, left + 1]
    below = (1 - right) * coarse[top + 1][:, left] + right * coarse[top + 1][:, left + 1]
    return (1 - down) * above + down * below


def view(seed: int, frame: int, speed: float = 1.0) -> NDArray[np.float64]:
    """What a camera sees that moves over a scene at so many pixels a frame."""
    at = int(frame * speed) % 190
    return scene(seed)[:, at : at + 64]


def seen(pictures: list[NDArray[np.float64]]) -> NDArray[np.uint8]:
    return np.clip(np.stack(pictures), 0, 255).astype(np.uint8)


def dissolved(extent: int, speed: float, middle: int = 50, frames: int = 100) -> NDArray[np.uint8]:
    share = np.clip((np.arange(frames) - middle) / extent + 0.5, 0, 1)
    return seen([(1 - part) * view(1, n, speed) + part * view(2, n, speed) for n, part in enumerate(share)])


@pytest.mark.parametrize(("extent", "speed"), [(8, 0.0), (16, 0.0), (30, 0.0), (8, 0.3), (16, 0.3)])
def test_a_dissolve_is_found_with_its_middle_and_extent(extent: int, speed: float) -> None:
    (found,) = find_dissolves(dissolved(extent, speed), (), RATE_HZ)
    assert abs(found.frame - 50) <= 2
    assert found.extent_frames == pytest.approx(extent, rel=0.4)


def test_movement_and_changing_light_are_no_dissolves() -> None:
    panned = seen([view(3, frame, 2.0) for frame in range(95)])
    assert find_dissolves(panned, (), RATE_HZ) == ()
    lit = seen([view(3, 0) * (0.3 + 0.7 * np.clip((frame - 40) / 20, 0, 1)) for frame in range(100)])
    assert find_dissolves(lit, (), RATE_HZ) == ()


def test_a_cut_is_no_dissolve_and_dissolves_keep_clear_of_it() -> None:
    hard = seen([view(1 if frame < 50 else 2, 0) for frame in range(100)])
    assert find_dissolves(hard, (50,), RATE_HZ) == ()
    changes = np.zeros(100)
    changes[80] = 90.0
    both = find_transitions(changes, dissolved(16, 0.0), RATE_HZ)
    assert [abs(each.frame - expected) <= 2 for each, expected in zip(both, (50, 80), strict=True)] == [True, True]
    assert both[1] == Transition(80)


def test_movement_and_flicker_are_no_cuts() -> None:
    steady = np.full(100, 20.0)
    assert find_cuts(steady, 25) == ()
    steady[40] = 90
    steady[43] = 90  # a flash frame: shorter than a shot
    assert find_cuts(steady, 25) == (40,)
