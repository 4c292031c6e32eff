"""What is visible when: nested tracks and stacks seen from the top.

All positions are exact record frames, counted from the timeline's first frame. A composition is visited with a
`Frame`, which maps its own time to record time, so that retimed compound clips come out right at any depth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import opentimelineio as otio

from vem_core.contract.errors import TimelineUnreadable
from vem_plugin.timeline.dialect import Dialect
from vem_plugin.timeline.pictures import Layer, Picture, is_overlay_lane, picture_of, speed_of
from vem_plugin.timeline.record_clock import Exact, RecordClock, magnitude
from vem_plugin.timeline.shot_media import MediaKind

DEEPEST_NESTING = 64


@dataclass(frozen=True, slots=True)
class Dissolve:
    """The extent of a transition; `nominal` is the boundary it stands on."""

    start: Exact
    nominal: Exact
    end: Exact
    from_nothing: bool  # it fades in from what lies beneath
    to_nothing: bool


class Segment(NamedTuple):
    """A stretch of record time that shows one picture."""

    start: Exact
    end: Exact
    picture: Picture
    source_start: Exact  # source position at `start`, frames at the picture's source rate
    source_step: Exact  # source frames per record frame, with the speeds of all compounds around it
    head: Dissolve | None = None  # the transition at the clip's own beginning, if that is where the span begins
    tail: Dissolve | None = None

    def source_at(self, position: Exact) -> Exact:
        """The source position at a record position, in frames at the source rate; outside the span it goes on."""
        return self.source_start + (position - self.start) * self.source_step

    def cut_to(self, start: Exact, end: Exact) -> Segment:
        """The part of the span inside [start, end)."""
        if start <= self.start and end >= self.end:
            return self
        start, end = max(start, self.start), min(end, self.end)
        return self._replace(
            start=start,
            end=end,
            source_start=self.source_at(start),
            head=self.head if start == self.start else None,
            tail=self.tail if end == self.end else None,
        )


@dataclass(frozen=True, slots=True)
class MarkedItem:
    """An item with markers, and where its own time lies in record time."""

    item: otio.core.Item
    frame: Frame
    window: tuple[Exact, Exact]  # the record time in which it is seen


class Placed(NamedTuple):
    """An item of a track, at [start, end) of the track's own time in record frames."""

    item: otio.core.Composable
    source_range: otio.opentime.TimeRange | None  # of a clip: its own, or that of its media
    start: Exact
    end: Exact


@dataclass
class Visible:
    """What a composition shows: pictures and overlays, each sorted; overlays may overlap."""

    pictures: list[Segment] = field(default_factory=list)
    overlays: list[Segment] = field(default_factory=list)

    def add(self, span: Segment | None) -> None:
        """Put a span with the overlays or with the pictures, by its layer; None is nothing."""
        if span is not None:
            (self.overlays if span.picture.layer is Layer.OVERLAY else self.pictures).append(span)

    def extend(self, other: Visible) -> None:
        """Take over all that another composition shows; sorting is the caller's."""
        self.pictures.extend(other.pictures)
        self.overlays.extend(other.overlays)


@dataclass(frozen=True, slots=True)
class Frame:
    """Maps a composition's own time (in record-rate frames) to record time: record = origin + local * stretch."""

    origin: Exact
    stretch: Exact
    window: tuple[Exact, Exact]  # the record time in which the composition is seen

    def record(self, local: Exact) -> Exact:
        """A local position as a record position; not limited to the window."""
        return self.origin + local * self.stretch

    def span(self, start: Exact, end: Exact) -> tuple[Exact, Exact]:
        """The record span of a local span, in ascending order and not yet limited to the window."""
        first, last = self.record(start), self.record(end)
        return (first, last) if first <= last else (last, first)


