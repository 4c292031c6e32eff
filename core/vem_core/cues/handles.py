"""Handles: music before and after the range that was asked for, so that an editor can trim and cross-fade.

The piece is planned over range and handles together. What it says of itself, plan and report, is of the range.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Iterator
from fractions import Fraction

from vem_core.contract.cut_sheet import CutSheet, Span
from vem_core.contract.plan import Hit, Landing, ScorePlan, Section
from vem_core.contract.request import ScoreRequest
from vem_core.contract.time import sample_of_frame
from vem_core.rhythm.tracking.base import TrackedBeats


def has_handles(request: ScoreRequest) -> bool:
    """Whether music is wanted outside the range."""
    return request.delivery.handle_before_frames > 0 or request.delivery.handle_after_frames > 0


def with_handles(request: ScoreRequest) -> ScoreRequest:
    """The request for range and handles together: the first and the last shot last as much longer."""
    if not has_handles(request):
        return request
    before, after = request.delivery.handle_before_frames, request.delivery.handle_after_frames
    return dataclasses.replace(
        request,
        sheet=_padded(request.sheet, before, after),
        thumbnails=tuple(
            dataclasses.replace(thumbnail, record_frames=thumbnail.record_frames + before)
            for thumbnail in request.thumbnails
        ),
        parse=None,
        recut=None,
    )


def trimmed_plan(plan: ScorePlan, sheet: CutSheet, before_frames: int) -> ScorePlan:
    """A plan of range and handles as one of the range alone, which is `sheet`."""
    first = sample_of_frame(before_frames, sheet.rate)
    duration = sample_of_frame(sheet.duration_frames, sheet.rate)
    samples = [beat.samples for beat in plan.beats]
    begin, end = bisect.bisect_left(samples, first), bisect.bisect_right(samples, first + duration)
    first_bar = plan.beats[begin].bar if begin < end else 0
    last_bar = plan.beats[end - 1].bar if begin < end else -1
    return dataclasses.replace(
        plan,
        duration_samples=duration,
        beats=tuple(
            dataclasses.replace(beat, samples=beat.samples - first, bar=beat.bar - first_bar)
            for beat in plan.beats[begin:end]
        ),
        hits=tuple(_trimmed_hit(hit, first, begin, end) for hit in plan.hits),
        sections=tuple(_trimmed_sections(plan, first_bar, last_bar, first)),
        shot_starts_samples=tuple(sample_of_frame(shot.start_frames, sheet.rate) for shot in sheet.shots),
        final_beat=min(max(plan.final_beat, begin), end - 1) - begin,
        speech_samples=tuple(
            (max(0, start - first), min(duration, stop - first))
            for start, stop in plan.speech_samples
            if start - first < duration and stop > first
        ),
        unmet=tuple(
            dataclasses.replace(mark, target_samples=mark.target_samples - first)
            for mark in plan.unmet
            if 0 <= mark.target_samples - first <= duration
        ),
    )


def trimmed_beats(tracked: TrackedBeats, sheet: CutSheet, before_frames: int) -> TrackedBeats:
    """Beats heard on range and handles, as those of the range alone, which is `sheet`."""
    first = sample_of_frame(before_frames, sheet.rate)
    duration = sample_of_frame(sheet.duration_frames, sheet.rate)

    def inside(instants: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(instant - first for instant in instants if 0 <= instant - first <= duration)

    return TrackedBeats(inside(tracked.beats_samples), inside(tracked.downbeats_samples))


def _padded(sheet: CutSheet, before: int, after: int) -> CutSheet:
    last = len(sheet.shots) - 1
    shots = []
    for index, shot in enumerate(sheet.shots):
        longer = (before if index == 0 else 0) + (after if index == last else 0)
        start = shot.start_frames + (before if index else 0)
        source = shot.source
        if index == 0 and source is not None:  # the picture on the range's first frame stays what it was
            earlier = float(before * source.rate / sheet.rate) * source.speed
            source = dataclasses.replace(source, start_frames=source.start_frames - earlier)
        shots.append(
            dataclasses.replace(shot, start_frames=start, duration_frames=shot.duration_frames + longer, source=source)
        )
    return dataclasses.replace(
        sheet,
        start_frames=sheet.start_frames - before,
        duration_frames=sheet.duration_frames + before + after,
        shots=tuple(shots),
        cuts=tuple(
            dataclasses.replace(
                cut,
                record_frames=cut.record_frames + before,
                nominal_frames=None if cut.nominal_frames is None else cut.nominal_frames + before,
            )
            for cut in sheet.cuts
        ),
        events=tuple(dataclasses.replace(event, record_frames=event.record_frames + before) for event in sheet.events),
        dropped=tuple(
            dataclasses.replace(event, record_frames=event.record_frames + before) for event in sheet.dropped
        ),
        silences=tuple(_padded_silence(silence, sheet.duration_frames, before, after) for silence in sheet.silences),
        cue_starts=tuple(
            dataclasses.replace(cue, record_frames=cue.record_frames + before) for cue in sheet.cue_starts
        ),
        speech=tuple(dataclasses.replace(span, start_frames=span.start_frames + before) for span in sheet.speech),
    )


def _padded_silence(silence: Span, duration_frames: int, before: int, after: int) -> Span:
    """A silence at an edge of the range goes on through the handle."""
    start = silence.start_frames + before if silence.start_frames else 0
    end_excl = silence.end_excl_frames + before + (after if silence.end_excl_frames == duration_frames else 0)
    return dataclasses.replace(silence, start_frames=start, duration_frames=end_excl - start)


def _trimmed_hit(hit: Hit, first: int, begin: int, end: int) -> Hit:
    beat: Fraction | None = None
    landing = hit.landing
    if hit.beat is not None and begin <= hit.beat <= end - 1:
        beat = hit.beat - begin
    elif landing is not Landing.SILENT:
        landing = Landing.MISS
    return dataclasses.replace(hit, target_samples=hit.target_samples - first, beat=beat, landing=landing)


def _trimmed_sections(plan: ScorePlan, first_bar: int, last_bar: int, first: int) -> Iterator[Section]:
    for section in plan.sections:
        start, end = max(section.first_bar, first_bar), min(section.first_bar + section.bars, last_bar + 1)
        if start < end:
            begins = None if section.start_samples is None else max(0, section.start_samples - first)
            yield dataclasses.replace(section, first_bar=start - first_bar, bars=end - start, start_samples=begins)
