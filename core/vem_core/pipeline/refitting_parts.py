"""Playing a take of several pieces, or with handles, after a re-cut: what each piece keeps, joined again."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.tape import folder_of
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import KeptSpan, Refit
from vem_core.contract.time import sample_of_frame
from vem_core.cues.cutting import has_entrance, without_entrance
from vem_core.cues.handles import with_handles
from vem_core.cues.joining import PlacedPiece, entering_on_a_beat, join_pieces, progress_of_piece
from vem_core.cues.listening import AfterSilence
from vem_core.delivery.ducked import MIX, measured
from vem_core.delivery.files import MasteredSound
from vem_core.generation.played_piece import PlayedPiece
from vem_core.pipeline.cues import read_cues
from vem_core.pipeline.job import Work
from vem_core.pipeline.parts import FollowedPart, followed_parts
from vem_core.pipeline.plain import play_plainly
from vem_core.pipeline.planning import plan_piece
from vem_core.pipeline.refitting import FollowedRecut, refitted_plan
from vem_core.refit.plan import RefittedPlan
from vem_core.refit.score import mastered_as_before, refit_score, same_piece, summary_of_kept
from vem_core.rhythm.planner_targets import beat_offset_samples


@dataclass(frozen=True)
class _Part:
    """One piece of the new score, and what of the earlier piece that it follows can stay."""

    followed: FollowedPart
    refitted: RefittedPlan | None

    @property
    def keeps_sound(self) -> bool:
        """Whether bars of it stay."""
        return self.refitted is not None and bool(self.refitted.kept)


def play_in_parts(work: Work, recut: FollowedRecut) -> PlayedPiece | None:
    """The pieces of a request, each with what stays of the one before; None where no sample of any of them stays.

    Raises DirectionError, GenerationError, or what `on_progress` raises.
    """
    request = work.request
    assert request.recut is not None
    whole = with_handles(request)
    cues = read_cues(whole)
    parts = [_part(work, followed) for followed in followed_parts(request, whole)]
    if not recut.sounds or not any(part.keeps_sound for part in parts):
        return None
    placed = [_played(work, number, len(parts), part, recut.sounds) for number, part in enumerate(parts)]
    kept = _kept_of_all(parts, placed, whole, recut.sounds[MIX])
    if cues.are_several:
        piece = join_pieces(cues.sheet, placed, beat_offset_samples(request.direction))
    else:
        piece = placed[0].piece
    assert isinstance(piece.sound, MasteredSound)
    sounds = piece.sound.sounds
    sound = MasteredSound(sounds, measured(sounds[MIX], request.recut.earlier.gain_db), piece.sound.midi)
    summary = summary_of_kept(request.recut, kept, len(sounds[MIX]), whole.sheet)
    warnings = (*cues.warnings, *piece.warnings)
    return dataclasses.replace(
        piece, sound=sound, refit=Refit(request.recut.earlier.take, kept, summary), warnings=warnings
    )


def _part(work: Work, followed: FollowedPart) -> _Part:
    own = followed.request
    return _Part(followed, None if own.recut is None else refitted_plan(own, work.on(own).brief, work.job))


def _played(work: Work, number: int, count: int, part: _Part, sounds: Mapping[str, PackedSound]) -> PlacedPiece:
    """One piece, mastered as the take before was."""
    work = dataclasses.replace(work, on_progress=progress_of_piece(work.on_progress, number, count))
    span, earlier = part.followed.span, part.followed.earlier
    late = span.start_frames > 0
    if late:
        work = dataclasses.replace(work, tracker=AfterSilence(work.tracker))
    own = part.followed.request
    if part.keeps_sound and part.refitted is not None and earlier is not None:
        own_sounds = earlier.sounds(sounds)
        piece = refit_score(
            own, part.refitted, own_sounds, work.generator, work.tracker, work.on_progress, work.job.scratch
        )
        starts_new = not any(span.start_samples == 0 for span in part.refitted.kept)
    else:
        own, piece = _new_piece(work, own)
        starts_new = True
    if late and starts_new:
        piece = entering_on_a_beat(piece)
    return PlacedPiece(span, piece, has_entrance(own))


def _new_piece(work: Work, own: ScoreRequest) -> tuple[ScoreRequest, PlayedPiece]:
    """A piece of which nothing stays: planned by itself, in the same style and key where it follows one."""
    recut = work.request.recut
    assert recut is not None
    own = same_piece(own) if own.recut is not None else own
    plan = plan_piece(work.on(own))
    if plan.unmet and has_entrance(own):
        own = without_entrance(own)
        plan = plan_piece(work.on(own))
    piece = play_plainly(work.on(own), plan)
    rendering = piece.rendering
    gain = mastered_as_before(rendering, own.delivery, recut.earlier)
    roles = {MIX: rendering.mix}
    if own.delivery.stems:
        roles |= {f"stem:{name}": stem for name, stem in rendering.stems.items()}
    packed = {role: PackedSound.of_sound(gain.over(sound), folder_of(sound)) for role, sound in roles.items()}
    return own, dataclasses.replace(piece, sound=MasteredSound(packed, measured(packed[MIX], gain.gain_db)))


def _kept_of_all(
    parts: Sequence[_Part], placed: Sequence[PlacedPiece], whole: ScoreRequest, mix: PackedSound
) -> tuple[KeptSpan, ...]:
    """What stays, in samples of the files: handles included, all pieces together, and the silence between them."""
    kept = list(_kept_silences(parts, placed, whole, mix))
    for part, piece in zip(parts, placed, strict=True):
        earlier = part.followed.earlier
        if piece.piece.refit is None or earlier is None:
            continue
        start, before = sample_of_frame(piece.span.start_frames, whole.sheet.rate), earlier.start_samples
        kept += [
            KeptSpan(start + span.start_samples, start + span.end_excl_samples, before + span.earlier_samples)
            for span in piece.piece.refit.kept
        ]
    return tuple(sorted(kept, key=lambda span: span.start_samples))


def _kept_silences(
    parts: Sequence[_Part], placed: Sequence[PlacedPiece], whole: ScoreRequest, mix: PackedSound
) -> Iterator[KeptSpan]:
    """The silences between pieces that follow neighbours of the take before: as much of each as was silent there."""
    rate = whole.sheet.rate
    for (before, after), (left, right) in zip(itertools.pairwise(parts), itertools.pairwise(placed), strict=True):
        earlier, later = before.followed.earlier, after.followed.earlier
        if earlier is None or later is None or earlier.end_excl_samples >= later.start_samples:
            continue
        start, end = (sample_of_frame(at, rate) for at in (left.span.end_excl_frames, right.span.start_frames))
        length = min(end - start, later.start_samples - earlier.end_excl_samples)
        was = mix.part(earlier.end_excl_samples, earlier.end_excl_samples + length) if length > 0 else None
        if was is not None and not any(block.any() for block in was.audio()):
            yield KeptSpan(start, start + length, earlier.end_excl_samples)
