"""Whether music belongs to its film: one cut list over twelve films, and a blind match of sounds to pictures.

    python benchmarks/swapped_films.py --footage FILM.mp4 [--films 12] [--json]

Twelve films are graded from real footage (dark and slow, bright and fast, night, nature, crowd, tech ...), each with a
course of its own over the same cuts. Each is scored by `sketch`. A matcher that was fitted on twelve *other* films is
given the sounds and the films, shuffled, and says which belongs to which: by valence and arousal heard in the sound,
and by the loudness over the shots against the picture's energy. Chance is one in twelve. Also: how far the picture's
event curve goes with onset density and loudness, for a film's own music and for the others' (95 % intervals by
bootstrap over films).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import itertools
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vem_core.composer.composition import compose
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.request import ScoreRequest, Thumbnail, ThumbnailUse
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.direction import direct
from vem_core.direction.sight import event_curve, look
from vem_core.pipeline.planning import plan_as_briefed
from vem_core.rhythm.weights import weigh_cuts
from vem_core.synth import render
from vem_core.training.beat_corpus import random_edit

Array = NDArray[np.float64]

CUTS, EDIT_SEED = 15, 31
SIZE = (112, 63)
STRIP_FRAMES = 3


@dataclass(frozen=True)
class Grade:
    """How footage is made into a film: gains and tints, how fast the camera moves, where the film is at its height."""

    name: str
    light: float  # gain
    saturation: float
    tint: tuple[float, float, float]
    speed: float  # pixels a frame that the picture is drawn along
    contrast: float
    height: float  # share of the film at which it is brightest, fastest, most colourful
    swing: float  # how much it is less elsewhere


GRADES = (
    Grade("dark and slow", 0.25, 0.5, (0.9, 0.95, 1.1), 0.0, 1.0, 0.9, 0.4),
    Grade("bright and fast", 1.6, 1.4, (1.05, 1.0, 0.9), 7.0, 1.1, 0.5, 0.5),
    Grade("night", 0.18, 1.3, (0.6, 0.7, 1.5), 1.0, 1.3, 0.2, 0.5),
    Grade("nature", 1.0, 1.2, (0.9, 1.2, 0.8), 1.0, 0.9, 0.7, 0.3),
    Grade("crowd", 0.9, 1.0, (1.1, 1.0, 0.9), 6.0, 1.2, 0.3, 0.4),
    Grade("tech", 1.1, 0.4, (0.85, 1.0, 1.25), 3.0, 1.4, 0.8, 0.4),
    Grade("blood", 0.22, 1.8, (2.2, 0.25, 0.25), 2.0, 1.5, 1.0, 0.4),
    Grade("sky", 1.7, 0.8, (0.8, 1.0, 1.3), 0.5, 0.7, 0.1, 0.3),
    Grade("sepia memories", 1.2, 0.3, (1.2, 1.0, 0.7), 0.0, 0.7, 0.6, 0.3),
    Grade("neon", 0.5, 2.2, (1.3, 0.5, 1.4), 5.0, 1.6, 0.4, 0.5),
    Grade("fog", 1.3, 0.1, (1.0, 1.0, 1.0), 0.0, 0.4, 0.0, 0.3),
    Grade("chase", 0.45, 0.8, (1.0, 0.95, 0.9), 11.0, 1.5, 0.95, 0.5),
)


class Film(NamedTuple):
    name: str
    valence: float
    arousal: float
    energies: Array  # of the picture: each shot's arousal and change, standardised
    events: Array  # the event curve at the cuts
    style: str
    mood: str
    tempo: tuple[float, float]
    sound: Array  # features of the whole
    loudness_db: Array  # of each shot
    onsets: Array  # a second, of each shot


def footage(path: Path, count: int) -> list[Array]:
    """Frames spread over a film, as RGB of 0..1 at twice SIZE."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        total = stream.frames or 720
        wanted = set(np.linspace(0, total - 2, count).astype(int))
        return [
            np.asarray(frame.to_image().resize((SIZE[0] * 2, SIZE[1] * 2)), dtype=np.float64) / 255
            for index, frame in enumerate(container.decode(stream))
            if index in wanted
        ]


