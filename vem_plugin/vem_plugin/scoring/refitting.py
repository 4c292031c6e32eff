"""Scoring a scored timeline again: what the take before lends to the new one, and in which words to say so."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vem_core.contract.errors import AudioError, InputError
from vem_core.contract.foreign_files import open_regular
from vem_core.contract.parse import redescribed_shots
from vem_core.contract.recut import EarlierSound, EarlierTake, FrameRange, Recut, Variation
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import UNDUCKED
from vem_core.contract.same_piece import contradictions, new_piece_notice
from vem_core.contract.sheet_diff import diff_sheets
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_plugin.client.attachments import Attachments
from vem_plugin.placement.broadcast_wave import read_wave, sound_sha256
from vem_plugin.placement.state import MIX, PlacedTake, StateProblem
from vem_plugin.scoring.own_music import music_files, music_notices
from vem_plugin.takes.earlier import EarlierScore

_AFRESH = "vem score --afresh makes a new piece; the WAV that is there stays."


@dataclass(frozen=True)
class Following:
    """A request that follows a take or none, what travels with it, and what to tell the editor before."""

    request: ScoreRequest
    attachments: Attachments = field(default_factory=lambda: Attachments({}))
    notices: tuple[str, ...] = ()
    reason: str = ""  # why no take is followed, where none is
    unchanged: PlacedTake | None = None  # the take that already is what is asked for: nothing needs to be made


def check_usable(earlier: EarlierScore) -> PlacedTake | None:
    """The take of an earlier score, as far as one can be followed; None where it remembers nothing.

    Raises InputError where it could be kept, but not by this program as it is: nothing is guessed then.
    """
    take = earlier.take
    if take is StateProblem.NEWER:
        raise InputError(
            f"{earlier.name} was made by a newer version of VeM Score, whose notes this one cannot read. "
            "Nothing was changed.",
            hint=f"Update VeM Score, or: {_AFRESH}",
        )
    if take is StateProblem.DAMAGED:
        raise InputError(
            f"What {earlier.name} remembers of how it was made is damaged, so it cannot be refitted. "
            "Nothing was changed.",
            hint=_AFRESH,
        )
    return None if isinstance(take, StateProblem) else take


def follow(
    request: ScoreRequest,
    pictures: Mapping[str, bytes],
    earlier: EarlierScore | None = None,
    *,
    locked: Sequence[FrameRange] = (),
    varied: Sequence[FrameRange] = (),
    variation_seed: int | None = None,
) -> Following:
    """The request as one that keeps what it can of the take before; its values are resolved against that already.

    Wishes that contradict the take make a new piece; so does a take that remembers nothing. `varied` ranges get
    `variation_seed`, or a new one. Music of the user's travels along. Raises InputError as `check_usable` does, and
    where that music is not found; AudioError.
    """
    following = _followed(request, pictures, earlier, locked, varied, variation_seed)
    if following.unchanged is not None:
        return following
    files = music_files(following.request)
    notices = (*following.notices, *music_notices(following.request))
    return dataclasses.replace(following, attachments=following.attachments.with_files(files), notices=notices)


def _followed(
    request: ScoreRequest,
    pictures: Mapping[str, bytes],
    earlier: EarlierScore | None,
    locked: Sequence[FrameRange],
    varied: Sequence[FrameRange],
    variation_seed: int | None,
) -> Following:
    take = None if earlier is None else check_usable(earlier)
    if earlier is None or take is None:
        why = _of_no_take(earlier)
        return Following(request, Attachments(pictures), why, reason=" ".join(why))
    asked = dataclasses.replace(request, recut=Recut(_earlier_take(take, {}, as_made=True)))
    if contradictions(asked):
        notice = new_piece_notice(asked)
        return Following(request, Attachments(pictures), (notice,), reason=notice)
    regenerated = (*varied, *_redescribed(request, take.request))
    seed = take.request.seed + take.take + 1 if variation_seed is None else variation_seed
    variations = tuple(Variation(where, seed) for where in regenerated)
    sounds, notices = _usable_sounds(earlier, take, request)
    if not variations and MIX in sounds and is_same(request, take):
        return Following(request, Attachments(pictures), tuple(notices), unchanged=take)
    hashes = {role: _file_sha256(path) for role, path in sounds.items()}
    as_made = not notices  # one about sounds that can be used says that they were changed
    recut = Recut(_earlier_take(take, hashes, as_made=as_made), tuple(locked), variations)
    files = {hashes[role]: path for role, path in sounds.items()}
    return Following(dataclasses.replace(request, recut=recut), Attachments(pictures, files), tuple(notices))


def is_same(request: ScoreRequest, take: PlacedTake) -> bool:
    """Whether a take already is the score that is asked for, wherever and whenever it was made."""
    return _essence(request, request.model) == _essence(take.request, take.result.model)


def _essence(request: ScoreRequest, model: str) -> tuple[object, ...]:
    soundfont = request.soundfont and (request.soundfont.sha256, request.soundfont.automatic)
    music = request.music and request.music.files
    wanted = (request.direction, request.delivery, request.seed, request.parse, soundfont, music, model)
    return (*wanted, request.sheet)  # the longest comparison is the last


def _of_no_take(earlier: EarlierScore | None) -> tuple[str, ...]:
    if earlier is None:
        return ()
    if earlier.asked is not None:
        return ("The lane with the score is gone: a new piece is made of the same wishes.",)
    return (f"{earlier.name} remembers nothing of how it was made: a new piece is made, and its WAV stays.",)


def _redescribed(asked: ScoreRequest, before: ScoreRequest) -> tuple[FrameRange, ...]:
    """The shots that are described otherwise than before, where both descriptions are known."""
    if asked.parse is None or before.parse is None:
        return ()
    shots = asked.sheet.shots
    others = redescribed_shots(before.parse, asked.parse, diff_sheets(before.sheet, asked.sheet).matches)
    return tuple(FrameRange(shots[shot].start_frames, shots[shot].end_excl_frames) for shot in others)


def _usable_sounds(earlier: EarlierScore, take: PlacedTake, asked: ScoreRequest) -> tuple[dict[str, Path], list[str]]:
    """The take's WAVs whose samples can be kept, and in words why others cannot."""
    if asked.model != take.result.model:
        return {}, [f"Take {take.take} was made by {take.result.model}: the same piece is played by {asked.model}."]
    loudness = (asked.delivery.loudness_lufs, asked.delivery.true_peak_dbtp)
    if loudness != (take.request.delivery.loudness_lufs, take.request.delivery.true_peak_dbtp):
        return {}, ["Another loudness is another take: the same piece is mastered again."]
    mix = earlier.sounds.get(MIX)
    if mix is None:
        return {}, [f"{take.audio} is gone: the same piece is played again, and nothing of it can stay to the sample."]
    try:
        wave = read_wave(mix)
        filled = wave.samples - _samples_of(take)  # Resolve wants whole frames: silence fills the last
        one_frame = sample_of_frame(1, take.request.sheet.rate)
        fits = (wave.format.sample_rate_hz, wave.format.bits) == (SAMPLE_RATE_HZ, 24) and 0 <= filled <= one_frame
        changed = _is_changed(mix, take)
    except AudioError:
        fits, changed = False, True
    if not fits:
        return {}, [
            f"{take.audio} is no longer the file that was made: it stays as it is, and the piece is played again."
        ]
    masters = _masters(take, earlier.sounds)
    if MIX not in masters:
        return {}, [
            f"{take.audio} as it was before it made room for speech is not there: the same piece is played again."
        ]
    if not changed:
        return masters, []
    as_now = masters[MIX] == mix
    kept = "now are" if as_now else "were made, before the level went down"
    return masters, [
        f"{take.audio} was changed outside VeM Score: kept bars are kept as they {kept}, and the file stays."
    ]


