"""Another band, another desk, another room: what may differ between two recordings of one piece of music."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import torch

from vem_core.audio.mastering import master
from vem_core.audio.types import Audio
from vem_core.composer.piece import Master, Part, Piece
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth import render
from vem_core.synth.patches import PATCHES
from vem_core.synth.spectrum import fast_length

SWAP_LIKELIHOOD = 0.3
KIT_SWAP_LIKELIHOOD = 0.12  # a kit says much of a style
TEXTURE_LIKELIHOOD = 0.12
SOUNDFONT_LIKELIHOOD = 0.5  # where there is one

_FIXED_FAMILIES = ("fx", "stab")
_GAIN_DB = 2.5
_MOST_GAIN_DB = 6.0
_TRUE_PEAK_DBTP = -1.0
_TILT_PIVOT_HZ = 900.0


@dataclasses.dataclass(frozen=True)
class Finish:
    """What happens to the mix."""

    loudness_lufs: float
    tilt_db: float  # treble against bass
    soundfont: bool  # acoustic instruments come from one


def vary_sound(piece: Piece, rng: np.random.Generator, valence: float, *, soundfont: bool) -> tuple[Piece, Finish]:
    """The piece with other balances, instruments of the same kinds, another room and desk; and how to finish it.

    Nothing moves in time: an instrument that speaks at once is never replaced by one that swells. A dark mood
    (`valence` -1) is a darker sound than a light one.
    """
    gains = {name: _gain_db(rng) for name in dict.fromkeys(part.name for part in piece.parts)}
    mirrored = bool(rng.random() < 0.5)
    parts = tuple(_vary_part(part, gains[part.name], rng, mirrored=mirrored) for part in piece.parts)
    brightness = float(rng.normal(0, 0.08))
    varied = dataclasses.replace(
        piece,
        parts=parts,
        master=_vary_master(piece.master, rng),
        brightness=tuple((at, float(np.clip(value + brightness, 0, 1))) for at, value in piece.brightness),
    )
    tilt_db = float(np.clip(rng.normal(1.2 * valence, 1.2), -4, 4))
    return varied, Finish(
        round(float(rng.uniform(-20, -13)), 2),
        round(tilt_db, 2),
        bool(rng.random() < SOUNDFONT_LIKELIHOOD) and soundfont,
    )


def play(piece: Piece, finish: Finish, seed: int, soundfont: Path | None) -> Audio:
    """The piece as sound, mastered: float32 (2, piece.duration_samples). Deterministic on one thread.

    Raises what `render` raises.
    """
    mix = render(piece, seed, stems=False, soundfont=soundfont if finish.soundfont else None).mix
    audio, _ = master(_tilted(mix, finish.tilt_db), finish.loudness_lufs, _TRUE_PEAK_DBTP)
    return np.asarray(audio, np.float32)


def _vary_part(part: Part, gain_db: float, rng: np.random.Generator, *, mirrored: bool) -> Part:
    channel = dataclasses.replace(
        part.channel,
        gain_db=part.channel.gain_db + gain_db,
        pan=-part.channel.pan if mirrored else part.channel.pan,
        reverb=_near(part.channel.reverb, 0.3, rng),
        delay=_near(part.channel.delay, 0.3, rng),
        sidechain=_near(part.channel.sidechain, 0.2, rng),
    )
    return dataclasses.replace(part, patch=_another_patch(part.patch, rng), channel=channel)


def _another_patch(patch_id: str, rng: np.random.Generator) -> str:
    """A patch of the same family that speaks in the same way, or the same one."""
    own = PATCHES[patch_id]
    family = patch_id.partition(".")[0]
    likely = KIT_SWAP_LIKELIHOOD if own.percussion else SWAP_LIKELIHOOD
    swapped, choice = rng.random() < likely, rng.random()
    others = [
        other.id
        for other in PATCHES.values()
        if other.id.startswith(f"{family}.") and (other.soft, other.length) == (own.soft, own.length)
    ]
    return others[int(choice * len(others))] if swapped and family not in _FIXED_FAMILIES else patch_id


def _vary_master(own: Master, rng: np.random.Generator) -> Master:
    texture = ("vinyl", "tape")[rng.integers(2)] if rng.random() < TEXTURE_LIKELIHOOD else own.texture
    return dataclasses.replace(
        own,
        # Few different rooms: making one takes longer than a second of music.
        reverb_s=round(own.reverb_s * float(rng.choice([0.6, 0.8, 1.0, 1.3, 1.6])), 2),
        reverb_brightness=round(float(np.clip(own.reverb_brightness + rng.choice([-0.2, 0.0, 0.2]), 0, 1)), 2),
        drive=_near(own.drive, 0.4, rng),
        compression=_near(own.compression, 0.3, rng),
        texture=texture,
    )


def _gain_db(rng: np.random.Generator) -> float:
    return float(np.clip(rng.normal(0, _GAIN_DB), -_MOST_GAIN_DB, _MOST_GAIN_DB))


def _near(value: float, spread: float, rng: np.random.Generator) -> float:
    """A value in 0..1 changed by a factor."""
    return float(np.clip(value * np.exp(rng.normal(0, spread)), 0, 1))


def _tilted(mix: Audio, tilt_db: float) -> Audio:
    """The mix with treble raised against bass about 900 Hz, each by half; a first-order shelf without phase."""
    size = fast_length(mix.shape[1] + SAMPLE_RATE_HZ // 10)
    frequency = torch.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ) / _TILT_PIVOT_HZ
    root = 10 ** (tilt_db / 40)
    gain = torch.sqrt((1 + (frequency * root) ** 2) / (1 + (frequency / root) ** 2)) / root
    tilted = torch.fft.irfft(torch.fft.rfft(torch.from_numpy(mix), size) * gain, size)
    return np.asarray(tilted[:, : mix.shape[1]].numpy(), np.float32)
