"""More or less of one player: "less drums", "more piano", "strings louder", "the bass a bit lower in the mix"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from vem_core.contract.brief import MOST_LOUDER_DB, MOST_SOFTER_DB
from vem_core.direction.atom import Atom
from vem_core.direction.company import clauses
from vem_core.direction.lexicon import lexicon_of
from vem_core.direction.places import place_of
from vem_core.direction.reach import Scopes, reach
from vem_core.direction.tokens import Token

LESS_DB, MORE_DB = -6.0, 4.0
"""What "less" and "more" of a player come to: clearly softer, and as loud as the mix bears."""

LITTLE, MUCH = 0.5, 1.75
"""Times as much: "a bit less", "much more"."""

_DECIBELS = ("db", "decibel", "decibels", "dezibel", "decibeles", "decibelios", "decibelio", "分贝", "デシベル")
_MINUS, _PLUS = ("-", "−", "–"), ("+",)


@dataclass(frozen=True)
class LevelWish:
    """How much louder a player shall be, dB; softer below 0."""

    instrument: str
    change_db: float


def match_decibels(tokens: Sequence[Token], at: int) -> tuple[int, str, float] | None:
    """ "-3 dB", "2.5 dB": how many tokens it has, "db_down", "db_up" or, without a sign, "db", and the size."""
    signed = tokens[at].text in (*_MINUS, *_PLUS)
    number = at + signed
    if number + 1 >= len(tokens) or not tokens[number].is_number:
        return None
    for length in (1, 2, 4):  # a token is a character in some scripts
        unit = "".join(token.text for token in tokens[number + 1 : number + 1 + length])
        if unit in _DECIBELS:
            kind = "db" if not signed else "db_down" if tokens[at].text in _MINUS else "db_up"
            return signed + 1 + length, kind, float(tokens[number].text.replace(",", "."))
    return None


def balance_players(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """Find who shall be louder or softer: before, behind and around their names.

    A clause that names a place or two levels draws an arc instead ("strings quieter at the end").
    """
    for clause in _fields(atoms):
        named = [i for i in clause if atoms[i].is_a("instrument")]
        if named and not any(_draws_an_arc(atoms[i]) for i in clause):
            for at in clause:
                if at not in scopes.spent and at not in named:
                    _balance(atoms, at, clause, scopes)


def _fields(atoms: Sequence[Atom]) -> list[list[int]]:
    """The clauses; what a colon introduces is one with the player that stands before it: "drums: quieter"."""
    fields: list[list[int]] = []
    for clause in clauses(atoms):
        headed = clause[0] > 0 and atoms[clause[0] - 1].value("end") in _COLONS
        if headed and fields and not any(atoms[i].is_a("instrument") for i in clause):
            fields[-1] = [*fields[-1], *clause]
        else:
            fields.append(clause)
    return fields


def _draws_an_arc(atom: Atom) -> bool:
    return place_of(atom) is not None or (atom.is_a("move") and not atom.is_a(*_ACTING))


def _balance(atoms: Sequence[Atom], at: int, clause: Sequence[int], scopes: Scopes) -> None:
    for sign, before, behind, bare in _SIGNS:
        found = _ahead(atoms, at, clause, scopes) if atoms[at].is_a(*before) else set()
        if not found and atoms[at].is_a(*behind, bare):
            plain = atoms[at].is_a(*behind) or _is_of_a_mixer(atoms, at, clause)
            found = _behind(atoms, at, clause, scopes) if plain else set()
            scopes.spent |= {i for i in clause if found and i < at and atoms[i].is_a("mixing")}
        if found:
            (scopes.softened if sign < 0 else scopes.raised).update(found)
            scopes.spent.add(at)
            return


_COLONS = (":", "：")
_ACTING = ("lower", "lower_after", "raise", "raise_after", "more", "up", "down")
_SIGNS = (
    (-1, ("lower", "db_down"), ("lower_after", "db_down"), "down"),
    (1, ("more", "raise", "db_up"), ("raise_after", "db_up"), "up"),
)
_BETWEEN = ("determiner", "stop", "slightly", "very", "too", "music", "enough", "with", "asks", "past", "mixing", "db")


def _ahead(atoms: Sequence[Atom], at: int, clause: Sequence[int], scopes: Scopes) -> set[int]:
    """The players right behind a word, and those that are listed with them."""
    first = next((i for i in clause if i > at and not _is_between(atoms[i])), None)
    if first is None or not atoms[first].is_a("instrument") or _is_refused_before(atoms, at, clause):
        return set()
    return {i for i in reach(atoms, first, wide=False) if atoms[i].is_a("instrument")} - _settled(scopes)


def _behind(atoms: Sequence[Atom], at: int, clause: Sequence[int], scopes: Scopes) -> set[int]:
    """The players that a clause names last before a word, and those that are listed with them."""
    found: set[int] = set()
    for i in reversed([i for i in clause if i < at]):
        if atoms[i].is_a("instrument"):
            found.add(i)
            continue
        loose = atoms[i].script and not atoms[i].is_content  # a particle, which nobody knows either
        joins = atoms[i].is_a("and", "or", "determiner") if found else loose or _is_between(atoms[i])
        if not joins:
            break
    return found - _settled(scopes)


def _is_between(atom: Atom) -> bool:
    return atom.is_a(*_BETWEEN) and not atom.is_content and not atom.is_a("no", "soft_no")


def _is_refused_before(atoms: Sequence[Atom], at: int, clause: Sequence[int]) -> bool:
    """ "No more drums", "ne veut plus entendre de guitare"."""
    before = itertools.takewhile(lambda i: not atoms[i].is_content, reversed([i for i in clause if i < at]))
    return any(atoms[i].is_a("no", "soft_no") and not atoms[i].is_a("insist") for i in before)


def _settled(scopes: Scopes) -> set[int]:
    return scopes.refused | scopes.softened | scopes.raised | scopes.alone | scopes.doubted


def _is_of_a_mixer(atoms: Sequence[Atom], at: int, clause: Sequence[int]) -> bool:
    """Whether an "up", "down" or "back" is a fader's: behind "turn" or "bring", or at the end of its clause."""
    if any(i < at and atoms[i].is_a("mixing") for i in clause):
        return True
    rest = [atoms[i] for i in clause if i > at]
    return all(atom.is_known and not atom.is_content and not atom.is_a("no", "with") for atom in rest)


