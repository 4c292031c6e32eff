"""Every sound of the synthesiser, as data. To add one, describe its voice and list it in `PATCHES`."""

from __future__ import annotations

from vem_core.contract.errors import ContractError
from vem_core.synth import effects, guests, vocal, voices
from vem_core.synth.analog import Analog, Vibrato
from vem_core.synth.drums import Kit
from vem_core.synth.ensemble import Ensemble
from vem_core.synth.envelope import Envelope
from vem_core.synth.fm import FrequencyModulation, Operators
from vem_core.synth.kits import KITS
from vem_core.synth.levels import LEVELS_DB
from vem_core.synth.noise import NoiseBurst
from vem_core.synth.patch import Length, Patch
from vem_core.synth.spectrum import Equaliser, Formant
from vem_core.synth.struck import Struck
from vem_core.synth.tone import Voice

_GUITAR_BODY = (Formant(105, 3.5, 0.4), Formant(205, 3.0, 0.4), Formant(420, 1.5, 0.5), Formant(2_600, 2.0, 0.8))
_SOUNDBOARD = (Formant(110, 2.0, 0.8), Formant(260, 1.5, 0.8), Formant(1_100, -1.0, 0.8), Formant(2_800, 1.5, 0.7))
_VIOLIN_BODY = (Formant(280, 3.0, 0.4), Formant(480, 2.5, 0.4), Formant(1_100, -2.0, 0.6), Formant(2_600, 4.0, 0.7))
_VIOLIN_SECTION = (Formant(280, 3.0, 0.4), Formant(480, 1.5, 0.4), Formant(1_100, -4.0, 0.6), Formant(2_800, 8.0, 0.7))
_PIZZICATO_BODY = (Formant(280, 6.0, 0.5), Formant(480, 4.0, 0.4), Formant(1_100, 2.0, 0.6), Formant(3_000, -4.0, 1.0))
_CELLO_BODY = (Formant(105, 3.0, 0.5), Formant(220, 2.5, 0.5), Formant(900, -2.0, 0.6), Formant(2_000, 2.5, 0.7))
_AH = (Formant(730, 10.0, 0.45), Formant(1_150, 8.0, 0.35), Formant(2_800, 5.0, 0.4), Formant(300, -2.0, 0.6))
_BRASS_BELL = (Formant(500, 3.0, 0.7), Formant(1_300, 3.0, 0.7))

