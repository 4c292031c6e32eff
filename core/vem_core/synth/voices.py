"""Voices of bands and orchestras: amplified guitars, keyboards, sections, winds, machines. `patches` lists them."""

from __future__ import annotations

from vem_core.synth.analog import Analog, Vibrato
from vem_core.synth.ensemble import Ensemble
from vem_core.synth.envelope import Envelope
from vem_core.synth.fm import FrequencyModulation, Operators
from vem_core.synth.noise import NoiseBurst
from vem_core.synth.spectrum import Equaliser, Formant
from vem_core.synth.struck import Struck
from vem_core.synth.tone import Voice

_NYLON_BODY = (
    Formant(85, -16.0, 0.5), Formant(236, 4.9, 0.5), Formant(594, -3.3, 0.7), Formant(2_170, -16.0, 0.7),
    Formant(5_300, -7.2, 0.7),
)  # fmt: skip
_PICKUPS = (
    Formant(79, -30.0, 0.5), Formant(163, -9.7, 0.5), Formant(545, 6.2, 0.7), Formant(1_175, -7.5, 0.7),
    Formant(2_200, 10.9, 0.7), Formant(3_460, 10.4, 0.7), Formant(7_500, -6.2, 0.7),
)  # fmt: skip
_VIOLINS = (Formant(280, 3.0, 0.4), Formant(480, 2.5, 0.4), Formant(1_100, -2.0, 0.6), Formant(2_600, 3.0, 0.7))
_CELLI = (Formant(110, 3.0, 0.5), Formant(220, 3.0, 0.5), Formant(900, -2.0, 0.6), Formant(2_000, 2.0, 0.7))
_BELL = (Formant(450, 3.0, 0.7), Formant(1_200, 2.5, 0.7))
_TROMBONE = (Formant(200, -6.0, 0.8), Formant(560, 9.0, 0.7), Formant(1_150, 4.0, 0.7))
_HORN = (Formant(200, -6.0, 0.7), Formant(480, 7.0, 0.5), Formant(850, -3.0, 0.4), Formant(2_500, 5.0, 0.7))
# A closed box of four twelve-inch loudspeakers: a thump, a dip, a bite, and nothing above five kilohertz.
_CABINET = Equaliser(78, 4_900, 0.0, ((112, 3.0, 1.0), (420, -3.5, 0.9), (2_700, 5.0, 1.1), (5_600, -9.0, 1.2)))

