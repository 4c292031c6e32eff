"""The picture at a record frame, for a monitor beside the music."""

from __future__ import annotations

import threading

from vem_plugin.files.locating import MediaLocator
from vem_plugin.media.library import MediaLibrary
from vem_plugin.media.picture import Picture
from vem_plugin.media.thumbnails import encode_jpeg
from vem_plugin.timeline.sheet import ReadCutSheet

WIDTH, HEIGHT = 640, 360


class Screen:
    """Decodes single frames, cheapest one after the other. May be used from several threads."""

    def __init__(self, read: ReadCutSheet, locator: MediaLocator) -> None:
        self._read = read
        self._library = MediaLibrary(locator)
        self._lock = threading.Lock()

    def frame(self, record_frames: int) -> bytes | None:
        """The frame as a JPEG of at most 640 x 360; None where the medium gives none, and for frames outside."""
        if not 0 <= record_frames < self._read.sheet.duration_frames:
            return None
        with self._lock:
            return self._library.draw(self._read.media_at(record_frames), record_frames, _jpeg)


def _jpeg(picture: Picture) -> bytes:
    return encode_jpeg(picture.fitted(WIDTH, HEIGHT))
