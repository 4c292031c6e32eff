"""What a clip shows: a picture of some medium, an overlay over other pictures, or black."""

from __future__ import annotations

import enum
import functools
import hashlib
import math
import re
import urllib.parse
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import opentimelineio as otio

from vem_core.contract.errors import TimelineUnreadable
from vem_plugin.files.addresses import medium_key
from vem_plugin.timeline.dialect import Dialect, entries
from vem_plugin.timeline.record_clock import Exact, exact_rate, exact_value, magnitude
from vem_plugin.timeline.shot_media import MediaKind, SequenceNaming

_OPAQUE_NAMES = """
    solidcolor solid color colormatte colourmatte matte smptebars smptecolorbar smptecolorbars ebucolorbar ebucolorbars
    colorbars colourbars bars barsandtone hdbars universalcountingleader countingleader countdown leader gradient
    fourcolorgradient greyscale grayscale 10step testpattern checkerboard noise paper
"""
_OPAQUE_GENERATORS = frozenset(_OPAQUE_NAMES.split())
_BLACK_GENERATORS = frozenset({"black", "blackvideo"})
_ADJUSTMENT = re.compile(r"\badjustment[ _-]?(layer|clip)\b", re.IGNORECASE)
_TITLE_WITHOUT_MEDIA = re.compile(
    r"(text\+?|(basic |fusion )?titles?|lower (third|3rd)s?|scroll|subtitles?|captions?|essential graphics?|graphic)"
    r"([ _.-]?\d+)?",
    re.IGNORECASE,
)
_OVERLAY_STILL = re.compile(
    r"(?<![a-z])(overlays?|titles?|lower[ _-]?(third|3rd)s?|captions?|subtitles?|watermark)(?![a-z])", re.IGNORECASE
)
_STILL_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".psd", ".bmp", ".gif", ".svg", ".webp", ".heic", ".exr",
                   ".tga", ".ai", ".prtl")  # fmt: skip
_SUFFIXES_WITH_ALPHA = (".png", ".tif", ".tiff", ".psd", ".svg", ".webp", ".exr", ".tga", ".ai", ".prtl")


class Layer(enum.Enum):
    """How a clip relates to what lies beneath it."""

    PICTURE = enum.auto()  # hides it
    OVERLAY = enum.auto()  # a title or adjustment layer: leaves it visible
    BLACK = enum.auto()  # hides it and shows nothing


class Picture(NamedTuple):
    """A clip as a picture. Source positions are frames at `source_rate`, in the medium's own timecode."""

    clip: otio.schema.Clip
    name: str  # of the clip
    reference: otio.core.MediaReference
    kind: MediaKind
    layer: Layer
    address: str  # the media's URL or path, or the folder of an image sequence
    medium: str  # equal for two clips of one medium; empty where nothing tells
    still: bool  # every frame of the medium is the same
    available_start_frames: Fraction | None  # media timecode of the medium's first frame; None: not stated
    available_duration_frames: Fraction | None
    source_start_frames: Exact  # at the clip's first record frame
    source_rate: Fraction
    speed: Exact  # source time per record time of the clip itself
    numbers_usable: bool = True  # False: the medium's range, or a speed, is written in no numbers, and left out


def picture_of(clip: otio.schema.Clip, source_range: otio.opentime.TimeRange, dialect: Dialect) -> Picture:
    """What an enabled clip shows over its (non-empty) source range.

    Raises TimelineUnreadable for times of the clip that are no numbers; those of its medium are not needed.
    """
    reference = clip.media_reference or otio.schema.MissingReference()
    kind, address = _media(reference)
    available = reference.available_range if kind is not MediaKind.GENERATOR else None
    start_time = source_range.start_time
    rate = source_rate = exact_rate(start_time.rate)
    start = exact_value(start_time.value)
    still = kind is MediaKind.FILE and address.lower().endswith(_STILL_SUFFIXES)
    first = length = None
    usable = True
    if available is not None:
        duration, first_time = available.duration, available.start_time
        frames, available_rate = duration.value, duration.rate
        still = still or available_rate <= 0 or 0 < frames <= 1
        if available_rate > 0:
            try:
                source_rate, first, length = _media_extent(first_time.value, first_time.rate, frames, available_rate)
            except TimelineUnreadable:
                usable = False
            if source_rate is not rate:
                start = start * source_rate / rate
    warps = _time_warps(clip)
    speed = _speed(warps)
    if dialect.warped_ranges and speed not in (0, 1) and first is not None:
        start = first + (start - first) * magnitude(speed)
    if speed < 0:
        span = source_range.duration
        used = exact_value(span.value) * source_rate / exact_rate(span.rate)
        start += used if dialect.source_ranges else used * -speed
    name = clip.name
    layer = _layer(clip, name, reference, kind, address)
    return Picture(
        clip=clip,
        name=name,
        reference=reference,
        kind=MediaKind.BLACK if layer is Layer.BLACK else kind,
        layer=layer,
        address=address,
        medium=medium_key(address) if kind is MediaKind.FILE else _medium(name, reference, kind, address),
        still=still or (kind is MediaKind.GENERATOR and layer is Layer.PICTURE),
        available_start_frames=first,
        available_duration_frames=length,
        source_start_frames=start,
        source_rate=source_rate,
        speed=speed,
        numbers_usable=usable and all(map(math.isfinite, warps)),
    )


@functools.lru_cache(maxsize=4096)
def _media_extent(
    start: float, start_rate: float, duration: float, rate: float
) -> tuple[Fraction, Fraction | None, Fraction | None]:
    """A medium's rate, its first frame and its length, in frames of its rate; None where it states no start.

    Raises TimelineUnreadable.
    """
    source_rate = exact_rate(rate)
    if start_rate <= 0:
        return source_rate, None, None
    first = exact_value(start) * source_rate / exact_rate(start_rate)
    return source_rate, first, Fraction(exact_value(duration))


