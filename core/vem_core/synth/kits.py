"""The drum kits, as data."""

from __future__ import annotations

from dataclasses import replace

from vem_core.synth import breaks
from vem_core.synth.drums import Drum, Hiss, Kit, Layer, Metal, Modes, Sweep
from vem_core.synth.noise import NoiseBurst
from vem_core.synth.spectrum import Equaliser

_MACHINE_SQUARES_HZ = (263.0, 400.0, 421.0, 474.0, 587.0, 845.0)
_TOM_KEYS = {41: 0.62, 43: 0.72, 45: 0.84, 47: 1.0, 48: 1.16, 50: 1.34}
_TOM_PANS = {41: 0.45, 43: 0.3, 45: 0.15, 47: 0.0, 48: -0.2, 50: -0.35}


def _hiss(level: float, low_hz: float, high_hz: float, decay_s: float, hardness: float = 0.3, **more: float) -> Hiss:
    return Hiss(NoiseBurst(level, low_hz, high_hz, decay_s, **more), hardness)


def _click(level: float, centre_hz: float = 4_000.0) -> Hiss:
    return _hiss(level, centre_hz / 2, centre_hz * 1.6, 0.0022, hardness=0.8, attack_s=0.0002, width=0.1)


def _clap(level: float, low_hz: float, high_hz: float, tail_s: float) -> tuple[Layer, ...]:
    hands = tuple(
        _hiss(level * 0.8, low_hz, high_hz, 0.004, delay_s=delay_s, width=0.5) for delay_s in (0.0, 0.0095, 0.0205)
    )
    return (*hands, _hiss(level * 0.75, low_hz, high_hz, tail_s, delay_s=0.03, width=0.7))


def _hand_claps(level: float) -> tuple[Layer, ...]:
    """Five people who are nearly together, each pair of hands in its own pitch, and what the room gives back."""
    hands = ((0.0, 1_000), (0.005, 1_450), (0.009, 850), (0.014, 1_900), (0.021, 1_200))
    return (
        *(
            _hiss(level * 0.55, centre_hz / 1.8, centre_hz * 2.2, 0.009, delay_s=delay_s, attack_s=0.0008, width=0.6)
            for delay_s, centre_hz in hands
        ),
        _hiss(level * 0.16, 400, 3_500, 0.075, delay_s=0.012, attack_s=0.004, width=0.9),
    )


def _toms(centre_hz: float, decay_s: float, *, beater: float, drive: float = 0.0) -> dict[int, Drum]:
    return {
        key: Drum(
            (
                Sweep(centre_hz * ratio * 1.45, centre_hz * ratio, 0.035, decay_s / ratio**0.5, drive=drive),
                Modes(centre_hz * ratio, decay_s=decay_s * 0.4, level=0.35),
                _hiss(beater, 250, 3_500, 0.012),
                _hiss(beater * 0.5, 500, 7_000, 0.040),
                _click(beater, 3_400),
            ),
            level_db=-2.0,
            pan=_TOM_PANS[key],
        )
        for key, ratio in _TOM_KEYS.items()
    }


def _shakers(level_db: float = 0.0) -> dict[int, Drum]:
    return {
        54: Drum(
            (
                Metal(5_000, 14_000, 0.07, 0.4, 60, level=0.8, hardness=0.4),
                _hiss(0.5, 5_000, 14_000, 0.018, attack_s=0.001),
            ),
            level_db=-9 + level_db,
            pan=0.35,
        ),
        56: Drum(
            (Modes(562, (1.0, 1.504, 2.02, 2.71, 3.9), 0.5, 0.07, 0.3, 1.0), _click(0.3, 3_000)),
            level_db=-9 + level_db,
            pan=-0.3,
        ),
        69: Drum((_hiss(1.0, 4_500, 12_000, 0.022, attack_s=0.004),), level_db=-10 + level_db, pan=-0.35),
        70: Drum((_hiss(1.0, 5_500, 14_000, 0.014, attack_s=0.0015),), level_db=-10 + level_db, pan=0.4),
        82: Drum(
            (_hiss(1.0, 4_000, 13_000, 0.028, attack_s=0.005), _hiss(0.4, 6_000, 15_000, 0.01, delay_s=0.024)),
            level_db=-10 + level_db,
            pan=0.3,
        ),
        75: Drum((Modes(2_480, (1.0, 2.7), 1.0, 0.022, 0.5, 1.0),), level_db=-9 + level_db, pan=-0.25),
        76: Drum((Modes(930, (1.0, 2.6, 4.2), 1.2, 0.03, 0.6, 1.0), _click(0.2)), level_db=-8 + level_db, pan=-0.3),
        77: Drum((Modes(660, (1.0, 2.6, 4.2), 1.2, 0.035, 0.6, 1.0), _click(0.2)), level_db=-8 + level_db, pan=0.3),
        80: Drum((Modes(4_100, (1.0, 1.73, 2.61), 0.2, 0.05, 0.2, 1.0),), level_db=-13 + level_db, pan=0.4),
        81: Drum((Modes(4_100, (1.0, 1.73, 2.61), 0.2, 0.9, 0.4, 1.0),), level_db=-15 + level_db, pan=0.4),
    }


