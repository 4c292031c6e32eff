"""Scopes: which phrases of a text "no", "not too" and "only" reach, and which are very or hardly meant."""

from __future__ import annotations

from collections.abc import Sequence

from vem_core.direction.alone import close, except_from_nothing, is_led_by_with, set_alone
from vem_core.direction.answers import refuse_what_is_answered, refuse_what_others_proposed
from vem_core.direction.atom import Atom
from vem_core.direction.company import clauses
from vem_core.direction.comparisons import compare, correct, leave_behind, leave_the_picture, leave_the_reason, overcome
from vem_core.direction.ellipses import answer_ellipses
from vem_core.direction.levels import balance_players
from vem_core.direction.polarity import (
    doubt_the_unclear,
    exchange,
    follow_likewise,
    read_labels,
    refuse_all_of_that,
    refuse_what_came_before,
    turn_round,
)
from vem_core.direction.reach import Scopes, content_kind, described, reach
from vem_core.direction.references import refuse_what_is_meant, take_back_in

_ACTING = frozenset((
    "no", "soft_no", "less", "no_after", "soft_after", "less_after", "bother", "removing", "insist", "excess",
    "excess_after", "swap", "swap_back", "except", "except_after", "all_but", "prefer", "prefer_verb", "prefer_joint",
    "more", "than", "than_after", "only", "only_after", "solo", "closing", "likewise", "doubt", "maybe", "past",
    "correction", "none_of_that", "elsewhere", "picture",
    "from_mark", "from_word", "because", "proposed", "very", "slightly", "favoured", "lower", "lower_after", "down",
    "raise", "raise_after",
    "up", "db_up", "db_down", "drop_that", "drop_both",
))  # fmt: skip
"""Kinds of which one at least stands in a text that has any scope; most names of shots have none."""

_BACKWARDS = ("no_after", "bother", "soft_after", "less_after", "excess_after")
_THROUGH = ("stop", "music", "determiner", "very", "slightly", "and", "or", "with")


def scopes_of(atoms: Sequence[Atom]) -> Scopes:
    """The scopes of a text."""
    scopes = Scopes()
    _count_phases(atoms, scopes)
    kinds = frozenset().union(*(atom.kinds for atom in atoms))
    if not kinds.isdisjoint(_ACTING):
        _find_what_acts(atoms, scopes)
    elif "instrument" in kinds:
        doubt_the_unclear(atoms, scopes)
    scopes.describing = {
        at for at in range(len(atoms) - 1) if atoms[at].is_a("genre") and atoms[at + 1].is_a("instrument")
    }
    return scopes


