"""Thumbnails of a cut sheet's shots and cuts, as small JPEGs, from the source media."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from fractions import Fraction

from PIL import Image

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.request import Thumbnail, ThumbnailUse
from vem_plugin.files.locating import MediaLocator
from vem_plugin.media.library import MediaLibrary, medium_of
from vem_plugin.media.picture import Picture
from vem_plugin.media.sampling import Sample, choose_samples
from vem_plugin.media.thumbnail_set import ThumbnailSet
from vem_plugin.timeline.sheet import ReadCutSheet
from vem_plugin.timeline.shot_media import MediaKind, ShotMedia

SHOT_WIDTH, SHOT_HEIGHT = 160, 90
"""A shot's picture fits into this, with its own shape."""

STRIP_SIDE = 112
"""A strip's pictures are squares of this, cut from the middle: what the aligner's ResNet(2+1)D takes."""

JPEG_QUALITY = 75
PLACEHOLDER_GREY = 96


def read_thumbnails(read: ReadCutSheet, sheet: CutSheet, locator: MediaLocator) -> ThumbnailSet:
    """Thumbnails for each shot of `sheet`, which is the read timeline's sheet or a crop of it.

    A medium that cannot be read gives grey placeholders and a warning; black gives black.
    """
    sampling = choose_samples(sheet)
    offset = sheet.start_frames - read.sheet.start_frames
    thumbnails: dict[Sample, Thumbnail] = {}
    jpegs: dict[str, bytes] = {}
    with MediaLibrary(locator) as library:
        for media, sample in _in_source_order(read, sampling.samples, offset):
            made = library.draw(media, sample.record_frames + offset, _JPEG_OF[sample.use])
            jpeg = made if made is not None else _card(media.kind, sample.use)
            sha256 = hashlib.sha256(jpeg).hexdigest()
            jpegs[sha256] = jpeg
            placeholder = made is None and media.kind is not MediaKind.BLACK
            thumbnails[sample] = Thumbnail(sha256, sample.shot, sample.record_frames, sample.use, placeholder)
        warnings = (*sampling.warnings, *library.warnings())
    return ThumbnailSet(tuple(thumbnails[sample] for sample in sampling.samples), jpegs, warnings)


def _in_source_order(
    read: ReadCutSheet, samples: Iterable[Sample], offset_frames: int
) -> list[tuple[ShotMedia, Sample]]:
    """Samples with their stretches, medium by medium in source order, so that nothing is decoded twice."""
    located = [(read.media_at(sample.record_frames + offset_frames), sample) for sample in samples]
    rank = {medium: index for index, medium in enumerate(dict.fromkeys(medium_of(media) for media, _ in located))}

    def source_order(item: tuple[ShotMedia, Sample]) -> tuple[int, Fraction]:
        media, sample = item
        return rank[medium_of(media)], media.source_frame(sample.record_frames + offset_frames) / media.source_rate

    return sorted(located, key=source_order)


def encode_jpeg(image: Image.Image) -> bytes:
    """A small JPEG; equal images give equal bytes."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling="4:2:0", optimize=False, progressive=False)
    return buffer.getvalue()


def _shot_jpeg(picture: Picture) -> bytes:
    return encode_jpeg(picture.fitted(SHOT_WIDTH, SHOT_HEIGHT))


def _strip_jpeg(picture: Picture) -> bytes:
    return encode_jpeg(picture.square(STRIP_SIDE))


def _card(kind: MediaKind, use: ThumbnailUse) -> bytes:
    size = (SHOT_WIDTH, SHOT_HEIGHT) if use is ThumbnailUse.SHOT else (STRIP_SIDE, STRIP_SIDE)
    grey = 0 if kind is MediaKind.BLACK else PLACEHOLDER_GREY
    return encode_jpeg(Image.new("RGB", size, (grey, grey, grey)))


_JPEG_OF = {ThumbnailUse.SHOT: _shot_jpeg, ThumbnailUse.STRIP: _strip_jpeg}
