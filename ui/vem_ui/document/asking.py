"""From what the editor asks to what is sent: the scoring session's steps, taken with the panel's state and takes."""

from __future__ import annotations

import dataclasses

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.parse import Parse
from vem_core.contract.recut import FrameRange
from vem_core.contract.request import ScoreRequest
from vem_core.contract.wishes import Wishes, wishes_of
from vem_plugin.hosts.base import ThumbnailSet
from vem_plugin.scoring.refitting import Following, follow, is_same
from vem_plugin.scoring.resolving import Resolved, resolve, resolve_over
from vem_plugin.scoring.soundfonts import KNOWN_SOUNDS
from vem_ui.document.state import ScoreState, scored_sheet, scored_span, wishes_for
from vem_ui.document.takes import StoredTake, earlier_score

_NO_PICTURES = ThumbnailSet((), {})


@dataclasses.dataclass(frozen=True)
class Asked:
    """A timeline, what the editor asks of it, and the take that is followed, if any."""

    sheet: CutSheet
    state: ScoreState
    take: StoredTake | None = None
    varied: tuple[FrameRange, ...] = ()  # ranges of the take that shall be other music, the rest as it is
    as_read: Parse | None = None  # what the core read in the shots of this sheet, where it was asked
    lent: Resolved | None = None  # what the followed take lends to the whole sheet, where that is worked out already

    @property
    def followed(self) -> StoredTake | None:
        """The take whose piece is kept where nothing contradicts it: one that begins where the music shall begin."""
        start_frames = scored_span(self.sheet, self.state).start_frames
        return self.take if self.take is not None and self.take.take.in_frames == start_frames else None

    @property
    def first_frames(self) -> int:
        """Where the music will begin in the timeline, in record frames: before what is scored by its handle."""
        return scored_span(self.sheet, self.state).start_frames - self.resolved().delivery.handle_before_frames

    def resolved(self) -> Resolved:
        """The values of the request: what is asked, else as the followed take had it, else the default."""
        take = self.followed
        wishes = wishes_for(self.sheet, self.state)
        if take is not None and self.lent is not None and self.state.selection is None:
            return resolve_over(self.lent, wishes)
        before, made_by = (None, "") if take is None else (take.take.request, take.take.result.model)
        return resolve(wishes, scored_sheet(self.sheet, self.state), before, made_by, KNOWN_SOUNDS)

    def request(self, pictures: ThumbnailSet = _NO_PICTURES) -> ScoreRequest:
        """The request for a new piece."""
        return self.resolved().request(scored_sheet(self.sheet, self.state), pictures.thumbnails)

    def following(self, pictures: ThumbnailSet = _NO_PICTURES) -> Following:
        """The request, as one that keeps what it can of the followed take. Raises InputError, AudioError."""
        take = self.followed
        earlier = None if take is None else earlier_score(take, self._described_before())
        locked = self.state.locked if self.state.selection is None else ()
        return follow(self.request(pictures), pictures.jpegs, earlier, locked=locked, varied=self.varied)

    def refits(self) -> bool:
        """Whether scoring keeps the piece of a take and changes something of it. Reads no file."""
        take = self.followed
        if take is None:
            return False
        earlier = dataclasses.replace(earlier_score(take, self._described_before()), sounds={})
        request = self.request()
        return follow(request, {}, earlier).request.recut is not None and not is_same(request, take.placed)

    def _described_before(self) -> Parse | None:
        """What the take was conditioned on, where the editor's changes of it are to be found out."""
        take = self.followed
        if take is None or self.state.parse is None or take.take.request.parse is not None:
            return None
        same_shots = take.take.request.sheet.shots == self.sheet.shots
        return self.as_read if same_shots else None


def as_take_was_asked(state: ScoreState, stored: StoredTake, sheet: CutSheet | None) -> ScoreState:
    """A state that asks for what a take was asked for; what is marked and selected stays as it is."""
    request, result = stored.take.request, stored.take.result
    whole = sheet is not None and len(request.sheet.shots) == len(sheet.shots)
    direction = request.direction
    if not whole:
        direction = dataclasses.replace(direction, shot_energies=(), shot_words=())
    wishes = wishes_of(direction, request.delivery).over(Wishes(seed=result.seed, model=request.model))
    return dataclasses.replace(state, asked=wishes, parse=request.parse if whole else None)
