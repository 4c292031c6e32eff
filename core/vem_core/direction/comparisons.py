"""What one thing takes the place of: "rather strings than brass", "it was sad, it should be hopeful"."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from vem_core.direction.atom import Atom
from vem_core.direction.company import clauses
from vem_core.direction.reach import Scopes, content_kind, reach


def leave_behind(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "From jazz to techno": a piece is of one kind; whether the first is to be heard at all, nobody can tell."""
    for at, atom in enumerate(atoms):
        if not atom.is_a("from_word") or atom.is_content:
            continue
        first = next((i for i in range(at + 1, len(atoms)) if not atoms[i].is_a("determiner")), None)
        if first is None or not atoms[first].is_a("genre") or first + 1 >= len(atoms):
            continue
        last = next((i for i in range(first + 2, len(atoms)) if not atoms[i].is_a("determiner")), None)
        if atoms[first + 1].is_a("to_word") and last is not None and atoms[last].is_a("genre"):
            scopes.doubted.add(first)


def compare(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Rather strings than brass" refuses the brass, "more piano than strings" wants fewer strings."""
    for clause in clauses(atoms):
        led = "prefer" if any(atoms[i].is_a("favoured") for i in clause) else None  # "marimba over bells any day"
        spoken = _opens_with_better_than(atoms, clause)  # something of music since
        for index in clause:
            atom = atoms[index]
            if led == "verb" and spoken and atom.is_a("prefer_joint"):
                reached = _named_right_after(atoms, index)
                scopes.refused |= reached
                scopes.spent |= {index} if reached else set()
            elif atom.is_a("prefer_verb"):
                led = "verb"
            elif atom.is_a("prefer", "more"):
                led = "prefer" if atom.is_a("prefer") else led or "more"
            elif atom.is_a("than") and led and spoken and not atom.is_content:
                reached = _named_right_after(atoms, index)
                scopes.spent |= {index} if reached else set()
                gentle = {i for i in reached if led == "more" and atoms[i].is_a("instrument")}
                kept = any(each.is_a("insist") for each in atoms[index:])  # "but keep both"
                scopes.softened |= set() if kept else gentle
                scopes.refused |= reached - gentle
            elif atom.is_a("than_after") and index - 1 in clause and _beats(atoms, clause, index):
                scopes.refused |= {index - 1} if atoms[index - 1].is_a("instrument", "genre", "mood") else set()
            spoken = spoken or atom.is_content


def _named_right_after(atoms: Sequence[Atom], at: int) -> set[int]:
    """What a "than" reaches: only where nothing but small words stands between."""
    for index in range(at + 1, len(atoms)):
        if atoms[index].is_content:
            return reach(atoms, index, wide=False)
        if not atoms[index].is_a("determiner", "stop") or atoms[index].is_a("with", "pause"):
            break
    return set()


def _opens_with_better_than(atoms: Sequence[Atom], clause: Sequence[int]) -> bool:
    """ "A bossa would be | better than techno": the clause goes on with what stands before it."""
    opens = len(clause) > 1 and atoms[clause[0]].is_a("prefer") and atoms[clause[1]].is_a("than")
    return opens and clause[0] > 0 and any(atom.is_content for atom in atoms[: clause[0]])


def _beats(atoms: Sequence[Atom], clause: Sequence[int], at: int) -> bool:
    """Whether something beats what stands before a "than": テクノよりむしろボサノバ, ボサノバのほうがテクノより."""
    behind = itertools.takewhile(lambda atom: not atom.is_a("pause", "end"), atoms[at + 1 :])
    favoured = any(index < at and atoms[index].is_a("favoured") for index in clause)
    return favoured or any(atom.is_content for atom in behind)


def overcome(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "It was sad, it should be hopeful", "hopeful over sad": the mood that another one takes the place of."""
    refused = scopes.refused | scopes.softened | scopes.doubted
    for clause in clauses(atoms):
        led = False
        for at in clause:
            atom = atoms[at]
            later = any(atoms[i].is_a("mood") and i not in refused for i in range(clause[-1] + 1, len(atoms)))
            if led and atom.is_a("mood") and later:
                scopes.refused.add(at)
            changed = atom.is_a("from_mark") and any(atoms[i].is_a("changed") for i in clause if i > at)
            if changed:  # 楽しい曲から切ない曲に変えて
                scopes.refused |= {i for i in clause if i < at and atoms[i].is_a("mood", "genre", "instrument")}
            led = atom.is_a("past") or (led and atom.is_a("determiner", "very", "slightly", "too", "stop"))
            over = atom.is_a("prefer_joint") and atom.is_a("than") and not atom.is_content
            if over and {at - 1, at + 1} <= set(clause) and all(atoms[i].is_a("mood") for i in (at - 1, at + 1)):
                scopes.refused.add(at + 1)


def correct(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Piano, no wait, guitar": what comes behind takes the place of what it corrects."""
    for at, atom in enumerate(atoms):
        corrects = atom.is_a("correction") or _is_a_no_alone(atoms, at)
        if not corrects or atom.is_content or at in scopes.spent:
            continue
        after = next((i for i in range(at + 1, len(atoms)) if atoms[i].is_content or atoms[i].is_a("end")), None)
        before = next((i for i in range(at - 1, -1, -1) if atoms[i].is_content), None)
        if after is None or before is None or atoms[before].is_a("end"):
            continue
        kind = content_kind(atoms[after])
        corrected = kind in ("instrument", "genre", "mood") and kind == content_kind(atoms[before])
        corrected = corrected and not _joins(atoms, at, after)
        if corrected and atoms[before].value(kind) != atoms[after].value(kind):
            scopes.refused.add(before)
        scopes.spent.add(at)


def _joins(atoms: Sequence[Atom], correction: int, after: int) -> bool:
    """ "Piano. Oh wait, a cello too", やっぱりフルートも: what comes behind joins what stands before it."""
    end = next((i for i in range(after, len(atoms)) if atoms[i].is_a("pause", "end") and i > after), len(atoms))
    clause = atoms[correction + 1 : end]
    also = any(atom.is_a("also", "likewise") and not atom.is_content for atom in clause)
    return also and not any(atom.is_a("no", "no_after", "drop_that", "bother") for atom in clause)


def _is_a_no_alone(atoms: Sequence[Atom], at: int) -> bool:
    """ "Cálido, no, mejor tenso": a "no" between two commas, or behind a "but"."""
    inside = 0 < at < len(atoms) - 1 and atoms[at].is_a("no")
    return inside and atoms[at - 1].is_a("pause", "contrast") and atoms[at + 1].is_a("pause")


def leave_the_picture(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "The picture is cheerful, the music should be scary": what the picture is like is no wish for the music."""
    parts = clauses(atoms)
    felt = [{i for i in part if atoms[i].is_a("mood")} for part in parts]
    for part, own in zip(parts, felt, strict=True):
        others = any(each - scopes.refused for each in felt if each is not own)
        shown = any(atoms[i].is_a("picture") for i in part) and not any(atoms[i].is_a("music") for i in part)
        if own and others and shown:
            scopes.doubted |= own - scopes.refused


def leave_the_reason(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "No piano, because the bride is a pianist": in a reason nobody asks for what has been decided elsewhere."""
    for at, atom in enumerate(atoms):
        if not atom.is_a("because") or atom.is_content:
            continue
        end = next((i for i in range(at + 1, len(atoms)) if atoms[i].is_a("pause", "end")), len(atoms))
        reason = {i for i in range(at + 1, end) if atoms[i].is_a("instrument", "genre")}
        decided = {
            _named(atoms[i]) for i in range(len(atoms)) if atoms[i].is_a("instrument", "genre") and i not in reason
        }
        scopes.spent |= {i for i in reason if _named(atoms[i]) in decided} - scopes.refused


def _named(atom: Atom) -> str | None:
    return atom.value("instrument", "genre")