class Flattener:
    """Sees a composition from the top. `marked` collects the enabled items that carry markers."""

    def __init__(self, clock: RecordClock, dialect: Dialect) -> None:
        self.clock = clock
        self.dialect = dialect
        self.marked: list[MarkedItem] = []
        self.unusable_media: list[str] = []  # names of clips whose media state no usable times
        self._known_contents: dict[int, tuple[otio.schema.Track, list[Placed]]] = {}

    def flatten(self, layers: list[tuple[otio.core.Composable, Frame]], depth: int = 0) -> Visible:
        """What layers, given from the bottom, show together."""
        seen = Visible()
        for layer, frame in reversed(layers):
            beneath = self._visit(layer, frame, depth)
            seen.overlays.extend(visible for span in beneath.overlays for visible in uncovered(seen.pictures, [span]))
            seen.pictures = _merge(seen.pictures, uncovered(seen.pictures, beneath.pictures))
        seen.overlays.sort(key=lambda span: span.start)
        return seen

    def length(self, item: otio.core.Composable) -> Exact:
        """An item's length in record frames. Raises TimelineUnreadable if nothing states it."""
        if isinstance(item, otio.schema.Transition):
            return 0
        span = item.source_range
        if span is None and isinstance(item, otio.schema.Clip):
            span = _media_range(item)
        if span is not None:
            return self._length_of_range(item, span)
        if isinstance(item, otio.schema.Track):
            contents = self.contents(item)
            return contents[-1].end + self._handles(item)[1] if contents else 0
        if isinstance(item, otio.core.Composition):
            return max((self.length(child) for child in item), default=0)
        return 0

    def _length_of_range(self, item: otio.core.Composable, span: otio.opentime.TimeRange) -> Exact:
        length = self.clock.frames(span.duration)
        if length < 0:
            raise TimelineUnreadable(f"{type(item).__name__} {item.name!r} has a negative length.")
        if self.dialect.source_ranges and len(item.effects):
            speed = magnitude(speed_of(item))
            return length if speed in (0, 1) else length / Fraction(speed)
        return length

    def contents(self, track: otio.schema.Track) -> list[Placed]:
        """A track's items one after the other, in the track's own time; kept, since lengths are asked for twice."""
        known = self._known_contents.get(id(track))
        if known is not None:
            return known[1]
        placed: list[Placed] = []
        position = self._handles(track)[0]
        for item in track:
            source_range = None
            if isinstance(item, otio.schema.Transition):
                end = position
            elif isinstance(item, otio.schema.Clip):
                source_range = item.source_range or _media_range(item)
                end = position + self._length_of_range(item, source_range)
            else:
                end = position + self.length(item)
            placed.append(Placed(item, source_range, position, end))
            position = end
        self._known_contents[id(track)] = (track, placed)
        return placed

    def _visit(self, item: otio.core.Composable, frame: Frame, depth: int) -> Visible:
        if depth > DEEPEST_NESTING:
            raise TimelineUnreadable(f"Compound clips are nested more than {DEEPEST_NESTING} deep.")
        if not self.dialect.is_enabled(item):
            return Visible()
        if isinstance(item, otio.schema.Track):
            return self._track(item, frame, depth)
        if isinstance(item, otio.schema.Stack):
            return self._inside(item, frame, depth) if len(item) else self._without_content(item, frame)
        if isinstance(item, otio.schema.Clip):
            return self._lone_clip(item, item.source_range or _media_range(item), 0, frame)
        return Visible()

    def _inside(self, stack: otio.schema.Stack, frame: Frame, depth: int) -> Visible:
        placed = [
            (layer, frame if isinstance(layer, otio.schema.Clip) else self.enter(layer, 0, frame))
            for layer in stack
            if self._is_layer(layer)
        ]
        return self.flatten(placed, depth + 1)

    def _is_layer(self, child: otio.core.Composable) -> bool:
        """Whether a child of a compound is one of its pictures."""
        return is_picture_layer(child)

    def _without_content(self, stack: otio.schema.Stack, frame: Frame) -> Visible:
        """A compound clip whose content the file does not carry (FCP7 XML writes it only once): still a picture."""
        source_range = stack.source_range
        if source_range is None:
            return Visible()
        stand_in = otio.schema.Clip(stack.name, source_range=source_range, metadata=dict(stack.metadata))
        return self._lone_clip(stand_in, source_range, self.clock.frames(source_range.start_time), frame)

    def _lone_clip(
        self, clip: otio.schema.Clip, source_range: otio.opentime.TimeRange, position: Exact, frame: Frame
    ) -> Visible:
        seen = Visible()
        record_span = frame.span(position, position + self._length_of_range(clip, source_range))
        seen.add(self._clip(clip, source_range, position, record_span, frame))
        return seen

    def _track(self, track: otio.schema.Track, frame: Frame, depth: int) -> Visible:
        seen = Visible()
        contents = self.contents(track)
        dissolves = self._dissolves(contents, frame)
        first, last = frame.window
        for index, placed in enumerate(contents):
            if placed.start == placed.end:
                continue
            span = frame.span(placed.start, placed.end)
            if span[0] < last and span[1] > first:
                head, tail = dissolves.get(index - 1), dissolves.get(index + 1)
                if frame.stretch < 0:
                    head, tail = tail, head
                if placed.source_range is not None:
                    seen.add(self._clip(placed.item, placed.source_range, placed.start, span, frame, head, tail))
                else:
                    seen.extend(self._composition(placed, frame, head, tail, depth))
        if frame.stretch < 0:
            seen.pictures.sort(key=lambda span: span.start)
        if is_overlay_lane(track.name):
            seen = _as_titles(seen)
        self._fill_handles(track, contents, seen, frame)
        return seen

    def _fill_handles(self, track: otio.schema.Track, contents: Sequence[Placed], seen: Visible, frame: Frame) -> None:
        """Show what transitions at a track's head and tail show of its first and last picture."""
        lead_in, lead_out = self._handles(track)
        if lead_in:
            _reach(seen.pictures, frame.record(lead_in), frame.record(0), frame.window)
        if lead_out:
            position = contents[-1].end
            _reach(seen.pictures, frame.record(position), frame.record(position + lead_out), frame.window)

    def _composition(
        self, placed: Placed, frame: Frame, head: Dissolve | None, tail: Dissolve | None, depth: int
    ) -> Visible:
        item, position = placed.item, placed.start
        if isinstance(item, otio.schema.Gap):
            self.enter(item, position, frame)
            return Visible()
        if not self.dialect.is_enabled(item):
            return Visible()
        found = self._visit(item, self.enter(item, position, frame), depth + 1)
        if speed_of(item) == 0:
            found = _frozen(found, frame.span(position, placed.end), frame.window)
        _attach(found.pictures, head, tail)
        return found

    def enter(self, item: otio.core.Item, position: Exact, frame: Frame, length: Exact | None = None) -> Frame:
        """The frame of an item's own time, the item beginning at `position` of its parent; notes its markers."""
        length = self.length(item) if length is None else length
        first, last = frame.span(position, position + length)
        window = _overlap((first, last), frame.window)
        start = self.clock.frames(item.source_range.start_time) if item.source_range is not None else 0
        speed = speed_of(item)
        if speed == 0:
            inner = Frame(first - start, 1, (first, first + 1))
        else:
            stretch = frame.stretch if speed == 1 else Fraction(frame.stretch) / speed
            if speed < 0:
                start += length * -speed
            inner = Frame(frame.record(position) - start * stretch, stretch, window)
        if len(item.markers):
            self.marked.append(MarkedItem(item, inner, window))
        return inner

    def _clip(
        self,
        clip: otio.schema.Clip,
        source_range: otio.opentime.TimeRange,
        position: Exact,
        record_span: tuple[Exact, Exact],
        frame: Frame,
        head: Dissolve | None = None,
        tail: Dissolve | None = None,
    ) -> Segment | None:
        """A clip at `position` of its parent's time, which is `record_span` of record time, if it can be seen."""
        if not self.dialect.is_enabled(clip):
            return None
        if len(clip.markers):
            self.enter(clip, position, frame)
        picture = picture_of(clip, source_range, self.dialect)
        if not picture.numbers_usable:
            self.unusable_media.append(picture.name)
        start, end = record_span
        step: Exact = picture.speed
        if picture.source_rate is not self.clock.rate:
            step = step * picture.source_rate / self.clock.rate
        source_start = picture.source_start_frames
        if frame.stretch != 1:
            step = Fraction(step) / frame.stretch
            if frame.stretch < 0:
                source_start -= (end - start) * step
        span = Segment(start, end, picture, source_start, step, head, tail)
        first, last = frame.window
        if start < first or end > last:
            return span.cut_to(first, last) if start < last and end > first else None
        return span

    def _handles(self, track: otio.schema.Track) -> tuple[Exact, Exact]:
        """How far a transition at a track's head or tail reaches beyond the first and last item: time of the track."""
        first, last = (track[0], track[-1]) if len(track) else (None, None)
        return (
            self.clock.frames(first.in_offset) if isinstance(first, otio.schema.Transition) else 0,
            self.clock.frames(last.out_offset) if isinstance(last, otio.schema.Transition) else 0,
        )

    def _dissolves(self, contents: Sequence[Placed], frame: Frame) -> dict[int, Dissolve]:
        """The transitions that have a length, by their index among a track's items."""
        found: dict[int, Dissolve] = {}
        for index, placed in enumerate(contents):
            item, position = placed.item, placed.start
            if not isinstance(item, otio.schema.Transition):
                continue
            in_offset, out_offset = self.clock.frames(item.in_offset), self.clock.frames(item.out_offset)
            if in_offset + out_offset <= 0:
                continue
            start, end = frame.span(position - in_offset, position + out_offset)
            before, after = self._shows_nothing(contents, index - 1), self._shows_nothing(contents, index + 1)
            if frame.stretch < 0:
                before, after = after, before
            found[index] = Dissolve(start, frame.record(position), end, before, after)
        return found

    def _shows_nothing(self, contents: Sequence[Placed], index: int) -> bool:
        if not 0 <= index < len(contents):
            return True
        item = contents[index].item
        return isinstance(item, otio.schema.Gap) or not self.dialect.is_enabled(item)


