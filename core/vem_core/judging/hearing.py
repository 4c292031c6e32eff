"""All that is measured on one film's music, each thing once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.types import Audio
from vem_core.contract.errors import AudioError, ModelMissing, VemError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.judging import paper_measures as paper
from vem_core.judging.cut_measures import CutFigures, cut_figures
from vem_core.judging.encoders.base import FilmAndSound, Vector, WordsAndSound
from vem_core.judging.films import Film
from vem_core.judging.memory import Arrays
from vem_core.judging.obedience import Asked, asked_of, obedience
from vem_core.judging.pictures import activity_curve, spread_frames
from vem_core.judging.sound_measures import Curve, length_error_ms, level_figures, loudness_curve
from vem_core.musicnn.tagger import TRAINING_SETS, Tagger
from vem_core.rhythm.tracking.base import BeatTracker, TrackedBeats

Array = NDArray[np.floating]
_EMBEDDING = "embedding "

KLD_NETWORK = "MTT"
"""Of musicnn, whose activations IS, KLD and styles are taken from; the paper does not say which."""

SHORTEST_SHOT_S = 0.5  # of sound that an encoder can say anything of


@dataclass(frozen=True)
class Ears:
    """What listens. Without an encoder its columns stay empty."""

    tracker: BeatTracker
    taggers: dict[str, Tagger] = field(default_factory=dict)  # by training set
    clap: WordsAndSound | None = None
    languagebind: FilmAndSound | None = None
    encoders: str = ""  # which files CLAP and LanguageBind are

    @classmethod
    def load(cls, tracker: BeatTracker, clap: Path | None = None, languagebind: Path | None = None) -> Ears:
        """All that can be loaded; musicnn where it is installed. Raises ModelMissing for a folder that is no model."""
        from vem_core.judging.encoders.clap import Clap
        from vem_core.judging.encoders.languagebind import LanguageBind

        try:
            taggers = {name: Tagger.load(name) for name in TRAINING_SETS}
        except ModelMissing:
            taggers = {}
        return cls(
            tracker,
            taggers,
            None if clap is None else Clap.load(clap),
            None if languagebind is None else LanguageBind.load(languagebind),
            "; ".join(_described(folder) for folder in (clap, languagebind) if folder is not None),
        )


def _described(folder: Path) -> str:
    """A folder's files with their sizes and times: another model in its place reads differently."""
    files = sorted(path for path in folder.resolve().rglob("*") if path.is_file())
    return ", ".join(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)


@dataclass(frozen=True)
class Seen:
    """A film, as far as music is held against it."""

    film: Film
    asked: Asked = field(default_factory=Asked)  # by its words
    activity: Curve | None = None  # of the picture, 2 Hz
    caption: Vector | None = None
    shot_words: tuple[Vector, ...] = ()
    picture: Vector | None = None
    shot_pictures: tuple[Vector, ...] = ()
    reference: Reference | None = None


@dataclass(frozen=True)
class Reference:
    """A film's real music."""

    beats_s: Array
    tags: Array | None  # (tags,)

    @classmethod
    def of(cls, film: Film, music: Audio, ears: Ears) -> Reference:
        """What is heard of it, from the film's beginning to its end."""
        cropped = _within(film, music)
        return cls(np.array(seconds(ears.tracker.track(cropped))), _tags(cropped, ears)[0])

    def arrays(self) -> Arrays:
        """All of it, to be kept."""
        return {"beats_s": self.beats_s} | ({} if self.tags is None else {"tags": self.tags})

    @classmethod
    def from_arrays(cls, kept: Arrays) -> Reference:
        """What `arrays` kept."""
        return cls(kept["beats_s"], kept.get("tags"))


