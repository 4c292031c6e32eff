"""A take of several pieces, or with handles, after a re-cut: every piece follows the one that it was, by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vem_core.audio.packed_sound import PackedSound
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.direction import Direction
from vem_core.contract.recut import EarlierTake, FrameRange, Recut
from vem_core.contract.request import Delivery, ScoreRequest
from vem_core.contract.result import AlignmentReport, AlignmentTotals, PlayedPart
from vem_core.contract.sheet_diff import diff_sheets
from vem_core.contract.time import sample_of_frame
from vem_core.cues.cutting import CueSpan, cue_request, without_entrance
from vem_core.cues.handles import has_handles, with_handles
from vem_core.pipeline.cues import read_cues

_NOTHING = AlignmentTotals(0, 0, 0, 0, 0, 0, None, None)


@dataclass(frozen=True)
class EarlierPart:
    """One piece of the take before, as a take of its own, and where its sound lies in the take's files."""

    take: EarlierTake
    start_samples: int
    end_excl_samples: int

    def sounds(self, sounds: Mapping[str, PackedSound]) -> dict[str, PackedSound]:
        """Its part of the take's sounds, by role."""
        return {role: sound.part(self.start_samples, self.end_excl_samples) for role, sound in sounds.items()}


@dataclass(frozen=True)
class FollowedPart:
    """One piece of the new score, and the earlier piece that it follows."""

    span: CueSpan  # counted from the handle's first frame
    request: ScoreRequest  # with its own re-cut, where it follows one
    earlier: EarlierPart | None = None


def followed_parts(request: ScoreRequest, whole: ScoreRequest) -> Iterator[FollowedPart]:
    """The pieces of a request with a re-cut, which is `whole` with its handles. Raises DirectionError."""
    assert request.recut is not None
    earlier, cues = earlier_parts(request.recut.earlier), read_cues(whole)
    for span in cues.spans:
        own = cue_request(whole, span, request.recut.earlier.plan.style) if cues.are_several else whole
        part = followed(own, earlier)
        if part is None:
            yield FollowedPart(span, own)
        else:
            recut = recut_of(request.recut, part, request.delivery.handle_before_frames, span)
            yield FollowedPart(span, dataclasses.replace(own, recut=recut), part)


def is_plain(request: ScoreRequest) -> bool:
    """Whether one piece fills the range, now and in the take before."""
    assert request.recut is not None
    earlier = request.recut.earlier
    sheets = (request.sheet, earlier.sheet)
    return not (has_handles(request) or earlier.parts or any(sheet.silences or sheet.cue_starts for sheet in sheets))


def earlier_parts(earlier: EarlierTake) -> tuple[EarlierPart, ...]:
    """The pieces of the take before; none of one that has several or handles and does not say which they are."""
    whole = _as_request(earlier)
    handles = earlier.handle_before_frames + earlier.handle_after_frames
    if earlier.parts:
        return tuple(_part(earlier, whole, part) for part in earlier.parts)
    if handles or earlier.sheet.silences or earlier.sheet.cue_starts:
        return ()
    return (EarlierPart(earlier, 0, earlier.plan.duration_samples),)


def followed(part: ScoreRequest, parts: Sequence[EarlierPart]) -> EarlierPart | None:
    """The earlier piece that most of a piece's picture belonged to; None: there is none."""
    shared = [(_shared_frames(earlier.take.sheet, part.sheet), earlier) for earlier in parts]
    frames, best = max(shared, key=lambda each: each[0], default=(0, None))
    return best if frames > 0 else None


def recut_of(whole: Recut, part: EarlierPart, before_frames: int, span: CueSpan) -> Recut:
    """The re-cut of one piece, whose span counts from the handle's first frame; ranges are the whole's."""
    varied = (
        dataclasses.replace(variation, where=where)
        for variation in whole.varied
        for where in _within(variation.where, before_frames, span)
    )
    locked = (where for locked in whole.locked for where in _within(locked, before_frames, span))
    return Recut(part.take, tuple(locked), tuple(varied))


def _within(where: FrameRange, before_frames: int, span: CueSpan) -> Iterator[FrameRange]:
    start = max(where.start_frames + before_frames, span.start_frames)
    end_excl = min(where.end_excl_frames + before_frames, span.end_excl_frames)
    if start < end_excl:
        yield FrameRange(start - span.start_frames, end_excl - span.start_frames)


def _as_request(earlier: EarlierTake) -> ScoreRequest:
    """What the take before was made of, as far as it matters here, range and handles together."""
    delivery = Delivery(
        handle_before_frames=earlier.handle_before_frames, handle_after_frames=earlier.handle_after_frames
    )
    return with_handles(ScoreRequest(earlier.sheet, earlier.direction or Direction(), delivery))


def _part(earlier: EarlierTake, whole: ScoreRequest, part: PlayedPart) -> EarlierPart:
    rate = whole.sheet.rate
    start = sample_of_frame(part.start_frames, rate)
    own = whole
    if (part.start_frames, part.end_excl_frames) != (0, whole.sheet.duration_frames):
        own = cue_request(whole, CueSpan(part.start_frames, part.end_excl_frames), part.plan.style)
        own = own if part.entrance else without_entrance(own)
    report = AlignmentReport(
        earlier.report.tracker,
        earlier.report.tracker_licence_note,
        part.beats_samples,
        part.downbeats_samples,
        None,
        (),
        _NOTHING,
        _NOTHING,
        0.0,
    )
    take = dataclasses.replace(
        earlier,
        sheet=own.sheet,
        plan=part.plan,
        report=report,
        levels=None,
        direction=None if earlier.direction is None else own.direction,
        parts=(),
        handle_before_frames=0,
        handle_after_frames=0,
    )
    return EarlierPart(take, start, start + part.plan.duration_samples)


def _shared_frames(before: CutSheet, after: CutSheet) -> int:
    matches = diff_sheets(before, after).matches
    return sum(after.shots[match.new].duration_frames for match in matches if match.old is not None)
