"""The plan of a piece: what its brief says, brought onto the cuts."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence

from vem_core.composer.style import Style
from vem_core.composer.styles import style_by_id
from vem_core.contract.brief import MusicBrief
from vem_core.contract.errors import ModelMissing
from vem_core.contract.plan import ScorePlan
from vem_core.contract.progress import Stage
from vem_core.contract.request import ScoreRequest, ThumbnailUse
from vem_core.contract.tempo_options import TempoOptions
from vem_core.direction import direct
from vem_core.direction.following import arc_of_words, casting_of, followed, key_of
from vem_core.generation.bundled import bundled_aligner
from vem_core.models.cut_beats import beat_probabilities
from vem_core.parsing.strips import cut_strips
from vem_core.pipeline.job import AnyJob, Job, Work
from vem_core.pipeline.own_music import plan_song
from vem_core.rhythm.budget import RhythmTraits
from vem_core.rhythm.form import METERS
from vem_core.rhythm.options import tempo_options
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.weights import weigh_cuts


def plan_piece(work: Work) -> ScorePlan:
    """The plan of one piece, as its brief has it. Raises DirectionError."""
    return plan_for(work.request, work.brief, cut_weights(work.request, work.job), work.job)


def plan_for(request: ScoreRequest, brief: MusicBrief, weights: Sequence[float], job: AnyJob) -> ScorePlan:
    """The plan of a request's music: that which a brief asks for, or the user's own. Raises AudioError."""
    if request.music is not None:
        return plan_song(request, brief, weights, job)
    return plan_as_briefed(request, brief, weights)


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
        traits=traits_of(style, brief),
        arc=arc_of_words(brief),
    )
    return dataclasses.replace(plan, casting=casting_of(brief, request.sheet))


def tempo_options_of(job: Job[ScoreRequest]) -> TempoOptions:
    """What each degree of bending would meet and cost. Raises DirectionError, or what `on_progress` raises."""
    job.on_progress(Stage.PLAN, 0, 1, "Placing the beats")
    request, brief = job.request, direct(job.request, job.attachments)
    style = style_by_id(brief.style.id)
    weights = cut_weights(request, job)
    range_bpm = (brief.tempo_bpm.low, brief.tempo_bpm.high)
    direction = followed(request.direction, brief)
    return tempo_options(request.sheet, direction, request.seed, range_bpm, traits_of(style, brief), weights)


def traits_of(style: Style, brief: MusicBrief) -> RhythmTraits:
    """What the style brings to the planning of beats, in the brief's metre where bars can have it."""
    beats = brief.meter.beats
    return dataclasses.replace(style.rhythm, beats_per_bar=beats if beats in METERS else beats // 2)


def cut_weights(request: ScoreRequest, job: Job[ScoreRequest]) -> tuple[float, ...]:
    """How much each cut of a request's sheet matters to the music, 0..1. The request is the job's, or a part of it."""
    return weigh_cuts(request.sheet, shot_pictures(request, job.attachments), _aligner_says(request, job))


def _aligner_says(request: ScoreRequest, job: Job[ScoreRequest]) -> tuple[float | None, ...] | None:
    """What the transition-beat aligner says of each cut; None where it cannot be asked.

    It is loaded for jobs with strips alone. It steers every model's plan, not only that of the model it came with.
    """
    if not any(thumbnail.use is ThumbnailUse.STRIP for thumbnail in request.thumbnails):
        return None
    try:
        aligner = bundled_aligner(job.models)
    except ModelMissing:  # a checkout without weights still plans, as it would without pictures
        return None
    strips = cut_strips(request, job.attachments, aligner.strip_frames, aligner.size)
    return beat_probabilities(aligner, strips, len(request.sheet.cuts))


def shot_pictures(request: ScoreRequest, attachments: Mapping[str, bytes]) -> dict[int, list[bytes]]:
    """The JPEGs of each shot in order of time, without strips and placeholders; a shot may have none."""
    pictures: dict[int, list[bytes]] = defaultdict(list)
    for thumbnail in sorted(request.thumbnails, key=lambda thumbnail: thumbnail.record_frames):
        if thumbnail.use is ThumbnailUse.SHOT and not thumbnail.placeholder and thumbnail.sha256 in attachments:
            pictures[thumbnail.shot].append(attachments[thumbnail.sha256])
    return pictures
