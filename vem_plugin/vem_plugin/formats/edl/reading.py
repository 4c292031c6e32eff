"""Reading an edit decision list: its events as OpenTimelineIO, each where the record's timecodes put it."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from vem_core.contract.errors import NoPicture, TimecodeError, TimelineUnreadable
from vem_core.contract.foreign_files import MAX_TIMELINE_BYTES, read_regular
from vem_core.contract.time import snap_rate
from vem_plugin.formats.edl.events import KEY, WIPE, EventLine, EventList, Locator, parse_events
from vem_plugin.formats.edl.media import rate_of_media
from vem_plugin.formats.edl.rates import EdlRate, find_rate, frame_of_stamp
from vem_plugin.formats.edl.tracks import Piece, day_frames, lay_pieces, runs_over_midnight
from vem_plugin.formats.reading import Claims, FormatReading

NAMESPACE = "cmx_3600"
_ENCODINGS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_COLOURS = frozenset(value for name, value in vars(otio.schema.MarkerColor).items() if name.isupper())
_MOST_STRANGE = 3


def read_edl(path: Path, rate: Fraction | None = None, media_folders: Sequence[Path] = ()) -> FormatReading:
    """The timeline of an edit decision list, counted at `rate`, or at the rate that its timecodes or its media tell.

    Media are looked for beside the list and in `media_folders`. Raises TimelineUnreadable, and NoPicture for a list of
    markers.
    """
    events = parse_events(_decoded(read_regular(path, MAX_TIMELINE_BYTES)))
    _drop_marker_events(events, path.name)
    if not events.lines:
        reason = f"line {events.strange[0][0]} is no event" if events.strange else "it holds no events"
        raise TimelineUnreadable(f"{path.name} is damaged, cut off, or not really .edl: {reason}.", reason=reason)
    asked = None if rate is None else snap_rate(rate)
    of_media = rate_of_media(events.lines, path.parent, media_folders) if asked is None else None
    found = find_rate(events, asked, of_media)
    notices = [*found.notices, *_strange_notices(events)]
    timeline, claims = _assemble(events, found, notices)
    return FormatReading((timeline,), tuple(notices), (claims,))


def _decoded(content: bytes) -> str:
    for mark, encoding in _ENCODINGS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _drop_marker_events(events: EventList, name: str) -> None:
    """Leave out the events that only carry a marker: Resolve writes its markers as a list of one-frame events."""
    only_markers = [line for line in events.lines if line.order in events.marker_lines and line.source == line.record]
    if not only_markers:
        return
    if len(only_markers) == len(events.lines):
        raise NoPicture(
            f"{name} is a list of {len(only_markers)} markers, not a cut list.",
            hint="Export the timeline itself as an EDL, or as OpenTimelineIO, which holds cuts and markers.",
        )
    dropped = {line.order for line in only_markers}
    events.lines = [line for line in events.lines if line.order not in dropped]


def _strange_notices(events: EventList) -> Iterator[str]:
    for number, text in events.strange[:_MOST_STRANGE]:
        yield f"Line {number} looks like an event and could not be read as one: {text[:80]!r}."
    if len(events.strange) > _MOST_STRANGE:
        yield f"{len(events.strange) - _MOST_STRANGE} more lines look like events and could not be read."


def _assemble(events: EventList, rate: EdlRate, notices: list[str]) -> tuple[otio.schema.Timeline, Claims]:
    clock = float(rate.rate)
    late = runs_over_midnight(events.lines, rate)
    lanes = [
        (name, kind, lay_pieces(lines, rate, notices, over_midnight=late)) for name, kind, lines in _lanes(events.lines)
    ]
    lanes = [lane for lane in lanes if lane[2]]
    if not lanes:
        raise NoPicture("All events of the list have no length.")
    start = min(pieces[0].start for _, _, pieces in lanes)
    timeline = otio.schema.Timeline(
        events.title,
        global_start_time=otio.opentime.RationalTime(start, clock),
        metadata={NAMESPACE: {"drop_frame": rate.drop_frame}},
    )
    doubtful = _names_on_several_reels(events.lines)
    for name, kind, pieces in lanes:
        timeline.tracks.append(_track(name, kind, pieces, start, doubtful))
    timeline.tracks.markers.extend(_markers(events.locators, rate, start, notices, day_frames(rate) if late else 0))
    pictures = [pieces for _, kind, pieces in lanes if kind == otio.schema.TrackKind.Video]
    claims = Claims(
        rate=rate.rate,
        start_frames=start,
        duration_frames=max((pieces[-1].end for pieces in pictures), default=start) - start or None,
        item_record_frames=tuple(
            (_name(piece.line), piece.start - start, piece.end - start) for piece in (pictures[0] if pictures else ())
        ),
    )
    return timeline, claims


def _lanes(lines: Sequence[EventLine]) -> Iterator[tuple[str, str, list[EventLine]]]:
    """The tracks of a list from the bottom, keys above the pictures they lie over: name, kind, events."""
    kinds = otio.schema.TrackKind
    for number in sorted({track for line in lines for track in line.video}):
        here = [line for line in lines if number in line.video]
        base = [line for line in here if line.transition != KEY]
        keys = [line for line in here if line.transition == KEY]
        yield f"V{number}", kinds.Video, base
        if keys:
            yield f"V{number} keys", kinds.Video, keys
    for number in sorted({track for line in lines for track in line.audio}):
        name = "A" if number == 1 else f"A{number}"
        yield name, kinds.Audio, [line for line in lines if number in line.audio and line.transition != KEY]


def _names_on_several_reels(lines: Sequence[EventLine]) -> frozenset[str]:
    """The names that stand for more than one medium."""
    reels: dict[str, set[str]] = {}
    for line in lines:
        if line.reel.upper() not in _UNTELLING_REELS:
            reels.setdefault(_name(line), set()).add(line.reel)
    return frozenset(name for name, found in reels.items() if len(found) > 1)


def _track(name: str, kind: str, pieces: Sequence[Piece], start: int, doubtful: frozenset[str]) -> otio.schema.Track:
    items: list[otio.core.Composable] = []
    position = start
    for piece in pieces:
        clock = float(piece.record_rate)
        if piece.start > position or piece.from_black:
            items.append(_gap(piece.start - position, clock))
        if piece.mix_frames:
            items.append(_transition(piece, clock))
        items.append(_gap(piece.end - piece.start, clock) if piece.line.black else _clip(piece, clock, doubtful))
        position = piece.end
    return otio.schema.Track(name, items, kind=kind)


def _gap(frames: int, clock: float) -> otio.schema.Gap:
    return otio.schema.Gap(source_range=otio.opentime.TimeRange(duration=otio.opentime.RationalTime(frames, clock)))


def _transition(piece: Piece, clock: float) -> otio.schema.Transition:
    wipe = piece.line.transition == WIPE
    return otio.schema.Transition(
        f"Wipe {piece.line.wipe}".strip() if wipe else "Dissolve",
        otio.schema.TransitionTypes.Custom if wipe else otio.schema.TransitionTypes.SMPTE_Dissolve,
        otio.opentime.RationalTime(piece.mix_ahead, clock),
        otio.opentime.RationalTime(piece.mix_frames - piece.mix_ahead, clock),
    )


def _clip(piece: Piece, clock: float, doubtful: frozenset[str]) -> otio.schema.Clip:
    line = piece.line
    source_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(float(piece.source_start), float(piece.source_rate)),
        otio.opentime.RationalTime(piece.end - piece.start, clock),
    )
    clip = otio.schema.Clip(_name(line), _reference(line, doubtful), source_range)
    if piece.speed == 0:
        clip.effects.append(otio.schema.FreezeFrame())
    elif piece.speed != 1:
        clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(piece.speed)))
    if line.comments:
        clip.metadata[NAMESPACE] = {"reel": line.reel, "comments": line.comments}
    return clip


def _name(line: EventLine) -> str:
    return line.name or line.source_file or line.reel


def _reference(line: EventLine, doubtful: frozenset[str]) -> otio.core.MediaReference:
    if line.transition == KEY:  # lies over the picture, whatever it is
        return otio.schema.GeneratorReference(_name(line), generator_kind="Key")
    address = line.address or (line.source_file if "/" in line.source_file or "\\" in line.source_file else "")
    if address:
        return otio.schema.ExternalReference(address)
    reference = otio.schema.MissingReference(name=_name(line))
    if _name(line) in doubtful:
        reference.metadata[NAMESPACE] = {"reel": line.reel}
    return reference


_UNTELLING_REELS = frozenset({"", "AX", "UNKNOWN", "NONE"})
"""What is written where a medium has no reel."""


def _markers(
    locators: Iterable[Locator], rate: EdlRate, start: int, notices: list[str], next_day: int
) -> Iterator[otio.schema.Marker]:
    """The markers; what stands before the start, in a list that runs over midnight, is `next_day` frames later."""
    for locator in locators:
        try:
            frame = frame_of_stamp(locator.stamp, rate)
            yield _marker(locator, frame - start + (next_day if frame < start else 0), float(rate.rate))
        except TimecodeError as error:
            notices.append(f"A marker was left out: {error.message}")


def _marker(locator: Locator, frame: int, clock: float) -> otio.schema.Marker:
    colour = locator.colour.upper().removeprefix("RESOLVECOLOR")
    return otio.schema.Marker(
        locator.name,
        otio.opentime.TimeRange(
            otio.opentime.RationalTime(frame, clock), otio.opentime.RationalTime(locator.length_frames, clock)
        ),
        color=colour if colour in _COLOURS else otio.schema.MarkerColor.RED,
        comment=locator.comment,
    )
