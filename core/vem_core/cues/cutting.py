"""Which stretches of a timeline get a piece of their own, and the request for each."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from vem_core.contract.brief import MOST_PROMPT_CHARACTERS
from vem_core.contract.cut_sheet import CutSheet, Event, Span, Wish
from vem_core.contract.errors import DirectionError
from vem_core.contract.plan import Ending
from vem_core.contract.request import Direction, ScoreRequest, Thumbnail
from vem_core.direction import read_words

SHORTEST_CUE_S = Fraction(3, 2)
"""What is left between two silences stays silent where it is shorter: no piece can begin and end in it."""


@dataclass(frozen=True)
class CueSpan:
    """The record frames [start, end) that one piece scores, counted from the sheet's first frame."""

    start_frames: int
    end_excl_frames: int
    label: str = ""  # what the editor's cue marker asks for
    number: int = 0  # of cue markers so far: a piece after a mere silence goes on with the one before


def cue_spans(sheet: CutSheet) -> tuple[tuple[CueSpan, ...], tuple[str, ...]]:
    """The stretches that are scored, in order, and what an editor should know about those that are not.

    Raises DirectionError where silence leaves nothing to score.
    """
    silences = ((silence.start_frames, silence.end_excl_frames) for silence in sheet.silences)
    edges = [0, *itertools.chain.from_iterable(silences), sheet.duration_frames]
    starts = [cue.record_frames for cue in sheet.cue_starts]
    spans, warnings = [], []
    for start, end_excl in zip(edges[::2], edges[1::2], strict=True):
        bounds = [start, *(cue for cue in starts if start < cue < end_excl), end_excl]
        for begin, end in itertools.pairwise(bounds):
            number = sum(cue <= begin for cue in starts)
            span = CueSpan(begin, end, sheet.cue_starts[number - 1].label if number else "", number)
            if end - begin >= SHORTEST_CUE_S * sheet.rate or (begin, end) == (0, sheet.duration_frames):
                spans.append(span)
            elif end > begin:
                seconds = float((end - begin) / sheet.rate)
                warnings.append(f"{seconds:.1f} s of music between silences or cues are too short; they stay silent.")
    if not spans:
        raise DirectionError(
            "The whole range is marked as silent, so there is nothing to score.",
            hint='Remove a "music out" marker, or score another range with --in and --out.',
        )
    return tuple(spans), tuple(warnings)


def with_gaps_silent(sheet: CutSheet, spans: Sequence[CueSpan]) -> CutSheet:
    """The sheet with everything silent that none of the spans, in order, scores."""
    edges = [0, *itertools.chain.from_iterable((span.start_frames, span.end_excl_frames) for span in spans)]
    edges.append(sheet.duration_frames)
    gaps = tuple(Span(start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end)
    return dataclasses.replace(sheet, silences=gaps)


def cue_request(request: ScoreRequest, span: CueSpan, style: str) -> ScoreRequest:
    """The request for one piece: its part of the sheet, with its own words where it has some.

    `style` is that of the whole score, which a label may outrank. A piece that comes in later has an event on its first
    frame, one to be hit where a cut or cue is; one that goes out earlier rings out.
    """
    sheet = request.sheet.crop(span.start_frames, span.end_excl_frames)
    sheet = dataclasses.replace(sheet, cue_starts=(), silences=())
    if span.start_frames > 0 and not _is_marked(sheet, 0):
        marked = {cut.record_frames for cut in request.sheet.cuts}
        meant = span.start_frames in marked | {cue.record_frames for cue in request.sheet.cue_starts}
        entrance = Event(0, Wish.HIT if meant else Wish.AUTO, ENTRANCE)
        sheet = dataclasses.replace(sheet, events=(entrance, *sheet.events))
    first = next(index for index, shot in enumerate(request.sheet.shots) if shot.end_excl_frames > span.start_frames)
    return dataclasses.replace(
        request,
        sheet=sheet,
        direction=_direction(request, span, style, first, len(sheet.shots)),
        seed=(request.seed + span.number) % 2**63,
        thumbnails=_thumbnails(request, span, first),
        parse=request.parse.moved_to(sheet, first) if request.parse is not None else None,
        recut=None,
    )


ENTRANCE = "the music comes in"
"""The label of the event that a piece which comes in later has on its first frame."""


def without_entrance(request: ScoreRequest) -> ScoreRequest:
    """The same request with no need for a beat on the first frame, for where that contradicts the editor's marks."""
    events = tuple(event for event in request.sheet.events if (event.record_frames, event.label) != (0, ENTRANCE))
    return dataclasses.replace(request, sheet=dataclasses.replace(request.sheet, events=events))


def has_entrance(request: ScoreRequest) -> bool:
    """Whether a piece's request has that event, which the editor's own sheet has not."""
    events = request.sheet.events
    return bool(events) and (events[0].record_frames, events[0].label) == (0, ENTRANCE)


def _is_marked(sheet: CutSheet, frame: int) -> bool:
    return any(event.record_frames == frame for event in sheet.events)


def _direction(request: ScoreRequest, span: CueSpan, style: str, first: int, shots: int) -> Direction:
    whole = request.direction
    label = span.label[: MOST_PROMPT_CHARACTERS // 2]  # what comes later in a prompt outranks what comes earlier
    ending = whole.ending
    if span.end_excl_frames < request.sheet.duration_frames and ending is not Ending.FADE:
        ending = Ending.RING_OUT
    return dataclasses.replace(
        whole,
        prompt=". ".join(text for text in (whole.prompt[: MOST_PROMPT_CHARACTERS - len(label) - 2], label) if text),
        style=None if read_words(label).genres else style,
        ending=ending,
        shot_energies=whole.shot_energies[first : first + shots],
        shot_words=whole.shot_words[first : first + shots],
    )


def _thumbnails(request: ScoreRequest, span: CueSpan, first: int) -> tuple[Thumbnail, ...]:
    return tuple(
        dataclasses.replace(
            thumbnail, shot=thumbnail.shot - first, record_frames=thumbnail.record_frames - span.start_frames
        )
        for thumbnail in request.thumbnails
        if span.start_frames <= thumbnail.record_frames < span.end_excl_frames
        and _shows(request.sheet, thumbnail, span)
    )


def _shows(sheet: CutSheet, thumbnail: Thumbnail, span: CueSpan) -> bool:
    """Whether the thumbnail's shot is part of the piece: a strip may reach across its edges."""
    shot = sheet.shots[thumbnail.shot]
    return shot.end_excl_frames > span.start_frames and shot.start_frames < span.end_excl_frames
