"""`Parse.1`: what the music model is conditioned on, in words and numbers that an editor can read and change.

Positions are samples of the 48 kHz clock from the start of the score; frame-level cues also name their latent frame
(40 ms) and where in it they fall.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.cut_sheet import CutKind, CutSheet
from vem_core.contract.errors import ContractError
from vem_core.contract.sheet_diff import ShotMatch
from vem_core.contract.time import SAMPLES_PER_LATENT, sample_of_frame

HUES = ("red", "yellow", "green", "cyan", "blue", "magenta")
"""The colour circle in six parts of 60 degrees, each centred on its name."""


@dataclass(frozen=True)
class VisualContent:
    """What a shot looks like, each value 0..1 unless it says otherwise. `known` is False where there was no picture."""

    known: bool = False
    light: float = 0.0  # mean luma
    contrast: float = 0.0  # between the dark and the light tenth of the picture
    saturation: float = 0.0
    warmth: float = 0.0  # -1 blue .. 1 orange
    texture: float = 0.0  # share of fine detail
    motion: float = 0.0  # change between pictures of the shot
    motion_before: float = 0.0  # around the cut that begins the shot: in the last frames before it,
    motion_after: float = 0.0  # in the first frames after it,
    change: float = 0.0  # and across it
    hues: tuple[float, ...] = (0.0,) * len(HUES)  # share of the saturated picture by hue
    content: tuple[str, ...] = ()  # what is to be seen, in the ids of content words, where a network is sure of it

    def __post_init__(self) -> None:
        values = (self.light, self.contrast, self.saturation, self.texture, self.motion, *self.hues)
        values += (self.motion_before, self.motion_after, self.change)
        if len(self.hues) != len(HUES) or any(not 0 <= value <= 1 for value in values) or not -1 <= self.warmth <= 1:
            raise ContractError("a visual feature is out of range")


@dataclass(frozen=True)
class GlobalCues:
    """What holds for the whole timeline, in words."""

    theme: str = ""
    atmosphere: str = ""
    emotion: str = ""
    style: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoryboardCue:
    """One shot: what is to be seen, since when and for how long."""

    start_samples: int
    duration_samples: int
    description: str = ""
    visual: VisualContent = VisualContent()


@dataclass(frozen=True)
class TransitionCue:
    """One change of picture on the latent clock. A dissolve stands at its middle."""

    latent: int
    offset_latents: float  # from the latent's beginning, 0 <= offset < 1
    kind: CutKind = CutKind.CUT
    extent_latents: float = 0.0

    @property
    def position_latents(self) -> float:
        """Where it lies on the clock of the latents, with its place within one."""
        return self.latent + self.offset_latents


@dataclass(frozen=True)
class Parse:
    """A timeline, parsed. Raises ContractError where the storyboard does not tile the score."""

    schema_label: ClassVar[str] = "Parse.1"

    parser: str  # who parsed it, with its version
    duration_samples: int
    overall: GlobalCues
    storyboard: tuple[StoryboardCue, ...]
    transitions: tuple[TransitionCue, ...]
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        expected = 0
        for index, shot in enumerate(self.storyboard):
            if shot.start_samples != expected or shot.duration_samples <= 0:
                raise ContractError(f"shot {index} of the storyboard should begin at sample {expected} and last")
            expected += shot.duration_samples
        if not self.storyboard or expected != self.duration_samples:
            raise ContractError("the storyboard must tile the whole score")
        if any(not 0 <= transition.offset_latents < 1 for transition in self.transitions):
            raise ContractError("a transition's offset lies inside its latent frame")

    def with_description(self, shot: int, description: str) -> Parse:
        """The parse with other words for one shot. Raises ContractError if there is no such shot."""
        if not 0 <= shot < len(self.storyboard):
            raise ContractError(f"there is no shot {shot}; the storyboard has {len(self.storyboard)}", shot=shot)
        edited = dataclasses.replace(self.storyboard[shot], description=description)
        return dataclasses.replace(self, storyboard=(*self.storyboard[:shot], edited, *self.storyboard[shot + 1 :]))

    def moved_to(self, sheet: CutSheet, first_shot: int = 0) -> Parse:
        """What this parse says of its shots from `first_shot` on, on the edit of `sheet`, which has shots as these.

        Raises ContractError if there are fewer.
        """
        bounds = shot_boundaries_samples(sheet)
        told = self.storyboard[first_shot : first_shot + len(bounds) - 1]
        if len(told) != len(bounds) - 1:
            raise ContractError(f"the parse has {len(told)} shots from {first_shot} on, not {len(bounds) - 1}")
        storyboard = tuple(
            dataclasses.replace(cue, start_samples=start, duration_samples=end - start)
            for cue, (start, end) in zip(told, itertools.pairwise(bounds), strict=True)
        )
        return dataclasses.replace(
            self, duration_samples=bounds[-1], storyboard=storyboard, transitions=transition_cues(sheet)
        )

    def with_overall(self, overall: GlobalCues) -> Parse:
        """The parse with other global cues."""
        return dataclasses.replace(self, overall=overall)


def redescribed_shots(before: Parse, after: Parse, matches: Iterable[ShotMatch]) -> tuple[int, ...]:
    """The shots of a newer sheet that are described otherwise than in an earlier one, of those that are in both.

    `matches` say what became of each shot between the sheets of the two parses.
    """
    return tuple(
        match.new
        for match in matches
        if match.old is not None and after.storyboard[match.new].description != before.storyboard[match.old].description
    )


def shot_boundaries_samples(sheet: CutSheet) -> tuple[int, ...]:
    """Where the shots begin, and the end of the last, in samples."""
    frames = [shot.start_frames for shot in sheet.shots] + [sheet.duration_frames]
    return tuple(sample_of_frame(frame, sheet.rate) for frame in frames)


def transition_cues(sheet: CutSheet) -> tuple[TransitionCue, ...]:
    """The sheet's cuts on the latent clock."""
    cues = []
    for cut in sheet.cuts:
        latent, samples = divmod(sample_of_frame(cut.record_frames, sheet.rate), SAMPLES_PER_LATENT)
        extent = sample_of_frame(cut.extent_frames, sheet.rate) / SAMPLES_PER_LATENT
        cues.append(TransitionCue(latent, samples / SAMPLES_PER_LATENT, cut.kind, extent))
    return tuple(cues)
