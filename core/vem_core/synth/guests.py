"""Voices of guests: instruments of no style's band that are asked for by name. `patches` lists them.

Ratios and decays of bars, membranes and plates are those of Fletcher & Rossing, *The Physics of Musical Instruments*
(2nd ed. 1998), chapters 18 to 21; levels of partials, attacks and decays were compared with sampled instruments
(`benchmarks/guest_patches.py`).
"""

from __future__ import annotations

from vem_core.synth.analog import Vibrato
from vem_core.synth.ensemble import Ensemble
from vem_core.synth.envelope import Envelope
from vem_core.synth.noise import NoiseBurst
from vem_core.synth.spectrum import Formant
from vem_core.synth.struck import Struck
from vem_core.synth.tone import Voice

_UKULELE_BODY = (
    Formant(220, -6.5, 0.5), Formant(547, -13.5, 0.7), Formant(990, -3.0, 0.7), Formant(2_450, -5.4, 0.7),
    Formant(3_500, 4.4, 0.7), Formant(7_600, 6.2, 0.7),
)  # fmt: skip
_BANJO_HEAD = (Formant(180, -8.0, 0.9), Formant(560, 4.0, 0.5), Formant(1_150, 5.0, 0.6), Formant(3_000, 3.0, 0.6))
_MANDOLIN_BODY = (Formant(200, 2.0, 0.4), Formant(460, 4.0, 0.4), Formant(1_300, 2.0, 0.6), Formant(3_600, 4.0, 0.7))
_KOTO_BODY = (Formant(240, 3.0, 0.5), Formant(600, 3.0, 0.5), Formant(1_200, 3.0, 0.6))
_SITAR_BODY = (
    Formant(93, -12.7, 0.5), Formant(174, -3.2, 0.5), Formant(426, 8.2, 0.7), Formant(907, 5.7, 0.7),
    Formant(1_700, 4.0, 0.7), Formant(5_400, 14.0, 0.7), Formant(8_260, 1.6, 0.7),
)  # fmt: skip

STRINGS: dict[str, Voice] = {
    "pluck.ukulele": Struck(
        partials=30, rolloff=1.69, inharmonicity=0.4e-4, strike_position=0.133, cutoff_hz=20_000, cutoff_tracking=-0.1,
        sustain_s=5.9, sustain_tracking=-0.34, damping=0.97, strings=2, detune_cents=1.5, aftersound=0.88, spread=0.25,
        attack_s=0.0005, formants=_UKULELE_BODY,
        knocks=(NoiseBurst(0.27, 2_300, 9_000, 0.0167, width=0.4), NoiseBurst(0.41, 120, 270, 0.0176, width=0.3)),
        name="pluck.ukulele",
    ),
    "pluck.banjo": Struck(
        partials=44, rolloff=0.6, inharmonicity=0.7e-4, strike_position=0.12, cutoff_hz=3_600, cutoff_tracking=-0.1,
        sustain_s=2.1, sustain_tracking=-0.5, damping=0.55, spread=0.15, attack_s=0.0006, take_cents=2.0,
        formants=_BANJO_HEAD,
        knocks=(NoiseBurst(0.22, 900, 5_000, 0.006, width=0.1), NoiseBurst(0.14, 240, 700, 0.020, width=0.1)),
        name="pluck.banjo",
    ),
    "pluck.mandolin": Struck(
        partials=44, rolloff=0.6, inharmonicity=0.9e-4, strike_position=0.15, cutoff_hz=6_500, cutoff_tracking=0.0,
        sustain_s=4.6, sustain_tracking=-0.55, damping=0.5, strings=2, detune_cents=6.0, aftersound=0.5, spread=0.4,
        attack_s=0.0006, take_cents=1.5, formants=_MANDOLIN_BODY,
        knocks=(NoiseBurst(0.16, 2_500, 9_000, 0.004, width=0.3), NoiseBurst(0.08, 300, 1_200, 0.010, width=0.2)),
        name="pluck.mandolin",
    ),
    "pluck.koto": Struck(
        partials=40, rolloff=0.5, inharmonicity=0.5e-4, strike_position=0.13, cutoff_hz=3_800, cutoff_tracking=0.1,
        sustain_s=4.2, sustain_tracking=-0.3, damping=0.5, spread=0.3, attack_s=0.0005, formants=_KOTO_BODY,
        knocks=(NoiseBurst(0.18, 1_200, 6_000, 0.004, width=0.2), NoiseBurst(0.08, 250, 900, 0.012, width=0.2)),
        name="pluck.koto",
    ),
    "pluck.sitar": Struck(
        partials=60, rolloff=0.2, inharmonicity=0.3e-4, strike_position=0.225, cutoff_hz=7_000, cutoff_tracking=0.73,
        velocity_octaves=1.2, sustain_s=7.9, sustain_tracking=-0.92, damping=0.107, strings=2, detune_cents=1.5,
        aftersound=0.21, spread=0.5, attack_s=0.001, bloom=1.0, bloom_s=0.053, bloom_hz=2_300, formants=_SITAR_BODY,
        knocks=(NoiseBurst(0.023, 1_260, 9_000, 0.007, width=0.4), NoiseBurst(0.09, 120, 1_330, 0.0166, width=0.3)),
        name="pluck.sitar",
    ),
    "keys.harpsichord": Struck(
        partials=64, rolloff=0.35, inharmonicity=0.6e-4, strike_position=0.13, cutoff_hz=9_000, cutoff_tracking=-0.4,
        velocity_octaves=0.3, brightness_octaves=0.8, sustain_s=7.5, sustain_tracking=-0.6, damping=0.35, strings=2,
        detune_cents=1.6, aftersound=0.45, spread=0.6, attack_s=0.0005,
        formants=(Formant(220, -1.0, 0.8), Formant(1_800, 2.0, 0.8), Formant(5_000, 4.0, 0.8)),
        knocks=(NoiseBurst(0.20, 2_200, 9_000, 0.0035, width=0.3), NoiseBurst(0.08, 120, 600, 0.014, width=0.3)),
        name="keys.harpsichord",
    ),
}  # fmt: skip

