"""Words of other trades: they count only in the company of music, and a text of another trade asks for nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from vem_core.direction.atom import EXACT, Atom
from vem_core.direction.lexicon import CONTENT


def clauses(atoms: Sequence[Atom]) -> list[list[int]]:
    """The indices of the atoms of each clause: what commas, full stops, "but" and "then" set apart."""
    parts: list[list[int]] = [[]]
    for index, atom in enumerate(atoms):
        if atom.is_a("pause", "end") or (atom.is_a("contrast", "then") and not atom.is_a("stop")):
            parts.append([])
            if atom.is_a("contrast", "then"):
                parts[-1].append(index)
        else:
            parts[-1].append(index)
    return [part for part in parts if part]


def in_company(atoms: list[Atom], text: str) -> list[Atom]:
    """The atoms with words of other trades made unknown where nothing around them is of music.

    A word that has company is company itself: "pop" vouches for the "rock" beside it.
    """
    sure = _without_machines(atoms, text)
    atoms = list(sure)
    spoken = any(atom.is_a("mood", "level") and not atom.is_weak for atom in atoms)
    weak = [
        (clause, place) for clause in clauses(atoms) for place in range(len(clause)) if atoms[clause[place]].is_weak
    ]
    strange = {id(clause): any(not atoms[index].is_known for index in clause) for clause, _ in weak}
    doubted = list(weak)
    for _ in range(3):
        left = []
        for clause, place in doubted:
            vouched = _is_vouched_for(sure, clause, place, spoken=spoken)
            if vouched or _has_company(sure, clause, place, strange=strange[id(clause)], text=text):
                terms = tuple(term._replace(weak=False) for term in atoms[clause[place]].terms)
                sure[clause[place]] = replace(atoms[clause[place]], terms=terms)
            else:
                left.append((clause, place))
        if len(left) == len(doubted):
            break
        doubted = left
    for clause, place in doubted:
        atom = atoms[clause[place]]
        others = tuple(term for term in atom.terms if term.kind not in CONTENT and term.kind not in EXACT)
        sure[clause[place]] = replace(atom, terms=others)
    return [_as_weak(atom, before) for atom, before in zip(sure, atoms, strict=True)]


def _without_machines(atoms: Sequence[Atom], text: str) -> list[Atom]:
    """The atoms, what is a part of a machine made unknown: "the drum of the washing machine", "car horns"."""
    kept = list(atoms)
    machines = [at for at, atom in enumerate(atoms) if atom.is_a("machine") and not atom.is_content]
    for at in machines:
        before = next((i for i in range(at - 1, max(at - 5, -1), -1) if atoms[i].is_content), None)
        if before is not None and _OF.fullmatch(text[atoms[before].end : atoms[at].start].casefold()):
            kept[before] = replace(kept[before], terms=(), is_plain=True)
        behind = next((i for i in range(at + 1, min(at + 3, len(atoms))) if atoms[i].is_content), None)
        if behind is not None and text[atoms[at].end : atoms[behind].start].strip() in _OF_BEFORE:
            kept[behind] = replace(kept[behind], terms=(), is_plain=True)
    return kept


_OF = re.compile(r"\s*(of( the| a| an| my| our)?|der|des|vom|von der|einer|eines|unserer|meiner|del|de la|de un|"
                 r"de una|de mi|de|du|de l['’]|d['’]une?|d['’]|de mon|de ma)\s*")  # fmt: skip
_OF_BEFORE = ("", "の", "的", "'s", "’s")
"""What joins a part to its machine, and a machine to its part."""


def of_music(atoms: Sequence[Atom]) -> list[Atom]:
    """The atoms of a text, those that are read only in a text about music made unknown where it is about none.

    Such are instruments, moods, levels and speeds. A text is about something else where it has a word of editing or
    offices and none about music ("the light is too cold, warm it up in the grade"); or where twice as many words are
    unknown as are of music, and no clause is known throughout ("the piano is delivered through the back door").
    """
    asked = [atom for atom in atoms if atom.is_content]
    judged = any(_is_judged_away(atoms, clause) for clause in clauses(atoms)) or _is_dropped(atoms)
    if judged:
        return list(atoms)
    if not asked or any(_is_sure(atom, sole=len(asked) == 1) for atom in atoms):
        return list(atoms)
    strange = sum(_CHARACTER if atom.script == "cjk" else 1.0 for atom in atoms if not atom.is_known)
    plain = any(
        all(atoms[i].is_known for i in clause) and any(atoms[i].is_content for i in clause) for clause in clauses(atoms)
    )
    led = any(
        _is_led(atoms, at) or is_wished_to_be_heard(atoms, at) for at, atom in enumerate(atoms) if atom.is_content
    )
    share = 2 if all(atom.is_a("instrument") for atom in asked) else 3  # unknown words for each of music
    share += any(atom.is_a("asks") and not atom.is_content for atom in atoms)  # "can I get a mandolin"
    loose = all(atom.is_a("instrument", "mood") for atom in asked) and not plain and not led
    drawn = sum(atom.is_a("level", "move") and not atom.is_weak for atom in asked)
    other = drawn < _ARC and any(_is_of_trade(atom) for atom in atoms) and not _has_a_clause_of_music(atoms)
    if not other and not (loose and strange >= share * len(asked)):
        return list(atoms)
    return [replace(atom, terms=()) if atom.is_content else atom for atom in atoms]


def _has_a_clause_of_music(atoms: Sequence[Atom]) -> bool:
    """Whether a clause says something of music and nothing else: "the shop closes for good. Sad, but dignified"."""
    return any(
        any(atoms[i].is_a("asks") and any(_is_plain_genre(atoms[j]) for j in clause if j > i) for i in clause)
        or any(_is_to_be_heard(atoms, i) for i in clause)
        or _is_judged_away(atoms, clause)
        or any(i and atoms[i - 1].is_a("arrow") and _is_plain_genre(atoms[i]) for i in clause[-1:])  # "upright -> funk"
        or (
            any(_is_said_of_music(atoms[i]) or _is_refused(atoms, i) for i in clause)
            and all(atoms[i].is_known and not _is_of_trade(atoms[i]) and not atoms[i].is_a("machine") for i in clause)
            and not atoms[clause[0]].is_a("contrast")  # "not Geigert, but Geiger: mend the caption"
        )
        for clause in clauses(atoms)
    )


def _is_to_be_heard(atoms: Sequence[Atom], at: int) -> bool:
    """ "The curator wants to hear timpani": an instrument right behind, articles aside."""
    following = next((atom for atom in atoms[at + 1 :] if not atom.is_a("determiner")), None)
    heard = atoms[at].is_a("hears") and not atoms[at].is_content
    return heard and following is not None and following.is_a("instrument") and not following.is_weak


def is_wished_to_be_heard(atoms: Sequence[Atom], at: int) -> bool:
    """ "Will im Film über den Markt ein Akkordeon hören": who wants it before, the hearing right behind."""
    if at + 1 >= len(atoms) or not atoms[at + 1].is_a("heard_after"):
        return False
    before = itertools.takewhile(lambda atom: not atom.is_a("pause", "end"), reversed(atoms[:at]))
    return any(atom.is_a("wills") for atom in before)


def _is_said_of_music(atom: Atom) -> bool:
    return atom.is_content and not atom.is_a("seconds", "label") and (not atom.is_weak or atom.is_a("key_value"))


def _is_refused(atoms: Sequence[Atom], at: int) -> bool:
    """ "Aucun cuivre": a "no" stands right before an instrument."""
    return at > 0 and atoms[at].is_a("instrument") and atoms[at - 1].is_a("no") and not atoms[at - 1].is_content


def _is_plain_genre(atom: Atom) -> bool:
    return atom.is_a("genre") and not atom.is_weak and not atom.is_a("instrument")


def _is_judged_away(atoms: Sequence[Atom], clause: Sequence[int]) -> bool:
    """ "Trombones strike us as unsuitable": a verdict stands behind an instrument, in words that are set apart."""
    such = [i for i in clause if i + 1 < len(atoms) and atoms[i + 1].is_a("such")]  # 鼓这种东西
    named = [i for i in clause if atoms[i].is_a("instrument") and (i in such or not atoms[i].is_weak)]
    verdicts = [i for i in clause if atoms[i].is_a("no_after") and not atoms[i].is_content]
    return any(v > i and (v == i + 1 or not atoms[i].script or i in such) for i in named for v in verdicts)


def _is_dropped(atoms: Sequence[Atom]) -> bool:
    """Whether "leave it out" stands behind an instrument, in a text without a word of editing that it may be about."""
    named = next((i for i, atom in enumerate(atoms) if atom.is_a("instrument") and not atom.is_weak), None)
    if named is None or any(_is_of_trade(atom) or atom.is_a("shot", "picture") for atom in atoms):
        return False
    last = {clause[-1] for clause in clauses(atoms)}
    return any(
        not atom.is_content and (atom.is_a("drop_that", "drop_both") or (at in last and atom.is_a("noun_no")))
        for at, atom in enumerate(atoms)
        if at > named
    )


def _is_of_trade(atom: Atom) -> bool:
    return atom.is_a("trade") and not atom.is_content


def _is_led(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a word that sets alone, puts in or takes out stands right before it, or right behind it."""
    before = next((atom for atom in reversed(atoms[:at]) if not atom.is_a("determiner")), None)
    behind = atoms[at + 1] if at + 1 < len(atoms) else None
    leading = (
        before is not None and before.is_a("only", "solo", "with", "no", "asks", *_BALANCING) and not before.is_content
    )
    return leading or (behind is not None and behind.is_a(*_TRAILING))


