"""The director: words, pictures and pace in, one brief out.

Each question (which style, how fast, in which key ...) is answered by the first in rank that says anything: controls,
the editor's words, markers, the temp track, clip names, pictures, the pace of the cuts, the style's own. Of
contradicting words a number beats an adjective and later beats earlier; what lost stands in the brief's conflicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from vem_core.composer.style import Style
from vem_core.composer.styles import list_styles, style_by_id
from vem_core.contract.brief import (
    ArcPoint,
    Conflict,
    DensityBrief,
    EndingBrief,
    InstrumentsBrief,
    KeyBrief,
    MeterBrief,
    MoodBrief,
    MusicBrief,
    PlayerLevel,
    ShotBrief,
    Source,
    StyleBrief,
    Suggestion,
    TempoBrief,
    Understood,
)
from vem_core.contract.plan import Ending
from vem_core.contract.request import ScoreRequest
from vem_core.contract.temp_track import TempTrack
from vem_core.direction.energies import arc_of_shots, arc_points, energies_over, seconds_of
from vem_core.direction.exact import Bars
from vem_core.direction.feelings import LEAST_SHOWN, Feeling, feeling_of
from vem_core.direction.following import kept_after_recut
from vem_core.direction.grammar import read_words, speaks_of_bars
from vem_core.direction.language_model import with_own_model
from vem_core.direction.leftovers import with_leftovers
from vem_core.direction.lexicon import genres
from vem_core.direction.limits import cannot_do
from vem_core.direction.parts import asked_somewhere, in_shares, in_turn, over_shots
from vem_core.direction.places import SECONDS
from vem_core.direction.shot_words import label_times_s, said_of_shots, shot_times_s, together
from vem_core.direction.sight import ShotSight, content_shares, event_curve, look
from vem_core.direction.style_choice import Evidence, rank_styles
from vem_core.direction.tempo_and_key import key_brief, meter_brief, tempo_brief, tempo_said
from vem_core.direction.typos import spelt_like
from vem_core.direction.wishes import Said
from vem_core.rhythm.energy import arc_of as arc_of_seed

STATED, READ, HEARD, HINTED, GUESSED = 0.95, 0.8, 0.6, 0.5, 0.4
"""How sure a control or number is, a word, what a temp track plays, a clip's name, and a language model's reading."""

_Value = TypeVar("_Value", StyleBrief, MoodBrief, TempoBrief, KeyBrief, MeterBrief, DensityBrief, InstrumentsBrief)

LEAST_SURE = 0.25
"""Pictures that are less sure decide neither style nor mood."""


def direct(
    request: ScoreRequest, jpegs: Mapping[str, bytes] | None = None, styles: Sequence[Style] | None = None
) -> MusicBrief:
    """The brief of a request. `jpegs` holds its thumbnails' bytes by SHA-256.

    The same request gives the same brief. A request that follows a re-cut keeps the earlier take's brief where its
    wishes are the same; its shots are looked at again. Raises DirectionError for a style that does not exist or words
    that are too long.
    """
    styles = tuple(styles or list_styles())
    heard = request.direction.temp_track
    if heard is not None:  # what was heard stands among the controls, and ranks below words and markers
        request = replace(request, direction=request.direction.leaving(heard))
    shots = said_of_shots(request.sheet, request.direction)
    sights = () if request.direction.ignore_picture else look(request, jpegs or {})
    fresh = _directed(request, _prompt(request), shots, sights, styles, heard)
    if speaks_of_bars(request.direction.prompt):  # their places are known once the tempo is
        fresh = _directed(request, _prompt(request, _bars(request, fresh)), shots, sights, styles, heard)
    return kept_after_recut(request, fresh)


def _prompt(request: ScoreRequest, bars: Bars | None = None) -> Said:
    sheet = request.sheet
    end_s = float(sheet.duration_frames / sheet.rate)
    read = read_words(request.direction.prompt, Source.WORDS, label_times_s(sheet), shot_times_s(sheet), bars, end_s)
    return with_leftovers(with_own_model(read, request))


def _bars(request: ScoreRequest, brief: MusicBrief) -> Bars:
    """The bars of a piece at the middle of a brief's tempo range."""
    seconds = 120 * brief.meter.beats / (brief.tempo_bpm.low + brief.tempo_bpm.high)
    return Bars(round(seconds, 4), float(request.sheet.duration_frames / request.sheet.rate))


