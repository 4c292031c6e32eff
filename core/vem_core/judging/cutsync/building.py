"""How CutSync's cut lists were drawn. The manifest that came of it is fixed; this says how, and makes the next version.

    30 random edits        lognormal shots, five kinds of film, six in each of five classes of tempo
    12 swapped films       three cut lists, each with four films that differ in everything but their cuts
    18 resampled edits     shots drawn from the statistics of two real edits; the edits themselves are not here

Every film asks for a tempo, a style and a mood in its caption. Rates, dissolves and drop-frame counting take turns.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

import numpy as np

from vem_core.composer.styles import tempo_range
from vem_core.corpus.edits import PROFILES
from vem_core.corpus.moods import MOODS, Mood
from vem_core.judging.cutsync.drawing import words_of
from vem_core.judging.films import Film, FilmCut, FilmManifest

NAME, VERSION = "CutSync", "1.0"

TEMPO_CLASSES_BPM = ((60, 76), (76, 96), (96, 116), (116, 136), (136, 152))
"""Very slow, slow, medium, fast, very fast."""

RATES = (Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60000, 1001))
SHORTEST_S, LONGEST_S = 0.25, 12.0

# The styles of version 1.0, and musicnn's word for each, so that an outside ear can say whether it hears it
TAGS = {"acoustic": "guitar", "ambient": "ambient", "cinematic": "strings", "corporate": "pop", "documentary": "piano",
        "funk": "beat", "house": "techno", "lo-fi": "drums", "rock": "rock", "synthwave": "synth", "techno": "techno",
        "trailer": "loud", "trap": "beats"}  # fmt: skip


@dataclass(frozen=True)
class ShotStatistics:
    """The lengths of a real edit's shots: their deciles, and how far neighbours are alike."""

    source: str
    shots: int
    deciles_s: tuple[float, ...]  # 0 to 100 %, the longest cut off at LONGEST_S: titles and credits
    neighbours: float  # correlation of the logarithms of neighbouring lengths


REAL_EDITS = (
    ShotStatistics("Sol Levante (animation)", 72,
                   (0.375, 0.792, 1.0, 1.429, 1.725, 2.312, 2.775, 3.367, 3.667, 6.029, 12.0), 0.266),
    ShotStatistics("Meridian (drama)", 83,
                   (0.968, 2.202, 2.736, 3.564, 4.074, 5.639, 6.406, 7.548, 8.922, 12.0, 12.0), 0.140),
)  # fmt: skip
"""Measured with `vem cuts` on the two edits' timelines, which their makers published."""


def build_manifest() -> FilmManifest:
    """The sixty films. The same every time, as long as styles, moods and captions stay what they are."""
    return FilmManifest(NAME, VERSION, tuple(_films()))


def _films() -> Iterator[Film]:
    for number in range(30):
        rng = np.random.default_rng((2026, number))
        profile = PROFILES[number % len(PROFILES)]
        lengths = _lognormal(rng, profile.median_s, profile.spread, float(rng.uniform(15, 40)))
        yield _film(f"random-{number + 1:02}", number, rng, lengths, profile.dissolves)
    for cut_list in range(3):
        rng = np.random.default_rng((2027, cut_list))
        lengths = _lognormal(rng, (1.4, 2.2, 3.2)[cut_list], 0.55, 28.0)
        moods = np.random.default_rng((2028, cut_list)).permutation(len(MOODS))
        for film in range(4):
            cuts = np.random.default_rng((2029, cut_list))  # the same cuts in every film of the group
            name = f"swapped-{cut_list + 1}{'abcd'[film]}"
            made = _film(name, cut_list, cuts, lengths, 0.1, mood=MOODS[moods[film]], turn=4 * cut_list + film)
            yield dataclasses.replace(made, group=f"swapped-{cut_list + 1}")
    for number in range(18):
        rng = np.random.default_rng((2030, number))
        lengths = resampled(rng, REAL_EDITS[number % 2], float(rng.uniform(25, 55)))
        yield _film(f"real-{number + 1:02}", number + 1, rng, lengths, 0.12)


def resampled(rng: np.random.Generator, statistics: ShotStatistics, duration_s: float) -> list[float]:
    """Lengths in seconds with a real edit's deciles and its likeness of neighbours, up to about `duration_s`.

    A Gaussian copula of order one: each draw leans on the one before, and is then given the edit's own distribution.
    """
    lean = statistics.neighbours
    lengths: list[float] = []
    level = float(rng.standard_normal())
    while sum(lengths) < duration_s:
        share = NormalDist().cdf(level)
        lengths.append(float(np.exp(np.interp(share, np.linspace(0, 1, 11), np.log(statistics.deciles_s)))))
        level = lean * level + float(np.sqrt(1 - lean**2)) * float(rng.standard_normal())
    return lengths


def _lognormal(rng: np.random.Generator, median_s: float, spread: float, duration_s: float) -> list[float]:
    lengths: list[float] = []
    while sum(lengths) < duration_s:
        lengths.append(float(np.clip(rng.lognormal(np.log(median_s), spread), SHORTEST_S, LONGEST_S)))
    return lengths


def _film(
    name: str,
    number: int,
    rng: np.random.Generator,
    lengths_s: list[float],
    dissolves: float,
    mood: Mood | None = None,
    turn: int | None = None,
) -> Film:
    """A film of these shots; `turn` (default: `number`) chooses tempo and style, `number` the rate."""
    rate = RATES[number % len(RATES)]
    frames = [max(2, round(length * float(rate))) for length in lengths_s]
    edges = np.cumsum([0, *frames]).tolist()
    cuts = tuple(
        FilmCut(edge, _dissolve(rng, dissolves, before, after, float(rate)))
        for edge, before, after in zip(edges[1:-1], frames[:-1], frames[1:], strict=True)
    )
    turn = number if turn is None else turn
    low, high = TEMPO_CLASSES_BPM[turn % len(TEMPO_CLASSES_BPM)]
    own = np.random.default_rng((2031, turn, len(name)))
    tempo = int(own.integers(low, high))
    fitting = [style for style in TAGS if tempo_range(style)[0] <= tempo <= tempo_range(style)[1]]
    style = fitting[int(own.integers(len(fitting)))] if fitting else "ambient"
    mood = mood or MOODS[int(own.integers(len(MOODS)))]
    film = Film(
        name, rate, edges[-1], cuts, drop_frame=rate.denominator == 1001 and rate > 29 and number % 12 < 6,
        tags=(style, mood.word, TAGS[style]), tempo_bpm=float(tempo),
    )  # fmt: skip
    caption, shots = words_of(film, mood, style)
    return dataclasses.replace(film, caption=f"{caption}, {style}, {tempo} BPM", shots=shots, video=f"films/{name}.mp4")


def _dissolve(rng: np.random.Generator, share: float, before: int, after: int, rate: float) -> int:
    longest = min(before, after) // 2
    extent = min(longest, round(float(rng.uniform(0.3, 1.2)) * rate))
    return extent if rng.random() < share and extent >= 4 else 0
