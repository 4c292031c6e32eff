"""Switching off the lane of a temp track."""

from __future__ import annotations

import logging

import opentimelineio as otio

from vem_plugin.timeline.flattening import is_video

LOG = logging.getLogger(__name__)


def mute_lane(timeline: otio.schema.Timeline, number: int | None, as_read: otio.schema.Timeline) -> None:
    """Switch an audio lane off. `number`, from 1, counts the audio lanes of the timeline as it was read.

    To be called before anything is placed, which may move lanes. Where `timeline` was saved again since it was read,
    the lane is recognised by its name; one that cannot be told stays on, and the log says so.
    """
    if number is None:
        return
    as_they_were = _audio_lanes(as_read)
    if number > len(as_they_were):
        LOG.warning("The music lies inside a compound clip, and is not switched off: open the compound to do so.")
        return
    name = as_they_were[number - 1].name
    lanes = _audio_lanes(timeline)
    if number <= len(lanes) and lanes[number - 1].name == name:
        lanes[number - 1].enabled = False
        return
    called = [lane for lane in lanes if lane.name == name]
    if len(called) == 1:
        called[0].enabled = False
    else:
        LOG.warning("The lane %r was moved or renamed since the timeline was read, and is not switched off.", name)


def _audio_lanes(timeline: otio.schema.Timeline) -> list[otio.schema.Track]:
    return [track for track in timeline.tracks if isinstance(track, otio.schema.Track) and not is_video(track)]
