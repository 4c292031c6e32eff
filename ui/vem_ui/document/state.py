"""The state of a document as one immutable value, so that undo, storing and comparing are each one line."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.direction import Direction
from vem_core.contract.parse import Parse
from vem_core.contract.recut import FrameRange
from vem_core.contract.request import Delivery
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.unset import UNSET, given
from vem_core.contract.wishes import Wishes, direction_with, values_with
from vem_plugin.scoring.resolving import Resolved
from vem_plugin.sound.temp_track import TempTrackUse

_DIRECT = tuple(field.name for field in dataclasses.fields(Direction) if field.name != "room")
_NEXT_WISH = {Wish.AUTO: Wish.HIT, Wish.HIT: Wish.DROP, Wish.DROP: Wish.IGNORE, Wish.IGNORE: Wish.AUTO}


@dataclass(frozen=True)
class CutWish:
    """A wish given in the panel; it overrides what the timeline's marker says."""

    record_frames: int
    wish: Wish


@dataclass(frozen=True)
class TakeRecord:
    """A finished score on the document's list. Its files lie in the library, under its number."""

    name: str
    folder: str = ""  # of a take that was made before there was a library, relative to the document's own
    in_frames: int = 0
    seed: int = 0
    model: str = ""
    number: int = 0  # in the library, from 1
    stars: int = 0  # 0..5, the editor's own
    notes: str = ""
    variant_of: int = 0  # number of the first take that was made together with it, to choose from; 0: made by itself

    @property
    def key(self) -> str:
        """What tells it from the other takes of its document."""
        return self.folder or f"{self.number}"


@dataclass(frozen=True)
class TempTrackChoice:
    """What becomes of the music that is already on the timeline."""

    use: TempTrackUse = TempTrackUse.LEAVE
    lane: int | None = None  # among the timeline's audio lanes, from 1; None: the tool's choice
    name: str = ""  # of the lane that is used
    heard: TempTrack | None = None  # where it is followed: what the direction took over from it

    @property
    def muted_lane(self) -> int | None:
        """The lane that is switched off when a take is placed."""
        return None if self.use is TempTrackUse.LEAVE else self.lane


