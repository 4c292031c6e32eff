"""The refitted plan: every bar that can stay stays, and only what lies between is planned anew."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vem_core.composer.form import read_form
from vem_core.composer.performance import fade_out_samples
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.plan import Beat, Bend, Emphasis, Ending, Hit, Landing, ScorePlan, Section
from vem_core.contract.recut import EarlierTake, FrameRange, Recut
from vem_core.contract.request import Direction
from vem_core.contract.result import KeptSpan
from vem_core.contract.sheet_diff import SheetDiff, diff_sheets
from vem_core.contract.time import SAMPLE_RATE_HZ, nearest_frame, sample_of_frame
from vem_core.refit.bars import EarlierBars, KeptBars, keepable_bars
from vem_core.refit.ending import with_ring
from vem_core.refit.form import (
    BarIdentity,
    NewBar,
    bar_sizes,
    beats_of,
    continued,
    identities_of,
    kept_bar,
    new_bars,
    sections_of_bars,
    with_climaxes,
    with_homes,
)
from vem_core.refit.gap_search import MOST_BESIDE_S, GapSearch
from vem_core.refit.gaps import Gap
from vem_core.refit.picture import Marks, PictureRun, marks_of, unchanged_picture, with_locks
from vem_core.refit.splice import WAY_IN_SAMPLES
from vem_core.refit.wishes import ShotWishes
from vem_core.rhythm.budget import PLAIN_TRAITS, RhythmTraits
from vem_core.rhythm.emphasis import with_emphasis
from vem_core.rhythm.planner import (
    RING_SHORTEST_S,
    beat_wish,
    final_beat,
    thinning_speech,
    unmet_marks,
    weights_on_beats,
)
from vem_core.rhythm.planner_beats import BeatWish
from vem_core.rhythm.planner_hits import hits_of, on_downbeats
from vem_core.rhythm.planner_targets import Goal, Target, beat_offset_samples, goals_of, targets_of
from vem_core.rhythm.tempo_map import TempoMap

_MET = (Landing.DOWNBEAT, Landing.BEAT)


@dataclass(frozen=True)
class RefittedPlan:
    """A plan for the new sheet, and what of the take before it leaves as it was."""

    plan: ScorePlan
    kept: tuple[KeptSpan, ...]  # sound that stays, in order, apart from each other
    bars_kept: int
    bars: int
    keeps_ring: bool = False  # the last of `kept` is the last hit as it was, at another place


def refit_plan(
    recut: Recut,
    sheet: CutSheet,
    direction: Direction,
    tempo_range_bpm: tuple[float, float],
    weights: Sequence[float],
    traits: RhythmTraits = PLAIN_TRAITS,
) -> RefittedPlan | None:
    """The earlier plan refitted to `sheet`; None where not one bar of it can stay.

    `weights` has one number in 0..1 for each cut; cuts that stayed keep the weight they had. Key, style, mood, bend and
    metre are the earlier plan's; `traits` are its style's.

    Raises DirectionError where locked bars leave no way to fill what lies between them.
    """
    return _Refit(recut, sheet, direction, tempo_range_bpm, weights, traits).run()


class _Refit:
    """One refit. The steps share the earlier plan's bars and the targets of the new sheet."""

    def __init__(
        self,
        recut: Recut,
        sheet: CutSheet,
        direction: Direction,
        tempo_range_bpm: tuple[float, float],
        weights: Sequence[float],
        traits: RhythmTraits,
    ) -> None:
        self.recut = recut
        self.earlier: EarlierTake = recut.earlier
        self.old: ScorePlan = recut.earlier.plan
        self.sheet = sheet
        self.direction = direction
        self.bars = EarlierBars(self.old)
        self.identities = identities_of(self.old)
        self.diff: SheetDiff = diff_sheets(self.earlier.sheet, sheet)
        self.wishes = ShotWishes(recut, sheet, direction, self.diff)
        runs = unchanged_picture(self.earlier.sheet, sheet, self.diff)
        self.runs: tuple[PictureRun, ...] = with_locks(runs, recut.locked, self.diff, sheet, self.earlier.sheet)
        self.duration = sample_of_frame(sheet.duration_frames, sheet.rate)
        self.frame_samples = SAMPLE_RATE_HZ / float(sheet.rate)
        self.traits = replace(traits, beats_per_bar=self.old.beats_per_bar)
        self.wish = self._wish(tempo_range_bpm)
        self.tolerance_samples = self.wish.tolerance_s * SAMPLE_RATE_HZ
        self.targets: tuple[Target, ...] = targets_of(sheet, self._weights(weights), beat_offset_samples(direction))
        self.goals: tuple[Goal, ...] = goals_of(self.targets, sheet, direction.ending)
        self.gaps = GapSearch(self.bars, self.goals, self.duration, self.wish)

    def run(self) -> RefittedPlan | None:
        kept = self._without_changed_ending(keepable_bars(self.bars, self.runs, self.earlier.sheet, self.sheet))
        kept = tuple(sorted(kept, key=lambda run: self.bars.span(run)))
        kept = self.gaps.settled(kept)
        return self._assembled(kept) if kept else None

    def _wish(self, tempo_range_bpm: tuple[float, float]) -> BeatWish:
        """What is asked of new beats: as of the old ones; a constant tempo bends like a groove where it must."""
        wish = beat_wish(self.sheet, self.direction, self.old.seed, tempo_range_bpm, self.traits)
        bend = Bend.GROOVE if self.old.bend is Bend.STEADY else self.old.bend
        return replace(wish, bend=bend, tempo_range_bpm=tempo_range_bpm)

    # What stays

    def _without_changed_ending(self, kept: Sequence[KeptBars]) -> tuple[KeptBars, ...]:
        """The bars without those of an ending that is no longer where or what it was."""
        last = len(self.bars)
        same = self.direction.ending is self.old.ending and any(
            run.end == last
            and self.bars.holds_final(run)
            and run.shift_samples == self.duration - self.old.duration_samples
            for run in kept
        )
        if same:
            return tuple(kept)
        end_of_music = self.old.duration_samples
        if self.old.ending in (Ending.RING_OUT, Ending.LAST_FRAME):
            end_of_music = self.old.beats[self.old.final_beat].samples
        elif self.old.ending is Ending.FADE:
            end_of_music -= fade_out_samples(read_form(self.old, 100.0))
        shortened = []
        for run in kept:
            staying = [
                bar
                for bar in range(run.first, run.end)
                if run.locked
                or (self.bars.end_samples(bar) <= end_of_music and not self._fades(bar, run.shift_samples))
            ]
            if staying:
                shortened.append(replace(run, end=min(staying[-1] + 1, last - 1)))
        return tuple(run for run in shortened if run.bars > 0)

    def _fades(self, bar: int, shift_samples: int) -> bool:
        """Whether the new ending needs the place where a kept bar would stand."""
        end = self.bars.end_samples(bar) + shift_samples
        if self.direction.ending is Ending.FADE:
            scale = self.duration / max(1, self.old.duration_samples)
            fade = fade_out_samples(read_form(dataclasses.replace(self.old, ending=Ending.FADE), 100.0))
            return end > self.duration - fade * max(1.0, scale)
        if self.direction.ending is Ending.RING_OUT:
            return end > self.duration - RING_SHORTEST_S * SAMPLE_RATE_HZ
        return end > self.duration - self.frame_samples

    # The plan

    def _assembled(self, kept: Sequence[KeptBars]) -> RefittedPlan:
        if self._is_whole(kept):
            speech = thinning_speech(self.sheet, self.direction)
            plan = dataclasses.replace(self.old, shot_energies=self.wishes.energies(), speech_samples=speech)
            return RefittedPlan(plan, self._kept_sound(kept), len(self.bars), len(self.bars))
        gaps = dict(self.gaps.gaps(kept))
        starts = tuple(sample_of_frame(shot.start_frames, self.sheet.rate) for shot in self.sheet.shots)
        samples = self._all_beats(kept, gaps)
        tempo = TempoMap(samples, self._lone_period())
        landed = hits_of(self.targets, tempo, self.tolerance_samples, self.old.bend, sixteenths=self.traits.sixteenths)
        weights = dict(zip(samples, weights_on_beats(landed, len(samples)), strict=True))
        final = self._final(samples, weights, kept, gaps)
        bars: list[NewBar] = []
        for place in range(len(kept) + 1):
            if place in gaps:
                made = self._bars_in(gaps[place], place, kept, weights, landed, samples, final)
                bars += made
            if place < len(kept):
                run = kept[place]
                bars += [
                    kept_bar(self.bars, self.identities, bar, run.shift_samples) for bar in range(run.first, run.end)
                ]
        bars = self._varied(with_homes(bars, self.gaps.homes_s(kept)))
        beats = beats_of(bars)
        sections = sections_of_bars(bars, starts, self.duration, round(self.frame_samples))
        hits = self._emphasised(landed, beats, sections, kept)
        marked = frozenset((target.event, target.index) for target in self.targets if target.must_hit)
        plan = dataclasses.replace(
            self.old,
            duration_samples=self.duration,
            beats=beats,
            hits=hits,
            sections=sections,
            shot_starts_samples=starts,
            shot_energies=self.wishes.energies(),
            ending=self.direction.ending,
            final_beat=samples.index(final),
            speech_samples=thinning_speech(self.sheet, self.direction),
            unmet=unmet_marks(self.sheet, self.direction, hits, marked, samples, self.tolerance_samples),
        )
        sound, count = self._kept_sound(kept), sum(run.bars for run in kept)
        ringing = self._with_ring(plan, sound)
        return RefittedPlan(plan, ringing or sound, count, len(bars), keeps_ring=ringing is not None)

    def _emphasised(
        self, landed: Sequence[Hit], beats: Sequence[Beat], sections: Sequence[Section], kept: Sequence[KeptBars]
    ) -> tuple[Hit, ...]:
        """The hits with their accents; those in kept bars sound as they did."""
        hits = on_downbeats(landed, frozenset(index for index, beat in enumerate(beats) if beat.number == 1))
        marked = frozenset((target.event, target.index) for target in self.targets if target.must_hit)
        energies, share = self.wishes.energies(), self.traits.stop_share
        hits = with_emphasis(hits, marked, beats, sections, energies, self.direction.accents, share)
        found = []
        for hit in hits:
            shifts = (run.shift_samples for run in kept if _holds(self.bars.span(run), hit.target_samples))
            shift = next(shifts, None)
            found.append(dataclasses.replace(hit, emphasis=self._emphasis_before(hit, shift)))
        return tuple(found)

    def _emphasis_before(self, hit: Hit, shift: int | None) -> Emphasis:
        """How a hit in bars that stay sounded; its own where it is new.

        Frames that travel may be rounded to another sample, and bars may stand a hair beside their picture.
        """
        near = [
            (abs(old.target_samples + shift - hit.target_samples), old.emphasis)
            for old in (self.old.hits if shift is not None else ())
            if old.event == hit.event and shift is not None
        ]
        off, emphasis = min(near, key=lambda each: each[0], default=(0, hit.emphasis))
        return emphasis if off <= MOST_BESIDE_S * SAMPLE_RATE_HZ + 1 else hit.emphasis

    def _is_whole(self, kept: Sequence[KeptBars]) -> bool:
        """Whether the plan is what it was, bar by bar."""
        alone = len(kept) == 1 and kept[0].bars == len(self.bars) and kept[0].shift_samples == 0
        return alone and not self.wishes.variations() and self.duration == self.old.duration_samples

    def _varied(self, bars: Sequence[NewBar]) -> list[NewBar]:
        """The bars with other seeds where the editor asked for a variation."""
        ends = [*(bar.beats_samples[0] for bar in bars[1:]), self.duration]
        seeds = [(*self._samples_of(variation.where), variation.seed) for variation in self.wishes.variations()]
        found = []
        for bar, end in zip(bars, ends, strict=True):
            seed = next((seed for start, stop, seed in seeds if bar.beats_samples[0] < stop and start < end), None)
            found.append(bar if seed is None else replace(bar, identity=replace(bar.identity, seed=seed)))
        return found

    def _all_beats(self, kept: Sequence[KeptBars], gaps: Mapping[int, Gap]) -> tuple[int, ...]:
        found: list[int] = []
        for place in range(len(kept) + 1):
            if place in gaps:
                found += self._gap_beats(gaps[place])
            if place < len(kept):
                found += self.gaps.beat_samples(kept[place])
        return tuple(found)

    def _gap_beats(self, gap: Gap) -> tuple[int, ...]:
        inside = self.gaps.beats_in(gap)
        line = () if gap.before_samples is None else (gap.before_samples,)
        return (*line, *(inside.samples if inside else ()))

    def _lone_period(self) -> float:
        return sum(self.wish.period_range_s) / 2 * SAMPLE_RATE_HZ

    def _final(
        self,
        samples: Sequence[int],
        weights: Mapping[int, float],
        kept: Sequence[KeptBars],
        gaps: Mapping[int, Gap],
    ) -> int:
        """The instant of the last hit."""
        if len(kept) not in gaps:  # the end stayed
            return self.old.beats[self.old.final_beat].samples + kept[-1].shift_samples
        own = [sample for sample in samples if sample >= gaps[len(kept)].start_samples]
        return own[final_beat(own, np.array([weights[at] for at in own]), self.duration, self.direction.ending)]

    def _bars_in(
        self,
        gap: Gap,
        place: int,
        kept: Sequence[KeptBars],
        weights: Mapping[int, float],
        landed: Sequence[Hit],
        samples: Sequence[int],
        final: int,
    ) -> list[NewBar]:
        """The bars of a gap: numbered on from the kept ones, with drops and the final hit on downbeats."""
        beats = self._gap_beats(gap)
        before = kept[place - 1].end - 1 if place else None
        after = kept[place].first if place < len(kept) else None
        rings = self.direction.ending in (Ending.RING_OUT, Ending.LAST_FRAME)
        pick_up = self._pick_up(gap, beats)
        inner = beats[pick_up:]
        ends = after is None and rings
        until = inner.index(final) if ends and final in inner else len(inner)
        drops = self._drops(landed, samples)
        entrance = self.gaps.entrance_samples(gap)
        forced = frozenset(number for number, at in enumerate(inner[:until]) if at in drops or at == entrance)
        values = np.array([weights[at] for at in inner])
        meter = self.traits.beats_per_bar
        body = bar_sizes(values[:until], meter, forced, open_end=after is None and not ends)
        tail = bar_sizes(values[until:], meter, open_end=True)
        head = 1 if pick_up else 0
        gone_after = self._final_bar() if ends else after
        if before is not None and gone_after is not None and gone_after <= before:
            gone_after = before + 1  # moved shots stand in another order
        who = continued(self.identities, before, gone_after, head + len(body))
        who = with_climaxes(who, [at in drops for at in _starts(inner[:until], body)], head)
        made = new_bars(beats[:pick_up], [pick_up], who[:1], meter - pick_up + 1) if head else []
        made += new_bars(inner[:until], body, who[head:])
        return made + new_bars(inner[until:], tail, self._ending_identities(who, before, len(tail)))

    def _pick_up(self, gap: Gap, beats: Sequence[int]) -> int:
        """Beats before the first bar line, at the score's beginning."""
        if gap.before_samples is not None or not beats:
            return 0
        on_first_frame = beats[0] <= self.frame_samples
        return 0 if on_first_frame else len(beats) % self.traits.beats_per_bar

    def _drops(self, landed: Sequence[Hit], samples: Sequence[int]) -> frozenset[int]:
        wished = {(target.event, target.index) for target in self.targets if target.is_drop}
        return frozenset(
            samples[int(hit.beat)]
            for hit in landed
            if (hit.event, hit.index) in wished and hit.landing in _MET and hit.beat is not None
        )

    def _final_bar(self) -> int | None:
        """The earlier plan's bar of the final hit, where it had one to itself."""
        if self.old.ending not in (Ending.RING_OUT, Ending.LAST_FRAME):
            return None
        return self.old.beats[self.old.final_beat].bar

    def _ending_identities(self, who: Sequence[BarIdentity], before: int | None, bars: int) -> list[BarIdentity]:
        if bars == 0:
            return []
        final = self._final_bar()
        if final is not None:
            first = self.identities[final]
        else:
            first = who[-1].moved(1) if who else self.identities[before or 0].moved(1)
        return [first.moved(number) for number in range(bars)]

    # Shots

    def _weights(self, weights: Sequence[float]) -> list[float]:
        """The weights of the cuts; one that stands inside unchanged picture keeps the weight it had."""
        known = {
            self.earlier.sheet.cuts[hit.index].record_frames: hit.weight
            for hit in self.old.hits
            if not hit.event and hit.index < len(self.earlier.sheet.cuts)
        }
        inside = {
            frame + run.travel_frames: weight
            for run in self.runs
            for frame, weight in known.items()
            if run.earlier_frames < frame < run.earlier_end_excl_frames
        }
        return [
            inside.get(cut.record_frames, weight) or weight
            for cut, weight in zip(self.sheet.cuts, weights, strict=True)
        ]

    # Sound

    def _kept_sound(self, kept: Sequence[KeptBars]) -> tuple[KeptSpan, ...]:
        """The kept bars' samples, without bars that shall sound otherwise."""
        anew = [self._samples_of(where) for where in self.wishes.ranges_anew()]
        locked = [self._samples_of(where) for where in self.recut.locked]
        spans: list[KeptSpan] = []
        for run in kept:
            for bar in range(run.first, run.end):
                begin, end = (
                    at + run.shift_samples for at in (self.bars.start_samples(bar), self.bars.end_samples(bar))
                )
                if _touches(begin, end, anew) and not _touches(begin, end, locked):
                    continue
                spans += _gone_on(spans.pop() if spans else None, KeptSpan(begin, end, begin - run.shift_samples))
        return tuple(spans)

    def _with_ring(self, plan: ScorePlan, kept: tuple[KeptSpan, ...]) -> tuple[KeptSpan, ...] | None:
        """Kept sound with the last hit as it was, unless that shall sound otherwise. A song ends as it was recorded."""
        ringing = None if self.earlier.music is not None else with_ring(self.old, plan, kept)
        if ringing is None:
            return None
        anew = [self._samples_of(where) for where in self.wishes.ranges_anew()]
        begin, before = ringing[-1].start_samples, ringing[-1].earlier_samples
        speech_stays = _speech_after(self.sheet, begin) == _speech_after(self.earlier.sheet, before)
        return ringing if speech_stays and not _touches(begin, self.duration, anew) else None

    def _samples_of(self, where: FrameRange) -> tuple[int, int]:
        return sample_of_frame(where.start_frames, self.sheet.rate), sample_of_frame(
            where.end_excl_frames, self.sheet.rate
        )


