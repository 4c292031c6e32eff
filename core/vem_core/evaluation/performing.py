"""The held-out pieces as the model plays them, conditioned on everything or less, and the experiments on that."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vem_core.audio.types import Audio
from vem_core.corpus.labels import CorpusLabels
from vem_core.evaluation import variants
from vem_core.evaluation.calm_and_wild import SWAPS, one_shot_swapped, swapped
from vem_core.evaluation.held_out import HeldOutPiece
from vem_core.evaluation.listening import SoundFigures
from vem_core.evaluation.noise_floor import latent_spread
from vem_core.evaluation.paired import Paired, compare
from vem_core.models.pipeline import VemPipeline
from vem_core.models.sampling import Conditions, SamplingSettings
from vem_core.models.spectrogram import Spectrogram
from vem_core.parsing.text import TextEncoder

REAL, CEILING, MODEL, FLOOR = "real", "ceiling", "model", "floor"
IN_TABLE = (REAL, CEILING, MODEL, FLOOR)
_WORD_SHOT_LEAST_S = 2.0

_LESS_CONDITIONED: dict[str, Callable[[Conditions], Conditions]] = {
    "text zeroed": variants.without_words,
    "thumbnails zeroed": variants.without_pictures,
    "aligner's features zeroed": variants.without_strips,
    "score zeroed": variants.without_score,
}
_UNCOUNTED, _UNCOUNTED_BLIND = "rhythm not told", "rhythm not told, aligner's features zeroed"
"""Without beats and cuts, as the paper's model is: what the aligner's features are for."""

_SHOT_SEEN = "pictures of one shot without words, the others opposite, plan not told"

_OTHER_SETTINGS: dict[str, dict[str, float]] = {
    "adapter 0": {"adapter_strength": 0.0},
    "adapter 0.5": {"adapter_strength": 0.5},
    "without level guidance": {"level_guidance": False},
}
_WORD_SETTINGS = {
    "scene mask on, energy told": (False, False),
    "scene mask on, energy not told": (False, True),
    "scene mask off, energy told": (True, False),
    "scene mask off, energy not told": (True, True),
}


class Performance(NamedTuple):
    """A sound, and how far its latents spread (see `latent_spread`)."""

    audio: Audio
    spread: float


@dataclass(frozen=True)
class Performer:
    """The model at its post."""

    pipeline: VemPipeline
    encoder: TextEncoder
    settings: SamplingSettings

    def perform(self, piece: HeldOutPiece, *, compared: bool, experiments: bool) -> Iterator[tuple[str, Performance]]:
        """The piece by name: the model's, the others that the table compares it with, the experiments'."""
        conditions = variants.fully_conditioned(piece, self.pipeline.aligner, self.encoder)
        yield MODEL, self.play(piece, conditions)
        if compared:
            real = piece.real()
            copy = self.round_trip(real)
            yield REAL, Performance(real, copy.spread)
            yield CEILING, copy
            yield FLOOR, self.play(piece, variants.unconditioned(conditions), adapter_strength=0.0, guidance=1.0)
        if not experiments:
            return
        for name, change in _LESS_CONDITIONED.items():
            yield name, self.play(piece, change(conditions))
        uncounted = variants.without_rhythm(conditions)
        yield _UNCOUNTED, self.play(piece, uncounted)
        yield _UNCOUNTED_BLIND, self.play(piece, variants.without_strips(uncounted))
        for name, changed in _OTHER_SETTINGS.items():
            yield name, self.play(piece, conditions, **changed)
        for name, asked in swapped(conditions, piece.labels, self.encoder):
            yield name, self.play(piece, asked)
        shot = word_shot(piece.labels)
        if shot is None:
            return
        for direction, asked in one_shot_swapped(conditions, piece.labels, shot):
            yield f"{_SHOT_SEEN}: {direction}", self.play(piece, asked)
        vectors = self.encoder.encode([variants.CALM, variants.WILD])
        for name, (unmasked, hidden) in _WORD_SETTINGS.items():
            for direction, vector in zip(("calm", "wild"), vectors, strict=True):
                asked = variants.with_words(conditions, shot, vector)
                asked = variants.without_scene_mask(asked) if unmasked else asked
                asked = variants.without_lead_sheet(asked) if hidden else asked
                yield f"{name}: {direction}", self.play(piece, asked)

    def play(self, piece: HeldOutPiece, conditions: Conditions, **changed: float) -> Performance:
        """A sample; the same noise for every variant of a piece."""
        made = self.pipeline(
            conditions,
            duration_samples=piece.labels.plan.duration_samples,
            seed=piece.labels.piece.index,
            settings=dataclasses.replace(self.settings, **changed),  # type: ignore[arg-type]
        )
        return _performance(made.audio, made.latents)

    def round_trip(self, real: Audio) -> Performance:
        """Real sound through VAE and vocoder: as good as the model could be."""
        samples = real.shape[1]
        padded = torch.nn.functional.pad(torch.from_numpy(real), (0, -samples % 1920))[None]
        device = self.pipeline.device
        with torch.inference_mode():
            latents = self.pipeline.vae.encode_latents(Spectrogram().to(device)(padded.to(device)))
            sound = self.pipeline.decode(latents)
        return _performance(sound[:, :samples], latents)


def _performance(audio: Tensor, latents: Tensor) -> Performance:
    return Performance(np.asarray(audio.clamp(-1, 1).numpy(), np.float32), latent_spread(latents))


def word_shot(piece: CorpusLabels) -> int | None:
    """The shot whose words are changed: the longest, if it lasts and there are others."""
    sheet = piece.sheet
    lengths = [shot.duration_frames / float(sheet.rate) for shot in sheet.shots]
    longest = int(np.argmax(lengths))
    return longest if len(lengths) > 2 and lengths[longest] >= _WORD_SHOT_LEAST_S else None


def judge_experiments(
    pieces: list[CorpusLabels],
    heard: list[dict[str, SoundFigures]],
    tracker: str,
    names_style: Callable[[SoundFigures], str],
) -> dict[str, dict[str, Paired]]:
    """Every experiment's paired differences. A positive difference means that what was changed was of use (or, for
    words, did what it asked)."""
    if not heard or not any(name in heard[0] for name in _LESS_CONDITIONED):
        return {}
    found = {
        f"{name}: what is lost": _lost(pieces, heard, (name, MODEL), tracker, names_style)
        for name in (*_LESS_CONDITIONED, *_OTHER_SETTINGS)
    }
    blind = (_UNCOUNTED_BLIND, _UNCOUNTED)
    found[f"{_UNCOUNTED_BLIND}: what is lost"] = _lost(pieces, heard, blind, tracker, names_style)
    found["cuts in another order: what is lost"] = {
        "cuts hit at 70 ms": compare(
            [piece[MODEL].tracked[tracker].shuffled_hits.ms_70 for piece in heard],
            [piece[MODEL].tracked[tracker].hits.ms_70 for piece in heard],
        ),
        "cuts in another order against chance": compare(
            [piece[MODEL].tracked[tracker].shuffled_hits.ms_70_chance for piece in heard],
            [piece[MODEL].tracked[tracker].shuffled_hits.ms_70 for piece in heard],
        ),
    }
    for name in _WORD_SETTINGS:
        found[f"words of one shot, from calm to wild, {name}"] = _said(pieces, heard, name)
    found[f"from calm to wild: {_SHOT_SEEN}"] = _said(pieces, heard, _SHOT_SEEN)
    for name in SWAPS:
        found[f"from calm to wild: {name}"] = _swapped(heard, name)
    return found


def _lost(
    pieces: list[CorpusLabels],
    heard: list[dict[str, SoundFigures]],
    less_and_more: tuple[str, str],
    tracker: str,
    names_style: Callable[[SoundFigures], str],
) -> dict[str, Paired]:
    both = [(piece[less_and_more[0]], piece[less_and_more[1]]) for piece in heard]
    styles = [piece.plan.style for piece in pieces]

    def by(measure: Callable[[SoundFigures], float]) -> Paired:
        return compare([measure(less) for less, _ in both], [measure(more) for _, more in both])

    right = [
        [float(names_style(figures) == style) for figures in pair] for pair, style in zip(both, styles, strict=True)
    ]
    change = [float(np.abs(less.loudness_curve - more.loudness_curve).mean()) for less, more in both]
    return {
        "beat F": by(lambda one: one.tracked[tracker].beat_f),
        "cuts hit at 70 ms": by(lambda one: one.tracked[tracker].hits.ms_70),
        "chords": by(lambda one: one.chords),
        "energy": by(lambda one: one.energy),
        "style right": compare([pair[0] for pair in right], [pair[1] for pair in right]),
        "change of the level, dB (size)": compare([0.0] * len(change), change),
    }


def _swapped(heard: list[dict[str, SoundFigures]], name: str) -> dict[str, Paired]:
    """Level, activity and brightness in the mean over the shots, wild minus calm."""
    calm, wild = (
        np.array([np.mean(piece[f"{name}: {direction}"].shots, axis=0) for piece in heard])
        for direction in ("calm", "wild")
    )
    return {
        measure: compare(calm[:, place].tolist(), wild[:, place].tolist())
        for place, measure in enumerate(("level, dB", "activity", "brightness"))
    }


def _said(pieces: list[CorpusLabels], heard: list[dict[str, SoundFigures]], name: str) -> dict[str, Paired]:
    """Inside the shot and outside it: level, activity and brightness, wild minus calm."""
    inside: dict[str, list[float]] = {"level, dB": [], "activity": [], "brightness": []}
    outside: dict[str, list[float]] = {measure: [] for measure in inside}
    for piece, sounds in zip(pieces, heard, strict=True):
        shot = word_shot(piece)
        if shot is None or f"{name}: wild" not in sounds:
            continue
        changes = [
            np.subtract(wild, calm)
            for wild, calm in zip(sounds[f"{name}: wild"].shots, sounds[f"{name}: calm"].shots, strict=True)
        ]
        others = np.mean([change for place, change in enumerate(changes) if place != shot], axis=0)
        for place, measure in enumerate(inside):
            inside[measure].append(float(changes[shot][place]))
            outside[measure].append(float(others[place]))
    zeros = [0.0] * len(inside["activity"])
    found = {f"in the shot: {measure}": compare(zeros, values) for measure, values in inside.items()}
    found |= {f"in the other shots: {measure}": compare(zeros, values) for measure, values in outside.items()}
    found |= {
        f"in the shot more than in the others: {measure}": compare(outside[measure], inside[measure])
        for measure in inside
    }
    return found
