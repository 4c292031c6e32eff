"""The one way to score: read the timeline, resolve the wishes, follow the take before or none, score, place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.direction import Direction
from vem_core.contract.errors import DirectionError, ModelMissing
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.recut import FrameRange
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.unset import Unset
from vem_core.contract.variants import MOST_VARIANTS, VariantPlan, VariantsRequest
from vem_core.contract.wishes import Wishes
from vem_plugin.client import session as client_session
from vem_plugin.client.base import CoreClient, OpenCore
from vem_plugin.hosts.base import Host, Placement, Take, TimelineReading
from vem_plugin.interrupting import uninterrupted
from vem_plugin.placement.state import PlacedTake
from vem_plugin.scoring.foresight import foresee, known_outlook
from vem_plugin.scoring.listening import Listener, SilentListener
from vem_plugin.scoring.order import Order
from vem_plugin.scoring.placing import Placing
from vem_plugin.scoring.refitting import Following, check_usable, follow
from vem_plugin.scoring.resolving import Resolved, resolve
from vem_plugin.scoring.soundfonts import KNOWN_SOUNDS, describe_soundfont
from vem_plugin.scoring.temp_track import heard_as_wishes, listen_to, still_follows
from vem_plugin.scoring.variants import Variant, make_variants
from vem_plugin.sound.temp_track import TempTrackUse, describe, find_temp_track
from vem_plugin.takes.earlier import EarlierScore
from vem_plugin.takes.keeping import scratch_folder
from vem_plugin.takes.recognising import take_from

_NEW_AS_ASKED = "A new piece is made, as asked; what stands there is not followed."
_NEW_AS_NONE_IS_THERE = "No score of VeM Score is on this timeline: a new piece is made. (--from TAKE names one.)"

MakeOrder = Callable[[CutSheet], Order]
"""Makes an order for a whole timeline's sheet: points, lengths in frames and ranges can only be read beside it."""


@dataclass(frozen=True)
class Prepared:
    """A run of which everything is known but the music."""

    order: Order
    following: Following
    in_frames: int  # of the timeline, where the request's sheet begins
    muted_lane: int | None = None  # the temp track's number among the audio lanes, from 1

    @property
    def request(self) -> ScoreRequest:
        """The request that goes to the core, word for word."""
        return self.following.request

    @property
    def sheet(self) -> CutSheet:
        """What is scored."""
        return self.request.sheet


@dataclass(frozen=True)
class Outcome:
    """A timeline that was scored."""

    request: ScoreRequest
    result: ScoreResult
    placement: Placement
    preview: Path | None = None
    unchanged: bool = False  # nothing was made: the take that stands there is what was asked for
    kept_take: int | None = None  # that one's number
    new_piece_reason: str = ""  # why no take is followed, where none is

    @property
    def sheet(self) -> CutSheet:
        """What was scored."""
        return self.request.sheet


