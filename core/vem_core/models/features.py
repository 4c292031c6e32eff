"""The plan as features at the latent rate: where in its cell each beat, cut and chord falls, not only in which cell.

A cell is 40 ms, a frame of film 41.7 ms: without the offset inside the cell a model could be half a frame off and never
know. Each kind of instant has a channel that is 1 in its cell and one with its offset from the cell's middle, in cells
(-0.5..0.5). What lies beside the instants (phase in beat and bar, tempo, harmony, energy, form) is read at the cells'
middles.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.audio.chroma import PITCH_CLASSES
from vem_core.composer.piece import Chord, Part, Piece
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Landing, ScorePlan, SectionRole
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.models.scenes import SceneIndex

Floats = NDArray[np.float64]

RHYTHM_CHANNELS = (
    *("beat", "beat offset", "downbeat", "downbeat offset", "off-beat", "off-beat offset"),
    *("cut", "cut offset", "dissolve", "hit", "hit offset", "hit weight"),
    *("beat phase sine", "beat phase cosine", "bar phase sine", "bar phase cosine", "tempo"),
)
LEAD_SHEET_CHANNELS = (
    *(f"chord has {name}" for name in PITCH_CLASSES),
    *(f"root is {name}" for name in PITCH_CLASSES),
    *("chord change", "chord change offset", "energy", "density"),
    *(f"section is {role.value}" for role in SectionRole),
    "after the last hit",
    "told",  # 1: the channels above mean what they say, .5: those of harmony do; training hides them now and then
)

_OF_ENERGY = tuple(
    LEAD_SHEET_CHANNELS.index(name)
    for name in ("energy", "density", *(f"section is {role.value}" for role in SectionRole), "after the last hit")
)
_TOLD = LEAD_SHEET_CHANNELS.index("told")

# Semitones above the root, for each quality that the composer writes.
_INTERVALS = {
    "5": (0, 7),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "7sus4": (0, 5, 7, 10),
    "maj": (0, 4, 7),
    "6": (0, 4, 7, 9),
    "add9": (0, 2, 4, 7),
    "aug": (0, 4, 8),
    "maj7": (0, 4, 7, 11),
    "maj9": (0, 2, 4, 7, 11),
    "7": (0, 4, 7, 10),
    "9": (0, 2, 4, 7, 10),
    "min": (0, 3, 7),
    "min6": (0, 3, 7, 9),
    "minadd9": (0, 2, 3, 7),
    "min7": (0, 3, 7, 10),
    "min9": (0, 2, 3, 7, 10),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
}
MOST_NOTES_PER_S = 20.0


@dataclass(frozen=True)
class Transition:
    """A change of picture on the latent clock."""

    position_latents: float  # of the cut; a dissolve's middle
    extent_latents: float = 0.0


@dataclass(frozen=True)
class LeadSheet:
    """Harmony, density and notes: what a session player would be told beside the tempo.

    `density` holds (samples, notes per second) points, linear between. `parts` is the score, empty where none is known.
    """

    chords: tuple[Chord, ...] = ()
    density: tuple[tuple[int, float], ...] = ()
    parts: tuple[Part, ...] = ()


class FrameCues(NamedTuple):
    """Features of every latent frame."""

    lead_sheet: Tensor  # (B, len(LEAD_SHEET_CHANNELS), L)
    rhythm: Tensor  # (B, len(RHYTHM_CHANNELS), L)
    aligner: Tensor  # (B, A, L)
    score: Tensor  # (B, len(SCORE_CHANNELS), L), float16 of a whole timeline; see `score`

    def window(self, first: int, last_excl: int) -> FrameCues:
        """The same for the latents [first, last_excl)."""
        return FrameCues(*(part[..., first:last_excl] for part in self))

    def stacked(self) -> Tensor:
        """Lead sheet, rhythm and the aligner's features as (B, P, L), for the adapter."""
        return torch.cat((self.lead_sheet, self.rhythm, self.aligner), dim=1)


