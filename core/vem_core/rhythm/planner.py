"""From cuts to a score plan: tempo, beats, bars, form and energy, before a note exists."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.chroma import PITCH_CLASSES
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Arc, Beat, Ending, Hit, Landing, ScorePlan, Section, UnmetMark
from vem_core.contract.request import Direction
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.rhythm.budget import PLAIN_TRAITS, RhythmTraits
from vem_core.rhythm.emphasis import with_emphasis
from vem_core.rhythm.energy import arc_of, shot_energies
from vem_core.rhythm.form import METERS, PHRASE_BARS, FormBeats, Meter, beats_in_bars, meter_over, sections_of
from vem_core.rhythm.planner_beats import BeatLine, BeatWish
from vem_core.rhythm.planner_hits import MET, ROUNDING_SAMPLES, hits_of, on_downbeats
from vem_core.rhythm.planner_ideas import plan_beats
from vem_core.rhythm.planner_targets import Target, beat_offset_samples, goals_of, targets_of
from vem_core.rhythm.tempo_map import TempoMap
from vem_core.rhythm.weights import weigh_cuts

RING_SHORTEST_S, RING_IDEAL_S, RING_LONGEST_S = 0.75, 2.0, 4.0
"""How long the last hit of a score that rings out may sound before the end."""

RING_SHORTEST_ON_A_CUT_S = 0.4
"""A cut so near the end is met by the last hit itself, which then rings less."""


OWN_LINE_WORTH = 0.8
"""What a seed's own bar line is worth, in weight of hits on it."""


def plan_score(
    sheet: CutSheet,
    direction: Direction,
    seed: int,
    *,
    tempo_range_bpm: tuple[float, float],
    style: str,
    mood: str,
    weights: Sequence[float] | None = None,
    motion: Sequence[float] | None = None,
    key: str | None = None,
    traits: RhythmTraits = PLAIN_TRAITS,
    arc: Arc | None = None,
) -> ScorePlan:
    """The plan of a score whose beats meet the sheet's cuts.

    `tempo_range_bpm` and `traits` are the style's; `direction.tempo_bpm` and `direction.bend` outrank them. `weights`
    has one number in 0..1 for each cut (default: `weigh_cuts` without pictures), `motion` one for each shot where it is
    known. `key` is used where the direction names none, `arc` where the brief asks for one; without either the seed
    draws them. The seed also has a home tempo, a phrase length and a taste of its own among cuts that weigh the same.
    The same arguments give the same plan. Marks that no allowed grid meets stand in `unmet`.

    Raises ContractError if the weights do not fit, or for a metre that bars cannot have.
    """
    if traits.beats_per_bar not in METERS:
        raise ContractError(f"a bar has {METERS.start} to {METERS.stop - 1} beats, not {traits.beats_per_bar}")
    wish = beat_wish(sheet, direction, seed, tempo_range_bpm, traits)
    arc = arc or arc_of(seed, sheet)
    energies = shot_energies(sheet, direction, motion, arc)
    landing = _land(sheet, direction, wish, weigh_cuts(sheet) if weights is None else weights)
    meter = _meter(landing, direction, wish, energies)
    beats = beats_in_bars(landing.line.samples, meter, traits.beats_per_bar)
    sections = _sections(sheet, direction, landing, meter, beats, energies)
    landed = on_downbeats(landing.hits, frozenset(meter.bar_starts))
    hits = with_emphasis(landed, landing.marked, beats, sections, energies, direction.accents, traits.stop_share)
    return ScorePlan(
        duration_samples=landing.duration_samples,
        beats=beats,
        hits=hits,
        sections=sections,
        shot_starts_samples=_shot_starts(sheet),
        shot_energies=energies,
        style=style,
        mood=mood,
        key=direction.key or key or f"{random.Random(seed).choice(PITCH_CLASSES)} minor",
        bend=wish.bend,
        ending=direction.ending,
        final_beat=landing.final_beat,
        seed=seed,
        speech_samples=thinning_speech(sheet, direction),
        unmet=unmet_marks(sheet, direction, hits, landing.marked, landing.line.samples, _tolerance_samples(wish)),
        beats_per_bar=traits.beats_per_bar,
        arc=arc,
    )


@dataclass(frozen=True)
class _Landing:
    """The beats of a score, and what they meet."""

    targets: tuple[Target, ...]
    line: BeatLine
    hits: tuple[Hit, ...]  # before bars are known
    hit_weights: NDArray[np.float64]  # the heaviest on each beat: (beats,)
    duration_samples: int
    final_beat: int

    @property
    def marked(self) -> frozenset[tuple[bool, int]]:
        """The marks, as (event, index)."""
        return frozenset((target.event, target.index) for target in self.targets if target.must_hit)

    @property
    def drops(self) -> frozenset[int]:
        """The beats that drops fall on."""
        return _drop_beats(self.targets, self.hits)


