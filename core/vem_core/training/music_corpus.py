"""Composed pieces with all that the music model is told about them: what its stages learn from.

A piece of the corpus is an edit, a plan, a composition and its sound; the words and pictures of its shots are made to
fit the plan's energies, so that there is something to learn from them. Each is rendered once and kept as one file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.parse import (
    GlobalCues,
    Parse,
    StoryboardCue,
    VisualContent,
    shot_boundaries_samples,
    transition_cues,
)
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import Delivery
from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT
from vem_core.models.conditioning import parse_index, scene_cues
from vem_core.models.features import (
    Transition,
    latent_count,
    lead_sheet_features,
    lead_sheet_of,
    rhythm_features,
)
from vem_core.models.scene_encoder import SceneCues
from vem_core.models.scenes import SceneIndex
from vem_core.models.spectrogram import Spectrogram
from vem_core.parsing.numbers import encode_parse
from vem_core.parsing.text import TextEncoder
from vem_core.synth import render
from vem_core.synth.mastering import master
from vem_core.training.beat_corpus import corpus_piece

_CALM = ("quiet water at dawn", "an empty room", "a slow pan over hills", "hands resting", "mist over a field")
_STEADY = ("people walk through a street", "a train passes", "someone at work", "a market", "driving along the coast")
_BUSY = ("a crowd cheers", "running up stairs", "waves crash", "dancers spin", "city traffic at night")
_FIERCE = ("an explosion of colour", "a car chase", "the final sprint", "a storm breaks loose", "fireworks")
SHOT_WORDS = (_CALM, _STEADY, _BUSY, _FIERCE)
"""Descriptions of shots by rising energy, a quarter each."""


class MusicExample(NamedTuple):
    """One piece. T = 1920 L: the sound is padded with silence to whole latents."""

    sound: Tensor  # (2, T) int16
    coded: Tensor  # (bands, 4 L) float16, the spectrogram
    scene: SceneCues
    shots: SceneIndex
    lead_sheet: Tensor  # (1, P, L)
    rhythm: Tensor  # (1, P, L)


def render_music(folder: Path, seeds: Sequence[int], encoder: TextEncoder, say: Callable[[str], None]) -> list[Path]:
    """The files of the pieces of those seeds, rendered where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"music-{seed:07}.safetensors" for seed in seeds]
    for number, (seed, path) in enumerate(zip(seeds, paths, strict=True), 1):
        if not path.exists():
            say(f"rendering piece {number} of {len(seeds)}")
            keep_example(path, make_example(seed, encoder), seed)
    return paths


def make_example(seed: int, encoder: TextEncoder) -> MusicExample:
    """The piece of a seed, composed, played, mastered and described."""
    made = corpus_piece(seed)
    parse = invented_parse(made.sheet, made.plan, seed)
    mastered, _ = master(render(made.piece, seed, stems=False).mix, Delivery.loudness_lufs, Delivery.true_peak_dbtp)
    mix = torch.from_numpy(mastered).float()
    padded = torch.nn.functional.pad(
        mix, (0, latent_count(made.plan.duration_samples) * SAMPLES_PER_LATENT - mix.shape[1])
    )
    shots = parse_index(parse)
    transitions = [Transition(cue.position_latents, cue.extent_latents) for cue in parse.transitions]
    with torch.inference_mode():
        coded = Spectrogram()(padded[None])[0]
    return MusicExample(
        (padded.clamp(-1, 1) * 32_767).round().short(),
        coded.half(),
        scene_cues(encode_parse(parse, encoder)),
        shots,
        lead_sheet_features(made.plan, lead_sheet_of(made.piece), shots),
        rhythm_features(made.plan, transitions),
    )


