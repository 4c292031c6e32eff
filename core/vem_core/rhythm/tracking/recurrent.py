"""Our trained tracker: small recurrent networks listen, Markov models decide, attacks give the instant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vem_core.audio.tape import let_go
from vem_core.audio.types import Audio
from vem_core.resources.registry import read_registry, verified_folder
from vem_core.rhythm.tracking.bars import bar_features
from vem_core.rhythm.tracking.base import Curve, TrackedBeats
from vem_core.rhythm.tracking.decoding import BeatPrior, decode_bars, decode_beats
from vem_core.rhythm.tracking.onsets import FRAME_RATE_HZ, HOP_SAMPLES, band_spectrogram, mono, settle_on_attacks

if TYPE_CHECKING:
    from vem_core.rhythm.tracking.network import BarNetwork, BeatNetwork, TrackerNetworks

MODEL_ID = "beats"
BEAT_PRIOR = BeatPrior(likeliest_bpm=105.0, octaves=0.6, tempo_weight=1.0)
_CHUNK_FRAMES = 60 * FRAME_RATE_HZ
_OVERLAP_FRAMES = 5 * FRAME_RATE_HZ  # heard on either side of a chunk, and thrown away
_DOWNBEATS = 0.25  # share of beats that begin a bar, before listening
_NEVER = 1e-4  # activations are kept this far from 0 and 1: the network is never that sure


class RecurrentTracker:
    """The tracker with the given weights (default: the bundled ones). Free for any use."""

    tracker_id = "recurrent"
    licence_note = ""

    def __init__(self, weights: Path | None = None) -> None:
        from vem_core.rhythm.tracking.network import load_networks

        self._networks: TrackerNetworks = load_networks(weights or bundled_weights())

    def track(self, audio: Audio) -> TrackedBeats:
        signal = mono(audio)
        spectrogram = band_spectrogram(signal)
        activation = hear_beats(self._networks.beats, spectrogram)
        beats = decode_beats(_log_odds(activation), FRAME_RATE_HZ, BEAT_PRIOR)
        begins_bar = np.zeros(len(beats), np.bool_)
        begins_bar[decode_bars(hear_bars(self._networks.bars, bar_features(spectrogram, beats)))] = True
        return settle_on_attacks(signal, beats * HOP_SAMPLES, begins_bar, activation)


def bundled_weights() -> Path:
    """The weights that ship with the product. Raises ModelMissing, WeightsDamaged."""
    entry = read_registry().entry(MODEL_ID)
    return verified_folder(entry) / entry.files[0].file


def hear_beats(network: BeatNetwork, spectrogram: Curve) -> Curve:
    """The probability of a beat at each frame, (F,). Memory does not grow with the length."""
    import torch

    activation = np.zeros(len(spectrogram), np.float32)
    with torch.inference_mode():
        for start in range(0, len(spectrogram), _CHUNK_FRAMES):
            first = max(0, start - _OVERLAP_FRAMES)
            end_excl = min(start + _CHUNK_FRAMES, len(spectrogram))
            heard = spectrogram[first : end_excl + _OVERLAP_FRAMES]
            even = np.pad(heard, ((0, len(heard) % 2), (0, 0)))
            probabilities = torch.sigmoid(network(torch.from_numpy(even)[None]))[0].numpy()  # F
            activation[start:end_excl] = probabilities[start - first : end_excl - first]
            let_go(spectrogram)
    return activation


def hear_bars(network: BarNetwork, features: Curve) -> Curve:
    """For each beat the log-likelihood ratio that it begins a bar, (N,): the network's odds against the odds before."""
    import torch

    if not len(features):
        return np.zeros(0, np.float32)
    with torch.inference_mode():
        logits = network(torch.from_numpy(features)[None])[0].numpy()
    return np.asarray(logits - np.log(_DOWNBEATS / (1 - _DOWNBEATS)), np.float32)


def _log_odds(probabilities: Curve) -> Curve:
    bounded = np.clip(probabilities, _NEVER, 1 - _NEVER)
    return np.asarray(np.log(bounded) - np.log1p(-bounded), np.float32)
