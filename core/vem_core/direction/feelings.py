"""What the piece and each of its shots should feel like: valence and arousal from words, pictures and pace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vem_core.composer.style import Style
from vem_core.contract.brief import MoodBrief, Source, Understood
from vem_core.contract.request import ScoreRequest
from vem_core.direction.affect import as_music, mean_affect, nearest_mood
from vem_core.direction.grammar import read_words
from vem_core.direction.leftovers import mood_meant
from vem_core.direction.lexicon import genres, moods
from vem_core.direction.sight import ShotSight, content_shares
from vem_core.direction.wishes import MoodWish, Said
from vem_core.parsing.eyes.content import in_words
from vem_core.parsing.wording import look_words

_SURE_EDITOR, _SURE_WORDS, _SURE_IMPLIED, _SURE_MARKER = 0.95, 0.8, 0.6, 0.5
_LEAST_WANTED = 0.5
"""Weight of a mood below which it is one that shall be little, or not at all."""

LEAST_SHOWN = 0.2
"""The share of the time for which a thing is to be seen that a mood or a style is explained with."""

_SORROW, _STILL = -0.55, -0.35
"""Valence from which a mood is sorrow, and arousal up to which another only says how still it is."""

_SIGHT_SHARE = 0.5
"""How far a shot's own look moves it from what words say of the whole."""


@dataclass(frozen=True)
class Feeling:
    """Valence and arousal, -1..1, of the whole and of each shot. `names` are moods of the lexicon, as said."""

    valence: float
    arousal: float
    sureness: float  # 0: nobody said or showed anything
    source: Source
    names: tuple[str, ...]
    because: tuple[str, ...]
    shot_valences: tuple[float, ...]
    shot_arousals: tuple[float, ...]
    understood: tuple[Understood, ...] = ()
    not_understood: tuple[str, ...] = ()

    @property
    def in_music(self) -> tuple[float, float]:
        """Valence and arousal as they choose a style and a tempo: what is seen, at the scale of music."""
        return as_music(self.valence, self.arousal) if self.source is Source.PICTURE else (self.valence, self.arousal)

    def brief(self, style: Style) -> MoodBrief:
        """The brief's mood: the style's own where nobody is sure of another."""
        if self.sureness < 0.25:
            valence, arousal = moods().get(style.mood, (0.0, 0.0))
            return MoodBrief(valence, arousal, style.mood)
        word = nearest_mood(self.valence, self.arousal, self.names)
        return MoodBrief(
            round(self.valence, 3), round(self.arousal, 3), word, self.source, round(self.sureness, 3), self.because
        )


def feeling_of(
    request: ScoreRequest, prompt: Said, shots: Sequence[Sequence[Said]], sights: Sequence[ShotSight]
) -> Feeling:
    """What the request should feel like: the first in rank that says anything decides the whole."""
    count = len(request.sheet.shots)
    editor, missed = _editors_mood(request)
    for said, sure in ((editor, _SURE_EDITOR), (prompt, _SURE_WORDS)):
        if said is not None and said.moods:
            return _told(said, sure, request, shots, sights, editor, missed)
    implied = [genres()[wish.genre].mood for wish in prompt.genres if genres()[wish.genre].mood]
    if implied:
        wishes = tuple(MoodWish(mood, 1.0, mood) for mood in implied)
        return _told(Said(prompt.source, moods=wishes), _SURE_IMPLIED, request, shots, sights, editor, missed)
    marked = _of_markers(request, shots)
    if marked is not None:
        return _told(marked, _SURE_MARKER, request, shots, sights, editor, missed)
    seen = _seen(request, sights)
    valences, arousals = _over_shots([(seen[0], seen[1])] * count, shots, sights, seen[2] > 0)
    return Feeling(
        *seen, Source.PICTURE, (), _because(request, sights), valences, arousals, not_understood=missed
    )  # fmt: skip


def _editors_mood(request: ScoreRequest) -> tuple[Said | None, tuple[str, ...]]:
    """What the mood that was set as a control says, and the words of it that say nothing."""
    words = request.direction.mood or (request.parse.overall.emotion if request.parse is not None else "")
    if not words:
        return None, ()
    said = read_words(words, Source.EDITOR)
    if said.moods:
        return said, ()
    if words in moods():
        return Said(Source.EDITOR, moods=(MoodWish(words, 1.0, words),),
                    understood=(Understood(words, f"mood {words}", Source.EDITOR),)), ()  # fmt: skip
    meant = mood_meant(words)
    if meant is None:
        return None, (words,)
    return Said(Source.EDITOR, moods=(MoodWish(meant, 1.0, words),),
                understood=(Understood(words, f"mood {meant}", Source.EDITOR),)), ()  # fmt: skip


def _told(
    said: Said,
    sure: float,
    request: ScoreRequest,
    shots: Sequence[Sequence[Said]],
    sights: Sequence[ShotSight],
    editor: Said | None,
    missed: tuple[str, ...],
) -> Feeling:
    """The feeling that words ask for; moods that follow each other follow each other over the shots."""
    count = len(request.sheet.shots)
    phases = sorted({wish.phase for wish in said.moods})
    of_phase = [affect_of([wish for wish in said.moods if wish.phase == phase]) for phase in phases]
    middles = [
        (shot.start_frames + shot.duration_frames / 2) / request.sheet.duration_frames for shot in request.sheet.shots
    ]
    bases = [of_phase[min(int(middle * len(phases)), len(phases) - 1)] for middle in middles]
    valences, arousals = _over_shots(bases, shots, sights, True)
    whole = affect_of(said.moods) if len(phases) == 1 else mean_affect(of_phase, [1.0] * len(phases))
    assert len(bases) == count
    wanted = tuple(dict.fromkeys(wish.mood for wish in said.moods if wish.weight > 0))
    return Feeling(
        *whole,
        sure,
        said.source,
        wanted,
        tuple(wish.words for wish in said.moods),
        valences,
        arousals,
        understood=editor.understood if editor else (),
        not_understood=missed,
    )