def _congas() -> dict[int, Drum]:
    pitches = {60: (390, -0.3), 61: (285, -0.2), 62: (260, 0.2), 63: (245, 0.25), 64: (178, 0.3)}
    return {
        key: Drum(
            (
                Sweep(hz * 1.18, hz, 0.02, 0.05 if key == 62 else 0.14, overtone=0.08),
                Modes(hz, decay_s=0.05, level=0.4),
                _hiss(0.35, 600, 6_000, 0.006),
            ),
            level_db=-5,
            pan=pan,
        )
        for key, (hz, pan) in pitches.items()
    }


def _cymbals(level_db: float = 0.0, *, dark: float = 1.0, length: float = 1.0) -> dict[int, Drum]:
    crash = (
        Metal(420 * dark, 3_000 * dark, 0.70 * length, 0.3, 60, level=0.34, bloom_s=0.05),
        Metal(2_600 * dark, 14_000 * dark, 0.62 * length, 0.35, 180, level=0.8, bloom_s=0.035),
        _hiss(1.0, 3_000 * dark, 13_000 * dark, 0.045, attack_s=0.0008, width=0.9),
        _hiss(0.30, 4_000 * dark, 14_000 * dark, 0.42 * length, attack_s=0.004, width=1.0),
    )
    ride = (
        Metal(900 * dark, 6_000 * dark, 0.50 * length, 0.2, 70, level=0.34),
        Metal(4_000 * dark, 12_000 * dark, 0.34 * length, 0.4, 140, level=0.34),
        Metal(200 * dark, 1_200 * dark, 0.45 * length, 0.2, 40, level=0.14),
        Modes(3_050 * dark, (1.0, 1.31, 1.78, 2.37), 0.3, 0.09, 0.3, 0.7),
        _click(0.6, 6_000),
    )
    bell = (
        Modes(1_050 * dark, (1.0, 1.49, 2.22, 2.83, 3.71, 5.1), 0.2, 0.42 * length, 0.25, 0.9),
        Metal(3_000 * dark, 11_000 * dark, 0.25, 0.4, 90, level=0.25),
        _click(0.5, 5_000),
    )
    splash = (
        Metal(3_500 * dark, 15_000 * dark, 0.22 * length, 0.4, 160, level=0.9),
        _hiss(0.8, 4_000 * dark, 15_000, 0.05, width=0.9),
    )
    china = (
        Metal(600 * dark, 9_000 * dark, 0.40 * length, 0.3, 220, level=0.9),
        _hiss(0.9, 1_800, 11_000, 0.08, width=0.9),
    )
    return {
        49: Drum(crash, -6 + level_db, -0.35),
        57: Drum(crash, -6 + level_db, 0.4),
        52: Drum(china, -8 + level_db, 0.45),
        55: Drum(splash, -8 + level_db, -0.2),
        51: Drum(ride, -10 + level_db, 0.35),
        59: Drum(ride, -10 + level_db, 0.3),
        53: Drum(bell, -11 + level_db, 0.35),
    }


def _hats(
    low_hz: float, *, closed_s: float, open_s: float, level_db: float = 0.0, pan: float = -0.25
) -> dict[int, Drum]:
    def hat(decay_s: float, noise_s: float, trim_db: float) -> Drum:
        layers = (
            Metal(low_hz, 15_000, decay_s, 0.25, 150, level=0.75, hardness=0.3),
            _hiss(0.9, low_hz * 1.2, 15_000, noise_s, hardness=0.5, width=0.5),
            _hiss(0.25, 900, 4_000, 0.004, hardness=0.6),
            _hiss(0.22, 170, 2_600, min(decay_s, 0.2), hardness=0.3, width=0.3),  # the body of two plates and a stick
        )
        return Drum(layers, level_db - 10 + trim_db, pan)

    return {
        42: hat(closed_s, closed_s * 0.5, 0.0),
        44: hat(closed_s * 0.8, closed_s * 0.3, -3.0),
        46: hat(open_s, open_s * 0.45, -1.0),
    }


