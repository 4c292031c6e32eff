"""What a render of a scored timeline shows and plays: where the music begins, its gain, where the picture cuts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from vem_core.contract.errors import AudioError
from vem_core.contract.time import SAMPLE_RATE_HZ

_WINDOW_SAMPLES = SAMPLE_RATE_HZ // 10
_SEARCH_SAMPLES = 500
_CUT_LEVELS = 12
"""Mean difference of neighbouring frames, in levels of 255, beyond which there is a cut."""

_CLEAN = 0.99
"""The correlation of a window with the WAV from which on it counts as played as it is."""

_LEAST_POWER = 1e-6
"""Of a window, mean square; a softer one tells nothing."""


@dataclass(frozen=True)
class HeardMusic:
    """A WAV as it is found in a render."""

    begins_frames: float  # where its first sample would lie, in frames from the picture's first
    gain: float  # the median over tenths of a second
    clean: float  # the share of tenths of a second that are played as they are


def heard_music(render: Path, wav: Path, rate: Fraction, handles_frames: tuple[int, int] = (0, 0)) -> HeardMusic:
    """Where a WAV, of which the handles are not heard, lies in the sound of a render: the peak of their correlation.

    Raises AudioError where either has no sound.
    """
    played, music = read_mono(render, from_picture=True), read_mono(wav)
    before, after = (round(frames * SAMPLE_RATE_HZ / rate) for frames in handles_frames)
    heard = np.zeros_like(music)
    heard[before : len(music) - after] = music[before : len(music) - after]
    size = 1 << (len(played) + len(music)).bit_length()
    spectrum = np.fft.rfft(played, size) * np.conj(np.fft.rfft(heard, size))
    peak = int(np.argmax(np.abs(np.fft.irfft(spectrum, size))))
    lag = peak if peak < len(played) else peak - size
    correlations, gains = _by_window(played, music, lag, range(before, len(music) - after, _WINDOW_SAMPLES))
    if not gains:
        raise AudioError(f"The music of {wav.name} is not heard in {render.name}.")
    clean = float(np.mean(np.array(correlations) >= _CLEAN))
    return HeardMusic(float(Fraction(lag, SAMPLE_RATE_HZ) * rate), float(np.median(gains)), clean)


def seen_cuts(render: Path) -> tuple[int, list[int]]:
    """How many frames a render has, and at which of them another picture begins. Raises AudioError without picture."""
    try:
        with av.open(str(render)) as movie:
            small = [frame.reformat(16, 16, "rgb24").to_ndarray().astype(np.int16) for frame in movie.decode(video=0)]
    except (av.FFmpegError, IndexError, OSError) as error:
        raise AudioError(f"{render.name} has no picture that can be read.") from error
    if len(small) < 2:
        return len(small), []
    steps = np.abs(np.diff(np.stack(small), axis=0)).mean(axis=(1, 2, 3))
    return len(small), [int(index) + 1 for index in np.flatnonzero(steps > _CUT_LEVELS)]


def read_mono(path: Path, *, from_picture: bool = False) -> NDArray[np.float64]:
    """The mean of a file's channels (T,) at 48 kHz; from where its picture begins, if asked. Raises AudioError."""
    try:
        with av.open(str(path)) as movie:
            # one channel made two would lose 3 dB
            layout = "mono" if movie.streams.audio[0].codec_context.channels == 1 else "stereo"
            resampler = av.AudioResampler(format="fltp", layout=layout, rate=SAMPLE_RATE_HZ)
            blocks: list[NDArray[np.float32]] = []
            begins_s: float | None = None
            for frame in movie.decode(audio=0):
                begins_s = frame.time if begins_s is None else begins_s
                blocks += [part.to_ndarray().mean(axis=0) for part in resampler.resample(frame)]
            blocks += [part.to_ndarray().mean(axis=0) for part in resampler.resample(None)]
    except (av.FFmpegError, IndexError, OSError) as error:
        raise AudioError(f"{path.name} has no sound that can be read.") from error
    sound = np.concatenate(blocks).astype(np.float64) if blocks else np.zeros(0)
    shift = round(((begins_s or 0.0) - _picture_begins_s(path)) * SAMPLE_RATE_HZ) if from_picture else 0
    return np.concatenate([np.zeros(shift), sound]) if shift >= 0 else sound[-shift:]


def _by_window(
    played: NDArray[np.float64], music: NDArray[np.float64], lag: int, starts: range
) -> tuple[list[float], list[float]]:
    """Correlation and gain of each window of the WAV near its place: an engine that seeks may slip some samples."""
    correlations, gains = [], []
    padded = np.pad(played, _SEARCH_SAMPLES)
    for start in starts:
        wanted = music[start : start + _WINDOW_SAMPLES]
        near = padded[max(0, start + lag) : start + lag + len(wanted) + 2 * _SEARCH_SAMPLES]
        energy = float(wanted @ wanted)
        if energy < _LEAST_POWER * len(wanted) or len(near) < len(wanted) + 2 * _SEARCH_SAMPLES:
            continue  # too soft to tell, or beyond the picture
        products = np.correlate(near, wanted, "valid")
        energies = np.convolve(near**2, np.ones(len(wanted)), "valid")
        by_slip = products / np.sqrt(energies * energy + 1e-20)
        best = int(np.argmax(by_slip))
        correlations.append(float(by_slip[best]))
        gains.append(float(products[best]) / energy)
    return correlations, gains


def _picture_begins_s(path: Path) -> float:
    """When the picture begins on the file's clock; 0 for a file of sound alone."""
    with av.open(str(path)) as movie:
        if not movie.streams.video:
            return 0.0
        return next(iter(movie.decode(video=0))).time or 0.0