def invented_parse(sheet: CutSheet, plan: ScorePlan, seed: int) -> Parse:
    """Words and looks for an edit that has no picture, by the energy of its shots."""
    random = np.random.default_rng((seed, 2))
    bounds = shot_boundaries_samples(sheet)
    storyboard = tuple(
        StoryboardCue(
            bounds[shot],
            bounds[shot + 1] - bounds[shot],
            str(random.choice(SHOT_WORDS[min(3, int(4 * energy))])),
            invented_look(energy, random),
        )
        for shot, energy in enumerate(plan.shot_energies)
    )
    overall = GlobalCues(
        style=plan.style, emotion=plan.mood, tags=(plan.style, plan.mood) if plan.mood else (plan.style,)
    )
    return Parse("invented-1", bounds[-1], overall, storyboard, transition_cues(sheet))


def invented_look(energy: float, random: np.random.Generator) -> VisualContent:
    """A look whose motion, contrast and warmth lean towards the energy; one in five shots has no picture."""
    if random.random() < 0.2:
        return VisualContent()

    def near(middle: float, spread: float) -> float:
        return float(np.clip(random.normal(middle, spread), 0, 1))

    hues = random.dirichlet(np.ones(6))
    motions = [near(0.02 + 0.3 * energy**2, 0.05) for _ in range(3)]
    return VisualContent(
        known=True,
        light=near(0.35 + 0.2 * energy, 0.15),
        contrast=near(0.25 + 0.4 * energy, 0.12),
        saturation=near(0.2 + 0.4 * energy, 0.12),
        warmth=float(np.clip(random.normal(0.3 * energy - 0.1, 0.2), -1, 1)),
        texture=near(0.3, 0.15),
        motion=motions[0],
        motion_before=motions[1],
        motion_after=motions[2],
        change=near(0.4, 0.2),
        hues=tuple(round(float(hue), 4) for hue in hues),
    )


def keep_example(path: Path, example: MusicExample, seed: int) -> None:
    """Write an example; half a file is never left under its name."""
    tensors = {"sound": example.sound, "coded": example.coded}
    tensors |= {"lead_sheet": example.lead_sheet, "rhythm": example.rhythm}
    tensors |= {f"scene.{name}": tensor for name, tensor in example.scene._asdict().items()}
    tensors |= {f"shots.{name}": tensor for name, tensor in example.shots._asdict().items()}
    beside = path.with_suffix(".part")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, beside, {"seed": json.dumps(seed)})
    beside.replace(path)


def kept_example(path: Path) -> MusicExample:
    """Read an example whole."""
    with safe_open(path, framework="pt") as file:
        return MusicExample(
            file.get_tensor("sound"),
            file.get_tensor("coded"),
            SceneCues(*(file.get_tensor(f"scene.{name}") for name in SceneCues._fields)),
            SceneIndex(*(file.get_tensor(f"shots.{name}") for name in SceneIndex._fields)),
            file.get_tensor("lead_sheet"),
            file.get_tensor("rhythm"),
        )


def read_span(path: Path, name: str, first: int, last_excl: int) -> Tensor:
    """The span [first, last_excl) of one of an example's signals ("sound", "coded"), without reading the rest."""
    with safe_open(path, framework="pt") as file:
        return file.get_slice(name)[:, first:last_excl]


def span_length(path: Path, name: str) -> int:
    """Length of one of an example's signals."""
    with safe_open(path, framework="pt") as file:
        return int(file.get_slice(name).get_shape()[1])


def draw_spans(paths: Sequence[Path], step: int, seed: int, batch: int, latents: int) -> list[tuple[Path, int]]:
    """(file, first latent) of a step's clips, from the step's number alone."""
    random = np.random.default_rng((seed, 3, step))
    spans = []
    for chosen in random.integers(len(paths), size=batch):
        room = span_length(paths[chosen], "coded") // 4 - latents
        spans.append((paths[chosen], int(random.integers(0, max(0, room) + 1))))
    return spans


def to_float(sound: Tensor | NDArray[np.int16]) -> Tensor:
    """16-bit sound as float32, nominal range -1..1."""
    return torch.as_tensor(sound).float() / 32_767


def seconds_of(paths: Sequence[Path]) -> float:
    """Seconds of music in some files."""
    return sum(span_length(path, "sound") for path in paths) / SAMPLE_RATE_HZ
