"""Who plays when: "drums only in the second half", "no strings until 0:30", "starts with a solo piano"."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from vem_core.direction.atom import Atom
from vem_core.direction.company import clauses
from vem_core.direction.places import LATE, hold_of, only_there, place_of
from vem_core.direction.reach import Scopes

_OPENING = 1 / 3
"""Where a beginning ends that says no end of its own."""

_MIDDLE = (0.35, 0.65)
_END = 0.8
"""Where an end begins that is only called so."""

WITH, WITHOUT, ONLY = "with", "without", "only"


@dataclass(frozen=True)
class PartWish:
    """An instrument over a stretch of the piece: shares, or from SECONDS on seconds."""

    instrument: str
    how: str  # WITH, WITHOUT, ONLY
    begin: float
    end: float
    elsewhere: str = ""  # WITH, WITHOUT: what is asked for in the rest of the piece; empty: nothing


@dataclass(frozen=True)
class PlacedParts:
    """What a text says of who plays when, and which atoms say it."""

    wishes: tuple[tuple[int, PartWish], ...] = ()  # with the atom that names the instrument
    places: frozenset[int] = frozenset()


def parts_of(atoms: Sequence[Atom], scopes: Scopes) -> PlacedParts:
    """The instruments that a text asks for in a part of the piece only.

    A clause says so that names instruments, one place and nothing of energy. "Quiet piano at the start" says both: the
    place is that of the quiet too.
    """
    found: list[tuple[int, PartWish]] = []
    places: set[int] = set()
    if not any(atom.is_a("instrument") for atom in atoms):
        return PlacedParts()
    parts = clauses(atoms)
    for number, clause in enumerate(parts):
        shaped = [i for i in clause if _says_energy(atoms[i])]
        sole = all(part is clause or not any(atoms[i].is_content for i in part) for part in parts)
        if shaped and not sole and not _leads_on(atoms, parts[number + 1 :]):
            continue
        if not any(atoms[i].is_a("instrument") for i in clause) or not all(
            _describes_opening(atoms, i, clause) for i in shaped
        ):
            continue
        named = [i for i in clause if atoms[i].is_a("instrument") and i not in scopes.softened | scopes.doubted]
        named = [] if _is_taken_back(atoms, named, scopes) else named
        placed = [i for i in clause if place_of(atoms[i]) is not None]
        if not placed and number and _is_a_place_alone(atoms, parts[number - 1]):
            placed = [i for i in parts[number - 1] if place_of(atoms[i]) is not None]
        if named and not placed and found and _follows(atoms, parts, number):
            last = found[-1][1]
            begin = last.end if last.begin == 0 else last.begin
            found += [(index, _from_then_on(atoms, index, begin, scopes)) for index in named]
        if not named or len(placed) != 1 or atoms[placed[0]].is_a("both_ends", "throughout"):
            continue
        begin, end = _stretch(atoms, placed[0], clause)
        if (begin, end) == (0.0, 1.0):
            continue
        for index in named:
            found.append((index, _wish(atoms, index, placed[0], begin, end, scopes)))
        places |= set() if shaped else {placed[0]}
    gone = {atoms[i].value("instrument"): i for i in sorted(scopes.refused) if i not in dict(found)}
    kept = [each for each in found if each[0] > gone.get(atoms[each[0]].value("instrument"), -1)]
    return PlacedParts(tuple(kept), frozenset(places))  # "first I thought of a bassoon, no, no bassoon"


def _is_taken_back(atoms: Sequence[Atom], named: Sequence[int], scopes: Scopes) -> bool:
    """Whether a clause first asks for a player and then refuses it: "guitar at the start, no, no guitar"."""
    refused = {atoms[i].value("instrument"): i for i in named if i in scopes.refused}
    return any(i < refused.get(atoms[i].value("instrument"), -1) and i not in scopes.refused for i in named)


def _follows(atoms: Sequence[Atom], parts: Sequence[Sequence[int]], number: int) -> bool:
    """Whether a clause goes on where the one before ends: "then drums", "strings later"."""
    clause, before = parts[number], parts[number - 1]
    following = parts[number + 1] if number + 1 < len(parts) else []
    later = bool(following) and atoms[following[0]].is_a("then") and not any(atoms[i].is_content for i in following)
    told = any(atoms[i].is_a("instrument") for i in before) or not any(atoms[i].is_content for i in before)
    return told and (atoms[clause[0]].is_a("then") or later)


def _from_then_on(atoms: Sequence[Atom], index: int, begin: float, scopes: Scopes) -> PartWish:
    name = atoms[index].value("instrument") or ""
    if index in scopes.refused:
        return PartWish(name, WITHOUT, begin, 1.0, WITH)
    return PartWish(name, ONLY, begin, 1.0) if index in scopes.alone else PartWish(name, WITH, begin, 1.0, WITHOUT)


def _says_energy(atom: Atom) -> bool:
    return atom.is_a("level", "move", "size", "tempo") and not atom.is_a("instrument")


def _leads_on(atoms: Sequence[Atom], later: Sequence[Sequence[int]]) -> bool:
    """Whether a "then" brings other players: "quiet piano at the start, then drums"."""
    clause = later[0] if later else []
    plain = bool(clause) and not any(_says_energy(atoms[i]) for i in clause)
    return plain and atoms[clause[0]].is_a("then") and any(atoms[i].is_a("instrument") for i in clause)


def _describes_opening(atoms: Sequence[Atom], at: int, clause: Sequence[int]) -> bool:
    """ "Quiet piano at the start": a level right beside a player whose clause is about the beginning."""
    beside = any(i in clause and atoms[i].is_a("instrument") for i in (at - 1, at + 1))
    places = [place_of(atoms[i]) for i in clause if place_of(atoms[i]) is not None]
    return beside and atoms[at].is_a("level") and places == [0.0]


def _is_a_place_alone(atoms: Sequence[Atom], clause: Sequence[int]) -> bool:
    """Whether a clause names a place and nothing else: "in the second half, drums"."""
    placed = [i for i in clause if place_of(atoms[i]) is not None]
    return len(placed) == 1 and not any(
        atoms[i].is_content or atoms[i].is_a("music", "trade") or not atoms[i].is_known
        for i in clause
        if i not in placed
    )


def _stretch(atoms: Sequence[Atom], at: int, clause: Sequence[int]) -> tuple[float, float]:
    """Where the stretch begins and ends that a place stands for."""
    place, hold = place_of(atoms[at]) or 0.0, _hold(atoms, at)
    if atoms[at].is_a("first_half", "second_half"):
        place = 0.5
    if len(atoms[at].numbers) > 1 and 0 < atoms[at].numbers[1] < float("inf") and atoms[at].share is None:
        return place, place - atoms[at].numbers[0] + atoms[at].numbers[1]
    if hold == "until":
        return 0.0, LATE if place == 1 else place
    if place == 0:
        return 0.0, _OPENING
    enters = any(atoms[i].is_a("enter") for i in clause)
    if hold == "since" or atoms[at].is_a("seconds", "label") or enters:
        return min(place, _END) if place <= 1 else place, 1.0
    return _MIDDLE if place == sum(_MIDDLE) / 2 else (min(place, _END), 1.0) if place >= 0.6 else (0.0, place)


def _hold(atoms: Sequence[Atom], at: int) -> str:
    """As `hold_of`; the end too is where something may last until: "no drums before the end"."""
    before = next((atoms[i] for i in range(at - 1, -1, -1) if not atoms[i].is_a("determiner")), None)
    ends = place_of(atoms[at]) == 1 and before is not None and before.is_a("until") and not before.is_content
    return "until" if ends else hold_of(atoms, at)


def _wish(atoms: Sequence[Atom], index: int, at: int, begin: float, end: float, scopes: Scopes) -> PartWish:
    name = atoms[index].value("instrument") or ""
    opening = begin == 0 and not _hold(atoms, at)
    if index in scopes.refused:
        return PartWish(name, WITHOUT, begin, end, WITH if _hold(atoms, at) else "")
    if index in scopes.alone and not _only_then(atoms, index, at):
        return PartWish(name, ONLY, begin, end)
    return PartWish(name, WITH, begin, end, "" if opening else WITHOUT)


def _only_then(atoms: Sequence[Atom], index: int, at: int) -> bool:
    """Whether an "only" is about the place rather than the player: "drums only in the second half"."""
    if place_of(atoms[at]) == 0:  # "solo al principio"
        return False
    if only_there(atoms, at):
        return True
    between = range(min(index, at) + 1, max(index, at))
    return index < at and any(
        atoms[i].is_a("only") and all(_is_small(atoms[j]) for j in range(i + 1, at)) for i in between
    )


def _is_small(atom: Atom) -> bool:
    return atom.is_a("stop", "determiner", "since", "until", "from_word") and not atom.is_content


def over_shots(
    wishes: Sequence[PartWish], middles: Sequence[float]
) -> list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]:
    """Who plays over each shot: only, with, without; `middles` of the shots as shares of the piece."""
    found = []
    for middle in middles:
        said: dict[str, list[str]] = {ONLY: [], WITH: [], WITHOUT: []}
        for wish in wishes:
            how = wish.how if wish.begin <= middle < wish.end else wish.elsewhere
            if how:
                said[how].append(wish.instrument)
        inside = {*said[ONLY], *said[WITH]}
        found.append((
            tuple(dict.fromkeys(said[ONLY])),
            tuple(dict.fromkeys(name for name in said[WITH] if name not in said[ONLY])),
            tuple(dict.fromkeys(name for name in said[WITHOUT] if name not in inside)),
        ))  # fmt: skip
    return found


def asked_somewhere(wishes: Sequence[PartWish]) -> tuple[str, ...]:
    """The instruments that are heard in some part of the piece."""
    return tuple(dict.fromkeys(wish.instrument for wish in wishes if {wish.how, wish.elsewhere} & {WITH, ONLY}))


def in_shares(wishes: Sequence[PartWish], end_s: float, seconds: float) -> list[PartWish]:
    """The wishes with times that were left in seconds, which have `seconds` added, as shares of a film that long."""

    def share(place: float) -> float:
        return min(max((place - seconds) / end_s, 0.0), 1.0) if place >= seconds - 1 else place

    return [PartWish(w.instrument, w.how, share(w.begin), share(w.end), w.elsewhere) for w in wishes]


def in_turn(wishes: Sequence[PartWish]) -> list[PartWish]:
    """The wishes with each opening drawn out to where the next part begins: "piano first, drums from the middle"."""
    begins = sorted({wish.begin for wish in wishes if wish.begin > 0})
    following = dict(itertools.pairwise([0.0, *begins]))
    return [
        PartWish(w.instrument, w.how, 0.0, following.get(0.0, w.end), w.elsewhere)
        if w.begin == 0 and w.end == _OPENING
        else w
        for w in wishes
    ]