def affect_of(wishes: Sequence[MoodWish]) -> tuple[float, float]:
    """Valence and arousal of some wishes; where both sides are refused ("neither sad nor happy"), the middle."""
    sides = {moods()[wish.mood][0] > 0 for wish in wishes}
    if len(sides) == 2 and all(wish.weight < _LEAST_WANTED for wish in wishes):
        return 0.0, 0.0
    dark = any(moods()[wish.mood][0] <= _SORROW and wish.weight >= _LEAST_WANTED for wish in wishes)
    grave = any(_is_grave(*moods()[wish.mood]) and wish.weight >= _LEAST_WANTED for wish in wishes)
    places = [
        _in_sorrow(wish.mood) if dark or (grave and wish.mood in _BEARING) else moods()[wish.mood] for wish in wishes
    ]
    return mean_affect(places, [wish.weight for wish in wishes])


def _in_sorrow(mood: str) -> tuple[float, float]:
    """Where a mood lies beside sorrow: "sad and tender" is no less sad for being tender."""
    valence, arousal = moods()[mood]
    return (min(valence, 0.0), arousal) if arousal <= _STILL or mood in _BEARING else (valence, arousal)


def _is_grave(valence: float, arousal: float) -> bool:
    return valence <= _GRAVE and arousal <= 0


_GRAVE = -0.4
"""Valence of the moods that how somebody bears them does not lift, where they are no more than calm."""

_BEARING = frozenset(("noble", "proud", "majestic", "determined", "confident"))
"""How somebody bears it: "sad, with dignity" is no less sad."""


def _of_markers(request: ScoreRequest, shots: Sequence[Sequence[Said]]) -> Said | None:
    """What the words on shots say of the whole, where most of the shots that say anything agree; the best rank's."""
    told = [(shot.duration_frames, said) for shot, of_shot in zip(request.sheet.shots, shots, strict=True)
            for said in of_shot if said.moods]  # fmt: skip
    if not told:
        return None
    best = min((said.source for _, said in told), key=lambda source: source.rank)
    wishes = tuple(
        MoodWish(wish.mood, wish.weight * frames / request.sheet.duration_frames, wish.words)
        for frames, said in told
        if said.source is best
        for wish in said.moods
    )
    covered = sum(frames for frames, said in told if said.source is best) / request.sheet.duration_frames
    return Said(best, moods=wishes) if covered > 0.4 else None


def _over_shots(
    bases: Sequence[tuple[float, float]],
    shots: Sequence[Sequence[Said]],
    sights: Sequence[ShotSight],
    told: bool,
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Valence and arousal of each shot: the whole's, moved by the shot's look and by what is said of it."""
    known = [sight for sight in sights if sight.visual.known]
    mean = np.mean([sight.valence for sight in known]) if known else 0.0
    valences, arousals = [], []
    for index, (valence, arousal) in enumerate(bases):
        sight = sights[index] if sights else None
        if sight is not None and sight.visual.known:
            valence += _SIGHT_SHARE * (sight.valence - float(mean)) * (1.0 if told else 2.0)
        own = next((said for said in shots[index] if said.moods), None)
        if own is not None:
            valence, arousal = affect_of(own.moods)
        valences.append(float(np.clip(valence, -1, 1)))
        arousals.append(float(np.clip(arousal, -1, 1)))
    return tuple(valences), tuple(arousals)


def _seen(request: ScoreRequest, sights: Sequence[ShotSight]) -> tuple[float, float, float]:
    """Valence, arousal and sureness of what is seen, each shot counting by how long it is seen.

    `sights` has one for every shot, or none at all where the picture is not to be looked at.
    """
    if not sights:
        return 0.0, 0.0, 0.0
    weights = [float(shot.duration_frames) for shot in request.sheet.shots]
    known = [(sight, weight) for sight, weight in zip(sights, weights, strict=True) if sight.visual.known]
    total = sum(weight for _, weight in known)
    if not total:
        return 0.0, 0.0, 0.0
    valence, arousal, sureness = (
        sum(getattr(sight, name) * weight for sight, weight in known) / total
        for name in ("valence", "arousal", "sureness")
    )
    return valence, arousal, sureness * total / sum(weights)


def _because(request: ScoreRequest, sights: Sequence[ShotSight]) -> tuple[str, ...]:
    """The few words for what is seen: things for some of the time, looks for most of it; `sights` as in `_seen`."""
    if not sights:
        return ()
    heard: dict[str, float] = {}
    total = 0.0
    for shot, sight in zip(request.sheet.shots, sights, strict=True):
        if sight.visual.known:
            total += shot.duration_frames
            for word in look_words(replace(sight.visual, content=())):
                heard[word] = heard.get(word, 0.0) + shot.duration_frames
    common = sorted(heard, key=lambda word: (-heard[word], word))
    looks = [word for word in common[:4] if heard[word] * 2 > total]
    lengths = [float(shot.duration_frames) for shot in request.sheet.shots]
    shown = [word for word, share in content_shares(sights, lengths).items() if share >= LEAST_SHOWN]
    return tuple(dict.fromkeys((*in_words(shown[:2]), *looks)))
