"""Scoring a scored timeline again: what the take before lends to the new one, and in which words to say so."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import AudioError, InputError
from vem_core.contract.parse import redescribed_shots
from vem_core.contract.recut import EarlierSound, EarlierTake, FrameRange, Recut, Variation
from vem_core.contract.request import Delivery, Direction, ScoreRequest
from vem_core.contract.sheet_diff import diff_sheets
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_plugin.placement.broadcast_wave import read_wave, sound_sha256
from vem_plugin.placement.state import PlacedTake, StateProblem

MIX = "mix"
_AFRESH = "vem score --afresh makes a new piece; the WAV that is there stays."

Wishes = TypeVar("Wishes", Direction, Delivery)


@dataclass(frozen=True)
class EarlierScore:
    """The score that stands on our lane."""

    take: PlacedTake | StateProblem
    name: str  # of the clip, for people
    sounds: Mapping[str, Path] = field(default_factory=dict)  # its WAVs that are still there, by role
    plays: bool = True  # the clip stands in the timeline as it was given, or in the scored one beside it


@dataclass(frozen=True)
class Rescore:
    """A request that follows a re-cut, what travels with it, and what to tell the editor before."""

    request: ScoreRequest
    parts: Mapping[str, bytes]
    notices: tuple[str, ...] = ()
    unchanged: PlacedTake | None = None  # the take that already is what is asked for: nothing needs to be made


class Parts(Mapping[str, bytes]):
    """Pictures in memory and sounds on disk by their SHA-256; a file is read when it is asked for."""

    def __init__(self, pictures: Mapping[str, bytes], files: Mapping[str, Path]) -> None:
        self._pictures = pictures
        self._files = files

    def __getitem__(self, sha256: str) -> bytes:
        return self._files[sha256].read_bytes() if sha256 in self._files else self._pictures[sha256]

    def __iter__(self) -> Iterator[str]:
        yield from {**self._pictures, **self._files}

    def __len__(self) -> int:
        return len({**self._pictures, **self._files})


def follow(
    earlier: EarlierScore,
    request: ScoreRequest,
    pictures: Mapping[str, bytes],
    *,
    locked: Sequence[FrameRange] = (),
    varied: Sequence[FrameRange] = (),
    stay_if_unchanged: bool = True,
) -> Rescore:
    """The request as one that keeps what it can of the take before.

    What the request leaves at its default is as the take before had it. Other wishes for the whole piece make a new
    piece; so does a take that remembers nothing. `varied` ranges get the request's seed, or a new one.

    Raises InputError where the take before could be kept, but not by this program as it is: nothing is guessed then.
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
    if isinstance(take, StateProblem):
        notice = f"{earlier.name} remembers nothing of how it was made: a new piece is made, and its WAV stays."
        return Rescore(request, pictures, (notice,))
    asked = _as_before(request, take, varied=bool(varied))
    other = _other_wishes(asked, take.request)
    if other:
        notice = f"Other wishes than take {take.take} had ({', '.join(other)}): a new piece is made."
        return Rescore(asked, pictures, (notice,))
    anew = (*varied, *_redescribed(asked, take.request))
    variations = tuple(Variation(where, request.seed or take.request.seed + take.take + 1) for where in anew)
    sounds, notices = _usable_sounds(earlier, take, asked)
    if stay_if_unchanged and not variations and MIX in sounds and _is_same(asked, take):
        return Rescore(asked, pictures, tuple(notices), unchanged=take)
    hashes = {role: _file_sha256(path) for role, path in sounds.items()}
    as_made = not notices  # one about sounds that can be used says that they were changed
    recut = Recut(_earlier_take(take, hashes, as_made=as_made), tuple(locked), variations)
    files = {hashes[role]: path for role, path in sounds.items()}
    return Rescore(dataclasses.replace(asked, recut=recut), Parts(pictures, files), tuple(notices))


def kept_wishes(direction: Direction, before: CutSheet, after: CutSheet) -> Direction:
    """A direction for a re-cut sheet: what it says of single shots goes with the shots."""
    was = {match.new: match.old for match in diff_sheets(before, after).matches if match.old is not None}
    shots = range(len(after.shots))
    energies, words = direction.shot_energies, direction.shot_words
    return dataclasses.replace(
        direction,
        shot_energies=tuple(energies[was[shot]] if shot in was else None for shot in shots) if energies else (),
        shot_words=tuple(words[was[shot]] if shot in was else "" for shot in shots) if words else (),
    )


