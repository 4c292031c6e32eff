"""A story, which is a sequence, a compound clip or an angle, as lanes of pictures and of sound.

Positions are frames of the story at its own rate, counted from its first. Final Cut's rules: `offset` is in the time
of the parent, or for what is connected (`lane` not 0) in the time of what it is connected to; `start` is where an
element's own time begins; `duration` is in the time of the parent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple
from xml.etree.ElementTree import Element

from vem_core.contract.errors import TimelineUnreadable
from vem_plugin.formats.fcpxml.annotations import NAMESPACE, Note, metadata_of, notes_of
from vem_plugin.formats.fcpxml.items import generator_clip, media_clip, nested, spread
from vem_plugin.formats.fcpxml.laying import CONTAINERS, STORY_ELEMENTS, Laid, choose, lay_storyline
from vem_plugin.formats.fcpxml.resources import Asset, Resources
from vem_plugin.formats.fcpxml.retiming import AS_IS, Piece, Retiming, read_retiming
from vem_plugin.formats.fcpxml.sound import Sound, SoundSources, is_silent, main_role, roles_of_clip
from vem_plugin.formats.fcpxml.times import Exact, Grid, exact, round_frames
from vem_plugin.formats.tracks import Fade, Placed, Strip

MOST_ITEMS = 300_000
"""Clips of one file, those in compound clips counted as often as they are used."""

DEEPEST_NESTING = 24
_OFF_GRID = Fraction(1, 20)


@dataclass
class Reading:
    """What is known of the file while its stories are read."""

    resources: Resources
    items: int = 0
    off_grid: list[str] = field(default_factory=list)  # names of clips whose edges lie between frames
    overlapping: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # names of clips whose media the file does not define
    moved: list[str] = field(default_factory=list)  # names of containers whose content lies elsewhere than they say

    def count(self) -> None:
        self.items += 1
        if self.items > MOST_ITEMS:
            raise TimelineUnreadable(f"The file's compound clips multiply to more than {MOST_ITEMS:,} clips.")


class Contents(NamedTuple):
    """What is inside a container: elements in its own time, whose frame `zero` is the story's first.

    `zeros` are the readings of the container's own time that are in use, the right one first: some programs count the
    `start` of a compound clip from its beginning instead of its timecode.
    """

    elements: list[Element]
    zero: Exact
    zeros: tuple[Exact, ...]
    grid: Grid
    serial: bool  # one after the other, as in a spine; else each at its offset
    ids: tuple[str, ...]  # of the compound clips around it


class Window(NamedTuple):
    """The part of a story that is used, in its frames."""

    start: Exact
    end: Exact

    def shows(self, start: Exact, end: Exact) -> bool:
        return start < self.end and end > self.start


class Story:
    """Reads elements into `lanes` of pictures, `sounds` and `notes`."""

    def __init__(self, reading: Reading, grid: Grid, window: Window | None = None, ids: tuple[str, ...] = ()) -> None:
        self.reading = reading
        self.grid = grid
        self.window = window
        self.ids = ids
        self.lanes: dict[int, list[Strip]] = {}
        self.sounds: list[Sound] = []
        self.notes: list[tuple[int, Note]] = []
        self.end: Exact = 0
        self.zero: Exact = 0  # the container's own time at the story's first frame

    @property
    def shows_nothing(self) -> bool:
        return not self.sounds and not any(strip.entries for strips in self.lanes.values() for strip in strips)

    def read(self, contents: Contents) -> Story:
        """Read what is inside a container."""
        if contents.serial:
            self.end = self.lay(contents.elements, -contents.zero, 0, 0)
            return self
        for element in contents.elements:
            lane = _lane(element)
            start = self.grid.frames(element.get("offset")) - contents.zero
            if element.tag == "spine":
                self.lay(element, start, start, lane)
            else:
                self.place_alone(element, start, lane)
        self.end = max((strip.end for strips in self.lanes.values() for strip in strips), default=0)
        return self

    def lay(self, elements: Iterable[Element], zero: Exact, begin: Exact, lane: int) -> Exact:
        """Read a storyline and return where it ends."""
        laying = lay_storyline(elements, zero, begin, self.grid, self.length)
        self.reading.overlapping += laying.overlapping
        strip = Strip()
        self.lanes.setdefault(lane, []).append(strip)
        for laid in laying.laid:
            if laid.element.tag == "transition":
                self._fade(laid, strip)
            else:
                self.place(laid, lane, strip)
        return laying.end

    def place_alone(self, element: Element, start: Exact, lane: int) -> None:
        """Read one clip that is no part of a storyline."""
        clip = choose(element) if element.tag in STORY_ELEMENTS else None
        if clip is not None:
            strip = Strip()
            self.lanes.setdefault(lane, []).append(strip)
            self.place(Laid(element, start, start + self.length(clip)), lane, strip)

    def place(self, laid: Laid, lane: int, strip: Strip) -> None:
        """Read one clip: its picture onto the strip, its sound, and what is connected to it."""
        element = choose(laid.element)
        if element is None or laid.end <= laid.start:
            return
        self.reading.count()
        used = _Used(element, laid.start, laid.end, self._local_start(element), read_retiming(element, self.grid))
        if self.window is None or self.window.shows(laid.start, laid.end):
            if element.tag == "audio":
                self._audio(used, lane)
            elif element.tag in CONTAINERS:
                self._container(used, lane, strip)
            elif element.tag != "gap":
                self._media(used, lane, strip)
            self._note(used)
        self._connected(used, lane)

    def length(self, element: Element) -> Exact:
        """How long a clip is: as it says, or else as long as what it refers to."""
        stated = element.get("duration")
        if stated is not None:
            return self.grid.frames(stated)
        asset = self.reading.resources.asset(element.get("ref"))
        if asset is not None:
            return exact(asset.duration_s * self.grid.rate)
        media = self.reading.resources.media(element.get("ref"))
        sequence = media.find("sequence") if media is not None else None
        return self.grid.frames(sequence.get("duration")) if sequence is not None else 0

    def _local_start(self, element: Element) -> Exact:
        """Where a clip's own time begins; without a word of it, at the first frame of its medium."""
        if element.get("start") is not None:
            return self.grid.frames(element.get("start"))
        asset = self.reading.resources.asset(element.get("ref"))
        if asset is not None:
            return exact(asset.start_s * self.grid.rate)
        media = self.reading.resources.media(element.get("ref"))
        story = next((child for child in media if child.tag in ("sequence", "multicam")), None) if media else None
        return self.grid.frames(story.get("tcStart")) if story is not None else 0

    def _connected(self, used: _Used, lane: int) -> None:
        for child in used.element:
            if child.tag not in STORY_ELEMENTS and child.tag != "spine":
                continue
            own = _lane(child)
            if own == 0:
                if used.element.tag in ("clip", "sync-clip"):
                    continue
                own = 1
            if used.element.tag == "sync-clip":
                continue  # contained, and read with its content
            start = used.parent(self.grid.frames(child.get("offset")))
            if child.tag == "spine":
                self.lay(child, start, start, lane + own)
            else:
                self.place_alone(child, start, lane + own)

    def _media(self, used: _Used, lane: int, strip: Strip) -> None:
        element, grid = used.element, self.grid
        resources = self.reading.resources
        metadata = metadata_of(element, grid, used.local_window)
        asset = resources.asset(element.get("ref"))
        if asset is None:
            effect = resources.effect(element.get("ref"))
            if effect is None and element.tag in ("asset-clip", "video"):
                self.reading.missing.append(element.get("name") or element.get("ref") or element.tag)
            for piece, start, end in self._pieces(used, strip):
                strip.entries.append(
                    Placed(start, end, generator_clip(element, effect, piece, end - start, grid, metadata))
                )
            return
        if asset.has_video and element.get("srcEnable", "all") != "audio":
            for piece, start, end in self._pieces(used, strip):
                strip.entries.append(Placed(start, end, media_clip(element, asset, piece, end - start, grid, metadata)))
        if SoundSources.of(element, asset.has_audio and element.tag == "asset-clip").heard:
            self._heard(used, asset, roles_of_clip(element), lane)

    def _audio(self, used: _Used, lane: int) -> None:
        asset = self.reading.resources.asset(used.element.get("ref"))
        if asset is not None and not is_silent(used.element):
            self._heard(used, asset, (used.element.get("role", ""),), lane)

    def _heard(self, used: _Used, asset: Asset, roles: tuple[str, ...], lane: int) -> None:
        """The sound of a medium, once for each main role."""
        extent = used.sound_extent(self.grid)
        for role in {main_role(role): role for role in reversed(roles)}.values():
            for piece, start, end in spread(extent.retiming, extent.start, extent.end, extent.local_start):
                metadata = {NAMESPACE: {"role": role}} if role else None
                clip = media_clip(used.element, asset, piece, end - start, self.grid, metadata)
                self.sounds.append(Sound(role, start, end, clip, lane != 0, asset.url))

    def _container(self, used: _Used, lane: int, strip: Strip) -> None:
        element = used.element
        enabled = element.get("srcEnable", "all")
        sources = SoundSources.of(element, enabled != "video")
        picture, sound = self._contents(used, sources)
        if picture is None or sound is None:
            self.reading.missing.append(element.get("name") or element.get("ref") or element.tag)
            return
        metadata = metadata_of(element, self.grid, used.local_window)
        if enabled != "audio":
            story = self._inner(picture, used)
            for piece, start, end in self._pieces(used, strip):
                item = nested(element, story, piece, end - start, self.grid, metadata)
                if item is not None:
                    strip.entries.append(Placed(start, end, item))
        if sources.heard:
            self._heard_inside(used, sound, sources, lane)

    def _heard_inside(self, used: _Used, contents: Contents, sources: SoundSources, lane: int) -> None:
        extent = used.sound_extent(self.grid)
        story = self._inner(contents, extent)
        story.sounds = [sound for sound in story.sounds if sources.hears(sound)]
        for role in dict.fromkeys(main_role(sound.role) for sound in story.sounds):
            for piece, start, end in spread(extent.retiming, extent.start, extent.end, extent.local_start):
                item = nested(used.element, story, piece, end - start, self.grid, None, role=role)
                if item is not None:
                    self.sounds.append(Sound(role, start, end, item, lane != 0, ""))

    def _inner(self, contents: Contents, used: _Used) -> Story:
        """What is inside a container, as far as it is used."""
        if len(contents.ids) > DEEPEST_NESTING:
            raise TimelineUnreadable(f"Compound clips are nested more than {DEEPEST_NESTING} deep.")
        ratio = contents.grid.rate / self.grid.rate
        edges = [edge for piece in used.retiming.pieces(used.local_start, used.end - used.start)
                 for edge in (piece.source_start, piece.source_end)]  # fmt: skip
        stories = []
        for zero in dict.fromkeys(contents.zeros):
            first, last = (exact(Fraction(edge) * ratio) - zero for edge in (min(edges), max(edges)))
            story = Story(self.reading, contents.grid, Window(first, max(last, first + 1)), contents.ids)
            stories.append(story.read(contents))
            story.zero = zero
            if not story.shows_nothing:
                if len(stories) > 1:
                    self.reading.moved.append(used.element.get("name") or used.element.tag)
                return story
        return stories[0]

    def _contents(self, used: _Used, sources: SoundSources) -> tuple[Contents | None, Contents | None]:
        """What a container shows, and what is heard of it; of a multicam clip these can be two angles."""
        element = used.element
        if element.tag in ("clip", "sync-clip"):
            inside = [child for child in element if _is_content(child, element.tag)]
            zero = min((self.grid.frames(child.get("offset")) for child in inside if _lane(child) == 0), default=0)
            zeros = (zero, self.grid.frames(element.get("tcStart")), used.local_start)
            contents = Contents(inside, zero, zeros, self.grid, False, (*self.ids, element.tag))
            return contents, contents
        media = self.reading.resources.media(element.get("ref"))
        if media is None:
            return None, None
        ref = element.get("ref", "")
        if ref in self.ids:
            raise TimelineUnreadable(f"The compound clip {media.get('name', ref)!r} contains itself.")
        sequence, multicam = media.find("sequence"), media.find("multicam")
        story = sequence if sequence is not None else multicam
        if story is None:
            return None, None
        grid = Grid(self.reading.resources.format_rate(story.get("format")) or self.grid.rate)
        zero = grid.frames(story.get("tcStart"))
        if sequence is not None:
            spine = sequence.find("spine")
            contents = Contents(list(spine) if spine is not None else [], zero, (zero, 0), grid, True, (*self.ids, ref))
            return contents, contents
        angles = {angle.get("angleID", ""): angle for angle in story.findall("mc-angle")}
        shown, heard = sources.angles(element, list(angles))
        return tuple(  # type: ignore[return-value]
            Contents(list(angles.get(angle, ())), zero, (zero, 0), grid, True, (*self.ids, ref))
            for angle in (shown, heard)
        )

    def _pieces(self, used: _Used, strip: Strip) -> Iterator[tuple[Piece, int, int]]:
        for edge in (used.start, used.end):
            if abs(edge - round_frames(edge)) > _OFF_GRID:
                self.reading.off_grid.append(used.element.get("name") or used.element.tag)
                break
        yield from spread(used.retiming, used.start, used.end, used.local_start)

    def _fade(self, laid: Laid, strip: Strip) -> None:
        element = laid.element
        if element.find("filter-video") is None and element.find("filter-audio") is not None:
            return  # fades the sound alone
        strip.entries.append(Fade(round_frames(laid.start), round_frames(laid.end), element.get("name", "")))

    def _note(self, used: _Used) -> None:
        if used.element.get("enabled") == "0":
            return
        for note in notes_of(used.element, self.grid):
            at = used.parent(note.at)
            if used.start <= at < used.end:
                self.notes.append((round_frames(at), note))


