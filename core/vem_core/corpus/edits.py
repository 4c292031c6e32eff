"""Random edits as editors make them: how long shots last, and where cuts fall against the music.

Two ways of working are mixed. *Cut to music*: the music was there first, and cuts were put on its downbeats, beats and
off-beats, or between them, in the profile's proportions. *Scored after the cut*: nobody thought of a beat, and the
planner bends the tempo to meet what it can. The proportions are our estimate of each genre's habits, not a measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vem_core.contract.cut_sheet import Cut, CutKind, CutSheet, Shot, Wish
from vem_core.contract.plan import Landing

RATES = (Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(30))
SHORTEST_S = 0.25
"""Of a shot."""

RELATIONS = (Landing.DOWNBEAT, Landing.BEAT, Landing.OFF_BEAT, Landing.MISS)
_WISHED_WEIGHTS = {Landing.DOWNBEAT: 0.95, Landing.BEAT: 0.8, Landing.OFF_BEAT: 0.55, Landing.MISS: 0.0}
_BEATS_PER_BAR = 4
_BETWEEN = (0.14, 0.36)  # of a beat: clear of the beat and of the off-beat after it
_DISSOLVE_S = (0.3, 1.2)


@dataclass(frozen=True)
class EditProfile:
    """How a kind of film is cut."""

    id: str
    median_s: float  # of the shots' lengths, which are lognormal
    spread: float  # sigma of that
    relations: tuple[float, float, float, float]  # shares of cuts on downbeats, other beats, off-beats and between
    cut_to_music: float  # share of the films cut to music
    dissolves: float  # share of the transitions between beats; half as many on them
    new_place: float  # how often a cut leads to another place
    drop: float  # share of the films with a marked climax
    lengths_s: tuple[float, float]  # of the whole


PROFILES = (
    EditProfile("ad", 1.5, 0.5, (0.30, 0.35, 0.15, 0.20), 0.7, 0.05, 0.6, 0.15, (12, 45)),
    EditProfile("trailer", 1.2, 0.75, (0.45, 0.25, 0.12, 0.18), 0.7, 0.15, 0.8, 0.6, (30, 90)),
    EditProfile("vlog", 2.2, 0.6, (0.18, 0.30, 0.12, 0.40), 0.5, 0.03, 0.35, 0.05, (30, 90)),
    EditProfile("documentary", 4.5, 0.5, (0.15, 0.20, 0.08, 0.57), 0.35, 0.25, 0.4, 0.0, (40, 120)),
    EditProfile("music video", 1.4, 0.6, (0.35, 0.35, 0.18, 0.12), 0.9, 0.08, 0.5, 0.3, (30, 90)),
)


@dataclass(frozen=True)
class Edit:
    """An edit, and how much each of its cuts is meant to matter to the music."""

    sheet: CutSheet
    weights: tuple[float, ...]
    profile: str
    cut_to_music: bool


def profile_by_id(profile_id: str) -> EditProfile:
    """The profile of that id. Raises KeyError if there is none."""
    return next(profile for profile in PROFILES if profile.id == profile_id)


def draw_edit(rng: np.random.Generator, profile: EditProfile, duration_s: float, tempo_bpm: float, name: str) -> Edit:
    """An edit of the last whole frame before `duration_s`; `tempo_bpm` is that of the music it may be cut to."""
    rate = RATES[rng.integers(len(RATES))]
    frames = int(duration_s * rate)
    cut_to_music = bool(rng.random() < profile.cut_to_music)
    if cut_to_music:
        instants, relations = _instants_on_grid(rng, profile, duration_s, 60 / tempo_bpm)
        wished = [_WISHED_WEIGHTS[relation] for relation in relations]
    else:
        instants = _instants_at_will(rng, profile, duration_s)
        wished = [float(weight) for weight in rng.uniform(0.3, 0.9, len(instants))]
    places = [round(instant_s * float(rate)) for instant_s in instants]
    shortest = max(2, int(SHORTEST_S * rate))
    chosen = _apart(places, shortest, frames)
    starts = [0, *(places[index] for index in chosen)]
    weights = tuple(round(wished[index], 4) for index in chosen)
    lengths = [end - start for start, end in zip(starts, [*starts[1:], frames], strict=True)]
    cuts = _draw_cuts(rng, profile, starts[1:], lengths, weights, float(rate))
    shots = tuple(Shot(start, length) for start, length in zip(starts, lengths, strict=True))
    return Edit(CutSheet(name, rate, 0, frames, shots, cuts), weights, profile.id, cut_to_music)


def _instants_on_grid(
    rng: np.random.Generator, profile: EditProfile, duration_s: float, period_s: float
) -> tuple[list[float], list[Landing]]:
    """Cuts of an editor who has the music: each shot as long as wished, give or take what its cut's place needs."""
    first_beat_s = 0.0 if rng.random() < 0.7 else rng.uniform(0, period_s)
    instants: list[float] = []
    relations: list[Landing] = []
    last_s = 0.0
    while True:
        relation = RELATIONS[rng.choice(len(RELATIONS), p=profile.relations)]
        wished_s = last_s + max(SHORTEST_S, rng.lognormal(np.log(profile.median_s), profile.spread))
        place = _nearest_place(relation, (wished_s - first_beat_s) / period_s, rng)
        step = _BEATS_PER_BAR if relation is Landing.DOWNBEAT else 1
        while first_beat_s + place * period_s < last_s + SHORTEST_S:
            place += step
        if relation is Landing.BEAT and place % _BEATS_PER_BAR == 0:
            place += 1
        last_s = first_beat_s + place * period_s
        if last_s > duration_s - SHORTEST_S:
            return instants, relations
        instants.append(last_s)
        relations.append(relation)