def _land(sheet: CutSheet, direction: Direction, wish: BeatWish, weights: Sequence[float]) -> _Landing:
    """The beats laid so that they meet what matters."""
    targets = targets_of(sheet, weights, beat_offset_samples(direction))
    duration = sample_of_frame(sheet.duration_frames, sheet.rate)
    line = plan_beats(goals_of(targets, sheet, direction.ending), sheet.rate, duration, wish)
    tempo = TempoMap(line.samples, line.homes[0][1])
    hits = hits_of(targets, tempo, _tolerance_samples(wish), wish.bend, sixteenths=wish.traits.sixteenths)
    hit_weights = weights_on_beats(hits, len(line.samples))
    final = final_beat(line.samples, hit_weights, duration, direction.ending)
    return _Landing(targets, line, hits, hit_weights, duration, final)


def _meter(landing: _Landing, direction: Direction, wish: BeatWish, energies: Sequence[float]) -> Meter:
    """The bars and sections over the beats."""
    line, final = landing.line, landing.final_beat
    rings = direction.ending in (Ending.RING_OUT, Ending.LAST_FRAME)
    return meter_over(
        FormBeats(
            np.array(line.samples),
            landing.hit_weights + _lines_of_its_own(wish.seed, len(line.samples), wish.traits.beats_per_bar),
            _turns(landing.targets, landing.hits, energies, len(line.samples)),
            landing.drops | ({final} if rings else frozenset()) | _new_homes(line.homes, final),
            wish.traits.beats_per_bar,
            _phrase_bars(wish.seed),
        )
    )


def _sections(
    sheet: CutSheet,
    direction: Direction,
    landing: _Landing,
    meter: Meter,
    beats: Sequence[Beat],
    energies: Sequence[float],
) -> tuple[Section, ...]:
    return sections_of(
        meter,
        beats,
        _shot_starts(sheet),
        energies,
        landing.duration_samples,
        drops=landing.drops,
        last_is_ending=len(meter.section_starts) > 1 and direction.ending is not Ending.CUT,
        tolerance_samples=round(SAMPLE_RATE_HZ / float(sheet.rate)),
        homes=landing.line.homes,
    )


def _shot_starts(sheet: CutSheet) -> tuple[int, ...]:
    return tuple(sample_of_frame(shot.start_frames, sheet.rate) for shot in sheet.shots)


def _tolerance_samples(wish: BeatWish) -> float:
    return wish.tolerance_s * SAMPLE_RATE_HZ


def beat_wish(
    sheet: CutSheet, direction: Direction, seed: int, tempo_range_bpm: tuple[float, float], traits: RhythmTraits
) -> BeatWish:
    """What the direction and the style ask of the beats."""
    return BeatWish(
        tempo_range_bpm=direction.tempo_bpm or tempo_range_bpm,
        bend=direction.bend or traits.bend,
        traits=traits,
        pull=0.5 if direction.energy is None else 0.25 + direction.energy / 2,
        seed=seed,
        tolerance_s=tolerance_s(direction, sheet),
    )


def unmet_marks(
    sheet: CutSheet,
    direction: Direction,
    hits: Sequence[Hit],
    marked: frozenset[tuple[bool, int]],
    beat_samples: Sequence[int],
    tolerance_samples: float,
) -> tuple[UnmetMark, ...]:
    """The marks that no beat meets, and the ending on the last frame where none falls there, with reasons."""
    unmet = [
        UnmetMark(hit.index, hit.event, hit.target_samples, hit.reason)
        for hit in hits
        if (hit.event, hit.index) in marked and hit.landing not in MET and hit.landing is not Landing.SILENT
    ]
    last = sample_of_frame(sheet.duration_frames - 1, sheet.rate)
    if direction.ending is Ending.LAST_FRAME and abs(beat_samples[-1] - last) > tolerance_samples + ROUNDING_SAMPLES:
        off_ms = abs(beat_samples[-1] - last) * 1000 / SAMPLE_RATE_HZ
        reason = f"the last beat that the marks before it allow comes {off_ms:.0f} ms from the last frame"
        unmet.append(UnmetMark(None, False, last, reason))
    return tuple(unmet)


def _new_homes(homes: Sequence[tuple[int, float]], final: int) -> frozenset[int]:
    """The beats from which another home holds; none that would stand after the last hit."""
    return frozenset(first for first, _ in homes[1:] if 0 < first <= final)


