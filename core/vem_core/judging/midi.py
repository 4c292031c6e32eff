"""MIDI files of other systems as sound, through a SoundFont.

Each message plays at its own sample; nothing is quantised. Needs the package `tinysoundfont` (without its
dependencies) and a SoundFont of the user's.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import mido
import numpy as np

from vem_core.audio.types import Audio
from vem_core.contract.errors import AudioError, ModelMissing
from vem_core.contract.foreign_files import MAX_SOUND_FONT_BYTES, open_regular
from vem_core.contract.time import SAMPLE_RATE_HZ

DRUM_CHANNEL = 9
LONGEST_S = 3600.0
_TAIL_S = 2.0  # the last notes ring
_CHANNELS = 16


def render_midi(path: Path, soundfont: Path) -> Audio:
    """A MIDI file played through a SoundFont, its last notes ringing for two seconds: (2, T) at 48 kHz.

    Raises AudioError for a file that is not MIDI, lasts over an hour or plays no note; for a damaged SoundFont.
    Raises ModelMissing where no player is installed.
    """
    events = _events(path)
    synth = _player(soundfont)
    parts = []
    played = 0
    for at, message in events:
        if at > played:
            parts.append(_generate(synth, at - played))
            played = at
        _send(synth, message)
    parts.append(_generate(synth, round(_TAIL_S * SAMPLE_RATE_HZ)))
    return np.ascontiguousarray(np.concatenate(parts, axis=1))


def soundfont_name(soundfont: Path) -> str:
    """What a table calls it: its file's name and the start of its hash. Raises AudioError where it cannot be read."""
    try:
        with open_regular(soundfont, MAX_SOUND_FONT_BYTES) as file:
            return f"{soundfont.name} ({hashlib.file_digest(file, 'sha256').hexdigest()[:12]})"
    except OSError as error:
        raise AudioError(f"The SoundFont {soundfont} cannot be read: {error.strerror or error}.") from error


def _events(path: Path) -> list[tuple[int, Any]]:
    """The messages with the sample at which each plays."""
    try:
        file = mido.MidiFile(path)
        if file.length > LONGEST_S:
            raise AudioError(f"{path.name} lasts over an hour.")
        seconds, events = 0.0, []
        for message in file:
            seconds += message.time
            if not message.is_meta:
                events.append((round(seconds * SAMPLE_RATE_HZ), message))
    except (OSError, ValueError, EOFError, KeyError, IndexError, TypeError) as error:
        raise AudioError(f"{path.name} cannot be read as MIDI: {error}.") from error
    if not any(message.type == "note_on" and message.velocity for _, message in events):
        raise AudioError(f"{path.name} plays no note.")
    return events


def _player(soundfont: Path) -> Any:
    try:
        import tinysoundfont
    except ImportError as error:
        raise ModelMissing(
            "MIDI is played through a SoundFont, but nothing is installed that plays one.",
            hint="Install TinySoundFont: pip install --no-deps tinysoundfont.",
        ) from error
    synth = tinysoundfont.Synth(samplerate=SAMPLE_RATE_HZ)
    try:
        font = synth.sfload(str(soundfont))
    except Exception as error:  # the package raises its own and the system's
        raise AudioError(f"{soundfont.name} cannot be read as a SoundFont: {error}.") from error
    for channel in range(_CHANNELS):
        synth.program_select(channel, font, 128 if channel == DRUM_CHANNEL else 0, 0, channel == DRUM_CHANNEL)
    return synth


def _send(synth: Any, message: Any) -> None:
    match message.type:
        case "note_on" if message.velocity:
            synth.noteon(message.channel, message.note, message.velocity)
        case "note_on" | "note_off":
            synth.noteoff(message.channel, message.note)
        case "program_change":
            synth.program_change(message.channel, message.program, message.channel == DRUM_CHANNEL)
        case "control_change":
            synth.control_change(message.channel, message.control, message.value)
        case "pitchwheel":
            synth.pitchbend(message.channel, message.pitch + 8192)


def _generate(synth: Any, samples: int) -> Audio:
    interleaved = np.frombuffer(synth.generate_simple(samples), np.float32)
    return interleaved.reshape(-1, 2).T.copy()
