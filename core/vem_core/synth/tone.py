"""What one note asks of a voice, and the noise that belongs to it.

A voice makes a *rendered note*: the sound of a key held down, long enough for every note of the piece that uses it. The
player cuts it to length, releases it and adds it up. It depends on nothing but its tone, so notes that are alike share
it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from vem_core.synth.spectrum import FLAT, Equaliser, Values

MIDDLE_C = 60
NOMINAL_VELOCITY = 0.8
"""Of a note that plays a patch as designed; the nominal brightness is 0.5."""


@dataclass(frozen=True)
class Tone:
    """One sound to make: a pitch, how hard, how open, how long, and which of the variations."""

    pitch: int  # MIDI note number; for drums the General MIDI percussion key
    samples: int  # length of the rendered note
    velocity: float = NOMINAL_VELOCITY  # 0..1; rendered notes differ in colour only, the mixer sets the level
    open_octaves: float = 0.0  # by how much the filter is opened, or the hammer harder, than designed
    variation: int = 0  # round robin
    equaliser: Equaliser = FLAT  # of the channel; flat where the whole track is equalised
    device: str = "cpu"

    @property
    def frequency_hz(self) -> float:
        """Of its pitch, in equal temperament."""
        return frequency_of(self.pitch)

    @property
    def octaves_from_middle_c(self) -> float:
        """How far its pitch lies above middle C, in octaves."""
        return (self.pitch - MIDDLE_C) / 12


class Voice(Protocol):
    """Something that makes sound."""

    @property
    def velocity_octaves(self) -> float:
        """By how many octaves the hardest note opens the sound further than the softest."""
        ...

    @property
    def brightness_octaves(self) -> float:
        """By how many octaves the brightest passage opens it further than the dullest."""
        ...

    @property
    def colours_itself(self) -> bool:
        """Whether rendered notes come with `tone.equaliser` applied; otherwise the player applies it."""
        ...

    def __call__(self, tone: Tone) -> Tensor:
        """The rendered note of a tone: float32 (2, tone.samples), or shorter where it has died away."""
        ...


def frequency_of(pitch: int) -> float:
    """The frequency of a MIDI note number in hertz, A4 = 440, equal temperament."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


def random_source(*key: object) -> np.random.Generator:
    """A source of random numbers that belongs to `key` alone, the same on every machine."""
    digest = hashlib.blake2b(repr(key).encode(), digest_size=8).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))


def chance(*key: object) -> float:
    """A number in [0, 1) that belongs to `key` alone."""
    digest = hashlib.blake2b(repr(key).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "little") / 2.0**48


def on_device(values: Values, device: str) -> Tensor:
    """Values as float32 on a device."""
    return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(device)
