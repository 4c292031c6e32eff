"""What is read of an OpenTimelineIO timeline in the same way, whether it lies in a file or in a program's memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import opentimelineio as otio

from vem_core.contract.cut_sheet import CutSheet
from vem_plugin.files.locating import MediaLocator
from vem_plugin.hosts.base import ThumbnailSet
from vem_plugin.takes.names import OutputNames
from vem_plugin.timeline.sheet import ReadCutSheet

if TYPE_CHECKING:
    from vem_plugin.media.screen import Screen
    from vem_plugin.sound.lanes import AudioLane
    from vem_plugin.sound.speech import SpeechReading


class OtioReading(ABC):
    """The reading half of a `Host`: pictures, lanes, speech. Each is decoded when it is asked for."""

    _names: OutputNames

    @property
    @abstractmethod
    def _timeline(self) -> otio.schema.Timeline:
        """The timeline, the scores of ours on it recognised."""

    @property
    @abstractmethod
    def _read(self) -> ReadCutSheet:
        """Its cut sheet, and where its shots come from."""

    @property
    @abstractmethod
    def _locator(self) -> MediaLocator:
        """Where its media are looked for."""

    def read_thumbnails(self, sheet: CutSheet) -> ThumbnailSet:
        """Small JPEGs for each shot of the sheet; placeholders and a warning where media are missing."""
        from vem_plugin.media.thumbnails import read_thumbnails

        return read_thumbnails(self._read, sheet, self._locator)

    def read_frame(self, record_frames: int) -> bytes | None:
        """The picture at a record frame as a JPEG; None: there is none."""
        return self._screen.frame(record_frames)

    def read_lanes(self) -> tuple[AudioLane, ...]:
        """The audio lanes that are heard and not ours."""
        from vem_plugin.sound.lanes import read_lanes

        return read_lanes(self._timeline, self._read.sheet.rate)

    def locate(self, address: str) -> Path | None:
        """Where the medium of an address lies; None: nowhere."""
        return self._locator.locate(address) if address else None

    def read_speech(self) -> SpeechReading:
        """Who speaks when, over the whole timeline."""
        from vem_plugin.sound.speech import read_speech

        sheet = self._read.sheet
        return read_speech(self.read_lanes(), self._locator, sheet.rate, sheet.duration_frames)

    def lane_sound(self, lane: AudioLane, sheet: CutSheet, in_frames: int) -> bytes:
        """A lane's sound under a sheet that begins at `in_frames`, as a WAV file for a core. Raises AudioError."""
        from vem_plugin.sound.temp_track import heard_lane

        return heard_lane(lane, self._locator, sheet, in_frames)

    def library_folder(self) -> Path:
        """Where the takes lie."""
        return self._names.folder

    @cached_property
    def _screen(self) -> Screen:
        from vem_plugin.media.screen import Screen

        return Screen(self._read, self._locator)