_BASSES: dict[str, Voice] = {
    "bass.sub": Analog(
        shape="triangle", cutoff_hz=520, cutoff_tracking=0.6, sub_level=0.9, drive=0.12,
        envelope=Envelope(0.004, 0.6, 0.85), velocity_octaves=1.0, brightness_octaves=1.5, name="bass.sub",
    ),
    "bass.finger": Struck(
        partials=36, rolloff=1.05, inharmonicity=1.2e-4, strike_position=0.14, cutoff_hz=2_000, cutoff_tracking=0.35,
        sustain_s=6.0, sustain_tracking=-0.35, damping=1.5, spread=0.0, attack_s=0.0015, level_tracking_db=-1.0,
        formants=(Formant(60, -4, 0.7), Formant(170, 5, 0.9), Formant(800, 3, 0.7)),
        knocks=(NoiseBurst(0.16, 500, 3_200, 0.012, width=0.0), NoiseBurst(0.10, 60, 220, 0.018, width=0.0)),
        name="bass.finger",
    ),
    "bass.pick": Struck(
        partials=60, rolloff=0.85, inharmonicity=1.5e-4, strike_position=0.09, cutoff_hz=3_200, cutoff_tracking=0.3,
        sustain_s=6.5, sustain_tracking=-0.35, damping=0.8, spread=0.0, attack_s=0.0008, level_tracking_db=-1.0,
        formants=(Formant(90, 4, 0.8), Formant(480, -5, 0.9), Formant(1_200, 1, 0.7)),
        knocks=(NoiseBurst(0.22, 1_500, 6_000, 0.004, width=0.0),), name="bass.pick",
    ),
    "bass.saw": Analog(
        voices=3, detune_cents=9, side_level=0.45, cutoff_hz=420, cutoff_tracking=0.35, sweep_octaves=2.4,
        sweep_decay_s=0.16, resonance=0.42, sub_level=0.45, drive=0.25, envelope=Envelope(0.0015, 0.5, 0.8),
        name="bass.saw",
    ),
    "bass.808": Analog(
        shape="sine", sub_level=0.6, cutoff_hz=4_000, drive=0.55, envelope=Envelope(0.002, 0.9, 0.0, hold_s=0.12),
        noise=(NoiseBurst(0.16, 900, 3_500, 0.005, width=0.0),), name="bass.808",
    ),
    "bass.fm": FrequencyModulation(
        (
            Operators(0.9, 1, 1, 2.3, 0.18, 0.22, 1.6), Operators(0.35, 2, 1, 1.4, 0.10, 0.1, 0.8),
            Operators(0.5, 1, 1, 0.0, decay_s=2.4),
        ),
        highest_index_hz=5_000, decay_tracking=-0.2, attack_s=0.0012,
        knocks=(NoiseBurst(0.08, 1_200, 5_000, 0.004, width=0.0),), name="bass.fm",
    ),
    "bass.upright": Struck(
        partials=30, rolloff=1.25, inharmonicity=0.6e-4, strike_position=0.22, cutoff_hz=1_050, cutoff_tracking=0.35,
        sustain_s=1.5, sustain_tracking=-0.3, damping=3.2, spread=0.05, attack_s=0.003, level_tracking_db=-1.0,
        formants=(Formant(75, 4, 0.5), Formant(160, 3, 0.5), Formant(620, 2, 0.5)),
        knocks=(NoiseBurst(0.16, 90, 420, 0.022, width=0.1), NoiseBurst(0.08, 900, 3_200, 0.009, width=0.1)),
        name="bass.upright",
    ),
    "bass.contrabass": Ensemble(
        partials=50, rolloff=0.95, bandwidth_cents=14, steadiness=0.75, formants=_CELLO_BODY, cutoff_hz=1_300,
        swell_octaves=0.8, envelope=Envelope(0.09, 1.0, 0.92), air_level=0.03, air_band_hz=(800, 4_000), width=0.5,
        name="bass.contrabass",
    ),
}  # fmt: skip

_KEYS: dict[str, Voice] = {
    "keys.piano": Struck(
        partials=56, rolloff=0.75, inharmonicity=3.2e-4, strike_position=0.118, cutoff_hz=1_900, cutoff_tracking=0.42,
        velocity_octaves=2.4, sustain_s=14.0, sustain_tracking=-0.62, damping=0.85, strings=3, detune_cents=0.9,
        aftersound=0.28, spread=0.8, attack_s=0.0009, formants=_SOUNDBOARD,
        knocks=(NoiseBurst(0.13, 90, 500, 0.020, width=0.3), NoiseBurst(0.06, 900, 4_500, 0.007, width=0.4)),
        name="keys.piano",
    ),
    "keys.felt": Struck(
        partials=40, rolloff=1.1, inharmonicity=3.0e-4, strike_position=0.13, cutoff_hz=820, cutoff_tracking=0.45,
        velocity_octaves=1.8, sustain_s=10.0, sustain_tracking=-0.6, damping=1.4, strings=2, detune_cents=0.8,
        spread=0.75, attack_s=0.0022, formants=_SOUNDBOARD,
        knocks=(
            NoiseBurst(0.11, 120, 900, 0.022, width=0.4), NoiseBurst(0.05, 1_500, 6_000, 0.016, 0.004, width=0.6),
            NoiseBurst(0.03, 300, 2_500, 0.05, 0.006, delay_s=0.03, width=0.6),
        ),
        name="keys.felt",
    ),
    "keys.electric": FrequencyModulation(
        (
            Operators(0.80, 1, 1, 1.6, 0.8, 0.25, 1.6, 0.0, -0.1),
            Operators(0.45, 1, 1, 0.5, 0.5, 0.3, 2.2, 2.5, 0.15), Operators(0.16, 1, 14, 1.0, 0.12, 0.0, 0.25),
        ),
        velocity_octaves=2.4, tremolo=0.35, decay_tracking=-0.45,
        knocks=(NoiseBurst(0.035, 300, 2_000, 0.012, width=0.3),), name="keys.electric",
    ),
    "keys.organ": Ensemble(
        drawbars=((0.5, 0.7), (1, 1.0), (1.5, 0.55), (2, 0.6), (3, 0.35), (4, 0.3), (5, 0.12), (6, 0.16), (8, 0.2)),
        bandwidth_cents=3.5, steadiness=0.96, shimmer=0.2, cutoff_hz=5_000, velocity_octaves=0.3,
        brightness_octaves=1.6, envelope=Envelope(0.0025, 0.4, 0.95), tremolo=0.16, tremolo_hz=6.4, width=0.7,
        noise=(NoiseBurst(0.12, 1_200, 6_000, 0.004),), name="keys.organ",
    ),
}  # fmt: skip

