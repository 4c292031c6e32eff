"""The composer's score at the latent rate: which drums are struck, which pitches sound, who plays.

A model that knows chords and energy alone has to guess instruments and notes, hedges between them, and plays neither.
The score says them as a roll of cells of 40 ms: what a session player would read off the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from vem_core.composer.piece import Note, Part
from vem_core.contract.time import SAMPLES_PER_LATENT

PLAYERS = (
    *("bass.808", "bass.chip", "bass.contrabass", "bass.finger", "bass.fm", "bass.pick", "bass.reese", "bass.saw"),
    *("bass.sub", "bass.upright", "brass.braam", "brass.ensemble", "brass.horns", "brass.low", "brass.trumpet"),
    *("brass.tuba", "fx.downer", "fx.impact", "fx.noise", "fx.reverse", "fx.riser", "fx.shimmer", "fx.subdrop"),
    *("guitar.clean", "guitar.crunch", "guitar.drive", "guitar.funk", "guitar.lead", "guitar.nylon", "guitar.palm"),
    *("guitar.power", "guitar.strum", "keys.accordion", "keys.clavinet", "keys.electric", "keys.felt"),
    *("keys.harpsichord", "keys.organ", "keys.piano", "kit.acoustic", "kit.breaks", "kit.brush", "kit.chip"),
    *("kit.cinematic", "kit.electronic", "kit.funk", "kit.house", "kit.lofi", "kit.rock", "kit.soul", "kit.trap"),
    *("lead.bell", "lead.chip", "lead.flute", "lead.saw", "lead.sine", "lead.square", "lead.theremin"),
    *("mallet.bell", "mallet.celesta", "mallet.handpan", "mallet.kalimba", "mallet.marimba", "mallet.musicbox"),
    *("mallet.steel", "mallet.timpani", "mallet.tubular", "mallet.vibraphone", "mallet.xylophone", "pad.choir"),
    *("pad.dark", "pad.glass", "pad.warm", "pluck.banjo", "pluck.chip", "pluck.guitar", "pluck.harp", "pluck.koto"),
    *("pluck.mandolin", "pluck.muted", "pluck.oud", "pluck.sitar", "pluck.synth", "pluck.ukulele", "stab.chord"),
    *("strings.cello", "strings.ensemble", "strings.erhu", "strings.legato", "strings.low", "strings.pizzicato"),
    *("strings.solo", "strings.spiccato", "strings.staccato", "strings.tremolo", "voice.chop", "voice.diva"),
    *("voice.shout", "wind.bagpipes", "wind.bassoon", "wind.clarinet", "wind.didgeridoo", "wind.englishhorn"),
    *("wind.harmonica", "wind.oboe", "wind.panflute", "wind.recorder", "wind.sax", "wind.shakuhachi", "wind.whistle"),
)
"""The synthesiser's patches in the order of saved models' weights: new ones are appended, none is moved."""

DRUMS = {
    "kick": (35, 36),
    "snare": (38, 40),
    "rim": (37,),
    "clap": (39,),
    "tom": (41, 43, 45, 47, 48, 50),
    "closed hi-hat": (42, 44),
    "open hi-hat": (46,),
    "crash": (49, 52, 55, 57),
    "ride": (51, 53, 59),
    "shaker": (54, 69, 70, 82),
    "block": (56, 75, 76, 77),
    "hand drum": (60, 61, 62, 63, 64, 65, 66),
    "other drum": (),
}
"""General MIDI percussion keys by what they sound like; all that stand nowhere are other drums."""

LOWEST_PITCH, HIGHEST_PITCH = 24, 99
"""Of the roll, MIDI note numbers: C1 to D#7. What lies beyond is brought in by octaves."""

_PITCHES = range(LOWEST_PITCH, HIGHEST_PITCH + 1)

SCORE_CHANNELS = (
    "told",  # 1; where nobody wrote a score all channels are 0
    *(f"{drum} struck" for drum in DRUMS),
    *(f"{drum} offset" for drum in DRUMS),
    *(f"{pitch} sounds" for pitch in _PITCHES),
    *(f"{pitch} struck" for pitch in _PITCHES),
    *(f"{player} plays" for player in PLAYERS),
)

_DRUM_OF_KEY = {key: row for row, keys in enumerate(DRUMS.values()) for key in keys}
_STRUCK, _OFFSET = 1, 1 + len(DRUMS)
_SOUNDS = _OFFSET + len(DRUMS)
_TONE_STRUCK = _SOUNDS + len(_PITCHES)
_PLAYS = {player: _TONE_STRUCK + len(_PITCHES) + row for row, player in enumerate(PLAYERS)}


def score_features(parts: Iterable[Part], latents: int) -> Tensor:
    """(1, len(SCORE_CHANNELS), latents) float16: velocities 0..1 of the parts' notes, offsets in cells (-0.5..0.5).

    Without any part all is zero. A patch that is not among `PLAYERS` is heard in its notes alone. A score of two hours
    has 105 MB.
    """
    roll = torch.zeros(len(SCORE_CHANNELS), latents, dtype=torch.float16)
    for part in parts:
        roll[0] = 1.0
        family = part.patch.partition(".")[0]
        player = _PLAYS.get(part.patch)
        for note in part.notes:
            cells = _cells(note, latents)
            if cells.start >= cells.stop:
                continue
            if family == "kit":
                _strike(roll, note, cells.start)
            elif family != "fx":
                sounds = _SOUNDS + _in_range(note.pitch) - LOWEST_PITCH
                struck = sounds - _SOUNDS + _TONE_STRUCK
                roll[sounds, cells] = roll[sounds, cells].clamp_min(note.velocity)
                roll[struck, cells.start] = roll[struck, cells.start].clamp_min(note.velocity)
            if player is not None:
                roll[player, cells] = roll[player, cells].clamp_min(note.velocity)
    return roll[None]


def _cells(note: Note, latents: int) -> slice:
    """The cells in which a note sounds, at least one."""
    first = note.start_samples // SAMPLES_PER_LATENT
    last_excl = math.ceil((note.start_samples + note.duration_samples) / SAMPLES_PER_LATENT)
    return slice(max(0, first), min(latents, max(last_excl, first + 1)))


def _strike(roll: Tensor, note: Note, cell: int) -> None:
    """The louder of two strikes in one cell stands."""
    drum = _DRUM_OF_KEY.get(note.pitch, len(DRUMS) - 1)
    if note.velocity > roll[_STRUCK + drum, cell]:
        roll[_STRUCK + drum, cell] = note.velocity
        roll[_OFFSET + drum, cell] = note.start_samples / SAMPLES_PER_LATENT - cell - 0.5


def _in_range(pitch: int) -> int:
    while pitch < LOWEST_PITCH:
        pitch += 12
    while pitch > HIGHEST_PITCH:
        pitch -= 12
    return pitch
