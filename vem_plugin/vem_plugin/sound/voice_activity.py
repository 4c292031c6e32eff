"""Where somebody speaks in a recording.

The detector is Silero VAD (MIT licence, github.com/snakers4/silero-vad), a network of 309,000 weights. They come with
the package `silero-vad`, whose code is not used: the network is computed here in plain numpy, so that the host side
needs no torch.
It tells speech from music and noise. On a lane that is known to hold speech, a level gate is asked as well: a whisper,
a shout or a voice through a telephone is speech there even where the network doubts it.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.errors import VemError

Samples = NDArray[np.float32]
"""Mono sound at `SPEECH_RATE_HZ`, (T,), nominal range -1..1."""

SPEECH_RATE_HZ = 16_000
CHUNK_SAMPLES = 512
"""The network says how likely speech is for each 32 ms."""

_PACKAGE = "silero_vad"
_WEIGHTS = Path("data", "silero_vad_16k.safetensors")
_WEIGHTS_SHA256 = "c59271c284ae9c8335d795d60e0bfdb71aaaceec578d9bd9ffc1b8153c319ea1"  # of silero-vad 6.2.3
_CONTEXT_SAMPLES = 64
_WINDOW, _HOP = 256, 128
_BATCH_CHUNKS = 2048  # of the part without memory, about a minute of sound

BEGINS_AT = 0.5
ENDS_AT = 0.35
"""Probabilities between which speech that has begun goes on, as its authors advise."""

SHORTEST_S = 0.2
LONGEST_PAUSE_S = 0.4
"""A shorter pause is a breath, not the end of speaking."""

PADDING_S = 0.06

_GATE_ABOVE_FLOOR_DB = 12.0
_GATE_LOWEST_DB = -55.0


class SpeechSegment(NamedTuple):
    """Speech from `start_s` to `end_s` of a recording."""

    start_s: float
    end_s: float


class WeightsUnusable(VemError):
    """The detector's weights are missing or damaged."""

    code = "speech.weights"
    default_hint = "Install the package it comes with: pip install --no-deps silero-vad==6.2.3"


def speech_segments(sound: Samples | Iterable[Samples], *, known_speech: bool = False) -> list[SpeechSegment]:
    """Where somebody speaks, in order, pauses bridged. `known_speech` lets the level decide as well.

    Sound may come whole or piece by piece: an hour of it takes no more memory than a minute. Raises WeightsUnusable.
    """
    samples, likely, power = 0, [np.zeros(0)], [np.zeros(0)]
    network = _Network()
    for count, chunks in _batches([sound] if isinstance(sound, np.ndarray) else sound):
        samples += count
        likely.append(network.hear(chunks))
        power.append(np.mean(chunks.astype(np.float64) ** 2, axis=1))
    spoken = _with_hysteresis(np.concatenate(likely))
    if known_speech:
        spoken = spoken | _above_gate(np.concatenate(power))
    chunk_s = CHUNK_SAMPLES / SPEECH_RATE_HZ
    found = [SpeechSegment(first * chunk_s, last * chunk_s) for first, last in _runs(spoken)]
    joined = _bridged(found, LONGEST_PAUSE_S)
    length_s = samples / SPEECH_RATE_HZ
    return [
        SpeechSegment(max(0.0, start_s - PADDING_S), min(length_s, end_s + PADDING_S))
        for start_s, end_s in joined
        if end_s - start_s >= SHORTEST_S
    ]


def speech_probabilities(sound: Samples) -> NDArray[np.float64]:
    """How likely it is that somebody speaks, 0..1, for each chunk of 32 ms (the last may be padded): (chunks,)."""
    network = _Network()
    return np.concatenate([np.zeros(0), *(network.hear(chunks) for _, chunks in _batches([sound]))])


def _batches(pieces: Iterable[Samples]) -> Iterator[tuple[int, Samples]]:
    """Sound in whole chunks, (N, CHUNK_SAMPLES), the last padded with silence; and how many samples of it there are."""
    size = _BATCH_CHUNKS * CHUNK_SAMPLES
    waiting, count = [np.zeros(0, np.float32)], 0
    for piece in pieces:
        waiting.append(piece)
        count += len(piece)
        if count >= size:
            whole = np.concatenate(waiting)
            last = count - count % size
            for first in range(0, last, size):
                yield size, whole[first : first + size].reshape(-1, CHUNK_SAMPLES)
            waiting, count = [whole[last:].copy()], count - last
    if count:
        padded = np.pad(np.concatenate(waiting), (0, -count % CHUNK_SAMPLES))
        yield count, padded.reshape(-1, CHUNK_SAMPLES)


