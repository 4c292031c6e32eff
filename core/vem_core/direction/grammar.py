"""What a text asks of the music: scope of "no", "only" and "not too", then each phrase in turn."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from vem_core.contract.brief import MOST_PROMPT_CHARACTERS, Source
from vem_core.contract.errors import DirectionError
from vem_core.contract.plan import Ending
from vem_core.direction.arcs import arc_of
from vem_core.direction.atom import Atom
from vem_core.direction.atoms import read_atoms
from vem_core.direction.company import clauses
from vem_core.direction.exact import Bars
from vem_core.direction.languages import language_of
from vem_core.direction.levels import LESS_DB, MORE_DB, LevelWish, change_of
from vem_core.direction.lexicon import genres, lexicon_of, moods
from vem_core.direction.parts import PartWish, parts_of
from vem_core.direction.places import SECONDS, timed
from vem_core.direction.reach import Scopes
from vem_core.direction.scopes import scopes_of
from vem_core.direction.wishes import Draft, GenreWish, MoodWish, Said, TempoWish, joined_bounds

_STRONG, _PLAIN, _SLIGHT, _SOFT, _REFUSED = 1.3, 1.0, 0.6, 0.25, -0.35
"""What a mood weighs that is very much wanted, wanted, a little wanted, wanted but not too much, and not wanted."""


_WIDE_BLANK = "\u3000"
_ITEM = re.compile(r"[ \t]*(?:[-–—*][ \t]+|[•·・●◦▪‣＊][ \t]*|\d{1,2}[.)）][ \t]+|[①-⑳][ \t]*)")
"""What begins an item of a list, at the beginning of its line."""


def read_words(
    text: str,
    source: Source = Source.WORDS,
    labels: Mapping[str, float] | None = None,
    shots_s: Sequence[float] = (),
    bars: Bars | None = None,
    end_s: float | None = None,
) -> Said:
    """What a text asks of the music, in any of the lexicon's languages; nothing, where it asks nothing.

    `labels` are names of moments on the timeline and their seconds ("drops at the logo"), `shots_s` the seconds at
    which shots begin ("quiet until shot 9"), `bars` the bars of the music ("from bar 9"), `end_s` the length of
    the film ("the last 5 seconds"). Raises DirectionError for a text of more than MOST_PROMPT_CHARACTERS characters.
    """
    if len(text) > MOST_PROMPT_CHARACTERS:
        raise DirectionError(
            f"The words are {len(text):,} characters long; at most {MOST_PROMPT_CHARACTERS:,} are read.",
            hint="Say what the music should be in a few sentences.",
        )
    if _WIDE_BLANK in text and language_of(text) in ("zh", "ja"):  # it sets fields apart: ピアノ　ドラムなし
        text = text.replace(_WIDE_BLANK, "／")
    text = " ".join(_without_bullets(text).split())
    return _read(text, source, tuple(sorted((labels or {}).items())), tuple(shots_s), bars, end_s)


def _without_bullets(text: str) -> str:
    """A text with its lists as fields that semicolons set apart; commas under a heading: "Avoid:", "- drums"."""
    if "\n" not in text:
        return text
    lines: list[str] = []
    headed, listed = False, False  # under a line that ends in a colon; behind an item
    for line in text.splitlines():
        item = _ITEM.match(line)
        before = lines[-1].rstrip() if lines else ""
        if item is not None:
            line = line[item.end() :]
            if before.endswith((":", "：")):
                headed = True
            elif before and before[-1] not in ".!?;。！？；…,，、":
                lines[-1] = before + ("," if headed else ";")
        elif line.strip():
            headed = False
            if listed and before and before[-1] not in ".!?;:。！？；：…,，、":
                lines[-1] = before + ";"
        listed = item is not None
        lines.append(line)
    return "\n".join(lines)


def speaks_of_bars(text: str) -> bool:
    """Whether a text may name bars as places, for which the tempo has to be known first."""
    language = language_of(text)
    if language is None:
        return False
    lexicon = lexicon_of(language)
    return any(lexicon.may_begin(token, "bar", "bar_nth") for token in lexicon.tokens(text))


@functools.lru_cache(maxsize=4096)
def _read(
    text: str,
    source: Source,
    labels: tuple[tuple[str, float], ...] = (),
    shots_s: tuple[float, ...] = (),
    bars: Bars | None = None,
    end_s: float | None = None,
) -> Said:
    draft = Draft(source)
    if not text:
        return draft.finished()
    language = language_of(text)
    if language is None:
        draft.not_understood.append(text)
        return draft.finished()
    atoms = timed(read_atoms(text, language, dict(labels), shots_s, bars), end_s)
    scopes = scopes_of(atoms)
    placed = parts_of(atoms, scopes)
    scopes.spent |= placed.places
    shaped = arc_of(atoms, scopes)
    draft.arc += shaped.points
    for words in shaped.words(text):
        draft.take(words, "the arc of energy")
    of_parts = dict(placed.wishes)
    scopes.spent |= _only_scenes(atoms, scopes)
    for index in scopes.softened | scopes.raised:
        if atoms[index].is_a("instrument"):
            louder = index in scopes.raised
            scopes.changes[index] = change_of(text, atoms, index, louder=louder, language=language)
    for index, atom in enumerate(atoms):
        if index in of_parts:
            draft.parts.append(of_parts[index])
            draft.take(text[atom.start : atom.end], _part_meaning(of_parts[index]))
        elif index in scopes.doubted:
            draft.not_understood.append(text[atom.start : atom.end])
        elif atom.is_content and index not in shaped.used and index not in scopes.spent:
            _read_atom(atom, index, scopes, text[atom.start : atom.end], draft)
    _settle_solo(draft)
    draft.tempos = joined_bounds(draft.tempos)
    draft.not_understood += _unknown(text, atoms, draft)
    if draft.understood:
        idle = _idle(atoms, scopes, shaped.used | placed.places)
        draft.not_understood += [text[atoms[i].start : atoms[j].end] for i, j in idle]
    return draft.finished()


def _read_atom(atom: Atom, index: int, scopes: Scopes, words: str, draft: Draft) -> None:
    """Add what one phrase says."""
    no, soft = index in scopes.refused, index in scopes.softened
    said = scopes.phrase(index, words)
    if atom.is_a("bpm_value"):
        low, high = atom.numbers
        draft.tempos.append(TempoWish((low, high), True, said, refused=no, bound=atom.names[0] if atom.names else ""))
        draft.take(said, f"tempo {low:g} to {high:g} BPM")
    elif no and atom.is_a("key_value", "meter_value", "meter", "ending"):  # nobody says what instead
        draft.not_understood.append(words)
    elif atom.is_a("key_value"):
        draft.keys.append((atom.names[0], atom.names[1], said))
        draft.take(said, f"key {atom.names[0]} {atom.names[1]}")
    elif atom.is_a("meter_value", "meter"):
        beats = int(atom.numbers[0]) if atom.numbers else int(atom.value("meter") or 4)
        draft.meters.append((beats, said))
        draft.take(said, f"{beats} beats to the bar")
    elif atom.is_a("instrument"):
        _read_instrument(atom.value("instrument") or "", index, scopes, said, draft)
        if atom.is_a("genre") and not no and not soft:  # an ensemble whose music is a style of its own
            draft.genres.append(GenreWish(atom.value("genre") or "", said, weak=True))
    elif atom.is_a("without"):
        draft.without.append(atom.value("without") or "")
        draft.take(said, f"without {draft.without[-1]}")
    elif atom.is_a("genre"):
        describes = index in scopes.describing  # "jazzy keys" in a hip-hop loop
        _read_genre(GenreWish(atom.value("genre") or "", said, atom.is_weak or describes), draft, no=no, soft=soft)
    elif atom.is_a("tempo"):
        low, high = (float(part) for part in (atom.value("tempo") or "80-120").split("-"))
        if index in scopes.strong:  # "very fast"
            low, high = _VERY_FAST if low >= _VERY_FAST[0] - _FASTER else (low, high)
        draft.tempos.append(TempoWish((low, high), False, said, refused=no or soft, softly=soft))
        draft.take(said, _negated(f"tempo {low:g} to {high:g} BPM", no=no, soft=soft))
    elif atom.is_a("mood"):
        _read_mood(atom.value("mood") or "", index, scopes, said, draft)
    elif atom.is_a("density"):
        draft.density = float(atom.value("density") or 0.5)
        draft.density = 1 - draft.density if no or soft else draft.density
        draft.take(said, "few notes" if draft.density < 0.5 else "many notes")
    elif atom.is_a("ending"):
        draft.ending = Ending(atom.value("ending") or "ring-out")
        draft.take(said, f"ending {draft.ending.value}")
    elif atom.is_a("mode"):
        mode = atom.value("mode") or ""
        mode = _OTHER_MODES.get(mode, mode) if no else mode
        draft.keys.append(("", mode, said))
        draft.take(said, f"a {mode} key")
    elif atom.is_a("move") and no:  # "no drops": what the energy shall not do, nobody draws
        draft.not_understood.append(words)
    elif atom.is_a("level"):
        level = float(atom.value("level") or 0.5)
        draft.energies.append((min(level, 0.45) if no or soft else level, said) if level > 0.5 else
                              (max(level, 0.55) if no else level, said))  # fmt: skip
        draft.take(said, _negated(f"energy {level:g}", no=no, soft=soft))


_VERY_FAST, _FASTER = (138.0, 180.0), 24.0
"""What "very fast" stands for, BPM, and how far below it a speed lies that "very" lifts to it."""

_PLAINLY_FELT = 0.5
"""Valence, either way, from which a sure mood outweighs a scene: "gentle" does not."""


def _only_scenes(atoms: Sequence[Atom], scopes: Scopes) -> set[int]:
    """Moods in words of other trades that gainsay what is sure: of the "holiday home" of a sad film, the holiday."""
    told = {i: moods()[atom.value("mood") or ""][0] for i, atom in enumerate(atoms) if atom.is_a("mood")}
    if len(told) < 2:
        return set()
    aside = scopes.refused | scopes.softened | scopes.slight
    plain = [i for i in told if i not in aside and not atoms[i].is_weak]
    sides = {(scopes.phases.get(i, 0), told[i] > 0) for i in plain if abs(told[i]) >= _PLAINLY_FELT}
    weak = [i for i in told if atoms[i].is_weak and i not in scopes.refused]
    phases = {i: scopes.phases.get(i, 0) for i in weak}
    return {i for i in weak if (phases[i], told[i] <= 0) in sides and (phases[i], told[i] > 0) not in sides}


_OTHER_MODES = {"minor": "major", "major": "minor"}


def _read_instrument(name: str, index: int, scopes: Scopes, said: str, draft: Draft) -> None:
    if index in scopes.refused:
        draft.without.append(name)
        draft.take(said, f"without {name}")
        for earlier in (draft.only, draft.with_):
            if name in earlier:
                earlier.remove(name)
                draft.lose(name, said, "later beats earlier")
    elif index in scopes.softened:
        _read_level(LevelWish(name, scopes.changes.get(index, LESS_DB)), said, draft)
    elif index in scopes.alone:
        draft.only.append(name)
        draft.take(said, f"only {name}")
    else:
        draft.with_.append(name)
        if index in scopes.raised:
            _read_level(LevelWish(name, scopes.changes.get(index, MORE_DB)), said, draft)
        else:
            draft.take(said, f"with {name}")
        if name in draft.without:
            draft.without.remove(name)
            draft.lose(f"without {name}", said, "later beats earlier")


def _read_level(wish: LevelWish, said: str, draft: Draft) -> None:
    draft.levels.append(wish)
    draft.take(said, f"{wish.instrument} {abs(wish.change_db):g} dB {'louder' if wish.change_db > 0 else 'softer'}")


def _read_genre(wish: GenreWish, draft: Draft, *, no: bool, soft: bool) -> None:
    genre = genres()[wish.genre]
    if soft:  # "not so much techno": neither asked for nor refused
        draft.take(wish.words, _negated(f"style {wish.genre}", no=no, soft=soft))
    elif no:
        draft.refused_genres.append(wish)
        if any(earlier.genre == wish.genre for earlier in draft.genres):  # "they suggested techno; no techno, please"
            draft.genres = [earlier for earlier in draft.genres if earlier.genre != wish.genre]
            draft.lose(wish.genre, wish.words, "later beats earlier")
        draft.take(wish.words, f"no {wish.genre}")
    elif genre.beats and not genre.style:
        draft.meters.append((genre.beats, wish.words))
        draft.take(wish.words, f"{genre.beats} beats to the bar")
    else:
        draft.genres.append(wish)
        draft.take(wish.words, f"style {wish.genre}")


def _read_mood(name: str, index: int, scopes: Scopes, said: str, draft: Draft) -> None:
    no, soft = index in scopes.refused, index in scopes.softened
    weight = _PLAIN
    if index in scopes.strong:
        weight = _STRONG
    elif index in scopes.slight:
        weight = _SLIGHT
    weight = _SOFT if soft else _REFUSED if no else weight
    draft.moods.append(MoodWish(name, weight, said, scopes.phases.get(index, 0)))
    draft.take(said, _negated(f"mood {name}", no=no, soft=soft))


def _part_meaning(wish: PartWish) -> str:
    """What an instrument over a part of the piece was taken for."""
    ends = ["the start" if wish.begin == 0 else _when(wish.begin), "the end" if wish.end == 1 else _when(wish.end)]
    return f"{wish.how} {wish.instrument} from {ends[0]} to {ends[1]}"


def _when(place: float) -> str:
    return f"{place - SECONDS:g} s" if place >= SECONDS - 1 else f"{place:.0%}"


def _negated(meaning: str, *, no: bool, soft: bool) -> str:
    return f"not too much: {meaning}" if soft else f"not: {meaning}" if no else meaning


def _settle_solo(draft: Draft) -> None:
    """Where something plays alone, what else was asked to be there is heard too: "only piano and a cello"."""
    if draft.only and draft.with_:
        draft.only += [name for name in draft.with_ if name not in draft.only]
        draft.with_ = []


def _idle(atoms: Sequence[Atom], scopes: Scopes, used: set[int]) -> list[tuple[int, int]]:
    """Stretches of known words, first and last, that would say something of the music and were used for nothing.

    A time that nothing was told of, and a "no" about something of the music that it does not take out.
    """
    found = [(at, at) for at, atom in enumerate(atoms) if atom.is_a("seconds", "label") and at not in used]
    reached = scopes.refused | scopes.softened | scopes.alone | scopes.doubted
    for clause in clauses(atoms):
        if any(i in reached or i in scopes.spent or atoms[i].is_content or not atoms[i].is_known for i in clause):
            continue
        said = [i for i in clause if not atoms[i].is_a("pause", "end")]
        no = next((i for i in said if atoms[i].is_a("no", "less", "soft_no")), None)
        if no is not None and any(atoms[i].is_a("music") for i in said if i > no):
            found.append((no, said[-1]))
    return found


def _unknown(text: str, atoms: Sequence[Atom], draft: Draft) -> list[str]:
    """Stretches of words that nobody knows, as they were written."""
    found: list[str] = []
    begin: int | None = None
    end = 0
    for atom in atoms:
        if not atom.is_known or (begin is not None and not atom.is_content and not atom.is_a("pause", "end")):
            begin = atom.start if begin is None else begin
            end = atom.end if not atom.is_known else end
        elif begin is not None:
            found.append(text[begin:end])
            begin = None
    if begin is not None:
        found.append(text[begin:end])
    return [words for words in found if any(character.isalnum() for character in words)]
