"""Finding the score that stands on our lane, with all that can still be had of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import opentimelineio as otio

from vem_core.contract.errors import AudioError
from vem_core.contract.foreign_files import MAX_STATE_BYTES, read_regular
from vem_core.contract.request import ScoreRequest
from vem_plugin.files.addresses import parse_address
from vem_plugin.placement.broadcast_wave import sound_sha256
from vem_plugin.placement.lane import LaneOptions, find_lanes, is_our_item
from vem_plugin.placement.state import MIX, PlacedTake, StateProblem, is_plain_name, read_state, take_of_clip
from vem_plugin.takes.names import OutputNames

Locate = Callable[[str], Path | None]
"""Where the file of an address lies; None: nowhere."""


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
    timelines: Iterable[otio.schema.Timeline], lane: LaneOptions, in_frames: int, names: OutputNames, locate: Locate
) -> EarlierScore | None:
    """The score that begins at a record frame, from the first timeline that has scores of ours; None: there is none.

    A clip that lost its state is looked up in the JSON beside its WAV.
    """
    for timeline in timelines:
        clips = [item for track in find_lanes(timeline, lane) for item in track if is_our_item(item, lane.our_files)]
        if not clips:
            continue
        takes = [(clip, _take(clip, names)) for clip in clips]
        for clip, take in takes:
            if isinstance(take, PlacedTake) and take.in_frames == in_frames:
                return EarlierScore(take, take.audio, sounds_of_take(take, names, _mix(clip, take, names, locate)))
        return next(
            (EarlierScore(take, clip.name or "the score") for clip, take in takes if isinstance(take, StateProblem)),
            None,
        )
    return None


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


def sounds_of_take(take: PlacedTake, names: OutputNames, mix: Path | None) -> dict[str, Path]:
    """A take's WAVs that are still there, by role; `mix` is where the clip plays it from."""
    found = {} if mix is None else {MIX: mix}
    for file in take.result.files:
        path = names.extra(take.take, file)
        if file.role.startswith("stem:") and path.is_file():
            found[file.role] = path
    return found


def _mix(clip: otio.schema.Clip, take: PlacedTake, names: OutputNames, locate: Locate) -> Path | None:
    mix = names.folder / take.audio
    if mix.is_file():
        return mix
    played = locate(getattr(clip.media_reference, "target_url", "") or "")
    return played if played is not None and played.is_file() and _is_mix_of(take, played) else None


def _is_mix_of(take: PlacedTake, path: Path) -> bool:
    """Whether a file that lies outside the takes' folder holds the take's music, sample for sample.

    The timeline's word alone is not enough: a stranger's could name any recording on this machine.
    """
    file = take.result.file(MIX)
    try:
        return file is not None and sound_sha256(path, take.result.plan.duration_samples) == file.sound_sha256
    except AudioError:
        return False