def _machine_hats(
    low_hz: float, *, closed_s: float, open_s: float, level_db: float = 0.0, noise: float = 0.5
) -> dict[int, Drum]:
    def hat(decay_s: float, trim_db: float) -> Drum:
        layers = (
            Metal(low_hz, 16_000, decay_s, 0.1, squares_hz=_MACHINE_SQUARES_HZ, level=0.8, width=0.25),
            _hiss(noise, low_hz, 16_000, decay_s * 0.8, hardness=0.3, width=0.4),
        )
        return Drum(layers, level_db - 11 + trim_db, 0.12, humanise=0.0)

    return {42: hat(closed_s, 0.0), 44: hat(closed_s * 0.7, -2.0), 46: hat(open_s, -0.5)}


_ACOUSTIC_KICK = Drum(
    (
        Sweep(128, 55, 0.014, 0.060, hold_s=0.012, level=1.0, overtone=0.08),
        Modes(98, (1.0, 1.59, 2.14, 2.3), 0.8, 0.045, 0.3, 0.45, spread=0.05),
        _hiss(0.20, 160, 1_200, 0.034, width=0.3),  # shell and room
        _hiss(0.20, 1_200, 6_500, 0.020, attack_s=0.0006, width=0.3),
        _click(0.50, 3_600),
    )
)
_ACOUSTIC_SNARE = Drum(
    (
        Sweep(285, 186, 0.012, 0.060, level=0.62, overtone=0.1),
        Modes(186, (1.0, 1.59, 2.14, 2.65, 2.92, 3.6), 0.6, 0.050, 0.4, 0.50),
        _hiss(0.42, 600, 6_000, 0.052, hardness=0.35),
        _hiss(0.15, 1_200, 7_500, 0.100, hardness=0.3, attack_s=0.003),
        _hiss(0.10, 250, 1_600, 0.070, width=0.5),
        _click(0.45, 4_000),
    ),
    level_db=-2.0,
)
_GHOSTED = -0.28  # of how hard: soft strokes keep more of their sound than others' do
_FUNK_SNARE = Drum(  # tight, with the whole shell at once
    (
        Sweep(265, 192, 0.006, 0.046, level=1.05, overtone=0.12, hardness=_GHOSTED),
        Modes(208, (1.0, 1.42, 2.28, 2.4, 2.98, 3.28), 0.35, 0.038, 0.25, 0.60, hardness=_GHOSTED),
        Modes(256, (1.0,), 1.0, 0.016, 0.0, 0.55, hardness=_GHOSTED),
        Modes(560, (1.0, 1.24), 0.3, 0.013, 0.3, 0.45, hardness=_GHOSTED),
        _hiss(0.34, 500, 4_500, 0.045, hardness=_GHOSTED),
        _hiss(0.26, 2_500, 8_000, 0.060, hardness=_GHOSTED, attack_s=0.003),
        _hiss(0.50, 220, 5_000, 0.055, hardness=_GHOSTED, attack_s=0.004, width=1.0),  # the pair above the kit
        _click(0.45, 2_600),
    ),
    level_db=-1.0,
)
_SIDE_STICK = Drum(
    (Modes(1_650, (1.0, 1.52, 2.31, 3.4), 0.5, 0.016, 0.4, 0.9), Modes(420, decay_s=0.02, level=0.35), _click(0.5)),
    level_db=-7.0,
    pan=-0.08,
)
_ACOUSTIC_CLAP = Drum(_hand_claps(1.0), level_db=-2.0)

_ACOUSTIC: dict[int, Drum] = {
    36: _ACOUSTIC_KICK,
    37: _SIDE_STICK,
    38: _ACOUSTIC_SNARE,
    39: _ACOUSTIC_CLAP,
    **_toms(112, 0.20, beater=0.35),
    **_hats(4_200, closed_s=0.036, open_s=0.34),
    **_cymbals(),
    **_shakers(),
    **_congas(),
}

# Close microphones, a console and tape of the seventies: shells, neither sub nor air.
_CONSOLE = Equaliser(46.0, 6_500.0, 0.0, ((280, 9.0, 0.5), (2_200, -2.0, 0.9)))
_FUNK: dict[int, Drum] = {
    **{key: replace(drum, equaliser=_CONSOLE) for key, drum in {**_ACOUSTIC, 38: _FUNK_SNARE}.items()},
    **_cymbals(),  # over the rest, for accents
}
_SMALL_ROOM = Equaliser(36.0, 5_500.0, 0.0, ((200, 13.0, 0.45), (1_800, -6.0, 0.7)))  # a cinema that became a studio
_SOUL = {**{key: replace(drum, equaliser=_SMALL_ROOM) for key, drum in _FUNK.items()}, **_cymbals()}

