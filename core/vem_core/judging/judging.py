"""From folders of music to one table: read, listen, compare."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vem_core.audio.types import Audio
from vem_core.contract.errors import AudioError, InputError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.judging import paper_measures as paper
from vem_core.judging.bootstrap import Drawn, difference_interval, draw_sets, mean_interval
from vem_core.judging.distances import Gaussian
from vem_core.judging.films import Film, FilmSet
from vem_core.judging.hearing import Array, Ears, Heard, Reference, Seen, embed_excerpts, hear, see
from vem_core.judging.judgement import Broken, Figures, Judged, Judgement, Pair
from vem_core.judging.measures import MEASURES, Measure
from vem_core.judging.memory import Memory
from vem_core.judging.sound_measures import event_correlation
from vem_core.judging.systems import SOUNDS, System, read_music

Say = Callable[[str], None]
References = Mapping[str, Array]
"""Patches of real music, (patches, 200) by training set."""

EXCERPT_S = 30
MOST_EXCERPTS = 20


@dataclass(frozen=True)
class Sources:
    """What else is needed to judge: real music of the films, any real music, what plays MIDI."""

    references: System | None = None  # music of the same films
    music: Path | None = None  # a folder of real music, of whatever films
    soundfont: Path | None = None


@dataclass(frozen=True)
class HeardSystem:
    """All that was heard of one system."""

    system: System
    heard: dict[str, Heard]  # by film
    missing: tuple[str, ...]
    broken: tuple[Broken, ...]


def judge(
    systems: Sequence[System],
    films: FilmSet,
    ears: Ears,
    sources: Sources,
    say: Say,
    keep: Path | None = None,
) -> Judgement:
    """The table of some systems on some films. What is heard is kept in `keep`, for the next time.

    A film whose music is missing or cannot be read counts for no figure of that system and is named; pairs are
    compared on the films that both have. Raises InputError for references that cannot be read.
    """
    memory = None if keep is None else Memory(keep, {**_settings(ears, sources), "encoders": ears.encoders})
    seen, notices = _see_all(films, ears, sources, say, memory)
    sets = SetFigures(_real_music(seen, films, ears, sources, say))
    heard = [_hear_system(system, films, seen, ears, sources, say, memory) for system in systems]
    judged = tuple(_judged(each, seen, sets) for each in heard)
    pairs = tuple(_pair(one, other, seen, sets) for one, other in itertools.combinations(heard, 2))
    name = f"{films.manifest.name} {films.manifest.version}"
    return Judgement(name, len(films.films), _settings(ears, sources), judged, pairs, tuple(notices))


def _see_all(
    films: FilmSet, ears: Ears, sources: Sources, say: Say, memory: Memory | None
) -> tuple[dict[str, Seen], list[str]]:
    seen, notices = {}, []
    for film in films.films:
        say(f"film {film.id}")
        reference = None
        try:
            path = sources.references.file_of(film) if sources.references else films.reference_of(film)
            reference = None if path is None else _hear_reference(film, path, ears, sources, memory)
        except AudioError as error:
            notices.append(f"The real music of {film.id} cannot be used: {error.message}")
        try:
            seen[film.id] = see(film, films.video_of(film), reference, ears)
        except InputError as error:
            notices.append(f"The movie of {film.id} cannot be used: {error.message}")
            seen[film.id] = see(film, None, reference, ears)
    return seen, notices


def _hear_reference(film: Film, path: Path, ears: Ears, sources: Sources, memory: Memory | None) -> Reference:
    def listen() -> Reference:
        return Reference.of(film, read_music(path, sources.soundfont), ears)

    if memory is None:
        return listen()
    return Reference.from_arrays(memory.recall(film, {"reference": path}, lambda: listen().arrays()))


def _real_music(seen: Mapping[str, Seen], films: FilmSet, ears: Ears, sources: Sources, say: Say) -> References:
    """Patches of the folder of real music; where none is named, of the films' own."""
    if not ears.taggers:
        return {}
    if sources.music is not None:
        return embed_excerpts(list(_excerpts(sources.music, say)), ears)
    paths = [
        sources.references.file_of(film) if sources.references else films.reference_of(film) for film in films.films
    ]
    sounds = []
    for path in filter(None, paths):
        try:
            sounds.append(read_music(path, sources.soundfont))
        except AudioError:
            continue  # named already
    return embed_excerpts(sounds, ears)