def _lines_of_its_own(seed: int, beats: int, beats_per_bar: int) -> NDArray[np.float64]:
    """What this seed's bar lines are worth to it, in weight of hits: (beats,). Seed 0 has none.

    They begin half a bar after the first beat, or are half a bar off from the middle on, or until then.
    """
    worth = np.zeros(beats)
    if seed:
        first, change = ((0, 1), (1, 0), (1, 1))[(seed - 1) % 3]
        numbers = np.arange(beats)
        half_bars = (first + change * (numbers >= beats / 2)) % 2
        worth[(numbers - half_bars * (beats_per_bar // 2)) % beats_per_bar == 0] = OWN_LINE_WORTH
    return worth


def _phrase_bars(seed: int) -> int:
    """How many bars this seed's sections like to have."""
    return PHRASE_BARS[seed % len(PHRASE_BARS)]


def thinning_speech(sheet: CutSheet, direction: Direction) -> tuple[tuple[int, int], ...]:
    """The speech that the arrangement shall make room for, [start, end) in samples."""
    if not direction.room.thin or direction.room.depth_db == 0:
        return ()
    return tuple(
        (sample_of_frame(span.start_frames, sheet.rate), sample_of_frame(span.end_excl_frames, sheet.rate))
        for span in sheet.speech
    )


def tolerance_s(direction: Direction, sheet: CutSheet) -> float:
    """How far off a beat may be and still meet its cut."""
    return 1 / float(sheet.rate) if direction.hit_tolerance_ms is None else direction.hit_tolerance_ms / 1000


def weights_on_beats(hits: Sequence[Hit], beats: int) -> NDArray[np.float64]:
    """The heaviest cut or event on each beat: (beats,)."""
    weights = np.zeros(beats)
    for hit in hits:
        if hit.landing is Landing.BEAT and hit.beat is not None:
            weights[int(hit.beat)] = max(weights[int(hit.beat)], hit.weight)
    return weights


def _drop_beats(targets: Sequence[Target], hits: Sequence[Hit]) -> frozenset[int]:
    drops = {(target.event, target.index) for target in targets if target.is_drop}
    return frozenset(
        int(hit.beat)
        for hit in hits
        if (hit.event, hit.index) in drops and hit.landing is Landing.BEAT and hit.beat is not None
    )


def _turns(
    targets: Sequence[Target], hits: Sequence[Hit], energies: Sequence[float], beats: int
) -> NDArray[np.float64]:
    """How much the picture turns on each beat, 0..1: the weight of the cut there, more where the energy changes."""
    turns = np.zeros(beats)
    sums = np.concatenate([[0.0], np.cumsum(energies)])
    shots = len(energies)
    for hit in hits:
        if hit.landing is not Landing.BEAT or hit.beat is None:
            continue
        change = 0.0
        if not hit.event:
            at, begin, end = hit.index + 1, max(0, hit.index - 3), min(shots, hit.index + 5)
            change = abs((sums[end] - sums[at]) / (end - at) - (sums[at] - sums[begin]) / (at - begin))
        turns[int(hit.beat)] = max(turns[int(hit.beat)], min(1.0, hit.weight * (0.4 + 3 * change)))
    return turns


def final_beat(
    beat_samples: Sequence[int], hit_weights: NDArray[np.float64], duration_samples: int, ending: Ending
) -> int:
    """The beat of the last hit: the last one, or for a ring-out a heavy cut that leaves time to ring.

    What is cut while it rings meets no beat that sounds, so the later of two cuts is the better one.
    """
    last = len(beat_samples) - 1
    if ending is not Ending.RING_OUT:
        return last
    ring_s = (duration_samples - np.array(beat_samples)) / SAMPLE_RATE_HZ
    scale = min(1.0, duration_samples / SAMPLE_RATE_HZ / (3 * RING_IDEAL_S))  # a short score rings less
    shortest_s = np.where(hit_weights > 0, RING_SHORTEST_ON_A_CUT_S, RING_SHORTEST_S)
    fits = (ring_s >= shortest_s * scale) & (ring_s <= RING_LONGEST_S * scale)
    if not fits.any():
        return int(np.argmin(np.abs(ring_s - RING_IDEAL_S * scale)))
    unmet = np.cumsum(hit_weights[::-1])[::-1] - hit_weights
    value = 1.2 * hit_weights - 0.5 * np.abs(ring_s / scale - RING_IDEAL_S) / RING_IDEAL_S - unmet
    return int(np.argmax(np.where(fits, value, -np.inf)))
