"""A re-score after a re-cut: whether it is the same piece, what of it stays, and what is played."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from vem_core.audio.packed_sound import PackedSound
from vem_core.composer.styles import style_by_id
from vem_core.contract.brief import MusicBrief
from vem_core.contract.plan import ScorePlan
from vem_core.contract.progress import Stage
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import Refit
from vem_core.contract.same_piece import as_new_piece, new_piece_notice
from vem_core.cues.handles import with_handles
from vem_core.direction.following import casting_of, followed_after_recut, shot_valences_of
from vem_core.generation.played_piece import PlayedPiece
from vem_core.pipeline.job import Job, Work
from vem_core.pipeline.own_music import refitted_song, song_of, song_range_bpm, song_traits
from vem_core.pipeline.parts import is_plain
from vem_core.pipeline.planning import cut_weights
from vem_core.refit.plan import RefittedPlan, refit_plan
from vem_core.refit.score import refit_score, regenerated_whole, same_piece, sounds_of
from vem_core.rhythm.budget import RhythmTraits


@dataclass(frozen=True)
class FollowedRecut:
    """What a request's re-cut comes to. For a request without one: nothing."""

    request: ScoreRequest  # what is to be scored where no sound is kept, handles included
    refitted: RefittedPlan | None = None  # None: nothing of the earlier plan can stay, or each piece follows by itself
    sounds: Mapping[str, PackedSound] = field(default_factory=dict)  # of the earlier take, by role
    refit: Refit | None = None  # what the result says of it where no sound is kept
    warnings: tuple[str, ...] = ()
    in_parts: bool = False  # there are several pieces or handles, now or before

    @property
    def keeps_sound(self) -> bool:
        """Whether samples of the earlier take stay; of one in parts, each part tells for itself."""
        return self.refitted is not None and bool(self.refitted.kept) and bool(self.sounds)

    @property
    def plan(self) -> ScorePlan | None:
        """The earlier plan as it fits the new cuts."""
        return None if self.refitted is None else self.refitted.plan

    def noted_on(self, piece: PlayedPiece) -> PlayedPiece:
        """A piece that was played without the earlier sound, with what there is to say of that."""
        return dataclasses.replace(piece, refit=self.refit, warnings=(*self.warnings, *piece.warnings))


def follow_recut(work: Work) -> FollowedRecut:
    """Compare a request with the take before; wishes that ask for another piece than that make it a new one.

    Raises DirectionError where locked bars leave no way to fill what lies between them.
    """
    request = as_new_piece(work.request)
    if request.recut is None:
        notice = new_piece_notice(work.request)
        return FollowedRecut(with_handles(request), warnings=(notice,) if notice else ())
    work.on_progress(Stage.PLAN, 0, 1, "Comparing the cuts")
    plain = is_plain(request)
    return FollowedRecut(
        request=with_handles(same_piece(request)),
        refitted=refitted_plan(work.request, work.brief, work.job) if plain else None,
        sounds=sounds_of(request, work.attachments, work.generator.model_id),
        refit=Refit(request.recut.earlier.take, (), regenerated_whole(request.recut)),
        in_parts=not plain,
    )


def play_refitted(work: Work, recut: FollowedRecut) -> PlayedPiece:
    """What changed is played and joined to the sound that stays. Raises GenerationError, or what `on_progress` raises.

    To be called only where `recut.keeps_sound`.
    """
    assert recut.refitted is not None
    return refit_score(
        work.request,
        recut.refitted,
        recut.sounds,
        work.generator,
        work.tracker,
        work.on_progress,
        work.job.scratch,
    )


def refitted_plan(request: ScoreRequest, brief: MusicBrief, job: Job[ScoreRequest]) -> RefittedPlan | None:
    """The plan of the one piece before, refitted to the new cuts; None where nothing of it can stay.

    The request is the job's, or that of one of its pieces. Raises DirectionError.
    """
    assert request.recut is not None
    tempo, traits = _tempo_and_traits(request, brief, job)
    direction = followed_after_recut(request, brief)
    refitted = refit_plan(request.recut, request.sheet, direction, tempo, cut_weights(request, job), traits)
    if refitted is None:
        return None
    if request.music is not None:
        return refitted_song(refitted, request, job)
    casting = dataclasses.replace(
        refitted.plan.casting, shot_valences=shot_valences_of(brief), shots=casting_of(brief, request.sheet).shots
    )
    return dataclasses.replace(refitted, plan=dataclasses.replace(refitted.plan, casting=casting))


def _tempo_and_traits(
    request: ScoreRequest, brief: MusicBrief, job: Job[ScoreRequest]
) -> tuple[tuple[float, float], RhythmTraits]:
    """The tempi that a piece may have, and what it brings to the planning of its beats."""
    assert request.recut is not None
    if request.music is None:
        tempo = (brief.tempo_bpm.low, brief.tempo_bpm.high)
        return tempo, style_by_id(request.recut.earlier.plan.style).rhythm
    song = song_of(request, job).song
    return song_range_bpm(song), song_traits(song)