_PADS: dict[str, Voice] = {
    "pad.warm": Ensemble(
        rolloff=1.0, bandwidth_cents=22, steadiness=0.55, cutoff_hz=900, octaves=((1, 1.0), (0.5, 0.4), (2, 0.18)),
        swell_octaves=1.6, swell_s=0.9, envelope=Envelope(0.45, 2.0, 0.9), name="pad.warm",
    ),
    "pad.glass": Ensemble(
        drawbars=(
            (1, 1.0), (2, 0.35), (3.01, 0.3), (4.02, 0.42), (6.05, 0.2), (8.1, 0.26), (11.2, 0.1), (16.3, 0.07),
        ),
        bandwidth_cents=14, steadiness=0.6, cutoff_hz=7_000, brightness_octaves=2.0, swell_octaves=0.8,
        envelope=Envelope(0.30, 2.5, 0.85), tremolo=0.12, tremolo_hz=0.7, name="pad.glass",
    ),
    "pad.choir": Ensemble(
        rolloff=0.75, bandwidth_cents=34, formants=_AH, cutoff_hz=3_200, swell_octaves=0.7, swell_s=0.4,
        envelope=Envelope(0.26, 2.0, 0.92), air_level=0.035, air_band_hz=(2_500, 9_000), name="pad.choir",
    ),
    "pad.dark": Ensemble(
        rolloff=1.15, even=0.6, bandwidth_cents=26, steadiness=0.6, cutoff_hz=420, octaves=((1, 0.8), (0.5, 0.8)),
        swell_octaves=1.2, swell_s=1.6, envelope=Envelope(0.9, 2.0, 0.95), air_level=0.02, air_band_hz=(300, 1_500),
        name="pad.dark",
    ),
}  # fmt: skip

_STRINGS: dict[str, Voice] = {
    "strings.ensemble": Ensemble(
        rolloff=0.9, bandwidth_cents=30, formants=_VIOLIN_SECTION, cutoff_hz=3_000, octaves=((1, 1.0),),
        swell_octaves=0.9, swell_s=0.25, envelope=Envelope(0.13, 1.5, 0.92), air_level=0.018,
        air_band_hz=(3_000, 10_000), name="strings.ensemble",
    ),
    "strings.spiccato": Ensemble(
        rolloff=0.85, bandwidth_cents=30, formants=_VIOLIN_BODY, cutoff_hz=3_800, swell_octaves=1.2, swell_s=0.04,
        envelope=Envelope(0.014, 0.28, 0.0, hold_s=0.08), air_level=0.03,
        noise=(NoiseBurst(0.12, 1_500, 6_000, 0.025, attack_s=0.002, width=0.8),), name="strings.spiccato",
    ),
    "strings.pizzicato": Struck(
        partials=32, rolloff=1.2, inharmonicity=1.5e-4, strike_position=0.16, cutoff_hz=1_500, cutoff_tracking=0.45,
        sustain_s=1.3, sustain_tracking=-0.55, damping=2.5, strings=6, detune_cents=14, aftersound=0.6, scatter_s=0.022,
        spread=0.8, attack_s=0.003, take_cents=4.0, formants=_PIZZICATO_BODY,
        knocks=(NoiseBurst(0.20, 120, 500, 0.030, width=0.8), NoiseBurst(0.05, 1_500, 4_500, 0.006, width=0.6)),
        name="strings.pizzicato",
    ),
    "strings.solo": Ensemble(
        partials=50, rolloff=0.85, bandwidth_cents=5, steadiness=0.92, shimmer=0.4, formants=_VIOLIN_BODY,
        cutoff_hz=3_400, swell_octaves=0.8, swell_s=0.15, envelope=Envelope(0.075, 1.0, 0.92), air_level=0.022,
        air_band_hz=(2_500, 9_000), vibrato=Vibrato(16, 5.4, 0.30), width=0.35, name="strings.solo",
    ),
}  # fmt: skip