_LEADS = ("only", "solo", "with", "no", "asks", "more", "raise", "lower", "db_up", "db_down")
_TRAILING = ("only_after", "solo", "closing", "no_after", "lower_after", "raise_after", "asks")


_BALANCING = ("more", "raise", "lower", "db_up", "db_down")

_ARC = 3
"""Levels and movements that together draw an arc, whatever is spoken of besides: "the credits" may be in it."""

_CHARACTER = 0.5
"""Words that an unknown character of a script without spaces counts as."""


def _is_sure(atom: Atom, *, sole: bool) -> bool:
    """Whether it is of music whatever stands around it: a word about music, a key, a tempo, a kind of music.

    A kind of music that is all that a text names is not ("the waltz scene is not shot yet"), nor are its players ("the
    string quartet arrives at ten").
    """
    if atom.is_content:
        if atom.is_a("genre") and (sole or atom.is_a("instrument")):
            return False
        return not atom.is_weak and atom.is_a("genre", "key_value", "bpm_value", "meter_value", "meter", "without")
    return atom.is_a("music") and not atom.is_a("trade")


def _as_weak(atom: Atom, before: Atom) -> Atom:
    """An atom that was vouched for, still known to be a word of other trades."""
    return before if atom.terms and before.is_weak and atom.is_content else atom