def _directed(
    request: ScoreRequest,
    prompt: Said,
    shots: Sequence[Sequence[Said]],
    sights: Sequence[ShotSight],
    styles: Sequence[Style],
    heard: TempTrack | None,
) -> MusicBrief:
    """The brief of what was said and seen."""
    direction = request.direction
    feeling = feeling_of(request, prompt, shots, sights)
    shown = content_shares(sights, [float(shot.duration_frames) for shot in request.sheet.shots]) if sights else {}
    style = _style(request, prompt, shots, feeling, shown, heard, styles)
    installed = next((each for each in styles if each.id == style.id), None) or style_by_id(style.id)
    conflicts: list[Conflict] = list(prompt.conflicts)
    key = key_brief(direction, prompt, feeling, installed, conflicts, heard)
    meter = meter_brief(prompt, installed, conflicts)
    tempo = tempo_brief(direction, prompt, feeling, installed, conflicts, heard)
    instruments = _instruments(prompt, shots, conflicts)
    arc, of_shots = _energy(request, prompt, shots, feeling, sights, heard)
    missed = (*feeling.not_understood, *prompt.not_understood)
    understood = (*feeling.understood, *prompt.understood, *_of_the_shots(shots))
    brief = MusicBrief(
        style=style,
        tempo_bpm=tempo,
        key=key,
        meter=meter,
        mood=feeling.brief(installed),
        instruments=instruments,
        density=_density(prompt),
        arc=arc,
        shots=of_shots,
        ending=_ending(request, prompt),
        understood=tuple(dict.fromkeys(understood)),
        not_understood=missed,
        conflicts=tuple(conflicts),
        cannot=cannot_do(installed, style, meter, instruments, key, tempo),
        suggestions=_suggestions(missed) if understood or len(direction.prompt.split()) <= _BRIEF_WORDS else (),
    )
    return _less_sure(brief, prompt.guessed)


_BRIEF_WORDS = 2
"""As many words may be a slip by themselves; a longer text of which nothing was understood is about something else."""


def _suggestions(missed: Sequence[str]) -> tuple[Suggestion, ...]:
    """What the words that nobody understood may have been meant for."""
    return tuple(Suggestion(words, near) for words in missed if (near := spelt_like(words)) is not None)


def _less_sure(brief: MusicBrief, guessed: frozenset[str]) -> MusicBrief:
    """The brief, less sure of what a language model read from the words."""

    def lowered(value: _Value, *fields: str) -> _Value:
        doubtful = value.from_ is Source.WORDS and not guessed.isdisjoint(fields)
        return replace(value, sureness=min(value.sureness, GUESSED)) if doubtful else value

    return replace(
        brief,
        style=lowered(brief.style, "style"),
        mood=lowered(brief.mood, "mood"),
        tempo_bpm=lowered(brief.tempo_bpm, "tempo_bpm"),
        key=lowered(brief.key, "key"),
        meter=lowered(brief.meter, "meter"),
        density=lowered(brief.density, "density"),
        instruments=lowered(brief.instruments, "with", "without"),
    )