GUITARS: dict[str, Voice] = {
    "guitar.power": Struck(
        partials=28, rolloff=0.75, inharmonicity=1.0e-4, strike_position=0.12, cutoff_hz=2_700, cutoff_tracking=0.2,
        velocity_octaves=0.4, brightness_octaves=0.2, sustain_s=7.0, sustain_tracking=-0.3, damping=0.5,
        spread=0.15, attack_s=0.0012, chord=(0, 7, 12), take_cents=4.0, grit=0.35, drive=24.0, bias=0.25,
        tight_hz=150, cabinet=_CABINET, name="guitar.power",
    ),
    "guitar.palm": Struck(
        partials=22, rolloff=0.85, inharmonicity=1.2e-4, strike_position=0.08, cutoff_hz=1_500, cutoff_tracking=0.2,
        velocity_octaves=0.4, brightness_octaves=0.2, sustain_s=0.9, sustain_tracking=-0.3, damping=1.6,
        spread=0.15, attack_s=0.0008, chord=(0, 7), take_cents=4.0, grit=0.4, drive=14.0, bias=0.2, tight_hz=120,
        cabinet=_CABINET, name="guitar.palm",
    ),
    "guitar.lead": Struck(
        partials=40, rolloff=0.8, inharmonicity=0.8e-4, strike_position=0.2, cutoff_hz=2_200, cutoff_tracking=0.35,
        velocity_octaves=0.5, brightness_octaves=0.3, sustain_s=9.0, sustain_tracking=-0.3, damping=0.4, spread=0.2,
        attack_s=0.0015, take_cents=3.0, grit=0.3, drive=15.0, bias=0.2, tight_hz=180, cabinet=_CABINET,
        name="guitar.lead",
    ),
    "guitar.crunch": Struck(
        partials=40, rolloff=0.85, inharmonicity=0.9e-4, strike_position=0.15, cutoff_hz=2_600, cutoff_tracking=0.3,
        velocity_octaves=0.8, brightness_octaves=0.5, sustain_s=4.0, sustain_tracking=-0.4, damping=0.8, spread=0.2,
        attack_s=0.001, take_cents=4.0, grit=0.25, drive=3.2, bias=0.3, tight_hz=110, cabinet=_CABINET,
        name="guitar.crunch",
    ),
    "guitar.clean": Struck(
        partials=44, rolloff=0.4, inharmonicity=0.8e-4, strike_position=0.04, cutoff_hz=1_960, cutoff_tracking=1.48,
        velocity_octaves=3.4, sustain_s=14.5, sustain_tracking=0.08, damping=1.1, strings=2, detune_cents=1.5,
        aftersound=0.72, spread=0.6, attack_s=0.0015, formants=_PICKUPS,
        knocks=(NoiseBurst(0.12, 1_300, 9_000, 0.0012, width=0.4), NoiseBurst(0.04, 120, 2_150, 0.073, width=0.3)),
        name="guitar.clean",
    ),
    "guitar.funk": Struck(
        partials=44, rolloff=0.95, inharmonicity=0.8e-4, strike_position=0.2, cutoff_hz=3_700, cutoff_tracking=0.35,
        sustain_s=3.5, sustain_tracking=-0.45, damping=1.2, spread=0.4, attack_s=0.0008, take_cents=3.0,
        mute_below=0.25, formants=(Formant(800, 2.0, 0.8), Formant(2_600, 2.5, 0.7)),
        knocks=(NoiseBurst(0.15, 900, 5_000, 0.006, width=0.2),), name="guitar.funk",
    ),
    "guitar.nylon": Struck(
        partials=36, rolloff=1.1, inharmonicity=0.5e-4, strike_position=0.04, cutoff_hz=8_000, cutoff_tracking=0.26,
        velocity_octaves=1.4, sustain_s=26.0, sustain_tracking=-0.16, damping=5.0, strings=2, detune_cents=1.5,
        aftersound=0.5, spread=0.25, attack_s=0.0013, formants=_NYLON_BODY,
        knocks=(NoiseBurst(0.06, 870, 9_000, 0.001, width=0.4), NoiseBurst(0.35, 120, 364, 0.025, width=0.3)),
        name="guitar.nylon",
    ),
    "pluck.oud": Struck(
        partials=44, rolloff=0.95, inharmonicity=0.6e-4, strike_position=0.12, cutoff_hz=2_300, cutoff_tracking=0.4,
        sustain_s=1.5, sustain_tracking=-0.4, damping=1.6, strings=2, detune_cents=4.0, aftersound=0.5, spread=0.4,
        attack_s=0.0008, formants=(Formant(170, 3.0, 0.5), Formant(380, 2.0, 0.5), Formant(1_500, 2.0, 0.7)),
        knocks=(NoiseBurst(0.14, 300, 2_400, 0.008, width=0.3),), name="pluck.oud",
    ),
}  # fmt: skip

KEYS: dict[str, Voice] = {
    "keys.clavinet": Struck(
        partials=56, rolloff=0.8, inharmonicity=1.6e-4, strike_position=0.09, cutoff_hz=3_600, cutoff_tracking=0.3,
        velocity_octaves=2.0, sustain_s=2.5, sustain_tracking=-0.4, damping=1.4, spread=0.15, attack_s=0.0012,
        mute_below=0.25, formants=(Formant(900, 3.0, 0.6), Formant(2_200, 2.0, 0.7), Formant(200, -3.0, 0.8)),
        knocks=(NoiseBurst(0.20, 1_000, 5_000, 0.005, width=0.1),), name="keys.clavinet",
    ),
    "keys.accordion": Ensemble(
        octaves=((0.9985, 0.7), (1.0, 1.0), (1.0015, 0.7)), rolloff=0.7, even=0.8, bandwidth_cents=3.0,
        steadiness=0.96, shimmer=0.3, formants=(Formant(1_300, 3.0, 0.8),), cutoff_hz=3_400, swell_octaves=0.6,
        swell_s=0.06, envelope=Envelope(0.028, 0.6, 0.95), air_level=0.01, width=0.3, name="keys.accordion",
    ),
    "mallet.vibraphone": Struck(
        ratios=(1.0, 4.0, 10.2), amplitudes=(1.0, 0.18, 0.06), cutoff_hz=5_000, cutoff_tracking=0.3, sustain_s=6.0,
        sustain_tracking=-0.5, damping=0.9, strings=2, detune_cents=4.0, aftersound=0.5, spread=0.5, attack_s=0.0012,
        knocks=(NoiseBurst(0.05, 600, 3_000, 0.006, width=0.3),), name="mallet.vibraphone",
    ),
    "lead.bell": FrequencyModulation(
        (
            Operators(0.8, 1, 3, 1.6, 0.35, 0.1, 0.9, 0.0, -0.35), Operators(0.6, 1, 2, 1.1, 0.25, 0.1, 1.1, 4.0, 0.35),
            Operators(0.25, 2, 7, 1.0, 0.10, 0.0, 0.4),
        ),
        velocity_octaves=1.2, decay_tracking=-0.3, knocks=(NoiseBurst(0.05, 3_000, 9_000, 0.004, width=0.4),),
        name="lead.bell",
    ),
}  # fmt: skip