def _gone_on(last: KeptSpan | None, bar: KeptSpan) -> Iterator[KeptSpan]:
    """Kept sound and the kept bar after it: one span where it went on so, else with room for a joint between them."""
    if last is None or last.end_excl_samples < bar.start_samples:
        yield from (bar,) if last is None else (last, bar)
    elif last.start_samples - last.earlier_samples == bar.start_samples - bar.earlier_samples:
        yield replace(last, end_excl_samples=bar.end_excl_samples)
    else:
        way_in = bar.start_samples - WAY_IN_SAMPLES
        if last.start_samples < way_in:
            yield replace(last, end_excl_samples=way_in)
        yield bar


def _holds(span: tuple[int, int], samples: int) -> bool:
    return span[0] <= samples < span[1]


def _speech_after(sheet: CutSheet, samples: int) -> Marks:
    """Where somebody speaks from an instant on, counted from it."""
    marks = marks_of(sheet, nearest_frame(samples, sheet.rate), sheet.duration_frames)
    return tuple(mark for mark in marks if mark[0] == "speech")


def _touches(begin: int, end: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(begin < stop and start < end for start, stop in ranges)


def _starts(beats: Sequence[int], sizes: Sequence[int]) -> list[int]:
    return [beats[edge] for edge in itertools.accumulate(sizes[:-1], initial=0)] if sizes else []
