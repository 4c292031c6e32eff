"""FCPXML built in a few words: each method takes frames of the sequence and gives an element as text."""

from __future__ import annotations

from fractions import Fraction
from xml.sax.saxutils import quoteattr


def seconds(frames: int | Fraction, rate: Fraction) -> str:
    """A number of frames as FCPXML's rational seconds, unreduced as Final Cut often leaves them."""
    if rate.denominator == 1001 and Fraction(frames).denominator == 1:
        return f"{int(frames) * 1001}/{rate.numerator}s"
    value = Fraction(frames) / rate
    return f"{value.numerator}/{value.denominator}s" if value.denominator > 1 else f"{value.numerator}s"


def element(tag: str, *inside: str, **attributes: str | None) -> str:
    """An element; attributes that are None are left out, and a trailing underscore of a name falls off."""
    written = "".join(
        f" {name.rstrip('_')}={quoteattr(value)}" for name, value in attributes.items() if value is not None
    )
    return f"<{tag}{written}>{''.join(inside)}</{tag}>" if inside else f"<{tag}{written}/>"


class Kit:
    """Writes one file. Positions on the primary storyline are frames from the sequence's first."""

    def __init__(self, rate: Fraction | int | str = 25, start: int = 0, form: str = "NDF") -> None:
        self.rate = Fraction(rate)
        self.start = start
        self.form = form
        self.resources: dict[str, str] = {}

    def t(self, frames: int | Fraction | None) -> str | None:
        return None if frames is None else seconds(frames, self.rate)

    def asset(self, name: str, **attributes: str) -> str:
        """Define a media file, once, and return its id."""
        key = f"a-{name}"
        defaults = {"start": "0s", "duration": "4000s", "hasVideo": "1", "format": "r1"}
        chosen = {**defaults, "src": f"file:///media/{name}.mov", **attributes}
        self.resources.setdefault(key, element("asset", id=key, name=name, **chosen))
        return key

    def effect(self, name: str, uid: str = "") -> str:
        key = f"e-{name}"
        self.resources.setdefault(key, element("effect", id=key, name=name, uid=uid))
        return key

    def format(self, key: str, **attributes: str) -> str:
        self.resources[key] = element("format", id=key, **attributes)
        return key

    def clip(
        self, name: str, at: int | None, length: int, *inside: str, start: int | Fraction = 0, tag: str = "asset-clip",
        local: bool = False, **attributes: str | None,
    ) -> str:  # fmt: skip
        """A clip of the medium called `name`; with `local`, `at` is in the time of what it is connected to."""
        ref = attributes.pop("ref", None) or self.asset(name.rstrip("'"))
        offset = at if at is None or local else at + self.start
        return element(
            tag, *inside, ref=ref, name=name, offset=self.t(offset), start=self.t(start), duration=self.t(length),
            **attributes,
        )  # fmt: skip

    def inside(self, tag: str, at: int | None, length: int | None, *inside: str, start: int | None = None,
               local: bool = False, **attributes: str | None) -> str:  # fmt: skip
        """Any other element that is placed: gap, clip, ref-clip, mc-clip, sync-clip, title, transition."""
        offset = at if at is None or local else at + self.start
        return element(
            tag, *inside, offset=self.t(offset), start=self.t(start), duration=self.t(length), **attributes
        )  # fmt: skip

    def marker(self, at: int | Fraction, value: str, tag: str = "marker", **attributes: str) -> str:
        return element(tag, start=self.t(at), duration=self.t(1), value=value, **attributes)

    def compound(self, name: str, *story: str, rate: Fraction | int | None = None, start: int = 0) -> str:
        """Define a compound clip and return its id; its story is written in the frames of its own rate."""
        key, form = f"m-{name}", "r1"
        if rate is not None:
            form = self.format(f"r-{name}", frameDuration=seconds(1, Fraction(rate)))
        spine = element("spine", *story)
        begin = seconds(start, Fraction(rate or self.rate))
        sequence = element("sequence", spine, format=form, tcStart=begin, tcFormat="NDF")
        self.resources[key] = element("media", sequence, id=key, name=name)
        return key

    def multicam(self, name: str, **angles: str) -> str:
        key = f"m-{name}"
        written = [element("mc-angle", story, name=angle, angleID=angle) for angle, story in angles.items()]
        multicam = element("multicam", *written, format="r1", tcStart="0s", tcFormat="NDF")
        self.resources[key] = element("media", multicam, id=key, name=name)
        return key

    def sequence(self, *story: str, length: int | None = None, format_: str | None = "r1") -> str:
        return element(
            "sequence", element("spine", *story), format=format_, duration=self.t(length), tcStart=self.t(self.start),
            tcFormat=self.form,
        )  # fmt: skip

    def file(self, *projects: str, version: str = "1.10") -> str:
        """A file of `project` elements (or of anything that an event holds)."""
        self.resources.setdefault(
            "r1", element("format", id="r1", name="FFVideoFormat1080p", frameDuration=self.t(1), width="1920")
        )
        resources = element("resources", *self.resources.values())
        library = element("library", element("event", *projects, name="Event"))
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n\n<fcpxml version="{version}">'
            f"{resources}{library}</fcpxml>"
        )

    def project(self, *story: str, name: str = "Edit", length: int | None = None) -> str:
        """A file of one project with this storyline."""
        return self.file(element("project", self.sequence(*story, length=length), name=name))
