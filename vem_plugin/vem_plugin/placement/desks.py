"""What each editor's own importer wants of a scored timeline: how it is addressed, and what its ranges count from.

`docs/engineers/placement.md` says where each row was seen. What a timeline's own clips do outranks the table for their
spelling: an editor reads what it wrote.
"""

from __future__ import annotations

import copy
import enum
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import opentimelineio as otio

from vem_plugin.files.addresses import parse_address
from vem_plugin.formats.media_urls import media_url
from vem_plugin.timeline.dialect import entries
from vem_plugin.timeline.ownership import is_ours


class Desk(enum.StrEnum):
    """The editor in which a scored timeline is opened."""

    RESOLVE = "resolve"
    PREMIERE = "premiere"
    KDENLIVE = "kdenlive"
    FCP = "fcp"
    AVID = "avid"
    GENERIC = "generic"  # a reader that goes through OpenTimelineIO's adapters: MLT, GES


@dataclass(frozen=True)
class Manners:
    """How an editor wants the WAV to be referred to."""

    as_url: bool | None = None  # a file URL, or a path; None: as the timeline's own clips
    from_zero: bool = False  # ranges count from the WAV's first sample, not from its timecode


MANNERS = {
    Desk.RESOLVE: Manners(as_url=False),
    Desk.PREMIERE: Manners(as_url=True),
    Desk.KDENLIVE: Manners(as_url=False, from_zero=True),  # it knows no timecode of a WAV
    Desk.FCP: Manners(as_url=True),
    Desk.AVID: Manners(),
    Desk.GENERIC: Manners(as_url=True, from_zero=True),  # both take a start for an offset into the file; GES wants URLs
}

_PREMIERE = "PremierePro_OTIO"
_WRITERS = {"Resolve_OTIO": Desk.RESOLVE, _PREMIERE: Desk.PREMIERE, "kdenlive": Desk.KDENLIVE, "AAF": Desk.AVID}
_ENDINGS = {".fcpxml": Desk.FCP, ".fcpxmld": Desk.FCP, ".aaf": Desk.AVID, ".kdenlive": Desk.KDENLIVE}
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|[/\\]")


def guess_desk(timeline: otio.schema.Timeline, suffix: str) -> Desk | None:
    """The editor that wrote a timeline, by its metadata or its file's ending; None: nobody that is known."""
    marks = {key for thing in (timeline, timeline.tracks, *timeline.tracks) for key, _ in entries(thing.metadata)}
    return next((desk for mark, desk in _WRITERS.items() if mark in marks), _ENDINGS.get(suffix.lower()))


def address_for(path: str, timeline: otio.schema.Timeline, desk: Desk | None) -> str:
    """An absolute path as the desk writes it: a URL, or the path itself."""
    as_url = None if desk is None else MANNERS[desk].as_url
    if as_url is None and desk is not None:
        as_url = _writes_urls(timeline)
    return media_url(path) if as_url else path


def rebase_addresses(timeline: otio.schema.Timeline, source: Path, target: Path) -> None:
    """Make relative addresses of a timeline from the folder `source` lead to the same files from `target`.

    In nested stacks, of image sequences, and of every media reference of a clip. Ours are left alone.
    """
    way = Path(os.path.relpath(source, target)).as_posix()
    if way == ".":
        return
    for clip in timeline.find_clips():
        for reference in clip.media_references().values():
            if not is_ours(reference):
                _rebase(reference, way)


def borrow_premiere_channels(track: otio.schema.Track, timeline: otio.schema.Timeline) -> None:
    """Give a lane what Premiere wrote on another audio lane of the same timeline, from which it reads the channels."""
    if _PREMIERE in track.metadata:
        return
    for other in timeline.audio_tracks():
        if other is not track and not is_ours(other) and _PREMIERE in other.metadata:
            track.metadata[_PREMIERE] = copy.deepcopy(other.metadata[_PREMIERE])
            return


def _rebase(reference: otio.core.MediaReference, way: str) -> None:
    for name in ("target_url", "target_url_base"):
        address = getattr(reference, name, None)
        if address and not _ABSOLUTE.match(address):
            setattr(reference, name, _through(way, address))


def _through(way: str, address: str) -> str:
    """A relative address after going another way first, in its own spelling."""
    if "\\" in address and "/" not in address:
        return way.replace("/", "\\") + "\\" + address
    encoded = re.search(r"%[0-9A-Fa-f]{2}", address) is not None
    return f"{quote(way) if encoded else way}/{address.removeprefix('./')}"


def _writes_urls(timeline: otio.schema.Timeline) -> bool:
    """Whether most of a timeline's own absolute addresses are URLs."""
    urls = [address.lower().startswith("file:") for address in _addresses(timeline) if _ABSOLUTE.match(address)]
    return 2 * sum(urls) > len(urls)


def _addresses(timeline: otio.schema.Timeline) -> Iterator[str]:
    for clip in timeline.find_clips():
        for reference in clip.media_references().values():
            address = getattr(reference, "target_url", None)
            if address and not is_ours(reference) and parse_address(address).parts:
                yield address
