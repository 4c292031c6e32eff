"""Mastered sound with a level curve laid over it, and the same sound without: what a later re-score keeps.

Under speech the level goes down after mastering, so that the master is the same music whoever speaks over it. It is
written beside what is heard; a re-cut joins masters, and lays a new curve over the whole.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from vem_core.audio.mastering import levels_of
from vem_core.audio.meter import LevelMeter
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.pcm import audio_of, packed_of, rounded
from vem_core.audio.tape import Gain
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
    heard_meter, master_meter = LevelMeter(*packed.shape), LevelMeter(*packed.shape)
    with wave_writer(heard_path, *packed.shape) as heard, wave_writer(master_path, *packed.shape) as master:
        for where in packed.blocks():
            block, audio = packed.bytes_of(where), audio_of(packed[where])
            master.write(block)
            if mix is None:
                master_meter.hear(audio)
            curve = gain(where.start, where.stop)
            if np.any(curve != 1):
                audio = rounded(audio * curve)
                block = packed_of(audio)
            heard.write(block)
            heard_meter.hear(audio)
        heard_hashes, master_hashes = heard.end(), master.end()
    heard_level = measured_by(heard_meter) if mix is None else _measured(heard_meter, mix.gain_db)
    master_level = measured_by(master_meter) if mix is None else mix
    return (
        audio_file(folder, heard_path, role, packed.shape, heard_level, heard_hashes),
        audio_file(folder / _FOLDER, master_path, role, packed.shape, master_level, master_hashes),
    )


def measured(mix: PackedSound, gain_db: float | None) -> Measured:
    """What is to be known of a mix, measured all over; `gain_db` is what mastering added to it."""
    meter = LevelMeter(*mix.shape)
    for block in mix.audio():
        meter.hear(block)
    return _measured(meter, gain_db)


def _measured(meter: LevelMeter, gain_db: float | None) -> Measured:
    heard = meter.end()
    levels = levels_of(heard.powers, heard.true_peak_dbtp, heard.true_peak_samples)
    return Measured(heard.loudness_lufs, heard.true_peak_dbtp, levels, gain_db)