_BRASS: dict[str, Voice] = {
    "brass.ensemble": Ensemble(
        rolloff=0.7, bandwidth_cents=15, steadiness=0.7, formants=_BRASS_BELL, cutoff_hz=1_900, velocity_octaves=3.0,
        swell_octaves=2.0, swell_s=0.05, fade_octaves=0.5, fade_s=0.5, envelope=Envelope(0.035, 0.25, 0.85),
        width=0.9, name="brass.ensemble",
    ),
    "brass.braam": Analog(
        voices=5, detune_cents=26, spread=0.8, octaves=((0, 0.8), (-1, 1.0), (1, 0.35)), cutoff_hz=420,
        cutoff_tracking=0.1, sweep_octaves=2.6, sweep_attack_s=0.05, sweep_decay_s=1.8, resonance=0.35, drive=0.8,
        envelope=Envelope(0.012, 1.6, 0.35, hold_s=0.4), formants=(Formant(320, 4, 0.8), Formant(1_500, 3, 0.8)),
        noise=(NoiseBurst(0.35, 100, 1_500, 0.08, width=0.8),), name="brass.braam",
    ),
}  # fmt: skip

_PLUCKS: dict[str, Voice] = {
    "pluck.synth": Analog(
        voices=3, detune_cents=14, side_level=0.45, spread=0.7, octaves=((0, 1.0), (1, 0.22)), cutoff_hz=480,
        sweep_octaves=3.4, sweep_decay_s=0.085, resonance=0.25, envelope=Envelope(0.001, 0.28, 0.0, hold_s=0.02),
        name="pluck.synth",
    ),
    "pluck.guitar": Struck(
        partials=48, rolloff=0.95, inharmonicity=0.8e-4, strike_position=0.16, cutoff_hz=3_300, cutoff_tracking=0.4,
        sustain_s=6.5, sustain_tracking=-0.5, damping=0.9, strings=2, detune_cents=0.9, aftersound=0.4, spread=0.4,
        attack_s=0.0008, formants=_GUITAR_BODY,
        knocks=(NoiseBurst(0.10, 150, 700, 0.014, width=0.2), NoiseBurst(0.10, 1_800, 7_000, 0.004, width=0.2)),
        name="pluck.guitar",
    ),
    "pluck.muted": Struck(
        partials=40, rolloff=0.95, inharmonicity=1.0e-4, strike_position=0.10, cutoff_hz=1_700, cutoff_tracking=0.4,
        sustain_s=0.42, sustain_tracking=-0.3, damping=1.6, spread=0.1, attack_s=0.0008, formants=_GUITAR_BODY,
        knocks=(NoiseBurst(0.20, 200, 1_200, 0.010, width=0.1), NoiseBurst(0.12, 2_000, 6_000, 0.004, width=0.1)),
        name="pluck.muted",
    ),
    "pluck.harp": Struck(
        partials=36, rolloff=1.25, inharmonicity=0.5e-4, strike_position=0.38, cutoff_hz=2_200, cutoff_tracking=0.5,
        sustain_s=4.5, sustain_tracking=-0.6, damping=1.4, strings=2, detune_cents=0.6, aftersound=0.5, spread=0.3,
        attack_s=0.001, formants=(Formant(190, 2, 0.6), Formant(380, 1.5, 0.5)),
        knocks=(NoiseBurst(0.06, 200, 1_200, 0.012, width=0.3),), name="pluck.harp",
    ),
}  # fmt: skip

