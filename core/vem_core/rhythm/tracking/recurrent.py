"""Our trained tracker: a small recurrent network listens, a semi-Markov model decides, attacks give the instant."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vem_core.generation.base import Audio
from vem_core.resources import resource_path
from vem_core.rhythm.tracking.base import Curve, TrackedBeats
from vem_core.rhythm.tracking.decoding import BarPrior, BeatPrior, decode_bars, decode_beats
from vem_core.rhythm.tracking.onsets import FRAME_RATE_HZ, HOP_SAMPLES, band_spectrogram, mono, settle_on_attacks

if TYPE_CHECKING:
    from vem_core.rhythm.tracking.network import BeatNetwork

WEIGHTS = "weights/beats-1.0.safetensors"
BEAT_PRIOR = BeatPrior(tempo_weight=0.1)
BAR_PRIOR = BarPrior()
_CHUNK_FRAMES = 60 * FRAME_RATE_HZ
_OVERLAP_FRAMES = 5 * FRAME_RATE_HZ  # heard on either side of a chunk, and thrown away
_NEVER = 1e-4  # activations are kept this far from 0 and 1: the network is never that sure


class RecurrentTracker:
    """The tracker with the given weights (default: the bundled ones). Free for any use."""

    tracker_id = "recurrent"
    licence_note = ""

    def __init__(self, weights: Path | None = None) -> None:
        self._network = _network(weights or resource_path(WEIGHTS))

    def track(self, audio: Audio) -> TrackedBeats:
        signal = mono(audio)
        activations = listen(self._network, band_spectrogram(signal))
        beats, downbeats = decode(activations)
        begins_bar = np.zeros(len(beats), np.bool_)
        begins_bar[downbeats] = True
        return settle_on_attacks(signal, beats * HOP_SAMPLES, begins_bar, activations[:, 0])


def listen(network: BeatNetwork, spectrogram: Curve) -> Curve:
    """Probabilities of a beat and of a downbeat at each frame, (F, 2). Memory does not grow with the length."""
    import torch

    activations = np.zeros((len(spectrogram), 2), np.float32)
    with torch.inference_mode():
        for start in range(0, len(spectrogram), _CHUNK_FRAMES):
            first = max(0, start - _OVERLAP_FRAMES)
            heard = spectrogram[first : start + _CHUNK_FRAMES + _OVERLAP_FRAMES]
            even = np.pad(heard, ((0, len(heard) % 2), (0, 0)))
            probabilities = torch.sigmoid(network(torch.from_numpy(even)[None]))[0].numpy()  # F 2
            activations[start : start + _CHUNK_FRAMES] = probabilities[start - first :][
                : min(_CHUNK_FRAMES, len(spectrogram) - start)
            ]
    return activations


def decode(
    activations: Curve, beat_prior: BeatPrior = BEAT_PRIOR, bar_prior: BarPrior = BAR_PRIOR
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The frames of the beats, and the indices of those that begin a bar, from (F, 2) probabilities."""
    beats = decode_beats(_log_odds(activations[:, 0]), FRAME_RATE_HZ, beat_prior)
    if not len(beats):
        return beats, np.zeros(0, np.int64)
    around = np.clip(beats[:, None] + np.arange(-2, 3), 0, len(activations) - 1)  # beats, 5 frames
    beat, downbeat = (activations[around, column].max(axis=1) for column in (0, 1))
    return beats, decode_bars(_log_odds(np.minimum(downbeat / np.maximum(beat, 0.05), 1.0)), bar_prior)


def _log_odds(probabilities: Curve) -> Curve:
    bounded = np.clip(probabilities, _NEVER, 1 - _NEVER)
    return np.asarray(np.log(bounded) - np.log1p(-bounded), np.float32)


@functools.lru_cache(maxsize=2)
def _network(weights: Path) -> BeatNetwork:
    from vem_core.rhythm.tracking.network import load_network

    return load_network(weights)
