"""Making room: the level curve that a mix needs, and what it does, measured."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.loudness import HOP_SAMPLES, block_powers, powers_with_changes
from vem_core.audio.tape import GainedSound, Sound
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import SpeechRoom
from vem_core.contract.result import SpeechReport
from vem_core.contract.time import sample_of_frame
from vem_core.speech.level_curve import Curve, Dip, curve_of, dips_under, gain_of, steepest_db_per_s

MARGIN_DB = 0.3
"""How much deeper a dip is made than asked: its ramps' ends are music, too."""

DEEPEST_DB = 30.0

_ROUNDS = 4
_SILENT_POWER = 1e-7  # -70 LUFS: a rest, or a silence that the editor marked; it says nothing of how loud the music is


@dataclass(frozen=True)
class RoomForSpeech:
    """The room for speech in a mix, and how it is made: the sound stays, the curve is played over it."""

    dips: tuple[Dip, ...] = ()
    curve: Curve = ()
    arrangement_db: float | None = None

    def lowered(self, sound: Sound) -> Sound:
        """A sound (C, T) with the level curve over it."""
        return GainedSound(sound, lambda start, end: gain_of(self.curve, end, start)) if self.curve else sound


def speech_spans(sheet: CutSheet) -> tuple[tuple[int, int], ...]:
    """The sheet's speech in samples."""
    return tuple(
        (sample_of_frame(span.start_frames, sheet.rate), sample_of_frame(span.end_excl_frames, sheet.rate))
        for span in sheet.speech
    )


def make_room(mix: Sound, sheet: CutSheet, plan: ScorePlan, room: SpeechRoom) -> RoomForSpeech:
    """What brings the level of a finished mix (2, T) down under speech, by what the arrangement leaves to be done.

    Each dip goes as deep as is needed for the music in it to be `room.depth_db` softer than outside all of them. Where
    there is nothing outside to compare with, it goes down by the whole depth. Dips that must be deeper than that take
    longer, so that the level never changes faster than the editor's depth, attack and release say.
    """
    if not sheet.speech or room.depth_db == 0:
        return RoomForSpeech()
    power = block_powers(mix)
    lost_db = 0.0
    for _ in range(_ROUNDS):
        made = _lowering(mix.shape[1], power, sheet, plan, room, lost_db)
        lowered = functools.partial(block_powers, made.lowered(mix))
        left_db = _difference(powers_with_changes(power, ~_outside(len(power), made.dips), lowered), made.dips)
        if left_db is None or left_db >= room.depth_db:
            break
        lost_db += room.depth_db - left_db + MARGIN_DB
    return made


def _lowering(
    samples: int,
    power: NDArray[np.float64],
    sheet: CutSheet,
    plan: ScorePlan,
    room: SpeechRoom,
    lost_db: float,
) -> RoomForSpeech:
    """The dips of so many samples with these powers, `lost_db` deeper than was asked for."""
    pace = room
    wanted_db = room.depth_db + MARGIN_DB + lost_db
    for _ in range(_ROUNDS):
        dips = _dips(sheet, plan, pace, samples)
        outside_db = _level_db(power[_outside(len(power), dips)])
        depths = [
            _depth(room.depth_db, wanted_db, outside_db, _level_db(power[_inside(len(power), [dip])])) for dip in dips
        ]
        slower = max(depths, default=0.0) / room.depth_db
        if slower <= pace.release_s / room.release_s:
            break
        pace = dataclasses.replace(
            room, attack_s=min(5.0, room.attack_s * slower), release_s=min(10.0, room.release_s * slower)
        )
    return RoomForSpeech(dips, curve_of(dips, depths, pace), _difference(power, dips))


def _dips(sheet: CutSheet, plan: ScorePlan, pace: SpeechRoom, samples: int) -> tuple[Dip, ...]:
    beats = [beat.samples for beat in plan.beats]
    downbeats = [beat.samples for beat in plan.beats if beat.number == 1]
    return dips_under(speech_spans(sheet), beats, downbeats, pace, samples)


def report_room(made: RoomForSpeech, mix: Sound, room: SpeechRoom) -> SpeechReport | None:
    """What a finished mix (2, T) leaves to speech with the curve over it; None where none was wanted."""
    if not made.dips:
        return None
    return SpeechReport(
        wanted_db=room.depth_db,
        measured_db=_difference(block_powers(made.lowered(mix)), made.dips),
        arrangement_db=made.arrangement_db,
        curve=made.curve,
        steepest_db_per_s=steepest_db_per_s(made.curve),
    )


def _difference(power: NDArray[np.float64], dips: Sequence[Dip]) -> float | None:
    """How much softer the dips are than what is outside all of them, in dB."""
    inside, outside = (_level_db(power[chosen(len(power), dips)]) for chosen in (_inside, _outside))
    return None if inside is None or outside is None else outside - inside


def _depth(plain_db: float, wanted_db: float, outside_db: float | None, within_db: float | None) -> float:
    if within_db is None:
        return 0.0
    if outside_db is None:
        return plain_db
    return float(np.clip(wanted_db - (outside_db - within_db), 0.0, DEEPEST_DB))


def _level_db(power: NDArray[np.float64]) -> float | None:
    """The mean level of the blocks with music in them; None where there is none."""
    heard = power[power > _SILENT_POWER]
    return float(10 * np.log10(heard.mean())) if len(heard) else None


def _inside(blocks: int, dips: Sequence[Dip]) -> NDArray[np.bool_]:
    """The blocks that lie wholly under speech."""
    starts = np.arange(blocks) * HOP_SAMPLES
    chosen = np.zeros(blocks, bool)
    for dip in dips:
        chosen |= (starts >= dip.start) & (starts + HOP_SAMPLES <= dip.end)
    return chosen


def _outside(blocks: int, dips: Sequence[Dip]) -> NDArray[np.bool_]:
    """The blocks that no dip touches, on its way down or up either."""
    starts = np.arange(blocks) * HOP_SAMPLES
    chosen = np.ones(blocks, bool)
    for dip in dips:
        chosen &= (starts + HOP_SAMPLES <= dip.leave) | (starts >= dip.back)
    return chosen