_GUITARS: dict[str, Voice] = {
    "guitar.strum": Struck(
        partials=60, rolloff=0.58, inharmonicity=1.0e-4, strike_position=0.14, cutoff_hz=8_400, cutoff_tracking=0.37,
        velocity_octaves=1.8, sustain_s=13.0, sustain_tracking=-0.06, damping=1.1, strings=2, detune_cents=1.5,
        aftersound=0.43, spread=0.7, attack_s=0.002,
        formants=(Formant(79, 1.0, 0.5), Formant(225, 7.0, 0.5), Formant(830, -4.5, 0.7), Formant(2_130, -11.0, 0.7)),
        knocks=(NoiseBurst(0.22, 2_200, 9_000, 0.015, width=0.4), NoiseBurst(0.012, 120, 1_080, 0.018, width=0.3)),
        name="guitar.strum",
    ),
    "guitar.drive": Struck(
        partials=48, rolloff=0.8, inharmonicity=1.0e-4, strike_position=0.10, cutoff_hz=3_000, cutoff_tracking=0.2,
        sustain_s=7.0, sustain_tracking=-0.3, damping=0.5, strings=2, detune_cents=5.0, aftersound=0.5, spread=0.7,
        attack_s=0.001, drive=7.0, cabinet=Equaliser(95, 4_300, 1.0), name="guitar.drive",
    ),
}  # fmt: skip

_MALLETS: dict[str, Voice] = {
    "mallet.marimba": Struck(
        ratios=(1.0, 3.93, 9.6, 16.2), amplitudes=(1.0, 0.30, 0.13, 0.05), cutoff_hz=3_800, cutoff_tracking=0.3,
        sustain_s=1.5, sustain_tracking=-0.7, damping=2.4, spread=0.12, attack_s=0.0009,
        knocks=(NoiseBurst(0.14, 250, 1_500, 0.009, width=0.2),), name="mallet.marimba",
    ),
    "mallet.bell": Struck(
        ratios=(1.0, 2.0, 2.76, 4.07, 5.40, 8.93, 11.3), amplitudes=(1.0, 0.35, 0.45, 0.16, 0.28, 0.14, 0.06),
        cutoff_hz=9_000, cutoff_tracking=0.2, velocity_octaves=1.5, sustain_s=5.5, sustain_tracking=-0.5,
        damping=0.35, strings=2, detune_cents=3.0, aftersound=0.5, spread=0.5, attack_s=0.0006,
        knocks=(NoiseBurst(0.06, 4_000, 12_000, 0.005, width=0.4),), name="mallet.bell",
    ),
    "mallet.kalimba": Struck(
        ratios=(1.0, 2.0, 5.95, 9.4), amplitudes=(1.0, 0.12, 0.18, 0.05), cutoff_hz=5_000, cutoff_tracking=0.3,
        sustain_s=2.2, sustain_tracking=-0.5, damping=1.6, spread=0.2, attack_s=0.0009,
        formants=(Formant(320, 2, 0.6),),
        knocks=(NoiseBurst(0.14, 200, 900, 0.012, width=0.2), NoiseBurst(0.05, 3_000, 8_000, 0.006, width=0.4)),
        name="mallet.kalimba",
    ),
}  # fmt: skip

