"""Finding the score that stands on our lane of an open timeline, with all that can still be had of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from vem_core.contract.foreign_files import MAX_STATE_BYTES, read_regular
from vem_plugin.placement.state import PlacedTake, StateProblem, read_state
from vem_plugin.resolve import api
from vem_plugin.resolve.lane import LaidItem, find_lanes
from vem_plugin.resolve.media import read_tag
from vem_plugin.resolve.open_project import file_path
from vem_plugin.takes.earlier import EarlierScore
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.recognising import Recogniser, sounds_of_take


def find_earlier(timeline: api.Timeline, lane: str, in_frames: int) -> EarlierScore | None:
    """The score of that lane which begins at a record frame of the timeline; None: there is none.

    Its state is the JSON that its tag names, or the one beside its WAV.
    """
    found = [_take(entry) for entry in _scores(timeline, lane)]
    for audio, take in found:
        if isinstance(take, PlacedTake) and take.in_frames == in_frames:
            names = OutputNames(audio.parent, re.sub(r"-take\d+$", "", audio.stem))
            return EarlierScore(take, take.audio, sounds_of_take(take, audio if audio.is_file() else None, names))
    return next(
        (EarlierScore(take, audio.name) for audio, take in found if isinstance(take, StateProblem)),
        None,
    )


def moved_frames(timeline: api.Timeline, lane: str, take: PlacedTake) -> int:
    """How many frames later than it was placed a take's clip stands now; 0 where it is not there."""
    for entry in _scores(timeline, lane):
        if Path(file_path(entry.item.GetMediaPoolItem())).name == take.audio:
            return entry.start_frames - take.in_frames - int(entry.item.GetLeftOffset() or 0)
    return 0


def _scores(timeline: api.Timeline, lane: str) -> Iterator[LaidItem]:
    return (entry for found in find_lanes(timeline, lane) for entry in found.items if entry.lane == lane)


def _take(entry: LaidItem) -> tuple[Path, PlacedTake | StateProblem]:
    medium = entry.item.GetMediaPoolItem()
    audio, tag = Path(file_path(medium)), read_tag(medium) or {}
    problem = StateProblem.MISSING
    for path in dict.fromkeys((Path(str(tag.get("score", ""))), audio.with_suffix(".json"))):
        try:
            read = read_state(read_regular(path, MAX_STATE_BYTES), str(tag.get("tool_version", "")))
        except OSError:
            continue
        if isinstance(read, PlacedTake):
            return audio, read
        problem = read
    sound = Recogniser().of_file(audio) if problem is StateProblem.MISSING else None
    return audio, problem if sound is None else sound.take
