"""The tail of every score: measured against the cuts, mastered, written, and described in one result."""

from __future__ import annotations

import importlib.metadata

from vem_core.audio.pcm import audio_of
from vem_core.audio.types import Rendering
from vem_core.composer.styles import style_by_id
from vem_core.contract.codec import content_hash
from vem_core.contract.plan import ScorePlan
from vem_core.contract.progress import Stage
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import AlignmentReport, PlayedPart, ScoreResult, SpeechReport
from vem_core.contract.time import sample_of_frame
from vem_core.cues.handles import has_handles, trimmed_beats, trimmed_plan, with_handles
from vem_core.delivery.completion import complete
from vem_core.delivery.ducked import MIX
from vem_core.delivery.files import Delivered, MasteredSound, write_files, write_mastered
from vem_core.generation.played_piece import PlayedPiece
from vem_core.pipeline.cues import read_cues
from vem_core.pipeline.job import Work
from vem_core.pipeline.speaking import wants_room, write_with_room
from vem_core.rhythm.planner_targets import beat_offset_samples
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.strokes import Stretch


def deliver(piece: PlayedPiece, work: Work) -> ScoreResult:
    """Measure a piece against the cuts, master it, write its files and say everything of it. Raises OutputError."""
    job, generator = work.job, work.generator
    report, plan = _of_the_range(piece, work)
    job.on_progress(Stage.MASTER, 0, 1, "Setting the loudness")
    delivered, speech = _write(piece, work)
    result = ScoreResult(
        request_sha256=content_hash(job.request),
        model=generator.model_id,
        model_sha256=generator.model_sha256,
        device=piece.device,
        seed=job.request.seed,
        tool_version=importlib.metadata.version("vem-score"),
        files=delivered.files,
        plan=plan,
        report=report,
        warnings=(*work.notices, *piece.warnings, *delivered.warnings),
        speech=speech,
        refit=piece.refit,
        brief=work.brief,
        parts=_parts(piece, work.job.request),
    )
    return complete(result, job.request, job.folder)


def _of_the_range(piece: PlayedPiece, work: Work) -> tuple[AlignmentReport, ScorePlan]:
    """The report and the plan of the range that was asked for, of a piece that may have handles."""
    request = work.job.request
    direction = request.direction
    sounding = read_cues(with_handles(request)).sheet  # with everything silent that has no music
    plan, tracked = piece.plan, piece.tracked
    if has_handles(request):
        before = request.delivery.handle_before_frames
        sounding = sounding.crop(before, before + request.sheet.duration_frames)
        plan, tracked = trimmed_plan(plan, sounding, before), trimmed_beats(tracked, sounding, before)
    report = measure_alignment(
        sounding,
        tracked,
        work.tracker,
        corrected_ms=piece.corrected_ms,
        offset_samples=beat_offset_samples(direction),
        tolerance_ms=direction.hit_tolerance_ms,
        plan=plan,
        sixteenths=style_by_id(plan.style).rhythm.sixteenths,
        stretch=_stretch_of(piece, request),
    )
    return report, plan


def _stretch_of(piece: PlayedPiece, request: ScoreRequest) -> Stretch:
    """The music of the range, a stretch at a time: the sound on which its beats were heard."""
    first = sample_of_frame(request.delivery.handle_before_frames, request.sheet.rate)
    sound = piece.sound
    if isinstance(sound, MasteredSound):
        packed = sound.sounds[MIX]
        return lambda start, end: audio_of(packed[first + start : first + end])
    return lambda start, end: sound.mix[:, first + start : first + end]


def _write(piece: PlayedPiece, work: Work) -> tuple[Delivered, SpeechReport | None]:
    """The piece's files, with room for speech in them. Sound that was mastered before is written as it is."""
    request, folder = work.job.request, work.job.folder
    if wants_room(request):
        return write_with_room(piece, work)
    if isinstance(piece.sound, Rendering):
        return write_files(piece.sound, request.delivery, folder), None
    return write_mastered(piece.sound, folder), None


def _parts(piece: PlayedPiece, request: ScoreRequest) -> tuple[PlayedPart, ...]:
    """What a later re-cut needs to know of a piece that is more, or of more parts, than the result's plan says."""
    if piece.parts or not has_handles(request):
        return piece.parts
    return (piece.as_part(0, with_handles(request).sheet.duration_frames),)
