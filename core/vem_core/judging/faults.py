"""Planted faults: music and films that are wrong in one known way, to show which measure sees what.

A measure that moves for no fault measures nothing; one that moves for all of them cannot say what is wrong.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from vem_core.audio.types import Audio
from vem_core.judging.bootstrap import difference_interval
from vem_core.judging.distances import Interval
from vem_core.judging.films import Film, FilmCut
from vem_core.judging.hearing import Array, Ears, Heard, Seen, hear, see
from vem_core.judging.judging import HeardSystem, SetFigures, film_values
from vem_core.judging.measures import MEASURES, Better, Measure
from vem_core.judging.systems import System

QUIETER_DB = 12.0
NOISE_DB = 6.0
"""Below the music's own level."""

SHORTER = 0.7
"""Share of the music that is left where it stops before the film."""


@dataclasses.dataclass(frozen=True)
class Take:
    """A film as it is held against music, and the music."""

    seen: Seen
    music: Audio
    period_samples: int  # of its beats


Takes = Sequence[Take]
Fault = Callable[[Takes, Ears], list[Take]]


def swap_music(takes: Takes, ears: Ears) -> list[Take]:
    """Every film gets the next one's music."""
    return [
        dataclasses.replace(take, music=other.music, period_samples=other.period_samples)
        for take, other in zip(takes, [*takes[1:], takes[0]], strict=True)
    ]