class _Network:
    """The network on one recording, with what it remembers of what it has heard."""

    def __init__(self) -> None:
        self._weights = _load_weights()
        self._context = np.zeros((1, _CONTEXT_SAMPLES), np.float32)  # the end of the chunk before
        size = self._weights.hidden_gates.shape[0]
        self._hidden, self._cell = np.zeros(size, np.float32), np.zeros(size, np.float32)

    def hear(self, chunks: Samples) -> NDArray[np.float64]:
        """The probability of speech in each of the next chunks, (N, CHUNK_SAMPLES): (N,)."""
        before = np.concatenate([self._context, chunks[:-1, -_CONTEXT_SAMPLES:]])
        self._context = chunks[-1:, -_CONTEXT_SAMPLES:].copy()
        return self._listen(_encode(np.concatenate([before, chunks], axis=1), self._weights))

    def _listen(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """The network's memory (an LSTM), chunk by chunk: (N, features) to (N,) probabilities."""
        weights, hidden, cell = self._weights, self._hidden, self._cell
        driven = features @ weights.input_gates + weights.gate_bias
        size = len(hidden)
        states = np.empty((len(features), size), np.float32)
        for index, drive in enumerate(driven):
            gates = drive + hidden @ weights.hidden_gates
            entry, keep, leave = (
                _sigmoid(gates[:size]),
                _sigmoid(gates[size : 2 * size]),
                _sigmoid(gates[3 * size :]),
            )
            cell = keep * cell + entry * np.tanh(gates[2 * size : 3 * size])
            hidden = leave * np.tanh(cell)
            states[index] = hidden
        self._hidden, self._cell = hidden, cell
        return np.asarray(_sigmoid(np.maximum(states, 0) @ weights.output + weights.output_bias), np.float64)


class _Weights(NamedTuple):
    transform: NDArray[np.float32]  # (window, 2 * bins): the short-time Fourier transform
    convolutions: tuple[tuple[NDArray[np.float32], NDArray[np.float32], int], ...]  # (out, in, 3), (out,), stride
    input_gates: NDArray[np.float32]  # (in, 4 * hidden)
    hidden_gates: NDArray[np.float32]  # (hidden, 4 * hidden)
    gate_bias: NDArray[np.float32]
    output: NDArray[np.float32]  # (hidden,)
    output_bias: float


@functools.cache
def _load_weights() -> _Weights:
    package = importlib.util.find_spec(_PACKAGE)  # found, not imported: its code wants torch
    if package is None or package.origin is None:
        raise WeightsUnusable("The speech detector's weights are not installed.")
    try:
        content = (Path(package.origin).parent / _WEIGHTS).read_bytes()
    except OSError as error:
        raise WeightsUnusable(f"The speech detector's weights cannot be read: {error.strerror}.") from error
    if hashlib.sha256(content).hexdigest() != _WEIGHTS_SHA256:
        raise WeightsUnusable("The speech detector's weights are not those that were published.")
    (header_bytes,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + header_bytes])

    def tensor(name: str) -> NDArray[np.float32]:
        entry = header[name]
        first, last = entry["data_offsets"]
        raw = np.frombuffer(content[8 + header_bytes + first : 8 + header_bytes + last], np.float32)
        return raw.reshape(entry["shape"])

    strides = {"conv1": 1, "conv2": 2, "conv3": 2, "conv4": 1}
    return _Weights(
        transform=np.ascontiguousarray(tensor("stft_conv.weight")[:, 0].T),
        convolutions=tuple((tensor(f"{layer}.weight"), tensor(f"{layer}.bias"), by) for layer, by in strides.items()),
        input_gates=np.ascontiguousarray(tensor("lstm_cell.weight_ih").T),
        hidden_gates=np.ascontiguousarray(tensor("lstm_cell.weight_hh").T),
        gate_bias=tensor("lstm_cell.bias_ih") + tensor("lstm_cell.bias_hh"),
        output=tensor("final_conv.weight")[0, :, 0],
        output_bias=float(tensor("final_conv.bias")[0]),
    )


def _encode(windows: NDArray[np.float32], weights: _Weights) -> NDArray[np.float32]:
    """What each chunk sounds like: (N, samples) to (N, features)."""
    reflected = np.concatenate([windows, windows[:, -2 : -2 - _CONTEXT_SAMPLES : -1]], axis=1)
    frames = np.lib.stride_tricks.sliding_window_view(reflected, _WINDOW, axis=1)[:, ::_HOP]  # N 4 window
    spectrum = frames @ weights.transform  # N 4 2*bins
    bins = spectrum.shape[2] // 2
    hidden = np.sqrt(spectrum[..., :bins] ** 2 + spectrum[..., bins:] ** 2)  # N frames channels
    for kernel, bias, stride in weights.convolutions:
        padded = np.pad(hidden, ((0, 0), (1, 1), (0, 0)))
        around = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=1)[:, ::stride]  # N frames channels 3
        hidden = np.maximum(np.tensordot(around, kernel, axes=((2, 3), (1, 2))) + bias, 0)
    return np.asarray(hidden[:, 0], np.float32)


def _sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(0.5 + 0.5 * np.tanh(values / 2), np.float32)


def _with_hysteresis(likely: NDArray[np.float64]) -> NDArray[np.bool_]:
    spoken = np.zeros(len(likely), bool)
    on = False
    for index, probability in enumerate(likely):
        on = probability >= (ENDS_AT if on else BEGINS_AT)
        spoken[index] = on
    return spoken


def _above_gate(power: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Chunks that stand out of the recording's own floor, the level of its quietest tenth."""
    level_db = 10 * np.log10(power + 1e-12)
    audible = level_db[level_db > -100]
    if not len(audible):
        return np.zeros(len(power), bool)
    loudest, floor = np.percentile(audible, 95), np.percentile(level_db, 10)
    gate = max(_GATE_LOWEST_DB, min(floor + _GATE_ABOVE_FLOOR_DB, loudest - 15))
    return np.asarray(level_db > gate)


def _runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """The [first, last) of each stretch of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _bridged(stretches: Sequence[SpeechSegment], longest_pause_s: float) -> list[SpeechSegment]:
    joined: list[SpeechSegment] = []
    for stretch in stretches:
        if joined and stretch.start_s - joined[-1].end_s <= longest_pause_s:
            joined[-1] = SpeechSegment(joined[-1].start_s, max(joined[-1].end_s, stretch.end_s))
        else:
            joined.append(stretch)
    return joined