MALLETS: dict[str, Voice] = {
    # The (1,1) to (5,1) modes of a kettledrum, tuned by the air in it; (0,1) below them is a thump.
    "mallet.timpani": Struck(
        ratios=(1.0, 1.504, 1.98, 2.44, 2.90, 3.42, 3.95, 4.48, 5.02, 0.85),
        amplitudes=(0.85, 1.0, 0.95, 0.65, 0.60, 0.48, 0.40, 0.30, 0.20, 0.35), cutoff_hz=3_000, cutoff_tracking=0.3,
        sustain_s=2.1, sustain_tracking=-0.4, damping=0.6, spread=0.15, attack_s=0.0015, level_tracking_db=-1.0,
        knocks=(NoiseBurst(0.22, 60, 320, 0.030, width=0.2), NoiseBurst(0.20, 400, 2_400, 0.010, width=0.2)),
        name="mallet.timpani",
    ),
    # Teeth of a steel comb, held at one end: 1 : 6.27 : 17.5. The octave is the soundboard's answer.
    "mallet.musicbox": Struck(
        ratios=(1.0, 2.001, 3.0, 6.27, 17.55), amplitudes=(1.0, 0.75, 0.05, 0.14, 0.05), cutoff_hz=9_000,
        cutoff_tracking=0.1, velocity_octaves=0.8, sustain_s=4.2, sustain_tracking=-0.4, damping=0.18, strings=2,
        detune_cents=2.5, aftersound=0.5, spread=0.3, attack_s=0.0006, take_cents=1.5,
        knocks=(NoiseBurst(0.07, 3_000, 10_000, 0.003, width=0.3), NoiseBurst(0.03, 400, 1_500, 0.012, width=0.3)),
        name="mallet.musicbox",
    ),
    # Steel plates over wooden resonators, struck with felt: little but the fundamental.
    "mallet.celesta": Struck(
        ratios=(1.0, 2.0, 3.98, 7.26, 10.6), amplitudes=(1.0, 0.03, 0.07, 0.05, 0.02), cutoff_hz=6_500,
        cutoff_tracking=0.3, velocity_octaves=1.4, sustain_s=3.8, sustain_tracking=-0.3, damping=0.25, strings=2,
        detune_cents=1.2, aftersound=0.5, spread=0.4, attack_s=0.0018,
        knocks=(NoiseBurst(0.05, 500, 2_400, 0.010, width=0.3), NoiseBurst(0.02, 3_000, 8_000, 0.004, width=0.3)),
        name="mallet.celesta",
    ),
    # Bars of rosewood tuned to a twelfth, hard mallets.
    "mallet.xylophone": Struck(
        ratios=(1.0, 3.0, 5.9, 9.2), amplitudes=(1.0, 0.42, 0.20, 0.09), cutoff_hz=6_500, cutoff_tracking=0.3,
        sustain_s=1.1, sustain_tracking=-0.4, damping=0.35, spread=0.12, attack_s=0.0004,
        knocks=(NoiseBurst(0.30, 1_800, 7_000, 0.004, width=0.2), NoiseBurst(0.10, 300, 1_200, 0.008, width=0.2)),
        name="mallet.xylophone",
    ),
    "mallet.steel": Struck(
        ratios=(1.0, 2.0, 3.02, 4.01, 5.98, 8.0), amplitudes=(0.60, 1.0, 0.20, 0.75, 0.28, 0.25), cutoff_hz=7_000,
        cutoff_tracking=0.2, sustain_s=1.7, sustain_tracking=-0.6, damping=0.25, strings=2, detune_cents=5.0,
        aftersound=0.5, spread=0.35, attack_s=0.0014, knocks=(NoiseBurst(0.10, 500, 2_500, 0.008, width=0.2),),
        name="mallet.steel",
    ),
    # Hit in the middle of a field of the shell: fundamental, octave and twelfth.
    "mallet.handpan": Struck(
        ratios=(1.0, 2.0, 3.0, 4.7, 6.1), amplitudes=(1.0, 0.50, 0.28, 0.06, 0.04), cutoff_hz=2_600,
        cutoff_tracking=0.3, sustain_s=4.5, sustain_tracking=-0.4, damping=0.7, strings=2, detune_cents=2.0,
        aftersound=0.5, spread=0.35, attack_s=0.0012,
        knocks=(NoiseBurst(0.12, 180, 800, 0.014, width=0.2), NoiseBurst(0.03, 2_000, 6_000, 0.005, width=0.3)),
        name="mallet.handpan",
    ),
    # A tube free at both ends; the ear supplies the note an octave below its fourth mode, there is hardly any of it.
    "mallet.tubular": Struck(
        ratios=(1.0, 1.21, 2.0, 2.94, 4.0, 5.19, 6.39, 8.02),
        amplitudes=(0.10, 0.12, 0.50, 0.75, 1.0, 0.60, 0.22, 0.18), cutoff_hz=6_000, cutoff_tracking=0.3,
        sustain_s=6.5, sustain_tracking=-0.4, damping=0.35, strings=2, detune_cents=4.0, aftersound=0.5, spread=0.5,
        attack_s=0.0008,
        knocks=(NoiseBurst(0.08, 1_500, 6_000, 0.008, width=0.3),), name="mallet.tubular",
    ),
}  # fmt: skip