@dataclass(frozen=True)
class ScoreState:
    """Everything that the editor can change, and undo.

    `asked` is sparse: a control that nobody touched is unset there, and is as the take had it that is followed.
    """

    schema_label: ClassVar[str] = "PanelState.2"

    asked: Wishes = Wishes()
    wishes: tuple[CutWish, ...] = ()
    selection: FrameRange | None = None  # in record frames from the sheet's first frame
    takes: tuple[TakeRecord, ...] = ()
    active_take: int | None = None
    removed: tuple[int, ...] = ()  # numbers of takes in the library that were taken off the list
    parse: Parse | None = None  # as the editor changed it; None: as the core reads the shots
    temp_track: TempTrackChoice = TempTrackChoice()
    stem_lanes: bool = False  # stems are placed, each on a lane of its own, and not the mix
    marked: bool = True  # the files of takes say to machines that they were generated
    locked: tuple[FrameRange, ...] = ()  # stretches of the active take that stay whatever else changes, in order

    @property
    def direction(self) -> Direction:
        """What is asked, over the defaults."""
        return direction_with(self.asked, Direction())

    @property
    def delivery(self) -> Delivery:
        """What is asked, over the defaults."""
        return values_with(self.asked, Delivery())

    @property
    def model(self) -> str:
        """The model that is asked for; "auto" where none is."""
        return given(self.asked.model, Resolved().model)

    @property
    def seed(self) -> int:
        """The seed that is asked for; 0 where none is."""
        return given(self.asked.seed, Resolved().seed)

    def asking(self, **values: object) -> ScoreState:
        """The state in which these wishes are set. Raises ContractError where they could never be met."""
        return dataclasses.replace(self, asked=Wishes(**{**self.asked.given, **values}))

    def started_over(self) -> ScoreState:
        """The state in which nothing is asked and no take is followed: the next take is a piece of its own."""
        return dataclasses.replace(
            self, asked=Wishes(), active_take=None, parse=None, temp_track=TempTrackChoice(), locked=()
        )

    def with_direction(self, direction: Direction) -> ScoreState:
        """The state that asks for a direction: what became a default again is no longer asked for."""
        now, usual = self.direction, Direction()
        changed = {
            name: UNSET if getattr(direction, name) == getattr(usual, name) else getattr(direction, name)
            for name in _DIRECT
            if getattr(direction, name) != getattr(now, name)
        }
        return self.asking(**changed)

    def wish_at(self, record_frames: int) -> Wish | None:
        """The wish given in the panel for the cut at that frame, if any."""
        return next((entry.wish for entry in self.wishes if entry.record_frames == record_frames), None)

    def with_wish(self, record_frames: int, wish: Wish) -> ScoreState:
        """The state in which the cut at that frame carries a wish."""
        others = [entry for entry in self.wishes if entry.record_frames != record_frames]
        wishes = sorted([*others, CutWish(record_frames, wish)], key=lambda entry: entry.record_frames)
        return dataclasses.replace(self, wishes=tuple(wishes))

    def with_shot_energy(
        self, shots: int, chosen: Collection[int], energy: float | None, shown: Direction | None = None
    ) -> ScoreState:
        """The state in which the chosen of `shots` shots have an energy of their own (None: the tool's choice again).

        `shown` is what the others have, where that is more than what is asked.
        """
        energies = list((shown or self.direction).shot_energies or (None,) * shots)
        for shot in chosen:
            energies[shot] = energy
        return self.asking(shot_energies=tuple(energies) if any(value is not None for value in energies) else ())

    def with_shot_words(self, shots: int, shot: int, words: str, shown: Direction | None = None) -> ScoreState:
        """The state in which one of `shots` shots has words of its own; `shown` as above."""
        all_words = list((shown or self.direction).shot_words or ("",) * shots)
        all_words[shot] = words
        return self.asking(shot_words=tuple(all_words) if any(all_words) else ())

    def with_temp_track(self, choice: TempTrackChoice) -> ScoreState:
        """The state with another use of the temp track: the direction gives back what it took over from the one before,
        and takes over what was heard now."""
        direction = self.direction
        if self.temp_track.heard is not None:
            direction = direction.leaving(self.temp_track.heard)
        if choice.heard is not None:
            direction = direction.following(choice.heard)
        return dataclasses.replace(self.with_direction(direction), temp_track=choice)

    def with_lock(self, span: FrameRange) -> ScoreState:
        """The state in which a stretch is locked; where it touches locked ones, in which those are no longer."""
        apart = [
            lock
            for lock in self.locked
            if lock.end_excl_frames <= span.start_frames or span.end_excl_frames <= lock.start_frames
        ]
        locked = apart if len(apart) < len(self.locked) else sorted([*apart, span], key=lambda lock: lock.start_frames)
        return dataclasses.replace(self, locked=tuple(locked))

    def with_variant(self, take: TakeRecord) -> ScoreState:
        """The state with one more of several takes to choose from: the first of them becomes the active one."""
        first = take.number == take.variant_of
        active = len(self.takes) if first else self.active_take
        return dataclasses.replace(self, takes=(*self.takes, take), active_take=active)

    def variants(self) -> tuple[int, ...]:
        """The rows of the takes that were made together with the active one, it included; none where it was alone."""
        group = 0 if self.active_take is None else self.takes[self.active_take].variant_of
        return tuple(row for row, take in enumerate(self.takes) if group and take.variant_of == group)

    def with_take(self, take: TakeRecord) -> ScoreState:
        """The state with one more take, which becomes the active one."""
        return dataclasses.replace(self, takes=(*self.takes, take), active_take=len(self.takes))

    def with_found(self, records: Sequence[TakeRecord]) -> ScoreState:
        """The state with what the library has beside it: takes of the command line, or of another program."""
        known = {take.number for take in self.takes if not take.folder} | set(self.removed)
        found = tuple(record for record in records if record.number not in known)
        return dataclasses.replace(self, takes=(*self.takes, *found)) if found else self

    def without_take(self, index: int) -> ScoreState:
        """The state without a take; the active one stays active unless it was that one."""
        takes = self.takes[:index] + self.takes[index + 1 :]
        active = self.active_take
        if active is not None and active >= index:
            active = active - 1 if active > index else (min(index, len(takes) - 1) if takes else None)
        gone = self.takes[index]
        removed = self.removed if gone.folder else (*self.removed, gone.number)
        return dataclasses.replace(self, takes=takes, active_take=active, removed=removed)


def next_wish(wish: Wish) -> Wish:
    """The wish after this one, as clicks on a cut cycle through them."""
    return _NEXT_WISH[wish]


def sheet_with_wishes(sheet: CutSheet, state: ScoreState) -> CutSheet:
    """The sheet as it will be sent: the panel's wishes in place of the markers'."""
    wishes = {entry.record_frames: entry.wish for entry in state.wishes}
    cuts = tuple(
        dataclasses.replace(cut, wish=wishes[cut.record_frames]) if cut.record_frames in wishes else cut
        for cut in sheet.cuts
    )
    return dataclasses.replace(sheet, cuts=cuts)


def scored_span(sheet: CutSheet, state: ScoreState) -> FrameRange:
    """What will be scored: the selection, or everything."""
    return state.selection or FrameRange(0, sheet.duration_frames)


def wishes_for(sheet: CutSheet, state: ScoreState) -> Wishes:
    """What is asked of the scored span: wishes for single shots are cropped with it; a parse is of the whole."""
    span = scored_span(sheet, state)
    inside = [
        index
        for index, shot in enumerate(sheet.shots)
        if shot.end_excl_frames > span.start_frames and shot.start_frames < span.end_excl_frames
    ]
    found = dict(state.asked.given)
    for name in ("shot_energies", "shot_words"):
        values = found.get(name)
        if values:
            found[name] = tuple(values[index] for index in inside)
    if state.parse is not None and state.selection is None:
        found["parse"] = state.parse
    return Wishes(**found)


def scored_sheet(sheet: CutSheet, state: ScoreState) -> CutSheet:
    """The sheet of the scored span as it will be sent."""
    wished = sheet_with_wishes(sheet, state) if state.wishes else sheet
    if state.selection is None:
        return wished  # thousands of shots need not be made anew at every change of a form
    return wished.crop(state.selection.start_frames, state.selection.end_excl_frames)


def seconds_of(frames: int, rate: Fraction) -> float:
    """Record frames in seconds, for axes and players."""
    return float(frames / rate)
