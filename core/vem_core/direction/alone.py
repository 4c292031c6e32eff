"""What plays alone: "only strings", "nothing but piano", "cello and piano, nothing else"."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from vem_core.direction.atom import Atom
from vem_core.direction.reach import Scopes, reach

_THROUGH = ("stop", "music", "determiner", "very", "slightly", "and", "or", "with")


def except_from_nothing(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "No instruments except guitar", "ピアノ以外はなし": what is excepted from nothing plays alone."""
    for at, atom in enumerate(atoms):
        if atom.is_content or not atom.is_a("except", "except_after", "all_but"):
            continue
        if atom.is_a("all_but"):  # "remove everything but the piano"
            kept = reach(atoms, at + 1, wide=False)
            nothing = _removal_beside(atoms, at, kept)
        elif atom.is_a("except"):
            kept = reach(atoms, at + 1, wide=False)
            nothing = _bare_no(atoms, at, -1) or (_nothing_behind(atoms, max(kept)) if kept else set())
        else:
            kept = _instruments_from(atoms, at - 1, -1, scopes)
            nothing = _bare_no(atoms, at, 1) or _bare_no(atoms, min(kept, default=at), -1)  # 不要钢琴以外的乐器
        if nothing and any(atoms[index].is_a("instrument") for index in kept):
            scopes.alone |= {index for index in kept if atoms[index].is_a("instrument")}
            scopes.spent |= nothing | {at}


def _nothing_behind(atoms: Sequence[Atom], last: int) -> set[int]:
    """The "no" behind what is excepted, or a phrase that means nothing else."""
    closing = last + 1 < len(atoms) and atoms[last + 1].is_a("closing", "only_after")
    return {last + 1} if closing else _bare_no(atoms, last, 1)


def _removal_beside(atoms: Sequence[Atom], at: int, kept: set[int]) -> set[int]:
    """What takes out, close before "everything but" or behind what it keeps: "alles raus außer Klavier"."""
    before = [i for i in range(max(at - 3, 0), at) if atoms[i].is_a("no", "no_after", "removing")]
    first, last = max(kept, default=at) + 1, len(atoms)
    behind = [i for i in range(first, min(first + 2, last)) if atoms[i].is_a("no_after")]
    return set(before or behind)


def _bare_no(atoms: Sequence[Atom], at: int, step: int) -> set[int]:
    """The "no" within a few phrases that no phrase of music parts from here, and what excepts beside it."""
    found: set[int] = set()
    for index in range(at + step, at + 7 * step, step):
        if not 0 <= index < len(atoms) or atoms[index].is_content or atoms[index].is_a("end"):
            break
        if atoms[index].is_a("except", "except_after"):
            found.add(index)
        elif _ends_in_nothing(atoms, index, step):
            return found | {index}
    return set()


def _ends_in_nothing(atoms: Sequence[Atom], at: int, step: int) -> bool:
    """Whether a "no" stands here that reaches nothing else, or, looking forwards, a phrase that means nothing else."""
    if step > 0 and atoms[at].is_a("closing"):
        return True
    return atoms[at].is_a("no", "no_after", "removing") and (step < 0 or not reach(atoms, at + 1, wide=False))


def set_alone(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """What plays alone: "only strings", "solo piano", "piano seul", "ストリングスだけ"."""
    for at, atom in enumerate(atoms):
        if atom.is_content or not atom.is_a("only", "only_after", "solo") or at in scopes.spent:
            continue
        if atom.is_a("single") and _is_refused(atoms, at):  # "I do not want to hear a single ukulele"
            scopes.refused |= _instruments_from(atoms, at + 1, 1, scopes)
            continue
        ahead = _instruments_from(atoms, at + 1, 1, scopes) if atom.is_a("only", "solo") else set()
        behind = _instruments_from(atoms, at - 1, -1, scopes) if atom.is_a("only_after", "solo") else set()
        if behind and atom.is_a("no_after") and not is_led_by_with(atoms, min(behind)):
            continue  # "la percusión me sobra": it is too much; "con un piano me sobra": it is enough
        if ahead:
            scopes.alone |= ahead
        elif behind and not _is_a_feature(atoms, at, min(behind)):
            scopes.alone |= behind


def _is_refused(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a "no" stands before a place, in its clause, with nothing of music between."""
    before = itertools.takewhile(
        lambda atom: not (atom.is_content or atom.is_a("pause", "end", "contrast")), reversed(atoms[:at])
    )
    return any(atom.is_a("no") for atom in before)


def close(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Cello and piano, nothing else": the instruments that the sentence has named so far play alone."""
    for at, atom in enumerate(atoms):
        if not atom.is_a("closing"):
            continue
        begin = next((index for index in range(at - 1, -1, -1) if atoms[index].is_a("end")), -1)
        named = {index for index in range(begin + 1, at) if atoms[index].is_a("instrument")}
        if not any(atoms[index].is_content for index in range(begin + 1, at)):  # "Cello. That's it."
            opens = next((index for index in range(begin - 1, -1, -1) if atoms[index].is_a("end")), -1)
            named |= {index for index in range(opens + 1, max(begin, 0)) if atoms[index].is_a("instrument")}
        gone = {atoms[i].value("instrument") for i in scopes.refused if i < at}  # "guitar, no guitar after all"
        named = {i for i in named if atoms[i].value("instrument") not in gone}
        scopes.alone |= named - scopes.refused - scopes.softened


def _instruments_from(atoms: Sequence[Atom], at: int, step: int, scopes: Scopes) -> set[int]:
    """The instruments in a row from here, in one direction, up to something else that is said."""
    found: set[int] = set()
    passed = False  # something between the word and its instruments
    while 0 <= at < len(atoms):
        atom = atoms[at]
        if atom.is_a("instrument") and at not in scopes.refused:
            found.add(at)
        elif step > 0 and (atom.is_a("mood") or _describes(atoms, at)):
            pass
        elif atom.is_content or atom.is_a("pause", "end", "contrast", "then", "no", "no_after") or not atom.is_known:
            introduced = step > 0 and not found and atom.value("end") == ":"  # "the only instrument: piano"
            if not introduced and not (atom.is_a("pause") and atom.is_a("and") and found):
                break
        elif (
            not atom.is_a(*_THROUGH)
            or (step < 0 and not found and atom.is_a("and", "with"))
            or (step > 0 and passed and atom.is_a("with") and not atom.is_a("and"))
        ):
            break
        passed = True
        at += step
    return found


def _describes(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a phrase says how the instrument right behind it is: "just a bare guitar", "only slow strings"."""
    after = atoms[at + 1] if at + 1 < len(atoms) else None
    return after is not None and after.is_a("instrument") and atoms[at].is_a("density", "level", "tempo", "size")


def _is_a_feature(atoms: Sequence[Atom], solo: int, first: int) -> bool:
    """Whether a "guitar solo" is one among others: "a rock track with a guitar solo", "a sax solo over drums"."""
    led = any(atom.is_a("with") for atom in atoms[max(first - 3, 0) : first])
    others = any(atom.is_a("instrument") for index, atom in enumerate(atoms) if not first <= index <= solo)
    genre = any(atom.is_a("genre") for atom in atoms)
    return atoms[solo].is_a("solo") and genre and (led or others)


def is_led_by_with(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a "with" stands before a place, in its clause."""
    before = itertools.takewhile(lambda atom: not atom.is_a("pause", "end"), reversed(atoms[:at]))
    return any(atom.is_a("with") for atom in before)
