"""Whether a thing is wanted, beyond a plain "no": double negation, exchanges, verdicts behind it, and what is unclear.

An inverted wish is the worst that the grammar can do, so that what a sentence says of an instrument in words that
nobody knows is named as not understood, and neither put in nor taken out.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from vem_core.direction.atom import Atom
from vem_core.direction.company import clauses, is_wished_to_be_heard
from vem_core.direction.reach import Scopes, content_kind, reach

_NAMED = ("instrument", "genre")
_CHANGED = (*_NAMED, "mood")
_SMALL = ("stop", "determiner", "music")
_COLONS = (":", "：")


def turn_round(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Don't leave out the drums", "nicht ohne Schlagzeug", "别把鼓去掉": two that cancel each other."""
    for at, atom in enumerate(atoms):
        if not _is_no(atom) or not atom.is_a("no") or atom.is_a("removing") or at in scopes.spent:
            continue
        following = next((i for i in range(at + 1, len(atoms)) if not _is_small(atoms[i])), None)
        if following is None:
            continue
        if atoms[following].is_a("removing") and not atoms[following].is_content:
            scopes.spent |= {at, following}
        elif atoms[at + 1].is_a("swap") and atoms[following].is_a(*_NAMED, "swap"):  # 别把鼓去掉
            last = next((i for i in range(following + 1, min(following + 4, len(atoms)))
                         if atoms[i].is_a("removing", "no_after", "joint")), None)  # fmt: skip
            scopes.spent |= set() if last is None else {at, at + 1, last}
    _turn_back(atoms, scopes)
    for clause in clauses(atoms):
        for at in clause:
            if _is_no(atoms[at]) and at not in scopes.spent:
                scopes.spent |= _not_enough(atoms, [i for i in clause if i > at], at)
                scopes.spent |= _taken_back(atoms, [i for i in clause if i > at], atoms[at].is_a("removing"), at)