def _style(
    request: ScoreRequest,
    prompt: Said,
    shots: Sequence[Sequence[Said]],
    feeling: Feeling,
    shown: Mapping[str, float],
    heard: TempTrack | None,
    styles: Sequence[Style],
) -> StyleBrief:
    direction, parse = request.direction, request.parse
    named = direction.style or (parse.overall.style if parse else "")
    if named:
        style_by_id(named)
    said, source = _first_that_names_a_genre(prompt, shots)
    refused = frozenset(style for wish in prompt.refused_genres for style in genres()[wish.genre].styles)
    strong = [wish for wish in said.genres if not wish.weak] or list(said.genres)
    named_genres = [genres()[wish.genre] for wish in strong]
    kinds = [genre for genre in named_genres if not genre.is_topic] or named_genres
    asked = [genre for genre in kinds if not genre.is_family] or kinds  # "hip-hop, rather trap"
    implied = [genre.mood for genre in named_genres if genre.mood]
    louder = {wish.instrument for wish in prompt.levels if wish.change_db > 0}
    joining = tuple(name for name in prompt.with_ if name not in louder)  # "more piano" leaves the style what it is
    ranked = rank_styles(
        styles,
        Evidence(
            genres=tuple(asked),
            refused=refused,
            affect=feeling.in_music if feeling.sureness >= LEAST_SURE else None,
            sureness=feeling.sureness if feeling.sureness >= LEAST_SURE else 0.0,
            moods=(*feeling.names, *implied),
            only=prompt.only,
            with_=joining,
            content=shown,
            beats=prompt.meters[-1][0] if prompt.meters else None,
            tempo=tempo_said(direction, prompt),
            mode=prompt.keys[-1][1] if prompt.keys else None,
        ),
    )
    genre = asked[-1].id if asked else None
    if named:
        others = tuple(each for each in ranked if each.id != named)
        return StyleBrief(named, genre, others[:5], Source.EDITOR, STATED)
    told = (asked and source.rank < Source.TEMP_TRACK.rank) or prompt.only or prompt.meters or prompt.refused_genres
    if heard is not None and heard.style and not told:
        others = tuple(each for each in ranked if each.id != heard.style)
        return StyleBrief(heard.style, None, others[:5], Source.TEMP_TRACK, HEARD)
    if asked:
        sure = READ if source is not Source.CLIP_NAME else HINTED
        return StyleBrief(ranked[0].id, genre, ranked[:5], source, sure)
    because = feeling.because if feeling.source is Source.PICTURE else ()
    if feeling.sureness >= LEAST_SURE:
        return StyleBrief(ranked[0].id, None, ranked[:5], feeling.source, round(0.7 * feeling.sureness, 3), because)
    shaped = prompt.only or joining or prompt.meters or prompt.tempos or prompt.keys or prompt.refused_genres
    if shaped:
        return StyleBrief(ranked[0].id, None, ranked[:5], Source.WORDS, 0.3)
    seen = max(shown.values(), default=0.0)
    if seen >= LEAST_SHOWN:
        return StyleBrief(ranked[0].id, None, ranked[:5], Source.PICTURE, round(HINTED * seen, 3), because)
    return StyleBrief(ranked[0].id, None, ranked[:5])


def _first_that_names_a_genre(prompt: Said, shots: Sequence[Sequence[Said]]) -> tuple[Said, Source]:
    """The prompt, or else the first in rank of what is said of shots."""
    if prompt.genres:
        return prompt, prompt.source
    named = [said for of_shot in shots for said in of_shot if any(not wish.weak for wish in said.genres)]
    best = min(named, key=lambda said: said.source.rank, default=prompt)
    return best, best.source


def _instruments(prompt: Said, shots: Sequence[Sequence[Said]], conflicts: list[Conflict]) -> InstrumentsBrief:
    """Who plays in the whole piece. What single shots say stays theirs."""
    only = prompt.only
    without = tuple(name for name in prompt.without if name not in only)
    with_ = tuple(name for name in prompt.with_ if name not in without and name not in only)
    parted = asked_somewhere(prompt.parts)
    only = tuple(dict.fromkeys((*only, *parted))) if only else ()
    with_ = tuple(dict.fromkeys((*with_, *(name for name in parted if name not in only))))
    without = tuple(name for name in without if name not in parted)
    conflicts += [
        Conflict(f"without {name}", f"only {name}", "it plays alone", prompt.source)
        for name in prompt.without
        if name in only
    ]
    said = bool(only or with_ or without)
    source, sure = (prompt.source, READ) if said else (Source.DEFAULT, 0.0)
    return InstrumentsBrief(only, with_, without, source, sure, _levels(prompt, without))