ORCHESTRA: dict[str, Voice] = {
    "strings.legato": Ensemble(
        rolloff=1.0, bandwidth_cents=24, formants=_VIOLINS, cutoff_hz=2_500, velocity_octaves=1.2,
        brightness_octaves=1.5, swell_octaves=1.4, swell_s=0.5, envelope=Envelope(0.20, 1.5, 0.95), air_level=0.014,
        air_band_hz=(2_500, 9_000), name="strings.legato",
    ),
    "strings.low": Ensemble(
        rolloff=0.95, bandwidth_cents=18, steadiness=0.6, formants=_CELLI, cutoff_hz=1_500, velocity_octaves=1.2,
        brightness_octaves=1.5, octaves=((1, 1.0), (0.5, 0.45)), swell_octaves=1.0, swell_s=0.35,
        envelope=Envelope(0.12, 1.5, 0.95), air_level=0.02, air_band_hz=(900, 5_000), width=0.9, name="strings.low",
    ),
    "strings.staccato": Ensemble(
        rolloff=0.85, bandwidth_cents=20, formants=_CELLI, cutoff_hz=2_200, fade_octaves=2.0, fade_s=0.25,
        octaves=((1, 1.0), (0.5, 0.3)), envelope=Envelope(0.0025, 0.13, 0.0, hold_s=0.04),
        noise=(NoiseBurst(0.34, 900, 5_000, 0.018, width=0.8), NoiseBurst(0.25, 120, 600, 0.016, width=0.5)),
        name="strings.staccato",
    ),
    "strings.tremolo": Ensemble(
        rolloff=0.9, bandwidth_cents=30, formants=_VIOLINS, cutoff_hz=3_000, velocity_octaves=1.2,
        brightness_octaves=1.5, swell_octaves=1.2, swell_s=0.8, tremolo=0.55, tremolo_hz=11.5,
        envelope=Envelope(0.25, 2.0, 0.95), air_level=0.03, name="strings.tremolo",
    ),
    "strings.cello": Ensemble(
        partials=50, rolloff=0.9, bandwidth_cents=4, steadiness=0.93, shimmer=0.4, formants=_CELLI, cutoff_hz=2_000,
        swell_octaves=0.8, swell_s=0.15, envelope=Envelope(0.075, 1.0, 0.94), air_level=0.022,
        air_band_hz=(1_500, 7_000), vibrato=Vibrato(14, 5.1, 0.3), width=0.35, name="strings.cello",
    ),
    "brass.low": Ensemble(
        rolloff=0.7, bandwidth_cents=5, steadiness=0.93, formants=_TROMBONE, cutoff_hz=4_200, velocity_octaves=1.0,
        brightness_octaves=1.0, swell_octaves=1.5, swell_s=0.10, fade_octaves=0.4, fade_s=0.8,
        envelope=Envelope(0.05, 0.4, 0.85), width=0.9, name="brass.low",
    ),
    "brass.horns": Ensemble(
        rolloff=0.9, bandwidth_cents=5, steadiness=0.93, formants=_HORN, cutoff_hz=3_600, velocity_octaves=1.0,
        brightness_octaves=1.0, swell_octaves=1.5, swell_s=0.12, envelope=Envelope(0.06, 0.6, 0.9), width=0.9,
        name="brass.horns",
    ),
    "brass.trumpet": Ensemble(
        rolloff=0.6, bandwidth_cents=3.5, steadiness=0.94, shimmer=0.4, formants=_BELL, cutoff_hz=3_200,
        velocity_octaves=2.6, swell_octaves=1.6, swell_s=0.04, envelope=Envelope(0.022, 0.3, 0.88),
        vibrato=Vibrato(7, 5.4, 0.4), width=0.2, name="brass.trumpet",
    ),
    "wind.clarinet": Ensemble(
        rolloff=0.95, even=0.12, bandwidth_cents=3, steadiness=0.96, shimmer=0.3, cutoff_hz=2_600, swell_octaves=1.0,
        swell_s=0.07, envelope=Envelope(0.035, 0.6, 0.95), air_level=0.02, air_band_hz=(1_500, 6_000),
        vibrato=Vibrato(3, 4.6, 0.5), width=0.2, name="wind.clarinet",
    ),
    "wind.oboe": Ensemble(
        rolloff=0.55, bandwidth_cents=3, steadiness=0.95, shimmer=0.3, cutoff_hz=3_200, swell_octaves=0.8, swell_s=0.06,
        formants=(Formant(1_050, 6.0, 0.5), Formant(2_900, 5.0, 0.5), Formant(300, -5.0, 0.9)),
        envelope=Envelope(0.03, 0.6, 0.95), air_level=0.01, vibrato=Vibrato(9, 5.2, 0.25), width=0.2, name="wind.oboe",
    ),
    "wind.bassoon": Ensemble(
        rolloff=0.7, bandwidth_cents=3, steadiness=0.95, shimmer=0.3, cutoff_hz=1_700, swell_octaves=0.8, swell_s=0.05,
        formants=(Formant(480, 7.0, 0.5), Formant(1_150, 4.0, 0.5)), envelope=Envelope(0.022, 0.5, 0.94),
        air_level=0.015, air_band_hz=(900, 4_000), width=0.2, name="wind.bassoon",
    ),
    "wind.sax": Ensemble(
        rolloff=0.7, bandwidth_cents=4, steadiness=0.92, shimmer=0.5, cutoff_hz=2_600, velocity_octaves=2.4,
        swell_octaves=1.2, swell_s=0.05, formants=(Formant(560, 4.0, 0.6), Formant(1_500, 4.0, 0.6)),
        envelope=Envelope(0.025, 0.5, 0.92), air_level=0.04, air_band_hz=(1_800, 8_000), vibrato=Vibrato(11, 5.0, 0.35),
        width=0.2, noise=(NoiseBurst(0.10, 800, 4_000, 0.015, width=0.2),), name="wind.sax",
    ),
}  # fmt: skip

