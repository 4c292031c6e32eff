"""Resolve's habits, one function each, so that each is handled in one place and tested once.

Sources: Blackmagic's scripting README; reports of users against 18.5 to 21.1 where the README is silent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from vem_core.contract.errors import RateError
from vem_core.contract.time import SAMPLE_RATE_HZ, snap_rate
from vem_plugin.resolve import api

T = TypeVar("T")

EDIT_PAGE = "edit"
_ATTEMPTS = 3
_VOLUME = "AudioVolume"


def accepted(answer: object) -> bool:
    """Whether a call did what it was asked. Refusals are False or None, and some calls answer with a text instead of
    True or False, which would be true whatever it says."""
    return answer is True


def listed(answer: Sequence[T | None] | None) -> list[T]:
    """What a call listed. A refusal is None, an empty list, or a list of None."""
    return [entry for entry in answer or () if entry is not None]


def offers(thing: object, name: str) -> bool:
    """Whether an API object has a method in this version. `hasattr` says yes to every name; `dir` knows."""
    return name in dir(thing)


def split_transitions(
    items: Sequence[api.TimelineItem],
) -> tuple[list[api.TimelineItem], list[api.TimelineItem]]:
    """The clips and the transitions of a track's list, which names both alike.

    21.1 says which is which. Before, a transition is an item without medium whose properties are empty; generators and
    titles have no medium either, but they have properties. Every question is a call to another process, so as few are
    asked as can be.
    """
    tells = bool(items) and offers(items[0], "GetType")
    clips: list[api.TimelineItem] = []
    transitions: list[api.TimelineItem] = []
    for item in items:
        is_clip = item.GetType() != "transition" if tells else bool(item.GetMediaPoolItem() or item.GetProperty())
        (clips if is_clip else transitions).append(item)
    return clips, transitions


def frame_rate(setting: str | float | None) -> Fraction:
    """The exact rate of a `timelineFrameRate` or `FPS`: a number such as 23.976, or a text such as "29.97 DF".

    Raises RateError.
    """
    if isinstance(setting, str):
        setting = setting.upper().removesuffix("DF").strip()
    if setting is None or setting == "":
        raise RateError("Resolve does not say the frame rate.")
    return snap_rate(setting)


def is_drop_frame(start_timecode: str | None) -> bool:
    """Whether a timeline counts in drop frame. Its timecodes show it in every version, a setting only since 21.1."""
    return ";" in (start_timecode or "")


def record_frame(timeline: api.Timeline, offset_frames: int) -> int:
    """A frame counted from the timeline's start as `recordFrame` counts it: absolutely, 86400 at 01:00:00:00 and 24."""
    return int(timeline.GetStartFrame()) + offset_frames


def offset_frames(timeline_start: int, item_frame: float) -> int:
    """A frame that `GetStart` or `GetEnd` gives, which is absolute, counted from the timeline's start frame."""
    return round(item_frame) - timeline_start


def source_frames(record_frames: int, record_rate: Fraction, media_rate: Fraction) -> int:
    """How many source frames show a number of record frames: `startFrame` and `endFrame` count at the media's own rate.

    A WAV has no rate; it takes the project's at import and keeps it, so the two may differ. Resolve rounds the length
    down on its way back to record frames, so this rounds up.
    """
    return math.ceil(record_frames * media_rate / record_rate)


def whole_frame_samples(frames: int, media_rate: Fraction) -> int:
    """The samples that a WAV must have to be `frames` long in Resolve, which drops a frame that is not complete."""
    return math.ceil(frames * SAMPLE_RATE_HZ / media_rate)


def marks(timeline: api.Timeline) -> Mapping[str, api.MarkRange]:
    """In and Out by kind of track; empty in versions that do not tell."""
    return (timeline.GetMarkInOut() or {}) if offers(timeline, "GetMarkInOut") else {}


