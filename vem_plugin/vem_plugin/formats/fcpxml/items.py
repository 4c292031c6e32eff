"""OpenTimelineIO's items for the clips of FCPXML."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Protocol
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_plugin.formats.fcpxml.annotations import Note
from vem_plugin.formats.fcpxml.resources import Asset
from vem_plugin.formats.fcpxml.retiming import Piece, Retiming
from vem_plugin.formats.fcpxml.sound import SoundItem, main_role, sound_tracks
from vem_plugin.formats.fcpxml.times import Exact, Grid, round_frames
from vem_plugin.formats.tracks import Fade, Placed, Strip, Times, build_track, pack

_OPAQUE_KIND = "matte"


class ReadStory(Protocol):
    """What was read of a container, on a grid of its own that begins at `zero` of its own time."""

    grid: Grid
    zero: Exact
    lanes: dict[int, list[Strip]]
    sounds: list[SoundItem]
    notes: list[tuple[int, Note]]


def spread(retiming: Retiming, start: Exact, end: Exact, local_start: Exact) -> Iterator[tuple[Piece, int, int]]:
    """The pieces of a clip at [start, end) of its story, with the frames that each is seen on."""
    for piece in retiming.pieces(local_start, end - start):
        first, last = round_frames(start + piece.start), round_frames(start + piece.end)
        if first < last:
            yield piece, first, last


def media_clip(
    element: Element, asset: Asset, piece: Piece, length: int, grid: Grid, metadata: dict[str, Any] | None
) -> otio.schema.Clip:
    """A clip of a media file over `length` frames."""
    rate = asset.rate or grid.rate
    source = min(piece.source_start, piece.source_end)
    if asset.still:
        source, rate = asset.start_s * grid.rate, grid.rate
    value = source if rate == grid.rate else source * rate / grid.rate
    return _clip(element, asset.name, asset.reference(grid.rate), (value, float(rate)), piece, length, grid, metadata)


def generator_clip(
    element: Element,
    effect: tuple[str, bool] | None,
    piece: Piece,
    length: int,
    grid: Grid,
    metadata: dict[str, Any] | None,
) -> otio.schema.Clip:
    """A title, a generator, or a stand-in for media that the file does not define."""
    if effect is None and element.tag in ("asset-clip", "video", "audio"):
        reference: otio.core.MediaReference = otio.schema.MissingReference(name=element.get("ref", ""))
    else:
        kind, opaque = effect or (element.tag, False)
        reference = otio.schema.GeneratorReference(name=kind, generator_kind=_OPAQUE_KIND if opaque else kind)
    source = (piece.source_start, grid.rate_hz)
    return _clip(element, reference.name, reference, source, piece, length, grid, metadata)


def nested(
    element: Element,
    story: ReadStory,
    piece: Piece,
    length: int,
    grid: Grid,
    metadata: dict[str, Any] | None,
    role: str | None = None,
) -> otio.core.Item | None:
    """A container as an item over `length` frames: the one clip that is seen of it, or a compound of its lanes.

    With `role`, what is heard of it in that role. None where that is nothing.
    """
    times = Times(story.grid.rate_hz)
    ratio = story.grid.rate / grid.rate
    first = min(piece.source_start, piece.source_end) * ratio - story.zero
    last = max(piece.source_start, piece.source_end) * ratio - story.zero
    lone = _only_clip(story, round_frames(first), round_frames(last), role)
    if lone is not None:
        return _collapsed(lone, element, float(first), piece, length, grid, metadata)
    tracks = sound_tracks(story.sounds, times, role) if role is not None else picture_tracks(story, times)
    if not any(len(track) for track in tracks):
        return None
    stack = otio.schema.Stack(element.get("name", ""), children=tracks, metadata=metadata)
    stack.source_range = otio.opentime.TimeRange(
        times.time(float(first)), otio.opentime.RationalTime(length, grid.rate_hz)
    )
    if role is None:
        stack.markers.extend(note.marker(times.time(at)) for at, note in story.notes)
    _finish(stack, element, piece)
    return stack


def picture_tracks(story: ReadStory, times: Times, length: int = 0) -> list[otio.schema.Track]:
    """The lanes of a story from the bottom; the primary storyline is filled up to `length`."""
    tracks = []
    for lane in sorted(story.lanes):
        if lane == 0:
            packed = [[strip for strip in story.lanes[0] if strip.entries]]
            packed = packed if len(packed[0]) < 2 else pack(story.lanes[0])
        else:
            packed = pack(story.lanes[lane])
        for number, strips in enumerate(packed, start=1):
            name = "Storyline" if lane == 0 else f"Lane {lane}"
            name += f" ({number})" if number > 1 else ""
            filled = length if lane == 0 and number == 1 else 0
            tracks.append(build_track(name, otio.schema.TrackKind.Video, strips, times, filled))
    return tracks


def _clip(
    element: Element,
    fallback_name: str,
    reference: otio.core.MediaReference,
    source: tuple[Exact, float],
    piece: Piece,
    length: int,
    grid: Grid,
    metadata: dict[str, Any] | None,
) -> otio.schema.Clip:
    clip = otio.schema.Clip(
        name=element.get("name") or fallback_name,
        media_reference=reference,
        source_range=otio.opentime.TimeRange(
            otio.opentime.RationalTime(float(source[0]), source[1]),
            otio.opentime.RationalTime(length, grid.rate_hz),
        ),
        metadata=metadata,
    )
    _finish(clip, element, piece)
    return clip


def _finish(item: otio.core.Item, element: Element, piece: Piece) -> None:
    speed = piece.speed
    if speed == 0:
        item.effects.append(otio.schema.FreezeFrame())
    elif speed != 1:
        item.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(speed)))
    if element.get("enabled") == "0":
        item.enabled = False


def _only_clip(story: ReadStory, first: int, last: int, role: str | None) -> Placed | None:
    """The one clip that fills [first, last) of a story with nothing above, beneath or beside it."""
    inside: list[Placed | Fade]
    if role is not None:
        sounds = [sound for sound in story.sounds if main_role(sound.role) == role]
        inside = [Placed(sound.start, sound.end, sound.item) for sound in sounds]
    else:
        if story.notes:
            return None
        inside = [entry for strips in story.lanes.values() for strip in strips for entry in strip.entries]
    if len(inside) != 1 or not isinstance(inside[0], Placed) or not isinstance(inside[0].item, otio.schema.Clip):
        return None
    placed = inside[0]
    return placed if placed.start <= first and placed.end >= last and not len(placed.item.effects) else None


def _collapsed(
    lone: Placed, element: Element, first: float, piece: Piece, length: int, grid: Grid, metadata: dict[str, Any] | None
) -> otio.schema.Clip:
    clip: otio.schema.Clip = copy.deepcopy(lone.item)
    start = clip.source_range.start_time
    rate_hz = clip.source_range.duration.rate
    skipped = (first - lone.start) * start.rate / rate_hz
    clip.source_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(start.value + skipped, start.rate), otio.opentime.RationalTime(length, grid.rate_hz)
    )
    clip.name = element.get("name") or clip.name
    for namespace, entries in (metadata or {}).items():
        clip.metadata[namespace] = {**dict(clip.metadata.get(namespace, {})), **entries}
    if element.get("enabled") == "0":
        clip.enabled = False
    _finish(clip, element, piece)
    return clip
