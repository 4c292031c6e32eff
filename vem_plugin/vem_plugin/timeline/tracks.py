"""Which layers of a timeline are looked at, and where in record time they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import opentimelineio as otio

from vem_core.contract.errors import NoPicture, TimelineError
from vem_core.contract.time import supports_drop_frame, timecode
from vem_plugin.timeline.dialect import Dialect
from vem_plugin.timeline.flattening import Flattener, Frame, is_picture_layer, is_video
from vem_plugin.timeline.record_clock import Exact, RecordClock, round_frames

VISIBLE_TRACKS = "visible"
TOPMOST_TRACK = "topmost"


@dataclass(frozen=True)
class Layout:
    """The enabled video layers, from the bottom, with their frames; `end` is the end of the longest."""

    placed: list[tuple[otio.core.Item, Frame]]
    start_frames: int
    end: Exact


def video_layers(timeline: otio.schema.Timeline, dialect: Dialect) -> list[otio.core.Item]:
    """The layers that can show something: enabled or not, from the bottom. Raises NoPicture if there is none."""
    if timeline.tracks is None or not len(timeline.tracks):
        raise NoPicture("The timeline is empty.")
    layers = [item for item in timeline.tracks if is_picture_layer(item)]
    if not layers:
        raise NoPicture("The timeline has no video track.")
    if not any(dialect.is_enabled(layer) for layer in layers):
        raise NoPicture("All video tracks of the timeline are switched off.")
    return layers


def choose_tracks(layers: Sequence[otio.core.Item], wanted: str, dialect: Dialect) -> list[otio.core.Item]:
    """The layers that "visible", "topmost", a number from 1 at the bottom, or a track's name stand for.

    Raises TimelineError for a track that is not there or switched off.
    """
    enabled = [layer for layer in layers if dialect.is_enabled(layer)]
    if wanted == VISIBLE_TRACKS:
        return enabled
    if wanted == TOPMOST_TRACK:
        with_clips = [layer for layer in enabled if _has_clip(layer)]
        return with_clips[-1:] or enabled[-1:]
    named = [layer for layer in layers if layer.name == wanted]
    if not named and wanted.isdecimal() and 1 <= int(wanted) <= len(layers):
        named = [layers[int(wanted) - 1]]
    if not named:
        names = ", ".join(f"{number} {layer.name!r}" for number, layer in enumerate(layers, start=1))
        raise TimelineError(f"There is no video track {wanted!r}.", hint=f"The video tracks are {names}.")
    if not dialect.is_enabled(named[0]):
        raise TimelineError(f"Video track {wanted!r} is switched off.", hint="Switch it on, or choose another.")
    return named[:1]


def lay_out(timeline: otio.schema.Timeline, layers: Sequence[otio.core.Item], flattener: Flattener) -> Layout:
    """Where the enabled layers lie in record time.

    Raises TimelineUnreadable for times that cannot be read.
    """
    enabled = [layer for layer in layers if flattener.dialect.is_enabled(layer)]
    start_frames = flattener.clock.start_frames(timeline.global_start_time)
    first = _first_stamp(enabled, flattener.clock)
    if timeline.global_start_time is None and first:
        start_frames = round_frames(first)
    root = _root(timeline.tracks, enabled, flattener)
    placed = [(layer, _frame_of(layer, first, root, flattener)) for layer in enabled]
    stamps = (_record_timecode(layer, flattener.clock) for layer in enabled)
    origins = (0 if stamp is None else stamp - first for stamp in stamps)
    ends = (origin + flattener.length(layer) for origin, layer in zip(origins, enabled, strict=True))
    return Layout(placed, start_frames, max((min(root.window[1], end) for end in ends), default=0))


def lay_out_sound(
    timeline: otio.schema.Timeline, tracks: Sequence[otio.core.Item], flattener: Flattener
) -> list[tuple[otio.core.Item, Frame]]:
    """Where tracks lie on the record clock of the pictures: trimmed with them, counted from where they begin.

    Sound may go on for longer than the pictures. Raises TimelineUnreadable.
    """
    pictures = [layer for layer in timeline.tracks if is_picture_layer(layer) and flattener.dialect.is_enabled(layer)]
    root = _root(timeline.tracks, [*pictures, *tracks], flattener)
    first = _first_stamp(pictures or tracks, flattener.clock)
    return [(track, _frame_of(track, first, root, flattener)) for track in tracks]


def _frame_of(layer: otio.core.Item, first: Exact, root: Frame, flattener: Flattener) -> Frame:
    """The frame of a layer's own time; `first` is the earliest record timecode that a layer is stamped with."""
    stamp = _record_timecode(layer, flattener.clock)
    if stamp is not None:
        return Frame(stamp - first, 1, (stamp - first, stamp - first + flattener.length(layer)))
    return root if isinstance(layer, otio.schema.Clip) else flattener.enter(layer, 0, root)


