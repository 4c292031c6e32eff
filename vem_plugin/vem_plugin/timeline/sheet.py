"""From a timeline to its cut sheet."""

from __future__ import annotations

import dataclasses
import functools
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import NoPicture, TimelineUnreadable
from vem_plugin.timeline.assembling import assemble
from vem_plugin.timeline.boundaries import tile
from vem_plugin.timeline.claims import disagreements
from vem_plugin.timeline.dialect import find_dialect
from vem_plugin.timeline.flattening import Flattener, Segment, Visible, uncovered
from vem_plugin.timeline.markers import read_marks
from vem_plugin.timeline.pictures import Layer
from vem_plugin.timeline.rates import find_record_rate
from vem_plugin.timeline.reading import OpenedTimeline
from vem_plugin.timeline.record_clock import RecordClock, round_frames
from vem_plugin.timeline.shot_media import ShotMedia
from vem_plugin.timeline.tracks import (
    VISIBLE_TRACKS,
    choose_tracks,
    is_drop_frame,
    lay_out,
    outlasting_sound,
    video_layers,
)
from vem_plugin.timeline.warps import SOURCE_RANGES_NOTICE, reading_dialect


@dataclass(frozen=True)
class ReadingOptions:
    """What counts as a cut.

    `tracks` is "visible" (all enabled video tracks, seen from the top), "topmost" (the uppermost enabled video track
    that has a clip), or one track by name or by number, counted from 1 at the bottom.
    """

    keep_through_edits: bool | None = None  # None: dropped, except where they are the cut list (a conformed movie)
    keep_overlays: bool = False  # titles and adjustment layers over a picture also make cuts
    tracks: str = VISIBLE_TRACKS
    all_markers_hit: bool = False  # every marker inside a shot is an event, not only those that say so
    rate: Fraction | None = None  # the timeline's rate, for formats and files that state none


@dataclass(frozen=True)
class ReadCutSheet:
    """A timeline as it was read. `media` tiles the sheet in order of time."""

    sheet: CutSheet
    media: tuple[ShotMedia, ...]
    notices: tuple[str, ...] = ()  # what an editor should know about how it was read

    @functools.cached_property
    def _media_starts(self) -> list[int]:
        return [media.record_start_frames for media in self.media]

    def media_at(self, record_frames: int) -> ShotMedia:
        """Where the picture of a record frame (0 <= record_frames < duration) comes from."""
        return self.media[bisect_right(self._media_starts, record_frames) - 1]


def read_opened(opened: OpenedTimeline, options: ReadingOptions = ReadingOptions()) -> ReadCutSheet:
    """The cuts of a timeline from a file, with what is to be said of the file, held against its own numbers.

    Raises as `read_cut_sheet` does.
    """
    read = read_cut_sheet(opened.timeline, options)
    notices = (*opened.notices, *read.notices, *disagreements(opened.timeline, read.sheet, opened.claims))
    return dataclasses.replace(read, notices=tuple(dict.fromkeys(notices)))


def read_cut_sheet(timeline: otio.schema.Timeline, options: ReadingOptions = ReadingOptions()) -> ReadCutSheet:
    """The cuts that an audience would see.

    Raises NoPicture where there is nothing to see, and TimelineError for a track that is not there, or times or texts
    that cannot be read.
    """
    try:
        return _read(timeline, options)
    except UnicodeDecodeError as error:
        raise TimelineUnreadable("The timeline holds names that are not written in UTF-8.") from error
    except RecursionError as error:
        raise TimelineUnreadable("The timeline's compound clips are nested without end.") from error


def _read(timeline: otio.schema.Timeline, options: ReadingOptions) -> ReadCutSheet:
    dialect = find_dialect(timeline)
    layers = video_layers(timeline, dialect)
    chosen = choose_tracks(layers, options.tracks, dialect)
    rate, rate_notices = find_record_rate(timeline, layers, options.rate)
    clock = RecordClock(rate)
    dialect = reading_dialect(timeline, clock, dialect)
    flattener = Flattener(clock, dialect)
    layout = lay_out(timeline, layers, flattener)
    visible = flattener.flatten(
        [(layer, frame) for layer, frame in layout.placed if any(layer is shown for shown in chosen)]
    )
    spans = _with_lone_overlays(visible)
    end = max((span.end for span in spans), default=0) if dialect.padded_tracks else layout.end
    if not any(span.picture.layer is not Layer.BLACK for span in spans) or round_frames(end) < 1:
        raise NoPicture("The timeline shows no picture: its video tracks hold only gaps or disabled clips.")
    duration_frames = round_frames(end)
    marks, mark_notices = read_marks(flattener.marked, clock, layout.start_frames, duration_frames)
    sheet, media, notices = assemble(
        name=timeline.name,
        rate=clock.rate,
        start_frames=layout.start_frames,
        drop_frame=is_drop_frame(timeline, clock, layout.start_frames),
        stretches=tile(spans, end),
        overlays=visible.overlays,
        marks=marks,
        keep_through_edits=options.keep_through_edits,
        keep_overlays=options.keep_overlays,
        all_markers_hit=options.all_markers_hit,
    )
    reading_notices = (
        *rate_notices,
        *((SOURCE_RANGES_NOTICE,) if dialect.source_ranges else ()),
        *_media_notices(flattener.unusable_media),
        *mark_notices,
    )
    return ReadCutSheet(sheet, media, (*reading_notices, *notices, *outlasting_sound(timeline, flattener, end)))


def _media_notices(unusable: list[str]) -> Iterator[str]:
    if unusable:
        more = f" and {len(unusable) - 1} more" if len(unusable) > 1 else ""
        yield f"The media of {unusable[0]!r}{more} state times or speeds that are no numbers; they are left out."


def _with_lone_overlays(visible: Visible) -> list[Segment]:
    """The pictures, and the overlays where no picture lies beneath: there they are the picture."""
    spans = visible.pictures
    for overlay in visible.overlays:
        alone = list(uncovered(spans, [overlay]))
        if alone:
            spans = sorted([*spans, *alone], key=lambda span: span.start)
    return spans
