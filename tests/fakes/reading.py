"""Reading a timeline's first video track, clip by clip: enough where a test is not about reading."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio

from vem_core.contract.cut_sheet import Cut, CutSheet, Shot
from vem_core.contract.time import snap_rate
from vem_plugin.media.shot_media import MediaKind, ShotMedia
from vem_plugin.timeline.sheet import ReadCutSheet


def read_plainly(timeline: otio.schema.Timeline, _options: object = None) -> ReadCutSheet:
    """A shot for each item of the first track; gaps are black."""
    track = next(track for track in timeline.tracks if track.kind == otio.schema.TrackKind.Video)
    rate = snap_rate(track.duration().rate)
    shots: list[Shot] = []
    media: list[ShotMedia] = []
    position = 0
    for item in track:
        length = int(item.duration().value)
        black = isinstance(item, otio.schema.Gap)
        shots.append(Shot(position, length, item.name, picture=not black))
        media.append(_media(item, len(media), position, length, rate, black))
        position += length
    start = timeline.global_start_time
    sheet = CutSheet(
        timeline.name,
        rate,
        int(start.value) if start else 0,
        position,
        tuple(shots),
        tuple(Cut(shot.start_frames) for shot in shots[1:]),
    )
    return ReadCutSheet(sheet, tuple(media))


def _media(item: otio.core.Item, shot: int, start: int, length: int, rate: Fraction, black: bool) -> ShotMedia:
    reference = None if black else item.media_reference
    url = getattr(reference, "target_url", "")
    available = None if reference is None else reference.available_range
    kind = MediaKind.BLACK if black else MediaKind.FILE if url else MediaKind.MISSING
    return ShotMedia(
        shot=shot,
        record_start_frames=start,
        record_duration_frames=length,
        record_rate=rate,
        kind=kind,
        name=url.rsplit("/", 1)[-1] or item.name,
        target_url=url,
        source_start_frames=Fraction(item.trimmed_range().start_time.value),
        source_rate=snap_rate(item.trimmed_range().start_time.rate),
        available_start_frames=None if available is None else Fraction(available.start_time.value),
        available_duration_frames=None if available is None else Fraction(available.duration.value),
    )