_LEADS: dict[str, Voice] = {
    "lead.saw": Analog(
        voices=3, detune_cents=15, side_level=0.5, spread=0.6, cutoff_hz=2_600, sweep_octaves=1.0, sweep_decay_s=0.35,
        resonance=0.22, envelope=Envelope(0.0025, 0.6, 0.85), vibrato=Vibrato(10, 5.2, 0.4), name="lead.saw",
    ),
    "lead.square": Analog(
        shape="pulse", pulse_width=0.42, voices=3, detune_cents=9, side_level=0.35, spread=0.5, cutoff_hz=2_300,
        sweep_octaves=0.8, sweep_decay_s=0.2, envelope=Envelope(0.002, 0.5, 0.85), vibrato=Vibrato(10, 5.5, 0.35),
        name="lead.square",
    ),
    "lead.sine": Analog(
        shape="triangle", cutoff_hz=1_400, cutoff_tracking=0.8, octaves=((0, 1.0), (1, 0.12)), sub_level=0.4,
        envelope=Envelope(0.004, 0.8, 0.88), vibrato=Vibrato(12, 5.0, 0.4), name="lead.sine",
    ),
    "lead.flute": Ensemble(
        drawbars=((1, 1.0), (2, 0.30), (3, 0.16), (4, 0.05), (5, 0.03), (6, 0.012)), bandwidth_cents=4,
        steadiness=0.94, shimmer=0.3, cutoff_hz=4_000, swell_octaves=0.8, swell_s=0.08,
        envelope=Envelope(0.045, 0.8, 0.92), air_level=0.07, air_band_hz=(900, 6_500), tremolo=0.10, tremolo_hz=5.0,
        vibrato=Vibrato(9, 5.0, 0.3), width=0.2, noise=(NoiseBurst(0.14, 1_500, 6_000, 0.025, 0.004, width=0.2),),
        name="lead.flute",
    ),
}  # fmt: skip

_OTHERS: dict[str, Voice] = {
    "stab.chord": Analog(
        voices=3, detune_cents=18, spread=0.8, octaves=((0, 1.0), (-1, 0.35), (1, 0.25)), cutoff_hz=900,
        sweep_octaves=2.4, sweep_decay_s=0.16, resonance=0.3, drive=0.15,
        envelope=Envelope(0.001, 0.35, 0.0, hold_s=0.06), name="stab.chord",
    ),
    "fx.shimmer": Ensemble(
        drawbars=((1, 0.8), (2, 1.0), (3, 0.35), (4, 0.6), (6.02, 0.25), (8.05, 0.3), (12.1, 0.12)),
        bandwidth_cents=30, cutoff_hz=9_000, swell_octaves=2.0, swell_s=1.2, envelope=Envelope(0.8, 2, 0.9),
        air_level=0.05, air_band_hz=(6_000, 14_000), tremolo=0.2, tremolo_hz=0.4, name="fx.shimmer",
    ),
    "fx.riser": effects.RISER,
    "fx.downer": effects.DOWNER,
    "fx.impact": effects.IMPACT,
    "fx.reverse": effects.REVERSE,
    "fx.subdrop": effects.SUB_DROP,
    "fx.noise": effects.NOISE,
}  # fmt: skip

_RELEASES_S = {
    "bass.sub": 0.07, "bass.finger": 0.09, "bass.pick": 0.08, "bass.saw": 0.07, "bass.808": 0.12, "bass.fm": 0.08,
    "bass.upright": 0.12, "bass.contrabass": 0.30, "keys.piano": 0.35, "keys.felt": 0.45, "keys.electric": 0.22,
    "keys.organ": 0.06, "pad.warm": 1.2, "pad.glass": 1.6, "pad.choir": 0.8, "pad.dark": 1.8,
    "strings.ensemble": 0.45, "strings.spiccato": 0.25, "strings.pizzicato": 0.40, "strings.solo": 0.25,
    "brass.ensemble": 0.22, "brass.braam": 1.2, "pluck.synth": 0.30, "pluck.guitar": 0.25, "pluck.muted": 0.15,
    "pluck.harp": 1.2, "guitar.strum": 0.22, "guitar.drive": 0.12, "mallet.marimba": 0.8, "mallet.bell": 2.5,
    "mallet.kalimba": 0.9, "lead.saw": 0.15, "lead.square": 0.12, "lead.sine": 0.15, "lead.flute": 0.14,
    "stab.chord": 0.18, "fx.shimmer": 2.0, **voices.RELEASES_S, **guests.RELEASES_S,
    **vocal.RELEASES_S,
}  # fmt: skip
_HOME_PITCHES = {  # the first name that a patch's begins with
    **guests.HOME_PITCHES,
    **vocal.HOME_PITCHES,
    "bass": 36,
    "brass.braam": 38,
    "mallet": 72,
    "lead": 72,
    "fx.shimmer": 72,
    "guitar": 52,
    "strings.solo": 69,
    "strings.low": 43,
    "strings.cello": 48,
    "strings.staccato": 48,
    "brass.low": 43,
    "wind.bassoon": 48,
}
_SOFT = {"pad.warm", "pad.glass", "pad.choir", "pad.dark", "strings.ensemble", "strings.solo", "bass.contrabass",
         "fx.shimmer", "fx.riser", "fx.reverse", "fx.noise", "brass.ensemble", "lead.flute",
         *voices.SOFT, *guests.SOFT}  # fmt: skip
