"""The lines of an edit decision list: events with their notes, as written, before a rate gives timecodes a meaning.

A CMX 3600 event is one line or several of one number: number, reel, channels, transition, four timecodes. The notes
below an event ("* FROM CLIP NAME: ...", "M2 ...") are about it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

CUT, DISSOLVE, WIPE, KEY, KEY_BACKGROUND = "C", "D", "W", "K", "KB"

_LONGEST_LINE = 2000  # characters; no note of an editor's is longer
_STAMP = r"(\d{1,2})[:;.,](\d{2})[:;.,](\d{2})([:;.,])(\d{2,3})"
_EVENT = re.compile(
    rf"\s*(\d+[A-Za-z]?)\s+(?:(\S.*?)\s+)??([A-Za-z0-9/]+)\s+(C|D|W\d*|K\s*B|K\s*O|K)\s*(\d+)?\s+"
    rf"{_STAMP}\s+{_STAMP}\s+{_STAMP}\s+{_STAMP}(?:\s.*)?",
    re.IGNORECASE,
)
_LIKE_AN_EVENT = re.compile(r"\s*\d{1,6}[A-Za-z]?\s+\S+.*\d\d[:;.,]\d\d[:;.,]\d\d[:;.,]\d\d")
_CHANNELS = re.compile(r"(?:V\d*|A\d*|B|NONE|/)+", re.IGNORECASE)
_CHANNEL = re.compile(r"(V|A|B)(\d*)", re.IGNORECASE)
_MOTION = re.compile(rf"\s*M2\s+(.*?)\s*([-+]?\d+(?:\.\d*)?)\s+{_STAMP}", re.IGNORECASE)
_MORE_AUDIO = re.compile(r"\s*AUD\s+(\d+(?:\s+\d+)*)\s*$", re.IGNORECASE)
_NOTE = re.compile(
    r"\s*\*?\s*(FROM CLIP NAME|TO CLIP NAME|KEY CLIP NAME|FROM CLIP|TO CLIP|CLIP NAME|SOURCE FILE|LOC|COMMENT)\s*:"
    r"\s*(.*)",
    re.IGNORECASE,
)
_LOCATOR = re.compile(rf"{_STAMP}\s*(\S*)\s*(.*)")
_MARKER = re.compile(r"(.*?)\s*\|C:(\S*)\s*(?:\|M:(.*?))?\s*(?:\|D:\s*(\d+))?\s*")
_TITLE = re.compile(r"\s*TITLE\s*:\s*(.*)", re.IGNORECASE)
_COUNT = re.compile(r"\s*FCM\s*:\s*(.*)", re.IGNORECASE)


class Stamp(NamedTuple):
    """A timecode as written; `drop` where its last separator says drop frame."""

    hours: int
    minutes: int
    seconds: int
    frames: int
    drop: bool

    def __str__(self) -> str:
        return f"{self.hours:02}:{self.minutes:02}:{self.seconds:02}{';' if self.drop else ':'}{self.frames:02}"


@dataclass(frozen=True)
class Locator:
    """A marker: a LOC line's timecode and words, or what Resolve writes below an event of its marker lists."""

    stamp: Stamp
    name: str
    colour: str
    comment: str = ""
    length_frames: int = 1


@dataclass
class EventLine:
    """One line of an event, with the notes that are about it."""

    number: str
    order: int  # among the lines of the list
    reel: str
    video: tuple[int, ...]  # numbers of the video tracks, V is 1
    audio: tuple[int, ...]
    transition: str  # CUT, DISSOLVE, WIPE, KEY or KEY_BACKGROUND
    wipe: str  # the number of the wipe
    transition_frames: int
    source: tuple[Stamp, Stamp]
    record: tuple[Stamp, Stamp]
    name: str = ""
    address: str = ""  # of the source file, where the list gives a path
    source_file: str = ""  # its name, where the list gives that
    motion: tuple[float, Stamp] | None = None  # frames per second of an M2 note, and where it begins
    comments: list[str] = field(default_factory=list)

    @property
    def black(self) -> bool:
        """Whether it shows nothing: its reel or its clip is one of the names that lists give to black."""
        return self.reel.upper() in ("BL", "BLK", "BLACK") or self.name.strip().lower() in ("black", "black video")


@dataclass
class EventList:
    """A list as written. `strange` are lines that look like events and are none: number and text."""

    title: str = ""
    drop: bool | None = None  # what the first FCM line says
    lines: list[EventLine] = field(default_factory=list)
    locators: list[Locator] = field(default_factory=list)
    marker_lines: set[int] = field(default_factory=set)  # orders of events that only carry a marker
    strange: list[tuple[int, str]] = field(default_factory=list)


def parse_events(text: str) -> EventList:
    """The events of a list, whatever its line ends."""
    parser = _Parser()
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if line and not line.isspace() and len(line) <= _LONGEST_LINE:
            parser.read(number, line)
    parser.close_event()
    return parser.found