MACHINES: dict[str, Voice] = {
    "bass.reese": Analog(
        voices=3, detune_cents=34, side_level=0.9, cutoff_hz=620, cutoff_tracking=0.3, sweep_octaves=0.8,
        sweep_decay_s=0.5, resonance=0.25, sub_level=0.7, drive=0.45, envelope=Envelope(0.003, 0.8, 0.9),
        name="bass.reese",
    ),
    "bass.chip": Analog(
        shape="triangle", cutoff_hz=16_000, velocity_octaves=0.0, brightness_octaves=0.0,
        envelope=Envelope(0.001, 0.4, 0.95), name="bass.chip",
    ),
    "lead.chip": Analog(
        shape="pulse", pulse_width=0.25, cutoff_hz=16_000, velocity_octaves=0.0, brightness_octaves=0.0,
        envelope=Envelope(0.001, 0.25, 0.7), vibrato=Vibrato(9, 6.2, 0.25), name="lead.chip",
    ),
    "pluck.chip": Analog(
        shape="square", cutoff_hz=16_000, velocity_octaves=0.0, brightness_octaves=0.0,
        envelope=Envelope(0.001, 0.12, 0.0, hold_s=0.05), name="pluck.chip",
    ),
}  # fmt: skip

RELEASES_S = {
    "guitar.power": 0.09, "guitar.palm": 0.05, "guitar.lead": 0.12, "guitar.crunch": 0.09, "guitar.clean": 0.15,
    "guitar.funk": 0.06, "guitar.nylon": 0.25, "pluck.oud": 0.25, "keys.clavinet": 0.06, "keys.accordion": 0.09,
    "mallet.vibraphone": 1.0, "lead.bell": 0.5, "strings.legato": 0.5, "strings.low": 0.4, "strings.staccato": 0.25,
    "strings.tremolo": 0.4, "strings.cello": 0.25, "brass.low": 0.25, "brass.horns": 0.3, "brass.trumpet": 0.12,
    "wind.clarinet": 0.12, "wind.oboe": 0.12, "wind.bassoon": 0.10, "wind.sax": 0.12, "bass.reese": 0.08,
    "bass.chip": 0.02, "lead.chip": 0.02, "pluck.chip": 0.02,
}  # fmt: skip

SOFT = frozenset((
    "strings.legato", "strings.low", "strings.tremolo", "strings.cello", "brass.low", "brass.horns", "brass.trumpet",
    "wind.clarinet", "wind.oboe", "wind.bassoon", "wind.sax", "keys.accordion",
))  # fmt: skip
"""Whose notes swell."""
