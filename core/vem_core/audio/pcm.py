"""Sound as whole numbers of 24 bits, and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.types import Audio, Pcm


def unpacked(wave: NDArray[np.uint8], begin: int, frames: int, channels: int) -> Pcm:
    """24-bit samples from byte `begin` (at least 1) of a WAV file on: a third of the time that libsndfile takes."""
    # Each sample is read together with the byte before it, which the mask then clears.
    packed = np.ndarray((frames, channels), "<i4", wave, begin - 1, (3 * channels, 3))
    return np.asarray(packed & np.int32(-(2**8)), np.int32)


def packed(sound: Pcm) -> NDArray[np.uint8]:
    """Whole numbers (T, channels) as the bytes of a 24-bit WAV file."""
    return _bytes_of(sound >> 8)


def packed_of(audio: Audio) -> NDArray[np.uint8]:
    """Sound (channels, T) in -1..1 as the bytes of a 24-bit WAV file: `packed(pcm_of(audio))`."""
    return _bytes_of(_whole_numbers(audio))


def pcm_of(audio: Audio) -> Pcm:
    """Sound (channels, T) in -1..1 as `write_audio` rounds it to 24 bits."""
    whole = _whole_numbers(audio)
    whole <<= 8
    return whole


def rounded(audio: Audio) -> Audio:
    """Sound (channels, T) in -1..1 as 24 bits hold it: `audio_of(pcm_of(audio))`."""
    whole = _steps(audio)
    whole *= whole.dtype.type(2**-23)
    return whole


def audio_of(sound: Pcm) -> Audio:
    """Whole numbers as sound (channels, T) in -1..1. Exact."""
    audio = sound.T.astype(np.float32, order="C")
    audio *= np.float32(2**-31)  # in place: it may be long
    return audio


def in_unit(sound: Audio | Pcm) -> Audio:
    """Sound (C, T) in -1..1, from whole numbers too: exact."""
    return audio_of(np.asarray(sound.T, np.int32)) if sound.dtype == np.int32 else np.asarray(sound, np.float32)


def _steps(audio: Audio) -> Audio:
    """How many steps of 24 bits the samples are; exact in float32, too, because a step is a power of two."""
    steps = audio * audio.dtype.type(2**23)
    np.floor(steps, out=steps)
    return np.clip(steps, -(2**23), 2**23 - 1, out=steps)


def _whole_numbers(audio: Audio) -> NDArray[np.int32]:
    """(T, channels), from -2**23 to 2**23 - 1."""
    whole = np.empty(audio.shape[::-1], np.int32)
    whole[:] = _steps(audio).T
    return whole


def _bytes_of(whole: NDArray[np.int32]) -> NDArray[np.uint8]:
    # Each number is written with its fourth byte, over which the next one is written.
    made = np.empty(3 * whole.size + 1, np.uint8)
    np.ndarray((whole.size,), "<i4", made, 0, (3,))[:] = whole.ravel()
    return made[:-1]
