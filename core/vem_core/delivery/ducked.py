"""Mastered sound with a level curve laid over it, and the same sound without: what a later re-score keeps.

Under speech the level goes down after mastering, so that the master is the same music whoever speaks over it. It is
written beside what is heard; a re-cut joins masters, and lays a new curve over the whole.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from vem_core.audio.loudness import hops_in, loudness_of, powers_of
from vem_core.audio.mastering import levels_of
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.tape import Gain
from vem_core.audio.true_peak import PeakMeter
from vem_core.contract.result import UNDUCKED, AudioFile
from vem_core.delivery.files import Delivered, MasteredSound, Measured, write_midi, write_packed

_FOLDER = "unducked"
MIX = "mix"


def write_ducked(sound: MasteredSound, gain: Gain, folder: Path, scratch: Path | None = None) -> Delivered:
    """Write mastered sound with a gain over it, and without it under roles that begin with `UNDUCKED`.

    Long sound lies in the folder `scratch`, if given. The sound's own tapes are given back to the disk as they are
    written, so that it never holds more than one sound twice. Raises OutputError.
    """
    files, masters = [], []
    for role, packed in sound.sounds.items():
        heard = packed.with_gain(gain, scratch)
        files.append(write_packed(role, heard, measured(heard, sound.mix.gain_db) if role == MIX else None, folder))
        heard.discard()
        master = write_packed(role, packed, sound.mix if role == MIX else None, folder / _FOLDER)
        masters.append(_as_master(master))
        packed.discard()
    if sound.midi is not None:
        files.append(write_midi(folder, "score.mid", sound.midi, len(sound.sounds[MIX])))
    return Delivered((*files, *masters))


def measured(mix: PackedSound, gain_db: float | None) -> Measured:
    """What is to be known of a mix, measured all over; `gain_db` is what mastering added to it."""
    powers = powers_of(mix.audio(), mix.channels, hops_in(len(mix)))
    peaks = PeakMeter(mix.channels)
    for block in mix.audio():
        peaks.hear(block)
    peak_dbtp, at_samples = peaks.end()
    return Measured(loudness_of(powers, len(mix)), peak_dbtp, levels_of(powers, peak_dbtp, at_samples), gain_db)


def _as_master(file: AudioFile) -> AudioFile:
    return dataclasses.replace(file, name=f"{_FOLDER}/{file.name}", role=f"{UNDUCKED}{file.role}")