@dataclass(frozen=True)
class _Used:
    """A clip's element at [start, end) of its story, from `local_start` of its own time."""

    element: Element
    start: Exact
    end: Exact
    local_start: Exact
    retiming: Retiming = AS_IS

    def parent(self, local: Exact) -> Exact:
        """Where in the story a moment of the clip's own time stands."""
        passed = local - self.local_start
        return self.start + (passed if self.retiming.pace == 1 else Fraction(passed) / self.retiming.pace)

    @property
    def local_window(self) -> tuple[Exact, Exact]:
        return self.local_start, self.local_start + (self.end - self.start) * self.retiming.pace

    def sound_extent(self, grid: Grid) -> _Used:
        """The clip as far as it is heard: in a split edit (J or L cut) elsewhere than it is seen."""
        start, length = self.element.get("audioStart"), self.element.get("audioDuration")
        if start is None and length is None:
            return self
        local = grid.frames(start, self.local_start)
        begin = self.parent(local)
        end = begin + grid.frames(length) if length is not None else self.end
        return _Used(self.element, begin, end, local, self.retiming)


def _lane(element: Element) -> int:
    try:
        return int(element.get("lane", "0"))
    except ValueError:
        return 0


def _is_content(child: Element, container: str) -> bool:
    """Whether a child is inside a container, rather than connected to it."""
    known = child.tag in STORY_ELEMENTS or child.tag == "spine"
    return known and (container == "sync-clip" or _lane(child) == 0)
