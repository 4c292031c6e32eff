"""Room for speech over mastered sound: the level curve is laid over it last, so that the master stays what it was."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from vem_core.audio.loudness import measure_loudness
from vem_core.audio.mastering import master_gain
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.tape import Sound, discard, folder_of
from vem_core.audio.types import Rendering
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import KeptSpan, SpeechReport
from vem_core.contract.time import sample_of_frame
from vem_core.cues.handles import with_handles
from vem_core.delivery.ducked import MIX, write_ducked
from vem_core.delivery.files import Delivered, MasteredSound, Measured, loudness_warnings, write_mastered
from vem_core.generation.played_piece import PlayedPiece
from vem_core.pipeline.job import Work
from vem_core.speech.level_curve import Curve, gain_of
from vem_core.speech.room import RoomForSpeech, make_room, report_room

_POINTS_A_DIP = 4
_ROUNDS = 3
_TOLERANCE_LU = 0.1


def wants_room(request: ScoreRequest) -> bool:
    """Whether somebody speaks over the music, and it shall make room."""
    return bool(request.sheet.speech) and request.direction.room.depth_db > 0


def write_with_room(piece: PlayedPiece, work: Work) -> tuple[Delivered, SpeechReport | None]:
    """The piece's files with its level down under speech, and as it is without that. Raises OutputError."""
    request, folder, scratch = work.job.request, work.job.folder, work.job.scratch
    sound = _mastered(piece.sound, piece.plan, request) if isinstance(piece.sound, Rendering) else piece.sound
    mix = sound.sounds[MIX].on_tape(scratch)
    room = _as_before(_room_over(mix, piece.plan, request), piece, work.job.request)
    report = report_room(room, mix, request.direction.room)
    discard(mix)
    if request.delivery.bake_level and report is not None:
        delivered = write_ducked(sound, lambda start, end: gain_of(room.curve, end, start), folder)
    else:
        delivered = write_mastered(sound, folder)
    heard = next(file for file in delivered.files if file.role == MIX)
    warnings = loudness_warnings(request.delivery, -math.inf if heard.loudness_lufs is None else heard.loudness_lufs)
    return dataclasses.replace(delivered, warnings=() if piece.refit else warnings), report


def _mastered(rendering: Rendering, plan: ScorePlan, request: ScoreRequest) -> MasteredSound:
    """A rendering mastered so that it is as loud as was asked for where its level is down under speech, too.

    Its tapes are given back to the disk.
    """
    delivery = request.delivery
    wanted = delivery.loudness_lufs
    for _ in range(_ROUNDS):
        gain = master_gain(rendering.mix, wanted, delivery.true_peak_dbtp)
        if wanted is None or delivery.loudness_lufs is None or not delivery.bake_level:
            break
        mix = gain.over(rendering.mix)
        lowered = _room_over(mix, plan, request).lowered(mix)
        missing_lu = delivery.loudness_lufs - measure_loudness(lowered)
        if not math.isfinite(missing_lu) or abs(missing_lu) <= _TOLERANCE_LU:
            break
        wanted += missing_lu
    stems = rendering.stems.items() if delivery.stems else ()
    sounds = {MIX: rendering.mix, **{f"stem:{name}": stem for name, stem in stems}}
    measured = Measured(gain.loudness_lufs, gain.true_peak_dbtp, gain.levels, gain.gain_db)
    packed: dict[str, PackedSound] = {}
    for role, sound in sounds.items():
        packed[role] = PackedSound.of_sound(gain.over(sound), folder_of(sound))
        discard(sound)
    return MasteredSound(packed, measured, rendering.midi if delivery.midi else None)


def _room_over(mix: Sound, plan: ScorePlan, request: ScoreRequest) -> RoomForSpeech:
    """The room in a finished mix (2, T)."""
    sheet = with_handles(request).sheet
    return make_room(mix, sheet, plan, request.direction.room)


def _as_before(room: RoomForSpeech, piece: PlayedPiece, request: ScoreRequest) -> RoomForSpeech:
    """The room with those dips as they were in the take before that lie in kept music under the same speech."""
    if piece.refit is None or request.recut is None:
        return room
    one_frame = sample_of_frame(1, request.sheet.rate)
    curve = kept_dips(room.curve, request.recut.earlier.level_curve, piece.refit.kept, one_frame)
    return dataclasses.replace(room, curve=curve)


def kept_dips(curve: Curve, earlier: Curve, kept: Sequence[KeptSpan], tolerance_samples: int) -> Curve:
    """A level curve whose dips are the earlier one's, wherever one lies in kept music and dips there as it did."""
    before = _dips(earlier)
    found: list[tuple[int, float]] = []
    for dip in _dips(curve):
        within = [span for span in kept if span.start_samples <= dip[0][0] and dip[-1][0] <= span.end_excl_samples]
        shifts = [span.start_samples - span.earlier_samples for span in within]
        same = next(
            (
                tuple((at + shift, level_db) for at, level_db in old)
                for shift in shifts
                for old in before
                if _near(dip, old, shift, tolerance_samples)
            ),
            dip,
        )
        rises = bool(found) and same[0][0] < found[-1][0]
        found += dip if rises else same
    return tuple(found) if all(np.diff([at for at, _ in found]) >= 0) else curve


def _dips(curve: Curve) -> list[Curve]:
    """The dips of a curve: down from, down at, up from, up at."""
    return [curve[first : first + _POINTS_A_DIP] for first in range(0, len(curve), _POINTS_A_DIP)]


def _near(dip: Curve, old: Curve, shift: int, tolerance_samples: int) -> bool:
    """Whether both are down from the same instant on, and up again at the same."""
    if len(old) != _POINTS_A_DIP:
        return False
    return all(abs(dip[point][0] - old[point][0] - shift) <= tolerance_samples for point in (1, 3))
