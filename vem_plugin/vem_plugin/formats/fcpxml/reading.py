"""Reading FCPXML, the format of Final Cut Pro (also written by DaVinci Resolve and others): versions 1.0 to 1.14."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_core.contract.errors import NoPicture, TimelineUnreadable
from vem_plugin.formats.fcpxml.annotations import NAMESPACE
from vem_plugin.formats.fcpxml.contents import Contents
from vem_plugin.formats.fcpxml.items import picture_tracks
from vem_plugin.formats.fcpxml.laying import choose
from vem_plugin.formats.fcpxml.resources import Resources
from vem_plugin.formats.fcpxml.sound import sound_tracks
from vem_plugin.formats.fcpxml.story import Reading, Story
from vem_plugin.formats.fcpxml.times import Exact, Grid, deduce_rate, round_frames
from vem_plugin.formats.reading import Claims, FormatReading, OneReading, items_apart, read_each
from vem_plugin.formats.tracks import Times
from vem_plugin.formats.xml import read_xml

BUNDLE_SUFFIX = ".fcpxmld"
BUNDLED = "Info.fcpxml"

_HINT = "In Final Cut Pro, select the project in the browser and choose File > Export XML."
_MOST_NAMES = 3


class Project(NamedTuple):
    """A timeline of the file: a project, or a compound clip where there is no project."""

    name: str
    sequence: Element


def read_fcpxml(path: Path) -> FormatReading:
    """The projects of an .fcpxml file, or of an .fcpxmld bundle.

    Raises NoPicture for a file without a project, TimelineUnreadable for one that cannot be read.
    """
    root = read_xml(_document(path))
    if root.tag != "fcpxml":
        raise TimelineUnreadable(
            f"{path.name} is damaged, cut off, or not FCPXML: its outermost element is <{root.tag[:40]}>.", hint=_HINT
        )
    resources = Resources(root)
    projects = list(_projects(root, resources))
    if not projects:
        raise NoPicture(f"{path.name} holds no project, only what lies in the browser.", hint=_HINT)
    return read_each(projects, lambda project: _read_project(project, resources))


def _read_project(project: Project, resources: Resources) -> OneReading:
    reading = Reading(resources)
    rate, notices = _rate(project, resources)
    timeline, claims = _read(project, rate, reading)
    return OneReading(timeline, claims, (*notices, *_notices(reading)))


def _document(path: Path) -> Path:
    """The file to read: of a bundle the one inside."""
    if not path.is_dir():
        return path
    inside = path / BUNDLED
    if inside.is_file():
        return inside
    others = sorted(path.glob("*.fcpxml"))
    if not others:
        raise TimelineUnreadable(f"{path.name} is a bundle without {BUNDLED}.", hint=_HINT)
    return others[0]


def _projects(root: Element, resources: Resources) -> Iterator[Project]:
    """All projects, named apart; without one, the compound clips of the browser."""
    found = [
        (event.get("name", ""), project.get("name", ""), sequence)
        for event in (root, *root.iter("event"))
        for project in (event.findall("project") if event is not root else _loose_projects(root))
        if (sequence := project.find("sequence")) is not None
    ]
    if not found:
        found = [("", name, sequence) for name, sequence in _compound_clips(root, resources)]
    known = Counter(name for _, name, _ in found)
    for event, name, sequence in found:
        yield Project(f"{event}: {name}" if known[name] > 1 and event else name, sequence)


def _compound_clips(root: Element, resources: Resources) -> Iterator[tuple[str, Element]]:
    """The compound clips of the browser, each once, without those that are only parts of another."""
    clips: dict[str, Element] = {}
    for clip in root.iter("ref-clip"):
        clips.setdefault(clip.get("ref", ""), clip)
    sequences = {ref: sequence for ref in clips if (media := resources.media(ref)) is not None
                 and (sequence := media.find("sequence")) is not None}  # fmt: skip
    inside = {part.get("ref") for sequence in sequences.values() for part in sequence.iter("ref-clip")}
    for ref in [ref for ref in sequences if ref not in inside] or sequences:
        yield clips[ref].get("name", ""), sequences[ref]


def _loose_projects(root: Element) -> list[Element]:
    """Projects outside of events."""
    return [
        *root.findall("project"),
        *(project for library in root.findall("library") for project in library.findall("project")),
    ]


def _rate(project: Project, resources: Resources) -> tuple[Fraction, tuple[str, ...]]:
    """The rate of a sequence: its format's, else the one that its times fit."""
    stated = resources.format_rate(project.sequence.get("format"))
    if stated is not None:
        return stated, ()
    spine = project.sequence.find("spine")
    clips = list(spine) if spine is not None else []
    times = [text for clip in clips for name in ("offset", "duration") if (text := clip.get(name)) is not None]
    used = Counter(rate for clip in clips if (rate := _media_rate(clip, resources)) is not None)
    rate = used.most_common(1)[0][0] if used else deduce_rate(times)
    if rate is None:
        raise TimelineUnreadable(f"The project {project.name!r} does not say its frame rate.", hint=_HINT)
    return rate, (f"The project does not say its frame rate; {float(rate):.6g} was taken from its clips.",)


