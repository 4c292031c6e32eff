"""The same film with other pictures, or another brief: calm ones and wild ones, where the plan is told and where not.

Pictures and brief can only matter to a model that was not told by the plan what they say. So caption, tags and style
are hidden, and energy, density and form, as training hides them; harmony, beats and cuts stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.cut_sheet import CutSheet, Shot
from vem_core.contract.parse import VisualContent
from vem_core.contract.request import ScoreRequest
from vem_core.corpus.edits import PROFILES, Edit
from vem_core.corpus.labels import CorpusLabels
from vem_core.corpus.moods import Mood, mood_by_word
from vem_core.corpus.pictures import draw_thumbnails
from vem_core.corpus.storyboards import draw_storyboard
from vem_core.models.features import without_energy
from vem_core.models.sampling import Conditions
from vem_core.models.scene_encoder import SceneCues, without_overall_words, without_shot_words
from vem_core.parsing.numbers import visual_features
from vem_core.parsing.pictures import look_at_shots
from vem_core.parsing.text import TextEncoder
from vem_core.parsing.wording import look_words

CALM, WILD = mood_by_word("calm"), mood_by_word("driving")
BRIEFS = {
    CALM.word: ("a calm film, peaceful and quiet, almost silent, time stands still", "calm, peaceful, quiet"),
    WILD.word: ("a driving film, relentless and fast, explosive, all-out action", "driving, energetic, relentless"),
}
"""Caption and tags, as the corpus words them."""

_SECONDS, _RATE = 4, Fraction(25)


@dataclass(frozen=True)
class Swap:
    """One thing of the film is calm, then wild."""

    pictures: bool = False  # every shot's, and the words that the parser has for such pictures
    features: bool = False  # every shot's, beside the film's own words
    wordless: bool = False  # no shot is described
    brief: bool = False
    told: bool = False  # the plan says what it says of mood and energy

    def made(self, conditions: Conditions, piece: CorpusLabels, mood: Mood, encoder: TextEncoder) -> Conditions:
        """The conditions of a piece with that thing in a mood."""
        conditions = conditions if self.told else plan_silent(conditions)
        scene = without_shot_words(conditions.scene, _all(conditions)) if self.wordless else conditions.scene
        if self.pictures or self.features:
            scene = _seen(scene, _features_in(mood, piece).expand_as(scene.shot_visual))
            if self.pictures:
                looks = ", ".join(look_words(picture_in(mood, piece.piece.index)))
                words = torch.from_numpy(encoder.encode([looks])[0]).to(scene.shot_text)
                scene = scene._replace(shot_text=words.expand_as(scene.shot_text).clone())
        if self.brief:
            overall = scene.overall_text.clone()
            overall[0, :2] = torch.from_numpy(encoder.encode(list(BRIEFS[mood.word]))).to(overall)
            scene = scene._replace(overall_text=overall)
        return conditions._replace(scene=scene)


SWAPS = {
    "pictures, plan told": Swap(pictures=True, told=True),
    "pictures, plan not told": Swap(pictures=True),
    "pictures beside the film's own words, plan not told": Swap(features=True),
    "pictures without words, plan not told": Swap(features=True, wordless=True),
    "brief, plan not told": Swap(brief=True),
}


def swapped(conditions: Conditions, piece: CorpusLabels, encoder: TextEncoder) -> Iterator[tuple[str, Conditions]]:
    """What is to be played, by name: every swap, calm and wild."""
    for name, swap in SWAPS.items():
        for direction, mood in (("calm", CALM), ("wild", WILD)):
            yield f"{name}: {direction}", swap.made(conditions, piece, mood, encoder)


def one_shot_swapped(conditions: Conditions, piece: CorpusLabels, shot: int) -> Iterator[tuple[str, Conditions]]:
    """The pictures of one shot calm and all others wild, then the other way round, without a word and the plan silent.

    A whole film of wild pictures has nothing to be louder than: every piece is mastered to the same loudness.
    """
    silent = plan_silent(conditions)
    scene = without_shot_words(silent.scene, _all(silent))
    for direction, mood, others in (("calm", CALM, WILD), ("wild", WILD, CALM)):
        visual = _features_in(others, piece).to(scene.shot_visual).repeat(1, scene.shot_visual.shape[1], 1)
        visual[0, shot] = _features_in(mood, piece)
        yield direction, silent._replace(scene=_seen(scene, visual))


def plan_silent(conditions: Conditions) -> Conditions:
    """What the plan says of mood and energy hidden: caption, tags and style, energy, density, form and notes."""
    hidden = _all(conditions)
    return conditions._replace(
        scene=without_overall_words(conditions.scene, hidden),
        frames=without_energy(conditions.frames, hidden),
    )


def _all(conditions: Conditions) -> Tensor:
    return torch.ones(1, dtype=torch.bool, device=conditions.scene.start_s.device)


def _seen(scene: SceneCues, visual: Tensor) -> SceneCues:
    """A scene whose shots show this, (1, N, V)."""
    visual = visual.to(scene.shot_visual).clone()
    return scene._replace(shot_visual=visual, visual_known=torch.ones_like(scene.visual_known))


def _features_in(mood: Mood, piece: CorpusLabels) -> Tensor:
    """(V,): a shot in a mood, the same for every call with that piece."""
    return torch.from_numpy(visual_features(picture_in(mood, piece.piece.index)))


def picture_in(mood: Mood, seed: int) -> VisualContent:
    """What is measured of a random shot in a mood. One seed is one place and one subject."""
    sheet = CutSheet("pictures", _RATE, 0, _SECONDS * int(_RATE), (Shot(0, _SECONDS * int(_RATE)),), ())
    edit = Edit(sheet, (), PROFILES[0].id, False)
    contents = draw_storyboard(np.random.default_rng((seed, 23)), edit, PROFILES[0], mood)
    thumbnails, jpegs = draw_thumbnails(sheet, contents, ())
    return look_at_shots(ScoreRequest(sheet, thumbnails=thumbnails), jpegs)[0]