WINDS: dict[str, Voice] = {
    "brass.tuba": Ensemble(
        partials=30, rolloff=0.55, bandwidth_cents=4, steadiness=0.93, shimmer=0.4, formants=(Formant(230, 4.0, 0.8),),
        cutoff_hz=480, velocity_octaves=1.2, brightness_octaves=1.0, swell_octaves=0.5, swell_s=0.05,
        envelope=Envelope(0.028, 0.3, 0.85), air_level=0.01, air_band_hz=(200, 1_500), width=0.2,
        noise=(NoiseBurst(0.08, 120, 700, 0.020, 0.003, width=0.2),), name="brass.tuba",
    ),
    "wind.harmonica": Ensemble(
        partials=24, rolloff=0.3, bandwidth_cents=4, steadiness=0.94, shimmer=0.4, cutoff_hz=5_200,
        formants=(Formant(300, -3.0, 0.8), Formant(2_100, 3.0, 0.7)), velocity_octaves=1.4, brightness_octaves=1.5,
        swell_octaves=0.7, swell_s=0.07, envelope=Envelope(0.030, 0.5, 0.94), air_level=0.02,
        air_band_hz=(2_000, 8_000), tremolo=0.22, tremolo_hz=5.4, vibrato=Vibrato(9, 5.4, 0.35), width=0.25,
        name="wind.harmonica",
    ),
    "wind.whistle": Ensemble(
        drawbars=((1, 1.0), (2, 0.005), (3, 0.003)), bandwidth_cents=7, steadiness=0.86, shimmer=0.3,
        cutoff_hz=9_000, velocity_octaves=0.4, brightness_octaves=0.4, envelope=Envelope(0.060, 0.6, 0.92),
        air_level=0.035, air_band_hz=(1_800, 7_000), tremolo=0.10, tremolo_hz=5.6, vibrato=Vibrato(24, 5.6, 0.22),
        width=0.2, noise=(NoiseBurst(0.07, 2_000, 8_000, 0.030, 0.006, width=0.2),), name="wind.whistle",
    ),
    "wind.bagpipes": Ensemble(
        partials=26, rolloff=0.15, bandwidth_cents=3, steadiness=0.96, shimmer=0.3, cutoff_hz=2_900,
        formants=(Formant(350, -8.0, 0.8), Formant(1_100, 5.0, 0.6), Formant(2_500, 3.0, 0.6)), velocity_octaves=0.2,
        brightness_octaves=0.8, envelope=Envelope(0.020, 0.5, 0.98), air_level=0.01, width=0.3, name="wind.bagpipes",
    ),
    "wind.didgeridoo": Ensemble(
        partials=40, rolloff=0.9, bandwidth_cents=6, steadiness=0.85, shimmer=0.5, cutoff_hz=1_500,
        formants=(Formant(420, 7.0, 0.4), Formant(1_250, 8.0, 0.35)), velocity_octaves=0.8, swell_octaves=0.8,
        swell_s=0.2, envelope=Envelope(0.070, 0.8, 0.95), air_level=0.05, air_band_hz=(400, 2_500), tremolo=0.3,
        tremolo_hz=2.6, width=0.3, name="wind.didgeridoo",
    ),
    "wind.recorder": Ensemble(
        drawbars=((1, 1.0), (2, 0.18), (3, 0.16), (4, 0.03), (5, 0.03), (6, 0.012)), bandwidth_cents=3,
        steadiness=0.95, shimmer=0.3, cutoff_hz=4_500, velocity_octaves=0.5, envelope=Envelope(0.032, 0.6, 0.94),
        air_level=0.03, air_band_hz=(1_500, 7_000), vibrato=Vibrato(5, 4.8, 0.4), width=0.2,
        noise=(NoiseBurst(0.16, 1_800, 6_000, 0.018, 0.003, width=0.2),), name="wind.recorder",
    ),
    # A stopped pipe: odd partials, and as much breath as tone at first.
    "wind.panflute": Ensemble(
        drawbars=((1, 1.0), (2, 0.03), (3, 0.20), (4, 0.02), (5, 0.12), (7, 0.05)), bandwidth_cents=5,
        steadiness=0.9, shimmer=0.3, cutoff_hz=3_600, velocity_octaves=0.8, swell_octaves=0.6, swell_s=0.1,
        envelope=Envelope(0.050, 0.7, 0.9), air_level=0.10, air_band_hz=(700, 5_000), tremolo=0.12, tremolo_hz=4.8,
        vibrato=Vibrato(10, 4.8, 0.35), width=0.25,
        noise=(NoiseBurst(0.34, 700, 4_500, 0.045, 0.005, width=0.3),), name="wind.panflute",
    ),
    "wind.shakuhachi": Ensemble(
        drawbars=((1, 1.0), (2, 0.13), (3, 0.09), (4, 0.03), (5, 0.015)), bandwidth_cents=6, steadiness=0.88,
        shimmer=0.3, cutoff_hz=3_000, velocity_octaves=1.0, swell_octaves=0.8, swell_s=0.18,
        envelope=Envelope(0.080, 0.8, 0.9), air_level=0.12, air_band_hz=(500, 4_500), tremolo=0.2, tremolo_hz=4.4,
        vibrato=Vibrato(28, 4.4, 0.5), width=0.25, noise=(NoiseBurst(0.24, 600, 5_000, 0.060, 0.010, width=0.3),),
        name="wind.shakuhachi",
    ),
    "wind.englishhorn": Ensemble(
        rolloff=0.5, bandwidth_cents=3, steadiness=0.95, shimmer=0.3, cutoff_hz=2_200, swell_octaves=0.8, swell_s=0.07,
        formants=(Formant(1_000, 9.0, 0.4), Formant(2_300, 2.0, 0.5), Formant(280, -4.0, 0.8)),
        envelope=Envelope(0.040, 0.6, 0.95), air_level=0.01, vibrato=Vibrato(9, 5.0, 0.3), width=0.2,
        name="wind.englishhorn",
    ),
    # Two strings over a drum of snakeskin: nasal, and a wide vibrato.
    "strings.erhu": Ensemble(
        partials=40, rolloff=0.75, bandwidth_cents=4, steadiness=0.94, shimmer=0.4, cutoff_hz=3_000,
        formants=(Formant(350, -2.0, 0.7), Formant(850, 5.0, 0.45), Formant(2_700, 4.0, 0.5)), swell_octaves=0.8,
        swell_s=0.14, envelope=Envelope(0.070, 0.9, 0.93), air_level=0.025, air_band_hz=(2_000, 8_000),
        vibrato=Vibrato(26, 5.6, 0.28), width=0.25, name="strings.erhu",
    ),
    "lead.theremin": Ensemble(
        drawbars=((1, 1.0), (2, 0.22), (3, 0.10), (4, 0.035), (5, 0.012)), bandwidth_cents=2, steadiness=0.97,
        shimmer=0.3, cutoff_hz=3_600, velocity_octaves=0.4, swell_octaves=0.6, swell_s=0.2,
        envelope=Envelope(0.110, 0.8, 0.96), tremolo=0.12, tremolo_hz=5.9, vibrato=Vibrato(38, 5.9, 0.25), width=0.25,
        name="lead.theremin",
    ),
}  # fmt: skip

