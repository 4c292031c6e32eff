"""Arcs in words: "starts quiet", "builds until the end", "drops at the logo", as points of energy over time."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vem_core.direction.atom import Atom
from vem_core.direction.company import clauses
from vem_core.direction.lexicon import moods
from vem_core.direction.places import LATE, hold_of, only_there, place_of
from vem_core.direction.reach import Scopes
from vem_core.direction.term import Term

_LOW, _MIDDLE, _HIGH, _PEAK = 0.15, 0.5, 0.85, 1.0
"""Energies of the words that name none; _HIGH is also where a rise to something unknown ends."""
_STIRRING = 0.74  # arousal from which a mood is a high level too
_STEP = 0.01  # between the two points of a sudden change
_LED_UP = 0.2  # how far the energy has risen just before a drop
_END = Term("end", "")
_DRAWING = ("move", "place", "both_ends", "seconds", "label", "then", "till_then", "first_half", "second_half")
"""Kinds of which an arc has one at least: a movement, a place, or what sets two levels apart in time."""
_CALM = ("calm", "peaceful", "serene", "relaxed", "gentle", "tender", "soft", "mellow")
_STIRRED = ("intense", "energetic", "powerful", "frantic", "aggressive", "epic", "exciting", "violent", "driving")


@dataclass
class ShapedArc:
    """The points of an arc, and which atoms it was read from."""

    points: list[tuple[float, float]] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    spans: list[tuple[int, int]] = field(default_factory=list)  # characters

    def words(self, text: str) -> list[str]:
        """The stretch of text that the arc was read from."""
        if not self.spans:
            return []
        return [text[min(start for start, _ in self.spans) : max(end for _, end in self.spans)]]


@dataclass
class _Step:
    """One thing that a text says of energy: a level, or the way to one."""

    index: int
    kind: str  # "level", "up", "down", "drop", "peak"
    energy: float
    place: float | None = None
    clause: int = 0
    borrowed: bool = False  # the place was named in a clause before
    hold: str = ""  # "until", "since": the level is held up to its place, or from there on


def arc_of(atoms: Sequence[Atom], scopes: Scopes) -> ShapedArc:
    """The arc that a text describes: none where it names no movement and no two levels at different places."""
    if not scopes.turns and not any(atom.share is not None or atom.is_a(*_DRAWING) for atom in atoms):
        return ShapedArc()
    steps, places = _steps(atoms, scopes)
    read = {step.index for step in steps} | places
    steps = _merged(steps)
    _open_in_full(steps)
    flat = [step for step in steps if step.kind == "flat"]
    placed = [step for step in steps if step.place is not None and step.kind != "flat"]
    moved = any(step.kind in ("up", "down", "drop", "peak") for step in steps)
    if flat and (placed or moved):  # "steady, only the last four bars soft", "builds throughout": no line
        steps = [step for step in steps if step.kind != "flat"]
    elif flat:
        even = {step.index for step in flat}
        return ShapedArc([(0.0, _MIDDLE), (1.0, _MIDDLE)], even, [(atoms[i].start, atoms[i].end) for i in even])
    moving = [step for step in steps if step.kind != "level"]
    levels = {round(step.energy, 1) for step in steps}
    in_turn = len({step.clause for step in steps}) > 1 and len(levels) > 1 and any(atom.is_a("then") for atom in atoms)
    if not steps or not (moving or placed or in_turn) or (not moving and not in_turn and len(placed) < 1):
        return ShapedArc()
    read |= {index for index in range(len(atoms)) if _is_manner(atoms, index)}
    spans = [(atoms[index].start, atoms[index].end) for index in read]
    lasting = any((place_of(atoms[index]) or 0.0) >= 1.0 for index in places)
    return ShapedArc(_points(steps, lasting=lasting), {index for index in read if not atoms[index].is_a("mood")}, spans)


def _open_in_full(steps: Sequence[_Step]) -> None:
    """ "Ça part très fort puis ça retombe", "explota y luego se calma": an outburst that only falls comes first."""
    if steps and steps[0].kind in ("drop", "peak") and steps[0].place is None:
        falling = [step for step in steps if step.kind == "down" or (step.kind == "level" and step.energy < _MIDDLE)]
        high = [step for step in steps[1:] if step not in falling]
        if falling and steps[-1] is falling[-1] and all(each.kind == "level" for each in high):
            opening = itertools.takewhile(lambda step: step not in falling, steps)
            if len(list(opening)) == len(high) + 1:  # nothing rises once it has fallen
                steps[0].kind, steps[0].energy, steps[0].place = "level", _PEAK, 0.0


def _is_manner(atoms: Sequence[Atom], index: int) -> bool:
    """Whether "slowly" says how the energy moves rather than how fast the music is: "builds slowly"."""
    beside = [atoms[at] for at in (index - 1, index + 1) if 0 <= at < len(atoms)]
    return atoms[index].is_a("tempo") and any(atom.value("move") in ("up", "down") for atom in beside)


def _steps(atoms: Sequence[Atom], scopes: Scopes) -> tuple[list[_Step], set[int]]:
    """The steps in order, each with the place that is named beside it, and the atoms that name places."""
    steps: list[_Step] = []
    used: set[int] = set()
    clause, waiting, named_in, hold = 0, None, 0, ""
    also: float | None = None  # a second place that the same words name: "loud at the beginning and at the end"
    sizes = _sizes_alone(atoms)
    # "From bar 9 it starts" (从第九小节开始) names one place, not two.
    begun = {at for at in range(1, len(atoms)) if atoms[at].value("place") == "0" and atoms[at].is_a("since_after")
             and atoms[at - 1].is_a("seconds", "label")}  # fmt: skip
    for index, atom in enumerate(atoms):
        place = None if index in begun or index in scopes.spent else place_of(atom)
        late = place == 1.0 and only_there(atoms, index)
        place = LATE if late else 0.5 if atom.is_a("first_half", "second_half") else place
        step = _step(atoms, index, scopes, clause)
        if index in sizes:
            step = _Step(index, "level", sizes[index], clause=clause)
        if atom.is_a("till_then") and steps:
            before = steps[-1].place
            waiting, named_in, hold = LATE if before is None or before == 1.0 else before, clause, "until"
            used.add(index)
        if step is not None and index in scopes.turns:
            step.place = scopes.turns[index]
        if place is not None and _joins_a_place(atoms, index):
            used.add(index)
            if waiting is not None:
                also = place
            elif steps and steps[-1].place is not None:
                steps.append(replace(steps[-1], place=place))
        elif place is not None:
            used.add(index)
            also = 1.0 if atom.is_a("both_ends") else None
            same = bool(steps) and (steps[-1].clause == clause or _goes_on(atoms, steps[-1], index))
            free = same and (steps[-1].place is None or steps[-1].borrowed)
            lasts = atom.is_a("throughout") and len(steps) > 1 and steps[-2].hold == "until"
            if lasts:  # "hushed for two thirds, then everything until the end": what comes then, lasts
                continue
            if free and _attaches(atoms, steps[-1], index):
                steps[-1].place, steps[-1].hold, steps[-1].borrowed = place, hold_of(atoms, index), False
                steps, also = steps + ([] if also is None else [replace(steps[-1], place=also)]), None
            else:
                waiting, named_in, hold = place, clause, hold_of(atoms, index)
        if step is not None:
            if waiting is not None and step.place is None:
                step.place, step.hold = (None if waiting == 0 and step.kind in ("up", "down") else waiting), hold
                step.borrowed = named_in < clause
                waiting, hold = None, ""
            steps.append(step)
            steps, also = steps + ([] if also is None else [replace(step, place=also)]), None
        if atom.is_a("pause", "end", "then", "contrast", "and") and not atom.is_content:
            clause += 1
            if atom.is_a("pause", "end"):
                waiting = waiting if _nothing_since(steps, clause - 1) else None
    named_later = waiting is not None and bool(steps) and named_in > steps[-1].clause
    if named_later and steps[-1].place is None and _ends_with_a_place_alone(atoms):
        steps[-1].place, steps[-1].hold = waiting, hold  # "and very soft, right in the middle"
    return steps, used


def _ends_with_a_place_alone(atoms: Sequence[Atom]) -> bool:
    """Whether the last clause is a place and nothing else: not "the house at the end of the road"."""
    return all(
        place_of(atoms[i]) is not None or atoms[i].is_a("stop", "determiner", "very", "slightly", "and")
        for i in clauses(atoms)[-1]
    )


def _goes_on(atoms: Sequence[Atom], step: _Step, index: int) -> bool:
    """Whether nothing but small words stands between a step and a place: "nimmt sich dann in der Mitte zurück"."""
    between = atoms[step.index + 1 : index]
    return step.place is None and all(each.is_a("then", "determiner") and not each.is_a("pause") for each in between)


def _joins_a_place(atoms: Sequence[Atom], index: int) -> bool:
    """Whether an "and" joins a place to the one before it: "at the beginning and at the end", 开头和结尾."""
    joined = False
    for atom in reversed(atoms[:index]):
        if place_of(atom) is not None:
            return joined
        joined = joined or (atom.is_a("and") and not atom.is_a("pause"))
        if atom.is_content or not atom.is_a("and", "determiner") or atom.is_a("pause", "end"):
            break
    return False


def _sizes_alone(atoms: Sequence[Atom]) -> dict[int, float]:
    """Energies of words of size that say all that their stretch of text says of energy: "huge in the middle"."""
    found: dict[int, float] = {}
    stretch: list[int] = []
    for index, atom in enumerate([*atoms, Atom(0, 0, (_END,))]):
        if not atom.is_a("pause", "end", "then", "contrast", "and") or atom.is_content:
            stretch.append(index)
            continue
        placed = any(place_of(atoms[at]) is not None or atoms[at].is_a("then") for at in stretch)
        moved = any(atoms[at].is_a("level", "move") or _mood_level(atoms[at]) is not None for at in stretch)
        sizes = [at for at in stretch if atoms[at].is_a("size")]
        if placed and sizes and not moved:
            found[sizes[0]] = float(atoms[sizes[0]].value("size") or _HIGH)
        stretch = [index]
    return found


def _attaches(atoms: Sequence[Atom], step: _Step, place: int) -> bool:
    """Whether a place belongs to the step before it: not where another step follows right after the place."""
    following = [
        atom
        for atom in atoms[place + 1 : place + 4]
        if atom.is_a("then", "pause") or not atom.is_a("stop", "music", "very", "slightly")
    ]
    starts = atoms[place].value("place") == "0"
    next_is_step = bool(following) and (following[0].is_a("level", "move") or _mood_level(following[0]) is not None)
    if starts and next_is_step and _names_place_after(atoms, place):  # "穏やかに始まり力強く終わる"
        return True
    return not (starts and next_is_step) and not (next_is_step and atoms[step.index].is_a("level"))


def _names_place_after(atoms: Sequence[Atom], place: int) -> bool:
    """Whether the step behind a place has a place of its own behind it, in the same clause."""
    behind = itertools.takewhile(lambda atom: not atom.is_a("pause", "end"), atoms[place + 1 :])
    steps = False
    for atom in behind:
        if steps and place_of(atom) is not None:
            return True
        steps = steps or atom.is_a("level", "move") or _mood_level(atom) is not None
    return False


def _nothing_since(steps: Sequence[_Step], clause: int) -> bool:
    return not any(step.clause == clause for step in steps)


def _leads_nowhere_known(atoms: Sequence[Atom], index: int) -> bool:
    """Whether a "builds to" has its aim in words that nobody knows."""
    if index + 1 >= len(atoms) or not atoms[index + 1].is_a("to_word"):
        return False
    after = itertools.takewhile(lambda atom: not atom.is_a("pause", "end", "place"), atoms[index + 2 :])
    return any(not atom.is_known for atom in after)


def _step(atoms: Sequence[Atom], index: int, scopes: Scopes, clause: int) -> _Step | None:
    atom = atoms[index]
    if index in scopes.refused | scopes.softened | scopes.doubted | scopes.spent:
        return None
    if (move := atom.value("move")) is not None:
        energy = {"up": _PEAK - 0.05, "down": _LOW - 0.03, "drop": _PEAK, "peak": _PEAK, "flat": _MIDDLE}[move]
        if move == "up" and _leads_nowhere_known(atoms, index):
            energy = _HIGH
        return _Step(index, move, energy, clause=clause)
    if (level := atom.value("level")) is not None:
        return _Step(index, "level", float(level), clause=clause)
    mood = _mood_level(atom)
    return None if mood is None else _Step(index, "level", mood, clause=clause)


def _mood_level(atom: Atom) -> float | None:
    mood = atom.value("mood")
    if mood is None:
        return None
    return 0.2 if mood in _CALM else _HIGH if mood in _STIRRED or moods()[mood][1] >= _STIRRING else None


def _merged(steps: list[_Step]) -> list[_Step]:
    """Steps with those joined that are one: "build to a huge climax", "more and more calm"."""
    merged: list[_Step] = []
    for step in steps:
        last = merged[-1] if merged else None
        if last is not None and _leads_to(last, step):
            last.energy = max(last.energy, step.energy)
            last.place = step.place if step.place is not None else last.place
            continue
        if last is not None and _sizes(last, step):
            merged[-1] = step
            continue
        if last is not None and _is_on_the_way_down(last, step):
            last.kind, last.energy = "down", min(step.energy, _LOW - 0.03)
            last.place = step.place if step.place is not None else last.place
            continue
        if last is not None and _falls_on(last, step):
            last.energy = min(last.energy, step.energy)
            last.place = step.place
            continue
        if last is not None and last.clause == step.clause and last.kind == "down" and step.energy < _MIDDLE:
            last.energy = min(last.energy, step.energy)
            last.place = step.place if step.place is not None else last.place
            continue
        if (
            last is not None
            and (last.clause == step.clause or _goes_on_so(last, step))
            and last.kind == step.kind == "level"
            and (last.place is None or step.place is None)
        ):
            last.energy = max(last.energy, step.energy) if step.energy > _MIDDLE else min(last.energy, step.energy)
            last.place = last.place if last.place is not None else step.place
            continue
        merged.append(step)
    return merged


def _falls_on(last: _Step, step: _Step) -> bool:
    """ "Pulls back, weaker and weaker, until at the end a whisper is left": one way down over several clauses."""
    further = step.kind == "down" and step.place is None and not step.hold
    arrives = step.kind == "level" and step.energy < _MIDDLE and (step.place or 0.0) >= LATE and step.hold != "since"
    return last.kind == "down" and last.place is None and not last.hold and (further or arrives)


def _goes_on_so(last: _Step, step: _Step) -> bool:
    """ "Held back for two thirds, very soft": what is said further of a stretch that lasts."""
    return last.hold == "until" and step.place is None and (last.energy < _MIDDLE) == (step.energy < _MIDDLE)


def _is_on_the_way_down(last: _Step, step: _Step) -> bool:
    """ "Less and less intense", "more and more quiet": a level right behind the way that it takes."""
    beside = step.kind == "level" and step.index == last.index + 1
    return beside and (last.kind == "down" or (last.kind == "up" and step.energy < _MIDDLE))


def _leads_to(last: _Step, step: _Step) -> bool:
    """ "Build to a huge climax"."""
    high = step.kind in ("peak", "level") and step.energy > _MIDDLE
    if last.kind == "up" and step.kind == "drop" and (last.clause == step.clause or last.place is None):
        return True
    return last.kind == "up" and high and (step.place is None or last.place is None)


def _sizes(last: _Step, step: _Step) -> bool:
    """ "A huge drop"."""
    return (
        last.kind == "level"
        and last.energy > _MIDDLE
        and step.kind in ("drop", "peak")
        and step.index == last.index + 1
    )


def _points(steps: Sequence[_Step], *, lasting: bool) -> list[tuple[float, float]]:
    """Points of (place, energy), in order of place. `lasting`: the end is named too, so what begins goes on."""
    _spread(steps)
    steps = sorted(steps, key=lambda step: (step.place or 0.0, step.hold == "since"))
    points: list[tuple[float, float]] = []
    first = steps[0]
    if first.hold == "until" and first.kind == "level":
        points.append((0.0, first.energy))
    elif first.kind in ("up", "drop", "peak"):
        points.append((0.0, 0.2 if first.kind == "up" else 0.3))
    elif first.kind == "down":
        points.append((0.0, 0.9))
    elif first.place is not None and first.place > 0:
        points.append((0.0, 0.75 if first.energy < _MIDDLE else 0.35))
    for step in steps:
        place = step.place if step.place is not None else 1.0
        if step.hold == "since" and points and points[-1][0] == place:
            place += _STEP
        if step.kind == "drop":
            led_up = 0.1 if step.hold == "since" else _LED_UP  # "quiet until shot 9": until it comes, it is quiet
            points.append((max(place - 0.02, 0.0), min(points[-1][1] + led_up, 0.5) if points else 0.3))
        elif step.hold == "since" and points and points[-1][0] < place - _STEP:
            points.append((place - _STEP, points[-1][1]))
        elif step.hold == "until" and step.kind == "level" and points and points[-1][0] + _STEP < place:
            points.append((points[-1][0] + _STEP, step.energy))
        points.append((place, step.energy))
    if steps[-1].hold == "until" and steps[-1].kind == "level":
        points.append(((steps[-1].place or 1.0) + _STEP, 0.75 if steps[-1].energy < _MIDDLE else 0.35))
    if steps[-1].kind == "level" and steps[0] is steps[-1] and steps[0].place == 0.0 and not lasting:
        points.append((1.0, 0.75 if steps[0].energy < _MIDDLE else 0.35))
    if _comes_back(steps):
        points.append((1.0, points[0][1]))
    return sorted(dict(points).items())


def _comes_back(steps: Sequence[_Step]) -> bool:
    """Whether the middle is all that differs: "climax in the middle", "quiet in the middle"."""
    last = steps[-1]
    middle = last.place is not None and 0.3 <= last.place <= 0.7
    alone = last.kind == "level" and not last.hold and not last.borrowed and len(steps) == 1
    return middle and (last.kind == "peak" or alone)


def _spread(steps: Sequence[_Step]) -> None:
    """Give every step a place: those that name none stand evenly between those that do."""
    last = len(steps) - 1
    for earlier, step in itertools.pairwise(steps):
        if (
            step.place is None
            and earlier.hold == "until"
            and earlier.kind in ("level", "up")
            and not (earlier.kind == "up" and step.kind == "down")  # "builds to the middle, then falls"
            and earlier.place is not None
        ):
            step.place, step.hold = earlier.place + 2 * _STEP, "since"
    if steps[0].place is None and last > 0 and steps[0].kind in ("level",):
        steps[0].place = 0.0
    if steps[last].place is None:
        steps[last].place = 1.0 if last or steps[last].kind != "peak" else 0.8
    if steps[0].place is None and last > 0:
        following = next(step.place for step in steps[1:] if step.place is not None)
        count = next(index for index, step in enumerate(steps) if step.place is not None)
        steps[0].place = (following if following <= 1 else 1.0) / (count + 1)
    known = [index for index, step in enumerate(steps) if step.place is not None]
    for before, after in itertools.pairwise(known):
        low, high = steps[before].place or 0.0, steps[after].place or 1.0
        for index in range(before + 1, after):
            steps[index].place = low + (high - low) * (index - before) / (after - before)