def is_video(track: otio.schema.Track) -> bool:
    """Whether a track holds pictures; OpenTimelineIO states the kind as a string that anybody may set."""
    return bool(track.kind == otio.schema.TrackKind.Video)


def is_picture_layer(child: otio.core.Composable) -> bool:
    """Whether a child of a stack can show something: a video track, a compound, or a clip by itself."""
    if isinstance(child, otio.schema.Track):
        return is_video(child)
    return isinstance(child, otio.core.Composition | otio.schema.Clip)


def uncovered(covers: list[Segment], spans: list[Segment]) -> Iterator[Segment]:
    """The parts of sorted spans that sorted covers leave visible."""
    index = 0
    for span in spans:
        while index < len(covers) and covers[index].end <= span.start:
            index += 1
        position, at = span.start, index
        while at < len(covers) and covers[at].start < span.end:
            if covers[at].start > position:
                yield span.cut_to(position, covers[at].start)
            position = max(position, covers[at].end)
            at += 1
        if position < span.end:
            yield span.cut_to(position, span.end)


def _merge(upper: list[Segment], lower: Iterator[Segment]) -> list[Segment]:
    if not upper:
        return list(lower)
    return sorted([*upper, *lower], key=lambda span: span.start)


def _overlap(span: tuple[Exact, Exact], window: tuple[Exact, Exact]) -> tuple[Exact, Exact]:
    start, end = max(span[0], window[0]), min(span[1], window[1])
    return (start, max(start, end))


