"""Acoustic instruments from the user's own SoundFont, played by TinySoundFont.

A preset of a SoundFont is a voice like any other: the mixer asks it for notes, so timing, echoes, room and stems are
the same as for the built-in patches. Needs the package `tinysoundfont` (without its dependencies).
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import mmap
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.audio.loudness import measure_loudness
from vem_core.contract.errors import AudioError, ModelMissing
from vem_core.contract.foreign_files import MAX_SOUND_FONT_BYTES, check_regular, open_regular
from vem_core.contract.request import SoundFont
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.patch import Patch
from vem_core.synth.soundfont_preset import only_preset
from vem_core.synth.tone import Tone

ACOUSTIC_PROGRAMS = {
    "kit.acoustic": 0, "kit.funk": 0, "kit.soul": 0, "kit.rock": 16, "kit.brush": 40, "kit.cinematic": 48,
    "bass.finger": 33, "bass.pick": 34, "bass.upright": 32, "bass.contrabass": 43,
    "keys.piano": 0, "keys.electric": 4, "keys.organ": 16,
    "strings.ensemble": 48, "strings.pizzicato": 45, "strings.solo": 40, "brass.ensemble": 61,
    "pluck.guitar": 24, "pluck.muted": 28, "pluck.harp": 46, "guitar.strum": 25,
    "mallet.marimba": 12, "mallet.bell": 14, "mallet.kalimba": 108, "lead.flute": 73,
    "guitar.nylon": 24, "guitar.clean": 27, "keys.clavinet": 7, "keys.accordion": 21, "mallet.vibraphone": 11,
    "strings.legato": 48, "strings.tremolo": 44, "strings.cello": 42, "brass.low": 57, "brass.horns": 60,
    "brass.trumpet": 56, "wind.clarinet": 71, "wind.oboe": 68, "wind.bassoon": 70, "wind.sax": 66,
    "keys.harpsichord": 6, "mallet.celesta": 8, "mallet.musicbox": 10, "mallet.xylophone": 13, "mallet.tubular": 14,
    "wind.harmonica": 22, "mallet.timpani": 47, "brass.tuba": 58, "wind.englishhorn": 69, "wind.recorder": 74,
    "wind.panflute": 75, "wind.shakuhachi": 77, "wind.whistle": 78, "pluck.sitar": 104, "pluck.banjo": 105,
    "pluck.koto": 107, "wind.bagpipes": 109, "mallet.steel": 114, "pluck.ukulele": 24, "pluck.mandolin": 25,
}  # fmt: skip
"""General MIDI programs, from 0, of the patches that a SoundFont plays better than a synthesiser."""

BETTER_SAMPLED = frozenset((
    "bass.finger", "guitar.nylon", "keys.clavinet", "keys.electric", "kit.acoustic",
    "kit.brush", "kit.funk", "mallet.marimba", "pluck.guitar", "strings.pizzicato", "brass.tuba", "keys.harpsichord",
    "pluck.banjo", "pluck.koto", "pluck.mandolin", "pluck.ukulele",
))  # fmt: skip
"""What an outside ear hears as the instrument rather more from samples than from the synthesiser: struck and plucked
strings, real drums and a tuba. Winds, other brass, bowed strings and the piano are the other way round
(`benchmarks/sampled_patches.py`; docs/engineers/styles.md)."""

_VELOCITY_LAYERS = 16
_LARGEST_SHIFT_S = 0.05
_ONSET_LEVEL = 0.1  # of the attack's peak
_LONGEST_PERCUSSION_S = 3.0
_RELEASE_SAMPLES = 1_024  # what is switched off fades in half of that

_lock = threading.Lock()  # a synthesiser renders one note at a time


@dataclass(frozen=True)
class SoundFontVoice:
    """A preset of a SoundFont."""

    path: Path
    program: int
    percussion: bool
    sharp: bool  # the attack is moved to the first sample
    velocity_octaves: float = 0.0  # the font has its own
    brightness_octaves: float = 0.0

    @property
    def colours_itself(self) -> bool:
        return False

    def __call__(self, tone: Tone) -> Tensor:
        """The rendered note of a tone: (2, T)."""
        audio = self._sound(tone.pitch, round(1 + 126 * tone.velocity), tone.samples)
        return torch.from_numpy(np.ascontiguousarray(audio)).to(tone.device)

    def _sound(self, pitch: int, velocity: int, samples: int) -> NDArray[np.float32]:
        if self.percussion:
            samples = min(samples, round(_LONGEST_PERCUSSION_S * SAMPLE_RATE_HZ))
        spare = round(_LARGEST_SHIFT_S * SAMPLE_RATE_HZ) if self.sharp else 0
        with _lock:
            synth, font = _open(self.path, self.program, self.percussion)
            synth.program_select(0, font, 128 if self.percussion else 0, self.program, self.percussion)
            synth.noteon(0, pitch, velocity)
            interleaved = np.frombuffer(synth.generate_simple(samples + spare), np.float32).copy()
            synth.sounds_off()
            synth.generate_simple(_RELEASE_SAMPLES)  # else the next note would begin with the end of this one
        audio = interleaved.reshape(-1, 2).T
        start = min(_onset(audio), spare) if self.sharp else 0
        rendered = audio[:, start : start + samples].copy()
        rendered[:, :24] *= np.linspace(0, 1, 25, dtype=np.float32)[1:]
        return rendered


def sampled(patch: Patch, path: Path) -> Patch:
    """The patch played from a SoundFont, as loud as it was; patches that are not acoustic stay as they are.

    Raises AudioError for a file that is not a SoundFont, ModelMissing where no player is installed.
    """
    if patch.id not in ACOUSTIC_PROGRAMS:
        return patch
    voice = SoundFontVoice(path, ACOUSTIC_PROGRAMS[patch.id], patch.percussion, not patch.soft)
    return dataclasses.replace(
        patch,
        id=f"{patch.id} of {path}",
        voice=voice,
        level_db=patch.level_db + _level_difference_db(patch, voice),
        velocity_power=0.0,  # the SoundFont has its own
        velocity_layers=_VELOCITY_LAYERS,
        variations=1,
    )


def checked_font(font: SoundFont) -> Path:
    """The file of a SoundFont that a request names. Raises AudioError where it is missing or holds something else."""
    path = Path(font.path)
    try:
        check_regular(path, MAX_SOUND_FONT_BYTES)
        facts = path.stat()
    except OSError as error:
        raise AudioError(
            f"The SoundFont {path} cannot be read: {error.strerror}.",
            hint="Choose an .sf2 or .sf3 file on this machine.",
        ) from error
    if _sha256(path, facts.st_size, facts.st_mtime_ns) != font.sha256:
        raise AudioError(
            f"{path.name} is not the SoundFont that this score was asked for with: its contents differ.",
            hint="Choose the file again.",
        )
    return path


@functools.lru_cache(maxsize=4)
def _sha256(path: Path, size: int, modified_ns: int) -> str:
    with open_regular(path, MAX_SOUND_FONT_BYTES) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.lru_cache(maxsize=256)
def _level_difference_db(patch: Patch, voice: SoundFontVoice) -> float:
    """How much louder the patch's own voice is than the SoundFont's, in the phrase that patches are balanced by."""
    from vem_core.synth.phrases import phrase

    piece = phrase(patch)
    notes = piece.parts[0].notes

    def loudness(render: Callable[[Tone], Tensor]) -> float:
        lengths = {note.pitch: note.duration_samples for note in notes}
        if patch.percussion:
            lengths = dict.fromkeys(lengths, SAMPLE_RATE_HZ)
        rendered_notes = {pitch: render(Tone(pitch, samples)).cpu() for pitch, samples in lengths.items()}
        played = torch.zeros(2, piece.duration_samples)
        for note in notes:
            room = played[:, note.start_samples :]
            rendered = rendered_notes[note.pitch][:, : room.shape[1]]
            room[:, : rendered.shape[1]] += rendered
        return measure_loudness(played.numpy())

    difference = loudness(patch.voice) - loudness(voice)
    return difference if np.isfinite(difference) else 0.0


@functools.lru_cache(maxsize=32)
def _open(path: Path, program: int, percussion: bool) -> tuple[Any, int]:
    """A player with one preset of the SoundFont loaded, and the font's number in it."""
    try:
        import tinysoundfont
    except ImportError as error:
        raise ModelMissing(
            "A SoundFont was given, but nothing is installed that plays one.",
            hint="Install TinySoundFont: pip install --no-deps tinysoundfont.",
        ) from error
    if not path.is_file():
        raise AudioError(f"There is no SoundFont {path}.")
    synth = tinysoundfont.Synth(samplerate=SAMPLE_RATE_HZ)
    try:
        with (
            open_regular(path, MAX_SOUND_FONT_BYTES) as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            font = synth.sfload(only_preset(content, program, percussion))
    except Exception as error:  # the package raises its own and the system's
        raise AudioError(
            f"{path.name} cannot be read as a SoundFont: {error}.", hint="Choose an .sf2 or .sf3 file."
        ) from error
    return synth, font


def _onset(audio: NDArray[np.float32]) -> int:
    """The first sample of the attack."""
    level = np.abs(audio[:, : SAMPLE_RATE_HZ // 10]).max(0)
    if not level.any():
        return 0
    return max(0, int(np.argmax(level > _ONSET_LEVEL * level.max())) - 24)
