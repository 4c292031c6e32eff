"""Brief obedience: of what a film's words ask for and an ear can check on the sound, how much is heard.

Words are read as the product reads prompts; what it does not understand counts as not asked. Of what is understood,
these can be checked without knowing how the music was made: the tempo, the key, the energy over time, tags and
instruments that musicnn has a word for. Each is 1 where it is heard, else 0 (of several tags or instruments the share),
and the brief's own figure is their mean over what was asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.types import Audio
from vem_core.composer.keys import Key
from vem_core.contract.brief import MusicBrief, Source
from vem_core.contract.errors import VemError
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.direction import direct
from vem_core.judging.films import Film
from vem_core.judging.sound_measures import CURVE_RATE_HZ, Curve, event_correlation, obeys_tempo
from vem_core.temp_track.listening import key_of

STATED = 0.9
"""How sure a tempo must have been read to be asked for: a number, not "moderate"."""

STRONGEST_SHARE = 0.2
"""Of musicnn's tags: one among the strongest fifth is heard. Chance is a fifth."""

LEAST_CORRELATION = 0.6
"""Of the loudness with the energy that was asked for, from which on the arc is heard; as in benchmarks/direction.py."""

_LEAST_ARC = 0.1  # standard deviation of an energy that moves
_SMOOTHED_STEPS = 6  # three seconds


@dataclass(frozen=True)
class Asked:
    """What a film's words ask for, as far as it can be checked on sound. None or empty: not asked."""

    tempo_bpm: float | None = None
    key: str | None = None  # "D minor"
    arc: Curve | None = None  # energy at 2 Hz, 0..1
    tags: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()  # that play
    without: tuple[str, ...] = ()  # that do not


def asked_of(film: Film) -> Asked:
    """What a film's caption, tags and tempo ask for. A tempo of the manifest outranks the caption's."""
    brief = _brief_of(film)
    if brief is None:
        return Asked(film.tempo_bpm, tags=film.tags)
    tempo, key, instruments = brief.tempo_bpm, brief.key, brief.instruments
    said = tempo.from_ is Source.WORDS and tempo.sureness >= STATED
    return Asked(
        tempo_bpm=film.tempo_bpm or ((tempo.low + tempo.high) / 2 if said else None),
        key=key.text if key.from_ is Source.WORDS else None,
        arc=_arc_of(film, brief),
        tags=film.tags,
        instruments=tuple(dict.fromkeys((*instruments.only, *instruments.with_))),
        without=instruments.without,
    )


def obedience(
    asked: Asked,
    audio: Audio,
    tempo_bpm: float,
    loudness: Curve,
    tags: NDArray[np.floating] | None,
    labels: Sequence[str],
) -> dict[str, float]:
    """What is heard of it, by the measure's id, each 0..1; nan for what was not asked or cannot be heard.

    `tempo_bpm` is the measured one, nan without beats. `tags` are musicnn's activations (tags,) by their `labels`.
    """
    strongest = _strongest(tags, labels)
    known = None if tags is None else frozenset(labels)
    found = {
        "tempo_obeyed": _tempo(asked.tempo_bpm, tempo_bpm),
        "key_obeyed": math.nan if asked.key is None else _key(asked.key, audio),
        "arc_obeyed": math.nan if asked.arc is None else _arc(asked.arc, loudness),
        "tags_obeyed": _share([tag in strongest for tag in asked.tags if known and tag in known]),
        "instruments_obeyed": _share(
            [(tag in strongest) == plays for names, plays in ((asked.instruments, True), (asked.without, False))
             for tag in names if known and tag in known]
        ),
    }  # fmt: skip
    heard = [value for value in found.values() if math.isfinite(value)]
    return found | {"brief_obeyed": float(np.mean(heard)) if heard else math.nan}


def _brief_of(film: Film) -> MusicBrief | None:
    if not film.caption:
        return None
    try:
        return direct(ScoreRequest(film.sheet, Direction(prompt=film.caption)))
    except VemError:  # too long for a prompt: nothing but the manifest's own fields is asked
        return None


def _arc_of(film: Film, brief: MusicBrief) -> Curve | None:
    said = [point for point in brief.arc if point.from_ is Source.WORDS]
    instants = (np.arange(max(1, int(film.duration_s * CURVE_RATE_HZ))) + 0.5) / CURVE_RATE_HZ
    if len(said) < 2:
        return None
    curve = np.interp(instants, [point.at_s for point in said], [point.energy for point in said])
    return np.asarray(curve) if curve.std() >= _LEAST_ARC else None


def _strongest(tags: NDArray[np.floating] | None, labels: Sequence[str]) -> frozenset[str]:
    if tags is None:
        return frozenset()
    count = max(1, int(len(labels) * STRONGEST_SHARE))
    return frozenset(labels[place] for place in np.argsort(-tags, kind="stable")[:count])


def _tempo(asked: float | None, measured: float) -> float:
    if asked is None:
        return math.nan
    return 0.0 if math.isnan(measured) else obeys_tempo(asked, measured)


def _key(asked: str, audio: Audio) -> float:
    """1 for the key that was asked for and for its relative, which has the same notes."""
    heard, _ = key_of(audio)
    return 0.0 if heard is None else float(_notes(heard) == _notes(asked))


def _notes(key: str) -> int:
    """The tonic of the major key whose notes these are, 0..11; modes count as major or minor."""
    parsed = Key.parse(key)
    return (parsed.tonic + (0 if parsed.is_major else 3)) % 12


def _arc(asked: Curve, loudness: Curve) -> float:
    window = min(_SMOOTHED_STEPS, len(loudness))
    if window < 1:
        return 0.0
    padded = np.pad(loudness, (window // 2, window - 1 - window // 2), mode="edge")
    smoothed = np.convolve(padded, np.ones(window) / window, "valid")
    correlation = event_correlation(asked, smoothed)
    return float(math.isfinite(correlation) and correlation >= LEAST_CORRELATION)


def _share(met: Sequence[bool]) -> float:
    return float(np.mean(met)) if met else math.nan
