"""Scoring a timeline in memory, for programs that hold one and write it somewhere."""

from __future__ import annotations

import copy
import dataclasses
import logging
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import opentimelineio as otio

from vem_core.contract.codec import dumps, loads
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import ContractError, DirectionError, OutputError
from vem_core.contract.progress import Progress
from vem_core.contract.request import ScoreRequest
from vem_plugin.client.session import core_session
from vem_plugin.hosts.base import Take
from vem_plugin.media.locating import MediaLocator
from vem_plugin.media.thumbnails import read_thumbnails
from vem_plugin.placement.atomic import check_writable
from vem_plugin.placement.broadcast_wave import frames_since_midnight
from vem_plugin.placement.earlier import find_earlier
from vem_plugin.placement.lane import (
    DEFAULT_TRACK_NAME,
    LaneOptions,
    PlacedAudio,
    find_lanes,
    place_score,
    placed_takes,
)
from vem_plugin.placement.state import METADATA_KEY, PlacedTake, takes_of_clip
from vem_plugin.placement.writing import OutputNames, written_take
from vem_plugin.rescoring import Rescore, follow
from vem_plugin.timeline.sheet import read_cut_sheet

LOG = logging.getLogger(__name__)

STATE = "state"
STATE_SCHEMA = "VemScoreState"


@dataclass(frozen=True)
class Order:
    """What is asked of a score. None: as the timeline's last score was made, or else as the tool chooses."""

    prompt: str | None = None
    style: str | None = None
    mood: str | None = None
    key: str | None = None
    model: str | None = None
    seed: int | None = None
    output: str | None = None  # folder of the takes; None: NAME.vem beside the file that is written
    track_name: str = DEFAULT_TRACK_NAME


def order_from_wishes(wishes: Mapping[str, Any]) -> Order:
    """The order that loose names and values mean. Raises DirectionError naming what is unknown or of another type."""
    names = [field.name for field in dataclasses.fields(Order)]
    for name, value in wishes.items():
        if name not in names:
            raise DirectionError(f"VeM Score knows no wish {name!r}.", hint=f"It knows {', '.join(names)}.")
        if not isinstance(value, int if name == "seed" else str) or isinstance(value, bool):
            raise DirectionError(f"The wish {name!r} cannot be {value!r}.")
    return Order(**wishes)


def score_timeline(timeline: otio.schema.Timeline, path: str | None, order: Order) -> otio.schema.Timeline:
    """A copy of a timeline with a score on our lane; `path` is the file that it will be written to.

    A timeline that carries this very score is given back as it is, so that writing twice scores once; one that carries
    a score for other cuts keeps its piece, refitted. Raises VemError.
    """
    if path is None and order.output is None:
        raise OutputError("There is no file beside which the score could lie.", hint="Name a folder with vem_output.")
    target = Path(path or timeline.name or "timeline").absolute()
    read = read_cut_sheet(timeline)
    options = LaneOptions(order.track_name)
    request = _request(read.sheet, order, _last_request(timeline, options))
    names = OutputNames.beside(target, None if order.output is None else Path(order.output))
    if _is_scored(timeline, request, options, MediaLocator(names.folder)):
        LOG.info("%s carries this score already.", timeline.name)
        return timeline
    check_writable(names.folder)
    pictures = read_thumbnails(read, read.sheet, MediaLocator(target.parent))
    request = dataclasses.replace(request, thumbnails=pictures.thumbnails)
    earlier = find_earlier([timeline], options, 0, names, MediaLocator(names.folder).locate)
    rescore = Rescore(request, pictures.jpegs)
    if earlier is not None:
        rescore = follow(earlier, request, pictures.jpegs, stay_if_unchanged=False)
    for notice in (*read.notices, *pictures.warnings, *rescore.notices):
        LOG.info("%s", notice)
    with tempfile.TemporaryDirectory(prefix="vem-score-") as scratch, core_session() as client:
        result = client.score(rescore.request, rescore.parts, Path(scratch), _log_progress)
        if result.refit is not None:
            LOG.info("%s", result.refit.summary)
        take = Take(rescore.request, result, Path(scratch))
        with written_take(take, names, drop_frame=read.sheet.drop_frame) as written:
            return _placed(timeline, read.sheet, written.placed, written.audio, options)


