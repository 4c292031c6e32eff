"""Mastered sound with a level curve laid over it, and the same sound without: what a later re-score keeps.

Under speech the level goes down after mastering, so that the master is the same music whoever speaks over it. It is
written beside what is heard; a re-cut joins masters, and lays a new curve over the whole.
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.loudness import HOP_SAMPLES, hops_in, loudness_of, powers_of, powers_with_changes
from vem_core.audio.mastering import levels_of
from vem_core.audio.meter import HeardLevel, LevelMeter
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.pcm import audio_of, packed_of, rounded
from vem_core.audio.tape import Gain
from vem_core.audio.true_peak import PeakMeter
from vem_core.audio.wave_writer import wave_writer
from vem_core.contract.result import UNDUCKED, AudioFile
from vem_core.delivery.files import Delivered, MasteredSound, Measured, audio_file, measured_by, path_of, write_midi

_FOLDER = "unducked"
MIX = "mix"


def write_ducked(sound: MasteredSound, gain: Gain, folder: Path) -> Delivered:
    """Write mastered sound with a gain over it, and without it under roles that begin with `UNDUCKED`.

    The sound's own tapes are given back to the disk as they are written, so that it never holds more than one sound
    twice. Raises OutputError.
    """
    files, masters = [], []
    for role, packed in sound.sounds.items():
        heard, master = _write_both(role, packed, gain, folder, sound.mix if role == MIX else None)
        files.append(heard)
        masters.append(dataclasses.replace(master, name=f"{_FOLDER}/{master.name}", role=f"{UNDUCKED}{role}"))
        packed.discard()
    if sound.midi is not None:
        files.append(write_midi(folder, "score.mid", sound.midi, len(sound.sounds[MIX])))
    return Delivered((*files, *masters))


def _write_both(
    role: str, packed: PackedSound, gain: Gain, folder: Path, mix: Measured | None
) -> tuple[AudioFile, AudioFile]:
    """Write a sound with the gain and without, in one walk; what is known of a mix without stays."""
    heard_path, master_path = path_of(role, folder), path_of(role, folder / _FOLDER)
    meter, peaks = LevelMeter(*packed.shape), PeakMeter(packed.channels)
    lowered = np.zeros(hops_in(len(packed)), bool)
    with wave_writer(heard_path, *packed.shape) as heard, wave_writer(master_path, *packed.shape) as master:
        for where in packed.blocks():
            block, audio = packed.bytes_of(where), audio_of(packed[where])
            master.write(block)
            meter.hear(audio)
            curve = gain(where.start, where.stop)
            changed = np.flatnonzero(curve != 1)
            if len(changed):
                lowered[np.minimum((where.start + changed) // HOP_SAMPLES, len(lowered) - 1)] = True
                audio = rounded(audio * curve)
                block = packed_of(audio)
            heard.write(block)
            peaks.hear(audio)
        heard_hashes, master_hashes = heard.end(), master.end()
    level = meter.end()
    powers = powers_with_changes(level.powers, lowered, functools.partial(_powers_between, packed, gain))
    heard_level = HeardLevel(loudness_of(powers, len(packed)), *peaks.end(), powers)
    return (
        audio_file(
            folder,
            heard_path,
            role,
            packed.shape,
            measured_by(heard_level) if mix is None else _with_levels(heard_level, mix.gain_db),
            heard_hashes,
        ),
        audio_file(folder / _FOLDER, master_path, role, packed.shape, mix or measured_by(level), master_hashes),
    )


def _powers_between(packed: PackedSound, gain: Gain, first: int, end: int) -> NDArray[np.float64]:
    """The K-weighted powers of hops [first, end) of a sound with a gain over it."""
    begin = first * HOP_SAMPLES
    part = packed.part(begin, end * HOP_SAMPLES)
    parts = (
        rounded(audio_of(part[where]) * gain(begin + where.start, begin + where.stop))
        for where in part.blocks()  # lets go of each: a film's speech is half a gigabyte
    )
    return powers_of(parts, packed.channels, end - first)


def measured(mix: PackedSound, gain_db: float | None) -> Measured:
    """What is to be known of a mix, measured all over; `gain_db` is what mastering added to it."""
    meter = LevelMeter(*mix.shape)
    for block in mix.audio():
        meter.hear(block)
    return _with_levels(meter.end(), gain_db)


def _with_levels(heard: HeardLevel, gain_db: float | None) -> Measured:
    levels = levels_of(heard.powers, heard.true_peak_dbtp, heard.true_peak_samples)
    return Measured(heard.loudness_lufs, heard.true_peak_dbtp, levels, gain_db)
