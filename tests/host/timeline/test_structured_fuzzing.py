"""Damaged timelines of four formats give cuts or one sentence: never a traceback, never without end."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from fakes.mutations import FORMATS
from vem_core.contract.errors import TimelineError
from vem_plugin.sound.lanes import read_lanes
from vem_plugin.timeline.reading import open_timeline
from vem_plugin.timeline.sheet import ReadingOptions, read_opened

LONGEST_S = 20
"""For one input of a few kilobytes, on a machine that others keep busy."""

LEAST_READ = 0.3
OPTIONS = (
    ReadingOptions(),
    ReadingOptions(keep_overlays=True, keep_through_edits=True),
    ReadingOptions(tracks="topmost"),
)


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail what takes longer, wherever it is."""

    def ring(number: int, frame: object) -> None:
        raise AssertionError(f"reading took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def is_read(path: Path, options: ReadingOptions) -> bool:
    """Whether a file gives cuts; otherwise it gives a sentence."""
    try:
        opened = open_timeline(path, rate=options.rate)
        read = read_opened(opened, options)
        read_lanes(opened.timeline, read.sheet.rate)
    except TimelineError:
        return False
    edges = [cut.record_frames for cut in read.sheet.cuts]
    assert edges == sorted(set(edges))
    assert all(0 < edge < read.sheet.duration_frames for edge in edges)
    return True


def count_read(suffix: str, inputs: int, folder: Path, seed: int) -> int:
    seeds, mutate = FORMATS[suffix]
    dice = random.Random(seed)
    texts = seeds()
    path = folder / f"fuzzed{suffix}"
    read = 0
    for number in range(inputs):
        text = dice.choice(texts)
        for _ in range(dice.choice((1, 1, 2, 3))):
            text = mutate(dice, text)
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        try:
            with within(LONGEST_S):
                read += is_read(path, OPTIONS[number % len(OPTIONS)])
        except Exception:
            (folder / f"failing{suffix}").write_text(text, encoding="utf-8", errors="surrogatepass")
            raise
    return read


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_seeds_themselves_are_read(suffix: str, tmp_path: Path) -> None:
    for text in FORMATS[suffix][0]():
        (tmp_path / f"seed{suffix}").write_text(text)
        assert is_read(tmp_path / f"seed{suffix}", ReadingOptions())


@pytest.mark.parametrize("suffix", FORMATS)
def test_some_damaged_timelines(suffix: str, tmp_path: Path) -> None:
    assert count_read(suffix, 60, tmp_path, seed=1) > 60 * LEAST_READ


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("suffix", FORMATS)
def test_many_damaged_timelines(suffix: str, tmp_path: Path) -> None:
    assert count_read(suffix, 5_000, tmp_path, seed=18) > 5_000 * LEAST_READ


def test_an_asked_rate_does_not_help_damage(tmp_path: Path) -> None:
    path = tmp_path / "film.edl"
    path.write_text(FORMATS[".edl"][0]()[0])
    assert is_read(path, ReadingOptions(rate=Fraction(25)))