def speed_of(item: otio.core.Item) -> Exact:
    """Source time per record time, from the item's time warps; 0 is a freeze frame, negative runs backwards.

    A warp at no number is none: where the clip lies does not depend on it.
    """
    return _speed(_time_warps(item))


def _time_warps(item: otio.core.Item) -> tuple[float, ...]:
    effects = item.effects
    count = len(effects)  # iterating over it is slow
    if not count:
        return ()
    warps = (effects[index] for index in range(count))
    return tuple(warp.time_scalar for warp in warps if isinstance(warp, otio.schema.LinearTimeWarp))


def _speed(warps: Sequence[float]) -> Exact:
    speed: Exact = 1
    for warp in warps:
        if math.isfinite(warp):
            scalar = exact_value(warp)
            speed *= scalar if isinstance(scalar, int) else scalar.limit_denominator(100_000)
    return speed


def _media(reference: otio.core.MediaReference) -> tuple[MediaKind, str]:
    """Where the frames of a reference are to be had, and their address."""
    if isinstance(reference, otio.schema.ExternalReference):
        address = reference.target_url
        return (MediaKind.FILE, address) if address else (MediaKind.MISSING, "")
    if isinstance(reference, otio.schema.GeneratorReference):
        return MediaKind.GENERATOR, ""
    if isinstance(reference, otio.schema.ImageSequenceReference):
        return MediaKind.IMAGE_SEQUENCE, reference.target_url_base
    return MediaKind.MISSING, ""


_OVERLAY_LANE = re.compile(r"(?<![a-z])(sub-?titles?|titles?|captions?|lower[ _-]?thirds?|cc)(?![a-z])", re.IGNORECASE)


@functools.lru_cache(maxsize=256)
def is_overlay_lane(name: str) -> bool:
    """Whether a lane says by its name that what has no media on it lies over the picture."""
    return bool(_OVERLAY_LANE.search(name))


def _layer(
    clip: otio.schema.Clip, name: str, reference: otio.core.MediaReference, kind: MediaKind, address: str
) -> Layer:
    if kind is MediaKind.GENERATOR:
        return _generator_layer(reference.generator_kind, name or reference.name)
    if kind is not MediaKind.MISSING:
        is_overlay = address.lower().endswith(_SUFFIXES_WITH_ALPHA) and _is_named_overlay(name, address)
        return Layer.OVERLAY if is_overlay else Layer.PICTURE
    name = name or reference.name
    if _ADJUSTMENT.search(name) or _TITLE_WITHOUT_MEDIA.fullmatch(name.strip()):
        return Layer.OVERLAY
    if not name and len(clip.effects):  # an effect with nothing of its own to show
        return Layer.OVERLAY
    return Layer.PICTURE


@functools.lru_cache(maxsize=4096)
def _generator_layer(kind: str, name: str) -> Layer:
    kind, plain_name = (re.sub(r"[^a-z0-9]", "", text.lower()) for text in (kind, name))
    if kind == "slug":  # Final Cut writes it for black; Premiere writes it for all that has no media, titles too
        kind = "black" if plain_name in ("", "slug", *_BLACK_GENERATORS) else plain_name
    if kind in _BLACK_GENERATORS:
        return Layer.BLACK
    return Layer.PICTURE if kind in _OPAQUE_GENERATORS else Layer.OVERLAY


@functools.lru_cache(maxsize=4096)
def _is_named_overlay(name: str, address: str) -> bool:
    """Whether a still picture says by its name that it lies over others."""
    return bool(_OVERLAY_STILL.search(name) or _OVERLAY_STILL.search(basename(address)))


def _medium(name: str, reference: otio.core.MediaReference, kind: MediaKind, address: str) -> str:
    if kind is MediaKind.IMAGE_SEQUENCE:
        return f"{medium_key(address).rstrip('/')}/{reference.name_prefix}#{reference.name_suffix}"
    if kind is MediaKind.GENERATOR:
        return f"generator:{reference.generator_kind}:{name}:{reference.parameters}"
    medium = str(reference.name or name)
    reel = _reel(reference.metadata) if len(reference.metadata) else ""
    return f"{reel}:{medium}" if reel and reel != medium else medium


def _reel(metadata: otio.core.AnyDictionary) -> str:
    """The reel that an edit decision list names; clips of two reels are of two media, whatever their names."""
    of_list = dict(entries(metadata)).get("cmx_3600")
    reel = dict(entries(of_list)).get("reel") if isinstance(of_list, Mapping) else None
    return str(reel) if isinstance(reel, str | int) else ""


@functools.lru_cache(maxsize=4096)
def basename(address: str) -> str:
    """The last part of a URL or path, of whatever system, without percent escapes."""
    path = urllib.parse.unquote(address) if "://" in address else address
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]


@functools.lru_cache(maxsize=4096)
def fingerprint(medium: str) -> str:
    """A medium's name and a short hash of its address: recognisable after a re-cut, without giving the path away."""
    return f"{basename(medium)}#{hashlib.sha256(medium.encode()).hexdigest()[:8]}"


def sequence_naming(reference: otio.core.MediaReference) -> SequenceNaming | None:
    """How the files of an image sequence are named; None for other media."""
    if not isinstance(reference, otio.schema.ImageSequenceReference):
        return None
    return SequenceNaming(
        name_prefix=reference.name_prefix,
        name_suffix=reference.name_suffix,
        start_number=reference.start_frame,
        frame_step=reference.frame_step,
        zero_padding=reference.frame_zero_padding,
    )
