"""The moods of the corpus: where each lies between dark and light, at rest and excited, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mood:
    """A mood. Its word is what the parsers say and the composer hears."""

    word: str
    valence: float  # -1 dark .. 1 light
    arousal: float  # 0 at rest .. 1 excited
    said: tuple[str, ...]  # adjectives that captions use

    @property
    def key_hint(self) -> str:
        """What to tell the choice of a key: "bright" leads to major modes, "dark" to minor ones."""
        return "bright" if self.valence > 0.25 else "dark" if self.valence < -0.25 else ""


MOODS = (
    Mood("calm", 0.4, 0.12, ("calm", "peaceful", "quiet", "restful", "unhurried")),
    Mood("warm", 0.7, 0.3, ("warm", "tender", "kind", "homely", "gentle")),
    Mood("joyful", 0.9, 0.75, ("joyful", "happy", "cheerful", "radiant", "laughing")),
    Mood("playful", 0.7, 0.6, ("playful", "cheeky", "light-footed", "funny", "mischievous")),
    Mood("optimistic", 0.8, 0.6, ("optimistic", "confident", "upbeat", "can-do", "positive")),
    Mood("hopeful", 0.6, 0.45, ("hopeful", "uplifting", "aspiring", "encouraging", "full of promise")),
    Mood("thoughtful", 0.1, 0.28, ("thoughtful", "reflective", "curious", "pensive", "measured")),
    Mood("nostalgic", 0.0, 0.3, ("nostalgic", "wistful", "bittersweet", "faded", "full of memories")),
    Mood("melancholic", -0.6, 0.18, ("melancholic", "sad", "lonely", "sorrowful", "grieving")),
    Mood("mysterious", -0.3, 0.35, ("mysterious", "strange", "secretive", "enigmatic", "uncanny")),
    Mood("tense", -0.6, 0.75, ("tense", "nervous", "suspenseful", "uneasy", "on edge")),
    Mood("dark", -0.85, 0.55, ("dark", "menacing", "grim", "threatening", "bleak")),
    Mood("epic", 0.2, 0.92, ("epic", "grand", "heroic", "monumental", "sweeping")),
    Mood("driving", 0.3, 0.88, ("driving", "energetic", "relentless", "fast", "high-octane")),
    Mood("romantic", 0.6, 0.33, ("romantic", "loving", "intimate", "in love", "tender-hearted")),
    Mood("dreamy", 0.3, 0.18, ("dreamy", "floating", "ethereal", "weightless", "hazy")),
)

_BY_WORD = {mood.word: mood for mood in MOODS}


def mood_by_word(word: str) -> Mood:
    """The mood of that word. Raises KeyError if there is none."""
    return _BY_WORD[word]