_ROCK: dict[int, Drum] = {
    **_ACOUSTIC,
    36: Drum((*_ACOUSTIC_KICK.layers, _hiss(0.09, 140, 7_000, 0.085, attack_s=0.004, width=0.9))),  # a live room
    38: Drum(
        (*_ACOUSTIC_SNARE.layers, _hiss(0.30, 220, 8_000, 0.105, attack_s=0.004, width=0.9)), _ACOUSTIC_SNARE.level_db
    ),
    **_toms(96, 0.26, beater=0.5, drive=0.1),
    **_hats(3_600, closed_s=0.045, open_s=0.42, level_db=1.0),
    **_cymbals(1.5, length=1.15),
}

_BRUSH: dict[int, Drum] = {
    **_ACOUSTIC,
    36: Drum(
        (
            Sweep(100, 58, 0.018, 0.070, level=0.9),
            Modes(92, (1.0, 1.59, 2.14), 0.8, 0.05, 0.3, 0.4),
            _hiss(0.16, 160, 1_600, 0.030, width=0.3),
            _click(0.16, 2_600),
        ),
        -3.0,
    ),
    38: Drum(
        (
            _hiss(0.75, 900, 7_500, 0.075, attack_s=0.0016, width=0.5, hardness=0.2),
            _hiss(0.3, 2_000, 10_000, 0.14, attack_s=0.008, width=0.7),
            Modes(190, decay_s=0.045, level=0.22),
        ),
        level_db=-5.0,
    ),
    39: Drum((_hiss(0.7, 1_200, 8_000, 0.13, attack_s=0.03, width=0.8),), level_db=-6.0),
    **_toms(118, 0.16, beater=0.15),
    **_hats(4_800, closed_s=0.030, open_s=0.26, level_db=-2.0),
    **_cymbals(-2.0, dark=0.88),
}

_ELECTRONIC: dict[int, Drum] = {
    36: Drum(
        (Sweep(260, 50, 0.022, 0.17, hold_s=0.03, level=1.0, drive=0.12), _click(0.55, 3_600)),
        humanise=0.0,
    ),
    37: Drum((Modes(1_720, (1.0, 0.28), 0.0, 0.013, 0.0, 1.0), _click(0.4)), -6.0, humanise=0.0),
    38: Drum(
        (
            Sweep(330, 190, 0.018, 0.075, level=0.6),
            Sweep(440, 282, 0.014, 0.050, level=0.32),
            _hiss(0.65, 900, 9_500, 0.085, hardness=0.3, width=0.4),
            _click(0.4, 5_000),
        ),
        level_db=-2.0,
        humanise=0.0,
    ),
    39: Drum(_clap(1.0, 750, 5_500, 0.075), level_db=-4.0, humanise=0.0),
    **_toms(105, 0.23, beater=0.1, drive=0.1),
    **_machine_hats(7_200, closed_s=0.034, open_s=0.22),
    **_cymbals(-1.0, dark=1.15),
    **_shakers(),
    **_congas(),
}

_HOUSE: dict[int, Drum] = {
    **_ELECTRONIC,
    36: Drum(
        (
            Sweep(310, 49, 0.019, 0.155, hold_s=0.055, level=1.0, drive=0.3),
            Sweep(1_800, 120, 0.004, 0.012, level=0.5, hardness=0.4),
            _click(0.4, 4_500),
        ),
        level_db=0.5,
        drive=0.2,
        humanise=0.0,
    ),
    38: Drum(
        (
            Sweep(320, 200, 0.015, 0.055, level=0.5),
            _hiss(0.8, 1_100, 10_000, 0.10, hardness=0.3, width=0.6),
            _click(0.4, 5_000),
        ),
        level_db=-3.0,
        humanise=0.0,
    ),
    39: Drum(_clap(1.0, 850, 7_500, 0.095), level_db=-3.0, humanise=0.0),
    **_machine_hats(7_800, closed_s=0.030, open_s=0.19, level_db=0.5, noise=0.9),
}

_TRAP: dict[int, Drum] = {
    **_ELECTRONIC,
    36: Drum(
        (Sweep(240, 50, 0.026, 0.17, hold_s=0.04, level=0.9, drive=0.4), _click(0.6, 3_000)),
        drive=0.3,
        humanise=0.0,
    ),
    38: Drum(
        (
            Sweep(360, 215, 0.010, 0.045, level=0.5),
            _hiss(0.95, 1_800, 13_000, 0.055, hardness=0.3, width=0.5),
            _click(0.6, 6_000),
        ),
        level_db=-2.0,
        drive=0.3,
        humanise=0.0,
    ),
    39: Drum(_clap(1.1, 1_100, 9_000, 0.085), level_db=-3.0, humanise=0.0),
    **_machine_hats(8_500, closed_s=0.022, open_s=0.26, level_db=0.0, noise=0.7),
}

