"""Speech for tests: by espeak-ng where it is installed, and noise with speech's envelope and colour everywhere."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]

SENTENCES = (
    "In the spring of nineteen twenty four the river rose above the old bridge.",
    "Nobody in the village had ever seen the water so high.",
    "They carried what they could to the church on the hill, and waited.",
    "When it went down at last, the mill was gone, and with it the only road to the valley.",
)


def spoken(text: str, folder: Path, rate_hz: int = 48_000, voice: str = "en", words_a_minute: int = 150) -> Samples:
    """A sentence said by espeak-ng, mono (T,), about -20 dBFS; the test is skipped where it is not installed."""
    program = shutil.which("espeak-ng")
    if program is None:
        pytest.skip("espeak-ng is not installed")
    path = folder / "said.wav"
    subprocess.run([program, "-v", voice, "-s", str(words_a_minute), "-w", str(path), text], check=True)
    sound, found_hz = soundfile.read(path, dtype="float32")
    sound = soxr.resample(sound, found_hz, rate_hz)
    return np.asarray(sound * (0.1 / np.sqrt(np.mean(sound**2))), np.float32)


def vocoded(duration_s: float, seed: int = 0, rate_hz: int = 48_000) -> Samples:
    """Noise in four bands that open and close four times a second, as syllables do, in phrases: mono (T,)."""
    random = np.random.default_rng(seed)
    samples = round(duration_s * rate_hz)
    spectrum = np.fft.rfft(random.standard_normal(samples))
    hertz = np.fft.rfftfreq(samples, 1 / rate_hz)
    edges = (150, 500, 1200, 2500, 5000)
    sound = np.zeros(samples)
    syllables = np.arange(0, duration_s, 0.22)
    for band, (low, high) in enumerate(itertools.pairwise(edges)):
        noise = np.fft.irfft(spectrum * ((hertz >= low) & (hertz < high)), samples)
        levels = random.uniform(0.05, 1.0, len(syllables) + 1) / (1 + band)
        envelope = np.interp(np.arange(samples) / rate_hz, [*syllables, duration_s], levels)
        dips = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(samples) / rate_hz) / 0.22)
        sound += noise * envelope * (0.15 + 0.85 * dips)
    return np.asarray(sound * (0.1 / np.sqrt(np.mean(sound**2))), np.float32)


def laid_out(duration_s: float, pieces: list[tuple[float, Samples]], rate_hz: int = 48_000) -> Samples:
    """Pieces of sound at their seconds, on silence."""
    whole = np.zeros(round(duration_s * rate_hz), np.float32)
    for start_s, piece in pieces:
        first = round(start_s * rate_hz)
        length = min(len(piece), len(whole) - first)
        whole[first : first + length] += piece[:length]
    return whole
