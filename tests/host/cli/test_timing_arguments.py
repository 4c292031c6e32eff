"""Lengths in frames, ms and s; loudness by name; handles."""

from __future__ import annotations

import argparse
from fractions import Fraction

import pytest

from vem_core.contract.errors import DirectionError
from vem_core.contract.request import AudioFormat, Delivery, Direction, SpeechRoom
from vem_core.contract.wishes import direction_with, values_with
from vem_plugin.commands.wish_options import (
    add_delivery_arguments,
    add_direction_arguments,
    wishes_from_arguments,
)

RATE = Fraction(25)


def direction(*words: str, rate: Fraction | None = RATE) -> Direction:
    parser = argparse.ArgumentParser()
    add_direction_arguments(parser)
    return direction_with(wishes_from_arguments(parser.parse_args(words), rate), Direction())


def delivery(*words: str) -> Delivery:
    parser = argparse.ArgumentParser()
    add_delivery_arguments(parser)
    return values_with(wishes_from_arguments(parser.parse_args(words), RATE), Delivery())


@pytest.mark.parametrize(
    ("words", "offset_ms"),
    [
        ((), 0.0),
        (("--sync-offset", "2f"), 80.0),
        (("--sync-offset", "2"), 80.0),
        (("--sync-offset=-30ms",), -30.0),
        (("--sync-offset=0.02s",), 20.0),
        (("--beats", "early"), -40.0),
        (("--beats", "late", "--sync-offset=-30ms"), 10.0),
        (("--beats", "on", "--sync-offset", "1 frame"), 40.0),
    ],
)
def test_offsets(words: tuple[str, ...], offset_ms: float) -> None:
    assert direction(*words).beat_offset_ms == offset_ms


def test_tolerance_and_room() -> None:
    assert direction("--hit-tolerance", "60ms").hit_tolerance_ms == 60
    assert direction().hit_tolerance_ms is None
    asked = direction("--duck", "6", "--duck-release", "2", "--duck-level-only")
    assert asked.room == SpeechRoom(6.0, 0.3, 2.0, thin=False)
    assert direction().room == SpeechRoom()


@pytest.mark.parametrize(
    "words",
    [("--sync-offset", "soon"), ("--sync-offset", "2s"), ("--hit-tolerance", "1ms"), ("--duck", "-3")],
)
def test_lengths_that_cannot_be(words: tuple[str, ...]) -> None:
    with pytest.raises(DirectionError):
        direction(*words)


def test_frames_need_a_timeline() -> None:
    with pytest.raises(DirectionError, match="number of frames"):
        direction("--sync-offset", "2f", rate=None)
    assert direction("--sync-offset", "20ms", rate=None).beat_offset_ms == 20


@pytest.mark.parametrize(
    ("text", "loudness", "peak"),
    [("ebu-r128", -23.0, -1.0), ("Streaming", -14.0, -1.0), ("theatrical", None, -3.0), ("-18.5", -18.5, -1.0)],
)
def test_loudness_by_name(text: str, loudness: float | None, peak: float) -> None:
    asked = delivery(f"--loudness={text}")
    assert (asked.loudness_lufs, asked.true_peak_dbtp) == (loudness, peak)


def test_forms_and_handles() -> None:
    asked = delivery("--audio-format", "flac", "--sample-rate", "96000", "--handles", "1s,10f", "--stem-lanes")
    assert asked == Delivery(
        format=AudioFormat.FLAC, sample_rate_hz=96_000, handle_before_frames=25, handle_after_frames=10, stems=True
    )
    assert delivery("--handles", "12").handle_after_frames == 12
    for wrong in (("--loudness", "loud"), ("--handles", "1s,2s,3s"), ("--handles=-1s",), ("--loudness", "0")):
        with pytest.raises(DirectionError):
            delivery(*wrong)
