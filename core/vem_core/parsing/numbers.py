"""A parse as arrays: what the music model's scene encoder takes. Numpy only, no torch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.parse import HUES, GlobalCues, Parse, VisualContent
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.parsing.text import TextEncoder

OVERALL_TEXTS = 3
VISUAL_FEATURES = 10 + len(HUES)


class ParseArrays(NamedTuple):
    """N shots; E is the text encoder's width."""

    overall_text: NDArray[np.float32]  # (3, E): caption, tags, style
    shot_text: NDArray[np.float32]  # (N, E)
    shot_visual: NDArray[np.float32]  # (N, VISUAL_FEATURES), about -1..1
    visual_known: NDArray[np.bool_]  # (N,)
    start_s: NDArray[np.float32]  # (N,)
    duration_s: NDArray[np.float32]  # (N,)


def encode_parse(parse: Parse, encoder: TextEncoder) -> ParseArrays:
    """The arrays of a parse. Each text is encoded once, however often it occurs."""
    return ParseArrays(
        encoder.encode(overall_texts(parse.overall)),
        encoder.encode(shot_texts(parse)),
        np.stack([visual_features(shot.visual) for shot in parse.storyboard]),
        np.array([shot.visual.known for shot in parse.storyboard]),
        np.array([shot.start_samples / SAMPLE_RATE_HZ for shot in parse.storyboard], dtype=np.float32),
        np.array([shot.duration_samples / SAMPLE_RATE_HZ for shot in parse.storyboard], dtype=np.float32),
    )


def texts_of(parse: Parse) -> list[str]:
    """All that is encoded of a parse."""
    return overall_texts(parse.overall) + shot_texts(parse)


def shot_texts(parse: Parse) -> list[str]:
    """What is said of each shot."""
    return [shot.description for shot in parse.storyboard]


def overall_texts(overall: GlobalCues) -> list[str]:
    """The global cues as sentences: the caption (the paper's f^C), the tags (f^T), and the style by itself."""
    caption = ". ".join(part for part in (overall.theme, overall.atmosphere, overall.emotion) if part)
    return [caption, ", ".join(overall.tags), f"{overall.style} music" if overall.style else ""]


def visual_features(visual: VisualContent) -> NDArray[np.float32]:
    """A picture's measurements, each brought to about -1..1."""
    shares = (visual.light, visual.contrast, visual.saturation, visual.texture, visual.change)
    # Motion is small most of the time; the root spreads it.
    motions = (visual.motion, visual.motion_before, visual.motion_after)
    rooted = [2 * value**0.5 - 1 for value in motions]
    row = [*(2 * value - 1 for value in shares), visual.warmth, *rooted, *(2 * hue - 1 for hue in visual.hues)]
    return np.array([*row, 1.0 if visual.known else -1.0], dtype=np.float32)