def without_energy(frames: FrameCues, hidden: Tensor) -> FrameCues:
    """Where `hidden` (B,) is, energy, density and form are zero, the lead sheet half told, and the score, which shows
    all three, is not told."""
    lead_sheet = frames.lead_sheet
    kept = torch.ones(len(lead_sheet), lead_sheet.shape[1], device=lead_sheet.device)
    kept[:, _OF_ENERGY] = 0.0
    kept[:, _TOLD] = 0.5
    told = torch.where(hidden[:, None], kept, 1.0)[..., None]
    return frames._replace(lead_sheet=lead_sheet * told, score=frames.score * ~hidden[:, None, None])


def without_lead_sheet(frames: FrameCues, hidden: Tensor) -> FrameCues:
    """Where `hidden` (B,) is, nothing is told of harmony, energy, density, form and notes."""
    told = ~hidden[:, None, None]
    return frames._replace(lead_sheet=frames.lead_sheet * told, score=frames.score * told)


def latent_count(duration_samples: int) -> int:
    """Latent frames that cover a duration; the last may reach beyond it."""
    return math.ceil(duration_samples / SAMPLES_PER_LATENT)


def lead_sheet_of(piece: Piece) -> LeadSheet:
    """The lead sheet of a composed piece."""
    starts = np.sort([note.start_samples for part in piece.parts for note in part.notes])
    edges = np.arange(0, piece.duration_samples + 24_000, 24_000)
    counts, _ = np.histogram(starts, bins=edges)
    density = tuple((int(edge) + 12_000, float(count) * 2.0) for edge, count in zip(edges[:-1], counts, strict=True))
    return LeadSheet(piece.chords, density, piece.parts)


def rhythm_features(plan: ScorePlan, transitions: Sequence[Transition]) -> Tensor:
    """(1, len(RHYTHM_CHANNELS), L): beats, cuts, hits and phases of a plan."""
    latents = latent_count(plan.duration_samples)
    beats = np.array([beat.samples for beat in plan.beats], dtype=np.float64) / SAMPLES_PER_LATENT
    downbeats = beats[[beat.number == 1 for beat in plan.beats]] if len(beats) else beats
    hits = [hit for hit in plan.hits if hit.landing in (Landing.DOWNBEAT, Landing.BEAT, Landing.OFF_BEAT)]
    hit_at = np.array([hit.target_samples for hit in hits], dtype=np.float64) / SAMPLES_PER_LATENT
    cuts = np.array([transition.position_latents for transition in transitions], dtype=np.float64)
    rows = [
        *_instants(beats, latents),
        *_instants(downbeats, latents),
        *_instants((beats[1:] + beats[:-1]) / 2, latents),
        *_instants(cuts, latents),
        _dissolving(transitions, latents),
        *_instants(hit_at, latents),
        _weights(hit_at, [hit.weight for hit in hits], latents),
        *_phase(beats, latents),
        *_phase(downbeats, latents),
        _tempo(beats, latents),
    ]
    return torch.from_numpy(np.stack(rows)).float()[None]


def lead_sheet_features(plan: ScorePlan, lead_sheet: LeadSheet, index: SceneIndex) -> Tensor:
    """(1, len(LEAD_SHEET_CHANNELS), L): harmony, energy, density and form. `index` says which shots a latent is in."""
    latents = latent_count(plan.duration_samples)
    middles: Floats = np.arange(latents, dtype=np.float64) + 0.5
    tones, roots = np.zeros((12, latents)), np.zeros((12, latents))
    starts = np.array([chord.start_samples for chord in lead_sheet.chords], dtype=np.float64) / SAMPLES_PER_LATENT
    for chord, start in zip(lead_sheet.chords, starts, strict=True):
        inside = (middles >= start) & (middles < start + chord.duration_samples / SAMPLES_PER_LATENT)
        roots[chord.root % 12, inside] = 1.0
        for interval in chord_intervals(chord.quality):
            tones[(chord.root + interval) % 12, inside] = 1.0
    rows = [*tones, *roots, *_instants(starts, latents), _energy(plan, index), _density(lead_sheet, middles)]
    rows += [*_form(plan, middles), _after_last_hit(plan, middles), np.ones(latents)]
    return torch.from_numpy(np.stack(rows)).float()[None]


