"""Which timeline of a file is meant, where it holds several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import opentimelineio as otio

from vem_core.contract.errors import SeveralTimelines, TimelineError
from vem_plugin.formats.reading import FormatReading

_MOST_TOLD = 12


class Choice(NamedTuple):
    """Which timeline of the file is meant, counted from 0, and what an editor should know about the choice."""

    place: int
    notices: tuple[str, ...] = ()


def choose_timeline(found: FormatReading, file_name: str, name: str | None = None) -> Choice:
    """The timeline that is meant: the one called `name`, else the only one that it can be.

    Without a name the ones that stand in others are not meant, nor those without a picture where others have one; and
    of copies that are alike in everything the first is taken. Raises SeveralTimelines where more than one is left, and
    TimelineError for a name that is not there.
    """
    names = told_names(found.timelines)
    candidates = _meant(found) if name is None else _called(name, found.timelines, names)
    if not candidates:
        raise TimelineError(f"{file_name} holds no timeline called {name!r}.", hint=f"It holds {_listed(names)}.")
    first = candidates[0]
    if len(candidates) == 1:
        return Choice(first)
    several = tuple(names[index] for index in candidates)
    if not all(_is_copy(found.timelines[first], found.timelines[index]) for index in candidates[1:]):
        raise SeveralTimelines(
            f"{file_name} holds {len(several)} timelines: {_listed(several)}.", names=several, file=file_name
        )
    return Choice(
        first, (f"The file holds {len(several)} copies of this timeline, {_listed(several)}: they are alike.",)
    )


def told_names(timelines: Sequence[otio.schema.Timeline]) -> tuple[str, ...]:
    """What each is called here: its name, with a number behind where others share it or where there is none."""
    shared = Counter(timeline.name for timeline in timelines)
    met: Counter[str] = Counter()
    told = []
    for timeline in timelines:
        met[timeline.name] += 1
        alone = timeline.name and shared[timeline.name] == 1
        told.append(timeline.name if alone else f"{timeline.name or 'unnamed'} ({met[timeline.name]})")
    return tuple(told)


def _called(name: str, timelines: Sequence[otio.schema.Timeline], names: Sequence[str]) -> list[int]:
    exact = [index for index, timeline in enumerate(timelines) if timeline.name == name]
    return exact or [index for index, told in enumerate(names) if told == name]


def _meant(found: FormatReading) -> list[int]:
    standing = list(range(len(found.timelines)))[: found.standing]
    return [index for index in standing if _has_picture(found.timelines[index])] or standing[:1]


def _has_picture(timeline: otio.schema.Timeline) -> bool:
    layers = [] if timeline.tracks is None else timeline.video_tracks()
    return any(track.enabled and any(not isinstance(item, otio.schema.Gap) for item in track) for track in layers)


def _is_copy(first: otio.schema.Timeline, other: otio.schema.Timeline) -> bool:
    """Whether two timelines differ in their names alone."""
    return bool(first.global_start_time == other.global_start_time and first.tracks.is_equivalent_to(other.tracks))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_TOLD
    return ", ".join(map(repr, names[:_MOST_TOLD])) + (f" and {more} more" if more > 0 else "")