def _is_vouched_for(atoms: Sequence[Atom], clause: Sequence[int], place: int, *, spoken: bool) -> bool:
    """Whether a clause says that it is of music, whatever else stands in it.

    An instrument beside another ("bajo con guitarra"), or a movement to somewhere in a text that speaks of moods
    ("starts calm, builds to a dance").
    """
    atom = atoms[clause[place]]
    after = atoms[clause[place + 1]] if place + 1 < len(clause) else None
    if atom.is_a("move"):
        beside = [atoms[clause[at]] for at in (place - 1, place + 1) if 0 <= at < len(clause)]
        if any(other.is_a("gradual") for other in beside):  # "gradually builds"
            return True
        return spoken and place == 0 and after is not None and after.is_a("to_word")
    if atom.is_a("tempo") and any(other.is_a("bpm_bare") and other.is_a("led") for other in atoms):
        return True  # "between 90 and 100, not too fast"
    if atom.is_a("level", "move") and _is_headed_by_a_place(atoms, clause):
        return True
    if atom.is_a("level") and spoken and after is not None and after.is_a("place"):  # "fuerte en el medio"
        return True
    if atom.is_a("meter_value") and place == 0 and any(other.is_a(*_SURE) and not other.is_weak for other in atoms):
        return True  # "6/8 for the rowing film, with a mandolin"
    if atom.is_a("instrument") and atom.script and any(each.is_a("drop_both") for each in atoms):
        return True
    others = (atoms[index] for index in clause if index != clause[place])
    return atom.is_a("instrument") and any(
        other.is_a("instrument", "genre", "key_value") and not other.is_weak for other in others
    )