@dataclass(frozen=True)
class Heard:
    """A film's music. Values that could not be measured are nan."""

    film: str
    values: dict[str, float]  # by the measure's id
    tags: Array | None  # (tags,), mean over patches
    embeddings: dict[str, Array]  # (patches, 200) by training set
    loudness: Curve  # 2 Hz

    def arrays(self) -> Arrays:
        """All of it but the film's name, to be kept."""
        embeddings = {f"{_EMBEDDING}{name}": each for name, each in self.embeddings.items()}
        tags = {} if self.tags is None else {"tags": self.tags}
        measures, values = np.array(list(self.values)), np.array(list(self.values.values()), float)
        return {"measures": measures, "values": values, "loudness": self.loudness, **tags, **embeddings}

    @classmethod
    def from_arrays(cls, film: str, kept: Arrays) -> Heard:
        """What `arrays` kept of a film's music."""
        values = dict(zip(kept["measures"].tolist(), kept["values"].tolist(), strict=True))
        embeddings = {name.removeprefix(_EMBEDDING): each for name, each in kept.items() if name.startswith(_EMBEDDING)}
        return cls(film, values, kept.get("tags"), embeddings, kept["loudness"])


def see(film: Film, video: Path | None, reference: Reference | None, ears: Ears) -> Seen:
    """What music of a film is held against: its picture, words and real music, as far as they are there."""
    caption: Vector | None = None
    shot_words: tuple[Vector, ...] = ()
    if ears.clap is not None:
        caption = ears.clap.embed_text(film.caption) if film.caption else None
        shot_words = tuple(ears.clap.embed_text(words) for words in film.shots)
    picture: Vector | None = None
    shot_pictures: tuple[Vector, ...] = ()
    if ears.languagebind is not None and video is not None:
        spans = [(shot.start_frames, shot.end_excl_frames) for shot in film.sheet.shots]
        whole, *shots = spread_frames(video, [(0, film.duration_frames), *spans], ears.languagebind.frames_wanted)
        picture = ears.languagebind.embed_film(whole)
        shot_pictures = tuple(ears.languagebind.embed_film(frames) for frames in shots)
    activity = None if video is None else activity_curve(film, video)
    return Seen(film, asked_of(film), activity, caption, shot_words, picture, shot_pictures, reference)


def hear(seen: Seen, music: Audio, ears: Ears) -> Heard:
    """Everything about a film's music (2, T), which begins with the film; what is longer is cut off and named.

    Raises AudioError for music shorter than half a second.
    """
    film, audio = seen.film, _within(seen.film, music)
    if audio.shape[1] < SAMPLE_RATE_HZ // 2:
        raise AudioError("It lasts less than half a second.")
    tracked = ears.tracker.track(audio)
    tags, embeddings = _tags(audio, ears)
    figures = cut_figures(film.sheet, audio, tracked, ears.tracker) if film.cuts else None
    loudness = loudness_curve(audio)
    tempo_bpm = math.nan if figures is None else figures.tempo_bpm
    values = {
        **_levels(film, music, audio),
        **_beats(seen, tracked, figures),
        **_words(seen, audio, ears),
        **_film(seen, audio, ears),
        **obedience(seen.asked, audio, tempo_bpm, loudness, tags, _labels(ears)),
        "kld": math.nan
        if tags is None or seen.reference is None or seen.reference.tags is None
        else paper.kullback_leibler_divergence(tags, seen.reference.tags),
        "style_heard": _style_heard(film, tags, ears),
    }
    return Heard(film.id, values, tags, embeddings, loudness)


def seconds(tracked: TrackedBeats) -> tuple[float, ...]:
    """The beats' instants."""
    return tuple(beat / SAMPLE_RATE_HZ for beat in tracked.beats_samples)


def embed_excerpts(excerpts: Sequence[Audio], ears: Ears) -> dict[str, Array]:
    """The patches of all excerpts that are long enough, (patches, 200) by training set."""
    found: dict[str, list[Array]] = {name: [] for name in ears.taggers}
    for excerpt in excerpts:
        for name, embedding in _tags(excerpt, ears)[1].items():
            found[name].append(embedding)
    return {name: np.concatenate(parts) for name, parts in found.items() if parts}


