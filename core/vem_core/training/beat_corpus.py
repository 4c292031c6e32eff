"""Pieces that we compose and play ourselves, with exact beats: what the beat tracker learns from and is judged on."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, overload

import numpy as np

from vem_core.audio.types import Audio
from vem_core.composer.composition import compose
from vem_core.composer.piece import Piece
from vem_core.composer.styles import list_styles, style_by_id, tempo_range
from vem_core.contract.cut_sheet import Cut, CutSheet, Shot
from vem_core.contract.plan import Bend, Ending, ScorePlan
from vem_core.contract.request import Direction
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.tracking.onsets import band_spectrogram, mono
from vem_core.synth import render
from vem_core.training.beat_augmentation import BeatExample
from vem_core.training.beat_bands import record_band

HELD_OUT_SEEDS = range(1_000_000, 2_000_000)
"""Seeds that training never renders."""

MOST_HELD = 2_048
"""Examples in memory: a third of a gigabyte, and more than `vem train beats` renders if nothing else is said."""

_CUTS = 6  # about a quarter of a minute: many short pieces teach more than a few long ones
_STEM_GAIN_DB = 9.0
_STEM_SILENT = 0.15  # probability that a stem is left out of the second mix


class CorpusPiece(NamedTuple):
    """A piece of the corpus: the edit it was made for, its plan, its notes."""

    sheet: CutSheet
    plan: ScorePlan
    piece: Piece


def random_edit(seed: int, cuts: int = _CUTS, median_s: float = 2.2, rate: Fraction = Fraction(24)) -> CutSheet:
    """An edit whose shots have lognormal lengths (sigma 0.55)."""
    rng = np.random.default_rng(seed)
    lengths = np.maximum(1, np.round(rng.lognormal(np.log(median_s), 0.55, cuts + 1) * float(rate))).astype(int)
    starts = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    shots = tuple(Shot(start, length) for start, length in zip(starts[:-1], lengths.tolist(), strict=True))
    return CutSheet(f"edit {seed}", rate, 0, starts[-1], shots, tuple(Cut(shot.start_frames) for shot in shots[1:]))


def corpus_piece(seed: int, style: str | None = None) -> CorpusPiece:
    """The piece of a seed; styles, bends and endings take turns unless a style is named."""
    rng = np.random.default_rng((seed, 1))
    styles = [style.id for style in list_styles()]
    style = style or styles[seed % len(styles)]
    low_bpm, high_bpm = tempo_range(style)
    middle_bpm = rng.uniform(low_bpm, high_bpm)
    direction = Direction(
        tempo_bpm=(max(low_bpm, middle_bpm * 0.9), min(high_bpm, middle_bpm * 1.1)),
        bend=(Bend.STEADY, None, Bend.FREE)[rng.integers(3)],  # None: the style's
        energy=float(rng.uniform(0.1, 1.0)),
        ending=list(Ending)[rng.integers(4)],
    )
    sheet = random_edit(seed)
    plan = plan_score(
        sheet,
        direction,
        seed,
        tempo_range_bpm=(low_bpm, high_bpm),
        style=style,
        mood="",
        traits=style_by_id(style).rhythm,
    )
    return CorpusPiece(sheet, plan, compose(plan))


class KeptExamples(Sequence[BeatExample]):
    """Examples in files, each read when it is asked for; so many of the last ones stay in memory."""

    def __init__(self, paths: Iterable[Path], most_held: int = MOST_HELD) -> None:
        self._places = [(path, name) for path in paths for name in _spectrograms_in(path)]
        self._read = lru_cache(most_held)(_kept)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> BeatExample: ...

    @overload
    def __getitem__(self, index: slice) -> list[BeatExample]: ...

    def __getitem__(self, index: int | slice) -> BeatExample | list[BeatExample]:
        if isinstance(index, slice):
            return [self._read(*place) for place in self._places[index]]
        return self._read(*self._places[index])


def render_corpus(folder: Path, pieces: int, bands: int, say: Callable[[str], None]) -> KeptExamples:
    """Two examples of each composed piece and one of each rough band, rendered once and kept in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for kind, count, make in (("piece", pieces, _piece_examples), ("band", bands, _band_examples)):
        for seed in range(count):
            path = folder / f"{kind}-{seed:05}.npz"
            if not path.exists():
                say(f"rendering {kind} {seed + 1} of {count}")
                _keep(path, make(seed))
            paths.append(path)
    return KeptExamples(paths)


def heard_beats_s(plan: ScorePlan, *, downbeats: bool = False) -> np.ndarray:
    """The plan's beats (or downbeats) in seconds, up to the last that anything plays on."""
    last = plan.beats[plan.final_beat].samples
    chosen = [beat.samples for beat in plan.beats if beat.samples <= last and (beat.number == 1 or not downbeats)]
    return np.array(chosen, np.float64) / SAMPLE_RATE_HZ


def _piece_examples(seed: int) -> list[BeatExample]:
    """The piece as mixed, and as another mixer might have it: other levels, some players away."""
    made = corpus_piece(seed)
    rendering = render(made.piece, seed)
    beats, downbeats = heard_beats_s(made.plan), heard_beats_s(made.plan, downbeats=True)
    rng = np.random.default_rng((seed, 2))
    gains = 10 ** (rng.uniform(-_STEM_GAIN_DB, _STEM_GAIN_DB, len(rendering.stems)) / 20)
    gains *= rng.random(len(gains)) > _STEM_SILENT
    remix = np.tensordot(gains.astype(np.float32), np.stack(list(rendering.stems.values())), axes=1)
    mixes: tuple[Audio, ...] = (rendering.mix, remix)
    return [BeatExample(band_spectrogram(mono(mix)), beats, downbeats) for mix in mixes if mix.any()]


def _band_examples(seed: int) -> list[BeatExample]:
    played = record_band(seed)
    return [BeatExample(band_spectrogram(mono(played.signal[None])), played.beats_s, played.downbeats_s)]


def _keep(path: Path, examples: list[BeatExample]) -> None:
    arrays: dict[str, np.ndarray] = {
        f"spectrogram_{index}": example.spectrogram.astype(np.float16) for index, example in enumerate(examples)
    }
    beside = path.with_name(f"{path.stem}.part.npz")
    arrays |= {"beats_s": examples[0].beats_s, "downbeats_s": examples[0].downbeats_s}
    np.savez(beside, allow_pickle=False, **arrays)
    beside.replace(path)


def _spectrograms_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as file:
        return [name.removesuffix(".npy") for name in file.namelist() if name.startswith("spectrogram")]


def _kept(path: Path, name: str) -> BeatExample:
    with np.load(path) as arrays:
        return BeatExample(arrays[name], arrays["beats_s"], arrays["downbeats_s"])
