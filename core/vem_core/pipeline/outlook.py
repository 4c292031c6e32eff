"""What a re-score would keep: the plan of it, and that of a new piece beside it, without a sound being made."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from vem_core.contract.outlook import PieceOutlook, RecutOutlook
from vem_core.contract.plan import Landing, ScorePlan
from vem_core.contract.progress import Stage
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import KeptSpan
from vem_core.contract.same_piece import as_new_piece, new_piece_notice
from vem_core.contract.sheet_diff import ShotChange, diff_sheets
from vem_core.cues.handles import with_handles
from vem_core.direction import direct
from vem_core.generation.preview import Preview
from vem_core.pipeline.job import Job, open_generator, weights_notice
from vem_core.pipeline.parts import followed_parts, is_plain
from vem_core.pipeline.planning import cut_weights, plan_for
from vem_core.pipeline.refitting import refitted_plan
from vem_core.refit.plan import RefittedPlan

_MET = (Landing.DOWNBEAT, Landing.BEAT, Landing.OFF_BEAT, Landing.PUSH)


def outlook_of(job: Job[ScoreRequest]) -> RecutOutlook:
    """What a re-score of a request would keep. Raises DirectionError, or what `on_progress` raises."""
    job.on_progress(Stage.PLAN, 0, 1, "Comparing the cuts")
    request = as_new_piece(job.request)
    if request.recut is None:
        return RecutOutlook(None, 0, 0.0, reason=new_piece_notice(job.request) or "There is no score to follow.")
    take = request.recut.earlier.take
    difference = diff_sheets(request.recut.earlier.sheet, request.sheet)
    changed = sum(match.change is not ShotChange.KEPT for match in difference.matches) + len(difference.removed)
    pieces = tuple(_pieces(request, job))
    lengths = [piece.end_excl_frames - piece.start_frames for piece in pieces]
    kept = sum(piece.kept_share * length for piece, length in zip(pieces, lengths, strict=True)) / max(1, sum(lengths))
    reason = "" if kept else "No bar has the picture that it had: the same piece is played anew."
    return RecutOutlook(take, changed, kept, pieces, reason, _notices(job))


def _notices(job: Job[ScoreRequest]) -> tuple[str, ...]:
    request = job.request
    if request.recut is None or not request.recut.earlier.model_sha256:
        return ()
    notice = weights_notice(request, open_generator(job, Preview(job.scratch)))
    return (notice,) if notice else ()


def _pieces(request: ScoreRequest, job: Job[ScoreRequest]) -> Iterator[PieceOutlook]:
    """The pieces of a request, in order. Handles belong to the pieces beside them."""
    before, length = request.delivery.handle_before_frames, request.sheet.duration_frames
    if is_plain(request):
        refitted = refitted_plan(request, direct(request, job.attachments), job)
        yield _piece(request, refitted, job, (0, length))
        return
    whole = with_handles(request)
    for part in followed_parts(request, whole):
        own = part.request
        refitted = None if own.recut is None else refitted_plan(own, direct(own, job.attachments), job)
        edges = (part.span.start_frames - before, part.span.end_excl_frames - before)
        start, end_excl = (min(max(0, edge), length) for edge in edges)
        yield _piece(own, refitted, job, (start, end_excl))


def _piece(
    own: ScoreRequest, refitted: RefittedPlan | None, job: Job[ScoreRequest], span: tuple[int, int]
) -> PieceOutlook:
    fresh = plan_for(own, direct(own, job.attachments), cut_weights(own, job), job)
    plan, kept = (fresh, ()) if refitted is None else (refitted.plan, refitted.kept)
    kept_samples = sum(span.end_excl_samples - span.start_samples for span in kept)
    return PieceOutlook(
        *span,
        kept_share=kept_samples / max(1, plan.duration_samples),
        new_bars=_new_bars(plan, kept),
        bars=plan.bar_count,
        cuts=len(plan.hits),
        cuts_met=_met(plan),
        cuts_met_from_scratch=_met(fresh),
    )


def _met(plan: ScorePlan) -> int:
    return sum(hit.landing in _MET for hit in plan.hits)


def _new_bars(plan: ScorePlan, kept: tuple[KeptSpan, ...]) -> tuple[tuple[int, int], ...]:
    """The runs of bars that do not lie in what stays, counted from 1."""
    starts = [beat.samples for beat in plan.beats if beat.number == 1] or [0]
    ends = [*starts[1:], plan.duration_samples]
    starts[0] = 0
    new = [
        not any(span.start_samples <= start and end <= span.end_excl_samples for span in kept)
        for start, end in zip(starts, ends, strict=True)
    ]
    runs = itertools.groupby(enumerate(new, 1), key=lambda bar: bar[1])
    listed = ([number for number, _ in bars] for is_new, bars in runs if is_new)
    return tuple((bars[0], bars[-1]) for bars in listed)