RELEASES_S = {
    "pluck.ukulele": 0.18, "pluck.banjo": 0.15, "pluck.mandolin": 0.18, "pluck.koto": 0.8, "pluck.sitar": 0.5,
    "keys.harpsichord": 0.14, "mallet.timpani": 0.9, "mallet.musicbox": 1.6, "mallet.celesta": 0.9,
    "mallet.xylophone": 0.5, "mallet.steel": 0.8, "mallet.handpan": 1.5, "mallet.tubular": 2.2, "brass.tuba": 0.12,
    "wind.harmonica": 0.10, "wind.whistle": 0.10, "wind.bagpipes": 0.05, "wind.didgeridoo": 0.25,
    "wind.recorder": 0.09, "wind.panflute": 0.16, "wind.shakuhachi": 0.22, "wind.englishhorn": 0.12,
    "strings.erhu": 0.16, "lead.theremin": 0.22,
}  # fmt: skip

SOFT = frozenset((*WINDS,))
"""Whose notes swell."""

ROUND_ROBIN = {"pluck.ukulele": 3, "pluck.banjo": 3, "pluck.mandolin": 3, "mallet.xylophone": 3, "mallet.timpani": 3}
"""Whose notes come so often that two alike in a row would be heard."""

HOME_PITCHES = {
    "mallet.timpani": 45, "mallet.musicbox": 84, "mallet.celesta": 79, "mallet.xylophone": 79, "mallet.handpan": 60,
    "mallet.tubular": 67, "pluck.ukulele": 67, "pluck.mandolin": 72, "brass.tuba": 38, "wind.harmonica": 72,
    "wind.whistle": 84, "wind.bagpipes": 69, "wind.didgeridoo": 38, "wind.recorder": 79, "wind.panflute": 72,
    "wind.shakuhachi": 67, "wind.englishhorn": 62, "strings.erhu": 72,
}  # fmt: skip
