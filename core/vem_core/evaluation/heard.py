"""What was heard of a held-out piece, and its file: an evaluation that was stopped goes on where it was.

FOLDER/heard/07.json    the figures of piece 7, with what they depend on
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vem_core.audio.types import Audio
from vem_core.contract.atomic import replacing
from vem_core.corpus.labels import CorpusLabels
from vem_core.evaluation.fidelity import agreement, chroma, heard_onsets, log_spectral_distance_db, onset_errors
from vem_core.evaluation.listening import CutHits, ShotSound, SoundFigures, TrackedFigures, listen
from vem_core.evaluation.performing import CEILING, IN_TABLE, REAL, Performance


class Fidelity(NamedTuple):
    """How much of a sound comes back from the latents."""

    chroma: float  # agreement, -1..1
    onset_shift_ms: float
    distance_db: float  # log-spectral


@dataclass(frozen=True)
class Heard:
    """All that was heard of one piece, by the names of its variants."""

    figures: dict[str, SoundFigures]
    spreads: dict[str, float]  # of the variants' latents
    fidelity: Fidelity | None  # of real to ceiling, where that was played


def hear_piece(
    index: int,
    labels: CorpusLabels,
    played: dict[str, Performance],
    trackers: tuple[str, ...],
    files: HeardFiles | None,
) -> Heard:
    """Listen to all that was played of a piece, and keep what was heard.

    What is in the table is judged by all trackers, an experiment by the first.
    """
    figures = {
        name: listen(performance.audio, labels, trackers if name in IN_TABLE else trackers[:1])
        for name, performance in played.items()
    }
    spreads = {name: performance.spread for name, performance in played.items()}
    fidelity = None
    if REAL in played:
        fidelity = compare_sounds(played[REAL].audio, played[CEILING].audio, labels)
    heard = Heard(figures, spreads, fidelity)
    if files is not None:
        files.write(index, labels, heard)
    return heard


def compare_sounds(real: Audio, back: Audio, labels: CorpusLabels) -> Fidelity:
    """Real sound against its copy; onsets where something sets in on a beat, by their median displacement."""
    one, other = (sound.mean(axis=0, dtype=np.float64) for sound in (real, back))
    beats = np.array([beat.samples for beat in labels.plan.beats])
    shifts, _ = onset_errors(one, other, heard_onsets(one, beats))
    shift = float(np.median(np.abs(shifts))) if len(shifts) else float("nan")
    return Fidelity(agreement(chroma(one), chroma(other)), shift, log_spectral_distance_db(one, other))


@dataclass(frozen=True)
class HeardFiles:
    """Where figures lie. `origin` says what they depend on beside the piece: weights, settings, trackers."""

    folder: Path
    origin: str

    def write(self, index: int, labels: CorpusLabels, heard: Heard) -> None:
        """Keep what was heard of a piece."""
        found = {"of": self._key(labels)} | dataclasses.asdict(heard)
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(self._path(index)) as partial:
            partial.write_text(json.dumps(found, default=np.ndarray.tolist), encoding="utf-8")

    def read(self, index: int, labels: CorpusLabels) -> Heard | None:
        """What was heard of a piece; None where nothing is known, or of another plan, other weights or settings."""
        try:
            found = json.loads(self._path(index).read_text(encoding="utf-8"))
            if found["of"] != self._key(labels):
                return None
            figures = {name: _figures(one) for name, one in found["figures"].items()}
            fidelity = None if found["fidelity"] is None else Fidelity(*found["fidelity"])
            return Heard(figures, found["spreads"], fidelity)
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return None

    def _path(self, index: int) -> Path:
        return self.folder / f"{index:02}.json"

    def _key(self, labels: CorpusLabels) -> str:
        return hashlib.sha256(f"{self.origin}\n{labels}".encode()).hexdigest()


def _figures(found: dict[str, Any]) -> SoundFigures:
    """The figures in a JSON; arrays were lists there."""
    tracked = {
        name: TrackedFigures(one["beat_f"], CutHits(*one["hits"]), CutHits(*one["shuffled_hits"]))
        for name, one in found["tracked"].items()
    }
    arrays = {name: np.array(found[name], float) for name in ("quiet_db", "loudness_curve", "stretches")}
    shots = tuple(ShotSound(*shot) for shot in found["shots"])
    return SoundFigures(**found | arrays | {"tracked": tracked, "shots": shots})
