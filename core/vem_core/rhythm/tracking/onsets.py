"""Where notes begin: the curves that beats are found on, and the exact instant of an attack.

Two resolutions. `BandSpectrogram` frames at 100 Hz carry the music for tracking; `refine_onsets` looks again at the
samples around each beat, so that an error is measured on the attack itself and not on a frame grid.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vem_core.audio.tape import blocks, folder_of, let_go, silent_like, zeros
from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.tracking.base import Curve, TrackedBeats

FRAME_RATE_HZ = 100
HOP_SAMPLES = SAMPLE_RATE_HZ // FRAME_RATE_HZ
FEWEST_BEATS = 3
WINDOW_SAMPLES = 2048
LOWEST_HZ, HIGHEST_HZ, BANDS_PER_OCTAVE = 30.0, 17_000.0, 8
COMPRESSION = 20.0  # log1p(20 x magnitude): quiet attacks count, noise far below the music does not
_BLOCK_FRAMES = 4096  # bounds the memory on long files
_TRANSFORMS_AT_ONCE = 256  # what a transform works in is ten times what comes of it

_FINE_WINDOW_SAMPLES = 480  # 10 ms
_FINE_HOP_SAMPLES = 24  # 0.5 ms
_FINE_EDGES_HZ = (0, 150, 300, 600, 1_200, 2_400, 4_800, 9_600, 20_000)
_FINE_LAG = 4  # frames, 2 ms


def mono(audio: Audio) -> Curve:
    """The mean of the channels at an RMS of 0.1 over the parts that sound, (T,); silence stays silence.

    On a tape where the audio is.
    """
    mix = silent_like(audio[:1], audio.shape[1])[0]
    levels = [np.zeros(0, np.float32)]
    for where in blocks(len(mix), audio, mix, size=_BLOCK_FRAMES * HOP_SAMPLES):
        mix[where] = audio[:, where].mean(axis=0, dtype=np.float32)
        whole = mix[where.start : where.stop - (where.stop - where.start) % HOP_SAMPLES]
        levels.append(np.square(whole).reshape(-1, HOP_SAMPLES).mean(axis=1))
    level = np.concatenate(levels)
    sounding = level[level > 1e-8]  # above -80 dBFS
    gain = np.float32(0.1 / np.sqrt(sounding.mean())) if len(sounding) else np.float32(0)
    for where in blocks(len(mix), mix):
        mix[where] *= gain
    return mix


@functools.cache
def band_matrix() -> NDArray[np.float32]:
    """Triangular bands on a logarithmic frequency axis, (bins, bands), each with weights that sum to 1."""
    octaves = np.log2(HIGHEST_HZ / LOWEST_HZ)
    centres_hz = LOWEST_HZ * 2 ** (np.arange(int(octaves * BANDS_PER_OCTAVE) + 2) / BANDS_PER_OCTAVE)
    bins_hz = np.fft.rfftfreq(WINDOW_SAMPLES, 1 / SAMPLE_RATE_HZ)
    # Below about 300 Hz the bands are narrower than a bin: centres that fall on the same bin are one band.
    centres = np.unique(np.round(centres_hz / bins_hz[1]).astype(int))
    rising = [
        np.interp(np.arange(len(bins_hz)), edges, (0, 1, 0))
        for edges in zip(centres[:-2], centres[1:-1], centres[2:], strict=True)
    ]
    weights = np.stack(rising, axis=1)
    return np.asarray(weights / weights.sum(axis=0), np.float32)


def band_spectrogram(signal: Curve) -> Curve:
    """Log-compressed magnitudes in bands at 100 Hz, (F, bands); frame f is centred on sample 480 f."""
    half = WINDOW_SAMPLES // 2
    window = np.hanning(WINDOW_SAMPLES).astype(np.float32)
    spectrogram = zeros((1 + len(signal) // HOP_SAMPLES, band_matrix().shape[1]), np.float32, folder_of(signal))
    for where in blocks(len(spectrogram), signal, spectrogram, size=_BLOCK_FRAMES):
        heard = padded_slice(signal, where.start * HOP_SAMPLES - half, (where.stop - 1) * HOP_SAMPLES + half)
        frames = sliding_window_view(heard, WINDOW_SAMPLES)[::HOP_SAMPLES]  # F window
        magnitudes = np.empty((len(frames), half + 1), np.float32)
        for some in blocks(len(frames), size=_TRANSFORMS_AT_ONCE):
            magnitudes[some] = np.abs(np.fft.rfft(frames[some] * window))
        magnitudes *= COMPRESSION
        spectrogram[where] = np.log1p(magnitudes @ band_matrix())
    return spectrogram


def padded_slice(signal: Curve, start: int, end: int) -> Curve:
    """Samples [start, end) of a signal, silent beyond its ends."""
    inside = signal[max(0, start) : max(0, end)]
    return np.pad(inside, (max(0, -start), end - max(0, start) - len(inside)))


def spectral_flux(spectrogram: Curve, frames: NDArray[np.int64] | None = None, lag_frames: int = 2) -> Curve:
    """The rise in each band since `lag_frames` ago, against the loudest neighbouring band then, (F, bands).

    The maximum over neighbours keeps vibrato and glides from looking like attacks (Böck and Widmer, DAFx 2013). Of all
    frames, or of those that are given by their numbers, of any shape: (..., bands).
    """
    frames = np.arange(len(spectrogram)) if frames is None else frames
    before = spectrogram[np.maximum(frames - lag_frames, 0)]
    edged = np.concatenate([before[..., :1], before, before[..., -1:]], axis=-1)
    widest = np.maximum(np.maximum(edged[..., :-2], edged[..., 1:-1]), edged[..., 2:])
    return np.asarray(np.maximum(spectrogram[frames] - widest, 0), np.float32)


def settle_on_attacks(
    signal: Curve, instants_samples: NDArray[np.int64], begins_bar: NDArray[np.bool_], activation: Curve
) -> TrackedBeats:
    """Beats near the given instants, each on its attack. Fewer than three are no pulse, and give no beats."""
    instants = refine_onsets(signal, instants_samples)
    kept = (instants < len(signal)) & (np.diff(instants, prepend=-1) > 0)
    if np.count_nonzero(kept) < FEWEST_BEATS:
        kept[:] = False
    return TrackedBeats(
        tuple(instants[kept].tolist()),
        tuple(instants[kept & begins_bar].tolist()),
        np.clip(activation, 0, 1),
        float(FRAME_RATE_HZ),
    )


def refine_onsets(signal: Curve, instants_samples: NDArray[np.int64], reach_s: float = 0.03) -> NDArray[np.int64]:
    """Each instant moved to the steepest attack within `reach_s`, where there is a clear one.

    Where no note begins, an instant is moved by what its refined neighbours moved on average.
    """
    if not len(instants_samples):
        return instants_samples
    rise, offsets = _fine_rise(signal, instants_samples, reach_s)
    prior = np.exp(-0.5 * np.square(offsets / (0.5 * reach_s * SAMPLE_RATE_HZ)))
    peaks = np.argmax(rise * prior, axis=1)
    heights = np.take_along_axis(rise, peaks[:, None], axis=1)[:, 0]
    shifts = offsets[peaks] + _parabola_vertex(rise, peaks) * _FINE_HOP_SAMPLES
    clear = heights > 0.25 * np.median(heights)
    if clear.any() and heights.max() > 0:
        places = np.arange(len(shifts))
        shifts = np.where(clear, shifts, np.interp(places, places[clear], shifts[clear]))
    else:
        shifts = np.zeros(len(shifts))
    return np.asarray(np.maximum(instants_samples + np.round(shifts).astype(np.int64), 0), np.int64)


def _fine_rise(
    signal: Curve, instants: NDArray[np.int64], reach_s: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """How fast the bands grow every 0.5 ms around each instant, (instants, offsets), and the offsets in samples."""
    steps = int(reach_s * SAMPLE_RATE_HZ / _FINE_HOP_SAMPLES)
    offsets = np.arange(-steps, steps + 1) * _FINE_HOP_SAMPLES
    margin = _FINE_LAG * _FINE_HOP_SAMPLES
    half = _FINE_WINDOW_SAMPLES // 2
    grid = np.arange(offsets[0] - margin, offsets[-1] + margin + 1, _FINE_HOP_SAMPLES)
    window = np.hanning(_FINE_WINDOW_SAMPLES).astype(np.float32)
    edges = np.searchsorted(np.fft.rfftfreq(_FINE_WINDOW_SAMPLES, 1 / SAMPLE_RATE_HZ), _FINE_EDGES_HZ)
    rises = []
    for instant in np.clip(instants, 0, len(signal)):
        near = padded_slice(signal, instant + int(grid[0]) - half, instant + int(grid[-1]) + half)
        views = sliding_window_view(near, _FINE_WINDOW_SAMPLES)[::_FINE_HOP_SAMPLES]
        magnitudes = np.abs(np.fft.rfft(views * window))
        bands = np.add.reduceat(magnitudes, edges[:-1], axis=1)  # grid, bands
        bands /= bands.max(axis=0) + 0.02 * bands.max() + 1e-9  # every band that sounds has a say
        growth = np.maximum(bands[2 * _FINE_LAG :] - bands[: -2 * _FINE_LAG], 0)
        rises.append(growth.sum(axis=1))
        let_go(signal)
    return np.array(rises), offsets


def _parabola_vertex(rows: NDArray[np.float64], peaks: NDArray[np.intp]) -> NDArray[np.float64]:
    """Where between grid points a parabola through each peak and its neighbours has its top, -0.5..0.5."""
    inner = np.clip(peaks, 1, rows.shape[1] - 2)
    left, middle, right = (np.take_along_axis(rows, (inner + step)[:, None], axis=1)[:, 0] for step in (-1, 0, 1))
    curvature = left - 2 * middle + right
    vertex = np.where(curvature < 0, 0.5 * (left - right) / np.where(curvature < 0, curvature, 1), 0)
    return np.where(inner == peaks, np.clip(vertex, -0.5, 0.5), 0)