_SURE = ("instrument", "genre", "key_value", "bpm_value")


def _is_headed_by_a_place(atoms: Sequence[Atom], clause: Sequence[int]) -> bool:
    """Whether a clause is what a field of a place says: "middle: strong"."""
    begin = clause[0]
    return begin > 1 and atoms[begin - 1].value("end") in (":", "：") and atoms[begin - 2].is_a("place", "seconds")


def _has_company(atoms: Sequence[Atom], clause: Sequence[int], place: int, *, strange: bool, text: str) -> bool:
    neighbours = [atoms[clause[at]] for at in (place - 1, place + 1) if 0 <= at < len(clause)]
    after = atoms[clause[place + 1]] if place + 1 < len(clause) else None
    before = atoms[clause[place - 1]] if place else None
    if any(_is_musical(neighbour) for neighbour in neighbours) or _is_judged(atoms, clause, place):
        return True
    if strange:
        if atoms[clause[place]].is_a("key_value", "meter_value") and before is not None:
            led = text[before.start : before.end].casefold() in _INTO
            if led or atoms[clause[place]].is_a("key_value"):
                return led and (after is None or after.is_known)
        opens = place == 0 and after is not None and after.is_a("stop") and not after.is_a("determiner")
        genre = atoms[clause[place]].is_a("genre")
        return genre and opens and re.match(r"\s*(for|with)\b", text[atoms[clause[place]].end :]) is not None
    some = place > 1 and before is not None and text[atoms[clause[place - 2]].start : before.end].casefold() == "de la"
    return before is None or some or not (before.is_a("determiner") and atoms[clause[place]].is_a("genre"))


_INTO = ("in", "en", "key", "of", "im")
"""What leads to a key or a metre: "in 6/8", where a date has "on"."""


def _is_judged(atoms: Sequence[Atom], clause: Sequence[int], place: int) -> bool:
    """Whether a word that puts in or takes out governs an instrument, nothing unknown behind it: "odia la batería"."""
    if not atoms[clause[place]].is_a("instrument"):
        return False
    after = atoms[clause[place + 1]] if place + 1 < len(clause) else None
    if after is not None and after.is_a("such") and any(atoms[i].is_a("no_after") for i in clause[place + 1 :]):
        return True
    behind = [atoms[index] for index in clause[place + 1 :] if not atoms[index].is_a("stop", "determiner")]
    if behind and not behind[0].is_known:
        return False
    before = [
        each
        for each in (atoms[index] for index in clause[:place])
        if not (each.is_a("determiner", "stop") and not each.is_a(*_JUDGING))
    ]
    return (bool(before) and before[-1].is_a(*_JUDGING)) or (
        bool(behind) and behind[0].is_a("no_after", "bother", "insist", "lower_after", "raise_after")
    )


_JUDGING = ("no", "no_after", "removing", "swap", "insist", "only", *_BALANCING)


_LEADING = ("music", "very", "no", "soft_no", "less", "too", "no_after", "soft_after", "less_after", "bother", "only",
            "solo", "insist", "swap", "raise", "lower", "lower_after", "raise_after")  # fmt: skip


def _is_musical(atom: Atom) -> bool:
    sure = atom.is_content and not atom.is_weak and not atom.is_a("seconds", "label")
    return atom.is_a(*_LEADING) or sure