def _is_changed(mix: Path, take: PlacedTake) -> bool:
    file = take.result.file(MIX)
    if file is None or not file.sound_sha256:
        return False
    return sound_sha256(mix, file.samples) != file.sound_sha256


def _samples_of(take: PlacedTake) -> int:
    """How long a take's files are, handles included."""
    delivery, sheet = take.request.delivery, take.request.sheet
    handles = delivery.handle_before_frames + delivery.handle_after_frames
    return (
        sample_of_frame(sheet.duration_frames + handles, sheet.rate) if handles else take.result.plan.duration_samples
    )


def _masters(take: PlacedTake, sounds: Mapping[str, Path]) -> dict[str, Path]:
    """The sounds to keep bars of: those from before the level went down under speech, where it did."""
    masters = {role.removeprefix(UNDUCKED): path for role, path in sounds.items() if role.startswith(UNDUCKED)}
    ducked = take.result.speech is not None and take.request.delivery.bake_level
    return masters if ducked else {role: path for role, path in sounds.items() if not role.startswith(UNDUCKED)}


def _earlier_take(take: PlacedTake, hashes: Mapping[str, str], *, as_made: bool) -> EarlierTake:
    mix, request, result = take.result.file(MIX), take.request, take.result
    master = result.file(UNDUCKED + MIX) or mix
    return EarlierTake(
        take=take.take,
        sheet=request.sheet,
        plan=take.result.plan,
        report=take.result.report,
        model=take.result.model,
        model_sha256=take.result.model_sha256,
        gain_db=mix.gain_db if mix else None,
        levels=master.levels if master and as_made else None,
        sounds=tuple(EarlierSound(role, sha256) for role, sha256 in sorted(hashes.items())),
        direction=request.direction,
        seed=request.seed,
        music=request.music,
        overall=None if request.parse is None else request.parse.overall,
        brief=take.result.brief,
        parts=result.parts,
        handle_before_frames=request.delivery.handle_before_frames,
        handle_after_frames=request.delivery.handle_after_frames,
        level_curve=result.speech.curve if result.speech else (),
    )


def _file_sha256(path: Path) -> str:
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror or error}.") from error
