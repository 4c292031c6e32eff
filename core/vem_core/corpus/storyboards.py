"""What happens in a random film: places that return, people who do things, light, movement, and how intense it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vem_core.corpus.edits import Edit, EditProfile
from vem_core.corpus.moods import Mood

ENERGY_SPREAD = 0.17
"""Standard deviation of the energy from scene to scene."""


@dataclass(frozen=True)
class Place:
    """Somewhere to film, and how it looks by itself."""

    id: str
    said: tuple[str, ...]  # after "in", "at" and so on, which they bring with them
    hue_degrees: float
    second_hue_degrees: float
    light: float  # -1 dark by nature .. 1 bright
    detail: float  # 0 plain .. 1 busy


@dataclass(frozen=True)
class Subject:
    """Who or what is seen, and what it does at rest, at an easy pace, and at full tilt."""

    said: tuple[str, ...]
    still: tuple[str, ...]
    easy: tuple[str, ...]
    fast: tuple[str, ...]


PLACES = (
    Place("harbour", ("in the harbour", "on the quay", "among moored boats"), 205, 35, 0.2, 0.6),
    Place("forest", ("in a forest", "between tall trees", "under the leaves"), 120, 50, -0.2, 0.9),
    Place("desert", ("in the desert", "among dunes", "on dry open ground"), 35, 20, 0.7, 0.2),
    Place("city", ("in the city", "on a busy street", "between office towers"), 215, 30, 0.0, 0.8),
    Place("night city", ("in the city at night", "under neon signs", "on wet asphalt after dark"), 300, 200, -0.8, 0.7),
    Place("kitchen", ("in a kitchen", "at the stove", "around the kitchen table"), 40, 15, 0.3, 0.4),
    Place("office", ("in an open office", "at a desk", "in a meeting room"), 210, 45, 0.5, 0.4),
    Place("workshop", ("in a workshop", "at the workbench", "among tools"), 25, 45, -0.2, 0.7),
    Place("beach", ("on the beach", "at the water's edge", "where the waves break"), 195, 45, 0.8, 0.3),
    Place("mountains", ("in the mountains", "on a ridge", "high above the valley"), 220, 190, 0.5, 0.5),
    Place("stadium", ("in a stadium", "on the track", "in front of full stands"), 100, 0, 0.3, 0.8),
    Place("corridor", ("in a long corridor", "in a stairwell", "behind a half-open door"), 80, 60, -0.7, 0.2),
    Place("laboratory", ("in a laboratory", "beside glass and steel", "under white lamps"), 185, 210, 0.6, 0.5),
    Place("farm", ("on a farm", "in a wheat field", "by the barn"), 55, 110, 0.5, 0.6),
    Place("club", ("in a club", "on the dance floor", "in front of the stage"), 280, 330, -0.6, 0.6),
    Place("home", ("in a living room", "on the sofa", "by the window at home"), 30, 200, 0.1, 0.4),
    Place("snow", ("in the snow", "on a frozen lake", "in a white landscape"), 210, 230, 0.9, 0.1),
    Place("road", ("on an open road", "along the motorway", "at a crossing"), 30, 215, 0.2, 0.5),
)

SUBJECTS = (
    Subject(
        ("a woman", "a young woman", "she"),
        ("sits and looks into the distance", "stands still", "closes her eyes"),
        ("walks along", "turns round and smiles", "reads a letter"),
        ("runs as fast as she can", "leaps over a rail", "spins and throws her arms up"),
    ),
    Subject(
        ("a man", "an old man", "he"),
        ("waits without a word", "leans on the wall", "holds a cup and does not move"),
        ("strolls past", "carries a box", "opens a door"),
        ("sprints round the corner", "fights his way through", "jumps clear"),
    ),
    Subject(
        ("two friends", "a couple", "a father and his child"),
        ("sit side by side", "hold hands in silence", "look at each other"),
        ("talk while they walk", "share a meal", "put something together"),
        ("chase each other", "dance wildly", "race to the finish"),
    ),
    Subject(
        ("a crowd", "a team", "some workers"),
        ("wait in line", "listen", "stand in a circle"),
        ("pass by", "get on with their work", "gather and chat"),
        ("surge forward", "cheer and jump", "scatter in all directions"),
    ),
    Subject(
        ("a car", "a motorbike", "a cyclist"),
        ("stands parked", "waits at a light", "is out of focus in front"),
        ("rolls by", "turns into a side street", "drives along evenly"),
        ("tears past", "skids through a bend", "overtakes at full speed"),
    ),
    Subject(
        ("hands", "old hands", "a craftsman's hands"),
        ("rest on the table", "hold an old photograph", "hover over the keys"),
        ("knead dough", "assemble a part", "draw a line"),
        ("hammer away", "drum on the table", "snatch something up"),
    ),
    Subject(
        ("a dog", "a flock of birds", "a horse"),
        ("rests", "keeps quite still", "is only a shape far off"),
        ("wanders through the frame", "comes closer", "looks around"),
        ("bolts", "bursts out of cover", "races along"),
    ),
    Subject(
        ("the product", "a new phone", "a bottle"),
        ("stands alone in the light", "lies on plain cloth", "is seen very close"),
        ("turns slowly", "is picked up", "is shown from all sides"),
        ("flies into view", "bursts through water", "whirls around"),
    ),
)


@dataclass(frozen=True)
class ShotContent:
    """One shot of the film."""

    place: Place
    subject: Subject
    mood: Mood
    scene: int  # shots of one scene share place and light
    energy: float  # 0..1, of the music over it
    light: float  # 0 black .. 1 white
    warmth: float  # -1 cold .. 1 warm
    contrast: float  # 0..1
    saturation: float  # 0..1
    motion: float  # 0 still .. 1 wild
    seed: int


def draw_storyboard(rng: np.random.Generator, edit: Edit, profile: EditProfile, mood: Mood) -> tuple[ShotContent, ...]:
    """What each shot shows. Light, colour, contrast and motion go with the mood and with the energy of the music."""
    starts = np.array([shot.start_frames for shot in edit.sheet.shots]) / edit.sheet.duration_frames
    scenes = _scenes(rng, edit, profile)
    base = 0.2 + 0.65 * mood.arousal + rng.normal(0, 0.06)
    level = base + rng.normal(0, ENERGY_SPREAD, scenes[-1] + 1)
    arc = 0.2 * np.sin(np.pi * np.clip(starts / 1.5, 0, 1)) - 0.1
    places = [PLACES[index] for index in rng.choice(len(PLACES), min(6, len(PLACES)), replace=False)]
    tone = {scene: (places[rng.integers(len(places))], rng.normal(0, 0.08, 3)) for scene in range(scenes[-1] + 1)}
    film = rng.normal(0, 0.06, 3)
    cast = [SUBJECTS[index] for index in rng.choice(len(SUBJECTS), 3, replace=False)]
    shots = []
    for index, scene in enumerate(scenes):
        place, own = tone[scene]
        energy = float(np.clip(level[scene] + arc[index] + rng.normal(0, 0.04), 0.05, 1.0))
        light = 0.47 + 0.16 * mood.valence + 0.12 * place.light + 0.1 * (energy - 0.5) + own[0] + film[0]
        warmth = 0.55 * mood.valence + own[1] + film[1]
        contrast = 0.35 + 0.25 * energy - 0.12 * mood.valence + own[2]
        saturation = 0.22 + 0.3 * energy + 0.22 * mood.valence + film[2]
        motion = energy**1.5 + rng.normal(0, 0.06)
        shots.append(
            ShotContent(
                place=place,
                subject=cast[rng.integers(len(cast))],
                mood=mood,
                scene=scene,
                energy=round(energy, 4),
                light=_within(light, 0.06),
                warmth=_within(warmth, -1.0),
                contrast=_within(contrast, 0.03),
                saturation=_within(saturation, 0.03),
                motion=_within(motion, 0.0),
                seed=int(rng.integers(2**31)),
            )
        )
    return tuple(shots)


def _scenes(rng: np.random.Generator, edit: Edit, profile: EditProfile) -> list[int]:
    """The scene of each shot, from 0: another place is likelier where a cut matters."""
    scenes = [0]
    for weight in edit.weights:
        likely = profile.new_place * (0.5 + weight)
        scenes.append(scenes[-1] + int(rng.random() < likely))
    return scenes


def _within(value: float, low: float) -> float:
    return round(float(np.clip(value, low, 1.0)), 4)