def _levels(prompt: Said, without: Sequence[str]) -> tuple[PlayerLevel, ...]:
    """How loud single players are in the mix, those aside who do not play."""
    return tuple(
        PlayerLevel(wish.instrument, round(wish.change_db, 1), prompt.source, READ)
        for wish in prompt.levels
        if wish.instrument not in without
    )


def _density(prompt: Said) -> DensityBrief:
    if prompt.density is None:
        return DensityBrief()
    return DensityBrief(prompt.density, prompt.source, READ)


def _ending(request: ScoreRequest, prompt: Said) -> EndingBrief:
    if request.direction.ending is not Ending.RING_OUT:
        return EndingBrief(request.direction.ending, Source.EDITOR, STATED)
    if prompt.ending is not None:
        return EndingBrief(prompt.ending, prompt.source, READ)
    return EndingBrief(Ending.RING_OUT)


def _energy(
    request: ScoreRequest,
    prompt: Said,
    shots: Sequence[Sequence[Said]],
    feeling: Feeling,
    sights: Sequence[ShotSight],
    heard: TempTrack | None,
) -> tuple[tuple[ArcPoint, ...], tuple[ShotBrief, ...]]:
    sheet, direction = request.sheet, request.direction
    duration_s = float(sheet.duration_frames / sheet.rate)
    timed = seconds_of(prompt.arc, duration_s) if prompt.arc else []
    level = prompt.energies[-1][0] if prompt.energies and direction.energy is None else None
    energies = energies_over(
        sheet,
        direction,
        level=level,
        arousals=feeling.shot_arousals if feeling.sureness else None,
        sights=sights,
        arc=timed,
        usual=arc_of_seed(request.seed, sheet),
    )
    seen = any(sight.visual.known for sight in sights)
    usual = Source.WORDS if timed else Source.PICTURE if seen else Source.PACE
    wished = direction.shot_energies or (None,) * len(sheet.shots)
    played = (
        heard.shot_energies if heard is not None and level is None and not timed and direction.energy is None else ()
    )
    played = played if len(played) == len(energies) else (None,) * len(energies)
    changes = event_curve(sights) or (None,) * len(sheet.shots)
    playing = _players_by_shot(request, prompt)
    briefs = []
    for index, energy in enumerate(energies):
        own = _own_words(shots[index])
        level_of_shot = wished[index] if wished[index] is not None else own.energies[-1][0] if own.energies else None
        source = Source.EDITOR if wished[index] is not None else own.source if own.energies else usual
        if level_of_shot is None and played[index] is not None:
            level_of_shot, source = played[index], Source.TEMP_TRACK
        briefs.append(
            ShotBrief(
                energy=energy if level_of_shot is None else level_of_shot,
                valence=round(feeling.shot_valences[index], 3),
                from_=source,
                sureness=STATED if source is Source.EDITOR else READ if timed or own.energies else 0.4,
                only=own.only or playing[index][0],
                with_=own.with_ or playing[index][1],
                without=own.without or playing[index][2],
                change=changes[index],
            )
        )
    arc = (
        arc_points(timed, duration_s)
        if timed
        else arc_of_shots(sheet, [each.energy for each in briefs], Source.TEMP_TRACK if any(played) else usual)
    )
    return arc, tuple(briefs)


def _players_by_shot(
    request: ScoreRequest, prompt: Said
) -> list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]:
    """Only, with and without over each shot, as the prompt's parts say."""
    sheet = request.sheet
    wishes = in_turn(in_shares(prompt.parts, float(sheet.duration_frames / sheet.rate), SECONDS))
    middles = [(shot.start_frames + shot.duration_frames / 2) / sheet.duration_frames for shot in sheet.shots]
    return over_shots(wishes, middles)


def _own_words(said: Sequence[Said]) -> Said:
    """What the most deliberate words on a shot say, names of clips aside: a clip called "drums" plays no drums."""
    return next((each for each in said if each.source in (Source.WORDS, Source.MARKER)), Said())


def _of_the_shots(shots: Sequence[Sequence[Said]]) -> list[Understood]:
    return [
        understood
        for said in together([each for of_shot in shots for each in of_shot])
        for understood in said.understood
    ]
