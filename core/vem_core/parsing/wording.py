"""From what an editor already wrote, and from what a picture measures, to words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from vem_core.contract.cut_sheet import Shot
from vem_core.contract.parse import HUES, VisualContent
from vem_core.parsing.eyes.content import in_words

# What cameras and editing systems call clips: a name with nothing else in it says nothing about the shot.
_MACHINE_NAME = re.compile(
    r"[A-Z]\d{3}_?C\d{3}\w*|(DSC|IMG|MVI|GOPR|GH|GX|DJI|PXL|VID|CLIP|MAH|P)[ _]?\d+\w*|\d+", re.IGNORECASE
)
_EXTENSION = re.compile(r"\.(mov|mp4|mxf|mkv|avi|mts|m2ts|r3d|braw|webm|png|jpe?g|tiff?|exr|dpx)$", re.IGNORECASE)


def editors_words(shot: Shot, given: str, label: str) -> str:
    """What an editor wrote about a shot, the most deliberate first: the panel, markers, notes, the clip's name."""
    texts = [given, label, *shot.words, readable_name(shot.name)]
    kept: list[str] = []
    for text in (" ".join(text.split()) for text in texts):
        if text and text.casefold() not in (word.casefold() for word in kept):
            kept.append(text)
    return "; ".join(kept)


def readable_name(name: str) -> str:
    """A clip's name as words, or nothing if a machine gave it.

    >>> readable_name("sunset_over_harbour_03.mov"), readable_name("A001_C003_0412.mxf")
    ('sunset over harbour', '')
    """
    bare = _EXTENSION.sub("", name.strip())
    words = [word for word in re.split(r"[\s_\-.]+", bare) if word]
    if _MACHINE_NAME.fullmatch(bare) or all(_MACHINE_NAME.fullmatch(word) for word in words):
        return ""
    return " ".join(word for word in words if not word.isdecimal())


def look_words(visual: VisualContent) -> tuple[str, ...]:
    """A few words for what a picture shows and measures; none where it is unknown."""
    if not visual.known:
        return ()
    words = [*in_words(visual.content)]
    words.append(_level(visual.light, ((0.22, "dark"), (0.42, "dim"), (0.6, ""), (0.75, "bright"), (2, "glaring"))))
    words.append(_level(visual.contrast, ((0.15, "hazy"), (0.7, ""), (2, "high contrast"))))
    if visual.saturation < 0.1:
        words.append("colourless")
    else:
        words.append(_level(visual.saturation, ((0.25, "muted"), (0.55, ""), (2, "vivid"))))
        words.append(_level(visual.warmth, ((-0.15, "cold"), (0.15, ""), (2, "warm"))))
        if max(visual.hues) > 0.55:
            words.append(HUES[visual.hues.index(max(visual.hues))])
    words.append(_level(visual.texture, ((0.12, "plain"), (0.5, ""), (2, "detailed"))))
    words.append(_level(max(visual.motion, visual.motion_after), ((0.03, "still"), (0.15, ""), (2, "moving"))))
    return tuple(word for word in words if word)


def atmosphere_words(visuals: Sequence[VisualContent], durations: Sequence[int]) -> str:
    """The look words that hold for most of the time that pictures are known for."""
    heard: Counter[str] = Counter()
    known = 0
    for visual, duration in zip(visuals, durations, strict=True):
        if visual.known:
            known += duration
            heard.update(dict.fromkeys(look_words(visual), duration))
    return ", ".join(word for word, duration in heard.most_common(4) if duration * 2 > known)


def _level(value: float, steps: Sequence[tuple[float, str]]) -> str:
    return next(word for highest, word in steps if value < highest)
