"""Presets that come with the program, each a kind of film to start from. One's own of a name comes first."""

from __future__ import annotations

from vem_core.contract.plan import AccentBudget, Bend, Ending
from vem_core.contract.wishes import Wishes
from vem_plugin.presets.preset import Preset

_SOCIAL_LUFS = -14.0

SHIPPED: tuple[Preset, ...] = (
    Preset(
        "Interview",
        Wishes(style="documentary", bend=Bend.GROOVE, accents=AccentBudget.FEW, energy=0.35, room_depth_db=10.0),
        "Patient, thin under the voice; a few cuts are marked.",
    ),
    Preset(
        "Nature film",
        Wishes(style="cinematic", mood="wondrous", bend=Bend.RUBATO, accents=AccentBudget.FEW),
        "Wide and slow, breathing with the picture.",
    ),
    Preset(
        "Travel vlog",
        Wishes(style="indie-pop", mood="sunny", accents=AccentBudget.SOME, loudness_lufs=_SOCIAL_LUFS),
        "Sunny, on the beat, as loud as streaming has it.",
    ),
    Preset(
        "Short for a phone",
        Wishes(style="trap", accents=AccentBudget.MANY, ending=Ending.CUT, loudness_lufs=_SOCIAL_LUFS),
        "Many cuts as accents; it stops with the picture, so that it can loop.",
    ),
    Preset(
        "Trailer",
        Wishes(style="trailer", bend=Bend.RUBATO, accents=AccentBudget.MANY, ending=Ending.LAST_FRAME),
        "It builds, and the last blow falls on the last frame.",
    ),
    Preset(
        "Product film",
        Wishes(style="corporate", mood="confident", accents=AccentBudget.SOME, room_depth_db=8.0),
        "Bright and tidy, with room for a narrator.",
    ),
    Preset(
        "Fashion and beauty",
        Wishes(style="fashion", bend=Bend.STEADY, accents=AccentBudget.SOME),
        "One tempo from end to end, lots of air.",
    ),
    Preset(
        "Sports recap",
        Wishes(style="drum-and-bass", energy=0.85, accents=AccentBudget.MANY, loudness_lufs=_SOCIAL_LUFS),
        "Full speed, most cuts hit.",
    ),
    Preset(
        "Wedding",
        Wishes(style="solo-piano", mood="tender", bend=Bend.RUBATO, accents=AccentBudget.FEW),
        "One pianist who waits for the picture.",
    ),
    Preset(
        "Thriller",
        Wishes(style="tension", bend=Bend.RUBATO, accents=AccentBudget.FEW, room_depth_db=6.0),
        "Under the skin; it tightens and never lets go.",
    ),
    Preset(
        "Cooking",
        Wishes(style="bossa-nova", mood="warm", accents=AccentBudget.SOME),
        "Warm and light on its feet.",
    ),
    Preset(
        "Comedy sketch",
        Wishes(style="comedy", bend=Bend.GROOVE, accents=AccentBudget.MANY),
        "On tiptoe, and every cut is a wink.",
    ),
)
"""By use. None names a seed or a tempo: the picture has a say."""