def _nearest_place(relation: Landing, wished: float, rng: np.random.Generator) -> float:
    """The position in beats of that relation near a wished one."""
    if relation is Landing.DOWNBEAT:
        return float(round(wished / _BEATS_PER_BAR) * _BEATS_PER_BAR)
    if relation is Landing.BEAT:
        place = round(wished)
        return float(place if place % _BEATS_PER_BAR else place + (1 if wished > place else -1))
    if relation is Landing.OFF_BEAT:
        return float(np.floor(wished)) + 0.5
    return float(np.floor(2 * wished)) / 2 + rng.uniform(*_BETWEEN)


def _instants_at_will(rng: np.random.Generator, profile: EditProfile, duration_s: float) -> list[float]:
    count = max(4, int(4 * duration_s / profile.median_s))
    lengths_s = np.maximum(SHORTEST_S, rng.lognormal(np.log(profile.median_s), profile.spread, count))
    instants = np.cumsum(lengths_s)
    return [float(instant) for instant in instants[instants < duration_s - SHORTEST_S]]


def _apart(places: list[int], shortest_frames: int, frames: int) -> list[int]:
    """Which of the cuts leave every shot its least length."""
    kept: list[int] = []
    last = 0
    for index, place in enumerate(places):
        if last + shortest_frames <= place <= frames - shortest_frames:
            kept.append(index)
            last = place
    return kept


def _draw_cuts(
    rng: np.random.Generator,
    profile: EditProfile,
    starts: list[int],
    lengths: list[int],
    weights: tuple[float, ...],
    rate: float,
) -> tuple[Cut, ...]:
    """Cuts and dissolves, and perhaps the climax: a heavy cut a good half of the way through."""
    kinds = []
    for index, weight in enumerate(weights):
        share = profile.dissolves * (1.0 if weight < 0.5 else 0.5)
        longest = min(lengths[index], lengths[index + 1]) // 2
        extent = min(longest, round(rng.uniform(*_DISSOLVE_S) * rate))
        kinds.append(extent if rng.random() < share and extent >= 4 else 0)
    drop = -1
    if rng.random() < profile.drop:
        heavy = [index for index, weight in enumerate(weights) if weight > 0.7 and not kinds[index]]
        late = [index for index in heavy if 0.45 < starts[index] / (starts[-1] + lengths[-1]) < 0.8]
        drop = int(rng.choice(late)) if late else -1
    return tuple(
        Cut(
            start,
            CutKind.DISSOLVE if extent else CutKind.CUT,
            extent_frames=extent,
            wish=Wish.DROP if index == drop else Wish.AUTO,
        )
        for index, (start, extent) in enumerate(zip(starts, kinds, strict=True))
    )
