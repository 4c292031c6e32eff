"""madmom's recurrent networks and dynamic Bayesian network (Böck, Krebs and Widmer, ISMIR 2016), as a `BeatTracker`.

The code is BSD, the models that come with it are for non-commercial use only. The eight networks of its ensemble are
evaluated together: their weights are stacked, so that a Python loop over the frames runs once and not 48 times.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.tracking.base import Curve, TrackedBeats
from vem_core.rhythm.tracking.madmom_shim import load_madmom
from vem_core.rhythm.tracking.onsets import FRAME_RATE_HZ, mono, settle_on_attacks

MODEL_RATE_HZ = 44_100
_SHORTEST_S = 1.0  # its largest window is 93 ms, and its decoder wants a few beats


class MadmomTracker:
    """RNN activations and DBN decoding in bars of 3 or 4."""

    tracker_id = "madmom"
    licence_note = (
        "madmom's models are licensed CC BY-NC-SA 4.0: for non-commercial use only, so not for paid work without a "
        "licence from their authors."
    )

    def __init__(self) -> None:
        load_madmom()  # a missing package is better said now

    @functools.cached_property
    def _processors(self) -> _Processors:
        return _processors()

    def track(self, audio: Audio) -> TrackedBeats:
        signal = mono(audio)
        if len(signal) < _SHORTEST_S * SAMPLE_RATE_HZ or not signal.any():
            return TrackedBeats((), ())
        activations = listen(soxr.resample(signal, SAMPLE_RATE_HZ, MODEL_RATE_HZ), self._processors)
        decoded = np.reshape(self._processors.decode(activations), (-1, 2))  # (seconds, number in the bar)
        instants = np.round(decoded[:, 0] * SAMPLE_RATE_HZ).astype(np.int64)
        return settle_on_attacks(signal, instants, decoded[:, 1] == 1, activations.sum(axis=1))


class _Processors(NamedTuple):
    features: Callable[[Any], Curve]
    networks: Sequence[Any]
    decode: Callable[[Curve], NDArray[np.float64]]


def _processors() -> _Processors:
    downbeats = load_madmom().downbeats
    chain = downbeats.RNNDownBeatProcessor().processors
    ensemble = chain[1].processors[0].processors
    decoder = downbeats.DBNDownBeatTrackingProcessor(beats_per_bar=[3, 4], fps=FRAME_RATE_HZ)
    return _Processors(chain[0], ensemble, decoder)


def listen(signal: Curve, processors: _Processors) -> Curve:
    """Probabilities of a beat (that begins no bar) and of a downbeat at each frame, (F, 2), from mono at 44.1 kHz."""
    wrapped = load_madmom().signal.Signal(signal, sample_rate=MODEL_RATE_HZ, num_channels=1)
    features = np.asarray(processors.features(wrapped), np.float32)
    return evaluate_ensemble(processors.networks, features)[:, 1:]  # column 0 is "no beat"


def evaluate_ensemble(networks: Sequence[Any], features: Curve) -> Curve:
    """The mean answer of networks of one shape: bidirectional peephole LSTM layers, then one feed-forward layer.

    `features` is (F, inputs); N networks and 2 directions run as one batch of 2N.
    """
    heard = np.repeat(features[None], len(networks), axis=0)  # N F inputs
    for depth in range(len(networks[0].layers) - 1):
        heard = _run_layer([network.layers[depth] for network in networks], heard)
    answers = [network.layers[-1](inputs) for network, inputs in zip(networks, heard, strict=True)]
    return np.asarray(np.mean([np.reshape(answer, (len(features), -1)) for answer in answers], axis=0), np.float32)


def _run_layer(layers: Sequence[Any], heard: NDArray[np.float32]) -> NDArray[np.float32]:
    """One bidirectional layer of all networks, (N, F, inputs) to (N, F, 2 x units)."""
    directions = [layer.fwd_layer for layer in layers] + [layer.bwd_layer for layer in layers]
    both = np.concatenate([heard, heard[:, ::-1]])  # 2N F inputs
    weights = np.stack([_side_by_side(layer, "weights") for layer in directions])  # 2N inputs 4·units
    bias = np.stack([_side_by_side(layer, "bias") for layer in directions])  # 2N 4·units
    projected = np.ascontiguousarray((both @ weights + bias[:, None]).transpose(1, 0, 2))  # F 2N 4·units
    hidden = _recur(projected, directions).transpose(1, 0, 2)  # 2N F units
    forward, backward = np.split(hidden, 2)
    return np.concatenate([forward, backward[:, ::-1]], axis=2)


def _recur(projected: NDArray[np.float32], directions: Sequence[Any]) -> NDArray[np.float32]:
    """The hidden states over time, (F, 2N, units), from the inputs' share of the gates (F, 2N, 4 x units)."""
    recurrent = np.stack([_side_by_side(layer, "recurrent_weights") for layer in directions])  # 2N units 4·units
    to_input, to_forget, to_output = (
        np.stack([getattr(layer, gate).peephole_weights for layer in directions]).astype(np.float32)
        for gate in ("input_gate", "forget_gate", "output_gate")
    )  # 2N units
    units = to_input.shape[1]
    state = np.zeros((len(directions), units), np.float32)
    hidden = np.zeros_like(state)
    states = np.empty((len(projected), len(directions), units), np.float32)
    for frame, inputs in enumerate(projected):
        gates = inputs + (hidden[:, None] @ recurrent)[:, 0]
        enter = _sigmoid(gates[:, :units] + to_input * state)
        keep = _sigmoid(gates[:, units : 2 * units] + to_forget * state)
        state = np.tanh(gates[:, 3 * units :]) * enter + state * keep
        leave = _sigmoid(gates[:, 2 * units : 3 * units] + to_output * state)
        hidden = np.tanh(state) * leave
        states[frame] = hidden
    return states


def _side_by_side(layer: Any, kind: str) -> NDArray[np.float32]:
    """One kind of weights of an LSTM layer: input, forget, output gate and cell beside each other."""
    gates = (layer.input_gate, layer.forget_gate, layer.output_gate, layer.cell)
    return np.concatenate([np.asarray(getattr(gate, kind), np.float32) for gate in gates], axis=-1)


def _sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * values), np.float32)
