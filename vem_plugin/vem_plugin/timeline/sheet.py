"""From a timeline to its cut sheet."""

from __future__ import annotations

import functools
from bisect import bisect_right
from dataclasses import dataclass

import opentimelineio as otio

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import NoPicture, TimelineUnreadable
from vem_plugin.timeline.assembling import assemble
from vem_plugin.timeline.boundaries import tile
from vem_plugin.timeline.dialect import find_dialect
from vem_plugin.timeline.flattening import Flattener, Span, Visible, uncovered
from vem_plugin.timeline.markers import read_marks
from vem_plugin.timeline.pictures import Layer
from vem_plugin.timeline.record_clock import RecordClock, find_record_rate, round_frames
from vem_plugin.timeline.shot_media import ShotMedia
from vem_plugin.timeline.tracks import (
    VISIBLE_TRACKS,
    choose_tracks,
    is_drop_frame,
    lay_out,
    outlasting_sound,
    video_layers,
)


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


def read_cut_sheet(timeline: otio.schema.Timeline, options: ReadingOptions = ReadingOptions()) -> ReadCutSheet:
    """The cuts that an audience would see.

    Raises NoPicture where there is nothing to see, and TimelineError for a track that is not there, or times or texts
    that cannot be read.
    """
    try:
        return _read(timeline, options)
    except UnicodeDecodeError as error:
        raise TimelineUnreadable("The timeline holds names that are not written in UTF-8.") from error


def _read(timeline: otio.schema.Timeline, options: ReadingOptions) -> ReadCutSheet:
    dialect = find_dialect(timeline)
    layers = video_layers(timeline, dialect)
    chosen = choose_tracks(layers, options.tracks, dialect)
    clock = RecordClock(find_record_rate(timeline, layers))
    flattener = Flattener(clock, dialect)
    layout = lay_out(timeline, layers, flattener)
    visible = flattener.flatten(
        [(layer, frame) for layer, frame in layout.placed if any(layer is one for one in chosen)]
    )
    spans = _with_lone_overlays(visible)
    end = max((span.end for span in spans), default=0) if dialect.padded_tracks else layout.end
    if not any(span.picture.layer is not Layer.BLACK for span in spans) or round_frames(end) < 1:
        raise NoPicture("The timeline shows no picture: its video tracks hold only gaps or disabled clips.")
    duration_frames = round_frames(end)
    marks = read_marks(flattener.marked, clock, layout.start_frames, duration_frames)
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
    return ReadCutSheet(sheet, media, (*notices, *outlasting_sound(timeline, flattener, end)))


def _with_lone_overlays(visible: Visible) -> list[Span]:
    """The pictures, and the overlays where no picture lies beneath: there they are the picture."""
    spans = visible.pictures
    for overlay in visible.overlays:
        alone = list(uncovered(spans, [overlay]))
        if alone:
            spans = sorted([*spans, *alone], key=lambda span: span.start)
    return spans