def change_of(text: str, atoms: Sequence[Atom], index: int, *, louder: bool, language: str) -> float:
    """By how many dB a player shall change: "a bit" and "much" count, and so does a number of decibels."""
    begin, end = _around(atoms, index)
    told = next((atom.numbers[0] for atom in atoms if atom.is_a(*_TOLD) and begin <= atom.start < end), None)
    if told is not None:
        return min(told, MOST_LOUDER_DB) if louder else -min(told, MOST_SOFTER_DB)
    around = text[begin:end].casefold()
    lexicon = lexicon_of(language)
    scale = LITTLE if _says(around, lexicon.by_little) else MUCH if _says(around, lexicon.by_much) else 1.0
    return (MORE_DB if louder else LESS_DB) * scale


_TOLD = ("db", "db_down", "db_up")


def _around(atoms: Sequence[Atom], index: int) -> tuple[int, int]:
    """A player's clause as far as no other player is named, characters [start, end) of the text."""
    clause = next(each for each in _fields(atoms) if index in each)
    place = clause.index(index)
    before = next((i for i in reversed(clause[:place]) if atoms[i].is_a("instrument")), None)
    after = next((i for i in clause[place + 1 :] if atoms[i].is_a("instrument")), None)
    begin = atoms[clause[0]].start if before is None else atoms[before].end
    return begin, atoms[clause[-1]].end if after is None else atoms[after].start


def _says(words: str, phrases: Sequence[str]) -> bool:
    """Whether one of some phrases stands in words; whole, where the script sets words apart."""
    return any(
        each in words if each[0] >= _FIRST_CJK else re.search(rf"\b{re.escape(each)}\b", words) for each in phrases
    )


_FIRST_CJK = "\u3000"
