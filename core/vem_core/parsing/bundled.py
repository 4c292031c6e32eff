"""The parser that is always there: the editor's own words, what the thumbnails measure, and a small text encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vem_core.composer.styles import choose_style, list_styles
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.parse import (
    GlobalCues,
    Parse,
    StoryboardCue,
    VisualContent,
    shot_boundaries_samples,
    transition_cues,
)
from vem_core.contract.request import ScoreRequest
from vem_core.parsing.eyes.base import Eyes
from vem_core.parsing.eyes.looking import look_at_content, with_content
from vem_core.parsing.pictures import look_at_shots
from vem_core.parsing.text import MiniLmEncoder, TextEncoder, nearest
from vem_core.parsing.wording import atmosphere_words, editors_words, look_words, readable_name

EMOTIONS = {
    "calm": "calm, peaceful, serene, at rest",
    "warm": "warm, tender, loving, family, gentle",
    "joyful": "joyful, happy, fun, celebration, laughter",
    "playful": "playful, cheeky, mischievous, funny",
    "optimistic": "optimistic, confident, success, progress",
    "hopeful": "hopeful, uplifting, a new beginning, dawn",
    "thoughtful": "thoughtful, curious, reflective, explaining",
    "nostalgic": "nostalgic, memories, longing for the past",
    "melancholic": "sad, melancholic, lonely, grief, farewell",
    "mysterious": "mysterious, strange, secret, night, unknown",
    "tense": "tense, suspense, danger, fear, a chase",
    "dark": "dark, menacing, violent, horror, death",
    "epic": "epic, heroic, battle, triumph, grandeur",
    "driving": "fast, energetic, racing, sport, adrenaline",
    "romantic": "romantic, love story, kiss, wedding",
    "dreamy": "dreamy, floating, ethereal, underwater, weightless",
}
"""The emotions that the bundled parser can name, each with the words it is recognised by."""


class BundledParser:
    """Needs no download. Deterministic. `eyes` say what shots show; None: only what pictures measure is known."""

    def __init__(self, encoder: TextEncoder | None = None, eyes: Eyes | None = None) -> None:
        self.parser_id = "bundled-1" + (f":{eyes.eyes_id}" if eyes is not None else "")
        self._encoder, self._eyes = encoder or MiniLmEncoder(), eyes

    def parse(self, request: ScoreRequest, attachments: Mapping[str, bytes]) -> Parse:
        """See `Parser.parse`."""
        seen = look_at_content(request, attachments, self._eyes)
        visuals = tuple(map(with_content, look_at_shots(request, attachments), seen))
        bounds = shot_boundaries_samples(request.sheet)
        storyboard = tuple(
            StoryboardCue(bounds[shot], bounds[shot + 1] - bounds[shot], description, visuals[shot])
            for shot, description in enumerate(describe_shots(request, visuals))
        )
        unseen = sum(not visual.known for visual in visuals)
        return Parse(
            parser=self.parser_id,
            duration_samples=bounds[-1],
            overall=self._overall(request, visuals, storyboard),
            storyboard=storyboard,
            transitions=transition_cues(request.sheet),
            warnings=(f"{unseen} of {len(visuals)} shots have no picture to look at.",) if unseen else (),
        )

    def _overall(
        self, request: ScoreRequest, visuals: Sequence[VisualContent], storyboard: Sequence[StoryboardCue]
    ) -> GlobalCues:
        direction = request.direction
        theme = " ".join(direction.prompt.split()) or readable_name(request.sheet.name)
        atmosphere = atmosphere_words(visuals, [shot.duration_samples for shot in storyboard])
        text = ". ".join(part for part in (theme, *_longest_words(request), atmosphere) if part)
        style = direction.style or choose_style(text) or ""
        emotion = direction.mood or nearest(self._encoder, text, EMOTIONS)
        return GlobalCues(theme, atmosphere, emotion, style, _tags(style, emotion))


def describe_shots(request: ScoreRequest, visuals: Sequence[VisualContent]) -> tuple[str, ...]:
    """A description of each shot: the editor's words, then what the picture measures."""
    labels = cut_labels(request.sheet)
    given = request.direction.shot_words or ("",) * len(request.sheet.shots)
    descriptions = []
    for shot, words, label, visual in zip(request.sheet.shots, given, labels, visuals, strict=True):
        look = "black" if not shot.picture else ", ".join(look_words(visual))
        descriptions.append("; ".join(part for part in (editors_words(shot, words, label), look) if part))
    return tuple(descriptions)


def cut_labels(sheet: CutSheet) -> tuple[str, ...]:
    """For each shot the text of the marker on the cut that begins it."""
    return ("", *(cut.label for cut in sheet.cuts))


def _longest_words(request: ScoreRequest) -> list[str]:
    """The editor's words on the three longest shots that have any."""
    labels = cut_labels(request.sheet)
    given = request.direction.shot_words or ("",) * len(request.sheet.shots)
    told = [
        (shot.duration_frames, editors_words(shot, words, label))
        for shot, words, label in zip(request.sheet.shots, given, labels, strict=True)
    ]
    return [words for _, words in sorted((pair for pair in told if pair[1]), key=lambda pair: -pair[0])[:3]]


def _tags(style: str, emotion: str) -> tuple[str, ...]:
    words = next((known.words for known in list_styles() if known.id == style), ())
    return tuple(dict.fromkeys(tag for tag in (style, emotion, *words[:4]) if tag))