_ROUND_ROBIN = {
    "guitar.power": 3, "guitar.palm": 3, "guitar.crunch": 2, "guitar.strum": 2, "strings.spiccato": 2,
    "strings.staccato": 2, "pluck.muted": 2, "keys.clavinet": 3, "guitar.funk": 3, "bass.pick": 2, "bass.finger": 2,
    "strings.pizzicato": 2,
    **guests.ROUND_ROBIN,
    **vocal.ROUND_ROBIN,
}  # fmt: skip
"""Whose notes come so often that two alike in a row would be heard."""
_SCRATCHED_LAYERS = 4  # the softest is scratches
_RINGING = {"fx.impact": 5.0, "fx.subdrop": 4.0}


def _patch(name: str, voice: Voice) -> Patch:
    level_db = LEVELS_DB.get(name, 0.0)
    if isinstance(voice, Kit):
        return Patch(
            name, voice, level_db, 0.02, Length.RINGING, 6.0, velocity_layers=3, variations=3,
            pitched=False, percussion=True, home_pitch=36,
        )  # fmt: skip
    if name in _RINGING:
        return Patch(
            name, voice, level_db, 0.1, Length.RINGING, _RINGING[name], pitched=False, variations=2,
        )  # fmt: skip
    if isinstance(voice, effects.Effect):
        return Patch(
            name, voice, level_db, 0.03, Length.EXACT, 60.0, soft=name in _SOFT, pitched=False,
            variations=2,
        )  # fmt: skip
    home = next((pitch for start, pitch in _HOME_PITCHES.items() if name.startswith(start)), 60)
    scratched = isinstance(voice, Struck) and voice.mute_below > 0
    return Patch(
        name, voice, level_db, _RELEASES_S[name], soft=name in _SOFT, home_pitch=home,
        variations=_ROUND_ROBIN.get(name, 1), velocity_layers=_SCRATCHED_LAYERS if scratched else 1,
        pitched=name not in vocal.VOICES,
    )  # fmt: skip


PATCHES: dict[str, Patch] = {
    name: _patch(name, voice)
    for family in (
        KITS,
        _BASSES,
        _KEYS,
        _PADS,
        _STRINGS,
        _BRASS,
        _PLUCKS,
        _GUITARS,
        _MALLETS,
        _LEADS,
        _OTHERS,
        voices.GUITARS,
        voices.KEYS,
        voices.ORCHESTRA,
        voices.MACHINES,
        guests.STRINGS,
        guests.MALLETS,
        guests.WINDS,
        vocal.VOICES,
    )
    for name, voice in family.items()
}


def patch_by_id(patch_id: str) -> Patch:
    """The patch with that id. Raises ContractError for an id that does not exist."""
    if patch_id not in PATCHES:
        raise ContractError(f"There is no patch {patch_id!r}.", hint=f"The patches are: {', '.join(sorted(PATCHES))}.")
    return PATCHES[patch_id]
