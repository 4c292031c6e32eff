"""Which boundaries between visible pictures are cuts."""

from __future__ import annotations

import enum
import itertools
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from vem_core.contract.cut_sheet import DropReason
from vem_plugin.timeline.flattening import Dissolve, Segment
from vem_plugin.timeline.pictures import Layer
from vem_plugin.timeline.record_clock import Exact, magnitude

FEWEST_CONFORMED_BOUNDARIES = 6
"""With fewer through-edits than this, they are taken for razor marks, not for a cut list."""

CONFORMED_SHARE = 0.8
"""Share of the boundaries, and of the picture's length, that one running medium has in a conformed movie."""


class Stretch(NamedTuple):
    """A stretch of the flattened timeline: a span of picture, or nothing (black)."""

    start: Exact
    end: Exact
    span: Segment | None

    @property
    def black(self) -> bool:
        """Whether the audience sees nothing: no span, or a clip that is black by itself."""
        return self.span is None or self.span.picture.layer is Layer.BLACK


class BoundaryKind(enum.Enum):
    CHANGE = enum.auto()
    THROUGH_EDIT = enum.auto()
    BLACK = enum.auto()
    OVERLAY = enum.auto()


DROP_REASONS = {
    BoundaryKind.THROUGH_EDIT: DropReason.THROUGH_EDIT,
    BoundaryKind.BLACK: DropReason.BLACK,
    BoundaryKind.OVERLAY: DropReason.OVERLAY,
}


class Boundary(NamedTuple):
    """An instant at which one thing ends and another begins; `left` and `right` are indices of stretches."""

    position: Exact
    kind: BoundaryKind
    left: int
    right: int
    dissolve: Dissolve | None = None


def tile(spans: Sequence[Segment], end: Exact) -> list[Stretch]:
    """The spans with black in between, over [0, end). Holes of less than a frame are rounding, and are closed."""
    stretches: list[Stretch] = []
    position: Exact = 0
    for span in spans:
        if span.start - position >= 1:
            stretches.append(Stretch(position, span.start, None))
        elif span.start > position and stretches:
            stretches[-1] = Stretch(stretches[-1].start, span.start, stretches[-1].span)
        start = span.start if stretches else 0 if span.start < 1 else span.start
        stretches.append(Stretch(start, span.end, span))
        position = span.end
    if end - position >= 1:
        stretches.append(Stretch(position, end, None))
    elif end > position and stretches:
        stretches[-1] = Stretch(stretches[-1].start, end, stretches[-1].span)
    return stretches


def find_boundaries(stretches: Sequence[Stretch]) -> list[Boundary]:
    """What happens between each two neighbouring stretches."""
    return [_boundary(index, left, right) for index, (left, right) in enumerate(itertools.pairwise(stretches))]


def is_conformed(stretches: Sequence[Stretch], boundaries: Sequence[Boundary]) -> bool:
    """Whether the timeline is one medium cut up at its real cuts, so that nearly all its boundaries run through."""
    kinds = Counter(boundary.kind for boundary in boundaries)
    through = kinds[BoundaryKind.THROUGH_EDIT]
    if through < FEWEST_CONFORMED_BOUNDARIES or through < CONFORMED_SHARE * (through + kinds[BoundaryKind.CHANGE]):
        return False
    lengths: Counter[str] = Counter()
    for stretch in stretches:
        if stretch.span is not None and not stretch.black:
            lengths[stretch.span.picture.medium] += stretch.end - stretch.start  # type: ignore[assignment]
    return max(lengths.values()) >= CONFORMED_SHARE * sum(lengths.values())


def runs_on(left: Segment, right: Segment) -> bool:
    """Whether two neighbouring spans show one medium that runs on across their boundary.

    The source may jump by less than a frame (of the source, or of the record where that is longer): writers round.
    A change of speed runs on; a change of direction, and the beginning or end of a freeze frame, do not.
    """
    if not left.picture.medium or left.picture.medium != right.picture.medium:
        return False
    if left.picture.still and right.picture.still:
        return True
    if _sign(left.source_step) != _sign(right.source_step):
        return False
    left_source, right_source = left.source_at(left.end), right.source_start
    if right.picture.source_rate is not left.picture.source_rate:
        right_source = right_source * left.picture.source_rate / right.picture.source_rate
    jump = magnitude(right_source - left_source)
    return jump < 1 or jump < magnitude(left.source_step) or jump < magnitude(right.source_step)


def overlay_boundaries(stretches: Sequence[Stretch], overlays: Sequence[Segment]) -> list[Boundary]:
    """Where overlays begin or end over a picture that goes on beneath them."""
    ends = [stretch.end for stretch in stretches]
    found: list[Boundary] = []
    for position in dict.fromkeys(edge for overlay in overlays for edge in (overlay.start, overlay.end)):
        index = bisect_right(ends, position)
        if index < len(stretches) and stretches[index].start < position and not stretches[index].black:
            found.append(Boundary(position, BoundaryKind.OVERLAY, index, index))
    return found


def _boundary(index: int, left: Stretch, right: Stretch) -> Boundary:
    kind = BoundaryKind.CHANGE
    if left.black and right.black:
        kind = BoundaryKind.BLACK
    elif not (left.black or right.black) and left.span and right.span and runs_on(left.span, right.span):
        kind = BoundaryKind.THROUGH_EDIT
    return Boundary(right.start, kind, index, index + 1, _dissolve(left.span, right.span))


def _dissolve(left: Segment | None, right: Segment | None) -> Dissolve | None:
    """The transition between two spans, unless a third picture hides one of its sides."""
    tail, head = (left.tail if left else None), (right.head if right else None)
    if tail is not None and (tail is head or tail.to_nothing):
        return tail
    if head is not None and head.from_nothing:
        return head
    return None


def _sign(step: Exact) -> int:
    return (step > 0) - (step < 0)