def _redescribed(asked: ScoreRequest, before: ScoreRequest) -> tuple[FrameRange, ...]:
    """Where the model is told something else of a shot than it was told before."""
    if asked.parse is None or before.parse is None:
        return ()
    shots = asked.sheet.shots
    others = redescribed_shots(before.parse, asked.parse, diff_sheets(before.sheet, asked.sheet).matches)
    return tuple(FrameRange(shots[shot].start_frames, shots[shot].end_excl_frames) for shot in others)


def _as_before(request: ScoreRequest, take: PlacedTake, *, varied: bool) -> ScoreRequest:
    """The request with everything that it leaves open as the take before had it."""
    before = take.request
    direction = _filled(request.direction, kept_wishes(before.direction, before.sheet, request.sheet), Direction())
    delivery = _filled(request.delivery, before.delivery, Delivery())
    return dataclasses.replace(
        request,
        direction=direction,
        delivery=dataclasses.replace(delivery, bake_level=request.delivery.bake_level),  # as the format now allows
        model=take.result.model if request.model == "auto" else request.model,
        seed=request.seed if request.seed and not varied else before.seed,
    )


def _filled(asked: Wishes, before: Wishes, default: Wishes) -> Wishes:
    names = [one.name for one in dataclasses.fields(asked)]
    given = {name: getattr(asked, name) for name in names if getattr(asked, name) != getattr(default, name)}
    return dataclasses.replace(before, **given)


def _other_wishes(asked: ScoreRequest, before: ScoreRequest) -> list[str]:
    """What is asked of the whole piece and was not before. How it ends and single shots can change within a piece."""
    local = ("shot_energies", "shot_words", "ending")
    names = [one.name for one in dataclasses.fields(Direction) if one.name not in local]
    other = [name for name in names if getattr(asked.direction, name) != getattr(before.direction, name)]
    return [*other, *(["seed"] if asked.seed != before.seed else [])]


def _usable_sounds(earlier: EarlierScore, take: PlacedTake, asked: ScoreRequest) -> tuple[dict[str, Path], list[str]]:
    """The take's WAVs whose samples can be kept, and in words why others cannot."""
    if asked.model != take.result.model:
        return {}, [f"Take {take.take} was made by {take.result.model}: the same piece is played by {asked.model}."]
    loudness = (asked.delivery.loudness_lufs, asked.delivery.true_peak_dbtp)
    if loudness != (take.request.delivery.loudness_lufs, take.request.delivery.true_peak_dbtp):
        return {}, ["Another loudness is another take: the same piece is mastered anew."]
    mix = earlier.sounds.get(MIX)
    if mix is None:
        return {}, [f"{take.audio} is gone: the same piece is played again, and nothing of it can stay to the sample."]
    try:
        wave = read_wave(mix)
        filled = wave.samples - take.result.plan.duration_samples  # Resolve wants whole frames: silence fills the last
        one_frame = sample_of_frame(1, take.request.sheet.rate)
        fits = (wave.format.sample_rate_hz, wave.format.bits) == (SAMPLE_RATE_HZ, 24) and 0 <= filled <= one_frame
        changed = _is_changed(mix, take)
    except AudioError:
        fits, changed = False, True
    if not fits:
        return {}, [
            f"{take.audio} is no longer the file that was made: it stays as it is, and the piece is played again."
        ]
    if not changed:
        return dict(earlier.sounds), []
    notice = f"{take.audio} was changed outside VeM Score: kept bars are kept as they now are, and the file stays."
    return dict(earlier.sounds), [notice]


def _is_changed(mix: Path, take: PlacedTake) -> bool:
    file = take.result.file(MIX)
    if file is None or not file.sound_sha256:
        return False
    return sound_sha256(mix, take.result.plan.duration_samples) != file.sound_sha256


def _is_same(asked: ScoreRequest, take: PlacedTake) -> bool:
    """Whether the take already is the score of this sheet and these wishes."""
    before = take.request
    return (asked.sheet, asked.direction, asked.delivery, asked.model) == (
        before.sheet,
        before.direction,
        before.delivery,
        take.result.model,
    )


def _earlier_take(take: PlacedTake, hashes: Mapping[str, str], *, as_made: bool) -> EarlierTake:
    mix, request = take.result.file(MIX), take.request
    return EarlierTake(
        take=take.take,
        sheet=take.request.sheet,
        plan=take.result.plan,
        report=take.result.report,
        model=take.result.model,
        model_sha256=take.result.model_sha256,
        gain_db=mix.gain_db if mix else None,
        levels=mix.levels if mix and as_made else None,
        sounds=tuple(EarlierSound(role, sha256) for role, sha256 in sorted(hashes.items())),
        direction=request.direction,
        seed=request.seed,
        overall=None if request.parse is None else request.parse.overall,
    )


def _file_sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror or error}.") from error