def state_of(take: PlacedTake) -> otio.core.SerializableObject:
    """A take as the schema that programs pass on whether they know it or not."""
    otio.schema.schemadef.module_from_name("vem_score_state")  # registers the schema, were it not by now
    return otio.core.instance_from_schema(
        STATE_SCHEMA,
        1,
        {
            "take": take.take,
            "audio": take.audio,
            "model": take.result.model,
            "seed": take.result.seed,
            "tool_version": take.result.tool_version,
            "request": dumps(take.request),
        },
    )


def _request(sheet: CutSheet, order: Order, last: ScoreRequest | None) -> ScoreRequest:
    """What is asked for now: the order, and for what it leaves open the last score's own request."""
    base = ScoreRequest(sheet) if last is None else _fitted(last, sheet)
    wishes = {name: getattr(order, name) for name in ("prompt", "style", "mood", "key")}
    given = {name: wish for name, wish in wishes.items() if wish is not None}
    return dataclasses.replace(
        base,
        direction=dataclasses.replace(base.direction, **given),
        model=base.model if order.model is None else order.model,
        seed=base.seed if order.seed is None else order.seed,
    )


def _fitted(last: ScoreRequest, sheet: CutSheet) -> ScoreRequest:
    """An earlier request for another sheet; what it said of single shots holds where there are as many."""
    direction, parse = last.direction, last.parse
    if len(sheet.shots) != len(last.sheet.shots):
        direction, parse = dataclasses.replace(direction, shot_energies=(), shot_words=()), None
    parse = parse.moved_to(sheet) if parse is not None else None
    return dataclasses.replace(last, sheet=sheet, direction=direction, thumbnails=(), parse=parse)


def _last_request(timeline: otio.schema.Timeline, options: LaneOptions) -> ScoreRequest | None:
    """The request of the score on our lane, or where there is no lane, of the one that the timeline remembers."""
    takes = placed_takes(timeline, options)
    if takes:
        return takes[0].request
    part = timeline.metadata.get(METADATA_KEY)
    state = part.get(STATE) if isinstance(part, Mapping) else None
    try:
        return loads(ScoreRequest, state.request) if state is not None else None
    except (AttributeError, ContractError):
        return None


def _is_scored(
    timeline: otio.schema.Timeline, request: ScoreRequest, options: LaneOptions, locator: MediaLocator
) -> bool:
    """Whether our lane plays this request's score, of the whole or of a range, and the audio is there."""
    clips = [item for lane in find_lanes(timeline, options) for item in lane if isinstance(item, otio.schema.Clip)]
    for clip in clips:
        take = next(iter(takes_of_clip(clip)), None)
        if take is not None and _asks_for(request, take):
            return locator.locate(getattr(clip.media_reference, "target_url", "")) is not None
    return False


def _asks_for(request: ScoreRequest, take: PlacedTake) -> bool:
    """Whether a request of the whole timeline would give this take, or a whole that this take is a range of."""
    end_excl = take.in_frames + take.duration_frames
    if end_excl > request.sheet.duration_frames:
        return False
    wanted = _fitted(request, request.sheet.crop(take.in_frames, end_excl))
    return wanted == dataclasses.replace(take.request, thumbnails=())


def _placed(
    timeline: otio.schema.Timeline, sheet: CutSheet, take: PlacedTake, audio: Path, options: LaneOptions
) -> otio.schema.Timeline:
    scored = copy.deepcopy(timeline)
    start = frames_since_midnight(sheet.start_frames, sheet.rate, drop_frame=sheet.drop_frame)
    place_score(scored, sheet, PlacedAudio(take, str(audio), start), (), options)
    part = scored.metadata.get(METADATA_KEY)
    kept = dict(part) if isinstance(part, Mapping) else {}
    scored.metadata[METADATA_KEY] = {**kept, STATE: state_of(take)}
    return scored


def _log_progress(progress: Progress) -> None:
    LOG.info("%3.0f%% %s", 100 * progress.fraction, progress.stage.value if progress.stage else progress.state.value)
