"""Markers: the editor's wishes and words at an instant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio

from vem_core.contract.cut_sheet import Wish
from vem_core.contract.errors import TimelineError
from vem_plugin.timeline.flattening import MarkedItem
from vem_plugin.timeline.record_clock import RecordClock, magnitude, round_frames
from vem_plugin.timeline.spotting import Sign, sign_in

CUT_TOLERANCE_S = Fraction(2, 25)
"""A marker this near a cut, or within two frames of it, is about the cut: 80 ms, the reach of a finger on a key."""

LONGEST_LABEL = 200
_MOST_WORDS_AROUND_A_WISH = 4
_PUNCTUATION = " \t:!,;.()[]{}/#@–—-"
_WISHES = {"drop": Wish.DROP, "hit": Wish.HIT, "ignore": Wish.IGNORE}
_WISH = re.compile(r"(?<![^\W_])(drop|hit|ignore)(?![^\W_])", re.IGNORECASE)
_LEADING_WISH = re.compile(r"\W*(drop|hit|ignore)\s*([:!,;.()\[\]/–—-]|$)", re.IGNORECASE)
_TAGGED_WISH = re.compile(r"[#@\[](drop|hit|ignore)(?![^\W_])", re.IGNORECASE)
_MOMENT = re.compile(
    r"(?:(?:the|a|big|final|end|main|opening|first|last)\s+)*"
    r"(?:punch|logo|title|impact|accent|sting|stinger|slam|bang|boom|button|sync\s*point)\s*(?:\d+|card|in|on)?",
    re.IGNORECASE,
)
"""What editors call a moment inside a shot that the music should meet; it must be all that the marker says."""
_FILLERS = """
    a an and at big hard here huge it now on please right small the there this
"""
_AROUND_A_WISH = frozenset(_FILLERS.split())
"""Words that say nothing of the picture where they stand about a wish: "big HIT here"."""
_DEFAULT_NAME = re.compile(r"(marker|m|chapter|comment|note)?[ _-]*\d*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker in record time. `end_excl_frames` lies beyond `start_frames` + 1 only for a marked range."""

    start_frames: int
    end_excl_frames: int
    wish: Wish  # AUTO: only words
    label: str
    sign: Sign | None = None  # what it says about where there is music at all; then it is no wish and no words
    words: str = ""  # what it says of the picture: its label without the wish


def tolerance_frames(rate: Fraction) -> int:
    """How far from a cut a marker may stand and still be about it, in record frames."""
    return max(2, round_frames(CUT_TOLERANCE_S * rate))


def read_marks(
    marked: Sequence[MarkedItem], clock: RecordClock, start_frames: int, duration_frames: int
) -> tuple[list[Mark], tuple[str, ...]]:
    """All markers that an audience's picture is under, in order of time, and a notice of those that have no time."""
    marks: list[Mark] = []
    timeless: list[str] = []
    for item in marked:
        for marker in item.item.markers:
            try:
                mark = _read(marker, item, clock, start_frames, duration_frames)
            except TimelineError:
                timeless.append(marker.name)
                continue
            if mark is not None:
                marks.append(mark)
    marks.sort(key=lambda mark: (mark.start_frames, mark.end_excl_frames, mark.label))
    if not timeless:
        return marks, ()
    more = f" and {len(timeless) - 1} more" if len(timeless) > 1 else ""
    return marks, (f"Marker {timeless[0]!r}{more} left out: its time is no number.",)


def wish_in(text: str) -> Wish:
    """The wish that a marker's text names, if any.

    In a few words it may stand anywhere ("big HIT here"); in a longer text, which is rather a description, it must
    lead ("drop: the chorus") or be tagged ("#hit").
    """
    match = _TAGGED_WISH.search(text) or _LEADING_WISH.match(text)
    if match is None and len(text.split()) <= _MOST_WORDS_AROUND_A_WISH:
        match = _WISH.search(text)
    return _WISHES[match[1].lower()] if match is not None else Wish.AUTO


def words_beside_wish(text: str) -> str:
    """What a marker's text says of the picture: "drop: the chorus" gives "the chorus", "big HIT here" nothing."""
    if wish_in(text) is Wish.AUTO:
        return text
    match = _TAGGED_WISH.search(text) or _LEADING_WISH.match(text) or _WISH.search(text)
    assert match is not None  # or it had no wish
    before, after = text[: match.start()].rstrip(_PUNCTUATION), text[match.end() :].lstrip(_PUNCTUATION)
    rest = f"{before} {after}".strip(_PUNCTUATION)
    telling = [word for word in re.findall(r"\w+", rest.casefold()) if word not in _AROUND_A_WISH]
    return rest if telling else ""


def is_moment(text: str) -> bool:
    """Whether a text is the bare name of a moment that music marks: "logo", "the final punch"."""
    return _MOMENT.fullmatch(text.strip(" .!")) is not None


def _read(
    marker: otio.schema.Marker, marked: MarkedItem, clock: RecordClock, start_frames: int, duration_frames: int
) -> Mark | None:
    name, comment = marker.name.strip(), _comment(marker)
    wish, sign = wish_in(name), sign_in(name) or sign_in(comment)
    if wish is Wish.AUTO:
        wish = wish_in(comment)
    if wish is Wish.AUTO and (is_moment(name) or is_moment(comment)):
        wish = Wish.HIT
    label = _label(name, comment)
    words = _label(words_beside_wish(name), words_beside_wish(comment))
    if sign is not None:
        wish, label = Wish.AUTO, sign[1] or _label("", comment if sign_in(name) else name)
    elif wish is Wish.AUTO and not label:
        return None
    local = clock.frames(marker.marked_range.start_time)
    first, last = marked.window
    position = local - start_frames if "cmx_3600" in marker.metadata else marked.frame.record(local)
    of_media = isinstance(marked.item, otio.schema.Clip)  # outside the used part, its markers are not seen
    if not of_media and not first <= position < last and first <= local - start_frames < last:
        position = local - start_frames  # written as timecode of the record, not of the item
    if not first <= position < last:
        return None
    start = round_frames(position)
    length = round_frames(clock.frames(marker.marked_range.duration) * magnitude(marked.frame.stretch))
    if not 0 <= start < duration_frames:
        return None
    return Mark(start, min(start + max(1, length), duration_frames), wish, label, sign and sign[0], words)


def _comment(marker: otio.schema.Marker) -> str:
    comment = marker.comment
    if not comment:
        xml = marker.metadata.get("fcp_xml")
        comment = xml.get("comment") if xml is not None else None
    return str(comment or "").strip()


def _label(name: str, comment: str) -> str:
    if _DEFAULT_NAME.fullmatch(name) or name.casefold() in comment.casefold():
        name = ""
    return ": ".join(text for text in (name, comment) if text)[:LONGEST_LABEL]
