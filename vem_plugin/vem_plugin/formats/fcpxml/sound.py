"""Which sound of a clip is heard, and on which lane: lanes are named for the main roles."""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_plugin.formats.fcpxml.times import seconds
from vem_plugin.formats.tracks import Placed, Strip, Times, build_track, pack

UNNAMED_LANE = "Audio"
SILENCE_DB = -96.0
"""The bottom of Final Cut's fader, which it writes for a muted clip."""
LOUDEST_DB = 12.0
"""The top of Final Cut's fader."""

_FADE_SHARES = (
    0.0,
    1 / 32,
    1 / 16,
    1 / 8,
    1 / 4,
    1 / 2,
    1.0,
)  # between which a straight fade is all but straight in dB
_LEVEL = re.compile(r"\s*(-?(?:\d+(?:\.\d*)?|inf))\s*(?:dB)?\s*", re.IGNORECASE)


class SoundItem(NamedTuple):
    """A stretch of sound at [start, end) of a story, in frames. `role` is the whole role: dialogue.boom."""

    role: str
    start: int
    end: int
    item: otio.core.Item
    connected: bool
    medium: str  # its address; empty for what is inside a container


@dataclass(frozen=True)
class SoundSources:
    """What an element lets through of the sound inside it."""

    heard: bool
    dropped: frozenset[tuple[str, str]] = frozenset()  # (storyline, connected or empty for both; role)

    @classmethod
    def of(cls, element: Element, has_sound: bool) -> SoundSources:
        """What a clip's element says, given whether there is any sound."""
        enabled = element.get("srcEnable", "all") != "video"
        components = element.findall("audio-channel-source")
        if components and not any(_is_on(component) for component in components):
            enabled = False
        dropped = {
            ("", source.get("role", "")) for source in element.findall("audio-role-source") if not _is_on(source)
        }
        for group in element.findall("sync-source"):
            side = group.get("sourceID", "")
            dropped |= {(side, source.get("role", "")) for source in group if not _is_on(source)}
        for angle in element.findall("mc-source"):
            if angle.get("srcEnable", "all") in ("all", "audio"):
                dropped |= {
                    ("", source.get("role", "")) for source in angle.iter("audio-role-source") if not _is_on(source)
                }
        return cls(has_sound and enabled and not is_silent(element), frozenset(dropped))

    def hears(self, sound: SoundItem) -> bool:
        """Whether a stretch of sound inside the element comes through: its role is switched off on neither side."""
        side = "connected" if sound.connected else "storyline"
        return ("", sound.role) not in self.dropped and (side, sound.role) not in self.dropped

    def angles(self, element: Element, ids: Sequence[str]) -> tuple[str, str]:
        """The angles of a multicam clip that are seen and heard; the first where nothing says."""
        shown = heard = None
        for source in element.findall("mc-source"):
            enabled, angle = source.get("srcEnable", "all"), source.get("angleID", "")
            if shown is None and enabled in ("all", "video"):
                shown = angle
            if heard is None and enabled in ("all", "audio"):
                heard = angle
        first = ids[0] if ids else ""
        return first if shown is None else shown, first if heard is None and shown is None else heard or ""


def roles_of_clip(element: Element) -> tuple[str, ...]:
    """The roles of an asset-clip's sound: those of its components that are on, else its own."""
    components = [source for source in element.findall("audio-channel-source") if _is_on(source)]
    roles = tuple(role for source in components if (role := source.get("role")))
    return roles or (element.get("audioRole", ""),)


def main_role(role: str) -> str:
    """The role that a subrole belongs to: "dialogue" of "dialogue.boom"."""
    return role.split(".", 1)[0].strip()


def is_silent(element: Element) -> bool:
    """Whether the level of an element is at the bottom throughout."""
    return all(level_db <= SILENCE_DB for _, level_db in level_points(element))


def level_points(element: Element) -> list[tuple[float, float]]:
    """(seconds of the element's own clock, dB) of its level and fades; one point, at 0, of one that stands still."""
    volume = element.find("adjust-volume")
    if volume is None:
        return [(0.0, 0.0)]
    amounts = [each for each in volume.findall("param") if each.get("name", "amount") == "amount"]
    keyframes = [
        (float(seconds(keyframe.get("time", "0s"))), _level_db(keyframe.get("value", "")))
        for amount in amounts
        for keyframe in amount.iter("keyframe")
    ]
    points = sorted(keyframes) or [(0.0, _level_db(volume.get("amount", "")))]
    fades = [
        (fade, tag) for amount in amounts for tag in ("fadeIn", "fadeOut") if (fade := amount.find(tag)) is not None
    ]
    begin_s = float(seconds(element.get("start", "0s")))
    for fade, tag in fades:
        length_s = float(seconds(fade.get("duration", "0s")))
        if length_s > 0 and tag == "fadeIn":
            points = _faded(points, begin_s, begin_s + length_s)
        elif length_s > 0 and (duration := element.get("duration")) is not None:
            end_s = begin_s + float(seconds(duration))
            points = _faded(points, end_s, end_s - length_s)
    return points


def _faded(points: list[tuple[float, float]], silent_s: float, full_s: float) -> list[tuple[float, float]]:
    """A level that goes from silence at one time to what it was at another, before or after, straight as a gain."""
    low_s, high_s = min(silent_s, full_s), max(silent_s, full_s)
    shares = {silent_s + share * (full_s - silent_s): share for share in _FADE_SHARES}
    shares |= {at_s: (at_s - silent_s) / (full_s - silent_s) for at_s, _ in points if low_s < at_s < high_s}
    fading = [
        (at_s, max(SILENCE_DB, _level_at(points, at_s) + 20 * math.log10(share)) if share else SILENCE_DB)
        for at_s, share in shares.items()
    ]
    return sorted([*(point for point in points if not low_s <= point[0] <= high_s), *fading])


def _level_at(points: list[tuple[float, float]], at_s: float) -> float:
    """The level between points in order of time: straight in dB, level beyond the outermost."""
    after = bisect.bisect([time_s for time_s, _ in points], at_s)
    if after in (0, len(points)):
        return points[max(0, after - 1)][1]
    (left_s, left_db), (right_s, right_db) = points[after - 1 : after + 1]
    return left_db + (right_db - left_db) * (at_s - left_s) / (right_s - left_s)


def _level_db(text: str) -> float:
    match = _LEVEL.fullmatch(text)
    return 0.0 if match is None else min(max(SILENCE_DB, float(match[1])), LOUDEST_DB)


def sound_tracks(sounds: Iterable[SoundItem], times: Times, role: str | None = None) -> list[otio.schema.Track]:
    """Audio tracks of the sounds, or of one main role's, in order of the roles' first appearance."""
    by_role: dict[str, dict[tuple[int, int, str], SoundItem]] = {}
    for index, sound in enumerate(sounds):
        main = main_role(sound.role)
        if role is None or main == role:  # channels of one file are one sound
            by_role.setdefault(main, {}).setdefault((sound.start, sound.end, sound.medium or str(index)), sound)
    tracks = []
    for main, known in by_role.items():
        packed = pack(Strip([Placed(sound.start, sound.end, sound.item)]) for sound in known.values())
        for number, strips in enumerate(packed, start=1):
            name = (main or UNNAMED_LANE) + (f" {number}" if number > 1 else "")
            tracks.append(build_track(name, otio.schema.TrackKind.Audio, strips, times))
    return tracks


def _is_on(source: Element) -> bool:
    return source.get("enabled", "1") != "0" and source.get("active", "1") != "0"
