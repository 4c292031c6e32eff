"""Our WAVs in Resolve's media pool: whole frames long, in a bin of ours, tagged, with the beats as markers on them."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from vem_core.contract.errors import AudioError, OutputError, RateError
from vem_core.contract.foreign_files import MAX_STATE_BYTES, open_regular
from vem_plugin.placement.broadcast_extension import BroadcastExtension
from vem_plugin.placement.broadcast_wave import other_chunks, read_chunk, read_wave, write_broadcast_wave
from vem_plugin.placement.markers import MarkerDetail, score_markers
from vem_plugin.placement.state import METADATA_KEY, PlacedTake, ours
from vem_plugin.placement.state_chunk import CHUNK_NAME, MAX_PACKED_BYTES
from vem_plugin.resolve import api, quirks
from vem_plugin.resolve.open_project import BIN_NAME, OpenTimeline, file_path, find_media, walk_bins
from vem_plugin.resolve.undo import BinAdded, Journal, MediaImported
from vem_plugin.takes.writing import restate_hash

LOG = logging.getLogger(__name__)

_COLORS = {
    otio.schema.MarkerColor.RED: "Red",
    otio.schema.MarkerColor.PURPLE: "Purple",
    otio.schema.MarkerColor.GREEN: "Green",
    otio.schema.MarkerColor.CYAN: "Cyan",
}


def pad_to_samples(audio: Path, samples: int) -> None:
    """Make a Broadcast WAV at least that long by silence at its end. Raises OutputError, AudioError."""
    found = read_wave(audio)
    missing = samples - found.samples
    if missing <= 0:
        return
    extension = found.extension or BroadcastExtension(0)
    write_broadcast_wave(audio, audio, extension, chunks=other_chunks(audio), padding_samples=missing)
    restate_hash(audio)


def import_take(opened: OpenTimeline, audio: Path, journal: Journal) -> api.MediaPoolItem:
    """The media pool's new item of a take, in our bin. Raises OutputError."""
    folder = _our_bin(opened, journal)
    if not quirks.accepted(opened.media_pool.SetCurrentFolder(folder)):  # imports land in the current bin
        raise OutputError(f"Resolve does not open the bin {BIN_NAME!r}.", hint="")
    journal.note(MediaImported(str(audio)))
    imported = quirks.listed(opened.media_pool.ImportMedia([str(audio)]))
    item = imported[0] if imported else find_media(opened.media_pool, str(audio))
    if item is None:
        raise OutputError(
            f"Resolve did not import {audio}.", hint="See that Resolve may read that folder; --output chooses another."
        )
    return item


def media_rate(item: api.MediaPoolItem, expected: Fraction) -> Fraction:
    """The rate that a sound was given at import, which stays."""
    try:
        return quirks.frame_rate(item.GetClipProperty("FPS"))
    except RateError:
        return expected


def tag_text(take: PlacedTake, lane: str, score: Path) -> str:
    """What a media pool item of ours is: how it was made, for which lane, and where its whole state lies."""
    return json.dumps(take.summary | {
        "kind": "score",
        "lane": lane,
        "in_frames": take.in_frames,
        "duration_frames": take.duration_frames,
        "request_sha256": take.result.request_sha256,
        "model_sha256": take.result.model_sha256,
        "tool_version": take.result.tool_version,
        "score": str(score),
    }, ensure_ascii=False)  # fmt: skip


def tag(item: api.MediaPoolItem, take: PlacedTake, lane: str, score: Path) -> None:
    """Write on a media pool item what it is."""
    text = tag_text(take, lane, score)
    item.SetThirdPartyMetadata(METADATA_KEY, text)
    if item.GetThirdPartyMetadata(METADATA_KEY) != text:
        LOG.warning("Resolve did not keep the score's metadata; the score is recognised by its file from now on.")


def read_tag(item: api.MediaPoolItem | None) -> Mapping[str, object] | None:
    """What `tag` wrote; empty where Resolve lost it but our score lies beside the WAV or in it; None for what is not
    ours."""
    if item is None:
        return None
    text = item.GetThirdPartyMetadata(METADATA_KEY)
    try:
        found = json.loads(text) if isinstance(text, str) and text else None
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    path = file_path(item)
    return {} if _has_score_beside(path) or _has_state_inside(path) else None


@dataclass(frozen=True)
class MediaMarker:
    """A marker on a media pool item, whose frames count from 0."""

    frame: int
    color: str  # a name of Resolve's
    name: str
    data: str  # which Resolve keeps and does not show


def media_markers(take: PlacedTake, detail: MarkerDetail) -> list[MediaMarker]:
    """Hits and bars of a take, as they lie on its file."""
    result, sheet = take.result, take.request.sheet
    zero = otio.opentime.RationalTime(take.request.delivery.handle_before_frames, float(sheet.rate))
    return [
        MediaMarker(
            int(marker.marked_range.start_time.value),
            _COLORS[marker.color],
            marker.name,
            json.dumps({METADATA_KEY: dict(ours(marker))}),
        )
        for marker in score_markers(sheet, result.plan, result.report, zero, detail)
    ]


def mark(item: api.MediaPoolItem, take: PlacedTake, detail: MarkerDetail) -> None:
    """Put hits and bars on the media pool item, where they move with the music."""
    markers = media_markers(take, detail)
    for marker in markers:
        item.AddMarker(marker.frame, marker.color, marker.name, "", 1, marker.data)
    written = len(item.GetMarkers() or {})
    if written < len(markers):
        LOG.warning("Resolve took %d of %d markers.", written, len(markers))


def _our_bin(opened: OpenTimeline, journal: Journal) -> api.Folder:
    root = opened.media_pool.GetRootFolder()
    if root is None:
        raise OutputError("Resolve does not show its media pool.", hint="")
    for folder in quirks.listed(root.GetSubFolderList()):
        if folder.GetName() == BIN_NAME:
            return folder
    journal.note(BinAdded(BIN_NAME))
    opened.media_pool.AddSubFolder(root, BIN_NAME)
    for folder in walk_bins(opened.media_pool):
        if folder.GetName() == BIN_NAME:
            return folder
    raise OutputError(f"Resolve did not make the bin {BIN_NAME!r}.", hint="See that the project may be changed.")


def _has_state_inside(path: str) -> bool:
    if not path.lower().endswith(".wav"):
        return False
    try:
        return read_chunk(Path(path), CHUNK_NAME, MAX_PACKED_BYTES) is not None
    except AudioError:
        return False


def _has_score_beside(path: str) -> bool:
    if not path:
        return False
    score = Path(path).with_suffix(".json")
    try:
        with open_regular(score, MAX_STATE_BYTES) as file:
            return PlacedTake.schema_label.encode() in file.read(200)
    except OSError:
        return False