def _turn_back(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "N'enlève surtout pas le piano", "streich nicht das Klavier": a "not" right behind what takes out."""
    for at in range(len(atoms) - 2):
        verb, no = atoms[at], atoms[at + 1]
        if (
            not verb.is_a("removing")
            or verb.is_a("wide_no")
            or verb.is_content
            or verb.script
            or {at, at + 1} & scopes.spent
        ):
            continue
        following = next((i for i in range(at + 2, len(atoms)) if not atoms[i].is_a("determiner")), None)
        plain = no.is_a("no") and not no.is_a("removing", "insist") and not no.is_content
        if plain and following is not None and atoms[following].is_a(*_NAMED):
            scopes.spent |= {at, at + 1}


def _not_enough(atoms: Sequence[Atom], behind: Sequence[int], at: int) -> set[int]:
    """ "Not sad enough", "nicht traurig genug": there is to be more of it."""
    named = next((i for i in behind if atoms[i].is_content), None)
    if named is None or named + 1 not in behind or not atoms[named + 1].is_a("enough"):
        return set()
    return {at}


def _taken_back(atoms: Sequence[Atom], behind: Sequence[int], removes: bool, at: int) -> set[int]:
    """ "Vergiss das Schlagzeug nicht", "lass das Schlagzeug drin": a "no" that the end of its clause takes back."""
    named = next((i for i in behind if atoms[i].is_content), None)
    if named is None or not atoms[named].is_a(*_NAMED):
        return set()
    rest = [i for i in behind if i > named and not _is_small(atoms[i])]
    parted = len(rest) == 1 and atoms[rest[0]].is_a("no_after") and not atoms[rest[0]].is_a("no", "insist")
    if not removes and parted and not atoms[at].script:  # "don't take the piano out"
        led = any(atoms[i].is_a("mixing", "removing") for i in range(at + 1, named))
        return {at, rest[0]} if led else set()
    if not removes or len(rest) != 1:
        return set()
    if atoms[rest[0]].is_a("insist"):
        return {at}
    last = _is_no(atoms[rest[0]]) and not atoms[rest[0]].is_a("removing", "any_no")
    return {at, rest[0]} if last else set()


def exchange(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Replace the drums with a piano", "das Schlagzeug durch ein Klavier ersetzen": the one goes, the other comes."""
    for at, atom in enumerate(atoms):
        if atom.is_content or at in scopes.spent or not atom.is_a("swap", "swap_back"):
            continue
        begin, end = _sentence(atoms, at)
        changed = _CHANGED if atom.is_a("swap_back") else _NAMED  # "turns from dark to bright" draws an arc
        before = [i for i in range(begin, at) if atoms[i].is_a(*changed)]
        behind = [i for i in range(at + 1, end) if atoms[i].is_a(*changed)]
        refused = _swapped_out(atoms, at, before, behind, back=atom.is_a("swap_back"))
        if refused is not None:
            scopes.refused |= set(refused)
            scopes.spent.add(at)
            scopes.spent |= {i for i in range(begin, end) if atoms[i].is_a("joint") and not atoms[i].is_content}
            if behind and atom.is_a("swap"):  # "tausch ... gegen ... aus"
                clause = next(each for each in clauses(atoms) if at in each)
                scopes.spent |= {i for i in clause if i > behind[-1] and _is_no(atoms[i])}


def _swapped_out(
    atoms: Sequence[Atom], at: int, before: list[int], behind: list[int], *, back: bool
) -> list[int] | None:
    """What goes in an exchange at a place; None where nothing says that it is one."""
    if back and behind:  # "substitute a piano for the drums"; "in place of the drums"
        joint = _joint(atoms, behind[0], behind[-1])
        listed = _described(atoms, reach(atoms, at + 1, wide=False))
        alone = [i for i in behind if i in listed and i - 1 not in listed]  # "statt Schlagzeug Klavier"
        return [i for i in behind if i > joint] if joint is not None else alone
    if back:
        return None
    governed = bool(behind) and all(atoms[i].is_a("determiner", "stop") for i in range(at + 1, behind[0]))
    if governed and (joint := _joint(atoms, behind[0], behind[-1])) is not None:
        return [i for i in behind if i < joint]
    if before and (joint := _joint(atoms, before[0], max([at, *before]))) is not None:
        coming = content_kind(atoms[behind[0] if behind else before[-1]])
        alike = [i for i in before if content_kind(atoms[i]) == coming] or before
        joint = _joint(atoms, alike[0], max([at, *before])) or joint
        before = alike
        return [i for i in before if i < joint] if joint < before[-1] or behind else before[-1:]
    if atoms[at].is_a("changed") and not behind and _is_changed_later(atoms, before):
        return before[:1]
    if before and behind:
        return before[-1:] if at + 1 < len(atoms) and atoms[at + 1].is_a("joint") else None
    is_lead = atoms[at].is_a("joint")  # 把 and 将 lead a sentence that need not be an exchange
    return behind[:1] if governed and not is_lead else None


def _is_changed_later(atoms: Sequence[Atom], before: Sequence[int]) -> bool:
    """ "It was rock in the brief, changed to jazz": two of a kind in clauses of their own, which no "and" joins."""
    if len(before) != 2 or content_kind(atoms[before[0]]) != content_kind(atoms[before[1]]):
        return False
    between = atoms[before[0] + 1 : before[1]]
    return any(atom.is_a("pause") for atom in between) and not any(atom.is_a("swap", "joint") for atom in between)


def _described(atoms: Sequence[Atom], listed: set[int]) -> set[int]:
    """What goes, without the mood that only describes it: "instead of a sad piano"."""
    after = max(listed, default=0) + 1
    if len(listed) != 1 or not atoms[after - 1].is_a("mood") or after >= len(atoms):
        return listed
    return reach(atoms, after, wide=False) if atoms[after].is_a(*_NAMED) else listed


def _joint(atoms: Sequence[Atom], first: int, last: int) -> int | None:
    """The place between two phrases where what goes and what comes are joined."""
    return next((i for i in range(first + 1, last) if atoms[i].is_a("joint") and not atoms[i].is_content), None)


def read_labels(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Avoid: drums, choir", 禁用：鼓、人声: a "no" that heads a field refuses all that the field lists."""
    for at in range(len(atoms) - 1):
        if not _is_label(atoms, at) or at in scopes.spent:
            continue
        end = next(
            (i for i in range(at + 2, len(atoms)) if atoms[i].is_a("end") or atoms[i].value("pause") == "/"), None
        )
        scopes.refused |= {i for i in range(at + 2, end or len(atoms)) if atoms[i].is_a(*_NAMED)}
        scopes.spent.add(at)


def _is_label(atoms: Sequence[Atom], at: int) -> bool:
    """Whether it stands between the beginning of a field and a colon."""
    if not _is_no(atoms[at]) or atoms[at + 1].value("end") not in _COLONS:
        return False
    led = next((i for i in range(at - 1, -1, -1) if not _is_small(atoms[i])), None)
    apart = led is not None and atoms[at].script != "" and atoms[led].end < atoms[at].start  # 入れる:笛 入れない:鼓
    return led is None or apart or atoms[led].is_a("pause", "end")


def follow_likewise(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "The ukulele has to go, the glockenspiel too": as the clause before it."""
    parts = [part for part in clauses(atoms) if any(atoms[i].is_a("instrument", "mood", "no") for i in part)]
    for before, clause in itertools.pairwise(parts):
        named = [i for i in clause if atoms[i].is_a("instrument")]
        earlier = [i for i in before if atoms[i].is_a("instrument")]
        if not named or not earlier or not any(atoms[i].is_a("likewise") for i in clause):
            continue
        if all(atoms[i].is_a("instrument", "likewise", "pause", "end", *_SMALL) for i in clause):
            for group in (scopes.refused, scopes.softened):
                group |= set(named) if earlier[-1] in group else set()
            if earlier[-1] in scopes.doubted:
                scopes.doubted |= set(named)


def refuse_what_came_before(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Das Schlagzeug brauchen wir nicht", "la batería, no", "drums: no": a "no" with nothing behind it."""
    parts = clauses(atoms)
    for number, clause in enumerate(parts):
        for at in clause:
            headed = at + 1 < len(atoms) and atoms[at + 1].value("end") in _COLONS
            if headed or not _is_no(atoms[at]) or at in scopes.spent or reach(atoms, at + 1, wide=False) & set(clause):
                continue
            rest = [atoms[i] for i in clause if i > at]
            if any(not atom.is_known or atom.is_content or atom.is_a("music") for atom in rest):
                continue  # "a guitar will do, no more instruments"
            named = _listed_before(atoms, clause, at)
            alone = not any(atoms[i].is_content or not atoms[i].is_known for i in clause)
            verdict = atoms[at].script != "" and alone and not named  # トランペットの話もありましたが、やっぱりなしで
            if not (atoms[at].is_a("no") or verdict) or set(named[-1:]) & (scopes.refused | scopes.softened):
                continue
            if not named and alone and number:
                pronoun = atoms[at].is_a("noun_no")  # "this time we need none"
                named = _topic(atoms, parts, number) if not pronoun else [] if rest else _last_named(atoms, clause[0])
            if named:
                scopes.refused |= set(named)
                scopes.spent.add(at)


def refuse_all_of_that(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "They sent us trailer music. None of that, please": all that the sentence before names, or its own beginning."""
    for at, atom in enumerate(atoms):
        if not atom.is_a("none_of_that") or atom.is_content:
            continue
        scopes.spent.add(at)
        if ahead := reach(atoms, at + 1, wide=False):  # "nicht schon wieder Filmmusik"
            scopes.refused |= ahead
            continue
        begin, _ = _sentence(atoms, at)
        named = {i for i in range(begin, at) if atoms[i].is_a(*_CHANGED)}
        while not named and begin > 0:
            end = begin - 1
            begin, _ = _sentence(atoms, end)
            named = {i for i in range(begin, end) if atoms[i].is_a(*_CHANGED)}
        scopes.refused |= named


def _listed_before(atoms: Sequence[Atom], clause: Sequence[int], at: int) -> list[int]:
    """The instruments or kinds of music that are named last before a place, and what is joined to them."""
    found: list[int] = []
    for index in reversed([i for i in clause if i < at]):
        atom = atoms[index]
        if atom.is_a(*_NAMED):
            if found and content_kind(atom) != content_kind(atoms[found[0]]):
                break
            found.insert(0, index)
        elif atom.is_content or (found and not atom.is_a("and", "or", "determiner")) or atom.is_a("relative"):
            break
    return found


def _topic(atoms: Sequence[Atom], parts: Sequence[Sequence[int]], number: int) -> list[int]:
    """What a clause says "no" of that names nothing: "a piano, there we all agree, we don't want to hear".

    The clause before it, or one further back where nothing of music stands between; of the sentence before only where
    more is said than "no".
    """
    for place in range(number - 1, -1, -1):
        part = parts[place]
        named = [i for i in part if atoms[i].is_a(*_NAMED)]
        if not named:
            if any(atoms[i].is_content for i in part):
                return []
            continue
        closed = [i for i in range(named[-1] + 1, parts[number][0]) if atoms[i].value("end") in _FULL_STOPS]
        if place < number - 1 and (len(closed) > 1 or (closed and len(parts[number]) < _MORE_THAN_NO)):
            return []
        if place == number - 1 and _is_objected_to(atoms, part, parts[number]):
            return named[:1]
        topical = atoms[named[-1]].script and named[-1] == part[-1] and place < number - 1
        asked = any(atoms[i].is_a("with", "asks") and not atoms[i].is_a("determiner") for i in part)
        return named if _only_named(atoms, part) or (topical and not asked) else []
    return []


def _is_objected_to(atoms: Sequence[Atom], part: Sequence[int], clause: Sequence[int]) -> bool:
    """ "The cello is lovely, but no": a clause opens with a thing, and the next one says "but" and "no"."""
    opening = next((i for i in part if not _is_small(atoms[i])), part[0])
    asked = any(atoms[i].is_a("with", "asks") and not atoms[i].is_a("determiner") for i in part)
    return atoms[opening].is_a(*_NAMED) and not asked and any(atoms[i].is_a("contrast") for i in clause)


def _last_named(atoms: Sequence[Atom], at: int) -> list[int]:
    """The last thing that is named before a place, in its sentence or the one before."""
    closed = 0
    for i in range(at - 1, -1, -1):
        closed += atoms[i].value("end") in _FULL_STOPS
        if closed > 1 or atoms[i].is_a(*_NAMED):
            return [i] if closed <= 1 else []
    return []


_FULL_STOPS = (".", "!", "?", "。", "！", "？", "…")
_MORE_THAN_NO = 3
"""Phrases of a clause that says more than "no": "we need none", which may speak of the sentence before."""


def _only_named(atoms: Sequence[Atom], clause: Sequence[int]) -> bool:
    return all(atoms[i].is_a(*_NAMED, *_SMALL, "no", "pause", "end", "contrast", "range") for i in clause)


def doubt_the_unclear(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """Doubt instruments of which something is said that nobody knows: "the drums ruin it", "allergic to the drums"."""
    settled = scopes.refused | scopes.softened | scopes.raised | scopes.alone
    for clause in clauses(atoms):
        named = [i for i in clause if atoms[i].is_a("instrument") and i not in settled]
        if not named:
            continue
        if any(atoms[i].is_a("maybe") for i in clause):
            scopes.doubted |= set(named)
        left_over = [i for i in clause if _is_no(atoms[i]) and i not in scopes.spent and not _acted(atoms, i, settled)]
        for at in left_over:
            scopes.doubted |= {i for i in named if not _in_relative_clause(atoms, i, at)}
        scopes.doubted |= {i for i in named if _is_object(atoms, i) or _is_subject(atoms, i)}
        scopes.doubted -= {i for i in named if is_wished_to_be_heard(atoms, i)} - {i for i in named if left_over}
        _complain(atoms, clause, named, scopes)


def _complain(atoms: Sequence[Atom], clause: Sequence[int], named: Sequence[int], scopes: Scopes) -> None:
    """ "The guitars feel too campfire": a complaint asks for nothing; what was refused before stays so."""
    at = next((i for i in clause if i > named[0] and atoms[i].is_a("excess") and not atoms[i].is_content), None)
    behind = [i for i in clause if at is not None and i > at and (atoms[i].is_content or not atoms[i].is_known)]
    judged = [i for i in named if at is not None and i < at]
    if at is None or not behind or not judged or any(_is_no(atoms[i]) for i in clause):
        return
    refused = {atoms[i].value("instrument") for i in scopes.refused}
    for i in judged:
        (scopes.refused if atoms[i].value("instrument") in refused else scopes.doubted).add(i)


def _acted(atoms: Sequence[Atom], at: int, settled: set[int]) -> bool:
    """Whether something that a "no" may reach has been refused: forwards, or right before it."""
    forwards = atoms[at].is_a("no") and bool(reach(atoms, at + 1, wide=True))
    return forwards or bool({at - 1, at - 2, at - 3} & settled)


def _in_relative_clause(atoms: Sequence[Atom], named: int, no: int) -> bool:
    """ "Strings that don't overwhelm": the "no" is about what they do."""
    return any(atoms[i].is_a("relative") for i in range(named + 1, no))


def _is_object(atoms: Sequence[Atom], at: int) -> bool:
    """Whether an unknown word governs it: "banish those drums". One right beside it only describes it."""
    led = at - 1
    while led >= 0 and atoms[led].is_a("determiner") and not atoms[led].is_a("with", "and"):
        led -= 1
    return led < at - 1 and led >= 0 and not atoms[led].is_known and atoms[led].script == ""


def _is_subject(atoms: Sequence[Atom], at: int) -> bool:
    """Whether something unknown is said of it, as the subject: "the drums ruin it", ドラムは苦手."""
    after = atoms[at + 1] if at + 1 < len(atoms) else None
    if after is None:
        return False
    if atoms[at].script:
        beyond = atoms[at + 2] if at + 2 < len(atoms) else None
        return after.is_a("topic") and beyond is not None and not beyond.is_known
    return False


def _is_no(atom: Atom) -> bool:
    return atom.is_a("no", "no_after", "bother") and not atom.is_content and not atom.is_a("insist")


def _is_small(atom: Atom) -> bool:
    telling = atom.is_content or atom.is_a("no", "no_after", "removing", "swap", "pause", "end")
    return atom.is_a(*_SMALL) and not telling


def _sentence(atoms: Sequence[Atom], at: int) -> tuple[int, int]:
    """The first atom of the sentence around a place, and the one after its last."""
    begin = next((i + 1 for i in range(at - 1, -1, -1) if atoms[i].is_a("end")), 0)
    return begin, next((i for i in range(at + 1, len(atoms)) if atoms[i].is_a("end")), len(atoms))