def _first_stamp(layers: Sequence[otio.core.Item], clock: RecordClock) -> Exact:
    stamps = (_record_timecode(layer, clock) for layer in layers)
    return min((stamp for stamp in stamps if stamp is not None), default=0)


def outlasting_sound(timeline: otio.schema.Timeline, flattener: Flattener, end: Exact) -> tuple[str, ...]:
    """A notice where sound goes on after the picture."""
    sound = (item for item in timeline.tracks if isinstance(item, otio.schema.Track) and not is_video(item))
    try:
        longest = max((flattener.length(track) for track in sound if flattener.dialect.is_enabled(track)), default=0)
    except TimelineError:
        return ()  # what the sound's times say does not matter to the cuts
    beyond = round_frames(longest - end)
    if beyond < 1:
        return ()
    return (f"The sound runs on for {beyond} frames after the picture; the score is as long as the picture.",)


def _root(stack: otio.schema.Stack, layers: Sequence[otio.core.Item], flattener: Flattener) -> Frame:
    """The frame of the timeline's own stack, which may be trimmed itself."""
    if stack.source_range is not None:
        length = flattener.length(stack)
    else:
        # A layer with a record timecode reaches as far after the first one as they lie apart.
        stamps = [stamp for layer in layers if (stamp := _record_timecode(layer, flattener.clock)) is not None]
        apart = max(stamps, default=0) - min(stamps, default=0)
        length = apart + max((flattener.length(layer) for layer in layers), default=0)
    return flattener.enter(stack, 0, Frame(0, 1, (0, length)), length)


def _record_timecode(layer: otio.core.Item, clock: RecordClock) -> Exact | None:
    """The timecode of a track's first item, where its source range states that instead of a trim.

    The EDL adapter writes it as a negative start. Taken literally, such a track would end before its first item.
    """
    span = layer.source_range
    if span is None or not isinstance(layer, otio.schema.Track) or span.start_time.value >= 0:
        return None
    start = clock.frames(span.start_time)
    return -start if start + clock.frames(span.duration) <= 0 else None


def _has_clip(layer: otio.core.Item) -> bool:
    return isinstance(layer, otio.schema.Clip) or any(not isinstance(item, otio.schema.Gap) for item in layer)


def is_drop_frame(timeline: otio.schema.Timeline, clock: RecordClock, start_frames: int) -> bool:
    """Whether the timecode is drop frame: as the file says, or as its start shows."""
    if not supports_drop_frame(clock.rate):
        return False
    for namespace in ("fcp_xml", "fcpxml"):
        xml = timeline.metadata.get(namespace)
        stated = xml.get("timecode") if xml is not None else None
        if stated is not None and stated.get("displayformat"):
            return str(stated["displayformat"]).upper() == "DF"
    of_list = timeline.metadata.get("cmx_3600")
    if of_list is not None and isinstance(drop := of_list.get("drop_frame"), bool):
        return drop
    # Nothing says so, but timelines begin at a round timecode: 107892 is 01:00:00;00 and no round time otherwise.
    return _is_round(timecode(start_frames, clock.rate, drop_frame=True)) and not _is_round(
        timecode(start_frames, clock.rate)
    )


def _is_round(text: str) -> bool:
    return text[-5:] in ("00:00", "00;00")
