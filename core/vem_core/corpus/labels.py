"""`CorpusLabels.1`: all that is known of a piece of the corpus. Exact, since we wrote the music and the film ourselves;
of recordings `estimates` holds what was measured.

Labels are of the whole piece, also where a sample holds a window of its sound: conditions are made for the whole and
cut with `FrameCues.window`, as at inference. All `*_samples` count from the piece's first sample.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import ClassVar

from vem_core.composer.piece import Chord
from vem_core.contract.cut_sheet import CutKind, CutSheet
from vem_core.contract.errors import ContractError
from vem_core.contract.parse import GlobalCues, Parse, StoryboardCue, VisualContent, transition_cues
from vem_core.contract.plan import Landing, ScorePlan
from vem_core.contract.request import Thumbnail
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.contract.unset import UNSET, Unset
from vem_core.corpus.estimates import Estimates
from vem_core.corpus.sound import Finish
from vem_core.corpus.splits import Split
from vem_core.parsing.wording import atmosphere_words, look_words


@dataclass(frozen=True)
class PieceId:
    """Which piece of which corpus."""

    split: Split
    seed: int  # of the corpus
    index: int


@dataclass(frozen=True)
class Window:
    """The part of the piece that a sample's sound is of: `latents` times 1,920 samples, zeros beyond the end."""

    first_latent: int
    latents: int

    @property
    def start_samples(self) -> int:
        return self.first_latent * SAMPLES_PER_LATENT

    @property
    def duration_samples(self) -> int:
        """The length of the piece."""
        return self.latents * SAMPLES_PER_LATENT


@dataclass(frozen=True)
class ShotLabel:
    """What a shot shows, in several wordings and as measured on its pictures."""

    captions: tuple[str, ...]
    place: str
    scene: int
    visual: VisualContent


@dataclass(frozen=True)
class CutLabel:
    """A cut as the music meets it."""

    samples: int
    kind: CutKind
    extent_samples: int
    landing: Landing
    on_beat: bool  # within a frame of a beat that is played: the aligner's target
    prominence: float  # how strongly the picture accents it, 0..1: what the aligner could know at best


@dataclass(frozen=True)
class CorpusLabels:
    """The labels of one sample. Raises ContractError where the parts contradict each other."""

    schema_label: ClassVar[str] = "CorpusLabels.1"

    piece: PieceId
    window: Window
    profile: str  # the kind of film
    cut_to_music: bool  # the music was there before the cuts
    sheet: CutSheet
    plan: ScorePlan  # tempo map, beats, bars, sections, energies, style, mood, key
    tempo_bpm: float  # mean
    chords: tuple[Chord, ...]
    density: tuple[tuple[int, float], ...]  # (samples, notes per second)
    energy: tuple[float, ...]  # of each latent frame of the piece, 0..1
    mood_words: tuple[str, ...]
    captions: tuple[str, ...]  # of the whole film
    shots: tuple[ShotLabel, ...]
    cuts: tuple[CutLabel, ...]
    finish: Finish
    patches: tuple[str, ...]  # that play
    thumbnails: tuple[Thumbnail, ...]  # those that the sample holds, in the order of its JPEGs
    estimates: Estimates | Unset = UNSET  # of a recording; a composed piece has none

    def __post_init__(self) -> None:
        if len(self.shots) != len(self.sheet.shots) or len(self.cuts) != len(self.sheet.cuts):
            raise ContractError("there must be a label for each shot and each cut")
        if len(self.energy) != -(-self.plan.duration_samples // SAMPLES_PER_LATENT):
            raise ContractError("there must be an energy for each latent frame")
        if not 0 <= self.window.first_latent < self.window.first_latent + self.window.latents:
            raise ContractError("a sample's window must last")
        if any(not shot.captions for shot in self.shots) or not self.captions:
            raise ContractError("every shot and the film itself must have a caption")


def parse_of(labels: CorpusLabels, wording: int, *, with_looks: bool = True) -> Parse:
    """What the product's parser would have said of the film, in one of the wordings (any whole number picks one).

    `with_looks` adds the words for what the pictures measure, as the bundled parser does.
    """
    plan = labels.plan
    starts = (*plan.shot_starts_samples, plan.duration_samples)
    visuals = [shot.visual for shot in labels.shots]
    durations = [end - start for start, end in itertools.pairwise(starts)]
    storyboard = []
    for index, (shot, duration) in enumerate(zip(labels.shots, durations, strict=True)):
        said = shot.captions[(wording + index) % len(shot.captions)]
        looks = ", ".join(look_words(shot.visual)) if with_looks else ""
        storyboard.append(
            StoryboardCue(starts[index], duration, "; ".join(part for part in (said, looks) if part), shot.visual)
        )
    tags = tuple(tag for tag in dict.fromkeys((plan.style, plan.mood, *labels.mood_words)) if tag)
    overall = GlobalCues(
        theme=labels.captions[wording % len(labels.captions)],
        atmosphere=atmosphere_words(visuals, durations),
        emotion=plan.mood,
        style=plan.style,
        tags=tags,
    )
    return Parse("corpus-1", plan.duration_samples, overall, tuple(storyboard), transition_cues(labels.sheet))
