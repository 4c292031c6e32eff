"""Which style: the one that is named, or the one that suits what is said and seen best."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vem_core.composer.instruments import is_played_by, plays
from vem_core.composer.style import Style
from vem_core.composer.styles import DEFAULT_STYLE
from vem_core.contract.brief import RankedStyle
from vem_core.direction.lexicon import Genre, guests_of_styles, moods, style_affinities, style_places
from vem_core.parsing.eyes.content import content_by_id

TEMPO_ROOM = 0.1
"""How far a tempo may leave a style's range before the style no longer suits it."""

_NAMED, _NEAR, _MEMBER = 3.0, 1.2, 2.4
_MOOD, _AFFINITY = 1.0, 0.45
_PLAYER, _GUEST = 0.35, 0.55
"""What a style gains by each player who is asked for and is in its band, or would be a usual guest of it."""

_BAND = 1.0
"""What a style gains whose whole band is what shall play alone."""

_CONTENT = 0.5
"""What a style gains that suits what is to be seen all the time: less than a mood, more than the default has."""

_DEFAULT, _DEFAULT_FELT = 0.45, 0.08
"""What the default style has in advance, where no mood is sure, and where one is: little is no reason to leave it."""


@dataclass(frozen=True)
class Evidence:
    """What is known when a style is chosen. `affect` is valence and arousal with how sure they are."""

    genres: tuple[Genre, ...] = ()  # as named, the later ones outrank
    refused: frozenset[str] = frozenset()  # ids of styles
    affect: tuple[float, float] | None = None
    sureness: float = 0.0
    moods: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    content: Mapping[str, float] = field(default_factory=dict)  # content words by their share of the time
    beats: int | None = None
    tempo: tuple[float, float] | None = None
    mode: str | None = None


def rank_styles(styles: Sequence[Style], evidence: Evidence) -> tuple[RankedStyle, ...]:
    """The styles that are not refused, the most suitable first, with how they score against the first (0..1)."""
    allowed = [style for style in styles if style.id not in evidence.refused] or list(styles)
    scores = {style.id: _score(style, evidence) for style in allowed}
    ranked = sorted(scores, key=lambda style_id: (-scores[style_id], style_id))
    best = scores[ranked[0]]
    return tuple(RankedStyle(style_id, round(math.exp(scores[style_id] - best), 3)) for style_id in ranked)


def _score(style: Style, evidence: Evidence) -> float:
    score = (_DEFAULT_FELT if evidence.affect is not None else _DEFAULT) if style.id == DEFAULT_STYLE else 0.0
    for place, genre in enumerate(evidence.genres):
        late = 1.0 if place == len(evidence.genres) - 1 else 0.5
        score += late * _genre_score(style, genre)
    if evidence.affect is not None:
        distance = math.dist(_place(style), evidence.affect)
        score += _MOOD * (1 - distance)
    liked = style_affinities().get(style.id, frozenset())
    score += _AFFINITY * evidence.sureness * sum(mood in liked for mood in evidence.moods[:3])
    score += _BAND if evidence.only and _is_band_of(style, evidence.only) else 0.0
    score += sum(_player_score(style, name) for name in (*evidence.with_, *evidence.only))
    suited = (share for word, share in evidence.content.items() if style.id in content_by_id()[word].styles)
    score += _CONTENT * min(1.0, sum(suited))
    if evidence.beats is not None and evidence.beats not in style.meters:
        score -= 0.9 if not {3, 6} & {evidence.beats} or 3 not in style.meters else 0.2
    if evidence.tempo is not None:
        score -= 1.5 * _tempo_gap(style, evidence.tempo)
    if evidence.mode is not None and not any(_same_family(mode, evidence.mode) for mode in style.modes):
        score -= 0.4
    return score


def _genre_score(style: Style, genre: Genre) -> float:
    if style.id == genre.style:
        return _NAMED
    if style.id in genre.members and genre.id != genre.style:
        return _MEMBER
    return _NEAR / (1 + genre.near.index(style.id)) if style.id in genre.near else 0.0


def _player_score(style: Style, name: str) -> float:
    if style.id in guests_of_styles().get(name, ()):
        return _GUEST
    return _PLAYER if plays(style, name) else 0.0


def _is_band_of(style: Style, names: Sequence[str]) -> bool:
    """Whether nobody plays in a style's own band but these: a piano alone, in solo piano."""
    patches = [patch for part in style.parts for patch in part.patches]
    return style.drums is None and all(any(is_played_by(patch, name) for name in names) for patch in patches)


def _place(style: Style) -> tuple[float, float]:
    """Where a style lies; one that the lexicon does not place lies where its mood does."""
    return style_places().get(style.id) or moods().get(style.mood, (0.0, (style.tempo.low_bpm - 90) / 60))


def _tempo_gap(style: Style, tempo: tuple[float, float]) -> float:
    """How far a tempo range lies from the style's, in octaves; 0 where they overlap."""
    low, high = style.tempo.low_bpm * (1 - TEMPO_ROOM), style.tempo.high_bpm * (1 + TEMPO_ROOM)
    if tempo[1] < low:
        return math.log2(low / tempo[1])
    return math.log2(tempo[0] / high) if tempo[0] > high else 0.0


_MAJOR = ("major", "ionian", "lydian", "mixolydian")


def _same_family(one: str, other: str) -> bool:
    return (one in _MAJOR) == (other in _MAJOR)