def _media_range(clip: otio.schema.Clip) -> otio.opentime.TimeRange:
    reference = clip.media_reference
    span = reference.available_range if reference is not None else None
    if span is None:
        raise TimelineUnreadable(f"Clip {clip.name!r} has neither a source range nor media that states one.")
    return span


def _frozen(found: Visible, span: tuple[Exact, Exact], window: tuple[Exact, Exact]) -> Visible:
    """One instant of a compound clip, held."""
    start, end = _overlap(span, window)

    def held(spans: list[Segment]) -> list[Segment]:
        return [spans[0]._replace(start=start, end=end, source_step=0, head=None, tail=None)] if spans else []

    return Visible(held(found.pictures), held(found.overlays)) if start < end else Visible()


def _reach(spans: list[Segment], edge: Exact, beyond: Exact, window: tuple[Exact, Exact]) -> None:
    """Let the picture at a track's head or tail fill the handle that a transition there shows of it."""
    if spans and spans[0].start == edge and window[0] <= beyond < edge:
        spans[0] = spans[0]._replace(start=beyond, source_start=spans[0].source_at(beyond), head=None)
    elif spans and spans[-1].end == edge and edge < beyond <= window[1]:
        spans[-1] = spans[-1]._replace(end=beyond, tail=None)


def _as_titles(seen: Visible) -> Visible:
    """What a lane of titles shows: its clips without media lie over the picture."""
    titles = [span for span in seen.pictures if span.picture.kind is MediaKind.MISSING]
    if not titles:
        return seen
    pictures = [span for span in seen.pictures if span.picture.kind is not MediaKind.MISSING]
    over = [span._replace(picture=span.picture._replace(layer=Layer.OVERLAY)) for span in titles]
    return Visible(pictures, sorted([*seen.overlays, *over], key=lambda span: span.start))


def _attach(spans: list[Segment], head: Dissolve | None, tail: Dissolve | None) -> None:
    """Give a compound clip's transitions to the pictures at its edges."""
    if spans and head is not None and spans[0].start == head.nominal:
        spans[0] = spans[0]._replace(head=head)
    if spans and tail is not None and spans[-1].end == tail.nominal:
        spans[-1] = spans[-1]._replace(tail=tail)
