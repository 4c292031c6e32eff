"""Naming our scores again in a timeline that lost its metadata on the way through an editor.

Every score and stem of ours that is recognised by its sound gets back what `placement` would have written on it and on
its lane: then it is found, followed and replaced as if nothing had been lost.
"""

from __future__ import annotations

from collections.abc import Iterator

import opentimelineio as otio

from vem_plugin.placement.lane import STEM_MARK
from vem_plugin.placement.state import METADATA_KEY, PlacedTake, clip_metadata, is_ours, ours, take_of_clip
from vem_plugin.takes.names import DELIVERED
from vem_plugin.takes.recognising import RecognisedSound, Recogniser

STEM = "stem:"


def restore_scores(timeline: otio.schema.Timeline, recogniser: Recogniser, lane_name: str) -> tuple[str, ...]:
    """Name the scores of a timeline again, in place; sentences on which were recognised."""
    notices = []
    for track, clip, sound in stripped_scores(timeline, recogniser):
        clip.metadata[METADATA_KEY] = _metadata(sound)
        if not ours(track):
            track.metadata[METADATA_KEY] = {"kind": "lane", "name": _lane_of(sound, lane_name)}
        if not _stem_of(sound):
            notices.append(
                f"{sound.path.name} on {track.name or 'an audio lane'} was recognised by its sound: take "
                f"{sound.take.take}, made as {sound.take.audio}."
            )
    return tuple(dict.fromkeys(notices))


def stripped_scores(
    timeline: otio.schema.Timeline, recogniser: Recogniser
) -> Iterator[tuple[otio.schema.Track, otio.schema.Clip, RecognisedSound]]:
    """The clips that play a score or a stem of ours and do not say so, each with its lane and what it is."""
    for track, clip in _silent_clips(timeline):
        sound = recogniser.of_address(getattr(clip.media_reference, "target_url", None) or "")
        if sound is not None:
            yield track, clip, sound


def _silent_clips(timeline: otio.schema.Timeline) -> Iterator[tuple[otio.schema.Track, otio.schema.Clip]]:
    """Clips on audio lanes that do not say how they were made."""
    for track in timeline.audio_tracks():
        for item in track:
            if not isinstance(item, otio.schema.Clip) or ours(item).get("kind") == "stem":
                continue
            if not (is_ours(item) and isinstance(take_of_clip(item), PlacedTake)):
                yield track, item


def _metadata(sound: RecognisedSound) -> dict[str, object]:
    stem = _stem_of(sound)
    return {"kind": "stem", "stem": stem, "take": sound.take.take} if stem else clip_metadata(sound.take, ())


def _lane_of(sound: RecognisedSound, lane_name: str) -> str:
    stem = _stem_of(sound)
    return f"{lane_name}{STEM_MARK}{stem}" if stem else lane_name


def _stem_of(sound: RecognisedSound) -> str:
    """A stem's name; empty for a mix."""
    role = sound.role.removeprefix(DELIVERED)
    return role.removeprefix(STEM) if role.startswith(STEM) else ""
