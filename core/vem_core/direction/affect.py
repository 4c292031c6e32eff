"""From what is seen to valence and arousal, by published relations; and from valence and arousal to a mood's name.

Colour: Valdez and Mehrabian, "Effects of color on emotions", J. Exp. Psychol. Gen. 123(4), 1994: for brightness B and
saturation S in standard scores, pleasure = .69 B + .22 S and arousal = -.31 B + .60 S. Red in the dark: Elliot and
Maier, "Color-in-context theory", Adv. Exp. Soc. Psychol. 45, 2012 (red is a threat where the context is one). Motion:
Detenber, Simons and Bennett, "Roll 'em!: the effects of picture motion on emotional responses", J. Broadcast. Electron.
Media 42(1), 1998. Shot length and motion together: Hanjalic and Xu, "Affective video content representation and
modeling", IEEE Trans. Multimedia 7(1), 2005. Low-key light: Wang and Cheong, "Affective understanding in film", IEEE
Trans. Circuits Syst. Video Technol. 16(6), 2006.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from vem_core.contract.parse import HUES, VisualContent
from vem_core.direction.lexicon import moods

LIGHT_MEAN, LIGHT_SPREAD = 0.42, 0.17
SATURATION_MEAN, SATURATION_SPREAD = 0.34, 0.2
"""What standard scores of brightness and saturation are taken against: a middling picture of edited footage."""

GREY_BELOW = 0.08
"""A picture less saturated than this is black and white: a look, and no word on pleasure."""

USUAL_SHOT_S = 3.5

PICTURE_MEAN, PICTURE_SPREAD = (-0.05, 0.11), (0.28, 0.19)
MUSIC_MEAN, MUSIC_SPREAD = (0.1, 0.2), (0.36, 0.42)
"""Mean and standard deviation of valence and arousal: of whole films as pictures show them, measured on 24 films of
other grades than those that anything is tested on, and of the styles that there are to choose among."""

_STEEP = 0.45  # of the curve that brings standard scores to -1..1


def colour_affect(visual: VisualContent) -> tuple[float, float]:
    """Valence and arousal, -1..1, of a picture's light and colour."""
    light = (visual.light - LIGHT_MEAN) / LIGHT_SPREAD
    colour = (visual.saturation - SATURATION_MEAN) / SATURATION_SPREAD
    colour *= min(1.0, visual.saturation / GREY_BELOW) if visual.saturation < GREY_BELOW else 1.0
    if visual.saturation < GREY_BELOW:
        colour = 0.0
    # In the dark a colour's saturation is mostly noise, unless there is enough of it to see.
    colour *= min(1.0, visual.light / 0.12)
    pleasure = 0.69 * light + 0.22 * colour
    arousal = -0.31 * light + 0.60 * colour
    threat = visual.hues[HUES.index("red")] * visual.saturation * max(0.0, 0.5 - visual.light) * 2
    valence = math.tanh(_STEEP * pleasure) - 0.35 * threat
    return max(-1.0, valence), min(1.0, math.tanh(_STEEP * arousal) + 0.25 * threat)


def motion_affect(camera: float, objects: float) -> float:
    """Arousal, -0.4..1, of movement: the camera's in widths a second, and the share that moves by itself."""
    return 1.4 * math.tanh(0.9 * camera + 5.0 * objects) - 0.4


def pace_affect(shot_s: float) -> float:
    """Arousal, -1..1, of the length of the shots around: half as long is a third more."""
    return math.tanh(0.35 * math.log2(USUAL_SHOT_S / max(shot_s, 0.1)))


def contrast_affect(visual: VisualContent) -> float:
    """Arousal that hard contrast adds, -0.2..0.2."""
    return float(np.clip(0.5 * (visual.contrast - 0.5), -0.2, 0.2))


def as_music(valence: float, arousal: float) -> tuple[float, float]:
    """Where among the styles a film stands that stands here among films: pictures differ less than music does."""
    found = (
        mean + spread * (value - own_mean) / own_spread
        for value, own_mean, own_spread, mean, spread in zip(
            (valence, arousal), PICTURE_MEAN, PICTURE_SPREAD, MUSIC_MEAN, MUSIC_SPREAD, strict=True
        )
    )
    first, second = (float(np.clip(value, -1, 1)) for value in found)
    return first, second


def nearest_mood(valence: float, arousal: float, among: Sequence[str] = ()) -> str:
    """The mood whose place is nearest, of those named or, where none is, of all."""
    return min(among or moods(), key=lambda name: math.dist(moods()[name], (valence, arousal)))


def mean_affect(pairs: Sequence[tuple[float, float]], weights: Sequence[float]) -> tuple[float, float]:
    """The weighted mean of valences and arousals: what weighs less than one in all stays that much nearer to zero."""
    total = max(sum(abs(weight) for weight in weights), 1.0)
    valence = sum(pair[0] * weight for pair, weight in zip(pairs, weights, strict=True)) / total
    arousal = sum(pair[1] * weight for pair, weight in zip(pairs, weights, strict=True)) / total
    return float(np.clip(valence, -1, 1)), float(np.clip(arousal, -1, 1))
