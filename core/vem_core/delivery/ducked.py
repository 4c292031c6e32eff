"""Mastered sound with a level curve laid over it, and the same sound without: what a later re-score keeps.

Under speech the level goes down after mastering, so that the master is the same music whoever speaks over it. It is
written beside what is heard; a re-cut joins masters, and lays a new curve over the whole.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.loudness import hops_in, loudness_of, weighted_powers
from vem_core.audio.mastering import levels_of
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.pcm import audio_of, pcm_of
from vem_core.audio.true_peak import find_true_peak
from vem_core.contract.result import UNDUCKED, AudioFile
from vem_core.delivery.files import Delivered, MasteredSound, Measured, write_mastered

_FOLDER = "unducked"
MIX = "mix"


def write_ducked(sound: MasteredSound, gain: NDArray[np.float32], folder: Path) -> Delivered:
    """Write mastered sound with a gain (T,) over it, and without it under roles that begin with `UNDUCKED`.

    Raises OutputError.
    """
    heard = {role: ducked(packed, gain) for role, packed in sound.sounds.items()}
    files = write_mastered(MasteredSound(heard, measured(heard[MIX], sound.mix.gain_db), sound.midi), folder).files
    masters = write_mastered(MasteredSound(sound.sounds, sound.mix), folder / _FOLDER).files
    return Delivered((*files, *(_as_master(file) for file in masters)))


def ducked(sound: PackedSound, gain: NDArray[np.float32]) -> PackedSound:
    """A sound with a gain (T,) over it: where that is 1, bit for bit as it was."""
    return PackedSound.of_pcm(pcm_of(audio_of(sound[:]) * gain))


def measured(mix: PackedSound, gain_db: float | None) -> Measured:
    """What is to be known of a mix, measured all over; `gain_db` is what mastering added to it."""
    sound = mix[:].T
    powers = weighted_powers(sound, hops_in(len(mix)))
    peak_dbtp, at_samples = find_true_peak(sound)
    return Measured(loudness_of(powers, len(mix)), peak_dbtp, levels_of(powers, peak_dbtp, at_samples), gain_db)


def _as_master(file: AudioFile) -> AudioFile:
    return dataclasses.replace(file, name=f"{_FOLDER}/{file.name}", role=f"{UNDUCKED}{file.role}")