def _find_what_acts(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """Find what words put in, take out, set alone and grade."""
    read_labels(atoms, scopes)
    turn_round(atoms, scopes)
    correct(atoms, scopes)
    balance_players(atoms, scopes)
    exchange(atoms, scopes)
    except_from_nothing(atoms, scopes)
    compare(atoms, scopes)
    _refuse_forwards(atoms, scopes)
    _refuse_backwards(atoms, scopes)
    refuse_what_came_before(atoms, scopes)
    refuse_all_of_that(atoms, scopes)
    refuse_what_is_meant(atoms, scopes)
    refuse_what_is_answered(atoms, scopes)
    refuse_what_others_proposed(atoms, scopes)
    take_back_in(atoms, scopes)
    _hold_back(atoms, scopes)
    set_alone(atoms, scopes)
    close(atoms, scopes)
    follow_likewise(atoms, scopes)
    answer_ellipses(atoms, scopes)
    _doubt(atoms, scopes)
    leave_the_picture(atoms, scopes)
    overcome(atoms, scopes)
    doubt_the_unclear(atoms, scopes)
    _grade(atoms, scopes)
    _find_turns(atoms, scopes)
    leave_behind(atoms, scopes)
    leave_the_reason(atoms, scopes)


def _refuse_forwards(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "No drums or bass", "not too fast", "without piano, guitar and choir"."""
    at = 0
    while at < len(atoms):
        atom = atoms[at]
        soft = atom.is_a("soft_no", "less")
        if _is_excess(atoms, at):
            scopes.refused.add(at + 1)
        acts = soft or atom.is_a("no", "drop_that") or _takes_out(atoms, at)  # "I don't want it to be sad"
        if not acts or atom.is_content or at in scopes.spent:
            at += 1
            continue
        reached = _before_what_is_put_in(atoms, at, reach(atoms, at + 1, wide=atom.is_a("wide_no")))
        reached |= set() if soft else described(atoms, reached, player=not atom.is_a("mild"))
        first = min(reached, default=at)
        player = content_kind(atoms[first]) == "instrument"  # "ditch that sax" is not "not that loud"
        soft = soft or any(
            between.is_a("too") and not (player and between.is_a("determiner")) for between in atoms[at + 1 : first]
        )
        soft = soft or (player and atom.is_a("fewer") and not _excepts(atoms, at))
        felt = {i for i in reached if atom.is_a("less") and content_kind(atoms[i]) == "mood"}
        (scopes.softened if soft else scopes.refused).update(reached - felt)
        scopes.refused |= felt
        at = max(reached, default=at) + 1


def _excepts(atoms: Sequence[Atom], at: int) -> bool:
    """ "Vale todo, menos la flauta", "todo me vale menos el piano": a "less" that is an "except"."""
    led = next((i for i in range(at - 1, -1, -1) if atoms[i].is_a("size") or not _is_passed_over(atoms[i])), None)
    return atoms[at].is_a("except") and led is not None and led < at - 1 and atoms[led].is_a("size")


def _is_passed_over(atom: Atom) -> bool:
    return atom.is_a("pause", "stop", "only_after") and not atom.is_content


def _takes_out(atoms: Sequence[Atom], at: int) -> bool:
    """ "Drop drums": a verb that may take out, right before a player."""
    following = next((i for i in range(at + 1, len(atoms)) if not atoms[i].is_a("determiner")), None)
    return atoms[at].is_a("removing") and following is not None and atoms[following].is_a("instrument")


def _before_what_is_put_in(atoms: Sequence[Atom], at: int, reached: set[int]) -> set[int]:
    """ "去掉弦乐加钢琴": behind what is taken out, "plus" puts in."""
    if not atoms[at].is_a("removing") or not reached:
        return reached
    put_in = next((i for i in range(min(reached) + 1, max(reached)) if atoms[i].script and atoms[i].is_a("with")), None)
    return reached if put_in is None else {i for i in reached if i < put_in}


def _is_excess(atoms: Sequence[Atom], at: int) -> bool:
    """ "Too dark, too fast" is a complaint, where no "not" stands before it."""
    if not atoms[at].is_a("excess") or at + 1 >= len(atoms) or (at and atoms[at - 1].is_a("no", "soft_no")):
        return False
    turning = any(atom.is_a("from_word") for atom in atoms[max(at - 3, 0) : at])  # "von leise zu laut"
    following = atoms[at + 1]
    return not turning and following.is_a("mood", "tempo", "level", "genre") and not following.is_a("instrument")


def _refuse_backwards(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "ドラムなし", "テクノではなく", "drums-free": the phrase before, and what is joined to it."""
    for at, atom in enumerate(atoms):
        if not atom.is_a(*_BACKWARDS) or atom.is_content or at in scopes.spent:
            continue
        if atom.is_a("only_after") and is_led_by_with(atoms, at):
            continue
        if atom.is_a("bother") and _bothers_behind(atoms, at, scopes):
            continue
        both = atom.is_a("no", "contrast")  # "去掉鼓" and "把鼓去掉"; "把鼓换成钢琴"
        if atom.is_a("no") and reach(atoms, at + 1, wide=atom.is_a("wide_no")):
            continue
        soft = atom.is_a("soft_after", "less_after")
        kind = ""
        for index in range(at - 1, -1, -1):
            before = atoms[index]
            if before.is_a("pause") and before.is_a("and") and kind:  # 鼓、贝斯都去掉; ドラム、ベース、ギターなし
                if not atom.is_a("all_no"):
                    _doubt_the_list(atoms, index, kind, scopes)
                    break
                continue
            if before.is_a("pause") and (both or (index < at - 1 and not kind)):
                break
            if before.is_content:
                if kind and content_kind(before) != kind:
                    break
                kind = content_kind(before)
                felt = kind == "mood" and atom.is_a("less_after")
                (scopes.softened if soft and not felt else scopes.refused).add(index)
            elif (
                (kind and (not before.is_a("and", "or", "determiner") or before.is_a("pause")))
                or before.is_a("end", "no_after", "contrast")
                or (not before.is_known and not _is_verdict_on_one(atoms, at))
            ):
                break


def _bothers_behind(atoms: Sequence[Atom], at: int, scopes: Scopes) -> bool:
    """ "Le chirrían las trompetas", "nervt das Schlagzeug": what bothers stands behind the verb, nothing before it."""
    clause = next((each for each in clauses(atoms) if at in each), [])
    if any(i < at and atoms[i].is_content for i in clause):
        return False
    reached = {
        i for i in reach(atoms, at + 1, wide=True) if i in clause or atoms[i - 1].is_a("and", "or", "determiner")
    }
    scopes.refused |= reached
    return bool(reached)


def _is_verdict_on_one(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a verdict ends a clause that names one instrument and nothing else: "the uke in the temp must go"."""
    clause = next((each for each in clauses(atoms) if at in each), [])
    content = [i for i in clause if atoms[i].is_content]
    sole = len(content) == 1 and atoms[content[0]].is_a("instrument") and content[0] < at
    topic = sole and atoms[content[0] + 1].is_a("such")  # 鼓这种东西
    plain = not atoms[at].is_a("no") and (topic or not atoms[at].script)
    return sole and plain and all(i <= at or atoms[i].is_known for i in clause)


def _doubt_the_list(atoms: Sequence[Atom], pause: int, kind: str, scopes: Scopes) -> None:
    """Doubt what stands before a list's comma, if it is two or more: whether the "no" behind reaches it is unclear."""
    listed: list[int] = []
    for index in range(pause - 1, -1, -1):
        if atoms[index].is_content and content_kind(atoms[index]) == kind:
            listed.append(index)
        elif not (atoms[index].is_a("pause") and atoms[index].is_a("and")):
            break
    scopes.doubted |= set(listed) if len(listed) > 1 else set()


def _hold_back(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "ギター控えめ": a low level right behind an instrument is the instrument's."""
    for at, atom in enumerate(atoms):
        before = atoms[at - 1] if at else None
        if before is not None and atom.is_a("level") and atom.is_a("soft_after") and before.is_a("instrument"):
            scopes.softened.add(at - 1)
            scopes.spent.add(at)


def _doubt(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Not sure about the drums": what stands in such a clause is neither put in nor taken out."""
    for clause in clauses(atoms):
        named = {index for index in clause if atoms[index].is_content}
        if any(atoms[index].is_a("doubt") for index in clause):
            scopes.doubted |= named - scopes.refused
        elif any(atoms[index].is_a("elsewhere") for index in clause):  # "the last agency sent us trailer music"
            now = next((index for index in clause if atoms[index].is_a("now")), clause[-1] + 1)
            scopes.doubted |= {index for index in named if index < now} - scopes.refused - scopes.alone


def _grade(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Very sad", "a bit of hope"."""
    for at, atom in enumerate(atoms):
        if atom.is_content or not atom.is_a("very", "slightly"):
            continue
        for index in range(at + 1, min(at + 4, len(atoms))):
            if atoms[index].is_content:
                (scopes.slight if atom.is_a("slightly") else scopes.strong).add(index)
                break
            if atoms[index].is_a("pause", "end"):
                break


def _count_phases(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """Moods on both sides of a "then" follow each other."""
    phase, seen = 0, False
    for at, atom in enumerate(atoms):
        if atom.is_a("mood") and seen and phase == 0 and _stands_late(atoms, at):
            phase = 1
        if atom.is_content:
            scopes.phases[at] = phase
            seen = seen or atom.is_a("mood")
        elif atom.is_a("then", "arrow") and seen:
            phase, seen = phase + 1, False


def _stands_late(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a phrase's own clause names a place after the middle: "dark, but hopeful at the end"."""
    begin = next((i for i in range(at, -1, -1) if atoms[i].is_a("pause", "end", "contrast")), -1)
    end = next((i for i in range(at, len(atoms)) if atoms[i].is_a("pause", "end", "contrast")), len(atoms))
    return any(float(atom.value("place") or 0) > 0.5 for atom in atoms[begin + 1 : end])


def _find_turns(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "From calm to intense": a mood or level at the beginning, another at the end."""
    for at, atom in enumerate(atoms):
        if not atom.is_a("from_word") or atom.is_content:
            continue
        first = _next_feeling(atoms, at)
        joint = None if first is None or first + 1 >= len(atoms) else first + 1
        if joint is None or first is None or not atoms[joint].is_a("to_word"):
            continue
        last = _next_feeling(atoms, joint)
        if last is not None:
            scopes.turns |= {first: 0.0, last: 1.0}
            scopes.phases |= {first: 0, last: 1}


def _next_feeling(atoms: Sequence[Atom], at: int) -> int | None:
    """The mood or level that follows within a few words."""
    for index in range(at + 1, min(at + 4, len(atoms))):
        if atoms[index].is_a("mood", "level"):
            return index
        if atoms[index].is_content or atoms[index].is_a("pause", "end"):
            return None
    return None