def chord_intervals(quality: str) -> tuple[int, ...]:
    """Semitones above the root of a chord's notes. Raises ContractError for a quality nobody would know."""
    if quality not in _INTERVALS:
        raise ContractError(f"There is no chord quality {quality!r}.", quality=quality)
    return _INTERVALS[quality]


def _instants(positions: Floats, latents: int) -> tuple[Floats, Floats]:
    """Presence and offset channels of instants in latents. Two in one cell: the first one's offset stands."""
    presence, offset = np.zeros(latents), np.zeros(latents)
    inside = positions[(positions >= 0) & (positions < latents)]
    cells = np.floor(inside).astype(int)[::-1]
    presence[cells] = 1.0
    offset[cells] = inside[::-1] - cells - 0.5
    return presence, offset


def _weights(positions: Floats, weights: Sequence[float], latents: int) -> Floats:
    row = np.zeros(latents)
    for position, weight in zip(positions, weights, strict=True):
        if 0 <= position < latents:
            row[int(position)] = max(row[int(position)], weight)
    return row


def _dissolving(transitions: Sequence[Transition], latents: int) -> Floats:
    row, middles = np.zeros(latents), np.arange(latents) + 0.5
    for transition in transitions:
        row[np.abs(middles - transition.position_latents) < transition.extent_latents / 2] = 1.0
    return row


def _phase(instants: Floats, latents: int) -> tuple[Floats, Floats]:
    """Sine and cosine of the phase between neighbouring instants; 0 where there is none on both sides."""
    middles = np.arange(latents) + 0.5
    if len(instants) < 2:
        return np.zeros(latents), np.zeros(latents)
    turns = np.interp(middles, instants, np.arange(len(instants)))
    inside = (middles >= instants[0]) & (middles < instants[-1])
    angle = 2 * np.pi * turns
    return np.where(inside, np.sin(angle), 0.0), np.where(inside, np.cos(angle), 0.0)


def _tempo(beats: Floats, latents: int) -> Floats:
    """Local tempo in octaves from 120 BPM; 0 without beats."""
    if len(beats) < 2:
        return np.zeros(latents)
    local = np.log2(12.5 / np.diff(beats))  # a beat at 120 BPM lasts 12.5 latents
    middles = np.arange(latents) + 0.5
    return local[np.clip(np.searchsorted(beats, middles, side="right") - 1, 0, len(local) - 1)]


def _energy(plan: ScorePlan, index: SceneIndex) -> Floats:
    energies = np.asarray(plan.shot_energies, dtype=np.float64)
    share = index.log_share[0].exp().double().numpy()
    row: Floats = (energies[index.shots[0].numpy()] * share).sum(axis=1)
    return row


def _density(lead_sheet: LeadSheet, middles: Floats) -> Floats:
    if not lead_sheet.density:
        return np.zeros(len(middles))
    samples, notes = zip(*lead_sheet.density, strict=True)
    at = np.array(samples, dtype=np.float64) / SAMPLES_PER_LATENT
    return np.minimum(np.interp(middles, at, notes) / MOST_NOTES_PER_S, 1.5)


def _form(plan: ScorePlan, middles: Floats) -> list[Floats]:
    rows = {role: np.zeros(len(middles)) for role in SectionRole}
    first_beats: dict[int, int] = {}
    for beat in plan.beats:
        first_beats.setdefault(beat.bar, beat.samples)
    starts = [first_beats.get(section.first_bar, plan.duration_samples) for section in plan.sections]
    bounds = [0, *starts[1:], plan.duration_samples] if starts else []
    for section, (start, end) in zip(plan.sections, itertools.pairwise(bounds), strict=True):
        inside = (middles * SAMPLES_PER_LATENT >= start) & (middles * SAMPLES_PER_LATENT < end)
        rows[section.role][inside] = 1.0
    return list(rows.values())


def _after_last_hit(plan: ScorePlan, middles: Floats) -> Floats:
    if not plan.beats:
        return np.zeros(len(middles))
    last = plan.beats[plan.final_beat].samples
    return (middles * SAMPLES_PER_LATENT > last).astype(np.float64)
