"""Whether a timeline was read as its file says: rate, start, length and positions against the file's own numbers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import opentimelineio as otio

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import TimelineError
from vem_plugin.formats.reading import Claims
from vem_plugin.timeline.dialect import find_dialect
from vem_plugin.timeline.flattening import Flattener
from vem_plugin.timeline.record_clock import RecordClock, exact_rate, round_frames
from vem_plugin.timeline.tracks import lay_out, video_layers


def disagreements(timeline: otio.schema.Timeline, sheet: CutSheet, claims: Claims) -> Iterator[str]:
    """A sentence for each of the file's numbers that differs from what was read."""
    if claims.rate is not None and claims.rate != sheet.rate:
        yield f"The file says {_rate(claims.rate)} frames per second; it was read at {_rate(sheet.rate)}."
        return
    if claims.start_frames is not None and claims.start_frames != sheet.start_frames:
        yield f"The file says that it starts at frame {claims.start_frames}; it was read from {sheet.start_frames}."
    if claims.duration_frames is not None and claims.duration_frames != sheet.duration_frames:
        yield _other_length(sheet, claims)
    if claims.item_record_frames:
        yield from _moved_items(timeline, sheet, claims)


def _other_length(sheet: CutSheet, claims: Claims) -> str:
    last = max((end for _, _, end in claims.item_record_frames), default=None)
    if last == sheet.duration_frames:
        return (
            f"The file states a length of {claims.duration_frames} frames, but its own items reach to frame {last}: "
            "that was read."
        )
    return f"The file says that its picture lasts {claims.duration_frames} frames; {sheet.duration_frames} were read."


def _moved_items(timeline: otio.schema.Timeline, sheet: CutSheet, claims: Claims) -> Iterator[str]:
    try:
        read = _read_positions(timeline, sheet)
    except TimelineError:
        return  # the sheet came out; only the lane by itself cannot be laid out
    missing = [claim for claim in claims.item_record_frames if claim[1:] not in read]
    if not missing:
        return
    name, start, end = missing[0]
    more = f", and {len(missing) - 1} more items likewise" if len(missing) > 1 else ""
    nearest = min(read, key=lambda span: abs(span[0] - start) + abs(span[1] - end), default=None)
    found = "nothing was read there" if nearest is None else f"it was read at {nearest[0]} to {nearest[1]}"
    yield f"The file says that {name!r} stands at frames {start} to {end}; {found}{more}."


def _read_positions(timeline: otio.schema.Timeline, sheet: CutSheet) -> set[tuple[int, int]]:
    """Start and exclusive end of every item on the lowest picture lane, in record frames."""
    dialect = find_dialect(timeline)
    flattener = Flattener(RecordClock(exact_rate(float(sheet.rate))), dialect)
    layer, frame = lay_out(timeline, video_layers(timeline, dialect), flattener).placed[0]
    if not isinstance(layer, otio.schema.Track):
        return set()
    spans = (frame.span(placed.start, placed.end) for placed in flattener.contents(layer))
    return {(round_frames(first), round_frames(last)) for first, last in spans}


def _rate(rate: Fraction) -> str:
    return str(rate) if rate.denominator == 1 else f"{float(rate):.3f}"
