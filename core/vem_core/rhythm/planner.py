"""From cuts to a score plan: tempo, beats, bars, form and energy, before a note exists."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.plan import Landing, ScorePlan
from vem_core.contract.request import Direction
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.rhythm.form import bars_over, sections_over, shot_energies
from vem_core.rhythm.planner_hits import hits_of
from vem_core.rhythm.planner_steady import best_steady_grid
from vem_core.rhythm.planner_targets import Target, targets_of
from vem_core.rhythm.tempo_map import TempoMap
from vem_core.rhythm.weights import weigh_cuts


def plan_score(
    sheet: CutSheet,
    direction: Direction,
    seed: int,
    *,
    tempo_range_bpm: tuple[float, float],
    style: str,
    mood: str,
    weights: Sequence[float] | None = None,
    key: str | None = None,
) -> ScorePlan:
    """The plan of a score whose beats meet the sheet's cuts.

    `tempo_range_bpm` is the style's; `direction.tempo_bpm` outranks it. `weights` has one number in 0..1 for each cut
    (default: `weigh_cuts` without pictures). `key` is used where the direction names none; without either one is drawn
    by the seed. Deterministic: the same arguments give the same plan.

    Raises ContradictoryHits if two `hit` marks cannot both be served, ContractError if the weights do not fit.
    """
    tempo_range_bpm = direction.tempo_bpm or tempo_range_bpm
    weights = weigh_cuts(sheet) if weights is None else weights
    targets = targets_of(sheet, weights)
    duration = sample_of_frame(sheet.duration_frames, sheet.rate)
    frame_samples = SAMPLE_RATE_HZ / float(sheet.rate)
    beat_samples, period = _steady_beats(targets, duration, tempo_range_bpm, frame_samples)
    tempo = TempoMap(beat_samples, period)
    plain = hits_of(targets, tempo, len(beat_samples), frozenset(), frame_samples)
    weight_on_beat = np.zeros(len(beat_samples))
    for hit in plain:
        if hit.landing is Landing.BEAT and hit.beat is not None:
            weight_on_beat[int(hit.beat)] += hit.weight
    beats = bars_over(beat_samples, list(weight_on_beat))
    downbeats = frozenset(index for index, beat in enumerate(beats) if beat.number == 1)
    energies = shot_energies(sheet, direction)
    shot_starts = tuple(sample_of_frame(shot.start_frames, sheet.rate) for shot in sheet.shots)
    return ScorePlan(
        duration_samples=duration,
        beats=beats,
        hits=hits_of(targets, tempo, len(beat_samples), downbeats, frame_samples),
        sections=sections_over(beats, shot_starts, energies),
        shot_starts_samples=shot_starts,
        shot_energies=energies,
        style=style,
        mood=mood,
        key=direction.key or key or "A minor",
        bend=direction.bend,
        ending=direction.ending,
        final_beat=max(0, len(beats) - 1),
        seed=seed,
    )


def _steady_beats(
    targets: Sequence[Target], duration_samples: int, tempo_range_bpm: tuple[float, float], frame_samples: float
) -> tuple[tuple[int, ...], float]:
    slowest, fastest = tempo_range_bpm
    shortest, longest = SAMPLE_RATE_HZ * 60 / fastest, SAMPLE_RATE_HZ * 60 / slowest
    aimed = [target for target in targets if target.weight > 0]
    if aimed:
        grid = best_steady_grid(
            np.array([target.samples for target in aimed]),
            np.array([target.weight + 1000 * target.must_hit for target in aimed]),
            np.array([target.is_drop for target in aimed]),
            (shortest, longest),
            frame_samples,
        )
        period, phase = grid.period_samples, grid.phase_samples
    else:
        period, phase = (shortest * longest) ** 0.5, 0.0
    count = int((duration_samples - phase) / period) + 1 if phase <= duration_samples else 0
    instants = np.floor(phase + period * np.arange(count) + 0.5).astype(np.int64)
    return tuple(int(sample) for sample in instants if sample <= duration_samples), period
