"""Recorded music described by its sound: tags, tempo, key, chords, energy. Estimates all, each with its confidence."""

from __future__ import annotations

import functools
import itertools

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.features import spectrogram
from vem_core.audio.types import Audio
from vem_core.contract.errors import ModelMissing
from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT
from vem_core.corpus.estimates import HeardChord, HeardTag
from vem_core.musicnn.tagger import TRAINING_SETS, Tagger

Floats = NDArray[np.float64]

LEAST_TAG = 0.1
"""Confidence below which a tag is not written down."""

LEAST_STYLE = 0.3
"""Confidence from which a tag is taken for the style or mood of the music."""

STYLES_OF_TAGS = {"ambient": "ambient", "techno": "techno", "house": "house", "rock": "rock", "hard rock": "rock",
                  "metal": "rock", "heavy metal": "rock", "punk": "rock", "classic rock": "rock", "jazz": "jazz",
                  "funk": "funk", "soul": "soul", "rnb": "soul", "hip-hop": "hip-hop", "acoustic": "acoustic",
                  "folk": "acoustic", "indie pop": "indie-pop"}  # fmt: skip
"""Our style for a tagger's word, in lower case; most of its words name none."""

MOODS_OF_TAGS = {"sad": "melancholic", "happy": "joyful", "mellow": "calm", "chillout": "calm", "chill": "calm",
                 "quiet": "calm", "soft": "calm", "party": "driving", "weird": "mysterious"}  # fmt: skip
"""The mood for a tagger's word."""

_MOST_TAGS = 20
_STEADY = 0.1  # of the beat period
_CHORD_STAY = 0.9  # likelihood that the next beat has the same chord
_CHORD_SHARPNESS = 12.0  # how much likelier a chord is for each 1 of correlation, as a logarithm
_BEATS_AT_ONCE = 32
_TRIADS = {"maj": (0, 4, 7), "min": (0, 3, 7)}
_ENERGY_WINDOW_LATENTS = 10  # 0.4 s, as momentary loudness
_LEAST_RANGE_DB = 3.0


def heard_tags(audio: Audio) -> tuple[HeardTag, ...]:
    """The words that musicnn's two networks have for the music, the surest first; none where it is not installed.

    Each confidence is the mean of the network's output over the sound's patches of three seconds.
    """
    tags: list[HeardTag] = []
    if audio.shape[1] < 3.1 * SAMPLE_RATE_HZ:
        return ()
    for training_set, tagger in _taggers().items():
        mean = tagger.hear(audio, SAMPLE_RATE_HZ).tags.mean(axis=0)
        tags += [
            HeardTag(label.lower(), round(float(confidence), 4), f"musicnn {training_set}")
            for label, confidence in zip(tagger.labels, mean, strict=True)
            if confidence >= LEAST_TAG
        ]
    return tuple(sorted(tags, key=lambda tag: (-tag.confidence, tag.word))[:_MOST_TAGS])


def tagging() -> str:
    """What tags here: an installed tagger or nothing. Samples that differ in it are not of one kind."""
    return "musicnn" if _taggers() else ""


def word_for(tags: tuple[HeardTag, ...], words: dict[str, str]) -> str:
    """The style or mood of the surest tag that names one; empty where none is sure enough."""
    named = (words[tag.word] for tag in tags if tag.confidence >= LEAST_STYLE and tag.word in words)
    return next(named, "")


def tempo_confidence(beats_samples: tuple[int, ...]) -> float:
    """The share of the beats' distances that keep within a tenth of their median, 0..1."""
    distances = np.diff(np.array(beats_samples, float))
    if not len(distances):
        return 0.0
    middle = float(np.median(distances))
    return round(float(np.mean(np.abs(distances / middle - 1) <= _STEADY)), 4)