def _media_rate(clip: Element, resources: Resources) -> Fraction | None:
    asset = resources.asset(clip.get("ref"))
    return asset.rate if asset is not None else None


def _read(project: Project, rate: Fraction, reading: Reading) -> tuple[otio.schema.Timeline, Claims]:
    sequence, grid = project.sequence, Grid(rate)
    spine = sequence.find("spine")
    elements = list(spine) if spine is not None else []
    start = grid.frames(sequence.get("tcStart"))
    zero = _zero(elements, start, grid)
    story = Story(reading, grid).read(Contents(elements, zero, (zero,), grid, True, ()))
    times = Times(grid.rate_hz)
    timeline = otio.schema.Timeline(project.name, global_start_time=times.time(round_frames(start)))
    timeline.tracks.extend(picture_tracks(story, times, round_frames(story.end)))
    timeline.tracks.extend(sound_tracks(story.sounds, times))
    timeline.tracks.markers.extend(note.marker(times.time(at)) for at, note in story.notes)
    timeline.metadata[NAMESPACE] = {"timecode": {"displayformat": sequence.get("tcFormat", "NDF")}}
    lowest = min(story.lanes, default=0)
    shown = [element for element in elements if id(element) in reading.shown] if lowest == 0 else []
    heard = max((sound.end for sound in story.sounds), default=0)
    return timeline, _claims(sequence, shown, zero, grid, heard)


def _zero(elements: Iterable[Element], start: Exact, grid: Grid) -> Exact:
    """The time of the storyline's first frame: the sequence's start, where offsets are not counted from 0 instead."""
    offsets = [grid.frames(text) for element in elements if (text := element.get("offset")) is not None]
    return 0 if offsets and min(offsets) < start and offsets[0] == 0 else start


def _claims(sequence: Element, shown: Iterable[Element], zero: Exact, grid: Grid, heard: int) -> Claims:
    """The sequence's own numbers, of its items those of the elements that are `shown`.

    Where the sequence is as long as its sound, which goes on until `heard`, it says nothing of its picture's length.
    """
    stated = sequence.get("duration")
    duration = None if stated is None else round_frames(grid.frames(stated))
    items = []
    for element in shown:
        clip = choose(element)
        offset, length = element.get("offset"), clip.get("duration") if clip is not None else None
        if clip is None or offset is None or length is None:
            continue
        first = grid.frames(offset) - zero
        items.append((clip.get("name", ""), round_frames(first), round_frames(first + grid.frames(length))))
    return Claims(
        rate=grid.rate,
        start_frames=round_frames(grid.frames(sequence.get("tcStart"))),
        duration_frames=None if duration == heard else duration,
        item_record_frames=items_apart(items),
    )


def _notices(reading: Reading) -> Iterator[str]:
    edges = "between frames of the project; each edge is taken at the nearest frame."
    if reading.off_grid:
        yield _sentence(reading.off_grid, f"begins or ends {edges}", f"begin or end {edges}")
    if reading.overlapping:
        over = "over the beginning of what follows by the file's offsets, and ends there."
        yield _sentence(reading.overlapping, f"runs {over}", f"run {over.replace('ends', 'end')}")
    if reading.missing:
        to = "to media that the file does not define."
        yield _sentence(reading.missing, f"refers {to}", f"refer {to}")
    if reading.moved:
        empty = "no picture at the time stated and is read from its beginning."
        yield _sentence(reading.moved, f"has {empty}", f"have {empty.replace('is', 'are')}")


def _sentence(names: Sequence[str], singular: str, plural: str) -> str:
    """A sentence about clips by their names, the first few of which are told."""
    known = list(dict.fromkeys(names))
    told = ", ".join(repr(name) for name in known[:_MOST_NAMES])
    more = len(known) - _MOST_NAMES
    return f"{told}{f' and {more} more' if more > 0 else ''} {singular if len(known) == 1 else plural}"
