"""Shots and films in words: a small grammar that says the same thing in many ways.

    shot     what is seen, and perhaps its light, its mood, its movement, its pace, in any order and number
    film     kind of film, mood, what for

Words for light, movement and pace are chosen by the numbers of the shot, so that a model can learn one from the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vem_core.corpus.moods import Mood
from vem_core.corpus.storyboards import ShotContent

_LIGHT = (
    (0.25, ("very dark", "hardly any light", "deep shadows", "almost black")),
    (0.42, ("dim light", "dusk", "low light", "shadowy")),
    (0.58, ("soft daylight", "even light", "an overcast sky", "plain light")),
    (0.72, ("bright light", "clear daylight", "well lit", "morning sun")),
    (9.0, ("glaring sunlight", "dazzling white light", "flooded with light", "over-exposed")),
)
_COLOUR = (
    (-0.3, ("cold blue tones", "a cold palette", "steel blue", "icy colours")),
    (0.3, ()),
    (9.0, ("warm tones", "golden colours", "an amber glow", "a warm palette")),
)
_CAMERA = (
    (0.12, ("static shot", "the camera does not move", "locked-off camera", "a still frame")),
    (0.35, ("slow pan", "the camera drifts", "a gentle push in", "slow dolly")),
    (0.6, ("handheld camera", "tracking shot", "the camera follows", "a steady move")),
    (9.0, ("whip pan", "shaky, fast camera", "the camera races along", "crash zoom")),
)
_PACE = (
    (0.25, ("almost silent", "very calm", "nothing happens", "time stands still")),
    (0.45, ("unhurried", "relaxed pace", "quiet energy", "holding back")),
    (0.65, ("lively", "moving on", "a steady drive", "picking up")),
    (0.82, ("high energy", "full of action", "things get intense", "powerful")),
    (9.0, ("full throttle", "explosive", "all-out action", "the climax")),
)
_FRAMES = ("{}", "we see {}", "close-up: {}", "wide shot: {}", "{}, seen from behind", "detail: {}", "now {}")
_FILMS = {
    "ad": ("an advert", "a commercial", "a product film", "a short spot", "a brand film"),
    "trailer": ("a trailer", "a teaser", "a film trailer", "a game trailer"),
    "vlog": ("a vlog", "a travel diary", "a video blog", "a day in someone's life"),
    "documentary": ("a documentary", "a portrait", "a report", "a nature film"),
    "music video": ("a music video", "a dance film", "a montage to music", "a sports edit"),
}
_STYLED = ("{style} music", "{style}", "something like {style}", "{style} score", "a track in {style} style")


def caption_shot(rng: np.random.Generator, shot: ShotContent) -> str:
    """One wording of a shot."""
    subject = shot.subject
    actions = subject.still if shot.motion < 0.25 else subject.easy if shot.motion < 0.55 else subject.fast
    seen = f"{_one(rng, subject.said)} {_one(rng, actions)}"
    if rng.random() < 0.75:
        seen = f"{seen} {_one(rng, shot.place.said)}"
    if rng.random() < 0.35:
        seen = _one(rng, _FRAMES).format(seen)
    extras = [
        (0.45, _level(rng, shot.light, _LIGHT)),
        (0.3, _level(rng, shot.warmth, _COLOUR)),
        (0.4, _level(rng, shot.motion, _CAMERA)),
        (0.5, _level(rng, shot.energy, _PACE)),
        (0.4, _one(rng, shot.mood.said)),
    ]
    said = [words for likely, words in extras if words and rng.random() < likely]
    said = [said[place] for place in rng.permutation(len(said))]
    if rng.random() < 0.12 and said:
        return ", ".join(said)  # an editor's note: no more than how it should feel
    parts = [seen, *said] if rng.random() < 0.8 else [*said, seen]
    return (", " if rng.random() < 0.7 else "; ").join(parts)


def caption_film(rng: np.random.Generator, profile: str, mood: Mood, style: str, energy: float) -> str:
    """One way to brief a composer for the film."""
    film = _one(rng, _FILMS[profile])
    if rng.random() < 0.6:
        film = f"{_one(rng, mood.said)} {film.removeprefix('a ').removeprefix('an ')}"
    parts = [film]
    if rng.random() < 0.6:
        parts.append(_one(rng, _STYLED).format(style=style))
    if rng.random() < 0.5 or len(parts) == 1:
        parts.append(" and ".join(dict.fromkeys((_one(rng, mood.said), _one(rng, mood.said)))))
    if rng.random() < 0.4:
        parts.append(_level(rng, energy, _PACE))
    return ", ".join(parts)


def several(wordings: int, say: Callable[[], str]) -> tuple[str, ...]:
    """`wordings` different results of `say`, in order of coming; fewer where it keeps repeating itself."""
    said: dict[str, None] = {}
    for _ in range(8 * wordings):
        said[say()] = None
        if len(said) == wordings:
            break
    return tuple(said)


def _one(rng: np.random.Generator, choices: Sequence[str]) -> str:
    return choices[int(rng.integers(len(choices)))]


def _level(rng: np.random.Generator, value: float, steps: Sequence[tuple[float, Sequence[str]]]) -> str:
    """Words for a number; empty where there is nothing to say."""
    words = next(words for highest, words in steps if value < highest)
    return _one(rng, words) if words else ""
