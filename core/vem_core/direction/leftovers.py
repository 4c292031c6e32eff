"""What the grammar leaves over, by the frozen text encoder: English only, and only where it is near enough."""

from __future__ import annotations

import functools

from vem_core.contract.brief import Understood
from vem_core.contract.errors import ModelMissing
from vem_core.direction.languages import language_of
from vem_core.direction.wishes import MoodWish, Said
from vem_core.parsing.text import MiniLmEncoder, TextEncoder, Vectors

LEAST_LIKE = 0.42
"""Cosine from which a phrase counts as a mood's. `benchmarks/direction.py --calibrate` prints what one would take:
sentences without musical content reach 0.26, and below 0.42 moods are wrong as often as right."""

SHORTEST = 3
"""Words that a stretch must have to be more than a name."""

_MEANINGS = {
    "calm": "calm, peaceful, quiet, at rest, a still lake at dawn",
    "warm": "warm, tender, loving family, gentle and heartfelt",
    "joyful": "joyful, happy, fun, celebration, laughter, children playing in the sun",
    "playful": "playful, cheeky, mischievous, funny",
    "hopeful": "hopeful, uplifting, a new beginning, everything will be fine",
    "nostalgic": "nostalgic, memories of childhood, longing for the past",
    "sad": "sad, crying, grief, losing someone, farewell",
    "mysterious": "mysterious, strange, a secret, unknown",
    "suspenseful": "suspense, something bad is about to happen, fear, being followed",
    "menacing": "menacing, evil, violence, horror, blood and death",
    "heroic": "heroic, the battle is won, triumph, grandeur",
    "energetic": "fast and energetic, racing, adrenaline, full throttle",
    "romantic": "romantic, falling in love, a kiss",
    "dreamy": "dreamy, floating, underwater, weightless in space",
}


def with_leftovers(said: Said) -> Said:
    """What words say, with what the encoder makes of the stretches that the grammar did not know."""
    if said.moods or said.genres or not said.not_understood:
        return said
    taken, left = [], []
    for words in said.not_understood:
        mood = mood_meant(words) if len(words.split()) >= SHORTEST and language_of(words) == "en" else None
        if mood is None:
            left.append(words)
        else:
            taken.append((words, mood))
    if not taken:
        return said
    found = said.__dict__ | {
        "moods": tuple(MoodWish(mood, 0.8, words) for words, mood in taken),
        "understood": (*said.understood, *(Understood(words, f"mood {mood}", said.source) for words, mood in taken)),
        "not_understood": tuple(left),
    }
    return Said(**found)


def mood_meant(words: str, encoder: TextEncoder | None = None) -> str | None:
    """The mood that an English phrase means, or None where it is near to none, or there is no encoder."""
    try:
        similarity = mood_similarity(words, encoder)
    except ModelMissing:
        return None
    best = max(similarity, key=lambda mood: similarity[mood])
    return best if similarity[best] >= LEAST_LIKE else None


def mood_similarity(words: str, encoder: TextEncoder | None = None) -> dict[str, float]:
    """Cosine between a phrase and each mood. Raises ModelMissing without the encoder's package."""
    encoder = encoder or _encoder()
    if not words.isascii():
        return dict.fromkeys(_MEANINGS, 0.0)
    own = encoder.encode([words])[0]
    return {mood: float(vector @ own) for mood, vector in zip(_MEANINGS, _meanings(encoder), strict=True)}


def _meanings(encoder: TextEncoder) -> Vectors:
    """The moods' own vectors; the encoder remembers what it has encoded."""
    return encoder.encode(list(_MEANINGS.values()))


@functools.lru_cache(maxsize=1)
def _encoder() -> TextEncoder:
    """The encoder, loaded when a stretch of words first needs it."""
    return MiniLmEncoder()