def heard_chords(audio: Audio, beats_samples: tuple[int, ...]) -> tuple[HeardChord, ...]:
    """Major and minor triads from beat to beat, equal neighbours joined.

    Each beat's chroma is correlated with the 24 triads (Fujishima, ICMC 1999) and the likeliest path found, where a
    chord rather stays than changes (Bello and Pickens, ISMIR 2005). Confidence is the path's posterior, mean over the
    chord's beats. Beats in which nothing sounds have no chord.
    """
    spans = list(itertools.pairwise(beats_samples))
    if not spans:
        return ()
    chroma = _beat_chroma(audio, spans)
    sounding = chroma.sum(axis=1) > 0
    likelihood = _CHORD_SHARPNESS * _correlations(chroma)
    path, posterior = _decode(likelihood)
    chords: list[HeardChord] = []
    places = [place for place in range(len(spans)) if sounding[place]]
    for (chord, _), group in itertools.groupby(enumerate(places), lambda each: (path[each[1]], each[1] - each[0])):
        own = [place for _, place in group]
        start, end = spans[own[0]][0], spans[own[-1]][1]
        quality, root = ("maj", chord) if chord < 12 else ("min", chord - 12)
        confidence = round(float(np.mean([posterior[place, chord] for place in own])), 4)
        chords.append(HeardChord(start, end - start, int(root), quality, confidence))
    return tuple(chords)


def heard_energy(audio: Audio, latents: int) -> tuple[float, ...]:
    """The level of each latent frame over 0.4 s, 0.1..0.9 between the music's own quiet and loud tenths."""
    padded = np.pad(audio, ((0, 0), (0, max(0, latents * SAMPLES_PER_LATENT - audio.shape[1]))))
    frames = padded[:, : latents * SAMPLES_PER_LATENT].reshape(2, latents, SAMPLES_PER_LATENT)
    power = np.square(frames, dtype=np.float64).mean(axis=(0, 2))
    window = min(_ENERGY_WINDOW_LATENTS, latents)
    smooth = np.convolve(power, np.ones(window), "same") / np.convolve(np.ones(latents), np.ones(window), "same")
    levels = 10 * np.log10(np.maximum(smooth, 1e-9))
    low, high = np.quantile(levels, [0.1, 0.9])
    share = (levels - low) / max(float(high - low), _LEAST_RANGE_DB)
    return tuple(np.clip(0.1 + 0.8 * share, 0.1, 0.9).round(4).tolist())


@functools.lru_cache(maxsize=1)
def _taggers() -> dict[str, Tagger]:
    try:
        return {training_set: Tagger.load(training_set) for training_set in TRAINING_SETS}
    except ModelMissing:
        return {}


def _beat_chroma(audio: Audio, spans: list[tuple[int, int]]) -> Floats:
    """The mean chroma of each beat, (beats, 12), heard some beats at a time."""
    rows = []
    for first in range(0, len(spans), _BEATS_AT_ONCE):
        part = spans[first : first + _BEATS_AT_ONCE]
        begin, end = part[0][0], part[-1][1]
        chroma = spectrogram(audio[:, begin:end]).chroma
        per_sample = len(chroma) / max(1, end - begin)
        for start, stop in part:
            low = min(int((start - begin) * per_sample), len(chroma) - 1)
            rows.append(chroma[low : max(low + 1, int((stop - begin) * per_sample))].mean(axis=0))
    return np.stack(rows)


def _correlations(chroma: Floats) -> Floats:
    """How well each of the 24 triads fits each beat, -1..1: (beats, 24)."""
    templates = np.zeros((24, 12))
    for row, tones in ((0, _TRIADS["maj"]), (12, _TRIADS["min"])):
        for root in range(12):
            templates[row + root, [(root + tone) % 12 for tone in tones]] = 1
    centred = templates - templates.mean(axis=1, keepdims=True)
    own = chroma - chroma.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(own, axis=1, keepdims=True) * np.linalg.norm(centred, axis=1)
    return np.asarray(own @ centred.T / np.maximum(norms, 1e-9))


def _decode(log_likelihood: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The chord of each beat by the forward-backward posterior, and the posterior (beats, 24)."""
    beats, states = log_likelihood.shape
    change = np.full((states, states), (1 - _CHORD_STAY) / (states - 1))
    np.fill_diagonal(change, _CHORD_STAY)
    likely = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    forward, backward = np.empty((beats, states)), np.ones((beats, states))
    forward[0] = likely[0] / likely[0].sum()
    for beat in range(1, beats):
        forward[beat] = (forward[beat - 1] @ change) * likely[beat]
        forward[beat] /= forward[beat].sum()
    for beat in range(beats - 2, -1, -1):
        backward[beat] = change @ (likely[beat + 1] * backward[beat + 1])
        backward[beat] /= backward[beat].sum()
    posterior = forward * backward
    posterior /= posterior.sum(axis=1, keepdims=True)
    return posterior.argmax(axis=1), posterior
