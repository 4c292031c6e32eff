"""What a re-cut changed: two cut sheets of one timeline, shot by shot.

A shot is recognised by its source: the medium and the source frames it shows. Names and positions do not matter, so one
that travelled because something before it was trimmed is still the same shot.
"""

from __future__ import annotations

import dataclasses
import difflib
import enum
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from vem_core.contract.cut_sheet import CutSheet, Shot


class ShotChange(enum.StrEnum):
    """What happened to a shot of the new sheet."""

    KEPT = "kept"  # the same source frames for as long; it may have travelled with what is before it
    TRIMMED = "trimmed"  # in place, shows more or less of the same part of its medium
    SLIPPED = "slipped"  # in place and as long, shows another part of the same medium
    MOVED = "moved"  # the same source frames, in another order among the shots
    INSERTED = "inserted"


@dataclass(frozen=True)
class ShotMatch:
    """A shot of the new sheet, and the old one it was."""

    new: int
    old: int | None  # None: inserted
    change: ShotChange
    travel_frames: int = 0  # new start minus old start


@dataclass(frozen=True)
class SheetDiff:
    """All of a re-cut. `matches` has one entry a shot of the new sheet, in order."""

    matches: tuple[ShotMatch, ...]
    removed: tuple[int, ...]  # shots of the old sheet that are gone
    rate_changed: bool
    start_changed: bool

    @property
    def unchanged(self) -> bool:
        """Whether every cut stands where it stood."""
        still = all(match.change is ShotChange.KEPT and match.travel_frames == 0 for match in self.matches)
        return still and not (self.removed or self.rate_changed or self.start_changed)


def diff_sheets(old: CutSheet, new: CutSheet) -> SheetDiff:
    """Match the shots of two sheets.

    Shots in the same order are matched first, exact ones before trimmed and slipped ones; then exact ones that changed
    their order. With sheets of different rates no shot counts as kept, since no cut falls on the same instant. Media
    that were moved to another folder are recognised by their names.
    """
    if old.shots == new.shots:
        kept = tuple(ShotMatch(index, index, ShotChange.KEPT) for index in range(len(new.shots)))
        return SheetDiff(kept, (), old.rate != new.rate, old.start_frames != new.start_frames)
    new = _with_media_at_home(old, new)
    pairs = dict(_in_order(old, new))
    changes = {index: _change_in_place(old.shots[pairs[index]], new.shots[index]) for index in pairs}
    for index, old_index in _out_of_order(old, new, pairs):
        pairs[index] = old_index
        changes[index] = ShotChange.MOVED
    matches = tuple(
        ShotMatch(
            index,
            pairs.get(index),
            changes.get(index, ShotChange.INSERTED),
            shot.start_frames - old.shots[pairs[index]].start_frames if index in pairs else 0,
        )
        for index, shot in enumerate(new.shots)
    )
    removed = tuple(sorted(set(range(len(old.shots))) - set(pairs.values())))
    return SheetDiff(matches, removed, old.rate != new.rate, old.start_frames != new.start_frames)


def _with_media_at_home(old: CutSheet, new: CutSheet) -> CutSheet:
    """The new sheet with every medium called as in the old one, where that has one of its name, and one only."""
    before, after = ({shot.source.media for shot in sheet.shots if shot.source is not None} for sheet in (old, new))
    strangers, missing = _by_name(after - before), _by_name(before - after)
    homes = {
        media[0]: missing[name][0]
        for name, media in strangers.items()
        if len(media) == 1 and len(missing.get(name, ())) == 1
    }
    if not homes:
        return new
    shots = tuple(
        shot
        if shot.source is None
        else dataclasses.replace(
            shot, source=dataclasses.replace(shot.source, media=homes.get(shot.source.media, shot.source.media))
        )
        for shot in new.shots
    )
    return dataclasses.replace(new, shots=shots)


def _by_name(media: Collection[str]) -> dict[str, list[str]]:
    """Fingerprints of media by the name in them; what has no address in it has no name."""
    found: dict[str, list[str]] = defaultdict(list)
    for medium in media:
        name, mark, _ = medium.rpartition("#")
        if mark and name:
            found[name].append(medium)
    return found


Identity = tuple[object, ...]


def _identity(shot: Shot) -> Identity:
    """What makes a shot exactly the one it was."""
    return (*_medium(shot), _source_start(shot), shot.duration_frames)


def _medium(shot: Shot) -> Identity:
    if shot.source is None:
        return ("named", shot.name) if shot.picture else ("black",)
    return ("source", shot.source.media, shot.source.rate, shot.source.speed)


def _source_start(shot: Shot) -> float:
    return 0.0 if shot.source is None else round(shot.source.start_frames, 2)


def _in_order(old: CutSheet, new: CutSheet) -> Iterator[tuple[int, int]]:
    """Pairs (new, old) that keep their order: runs of exact matches, and what lies between them medium by medium."""
    matcher = difflib.SequenceMatcher(
        None, [_identity(shot) for shot in old.shots], [_identity(shot) for shot in new.shots], autojunk=False
    )
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            yield from zip(range(new_from, new_to), range(old_from, old_to), strict=True)
        elif tag == "replace":
            yield from _same_medium(old, new, range(old_from, old_to), range(new_from, new_to))


def _same_medium(old: CutSheet, new: CutSheet, old_span: range, new_span: range) -> Iterator[tuple[int, int]]:
    """Within a changed stretch, each new shot takes the next old one of its medium that shares source frames with it,
    or else stands alone there with the same length."""
    exact_elsewhere = {_identity(shot) for shot in old.shots}
    next_old = old_span.start
    for index in new_span:
        shot = new.shots[index]
        if shot.source is None or _identity(shot) in exact_elsewhere:
            continue
        for candidate in range(next_old, old_span.stop):
            before = old.shots[candidate]
            if _medium(before) == _medium(shot) and (
                _overlap(before, shot) or before.duration_frames == shot.duration_frames
            ):
                yield index, candidate
                next_old = candidate + 1
                break


def _overlap(before: Shot, after: Shot) -> bool:
    return max(_first(before), _first(after)) < min(_last(before), _last(after))


def _first(shot: Shot) -> float:
    return min(_source_start(shot), _source_end(shot))


def _last(shot: Shot) -> float:
    return max(_source_start(shot), _source_end(shot), _first(shot) + 1)


def _source_end(shot: Shot) -> float:
    speed = 1.0 if shot.source is None else shot.source.speed
    return _source_start(shot) + speed * shot.duration_frames


def _change_in_place(before: Shot, after: Shot) -> ShotChange:
    if _identity(before) == _identity(after):
        return ShotChange.KEPT
    return ShotChange.SLIPPED if before.duration_frames == after.duration_frames else ShotChange.TRIMMED


def _out_of_order(old: CutSheet, new: CutSheet, pairs: dict[int, int]) -> Iterator[tuple[int, int]]:
    """Pairs (new, old) of exact matches among the shots that found none in order."""
    taken = set(pairs.values())
    free = defaultdict(list)
    for index, shot in enumerate(old.shots):
        if index not in taken:
            free[_identity(shot)].append(index)
    for index, shot in enumerate(new.shots):
        if index not in pairs and (candidates := free[_identity(shot)]):
            yield index, candidates.pop(0)
