"""Filters, as frequency responses.

Responses of causal filters (complex, bilinear-transformed analogue prototypes) are applied by FFT with room for their
ringing; an attack stays where it is. Magnitudes alone serve partials and noise, whose phases are free.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ

Values = NDArray[np.floating]
"""Real numbers of any precision."""

RINGING_SAMPLES = 4_096
BLOCK_SAMPLES = 16_384  # with the ringing 5 * 2^12: a transform that is planned in a third of the time of 2^15
_AHEAD_SAMPLES = 64  # what a block must hear of the next where the rate is halved: that filter rings both ways
_BLOCKS_AT_ONCE = 8  # one transform of many blocks costs much less than many of one
_LEAST_LOW_CUT_HZ = 16.0
TILT_PIVOT_HZ = 900.0
_QUICK_LENGTHS = (
    256, 384, 512, 768, 1_000, 1_400, 1_960, 2_500, 2_940, 3_780, 4_900, 6_300, 7_500, 8_820, 11_760, 14_000, 17_920,
    20_480, 24_000, 28_000, 33_600, 40_960, 48_000, 57_600, 67_200, 80_000, 90_000, 100_800, 120_000, 131_072, 144_000,
    176_400, 216_000, 262_144, 360_000, 524_288,
)  # fmt: skip
"""Transforms are planned each time; with MKL, those of such lengths in a third of the time of their neighbours."""


@dataclass(frozen=True)
class Formant:
    """A resonance or dip of an instrument's body."""

    frequency_hz: float
    gain_db: float
    octaves: float = 0.7  # width


def low_pass_gain(frequency_hz: Values, cutoff_hz: Values | float, resonance: float = 0.0) -> Values:
    """Magnitude of a four-pole low-pass (24 dB per octave); `resonance` 0..1 raises a peak at the cut-off."""
    ratio = (frequency_hz / cutoff_hz) ** 2
    damping = 2.0 - 1.75 * resonance
    return np.asarray(1 / np.sqrt(((1 - ratio) ** 2 + damping * ratio) * (1 + ratio) ** 2))


def formant_gain(frequency_hz: Values, formants: tuple[Formant, ...]) -> Values:
    """Magnitude of a body's resonances: bumps that are Gaussian in log frequency and add in decibels."""
    octave = np.log2(np.maximum(frequency_hz, 1.0))
    decibels = np.zeros_like(octave)
    for formant in formants:
        distance = (octave - np.log2(formant.frequency_hz)) / formant.octaves
        decibels += formant.gain_db * np.exp(-(distance**2))
    return np.asarray(10 ** (decibels / 20))


def band_gain(frequency_hz: Values, low_hz: float, high_hz: float) -> Values:
    """Magnitude of a band with slopes of 12 dB per octave; a limit of 0 or none leaves that side open."""
    frequency_hz = np.maximum(frequency_hz, 1e-3)
    gain = np.ones_like(frequency_hz)
    if low_hz > 0:
        gain = gain / np.sqrt(1 + np.square((low_hz / frequency_hz) ** 2))
    if high_hz > 0:
        gain = gain / np.sqrt(1 + np.square((frequency_hz / high_hz) ** 2))
    return gain


@dataclass(frozen=True)
class Equaliser:
    """A channel's tone: low cut, high cut (12 dB per octave each), a tilt about 900 Hz, and a body's resonances."""

    low_cut_hz: float = 0.0
    high_cut_hz: float = 20_000.0
    tilt_db: float = 0.0  # treble against bass
    peaks: tuple[tuple[float, float, float], ...] = ()  # (hertz, decibels, Q) of resonances and dips

    @property
    def neutral(self) -> bool:
        """Whether it changes nothing."""
        return self.low_cut_hz <= 10 and self.high_cut_hz >= 19_000 and abs(self.tilt_db) < 0.01 and not self.peaks

    def response(self, frequency_hz: Values) -> NDArray[np.complex128]:
        """The causal complex response."""
        s = 1j * _warp(frequency_hz)
        response = np.ones_like(s)
        if self.low_cut_hz > 10:
            ratio = s / _warp(np.array(self.low_cut_hz))
            response *= ratio**2 / (ratio**2 + np.sqrt(2) * ratio + 1)
        if self.high_cut_hz < 19_000:
            ratio = s / _warp(np.array(self.high_cut_hz))
            response /= ratio**2 + np.sqrt(2) * ratio + 1
        if abs(self.tilt_db) >= 0.01:
            ratio = s / _warp(np.array(TILT_PIVOT_HZ))
            root = 10 ** (self.tilt_db / 40)
            response *= (1 + ratio * root) / (1 + ratio / root) / root
        for peak_hz, gain_db, quality in self.peaks:
            ratio = s / _warp(np.array(peak_hz))
            root = 10 ** (gain_db / 40)
            response *= (ratio**2 + ratio * root / quality + 1) / (ratio**2 + ratio / (root * quality) + 1)
        return response

    def without_dc(self) -> Equaliser:
        """The same with a low cut below hearing, at least."""
        return replace(self, low_cut_hz=max(self.low_cut_hz, _LEAST_LOW_CUT_HZ))

    def gain(self, frequency_hz: Values) -> Values:
        """The magnitude of the response."""
        return np.abs(self.response(frequency_hz)) if not self.neutral else np.ones_like(frequency_hz)

    def apply(self, rendered: Tensor) -> Tensor:
        """A rendered note (C, T) through the equaliser, in place, cut to its own length."""
        if self.neutral:
            return rendered
        return filter_track(rendered, self)