def is_stereo(timeline: api.Timeline, index: int) -> bool:
    """Whether an audio track is stereo; in versions that do not tell, it is taken to be what it was made as."""
    return not offers(timeline, "GetTrackSubType") or timeline.GetTrackSubType("audio", index) == "stereo"


def mark_range(marked: api.MarkRange | None, duration_frames: int) -> tuple[int, int] | None:
    """In and exclusive out of `GetMarkInOut`, which leaves out what is not set and counts the out frame in."""
    if not marked or not ({"in", "out"} & set(marked)):
        return None
    first = max(0, int(marked.get("in", 0)))
    end_excl = min(duration_frames, int(marked.get("out", duration_frames - 1)) + 1)
    return (first, end_excl) if first < end_excl else None


@dataclass(frozen=True)
class ClipSound:
    """What the editor set on a sound's clip: its level in dB, and its fades as Resolve tells them."""

    volume_db: object = None
    fades: object = None

    @property
    def level_only(self) -> ClipSound:
        """Without the fades, for a part of the clip."""
        return ClipSound(self.volume_db)


def clip_sound(item: api.TimelineItem) -> ClipSound | None:
    """What is set on a clip; None in versions before 21.1, which do not tell."""
    if not (offers(item, "GetFades") and offers(item, "SetFades") and offers(item, "SetProperties")):
        return None
    return ClipSound((item.GetProperty() or {}).get(_VOLUME), item.GetFades())


def set_clip_sound(item: api.TimelineItem, sound: ClipSound) -> bool:
    """Set on a clip what was on another; whether it is there, read back. What is there already is not set."""
    if clip_sound(item) == sound:
        return True
    if sound.volume_db is not None:
        item.SetProperties({_VOLUME: sound.volume_db})
    if sound.fades is not None:
        item.SetFades(sound.fades)
    now = clip_sound(item)
    return now is not None and now.volume_db == sound.volume_db and sound.fades in (None, now.fades)


def delete_items(resolve: api.Resolve, timeline: api.Timeline, items: Sequence[api.TimelineItem]) -> bool:
    """Delete items without closing the gap.

    Only the Edit page deletes, and the first attempt there may fail for no reason, so what counts is whether the items
    are gone. Linked items, which the user interface would take along, stay.
    """
    wanted = {item.GetUniqueId() for item in items}
    if resolve.GetCurrentPage() != EDIT_PAGE:
        resolve.OpenPage(EDIT_PAGE)
    for _ in range(_ATTEMPTS):
        remaining = [item for item in all_items(timeline, "audio") if item.GetUniqueId() in wanted]
        if not remaining:
            return True
        timeline.DeleteClips(remaining, False)
    return not any(item.GetUniqueId() in wanted for item in all_items(timeline, "audio"))


def all_items(timeline: api.Timeline, kind: api.TrackType) -> Iterable[api.TimelineItem]:
    """Every item of every track of a kind, transitions included."""
    for index in range(1, (timeline.GetTrackCount(kind) or 0) + 1):
        yield from listed(timeline.GetItemListInTrack(kind, index))


def add_stereo_track(timeline: api.Timeline, name: str) -> int | None:
    """A new stereo audio track at the end, and its index; None if Resolve refused.

    The kind must be named, since the default is mono; and the count tells, since the answer does not.
    """
    before = timeline.GetTrackCount("audio") or 0
    timeline.AddTrack("audio", "stereo")
    index = timeline.GetTrackCount("audio") or 0
    if index != before + 1:
        return None
    timeline.SetTrackName("audio", index, name)
    return index


def export_type(resolve: api.Resolve) -> object:
    """What `Timeline.Export` takes for OpenTimelineIO: the live attribute, as its value changes between versions.

    None where this Resolve has none; a wrong value would fail without a word.
    """
    return getattr(resolve, "EXPORT_OTIO", None)


def retried(call: Callable[[], bool], attempts: int = _ATTEMPTS) -> bool:
    """Whether a call succeeded within a few attempts; some of Resolve's fail at first."""
    return any(call() for _ in range(attempts))
