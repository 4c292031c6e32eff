"""Scopes: which phrases of a text "no", "not too" and "only" reach, and which are very or hardly meant."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from vem_core.direction.atom import Atom
from vem_core.direction.company import clauses
from vem_core.direction.polarity import (
    doubt_the_unclear,
    exchange,
    follow_likewise,
    read_labels,
    refuse_what_came_before,
    turn_round,
)
from vem_core.direction.reach import Scopes, content_kind, described, reach

_ACTING = frozenset((
    "no", "soft_no", "less", "no_after", "soft_after", "less_after", "bother", "removing", "insist", "excess",
    "excess_after", "swap", "swap_back", "except", "except_after", "all_but", "prefer", "prefer_verb", "prefer_joint",
    "more", "than", "than_after", "only", "only_after", "solo", "closing", "likewise", "doubt", "maybe", "past",
    "from_mark", "from_word", "very", "slightly", "favoured",
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
    exchange(atoms, scopes)
    _except(atoms, scopes)
    _compare(atoms, scopes)
    _refuse_forwards(atoms, scopes)
    _refuse_backwards(atoms, scopes)
    refuse_what_came_before(atoms, scopes)
    _hold_back(atoms, scopes)
    _set_alone(atoms, scopes)
    _close(atoms, scopes)
    follow_likewise(atoms, scopes)
    _doubt(atoms, scopes)
    _overcome(atoms, scopes)
    doubt_the_unclear(atoms, scopes)
    _grade(atoms, scopes)
    _find_turns(atoms, scopes)
    _leave_behind(atoms, scopes)


def _leave_behind(atoms: Sequence[Atom], scopes: Scopes) -> None:
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


def _except(atoms: Sequence[Atom], scopes: Scopes) -> None:
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


def _compare(atoms: Sequence[Atom], scopes: Scopes) -> None:
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
                scopes.softened |= gentle
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


def _refuse_forwards(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "No drums or bass", "not too fast", "without piano, guitar and choir"."""
    at = 0
    while at < len(atoms):
        atom = atoms[at]
        soft = atom.is_a("soft_no", "less")
        if _is_excess(atoms, at):
            scopes.refused.add(at + 1)
        if not (soft or atom.is_a("no")) or atom.is_content or at in scopes.spent:
            at += 1
            continue
        reached = reach(atoms, at + 1, wide=atom.is_a("wide_no"))
        reached |= set() if soft else described(atoms, reached, player=not atom.is_a("mild"))
        first = min(reached, default=at)
        player = content_kind(atoms[first]) == "instrument"  # "ditch that sax" is not "not that loud"
        soft = soft or any(
            between.is_a("too") and not (player and between.is_a("determiner")) for between in atoms[at + 1 : first]
        )
        felt = {i for i in reached if atom.is_a("less") and content_kind(atoms[i]) == "mood"}
        (scopes.softened if soft else scopes.refused).update(reached - felt)
        scopes.refused |= felt
        at = max(reached, default=at) + 1


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
        if atom.is_a("only_after") and _is_led_by_with(atoms, at):
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
    plain = not atoms[at].is_a("no") and not atoms[at].script
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


def _set_alone(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """What plays alone: "only strings", "solo piano", "piano seul", "ストリングスだけ"."""
    for at, atom in enumerate(atoms):
        if atom.is_content or not atom.is_a("only", "only_after", "solo") or at in scopes.spent:
            continue
        ahead = _instruments_from(atoms, at + 1, 1, scopes) if atom.is_a("only", "solo") else set()
        behind = _instruments_from(atoms, at - 1, -1, scopes) if atom.is_a("only_after", "solo") else set()
        if behind and atom.is_a("no_after") and not _is_led_by_with(atoms, min(behind)):
            continue  # "la percusión me sobra": it is too much; "con un piano me sobra": it is enough
        if ahead:
            scopes.alone |= ahead
        elif behind and not _is_a_feature(atoms, at, min(behind)):
            scopes.alone |= behind


def _is_led_by_with(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a "with" stands before a place, in its clause."""
    before = itertools.takewhile(lambda atom: not atom.is_a("pause", "end"), reversed(atoms[:at]))
    return any(atom.is_a("with") for atom in before)


def _close(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Cello and piano, nothing else": the instruments that the sentence has named so far play alone."""
    for at, atom in enumerate(atoms):
        if not atom.is_a("closing"):
            continue
        begin = next((index for index in range(at - 1, -1, -1) if atoms[index].is_a("end")), -1)
        named = {index for index in range(begin + 1, at) if atoms[index].is_a("instrument")}
        if not any(atoms[index].is_content for index in range(begin + 1, at)):  # "Cello. That's it."
            opens = next((index for index in range(begin - 1, -1, -1) if atoms[index].is_a("end")), -1)
            named |= {index for index in range(opens + 1, max(begin, 0)) if atoms[index].is_a("instrument")}
        scopes.alone |= named - scopes.refused - scopes.softened


def _doubt(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Not sure about the drums": what stands in such a clause is neither put in nor taken out."""
    for clause in clauses(atoms):
        if any(atoms[index].is_a("doubt") for index in clause):
            scopes.doubted |= {index for index in clause if atoms[index].is_content}


def _overcome(atoms: Sequence[Atom], scopes: Scopes) -> None:
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
        elif atom.is_a("then") and seen:
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