def _excerpts(folder: Path, say: Say) -> Iterable[Audio]:
    """Excerpts of 30 s from the files of a folder, as many from each. Raises InputError where there is none."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUNDS)
    if not files:
        raise InputError(f"{folder} holds no sound files.")
    length, each = EXCERPT_S * SAMPLE_RATE_HZ, max(1, MOST_EXCERPTS // len(files))
    for path in files[:MOST_EXCERPTS]:
        try:
            sound = read_music(path, None)
        except AudioError:
            continue
        say(f"real music {path.name}")
        starts = np.linspace(0, max(0, sound.shape[1] - length), each).astype(int)
        yield from (sound[:, start : start + length] for start in starts)


def _hear_system(
    system: System,
    films: FilmSet,
    seen: Mapping[str, Seen],
    ears: Ears,
    sources: Sources,
    say: Say,
    memory: Memory | None,
) -> HeardSystem:
    heard, missing, broken = {}, [], []
    for film in films.films:
        path = system.file_of(film)
        if path is None:
            missing.append(film.id)
            continue
        say(f"{system.name}: {film.id}")
        try:
            heard[film.id] = _hear_film(seen[film.id], path, films, ears, sources, memory)
        except AudioError as error:
            broken.append(Broken(film.id, error.message))
    return HeardSystem(system, heard, tuple(missing), tuple(broken))


def _hear_film(seen: Seen, path: Path, films: FilmSet, ears: Ears, sources: Sources, memory: Memory | None) -> Heard:
    def listen() -> Heard:
        return hear(seen, read_music(path, sources.soundfont), ears)

    if memory is None:
        return listen()
    film = seen.film
    real = sources.references.file_of(film) if sources.references else films.reference_of(film)
    files = {"music": path, "reference": real, "movie": films.video_of(film)}
    return Heard.from_arrays(film.id, memory.recall(film, files, lambda: listen().arrays()))


def film_values(heard: HeardSystem, seen: Mapping[str, Seen], measure: Measure, films: Sequence[str]) -> list[float]:
    """A measure of each film; nan where it could not be measured."""
    if measure.id.startswith("event_"):
        return [_event_values(heard.heard[film], seen)[measure.id] for film in films]
    return [heard.heard[film].values.get(measure.id, math.nan) for film in films]


def _event_values(heard: Heard, seen: Mapping[str, Seen]) -> dict[str, float]:
    """How the loudness follows the film's own activity, and in the mean that of the other films."""
    found = {
        name: math.nan if film.activity is None else event_correlation(film.activity, heard.loudness)
        for name, film in seen.items()
    }
    own = found.pop(heard.film)
    known = [value for value in found.values() if math.isfinite(value)]
    others = float(np.mean(known)) if known else math.nan
    return {"event_own": own, "event_others": others, "event_gain": own - others}


class SetFigures:
    """Measures of whole sets of films with their draws, each taken once."""

    def __init__(self, real: References) -> None:
        self._real = {network: Gaussian.of(patches) for network, patches in real.items() if len(patches) > 1}
        self._drawn: dict[tuple[str, str, tuple[str, ...]], Drawn] = {}

    def drawn(self, heard: HeardSystem, measure: Measure, films: tuple[str, ...]) -> Drawn | None:
        """A measure of some films; None where it cannot be taken of all of them, or there are fewer than two."""
        each_heard = [heard.heard[film] for film in films]
        if len(films) < 2 or any(each.tags is None for each in each_heard):
            return None
        figure = self._figure(each_heard, measure)
        if figure is None:
            return None
        key = (heard.system.name, measure.id, films)
        if key not in self._drawn:
            self._drawn[key] = draw_sets(figure, len(films))
        return self._drawn[key]

    def _figure(self, heard: Sequence[Heard], measure: Measure) -> Callable[[np.ndarray], float] | None:
        if measure.id == "is":
            activations = np.array([each.tags for each in heard])
            return lambda picked: paper.inception_score(activations[picked])
        network = measure.id.removeprefix("fad_").upper()
        if network not in self._real:
            return None
        patches, real = [each.embeddings[network] for each in heard], self._real[network]
        return lambda picked: paper.frechet_audio_distance(np.concatenate([patches[film] for film in picked]), real)


def _judged(heard: HeardSystem, seen: Mapping[str, Seen], sets: SetFigures) -> Judged:
    films, figures = tuple(heard.heard), Figures()
    for measure in MEASURES:
        if measure.of_set:
            drawn = sets.drawn(heard, measure, _audible(heard))
            figures[measure.id] = None if drawn is None else drawn.interval()
        else:
            figures[measure.id] = mean_interval(film_values(heard, seen, measure, films))
    system = heard.system
    return Judged(system.name, system.layout, films, heard.missing, heard.broken, figures)


def _pair(one: HeardSystem, other: HeardSystem, seen: Mapping[str, Seen], sets: SetFigures) -> Pair:
    common = [film for film in one.heard if film in other.heard]
    audible = tuple(film for film in _audible(one) if film in _audible(other))
    differences = Figures()
    for measure in MEASURES:
        if measure.of_set:
            first, second = (sets.drawn(each, measure, audible) for each in (one, other))
            both = first is not None and second is not None
            differences[measure.id] = first.less(second).interval() if both and first and second else None
        else:
            values = [film_values(each, seen, measure, common) for each in (one, other)]
            differences[measure.id] = difference_interval(values[0], values[1])
    return Pair(one.system.name, other.system.name, len(common), differences)


def _audible(heard: HeardSystem) -> tuple[str, ...]:
    """The films whose music a tagger could hear."""
    return tuple(film for film, each in heard.heard.items() if each.tags is not None)


def _settings(ears: Ears, sources: Sources) -> dict[str, str]:
    from vem_core.judging.midi import soundfont_name

    found = {
        "beat tracker": ears.tracker.tracker_id,
        "musicnn": ", ".join(ears.taggers) or "not installed",
        "CLAP": "no folder given" if ears.clap is None else "given",
        "LanguageBind": "no folder given" if ears.languagebind is None else "given",
        "SoundFont for MIDI": "none" if sources.soundfont is None else soundfont_name(sources.soundfont),
    }
    if sources.references is not None:
        found["music of the same films"] = sources.references.folder.name
    if sources.music is not None:
        found["real music"] = sources.music.name
    return found