class ScoringSession:
    """Scores the timeline of one host. `open_core` gives a core for the length of a `with`; None: the user's own."""

    def __init__(self, host: Host, listener: Listener | None = None, open_core: OpenCore | None = None) -> None:
        self.host = host
        self._listener: Listener = SilentListener() if listener is None else listener
        self._open_core = open_core

    def run(self, make_order: MakeOrder | Order = Order()) -> Outcome:
        """Do all of it. Raises VemError; what stood on the timeline before is then still there."""
        reading = self.read()
        order = make_order if isinstance(make_order, Order) else make_order(reading.sheet)
        return self.complete(self.prepare(reading, order))

    def read(self) -> TimelineReading:
        """The timeline, whose notices are said. Raises TimelineError."""
        reading = self.host.read_timeline()
        self._say(*reading.notices)
        return reading

    def prepare(self, reading: TimelineReading, order: Order) -> Prepared:
        """Everything that can be done without a core. Raises VemError, before any work where the output is refused."""
        self.host.check_output()
        prepared = self.ask(reading, order)
        self._say(*prepared.following.notices)
        return prepared

    def ask(self, reading: TimelineReading, order: Order) -> Prepared:
        """What would be sent to a core, for an order of which nothing is placed."""
        span = order.span or FrameRange(0, reading.sheet.duration_frames)
        sheet = reading.sheet.crop(span.start_frames, span.end_excl_frames)
        wishes, muted_lane = self._after_temp_track(order, sheet, span.start_frames)
        earlier = self._earlier(order, span.start_frames, sheet)
        if earlier is not None and earlier.asked and still_follows(wishes, order.wishes, earlier.asked.direction):
            wishes = order.wishes
        wanted = self._resolved(order, wishes, sheet, earlier)
        sheet = self._with_speech(reading.sheet, wanted.direction).crop(span.start_frames, span.end_excl_frames)
        self._say(f"{len(sheet.cuts)} cut{'' if len(sheet.cuts) == 1 else 's'} in {_length(sheet)}.")
        pictures = self.host.read_thumbnails(sheet)
        self._say(*pictures.warnings)
        following = follow(
            wanted.request(sheet, pictures.thumbnails),
            pictures.jpegs,
            earlier,
            locked=order.locked,
            varied=order.varied,
            variation_seed=None if isinstance(wishes.seed, Unset) else wishes.seed,
        )
        if earlier is None:
            following = dataclasses.replace(following, reason=_new_piece_reason(order))
        return Prepared(order, following, span.start_frames, muted_lane)

    def foresee(self, reading: TimelineReading, order: Order) -> tuple[Prepared, RecutOutlook]:
        """What a run would keep; nothing is made or written. Raises VemError."""
        prepared = self.ask(reading, order)
        known = known_outlook(prepared.following)
        if known is not None:
            return prepared, known
        with (self._open_core or client_session.core_session)() as client:
            return prepared, foresee(client, prepared.following, self._listener.advance)

    def variants(self, reading: TimelineReading, order: Order, count: int) -> tuple[Variant, ...]:
        """Have so many clearly different pieces made, as takes of the library, the best first; none is placed.

        Raises VemError; the takes that were made before stay.
        """
        if order.source or order.locked or order.varied:
            raise DirectionError(
                "Variants are new pieces: they follow no take, and nothing is locked or varied in them.",
                hint="Leave out --variants, or --from, --lock and --vary.",
            )
        if not 1 <= count <= MOST_VARIANTS:
            raise DirectionError(f"There are 1 to {MOST_VARIANTS} variants, not {count}.")
        self.host.check_output()
        asked = self.ask(reading, dataclasses.replace(order, afresh=True))
        if asked.request.music is not None:
            raise DirectionError("Variants are of music that is made, not of your own.", hint="Add --music none.")
        self._say(*asked.following.notices)
        with self._core() as client:
            attachments = asked.following.attachments
            plans = client.variants(VariantsRequest(asked.request, count), attachments, self._listener.advance)

            def make(plan: VariantPlan) -> PlacedTake:
                return self._stored(client, asked, plan)

            return make_variants(plans.variants, self.host.library_folder(), make, self._listener.say)

    def _stored(self, client: CoreClient, asked: Prepared, plan: VariantPlan) -> PlacedTake:
        """The take of one variant, in the library."""
        following = dataclasses.replace(asked.following, request=plan.of(asked.request))
        with scratch_folder() as scratch:
            result = generate(client, following, scratch.folder, self._listener)
            self._say(*result.warnings)
            order = asked.order
            take = Take(
                following.request,
                result,
                scratch.folder,
                asked.in_frames,
                embed_state=order.embed_state,
                marked=order.marked,
                credentials=order.credentials,
                in_transit=True,
            )
            with uninterrupted():
                return self.host.store(take)

    def complete(self, prepared: Prepared) -> Outcome:
        """Have the music made and placed; say what came of it. Raises VemError."""
        unchanged = prepared.following.unchanged
        if unchanged is not None:
            self._say(f"Nothing changed: take {unchanged.take} stays as it is.")
            placement = self.host.keep(unchanged, prepared.muted_lane)
            self._say(*placement.notices)
            return self._shown(
                Outcome(prepared.request, unchanged.result, placement, unchanged=True, kept_take=unchanged.take),
                prepared,
            )
        with scratch_folder() as scratch, Placing(self.host, scratch, self._listener.say) as placing:
            with self._core() as client:
                result = generate(client, prepared.following, scratch.folder, self._listener)
                placement = placing.place(
                    Take(
                        prepared.request,
                        result,
                        scratch.folder,
                        prepared.in_frames,
                        prepared.order.stem_lanes,
                        prepared.muted_lane,
                        embed_state=prepared.order.embed_state,
                        marked=prepared.order.marked,
                        credentials=prepared.order.credentials,
                        in_transit=True,
                    )
                )
            self._say(*([result.refit.summary] if result.refit else []), *result.warnings, *placement.notices)
            self._say(*describe_soundfont(prepared.request.soundfont, result.model))
            reason = prepared.following.reason
            return self._shown(Outcome(prepared.request, result, placement, new_piece_reason=reason), prepared)

    def _core(self) -> AbstractContextManager[CoreClient]:
        return (self._open_core or client_session.core_session)()

    def _after_temp_track(self, order: Order, sheet: CutSheet, in_frames: int) -> tuple[Wishes, int | None]:
        """The wishes with what is heard on the temp track, where it shall be followed, and its lane's number where that
        shall be switched off."""
        if order.temp_track is TempTrackUse.LEAVE:
            return order.wishes, None
        lane = find_temp_track(self.host.read_lanes(), order.temp_lane)
        if order.temp_track is TempTrackUse.MUTE:
            return order.wishes, lane.number
        heard = listen_to(self.host, lane, sheet, in_frames, self._core, self._listener.advance)
        self._say(describe(heard, lane.name))
        return heard_as_wishes(heard, order.wishes), lane.number

    def _earlier(self, order: Order, in_frames: int, sheet: CutSheet) -> EarlierScore | None:
        """The score to follow; where there is none, the reason is said before a new piece is made."""
        if order.source:
            take, sounds = take_from(order.source, self.host.library_folder())
            return EarlierScore(take, take.audio, sounds)
        earlier = None if order.afresh else self.host.earlier_score(in_frames, sheet)
        if earlier is None and (order.locked or order.varied):
            raise DirectionError("There is no score yet that could be locked or varied.")
        if earlier is None:
            self._say(_new_piece_reason(order))
        return earlier

    def _resolved(self, order: Order, wishes: Wishes, sheet: CutSheet, earlier: EarlierScore | None) -> Resolved:
        if earlier is None:
            return resolve(wishes, sheet, sounds=KNOWN_SOUNDS)
        take = check_usable(earlier)
        if order.varied and take is not None:  # the seed is then that of the varied ranges
            wishes = dataclasses.replace(wishes, seed=take.request.seed)
        wanted = resolve(wishes, sheet, earlier.asked, take.result.model if take else "", KNOWN_SOUNDS)
        before = earlier.asked and earlier.asked.soundfont
        if before and wanted.soundfont is None and isinstance(wishes.soundfont, Unset):
            self._say(
                "The sampled instruments of the take before are not on this machine: the synthesiser plays what they "
                "played. `vem sounds` says what is here; --soundfont names a file."
            )
        return wanted

    def _with_speech(self, sheet: CutSheet, direction: Direction) -> CutSheet:
        """The sheet with the speech of the timeline's audio lanes, where the music shall make room for it."""
        if direction.room.depth_db == 0:
            return sheet
        speech = self.host.read_speech()
        self._say(*speech.notices)
        if speech.spans:
            seconds = float(sum(span.duration_frames for span in speech.spans) / sheet.rate)
            self._say(
                f"Speech for {seconds:.1f} s in {len(speech.spans)} places: the music makes room of "
                f"{direction.room.depth_db:g} dB. --duck 0 leaves it as it is."
            )
        return dataclasses.replace(sheet, speech=speech.spans)

    def _shown(self, outcome: Outcome, prepared: Prepared) -> Outcome:
        """With the preview, where one is wanted."""
        path = prepared.order.preview
        if path is None:
            return outcome
        return dataclasses.replace(outcome, preview=self.host.write_preview(prepared.sheet, outcome.placement, path))

    def _say(self, *sentences: str) -> None:
        for sentence in sentences:
            self._listener.say(sentence)


def _new_piece_reason(order: Order) -> str:
    return _NEW_AS_ASKED if order.afresh else _NEW_AS_NONE_IS_THERE


def generate(client: CoreClient, following: Following, folder: Path, listener: Listener) -> ScoreResult:
    """Have a core make the music, its files in `folder`.

    Raises ModelMissing in words that name the take whose model is not here, and what the core raises.
    """
    request = following.request
    try:
        return client.score(request, following.attachments, folder, listener.advance)
    except ModelMissing as error:
        if request.recut is None:
            raise
        take = request.recut.earlier
        raise ModelMissing(
            f"Take {take.take} was made by {take.model}, which cannot play here: {error.message} Nothing was changed.",
            hint="Install it, or name another with --model: the same piece is then played by that.",
        ) from error


def _length(sheet: CutSheet) -> str:
    seconds = float(sheet.duration_frames / sheet.rate)
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)}:{seconds % 60:04.1f} min"
