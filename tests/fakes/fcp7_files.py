"""FCP7 XML built in a few words: each function gives an element as text."""

from __future__ import annotations

from fractions import Fraction
from xml.sax.saxutils import escape, quoteattr


def node(tag: str, *inside: str, **attributes: str) -> str:
    """An element; a trailing underscore of an attribute's name falls off."""
    written = "".join(f" {name.rstrip('_')}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{written}>{''.join(inside)}</{tag}>" if inside else f"<{tag}{written}/>"


def leaf(tag: str, value: object) -> str:
    return f"<{tag}>{escape(str(value))}</{tag}>"


def rate(value: Fraction | int | str) -> str:
    exact = Fraction(value)
    ntsc = exact.denominator == 1001
    base = exact * 1001 / 1000 if ntsc else exact
    return node("rate", leaf("timebase", base), leaf("ntsc", "TRUE" if ntsc else "FALSE"))


def media_file(name: str, file_rate: Fraction | int = 25, duration: int = 10_000, start: int = 0, url: str = "") -> str:
    timecode = node("timecode", rate(file_rate), leaf("frame", start), leaf("displayformat", "NDF")) if start else ""
    address = url or f"file://localhost/media/{name}.mov"
    return node(
        "file", leaf("name", name), leaf("pathurl", address), rate(file_rate), leaf("duration", duration), timecode,
        id=f"file-{name}",
    )  # fmt: skip


def clipitem(
    name: str, start: int, end: int, first: int = 0, *inside: str, out: int | None = None,
    clip_rate: Fraction | int = 25, file: str | None = None, **attributes: str,
) -> str:  # fmt: skip
    """A clip; `first` is its `in`. Without `out`, that is as far from it as the record is long."""
    last = first + max(0, end - start) if out is None else out
    return node(
        "clipitem", leaf("name", name), leaf("duration", 10_000), rate(clip_rate), leaf("start", start),
        leaf("end", end), leaf("in", first), leaf("out", last),
        media_file(name, clip_rate) if file is None else file, *inside,
        **{"id": f"clipitem-{name}-{start}", **attributes},
    )  # fmt: skip


def transition(start: int, end: int, alignment: str = "center", name: str = "Cross Dissolve") -> str:
    effect = node("effect", leaf("name", name), leaf("effectid", name), leaf("effecttype", "transition"))
    return node("transitionitem", leaf("start", start), leaf("end", end), leaf("alignment", alignment), effect)


def remap(speed: float, *, reverse: bool = False, keyframes: tuple[tuple[int, int], ...] = ()) -> str:
    """The filter that changes a clip's speed, in percent."""

    def parameter(name: str, value: object, *inside: str) -> str:
        return node("parameter", leaf("parameterid", name), leaf("name", name), leaf("value", value), *inside)

    points = [node("keyframe", leaf("when", when), leaf("value", value)) for when, value in keyframes]
    parameters = [
        parameter("variablespeed", int(bool(keyframes))), parameter("speed", speed),
        parameter("reverse", str(reverse).upper()),
    ]  # fmt: skip
    if points:
        parameters.append(node("parameter", leaf("parameterid", "graphdict"), leaf("name", "graphdict"), *points))
    return node("filter", node("effect", leaf("name", "Time Remap"), leaf("effectid", "timeremap"), *parameters))


def sequence(
    *tracks: str, name: str = "Edit", sequence_rate: Fraction | int | str = 25, start: int = 0, form: str = "NDF",
    duration: int | None = None, sound: tuple[str, ...] = (), markers: str = "", **attributes: str,
) -> str:  # fmt: skip
    """A sequence of video tracks, given as their items, and of sound."""
    timecode = node("timecode", rate(sequence_rate), leaf("frame", start), leaf("displayformat", form))
    media = node("video", *tracks) + (node("audio", *sound) if sound else "")
    length = leaf("duration", duration) if duration is not None else ""
    return node(
        "sequence", leaf("name", name), length, rate(sequence_rate), timecode, node("media", media), markers,
        **{"id": f"sequence-{name}", **attributes},
    )  # fmt: skip


def track(*items: str, **attributes: str) -> str:
    return node("track", *items, **attributes)


def xmeml(*inside: str, version: str = "4") -> str:
    root = node("xmeml", *inside, version=version)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n{root}'
