"""What a refusal refers back to: "there's a trumpet in the temp. Lose it", "les deux, non", 这两样都拿掉."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from vem_core.direction.atom import Atom
from vem_core.direction.company import clauses
from vem_core.direction.reach import Scopes

_NAMED = ("instrument", "genre")


def refuse_what_is_meant(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """Refuse what "it", "them" or "both" stands for: what was named last, in an earlier clause or its own."""
    parts = clauses(atoms)
    for number, clause in enumerate(parts):
        at = next((i for i in clause if _drops(atoms[i]) and i not in scopes.spent), None)
        if at is None or any(atoms[i].is_content or not atoms[i].is_known for i in clause if i > at):
            continue
        both = atoms[at].is_a("drop_both")
        named = _named_last(atoms, [*parts[:number], [i for i in clause if i < at]], both=both)
        if not named and atoms[at].is_a("not_here") and number + 1 < len(parts):  # "not in my film, jazz"
            follows = _is_named_alone(atoms, parts[number + 1])
            named = list(parts[number + 1]) if follows else []
        headed = at + 1 < len(atoms) and atoms[at + 1].value("end") in (":", "：")
        if headed and number + 1 < len(parts):  # "darauf können wir verzichten: Harfe"
            named = [i for i in parts[number + 1] if atoms[i].is_a(*_NAMED)] or named
        refused = {atoms[i].value(*_NAMED) for i in named if i not in scopes.alone}
        again = [i for part in parts[number + 1 :] for i in part if _is_named_alone(atoms, part)]
        named += [i for i in again if atoms[i].value(*_NAMED) in refused]  # "it must not appear: yes, the piano"
        scopes.refused |= {i for i in named if atoms[i].is_a(*_NAMED)} - scopes.alone
        scopes.spent.add(at)
    _refuse_behind_asides(atoms, parts, scopes)
    _refuse_topics(atoms, parts, scopes)


def _refuse_topics(atoms: Sequence[Atom], parts: Sequence[Sequence[int]], scopes: Scopes) -> None:
    """鼓,这支片里一下都不许出现: a clause that is a name and no more, and one that ends in a verdict alone."""
    for before, clause in itertools.pairwise(parts):
        named = [i for i in before if atoms[i].is_a(*_NAMED)]
        bare = all(i in named or _is_small(atoms[i]) or atoms[i].is_a("such") for i in before)
        verdict = atoms[clause[-1]]
        ends = verdict.script != "" and verdict.is_a("no_after") and not verdict.is_a("correction", *_NAMED)
        rest = [atoms[i] for i in clause[:-1]]
        plain = not any(atom.is_content or atom.is_a("no", "no_after", "insist", "with") for atom in rest)
        if named and bare and ends and plain and atoms[clause[0] - 1].is_a("pause"):
            scopes.refused |= set(named)


def _drops(atom: Atom) -> bool:
    return atom.is_a("drop_that", "drop_both") and not atom.is_content


def _named_last(atoms: Sequence[Atom], parts: Sequence[Sequence[int]], *, both: bool) -> list[int]:
    """The things of the last clause that names any; of as many clauses as it takes to have two, for "both"."""
    named: list[int] = []
    for part in reversed(parts):
        here = [i for i in part if atoms[i].is_a("instrument")]
        conceded = any(atoms[i].is_a("conceding") for i in part[:2])  # "even if it is for children"
        if not here and part and (conceded or _opens_relative(atoms, part[0])):
            continue  # "auf die Harfe, die in jedem Werbespot klimpert, würden wir gern verzichten"
        here = here or [i for i in part if atoms[i].is_a("genre")]
        named = [*here, *named]
        near = part is parts[-1] or (len(parts) > 1 and part is parts[-2])
        if not named and near and any(atoms[i].is_a("music") for i in part):  # "the other instruments: out"
            break
        if named and (len(named) > 1 or not both):
            break
    return named


def _opens_relative(atoms: Sequence[Atom], at: int) -> bool:
    return at > 0 and atoms[at - 1].is_a("pause") and atoms[at].is_a("subordinate", "relative")


def _is_named_alone(atoms: Sequence[Atom], part: Sequence[int]) -> bool:
    named = [i for i in part if atoms[i].is_a(*_NAMED)]
    return bool(named) and all(i in named or _is_small(atoms[i]) or atoms[i].is_a("range") for i in part)


def _refuse_behind_asides(atoms: Sequence[Atom], parts: Sequence[Sequence[int]], scopes: Scopes) -> None:
    """ "The harp, and I can't stress this enough, has to go": what is said by the way stands between commas."""
    for number in range(2, len(parts)):
        verdicts = [i for i in parts[number] if atoms[i].is_a(*_VERDICTS) and not atoms[i].is_content]
        if not verdicts or any(atoms[i].is_content or atoms[i].is_a("no", "insist") for i in parts[number]):
            continue
        place = number - 1
        while place > 0 and _is_aside(atoms, parts[place]):
            place -= 1
        named = [i for i in parts[place] if atoms[i].is_a(*_NAMED)]
        joined = all(atoms[part[0] - 1].is_a("pause") for part in parts[place + 1 : number + 1])
        plain = all(i in named or not (atoms[i].is_content or atoms[i].is_a("no", "insist")) for i in parts[place])
        if named and plain and joined and place < number - 1:
            scopes.refused |= set(named)


def _is_aside(atoms: Sequence[Atom], part: Sequence[int]) -> bool:
    """Whether a clause is by the way: it names nothing, or says something of what was named: "which everyone loves",
    "auch wenn er für Kinder ist"."""
    if any(atoms[i].is_a("subordinate", "relative", "conceding") for i in part[:2]):
        return not any(atoms[i].is_a("instrument") for i in part)
    return not any(atoms[i].is_content for i in part)


_VERDICTS = ("no_after", "bother", "drop_that")


def _is_small(atom: Atom) -> bool:
    return atom.is_a("stop", "determiner", "pause", "end", "and", "aside", "music") and not atom.is_content


def take_back_in(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "The cut without brass felt thin. Put it back", 本来说不要小号,想了想还是加上吧; "bring the drums back"."""
    parts = clauses(atoms)
    for number, clause in enumerate(parts):
        at = next((i for i in clause if atoms[i].is_a("restore") and not atoms[i].is_content), None)
        if at is not None and not any(atoms[i].is_content for i in clause):
            before = [i for part in parts[max(number - _FAR_BACK, 0) : number] for i in part if atoms[i].is_a(*_NAMED)]
            if before and before[-1] in scopes.refused:
                scopes.refused -= {i for i in before if atoms[i].value(*_NAMED) == atoms[before[-1]].value(*_NAMED)}
                begin = next((i for i in range(before[-1], -1, -1) if atoms[i].is_a("end")), 0)
                scopes.spent |= {at} | {i for i in range(begin, at) if atoms[i].is_a("no", "no_after")}
        verb = next((i for i in clause if atoms[i].is_a("restoring")), None)
        back = [i for i in clause if verb is not None and i > verb + 1 and atoms[i].is_a("back_in")]
        scopes.softened -= {i - 1 for i in back if atoms[i - 1].is_a("instrument")}


_FAR_BACK = 3
"""Clauses between what was left out and what puts it back."""
