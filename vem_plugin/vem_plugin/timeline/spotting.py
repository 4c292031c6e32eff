"""Spotting: where music goes out, where it comes back in, and where a new piece begins, from the editor's markers.

A marker over a range that says "music out" is a silence. Two single markers, "music out" and later "music in", are one
too; what never comes back in is silent to the end. "cue" begins a piece of its own: "cue: tense, low strings".
"""

from __future__ import annotations

import enum
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vem_core.contract.cut_sheet import CueStart, Cut, Span

_LONGEST_SIGN = 40  # characters before a colon; what is longer is a description
_MUSIC = r"(?:the\s+)?(?:music|mx|score)"
_OUT = re.compile(rf"{_MUSIC}[\s:._-]*(?:out|off|stops?|ends?)|(?:no|without)\s+music|silen(?:ce|t)", re.IGNORECASE)
_IN = re.compile(rf"{_MUSIC}[\s:._-]*(?:in|on|back(?:\s+in)?|returns?|starts?)", re.IGNORECASE)
_CUE = re.compile(r"(?:new\s+)?(?:music\s+)?cue(?:\s*\d+)?", re.IGNORECASE)


class Sign(enum.Enum):
    """What a marker says about where there is music at all."""

    MUSIC_OUT = enum.auto()
    MUSIC_IN = enum.auto()
    CUE = enum.auto()


class Signpost(NamedTuple):
    """A marker with a sign, in record frames; `end_excl` lies beyond `start` + 1 only for a marked range."""

    start: int
    end_excl: int
    sign: Sign
    label: str  # what the marker says beside the sign


class Spotting(NamedTuple):
    """Where there is no music, and where pieces begin."""

    silences: tuple[Span, ...]
    cue_starts: tuple[CueStart, ...]
    notices: tuple[str, ...]


def sign_in(text: str) -> tuple[Sign, str] | None:
    """The sign that a marker's text gives, and the rest of the text: "cue: tense" is (CUE, "tense").

    The sign must be the whole text, or stand before a colon, a comma or a dash.
    """
    head, _, rest = _split(text)
    for sign, pattern in ((Sign.MUSIC_OUT, _OUT), (Sign.MUSIC_IN, _IN), (Sign.CUE, _CUE)):
        for candidate, remainder in ((text.strip(" .!#[]()"), ""), (head, rest)):
            if len(candidate) <= _LONGEST_SIGN and pattern.fullmatch(candidate):
                return sign, remainder
    return None


def spot(posts: Sequence[Signpost], cuts: Sequence[Cut], duration_frames: int, reach: int) -> Spotting:
    """The silences and cues that signposts, in order of time, stand for. An edge within `reach` of a cut is on it."""
    frames = [cut.record_frames for cut in cuts]
    silences: list[Span] = []
    for start, end_excl, label in _silent_stretches(posts, duration_frames):
        start, end_excl = (_snapped(edge, frames, duration_frames, reach) for edge in (start, end_excl))
        if silences and start <= silences[-1].end_excl_frames:
            last = silences.pop()
            start, label = last.start_frames, last.label or label
            end_excl = max(end_excl, last.end_excl_frames)
        if start < end_excl:
            silences.append(Span(start, end_excl - start, label))
    cues = {_snapped(post.start, frames, duration_frames, reach): post.label for post in posts if post.sign is Sign.CUE}
    inside = [
        start for start in cues if any(silence.start_frames <= start < silence.end_excl_frames for silence in silences)
    ]
    after = {silence.start_frames: silence.end_excl_frames for silence in silences}
    for start in inside:
        silence = max(first for first in after if first <= start)
        cues.setdefault(after[silence], cues[start])
        del cues[start]
    starts = tuple(CueStart(frame, cues[frame]) for frame in sorted(cues) if frame < duration_frames)
    return Spotting(tuple(silences), starts, tuple(_notices(posts)))


def _split(text: str) -> tuple[str, str, str]:
    match = re.search(r"\s*[:,;–—]\s*|\s+-\s+", text)
    return (text.strip(), "", "") if match is None else (text[: match.start()].strip(), match[0], text[match.end() :])


def _silent_stretches(posts: Sequence[Signpost], duration_frames: int) -> Iterator[tuple[int, int, str]]:
    out: Signpost | None = None
    for post in posts:
        if post.sign is Sign.MUSIC_OUT and post.end_excl > post.start + 1:
            yield post.start, post.end_excl, post.label
        elif post.sign is Sign.MUSIC_OUT:
            out = out or post
        elif out is not None:  # music in, or a cue: either ends the silence
            yield out.start, post.start, out.label
            out = None
    if out is not None:
        yield out.start, duration_frames, out.label


def _snapped(frame: int, cuts: Sequence[int], duration_frames: int, reach: int) -> int:
    edges = (0, *cuts, duration_frames)
    after = bisect_left(edges, frame)
    beside = [edges[index] for index in (after - 1, after) if 0 <= index < len(edges)]
    nearest = min(beside, key=lambda edge: abs(edge - frame))
    return nearest if abs(nearest - frame) <= reach else frame


def _notices(posts: Sequence[Signpost]) -> Iterator[str]:
    outs = [post for post in posts if post.sign is Sign.MUSIC_OUT and post.end_excl <= post.start + 1]
    closing = [post for post in posts if post.sign is not Sign.MUSIC_OUT]
    if outs and not any(post.start > outs[-1].start for post in closing):
        yield (
            'A marker says "music out" and none after it "music in": the rest is silent. '
            "Give the marker a duration to end the silence there."
        )
