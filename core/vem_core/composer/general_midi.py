"""The General MIDI program that stands in for each patch of the synthesiser.

Programs are numbered from 0, as on the wire.
"""

from __future__ import annotations

PERCUSSION_CHANNEL = 9

_PROGRAMS = {
    "bass.sub": 38,
    "bass.finger": 33,
    "bass.pick": 34,
    "bass.saw": 38,
    "bass.808": 39,
    "bass.fm": 39,
    "bass.upright": 32,
    "bass.contrabass": 43,
    "keys.piano": 0,
    "keys.felt": 0,
    "keys.electric": 4,
    "keys.organ": 16,
    "pad.warm": 89,
    "pad.glass": 92,
    "pad.choir": 52,
    "pad.dark": 95,
    "strings.ensemble": 48,
    "strings.spiccato": 48,
    "strings.pizzicato": 45,
    "strings.solo": 40,
    "brass.ensemble": 61,
    "brass.braam": 62,
    "pluck.synth": 84,
    "pluck.guitar": 25,
    "pluck.muted": 28,
    "pluck.harp": 46,
    "guitar.strum": 25,
    "guitar.drive": 30,
    "mallet.marimba": 12,
    "mallet.bell": 14,
    "mallet.kalimba": 108,
    "lead.saw": 81,
    "lead.square": 80,
    "lead.sine": 79,
    "lead.flute": 73,
    "guitar.power": 30,
    "guitar.palm": 28,
    "guitar.lead": 30,
    "guitar.crunch": 29,
    "guitar.clean": 27,
    "guitar.funk": 27,
    "guitar.nylon": 24,
    "pluck.oud": 24,
    "keys.clavinet": 7,
    "keys.accordion": 21,
    "mallet.vibraphone": 11,
    "lead.bell": 98,
    "strings.legato": 48,
    "strings.low": 48,
    "strings.staccato": 48,
    "strings.tremolo": 44,
    "strings.cello": 42,
    "brass.low": 57,
    "brass.horns": 60,
    "brass.trumpet": 56,
    "wind.clarinet": 71,
    "wind.oboe": 68,
    "wind.bassoon": 70,
    "wind.sax": 66,
    "bass.reese": 38,
    "bass.chip": 80,
    "lead.chip": 80,
    "pluck.chip": 80,
    "pluck.ukulele": 24,
    "pluck.banjo": 105,
    "pluck.mandolin": 25,
    "pluck.koto": 107,
    "pluck.sitar": 104,
    "keys.harpsichord": 6,
    "mallet.timpani": 47,
    "mallet.musicbox": 10,
    "mallet.celesta": 8,
    "mallet.xylophone": 13,
    "mallet.steel": 114,
    "mallet.handpan": 114,
    "mallet.tubular": 14,
    "brass.tuba": 58,
    "wind.harmonica": 22,
    "wind.whistle": 78,
    "wind.bagpipes": 109,
    "wind.didgeridoo": 70,
    "wind.recorder": 74,
    "wind.panflute": 75,
    "wind.shakuhachi": 77,
    "wind.englishhorn": 69,
    "strings.erhu": 110,
    "lead.theremin": 79,
    "stab.chord": 55,
    "fx.riser": 97,
    "fx.downer": 97,
    "fx.impact": 116,
    "fx.reverse": 119,
    "fx.subdrop": 118,
    "fx.shimmer": 98,
    "fx.noise": 122,
}
_FAMILY_PROGRAMS = {
    "bass": 33,
    "keys": 0,
    "pad": 89,
    "strings": 48,
    "brass": 61,
    "pluck": 25,
    "guitar": 27,
    "mallet": 12,
    "lead": 80,
    "stab": 55,
    "wind": 71,
    "fx": 99,
}
# General MIDI kits are programs of the percussion channel (Roland GS numbers).
_KITS = {
    "kit.electronic": 24,
    "kit.house": 24,
    "kit.trap": 25,
    "kit.brush": 40,
    "kit.cinematic": 48,
    "kit.rock": 16,
    "kit.chip": 25,
}


def is_kit(patch: str) -> bool:
    """Whether a patch is a drum kit, played on the percussion channel."""
    return patch.startswith("kit.")


def program_of(patch: str) -> int:
    """The program of a patch; one that is not in the table gets its family's."""
    if is_kit(patch):
        return _KITS.get(patch, 0)
    return _PROGRAMS.get(patch, _FAMILY_PROGRAMS.get(patch.partition(".")[0], 0))