_TAPE = Equaliser(low_cut_hz=35.0, high_cut_hz=9_000.0)


def _softened(drum: Drum, level_db: float, equaliser: Equaliser, drive: float) -> Drum:
    return Drum(drum.layers, drum.level_db + level_db, drum.pan * 0.7, drive, equaliser, max(drum.humanise, 0.006))


# A drum machine on a tape that has been played too often.
_LOFI = {key: _softened(drum, 0.0, _TAPE, 0.15) for key, drum in _ELECTRONIC.items()}

_BREAKS = {**{key: _softened(drum, 0.0, breaks.SAMPLER, 0.45) for key, drum in _ACOUSTIC.items()}, **breaks.DRUMS}

_CINEMATIC: dict[int, Drum] = {
    **_ACOUSTIC,
    35: Drum(
        (
            Sweep(105, 44, 0.05, 0.42, level=0.8, overtone=0.15),
            Modes(74, decay_s=0.30, level=0.55),
            _hiss(0.35, 120, 1_600, 0.045),
            _hiss(0.08, 400, 4_000, 0.25, attack_s=0.01, width=1.0),
        ),
        level_db=-1.0,
        drive=0.2,
    ),
    36: Drum(
        (
            Sweep(140, 54, 0.04, 0.28, level=0.8, overtone=0.18),
            Modes(92, decay_s=0.20, level=0.55),
            _hiss(0.6, 200, 3_200, 0.030),
            _click(0.5, 2_800),
        ),
        level_db=-1.0,
        drive=0.2,
    ),
    38: Drum(
        (
            Sweep(210, 138, 0.02, 0.13, level=0.7, overtone=0.1),
            Modes(138, decay_s=0.12, level=0.5),
            _hiss(0.75, 700, 8_000, 0.10, hardness=0.4, width=0.8),
            _hiss(0.30, 1_200, 9_000, 0.28, attack_s=0.006, width=1.0),
            _click(0.5, 3_500),
        ),
        level_db=-2.0,
        drive=0.3,
    ),
    **{
        key: Drum(
            (
                Sweep(92 * ratio * 1.35, 92 * ratio, 0.05, 0.28, level=0.85, overtone=0.15, drive=0.1),
                Modes(92 * ratio, decay_s=0.18, level=0.6),
                _hiss(0.5, 200, 3_000, 0.03, width=0.6),
                _click(0.3, 2_200),
            ),
            level_db=-2.0,
            pan=_TOM_PANS[key],
            drive=0.15,
        )
        for key, ratio in _TOM_KEYS.items()
    },
    **_cymbals(1.0, dark=0.8, length=1.6),
}

_CHIP: dict[int, Drum] = {
    **_ELECTRONIC,
    36: Drum((Sweep(420, 60, 0.03, 0.07, level=0.9, drive=0.5),), humanise=0.0),
    38: Drum((_hiss(0.8, 700, 9_000, 0.05, width=0.0), Sweep(400, 200, 0.02, 0.03, level=0.4)), -2.0, humanise=0.0),
    39: Drum((_hiss(0.8, 1_200, 9_000, 0.045, width=0.0),), level_db=-3.0, humanise=0.0),
    42: Drum((_hiss(0.9, 6_000, 16_000, 0.012, width=0.0),), level_db=-10.0, humanise=0.0),
    44: Drum((_hiss(0.9, 6_000, 16_000, 0.008, width=0.0),), level_db=-12.0, humanise=0.0),
    46: Drum((_hiss(0.9, 5_000, 16_000, 0.08, width=0.0),), level_db=-10.0, humanise=0.0),
    49: Drum((_hiss(0.9, 2_500, 14_000, 0.25, width=0.2),), level_db=-7.0, humanise=0.0),
}

KITS: dict[str, Kit] = {
    name: Kit(drums, name)
    for name, drums in {
        "kit.acoustic": _ACOUSTIC,
        "kit.electronic": _ELECTRONIC,
        "kit.house": _HOUSE,
        "kit.trap": _TRAP,
        "kit.lofi": _LOFI,
        "kit.cinematic": _CINEMATIC,
        "kit.brush": _BRUSH,
        "kit.rock": _ROCK,
        "kit.funk": _FUNK,
        "kit.soul": _SOUL,
        "kit.chip": _CHIP,
        "kit.breaks": _BREAKS,
    }.items()
}
