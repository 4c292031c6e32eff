"""The plan of a piece: what its brief says, brought onto the cuts."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence

from vem_core.composer.styles import style_by_id
from vem_core.contract.brief import MusicBrief
from vem_core.contract.errors import ModelMissing
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import ScoreRequest, ThumbnailUse
from vem_core.direction.following import casting_of, followed, key_of
from vem_core.generation.bundled import bundled_aligner
from vem_core.models.cut_beats import beat_probabilities
from vem_core.parsing.strips import cut_strips
from vem_core.pipeline.job import Work
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.weights import weigh_cuts


def plan_piece(work: Work) -> ScorePlan:
    """The plan of one piece, as its brief has it. Raises DirectionError."""
    return plan_as_briefed(work.request, work.brief, cut_weights(work))


def plan_as_briefed(request: ScoreRequest, brief: MusicBrief, weights: Sequence[float]) -> ScorePlan:
    """The plan that a brief asks for, on the request's cuts; `weights` has one number in 0..1 for each cut."""
    style = style_by_id(brief.style.id)
    plan = plan_score(
        request.sheet,
        followed(request.direction, brief),
        request.seed,
        tempo_range_bpm=(brief.tempo_bpm.low, brief.tempo_bpm.high),
        style=style.id,
        mood=brief.mood.word,
        weights=weights,
        key=key_of(brief, style, request.seed),
    )
    return dataclasses.replace(plan, casting=casting_of(brief, request.sheet))


def cut_weights(work: Work) -> tuple[float, ...]:
    """How much each cut of the request's sheet matters to the music, 0..1."""
    request, attachments = work.request, work.attachments
    return weigh_cuts(request.sheet, shot_pictures(request, attachments), _aligner_says(work))


def _aligner_says(work: Work) -> tuple[float | None, ...] | None:
    """What the transition-beat aligner says of each cut; None where it cannot be asked.

    It is loaded for jobs with strips alone. It steers every model's plan, not only that of the model it came with.
    """
    request = work.request
    if not any(thumbnail.use is ThumbnailUse.STRIP for thumbnail in request.thumbnails):
        return None
    try:
        aligner = bundled_aligner(work.job.models)
    except ModelMissing:  # a checkout without weights still plans, as it would without pictures
        return None
    strips = cut_strips(request, work.attachments, aligner.strip_frames, aligner.size)
    return beat_probabilities(aligner, strips, len(request.sheet.cuts))


def shot_pictures(request: ScoreRequest, attachments: Mapping[str, bytes]) -> dict[int, list[bytes]]:
    """The JPEGs of each shot in order of time, without strips and placeholders; a shot may have none."""
    pictures: dict[int, list[bytes]] = defaultdict(list)
    for thumbnail in sorted(request.thumbnails, key=lambda thumbnail: thumbnail.record_frames):
        if thumbnail.use is ThumbnailUse.SHOT and not thumbnail.placeholder and thumbnail.sha256 in attachments:
            pictures[thumbnail.shot].append(attachments[thumbnail.sha256])
    return pictures