def graded(picture: Array, grade: Grade, place: float, drawn: int, seed: int) -> bytes:
    """A frame of a film as JPEG, at `place` of the film's length; `drawn` is how many frames the camera has gone."""
    near = 1 - grade.swing * min(1.0, abs(place - grade.height) * 2)
    along = int(drawn * grade.speed * near + seed) % SIZE[0]
    window = picture[SIZE[1] // 2 : SIZE[1] // 2 + SIZE[1], along : along + SIZE[0]]
    grey = window @ np.array([0.2126, 0.7152, 0.0722])
    colour = grey[..., None] + grade.saturation * near * (window - grey[..., None])
    colour = (colour - 0.4) * grade.contrast + 0.4
    shown = np.clip(colour * grade.light * near * np.array(grade.tint), 0, 1)
    file = io.BytesIO()
    Image.fromarray((shown * 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()


def film_request(
    sheet: CutSheet, frames: Sequence[Array], grade: Grade, seed: int
) -> tuple[ScoreRequest, dict[str, bytes]]:
    """The request that a host would send for a film of this grade."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(frames))
    thumbnails, jpegs = [], {}
    for shot, span in enumerate(sheet.shots):
        picture = frames[order[shot % len(order)]]
        shift = int(random.integers(SIZE[0]))
        wanted = [(span.start_frames + at, ThumbnailUse.SHOT) for at in (1, span.duration_frames // 2)]
        wanted += [(span.start_frames + at, ThumbnailUse.STRIP) for at in range(STRIP_FRAMES)] if shot else []
        for frame, use in wanted:
            place = frame / sheet.duration_frames
            data = graded(picture, grade, place, frame - span.start_frames, shift)
            name = hashlib.sha256(data).hexdigest()
            jpegs[name] = data
            thumbnails.append(Thumbnail(name, shot, frame, use))
    return ScoreRequest(sheet, thumbnails=tuple(thumbnails), seed=seed), jpegs


def score_film(sheet: CutSheet, frames: Sequence[Array], grade: Grade, seed: int) -> Film:
    """A film's own reading, and its music measured on the sound."""
    request, jpegs = film_request(sheet, frames, grade, seed)
    sights = look(request, jpegs)
    brief = direct(request, jpegs)
    plan = plan_as_briefed(request, brief, weigh_cuts(sheet))
    mix = render(compose(plan), 0).mix.mean(0).astype(np.float64)
    edges = [sample_of_frame(shot.start_frames, sheet.rate) for shot in sheet.shots] + [plan.duration_samples]
    flux, hop = spectral_flux(mix)
    peaks = onset_times(flux, hop)
    loud, onsets = [], []
    for begin, end in itertools.pairwise(edges):
        loud.append(10 * np.log10(float((mix[begin:end] ** 2).mean()) + 1e-9))
        onsets.append(float(((peaks >= begin) & (peaks < end)).sum()) / ((end - begin) / SAMPLE_RATE_HZ))
    weights = [shot.duration_frames for shot in sheet.shots]
    arousals = np.array([sight.arousal for sight in sights])
    events = np.array([0.0 if change is None else change for change in event_curve(sights)])
    return Film(
        grade.name,
        float(np.average([sight.valence for sight in sights], weights=weights)),
        float(np.average(arousals, weights=weights)),
        standard(arousals + 0.3 * events),
        events,
        brief.style.id,
        brief.mood.word,
        (brief.tempo_bpm.low, brief.tempo_bpm.high),
        sound_features(mix, peaks),
        np.array(loud),
        np.array(onsets),
    )


def spectral_flux(mix: Array) -> tuple[Array, int]:
    """Half-wave rectified flux of log magnitudes, and its hop in samples."""
    hop, size = 512, 2048
    frames = np.lib.stride_tricks.sliding_window_view(mix, size)[::hop] * np.hanning(size)
    log = np.log1p(200 * np.abs(np.fft.rfft(frames, axis=1))[:, :400])
    return np.maximum(np.diff(log, axis=0), 0).sum(1), hop


def onset_times(flux: Array, hop: int) -> Array:
    """Samples of the peaks that stand out of their surroundings."""
    around = np.convolve(flux, np.ones(31) / 31, "same")
    peak = (flux[1:-1] > flux[:-2]) & (flux[1:-1] >= flux[2:]) & (flux[1:-1] > 1.4 * around[1:-1] + 1e-6)
    return (np.flatnonzero(peak) + 1) * hop


def sound_features(mix: Array, peaks: Array) -> Array:
    """What a matcher hears: loudness spread, brightness, bass, onset density, and major against minor."""
    size = 8192
    frames = mix[: len(mix) // size * size].reshape(-1, size) * np.hanning(size)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    hz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    whole = power.sum(0) + 1e-12
    level = 10 * np.log10(power.sum(1) + 1e-9)
    return np.array([
        np.percentile(level, 90) - np.percentile(level, 10),
        float((np.log(hz[1:]) * whole[1:]).sum() / whole[1:].sum()),
        10 * np.log10(whole[hz < 120].sum() / whole.sum()),
        10 * np.log10(whole[hz > 4000].sum() / whole.sum() + 1e-9),
        len(peaks) / (len(mix) / SAMPLE_RATE_HZ),
        majorness(power, hz),
    ])  # fmt: skip


_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
"""Krumhansl and Kessler, Psychol. Rev. 89, 1982."""


def majorness(power: Array, hz: Array) -> float:
    """How much better the best major key fits the chroma than the best minor one."""
    used = (hz > 100) & (hz < 2000)
    pitch = np.round(69 + 12 * np.log2(hz[used] / 440)).astype(int) % 12
    chroma = np.bincount(pitch, weights=np.sqrt(power[:, used]).sum(0), minlength=12)
    fits = [[float(np.corrcoef(chroma, np.roll(profile, tonic))[0, 1]) for tonic in range(12)]
            for profile in (_MAJOR, _MINOR)]  # fmt: skip
    return max(fits[0]) - max(fits[1])


def standard(values: Array) -> Array:
    return (values - values.mean()) / (values.std() + 1e-9)


@dataclass(frozen=True)
class Matcher:
    """What was learnt on other films: sound to valence and arousal, and what the energy curve weighs."""

    mean: Array
    scale: Array
    weights: Array  # (features + 1, 2)
    spread: Array  # of what it predicts, (2,)
    curve_weight: float

    def scores(self, films: Sequence[Film], sounds: Sequence[Film]) -> Array:
        """(films, sounds): the higher, the likelier they belong together."""
        heard = np.stack([(each.sound - self.mean) / self.scale for each in sounds])
        guessed = np.column_stack([heard, np.ones(len(sounds))]) @ self.weights
        seen = np.array([[film.valence, film.arousal] for film in films])
        far = (((seen[:, None] - guessed[None]) / self.spread) ** 2).sum(2)
        loud = np.stack([standard(each.loudness_db) for each in sounds])
        similarity = np.stack([film.energies for film in films]) @ loud.T / loud.shape[1]
        return self.curve_weight * similarity - far


def fit_matcher(films: Sequence[Film]) -> Matcher:
    """The matcher of these films: a ridge regression, and the weight of the curve that matches most of them.

    Residuals and weight are those of films that were left out in turn: six features fit twelve films too well to tell.
    """
    left_out = [_regression([*films[:at], *films[at + 1 :]]) for at in range(len(films))]

    def matched(weight: float) -> float:
        columns = [replace(each, curve_weight=weight).scores(films, [own])[:, 0]
                   for each, own in zip(left_out, films, strict=True)]  # fmt: skip
        return float((np.stack(columns, 1).argmax(1) == np.arange(len(films))).mean())

    return replace(_regression(films), curve_weight=max((0.0, 1.0, 2.0, 4.0, 8.0), key=matched))


def _regression(films: Sequence[Film]) -> Matcher:
    """Sound to valence and arousal by ridge regression, its residuals by leave-one-out (Allen 1974, PRESS)."""
    heard = np.stack([film.sound for film in films])
    mean, scale = heard.mean(0), heard.std(0) + 1e-9
    design = np.column_stack([(heard - mean) / scale, np.ones(len(films))])
    target = np.array([[film.valence, film.arousal] for film in films])
    solved = np.linalg.solve(design.T @ design + 0.5 * np.eye(design.shape[1]), design.T)
    residuals = (target - design @ (solved @ target)) / (1 - np.diag(design @ solved))[:, None]
    return Matcher(mean, scale, solved @ target, np.sqrt((residuals**2).mean(0)) + 0.05, 1.0)


def matched_share(matcher: Matcher, films: Sequence[Film]) -> float:
    """The share of films whose own sound scores best among all sounds."""
    return float((matcher.scores(films, films).argmax(1) == np.arange(len(films))).mean())


def assigned_share(matcher: Matcher, films: Sequence[Film]) -> float:
    """The same where every sound is given to one film: the assignment of the highest total."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-matcher.scores(films, films))
    return float((rows == columns).mean())


def correlations(films: Sequence[Film]) -> dict[str, tuple[float, float, float]]:
    """Mean correlation of the event curve with the sound's, own and others', each with its 95 % interval."""
    found = {}
    random = np.random.default_rng(0)
    for name, curve in (("onsets", lambda film: film.onsets), ("loudness steps", _loudness_steps)):
        table = np.array([[_correlation(film.events[1:], curve(other)[1:]) for other in films] for film in films])
        own = np.diag(table)
        others = np.array([np.delete(row, index).mean() for index, row in enumerate(table)])
        for kind, values in (("own", own), ("shuffled", others)):
            draws = [random.choice(values, len(values)).mean() for _ in range(2000)]
            found[f"{name}, {kind}"] = (float(values.mean()), *(float(q) for q in np.percentile(draws, (2.5, 97.5))))
    return found


def _loudness_steps(film: Film) -> Array:
    return np.concatenate([[0.0], np.abs(np.diff(film.loudness_db))])


def _correlation(one: Array, other: Array) -> float:
    return 0.0 if one.std() < 1e-9 or other.std() < 1e-9 else float(np.corrcoef(one, other)[0, 1])


def other_grades(seed: int) -> tuple[Grade, ...]:
    """Films to fit the matcher on: grades between the twelve, drawn."""
    random = np.random.default_rng(seed)
    return tuple(
        Grade(
            f"other {number}",
            float(random.uniform(0.18, 1.7)),
            float(random.uniform(0.1, 2.0)),
            tuple(float(value) for value in random.uniform(0.6, 1.4, 3)),  # type: ignore[arg-type]
            float(random.uniform(0, 10)),
            float(random.uniform(0.5, 1.6)),
            float(random.uniform(0, 1)),
            float(random.uniform(0.3, 0.5)),
        )
        for number in range(12)
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--footage", type=Path, required=True)
    parser.add_argument("--films", type=int, default=len(GRADES))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    frames = footage(arguments.footage, 24)
    sheet = random_edit(EDIT_SEED, CUTS)
    films = [score_film(sheet, frames, grade, 100 + n) for n, grade in enumerate(GRADES[: arguments.films])]
    others = [score_film(sheet, frames, grade, 500 + n) for n, grade in enumerate(other_grades(1)[: arguments.films])]
    matcher = fit_matcher(others)
    result = {
        "films": [{"name": film.name, "style": film.style, "mood": film.mood, "tempo": film.tempo,
                   "valence": round(film.valence, 2), "arousal": round(film.arousal, 2)} for film in films],
        "matched": matched_share(matcher, films),
        "assigned": assigned_share(matcher, films),
        "chance": 1 / len(films),
        "curve_weight": matcher.curve_weight,
        "correlations": correlations(films),
    }  # fmt: skip
    if arguments.json:
        print(json.dumps(result, indent=2))
        return 0
    for film in films:
        print(f"{film.name:<18} {film.style:<12} {film.mood:<14} {film.tempo[0]:.0f}-{film.tempo[1]:.0f} BPM  "
              f"valence {film.valence:+.2f}  arousal {film.arousal:+.2f}")  # fmt: skip
    print(f"matched {result['matched']:.0%}, as an assignment {result['assigned']:.0%}; chance {result['chance']:.0%}")
    for name, (mean, low, high) in correlations(films).items():
        print(f"event curve against {name}: {mean:+.2f} ({low:+.2f} .. {high:+.2f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
