"""Finding the score that stands on our lane, with all that can still be had of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import opentimelineio as otio

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import AudioError
from vem_core.contract.foreign_files import MAX_STATE_BYTES, read_regular
from vem_core.contract.request import ScoreRequest
from vem_core.contract.sheet_diff import diff_sheets
from vem_plugin.files.addresses import parse_address
from vem_plugin.placement.broadcast_wave import sound_sha256
from vem_plugin.placement.lane import LaneOptions, find_lanes, is_our_item
from vem_plugin.placement.state import MIX, PlacedTake, StateProblem, is_plain_name, read_state, take_of_clip
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.recognising import Locate, Recogniser, mix_beside, sounds_of_take


@dataclass(frozen=True)
class EarlierScore:
    """The score that stands on our lane."""

    take: PlacedTake | StateProblem
    name: str  # of the clip, for people
    sounds: Mapping[str, Path] = field(default_factory=dict)  # its WAVs that are still there, by role
    remembered: ScoreRequest | None = None  # what it was asked for, where the take itself is lost

    @property
    def asked(self) -> ScoreRequest | None:
        """What it was asked for, where that is known."""
        return self.take.request if isinstance(self.take, PlacedTake) else self.remembered


def find_earlier(
    timelines: Iterable[otio.schema.Timeline],
    lane: LaneOptions,
    in_frames: int,
    names: OutputNames,
    locate: Locate,
    sheet: CutSheet | None = None,
) -> EarlierScore | None:
    """The score that begins at a record frame, from the first timeline that has scores of ours; None: there is none.

    A clip that lost its state is looked up in the JSON beside its WAV. Where none begins there and the cut before the
    range may have moved it, it is the one that shows the most of `sheet`.
    """
    for timeline in timelines:
        clips = [item for track in find_lanes(timeline, lane) for item in track if is_our_item(item, lane.our_files)]
        if not clips:
            continue
        takes = [(clip, _take(clip, names)) for clip in clips]
        placed = [(clip, take) for clip, take in takes if isinstance(take, PlacedTake)]
        for clip, take in (*(each for each in placed if each[1].in_frames == in_frames), *_travelled(placed, sheet)):
            mix = _mix(clip, take, names, locate)
            return EarlierScore(take, take.audio, sounds_of_take(take, mix, names))
        return next(
            (EarlierScore(take, clip.name or "the score") for clip, take in takes if isinstance(take, StateProblem)),
            None,
        )
    return None


def _travelled(
    placed: Sequence[tuple[otio.schema.Clip, PlacedTake]], sheet: CutSheet | None
) -> Iterator[tuple[otio.schema.Clip, PlacedTake]]:
    """The score of the picture of a sheet that begins elsewhere now, if there is one."""
    if sheet is None or not placed:
        return
    best = max(placed, key=lambda each: _shared_frames(each[1].request.sheet, sheet))
    if 2 * _shared_frames(best[1].request.sheet, sheet) >= min(sheet.duration_frames, best[1].duration_frames):
        yield best


def _shared_frames(before: CutSheet, after: CutSheet) -> int:
    """How many frames of the sheet after show shots of the sheet before."""
    matches = diff_sheets(before, after).matches
    return sum(after.shots[match.new].duration_frames for match in matches if match.old is not None)


def _take(clip: otio.schema.Clip, names: OutputNames) -> PlacedTake | StateProblem:
    take = take_of_clip(clip)
    if isinstance(take, PlacedTake) or take is StateProblem.NEWER:
        return take
    name = _audio_name(clip)
    if not is_plain_name(name):
        return take
    beside = (names.folder / name).with_suffix(".json")
    try:
        found = read_state(read_regular(beside, MAX_STATE_BYTES))
    except OSError:
        return take
    return found if isinstance(found, PlacedTake) else take


def _audio_name(clip: otio.schema.Clip) -> str:
    url = getattr(clip.media_reference, "target_url", None)
    return parse_address(url).name if url else clip.name or "none"


def _mix(clip: otio.schema.Clip, take: PlacedTake, names: OutputNames, locate: Locate) -> Path | None:
    """The 48 kHz WAV of a clip's take: in the takes' folder, else where the clip plays it from, or beside that."""
    mix = names.folder / take.audio
    if mix.is_file() and take.take == names.number_of(take.audio):
        return mix
    recogniser = Recogniser([names.folder, names.folder.parent], locate)
    for address in dict.fromkeys((getattr(clip.media_reference, "target_url", None) or "", take.audio)):
        sound = recogniser.of_address(address)
        if sound is not None and sound.take.result.request_sha256 == take.result.request_sha256:
            return sound.path if sound.role == MIX else mix_beside(sound)
        played = locate(address) if address else None
        if played is not None and played.is_file() and _is_mix_of(take, played):
            return played
    return mix if mix.is_file() and _is_mix_of(take, mix) else None


def _is_mix_of(take: PlacedTake, path: Path) -> bool:
    """Whether a file that lies outside the takes' folder holds the take's music, sample for sample.

    The timeline's word alone is not enough: a stranger's could name any recording on this machine.
    """
    file = take.result.file(MIX)
    try:
        return file is not None and sound_sha256(path, file.samples) == file.sound_sha256
    except AudioError:
        return False