class _Parser:
    """Reads line after line; `_event` are the lines of the event that notes are about."""

    def __init__(self) -> None:
        self.found = EventList()
        self._event: list[EventLine] = []
        self._from_name = ""

    def read(self, number: int, line: str) -> None:
        match = _EVENT.fullmatch(line)
        if match is not None and _CHANNELS.fullmatch(match[3]):
            self._add(match)
        elif _LIKE_AN_EVENT.match(line) and not line.lstrip().startswith(("*", ">")):
            self.found.strange.append((number, line.strip()))
        else:
            self._note(line)

    def close_event(self) -> None:
        """Give a transition without a TO note, and without a line it comes from, the only name there is."""
        for line in self._event:
            if not line.name and self._from_name and all(event.transition != CUT for event in self._event):
                line.name = self._from_name
        self._event, self._from_name = [], ""

    def _add(self, match: re.Match[str]) -> None:
        if self._event and self._event[-1].number != match[1]:
            self.close_event()
        video, audio = _channels(match[3])
        kind = re.sub(r"\s", "", match[4].upper())
        stamps = [_stamp(match.groups()[first : first + 5]) for first in (5, 10, 15, 20)]
        line = EventLine(
            number=match[1],
            order=len(self.found.lines),
            reel=match[2] or "",
            video=video,
            audio=audio,
            transition=KEY if kind == "KO" else kind if kind == KEY_BACKGROUND else kind[0],
            wipe=kind[1:] if kind[0] == WIPE else "",
            transition_frames=int(match[5] or 0) if kind != CUT else 0,
            source=(stamps[0], stamps[1]),
            record=(stamps[2], stamps[3]),
        )
        self.found.lines.append(line)
        self._event.append(line)

    def _note(self, line: str) -> None:
        if (title := _TITLE.match(line)) and not self.found.title:
            self.found.title = title[1].strip()
        elif count := _COUNT.match(line):
            if self.found.drop is None:
                self.found.drop = not count[1].upper().lstrip().startswith("NON")
        elif note := _NOTE.match(line):
            self._named_note(note[1].upper(), note[2].strip())
        elif motion := _MOTION.match(line):
            self._set_motion(motion)
        elif more := _MORE_AUDIO.match(line):
            if self._event:
                self._event[-1].audio += tuple(int(channel) for channel in more[1].split())
        elif (marker := _MARKER.fullmatch(line)) and self._event:
            self._set_marker(marker)
        elif self._event and line.lstrip().startswith("*"):
            self._event[-1].comments.append(line.lstrip(" \t*").rstrip())

    def _named_note(self, key: str, value: str) -> None:
        if key == "LOC":
            if match := _LOCATOR.match(value):
                colour, words = match[6], match[7].strip()
                self.found.locators.append(Locator(_stamp(match.groups()[:5]), words, colour))
            return
        if not self._event:
            return
        if key == "COMMENT":
            self._event[-1].comments.append(value)
        elif key in ("FROM CLIP NAME", "CLIP NAME"):
            self._from_name = self._from_name or value
            _set(self._event, "name", value, (CUT, KEY_BACKGROUND))
        elif key == "TO CLIP NAME":
            _set(self._event, "name", value, (DISSOLVE, WIPE, KEY))
        elif key == "KEY CLIP NAME":
            _set(self._event, "name", value, (KEY,))
        elif key == "TO CLIP":
            _set(self._event, "address", value, (DISSOLVE, WIPE))
        elif key == "FROM CLIP":
            _set(self._event, "address", value, (CUT, KEY_BACKGROUND))
        else:  # SOURCE FILE: of the line above it
            self._event[-1].source_file = self._event[-1].source_file or value

    def _set_motion(self, match: re.Match[str]) -> None:
        """An M2 note names the reel of the line it is about; of an event's several, the last that fits."""
        fitting = [line for line in self._event if line.reel.upper() == match[1].strip().upper()]
        for line in (fitting or self._event)[-1:]:
            line.motion = (float(match[2]), _stamp(match.groups()[2:7]))

    def _set_marker(self, match: re.Match[str]) -> None:
        line = self._event[-1]
        name, note = (match[3] or "").strip(), match[1].strip(" *\t")
        length = int(match[4] or 1)
        self.found.locators.append(Locator(line.record[0], name, match[2], note, length))
        self.found.marker_lines.add(line.order)


def _set(event: list[EventLine], field_name: str, value: str, transitions: tuple[str, ...]) -> None:
    """Note a value on the event's lines of these transitions that have none yet."""
    for line in event:
        if line.transition in transitions and not getattr(line, field_name):
            setattr(line, field_name, value)


def _stamp(parts: tuple[str, ...]) -> Stamp:
    hours, minutes, seconds, separator, frames = parts
    return Stamp(int(hours), int(minutes), int(seconds), int(frames), separator != ":")


def _channels(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The video and the audio tracks of a channel field: "V2", "AA", "A2/V"; "B" is picture and first sound."""
    video: list[int] = []
    audio: list[int] = []
    for kind, number in _CHANNEL.findall(text.upper().replace("NONE", "")):
        if kind == "V":
            video.append(int(number or 1))
        elif kind == "A":
            audio.append(int(number or (2 if 1 in audio else 1)))
        else:
            video.append(1)
            audio.append(1)
    return tuple(dict.fromkeys(video)), tuple(dict.fromkeys(audio))
