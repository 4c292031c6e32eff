"""Brief obedience: what a film's words ask for, and whether sound does it."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.judging.films import Film, FilmCut
from vem_core.judging.obedience import Asked, asked_of, obedience

LABELS = ("guitar", "piano", "drums", "strings", "techno", "loud", "flute", "harp", "pop", "rock")
SECONDS = 24


def film(caption: str, **more: object) -> Film:
    return Film("one", Fraction(24), 24 * SECONDS, (FilmCut(240),), caption=caption, **more)  # type: ignore[arg-type]


def tones(*semitones: int) -> Audio:
    """These pitches above C3 one after the other, again and again."""
    length = SAMPLE_RATE_HZ // 2
    time = np.arange(length) / SAMPLE_RATE_HZ
    notes = [np.sin(2 * np.pi * 130.81 * 2 ** (step / 12) * time) for step in semitones]
    sound = np.concatenate([notes[place % len(notes)] for place in range(2 * SECONDS)])
    return np.stack([sound, sound]).astype(np.float32) * np.float32(0.2)


def activations(*strong: str) -> np.ndarray:
    return np.array([0.9 if label in strong else 0.1 for label in LABELS])


def heard(asked: Asked, *, audio: Audio | None = None, tempo: float = 96.0, loudness: np.ndarray | None = None,
          tags: np.ndarray | None = None) -> dict[str, float]:  # fmt: skip
    flat = np.full(2 * SECONDS, -20.0)
    return obedience(
        asked, tones(0) if audio is None else audio, tempo, flat if loudness is None else loudness, tags, LABELS
    )


def test_words_ask_for_what_can_be_heard() -> None:
    asked = asked_of(film("builds slowly to a climax, in D minor, piano and strings, no drums, 96 bpm"))
    assert asked.tempo_bpm == pytest.approx(96)
    assert asked.key == "D minor"
    assert set(asked.instruments) == {"piano", "strings"}
    assert asked.without == ("drums",)
    assert asked.arc is not None
    assert asked.arc[-1] > asked.arc[0] + 0.5


def test_the_manifests_tempo_outranks_the_captions_and_a_vague_one_is_not_asked_for() -> None:
    assert asked_of(film("slow, 96 bpm", tempo_bpm=60.0)).tempo_bpm == 60.0
    assert asked_of(film("a moderate tempo")).tempo_bpm is None
    assert asked_of(film("", tags=("calm",))) == Asked(tags=("calm",))
    assert asked_of(film("words " * 900)) == Asked()


def test_a_key_is_met_by_itself_and_its_relative() -> None:
    d_minor, d_major = tones(2, 5, 9, 2, 4, 5, 7, 10, 2, 9), tones(2, 6, 9, 2, 4, 6, 7, 11, 2, 9)
    asked = Asked(key="D minor")
    assert heard(asked, audio=d_minor)["key_obeyed"] == 1
    assert heard(Asked(key="F major"), audio=d_minor)["key_obeyed"] == 1
    assert heard(asked, audio=d_major)["key_obeyed"] == 0
    assert heard(asked, audio=np.zeros_like(d_minor))["key_obeyed"] == 0


def test_an_arc_is_met_by_loudness_that_follows_it_and_by_no_other() -> None:
    rising = np.linspace(0.1, 0.9, 2 * SECONDS)
    asked = Asked(arc=rising)
    assert heard(asked, loudness=-30 + 20 * rising)["arc_obeyed"] == 1
    assert heard(asked, loudness=-30 + 20 * rising[::-1])["arc_obeyed"] == 0
    assert heard(asked)["arc_obeyed"] == 0


def test_who_shall_play_must_be_heard_and_who_shall_not_must_not() -> None:
    asked = Asked(instruments=("piano", "guitar"), without=("drums",))
    assert heard(asked, tags=activations("piano", "guitar"))["instruments_obeyed"] == 1
    assert heard(asked, tags=activations("drums", "piano"))["instruments_obeyed"] == pytest.approx(1 / 3)
    assert math.isnan(heard(Asked(instruments=("sackbut",)), tags=activations("piano"))["instruments_obeyed"])


def test_the_brief_is_the_mean_of_what_was_asked() -> None:
    asked = Asked(tempo_bpm=120.0, tags=("techno", "unheard of"))
    found = heard(asked, tempo=60.5, tags=activations("techno"))
    assert (found["tempo_obeyed"], found["tags_obeyed"], found["brief_obeyed"]) == (1, 1, 1)
    assert heard(asked, tempo=math.nan, tags=activations("techno"))["brief_obeyed"] == 0.5
    assert heard(asked, tempo=100.0)["brief_obeyed"] == 0  # without a tagger only the tempo counts
    assert math.isnan(heard(Asked())["brief_obeyed"])
