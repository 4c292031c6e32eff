"""Thumbnails on their way from a host to a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vem_core.contract.request import Thumbnail


@dataclass(frozen=True)
class ThumbnailSet:
    """Thumbnails and their JPEG bytes, keyed by SHA-256."""

    thumbnails: tuple[Thumbnail, ...]
    jpegs: Mapping[str, bytes]
    warnings: tuple[str, ...] = ()
