"""From a request to a score: the ladder that every job climbs."""

from __future__ import annotations

import dataclasses
import shutil

from vem_core.contract.brief import MusicBrief
from vem_core.contract.parse import Parse
from vem_core.contract.progress import Stage
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.delivery.rights import caution_before
from vem_core.direction import direct
from vem_core.generation.played_piece import PlayedPiece
from vem_core.parsing.registry import parse_request
from vem_core.parsing.text import text_encoder
from vem_core.pipeline.cues import play_cues, read_cues
from vem_core.pipeline.delivering import deliver
from vem_core.pipeline.disk import check_disk
from vem_core.pipeline.job import Job, Work
from vem_core.pipeline.plain import play_plainly
from vem_core.pipeline.refitting import follow_recut, play_refitted
from vem_core.pipeline.refitting_parts import play_in_parts


def score_timeline(job: Job[ScoreRequest]) -> ScoreResult:
    """Score a timeline: plan its beats, generate the music, measure it, and write the files into the job's folder.

    The same request gives the same files, byte for byte, on one kind of device. Raises InputError, GenerationError,
    OutputError, or what `on_progress` raises.
    """
    work = Work.open(job)
    check_disk(work)
    job.on_progress(Stage.PARSE, 0, 1, caution_before(work.generator.model_id) or "Looking at the shots")
    for notice in work.notices:
        job.on_progress(Stage.PARSE, 1, 1, notice)
    try:
        return deliver(play(work), work)
    finally:
        shutil.rmtree(job.scratch, ignore_errors=True)


def play(work: Work) -> PlayedPiece:
    """The music, made in the way that the request calls for: joined to what stays, as several pieces, or as one."""
    recut = follow_recut(work)
    if recut.keeps_sound:
        return play_refitted(work, recut)
    if recut.in_parts:
        piece = play_in_parts(work, recut)
        if piece is not None:
            return piece
    if recut.refit is not None:
        work.on_progress(Stage.PLAN, 1, 1, recut.refit.summary)
    work = work.on(recut.request)
    cues = read_cues(work.request)
    if cues.are_several:
        return recut.noted_on(play_cues(work, cues))
    work.preview.begin(0)
    return recut.noted_on(play_plainly(work, recut.plan))


def parse_timeline(job: Job[ScoreRequest]) -> Parse:
    """What a model of music would be conditioned on, for the editor to see and change.

    Raises ModelMissing, or what `on_progress` raises.
    """
    job.on_progress(Stage.PARSE, 0, 1, "Looking at the shots")
    parse = parse_request(job.request, job.attachments, text_encoder(job.models))
    parse = parse if job.request.parse is not None else _as_directed(parse, direct(job.request, job.attachments))
    job.on_progress(Stage.PARSE, 1, 1, "Looking at the shots")
    return parse


def brief_timeline(job: Job[ScoreRequest]) -> MusicBrief:
    """What the music of a timeline would be, and why. Raises DirectionError, or what `on_progress` raises."""
    job.on_progress(Stage.PARSE, 0, 1, "Looking at the shots")
    brief = direct(job.request, job.attachments)
    job.on_progress(Stage.PARSE, 1, 1, "Looking at the shots")
    return brief


def _as_directed(parse: Parse, brief: MusicBrief) -> Parse:
    """A parse whose style and emotion are the brief's: there is one decision, and it is not the parser's."""
    overall = parse.overall
    told = {overall.style, overall.emotion}
    tags = (brief.style.id, brief.mood.word, *(tag for tag in overall.tags if tag not in told))
    directed = dataclasses.replace(
        overall, style=brief.style.id, emotion=brief.mood.word, tags=tuple(dict.fromkeys(tags))
    )
    return parse.with_overall(directed)
