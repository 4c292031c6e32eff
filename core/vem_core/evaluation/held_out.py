"""The fixed held-out set: pieces of the test split, whose seeds, tempi and keys no training ever sees."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

import vem_core
from vem_core.audio.features import spectrogram
from vem_core.audio.types import Audio
from vem_core.composer.styles import list_styles, style_by_id
from vem_core.contract.atomic import replacing
from vem_core.contract.cut_sheet import Cut, CutSheet, Shot
from vem_core.corpus.labels import CorpusLabels, PieceId
from vem_core.corpus.pieces import make_piece
from vem_core.corpus.sound import play
from vem_core.corpus.splits import Split
from vem_core.evaluation.styles import Array, stretch_features
from vem_core.models.features import LeadSheet, lead_sheet_of

JUDGED_SEED, OTHERS_SEED, CLASSIFIER_SEED = 1, 2, 900_001
"""Corpus seeds: of the pieces that are judged, of as many others, and of those that the classifier learns from."""

WINDOW_LATENTS = 200  # pieces last 8, 16 or 24 s


class HeldOutPiece(NamedTuple):
    """A piece, and how to have the composer's own rendering of it, which takes longer than all else."""

    labels: CorpusLabels
    lead_sheet: LeadSheet
    real: Callable[[], Audio]
    jpegs: Mapping[str, bytes]


@dataclass(frozen=True)
class Learnt:
    """What a classifier hears of a real rendering."""

    style: str
    stretches: Array


def held_out_piece(index: int, seed: int = JUDGED_SEED, styles: tuple[str, ...] = ()) -> HeldOutPiece:
    """The piece of that number, composed. Styles (default: all) take turns."""
    made = make_piece(PieceId(Split.TEST, seed, index), WINDOW_LATENTS, styles)
    return HeldOutPiece(
        made.labels, lead_sheet_of(made.piece), partial(play, made.piece, made.finish, made.seed, None), made.jpegs
    )


def other_stretches(index: int, styles: tuple[str, ...], folder: Path) -> Array:
    """The stretch features of a piece of the second, disjoint set of real music, kept in `folder`."""
    return _learnt(PieceId(Split.TEST, OTHERS_SEED, index), styles, folder).stretches


def classifier_piece(index: int, styles: tuple[str, ...], folder: Path) -> Learnt:
    """A real render for the style classifier; styles take turns. Kept in `folder`."""
    return _learnt(PieceId(Split.TRAIN, CLASSIFIER_SEED, index), styles, folder)


def _learnt(piece: PieceId, styles: tuple[str, ...], folder: Path) -> Learnt:
    path, made_by = folder / f"{piece.split.value}-{piece.seed}-{piece.index:03}.npz", f"{styles} {_code_sha256()}"
    if path.is_file():
        with np.load(path) as kept:
            if str(kept["made_by"]) == made_by:
                return Learnt(str(kept["style"]), kept["stretches"])
    made = make_piece(piece, WINDOW_LATENTS, styles)
    audio = play(made.piece, made.finish, made.seed, None)
    learnt = Learnt(made.labels.plan.style, stretch_features(spectrogram(audio)))
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partly, partly.open("wb") as file:
        np.savez(file, made_by=made_by, style=learnt.style, stretches=learnt.stretches)
    return learnt


@cache
def _code_sha256() -> str:
    """Of the code that a rendering and what is heard of it depend on: what it made before is of no use any more."""
    root, digest = Path(vem_core.__file__).parent, hashlib.sha256()
    folders = ("audio", "composer", "contract", "corpus", "rhythm", "synth")
    sources = [source for folder in folders for source in sorted((root / folder).rglob("*.py"))]
    for source in (*sources, root / "evaluation" / "held_out.py", root / "evaluation" / "styles.py"):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def judged_styles(chosen: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The chosen styles, or else all there are. Raises DirectionError for one that does not exist."""
    return tuple(style_by_id(name).id for name in chosen) or tuple(style.id for style in list_styles())


def shuffled_cuts(sheet: CutSheet, seed: int) -> CutSheet:
    """The sheet with its shots' lengths in another order, so that its cuts lie where no plan put a beat."""
    lengths = [shot.duration_frames for shot in sheet.shots]
    order = np.random.default_rng((seed, 17)).permutation(len(lengths))
    ends = np.cumsum([lengths[place] for place in order]).tolist()
    starts = [0, *ends[:-1]]
    shots = tuple(Shot(start, end - start) for start, end in zip(starts, ends, strict=True))
    return dataclasses.replace(sheet, shots=shots, cuts=tuple(Cut(start) for start in starts[1:]), events=())