def filter_track(track: Tensor, *equalisers: Equaliser) -> Tensor:
    """A whole track (C, T) through equalisers one after the other, in place: (C, T).

    Runs in blocks on a fixed grid of samples, so that a change in the music is heard, bit for bit, in its own block
    and the next.
    """
    _filter(track, track, equalisers, 1)
    return track


class TrackFilter:
    """An equaliser for a track (C, T) that comes in stretches, one after the other, each on the grid of blocks.

    A stretch begins a block at least before what is wanted of it: what rings into that is heard. Every sample then is,
    to the last bit, what `filter_track` makes of the whole.
    """

    def __init__(self, equaliser: Equaliser) -> None:
        self._equaliser = equaliser
        self._first_sound: int | None = None

    def apply(self, stretch: Tensor, start: int) -> Tensor:
        """A stretch whose first sample is number `start` of the track, filtered in place."""
        if self._equaliser.neutral:
            return stretch
        begins = self._first_sound is None or self._first_sound >= start
        onset = _filter(stretch, stretch, (self._equaliser,), 1, begins=begins)
        if begins and onset is not None:
            self._first_sound = start + onset
        return stretch


def halve_rate(track: Tensor, *equalisers: Equaliser) -> Tensor:
    """A track (C, 2 T) at twice the sample rate through equalisers, as a `filter_track` at the sample rate: (C, T)."""
    halved = torch.zeros(len(track), track.shape[-1] // 2, device=track.device)
    _filter(track, halved, equalisers, 2)
    return halved


def _filter(
    track: Tensor, filtered: Tensor, equalisers: tuple[Equaliser, ...], rate: int, *, begins: bool = True
) -> int | None:
    """Put a track at `rate` times the sample rate, filtered, where there is silence or the track itself.

    The first sample that sounds, before which all is silence where the track `begins` here; None where none does.
    """
    samples = filtered.shape[-1]
    size = BLOCK_SAMPLES + RINGING_SAMPLES
    response = (
        functools.reduce(torch.mul, (_sampled_response(equaliser, size, str(track.device)) for equaliser in equalisers))
        / rate
    )
    ahead = _AHEAD_SAMPLES if rate > 1 else 0
    sounding = _sounding(track, rate * BLOCK_SAMPLES)
    if not sounding or not samples:
        return None
    onset = sounding[0] * BLOCK_SAMPLES
    onset += int(track[:, rate * onset : rate * (onset + BLOCK_SAMPLES)].any(0).int().argmax()) // rate
    last = -(-samples // BLOCK_SAMPLES)
    heard = sorted({*sounding, *(number + 1 for number in sounding if number + 1 < last)})
    for start, end in reversed(
        list(_runs(heard))
    ):  # what a block hears is before it: backwards, it is not yet filtered
        first, final = start * BLOCK_SAMPLES - RINGING_SAMPLES + ahead, end * BLOCK_SAMPLES + ahead
        blocks = _stretch(track, rate * first, rate * final).unfold(1, rate * size, rate * BLOCK_SAMPLES)  # C N size
        spectra = torch.fft.rfft(blocks)[..., : len(response)].mul_(response)
        sound = torch.fft.irfft(spectra, size)[..., RINGING_SAMPLES - ahead : size - ahead].flatten(1)
        place = slice(start * BLOCK_SAMPLES, min(end * BLOCK_SAMPLES, samples))
        filtered[:, place] = sound[:, : place.stop - place.start]
    if begins:
        filtered[:, :onset] = 0  # the responses are causal: before is silence
    return onset


def _stretch(track: Tensor, start: int, end: int) -> Tensor:
    """Samples [start, end) of a track, silent beyond its ends."""
    inside = track[:, max(start, 0) : max(end, 0)]
    missing = (max(0, -start), end - max(start, 0) - inside.shape[1])
    return torch.nn.functional.pad(inside, missing) if any(missing) else inside


def _sounding(track: Tensor, block: int) -> list[int]:
    """Which blocks of a track are not silent."""
    whole = track.shape[1] // block * block
    levels = torch.linalg.vector_norm(track[:, :whole].unflatten(1, (-1, block)), dim=2).amax(0)
    found: list[int] = levels.nonzero().flatten().tolist()
    return [*found, whole // block] if bool(track[:, whole:].any()) else found


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Numbers that rise as runs [start, end) without gaps, none longer than _BLOCKS_AT_ONCE."""
    start = end = numbers[0]
    for number in numbers:
        if number > end or number - start == _BLOCKS_AT_ONCE:
            yield start, end
            start = number
        end = number + 1
    yield start, end


FLAT = Equaliser()


@functools.lru_cache(maxsize=256)
def _sampled_response(equaliser: Equaliser, size: int, device: str) -> Tensor:
    response = equaliser.response(np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ))
    return torch.from_numpy(response.astype(np.complex64)).to(device)


def fast_length(samples: int) -> int:
    """The next of a few even sizes for which an FFT is fast and its responses are kept."""
    if samples <= _QUICK_LENGTHS[0] or samples > _QUICK_LENGTHS[-1]:
        return 1 << max(samples - 1, 1).bit_length()
    return _QUICK_LENGTHS[bisect.bisect_left(_QUICK_LENGTHS, samples)]


def _warp(frequency_hz: Values) -> Values:
    """The analogue frequency that the bilinear transform maps to a digital one."""
    return np.asarray(np.tan(np.pi * np.minimum(frequency_hz / SAMPLE_RATE_HZ, 0.4999)))