def shift_half_a_beat(takes: Takes, ears: Ears) -> list[Take]:
    """Half a beat late, as long as before."""
    return [dataclasses.replace(take, music=_late(take.music, take.period_samples // 2)) for take in takes]


def reverse_cuts(takes: Takes, ears: Ears) -> list[Take]:
    """The same shots in reverse order: what was heard against them stays."""
    return [_refilmed(take, reversed_film(take.seen.film)) for take in takes]


def add_noise(takes: Takes, ears: Ears) -> list[Take]:
    """White noise 6 dB below the music."""
    return [dataclasses.replace(take, music=_noisy(take.music, index)) for index, take in enumerate(takes)]


def turn_down(takes: Takes, ears: Ears) -> list[Take]:
    """12 dB quieter."""
    factor = np.float32(10 ** (-QUIETER_DB / 20))
    return [dataclasses.replace(take, music=take.music * factor) for take in takes]


def swap_words(takes: Takes, ears: Ears) -> list[Take]:
    """Every film gets the next one's caption, tags, tempo and descriptions of shots, these as far as they go."""
    swapped = []
    for take, other in zip(takes, [*takes[1:], takes[0]], strict=True):
        film, words = take.seen.film, other.seen.film
        count = len(film.cuts) + 1
        shots = tuple(words.shots[shot % len(words.shots)] for shot in range(count)) if words.shots else ()
        changed = dataclasses.replace(
            film, caption=words.caption, tags=words.tags, tempo_bpm=words.tempo_bpm, shots=shots
        )
        said = see(changed, None, None, ears)
        seen = dataclasses.replace(
            take.seen, film=changed, asked=said.asked, caption=said.caption, shot_words=said.shot_words
        )
        swapped.append(dataclasses.replace(take, seen=seen))
    return swapped


def stop_early(takes: Takes, ears: Ears) -> list[Take]:
    """The music stops after seven tenths of the film."""
    return [dataclasses.replace(take, music=take.music[:, : int(take.music.shape[1] * SHORTER)]) for take in takes]


FAULTS: Mapping[str, Fault] = {
    "music of another film": swap_music,
    "half a beat late": shift_half_a_beat,
    "cuts reversed": reverse_cuts,
    "noise": add_noise,
    "12 dB quieter": turn_down,
    "words of another film": swap_words,
    "stops early": stop_early,
}


@dataclasses.dataclass(frozen=True)
class Effect:
    """What a fault did to a measure: the difference to the faultless, film by film."""

    measure: Measure
    change: Interval

    @property
    def is_seen(self) -> bool:
        """Whether the interval excludes zero, and the change is more than five units of the last digit shown."""
        least = 5 * 10.0**-self.measure.digits
        return (self.change.low > 0 or self.change.high < 0) and abs(self.change.value) >= least

    @property
    def is_worse(self) -> bool:
        """Whether the measure says that it got worse."""
        worse = self.change.value < 0 if self.measure.better is Better.HIGHER else self.change.value > 0
        return self.is_seen and self.measure.better is not Better.NEITHER and worse


def effects_of(
    fault: Fault, takes: Takes, ears: Ears, real: Mapping[str, Array], before: Sequence[Heard] | None = None
) -> dict[str, Effect]:
    """What a fault does to every measure that can be taken, by the measure's id. `real` is what FAD compares with."""
    faulty = fault(takes, ears)
    heard = list(before) if before is not None else hear_takes(takes, ears)
    sets = SetFigures(real)
    good, bad = _system("good", heard), _system("bad", hear_takes(faulty, ears))
    seen = [{take.seen.film.id: take.seen for take in each} for each in (takes, faulty)]
    films = tuple(good.heard)
    found = {}
    for measure in MEASURES:
        if measure.of_set:
            first, second = (sets.drawn(each, measure, films) for each in (bad, good))
            change = None if first is None or second is None else first.less(second).interval()
        else:
            values = [film_values(bad, seen[1], measure, films), film_values(good, seen[0], measure, films)]
            change = difference_interval(values[0], values[1])
        if change is not None:
            found[measure.id] = Effect(measure, change)
    return found


def effects_of_all(takes: Takes, ears: Ears) -> dict[str, dict[str, Effect]]:
    """Every fault's effects by its name; FAD compares with the faultless music itself."""
    before = hear_takes(takes, ears)
    real = {name: np.concatenate([heard.embeddings[name] for heard in before]) for name in ears.taggers}
    return {name: effects_of(fault, takes, ears, real, before) for name, fault in FAULTS.items()}


def hear_takes(takes: Takes, ears: Ears) -> list[Heard]:
    """Everything about each take."""
    return [hear(take.seen, take.music, ears) for take in takes]


def reversed_film(film: Film) -> Film:
    """The film with its shots in reverse order."""
    cuts = tuple(FilmCut(film.duration_frames - cut.frame, cut.dissolve_frames) for cut in reversed(film.cuts))
    return dataclasses.replace(film, cuts=cuts, shots=film.shots[::-1])


def _refilmed(take: Take, film: Film) -> Take:
    seen = take.seen
    activity = None if seen.activity is None else seen.activity[::-1]
    changed = dataclasses.replace(
        seen, film=film, activity=activity, shot_words=seen.shot_words[::-1], shot_pictures=seen.shot_pictures[::-1]
    )
    return dataclasses.replace(take, seen=changed)


def _late(music: Audio, samples: int) -> Audio:
    return np.pad(music, ((0, 0), (samples, 0)))[:, : music.shape[1]]


def _noisy(music: Audio, seed: int) -> Audio:
    level = float(np.sqrt(np.square(music).mean())) * 10 ** (-NOISE_DB / 20)
    noise = np.random.default_rng(seed).standard_normal(music.shape)
    return np.asarray(music + level * noise, np.float32)


def _system(name: str, heard: Sequence[Heard]) -> HeardSystem:
    return HeardSystem(System(name, Path(), "plain"), {each.film: each for each in heard}, (), ())


def effects_table(effects: Mapping[str, Mapping[str, Effect]]) -> str:
    """Measures against faults in Markdown: worse, better or moved where the interval excludes zero, with the change."""
    shown = [
        measure
        for measure in MEASURES
        if not measure.id.startswith("chance_") and any(measure.id in found for found in effects.values())
    ]
    lines = [f"| measure | {' | '.join(effects)} |", "|---" * (len(effects) + 1) + "|"]
    for measure in shown:
        cells = [_effect_cell(found.get(measure.id)) for found in effects.values()]
        lines.append(f"| {measure.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _effect_cell(effect: Effect | None) -> str:
    if effect is None:
        return "-"
    change = f"{effect.change.value:+.{effect.measure.digits}f}"
    if not effect.is_seen:
        return f"blind ({change})"
    if effect.measure.better is Better.NEITHER:
        return f"moved ({change})"
    return f"**worse** ({change})" if effect.is_worse else f"better ({change})"
