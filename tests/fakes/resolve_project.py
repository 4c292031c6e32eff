"""What is in a project of the fake Resolve: media, bins, timelines and what lies on them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from vem_core.contract.time import frame_of_timecode

_ids = itertools.count(1)


def _new_id() -> str:
    return f"id-{next(_ids)}"


@dataclass
class Media:
    """A media pool item. A sound gets the project's rate at import and keeps it."""

    path: str
    frames: int
    fps: float
    id: str = field(default_factory=_new_id)
    third_party: dict[str, str] = field(default_factory=dict)
    markers: dict[float, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Bin:
    name: str
    clips: list[Media] = field(default_factory=list)
    bins: list[Bin] = field(default_factory=list)
    id: str = field(default_factory=_new_id)

    def walk(self) -> list[Bin]:
        return [self, *(deeper for folder in self.bins for deeper in folder.walk())]


@dataclass
class Item:
    """A timeline item; frames are absolute record frames."""

    name: str
    start: int
    end: int
    media: Media | None = None
    left_offset: int = 0
    kind: str = "video"  # what 21.1 answers to GetType
    enabled: bool = True
    volume_db: float = 0.0
    fades: dict[str, float] = field(default_factory=lambda: {"fadeIn": 0.0, "fadeOut": 0.0})
    id: str = field(default_factory=_new_id)

    def properties(self, version: tuple[int, ...]) -> dict[str, object]:
        if self.kind == "transition":
            return {}
        return {"Pan": 0.0} | ({"AudioVolume": self.volume_db} if version >= (21, 1) else {})


@dataclass
class Track:
    name: str
    subtype: str = ""
    items: list[Item] = field(default_factory=list)
    locked: bool = False
    enabled: bool = True


@dataclass
class Edit:
    """A timeline."""

    name: str
    rate: Fraction = Fraction(24)
    start_timecode: str = "01:00:00:00"
    video: list[Track] = field(default_factory=lambda: [Track("Video 1")])
    audio: list[Track] = field(default_factory=lambda: [Track("Audio 1", "stereo")])
    markers: dict[float, dict[str, Any]] = field(default_factory=dict)
    marks: dict[str, dict[str, int]] = field(default_factory=dict)
    playhead: str = "01:00:00:00"
    id: str = field(default_factory=_new_id)

    @property
    def start(self) -> int:
        return frame_of_timecode(self.start_timecode, self.rate)

    def tracks(self, kind: str) -> list[Track]:
        return {"video": self.video, "audio": self.audio}.get(kind, [])
