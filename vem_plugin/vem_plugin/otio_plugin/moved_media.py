"""The media linker `vem_moved_media`: finds media that are not where the timeline says.

Called by OpenTimelineIO while it reads, where it is asked for (`otioconvert -m vem_moved_media`, or
OTIO_DEFAULT_MEDIA_LINKER). Looks in the folders that the argument `folders` or VEM_MEDIA_FOLDERS lists, separated as on
PATH. A medium that is found where the timeline says, or nowhere, keeps its reference as it is.
"""

from __future__ import annotations

import copy
import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import opentimelineio as otio

FOLDERS = "VEM_MEDIA_FOLDERS"


def link_media_reference(
    in_clip: otio.schema.Clip, media_linker_argument_map: Mapping[str, Any] | None = None
) -> otio.core.MediaReference | None:
    """The clip's reference with the address at which its medium is now; None leaves the reference as it is.

    Arguments: `folders`, where to look.
    """
    reference = in_clip.media_reference
    stated = (media_linker_argument_map or {}).get("folders") or os.environ.get(FOLDERS, "")
    folders = tuple(Path(folder) for folder in str(stated).split(os.pathsep) if folder)
    if not folders or not isinstance(reference, otio.schema.ExternalReference | otio.schema.ImageSequenceReference):
        return None
    if isinstance(reference, otio.schema.ExternalReference):
        found = _locate(folders, reference.target_url)
        return None if found is None else _readdressed(reference, "target_url", str(found))
    found = _locate(folders, reference.target_url_base)
    return None if found is None else _readdressed(reference, "target_url_base", f"{found}{os.sep}")


def _locate(folders: tuple[Path, ...], address: str) -> Path | None:
    """Where a medium is now; None where it is still at its address, or not to be found."""
    from vem_plugin.files.addresses import parse_address

    if any(Path(spelling).is_absolute() and Path(spelling).exists() for spelling in parse_address(address).spellings):
        return None
    found: Path | None = _locator(folders).locate(address)
    return found


@functools.lru_cache(maxsize=4)
def _locator(folders: tuple[Path, ...]) -> Any:
    """Walks the folders once, for all clips of a timeline."""
    from vem_plugin.files.locating import MediaLocator

    return MediaLocator(folders[0], folders)


def _readdressed(reference: otio.core.MediaReference, field: str, address: str) -> otio.core.MediaReference:
    moved = copy.deepcopy(reference)
    setattr(moved, field, address)
    return moved
