"""Wishes to full values: once, against the take before where there is one, else against the defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.direction import Direction
from vem_core.contract.errors import ContractError, DirectionError
from vem_core.contract.own_music import OWN_MUSIC, OwnMusic
from vem_core.contract.parse import Parse, StoryboardCue, shot_boundaries_samples, transition_cues
from vem_core.contract.request import Delivery, Device, ScoreRequest, SoundFont, Thumbnail
from vem_core.contract.sheet_diff import SheetDiff, diff_sheets
from vem_core.contract.unset import Unset
from vem_core.contract.wishes import Wishes, direction_with, values_with


@dataclass(frozen=True)
class KnownSounds:
    """The SoundFonts of this machine."""

    find: Callable[[SoundFont], SoundFont | None]  # the one with the same bytes; None: there is none
    default: Callable[[], SoundFont | None]  # what plays a new piece where nobody says


NO_SOUNDS = KnownSounds(lambda font: None, lambda: None)


@dataclass(frozen=True)
class Resolved:
    """What a request holds beside the timeline: full values."""

    direction: Direction = Direction()
    delivery: Delivery = Delivery()
    model: str = "auto"
    device: Device = Device.AUTO
    seed: int = 0
    parser: str = "bundled"
    parse: Parse | None = None
    soundfont: SoundFont | None = None
    music: OwnMusic | None = None

    def with_wishes(self, wishes: Wishes) -> Resolved:
        """These values, and what is wished over them. Raises ContractError."""
        direction, delivery = direction_with(wishes, self.direction), values_with(wishes, self.delivery)
        values = dataclasses.replace(values_with(wishes, self), direction=direction, delivery=delivery)
        return values._of_one_kind(wishes)

    def _of_one_kind(self, wishes: Wishes) -> Resolved:
        """Either music that a model makes or the user's own: who names a model and no music wants music to be made."""
        named = isinstance(wishes.music, Unset) and not isinstance(wishes.model, Unset)
        if self.music is not None and not (named and wishes.model != OWN_MUSIC):
            return dataclasses.replace(self, model=OWN_MUSIC)
        return dataclasses.replace(self, music=None, model="auto" if self.model == OWN_MUSIC else self.model)

    def request(self, sheet: CutSheet, thumbnails: tuple[Thumbnail, ...] = ()) -> ScoreRequest:
        """The request for a sheet. Raises ContractError where the values are of another."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return ScoreRequest(sheet, thumbnails=thumbnails, **values)


def resolve(
    wishes: Wishes,
    sheet: CutSheet,
    before: ScoreRequest | None = None,
    made_by: str = "",
    sounds: KnownSounds = NO_SOUNDS,
) -> Resolved:
    """The values of a request for `sheet`: what is wished, else as the take before had it, else the default.

    `before` is what the take before was asked for, `made_by` the model that made it. What was said of its single shots
    follows them. The device is this machine's affair and the level under speech that of the format, so that neither is
    inherited. Raises DirectionError for what cannot be met.
    """
    was = Resolved(soundfont=sounds.default()) if before is None else inherited(before, sheet, made_by, sounds)
    return resolve_over(was, wishes)


def resolve_over(was: Resolved, wishes: Wishes) -> Resolved:
    """What is wished over what would hold without. Raises DirectionError for what cannot be met."""
    try:
        return was.with_wishes(wishes)
    except ContractError as error:
        raise DirectionError(f"This cannot be met: {error.message}.") from error


def followed_direction(direction: Direction, difference: SheetDiff) -> Direction:
    """A direction for a re-cut sheet: what it says of single shots goes with the shots."""
    was = {match.new: match.old for match in difference.matches if match.old is not None}
    shots = range(len(difference.matches))
    energies, words = direction.shot_energies, direction.shot_words
    return dataclasses.replace(
        direction,
        shot_energies=tuple(energies[was[shot]] if shot in was else None for shot in shots) if energies else (),
        shot_words=tuple(words[was[shot]] if shot in was else "" for shot in shots) if words else (),
    )


def followed_parse(parse: Parse, difference: SheetDiff, sheet: CutSheet) -> Parse:
    """A parse for a re-cut sheet: descriptions go with their shots, and a new shot is described by its own words."""
    if difference.unchanged:
        return parse
    bounds = shot_boundaries_samples(sheet)
    storyboard = []
    for shot, match in enumerate(difference.matches):
        own = StoryboardCue(0, 1, ", ".join(sheet.shots[shot].words))
        cue = own if match.old is None else parse.storyboard[match.old]
        start, end = bounds[shot], bounds[shot + 1]
        storyboard.append(dataclasses.replace(cue, start_samples=start, duration_samples=end - start))
    return dataclasses.replace(
        parse, duration_samples=bounds[-1], storyboard=tuple(storyboard), transitions=transition_cues(sheet)
    )


def inherited(before: ScoreRequest, sheet: CutSheet, made_by: str, sounds: KnownSounds) -> Resolved:
    """What the take before lends to a sheet, where nothing is wished; see `resolve`."""
    difference = diff_sheets(before.sheet, sheet)
    return Resolved(
        direction=followed_direction(before.direction, difference),
        delivery=dataclasses.replace(before.delivery, bake_level=True),
        model=made_by or before.model,
        seed=before.seed,
        parser=before.parser,
        parse=None if before.parse is None else followed_parse(before.parse, difference, sheet),
        music=before.music,
        soundfont=None if before.soundfont is None else sounds.find(before.soundfont),
    )