def _within(film: Film, music: Audio) -> Audio:
    return music[:, : round(film.duration_s * SAMPLE_RATE_HZ)]


def _tags(audio: Audio, ears: Ears) -> tuple[Array | None, dict[str, Array]]:
    tags, embeddings = None, {}
    for name, tagger in ears.taggers.items():
        try:
            heard = tagger.hear(audio, SAMPLE_RATE_HZ)
        except VemError:  # too short for a patch
            return None, {}
        embeddings[name] = heard.embedding
        if name == KLD_NETWORK:
            tags = heard.tags.mean(axis=0)
    return tags, embeddings


def _levels(film: Film, music: Audio, audio: Audio) -> dict[str, float]:
    levels = level_figures(audio)
    return {
        "loudness_lufs": levels.loudness_lufs,
        "true_peak_dbtp": levels.true_peak_dbtp,
        "quiet_floor_db": levels.quiet_floor_db,
        "length_error_ms": abs(length_error_ms(music, film.duration_s)),
    }


def _beats(seen: Seen, tracked: TrackedBeats, figures: CutFigures | None) -> dict[str, float]:
    film, beats_s = seen.film, seconds(tracked)
    values = {
        "biou": math.nan if seen.reference is None else paper.beat_iou(beats_s, seen.reference.beats_s.tolist()),
        "tbiou": paper.transition_beat_iou(film.cuts_s, beats_s) if film.cuts else math.nan,
    }
    if figures is None:
        return values
    for grid, rates in figures.hits.items():
        for tolerance, hit in rates.items():
            place = f"{grid}_{tolerance}"
            values |= {f"hit_{place}": hit.rate, f"chance_{place}": hit.chance, f"gain_{place}": hit.rate - hit.chance}
    return values | {
        "signed_error_ms": figures.signed_error_ms,
        "tempo_excursion": figures.tempo_excursion,
        "accent_share": figures.accent_share,
    }


def _words(seen: Seen, audio: Audio, ears: Ears) -> dict[str, float]:
    if ears.clap is None:
        return {}
    values = {}
    if seen.caption is not None:
        values["clap"] = paper.clap_score(ears.clap.embed_sound(audio), seen.caption)
    if seen.shot_words:
        values["tw_clap"] = _shot_by_shot(seen, seen.shot_words, audio, ears.clap)
    return values


def _film(seen: Seen, audio: Audio, ears: Ears) -> dict[str, float]:
    if ears.languagebind is None or seen.picture is None:
        return {}
    return {
        "lb": paper.languagebind_score(seen.picture, ears.languagebind.embed_sound(audio)),
        "tw_lb": _shot_by_shot(seen, seen.shot_pictures, audio, ears.languagebind),
    }


def _shot_by_shot(seen: Seen, wanted: Sequence[Vector], audio: Audio, encoder: WordsAndSound | FilmAndSound) -> float:
    """The time-weighted score over the shots that are long enough and have music; nan if none has."""
    scores, lengths = [], []
    for (start_s, end_s), vector in zip(seen.film.shots_s, wanted, strict=True):
        part = audio[:, round(start_s * SAMPLE_RATE_HZ) : round(end_s * SAMPLE_RATE_HZ)]
        if part.shape[1] >= SHORTEST_SHOT_S * SAMPLE_RATE_HZ:
            scores.append(paper.cosine(encoder.embed_sound(part), vector))
            lengths.append(end_s - start_s)
    return paper.time_weighted(scores, lengths) if scores else math.nan


def _style_heard(film: Film, tags: Array | None, ears: Ears) -> float:
    """The mean activation of those of the film's tags that musicnn knows."""
    if tags is None:
        return math.nan
    labels = _labels(ears)
    known = [labels.index(tag) for tag in film.tags if tag in labels]
    return float(np.mean(tags[known])) if known else math.nan


def _labels(ears: Ears) -> tuple[str, ...]:
    """The tags that are told apart; none without musicnn."""
    return ears.taggers[KLD_NETWORK].labels if ears.taggers else ()
