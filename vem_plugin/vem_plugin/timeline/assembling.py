"""Putting a cut sheet together from stretches of picture, overlays and markers."""

from __future__ import annotations

import functools
import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from vem_core.contract.cut_sheet import (
    Cut,
    CutKind,
    CutSheet,
    DroppedBoundary,
    DropReason,
    Event,
    Shot,
    SourceSpan,
    Wish,
)
from vem_plugin.timeline.boundaries import (
    DROP_REASONS,
    Boundary,
    BoundaryKind,
    Stretch,
    find_boundaries,
    is_conformed,
    overlay_boundaries,
)
from vem_plugin.timeline.flattening import Segment
from vem_plugin.timeline.markers import Mark, tolerance_frames
from vem_plugin.timeline.pictures import Picture, basename, fingerprint, sequence_naming
from vem_plugin.timeline.record_clock import Exact, round_frames
from vem_plugin.timeline.shot_media import MediaKind, ShotMedia
from vem_plugin.timeline.spotting import Signpost, spot
from vem_plugin.timeline.words import clip_words, gather

_STRONGEST_LAST = (Wish.AUTO, Wish.IGNORE, Wish.HIT, Wish.DROP)


@dataclass
class CutList:
    """Cuts in order, the stretches on either side of each, and the boundaries that were left out."""

    cuts: list[Cut] = field(default_factory=list)
    sides: list[tuple[int, int]] = field(default_factory=list)
    dropped: list[DroppedBoundary] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    conformed: bool = False


def assemble(
    *,
    name: str,
    rate: Fraction,
    start_frames: int,
    drop_frame: bool,
    stretches: Sequence[Stretch],
    overlays: Sequence[Segment],
    marks: Sequence[Mark],
    keep_through_edits: bool | None,
    keep_overlays: bool,
    all_markers_hit: bool = False,
) -> tuple[CutSheet, tuple[ShotMedia, ...], tuple[str, ...]]:
    """The sheet, where its pictures come from, and what an editor should know. `stretches` must tile the timeline."""
    duration_frames = round_frames(stretches[-1].end)
    listed = list_cuts(stretches, overlays, duration_frames, keep_through_edits, keep_overlays)
    posts = [Signpost(mark.start_frames, mark.end_excl_frames, mark.sign, mark.label) for mark in marks if mark.sign]
    marks = [mark for mark in marks if mark.sign is None]
    cuts, events = apply_marks(listed.cuts, marks, rate, all_hit=all_markers_hit)
    spotting = spot(posts, cuts, duration_frames, tolerance_frames(rate))
    edges = [0, *(cut.record_frames for cut in cuts), duration_frames]
    media = list_media(stretches, edges, listed.sides, rate)
    shots = list_shots(edges, media, overlays, marks)
    sheet = CutSheet(
        name=name,
        rate=rate,
        start_frames=start_frames,
        duration_frames=duration_frames,
        shots=shots,
        cuts=tuple(cuts),
        events=tuple(events),
        dropped=tuple(listed.dropped),
        drop_frame=drop_frame,
        conformed=listed.conformed,
        silences=spotting.silences,
        cue_starts=spotting.cue_starts,
    )
    return sheet, tuple(entry for entry, _ in media), (*listed.notices, *spotting.notices)


def list_cuts(
    stretches: Sequence[Stretch],
    overlays: Sequence[Segment],
    duration_frames: int,
    keep_through_edits: bool | None,
    keep_overlays: bool,
) -> CutList:
    """Which boundaries are cuts, at which frames."""
    boundaries = find_boundaries(stretches)
    conformed = keep_through_edits is not False and is_conformed(stretches, boundaries)
    keep_through = conformed if keep_through_edits is None else keep_through_edits
    listed = CutList(conformed=conformed)
    if conformed and keep_through_edits is None:
        listed.notices.append(
            "Nearly every boundary joins one running medium: this looks like a finished film cut up at its cuts, so "
            "they all count. To leave such boundaries out, use --drop-through-edits."
        )
    boundaries = sorted([*boundaries, *overlay_boundaries(stretches, overlays)], key=lambda one: one.position)
    kept: list[Boundary] = []
    for boundary in boundaries:
        frames = round_frames(boundary.position)
        if not 0 < frames < duration_frames:
            continue
        if (
            boundary.kind is BoundaryKind.CHANGE
            or (boundary.kind is BoundaryKind.THROUGH_EDIT and keep_through)
            or (boundary.kind is BoundaryKind.OVERLAY and keep_overlays)
        ):
            kept.append(boundary)
        else:
            listed.dropped.append(DroppedBoundary(frames, DROP_REASONS[boundary.kind]))
    _place_cuts(kept, duration_frames, listed)
    at_cuts = {round_frames(boundary.position) for boundary in kept}
    listed.dropped = [boundary for boundary in dict.fromkeys(listed.dropped) if boundary.record_frames not in at_cuts]
    listed.notices.extend(_dropped_notices(listed.dropped))
    return listed


def apply_marks(
    cuts: Sequence[Cut], marks: Sequence[Mark], rate: Fraction, *, all_hit: bool = False
) -> tuple[list[Cut], list[Event]]:
    """The cuts with the wishes of the markers near them, and the events that other hit and drop markers make.

    With `all_hit` every marker away from the cuts is an event, whatever it says.
    """
    reach = tolerance_frames(rate)
    wishes: dict[int, Mark] = {}
    events: dict[int, Event] = {}
    for mark in marks:
        meant = _meant_cuts(cuts, mark, reach)
        if mark.wish is Wish.AUTO:
            if all_hit and not meant:
                events.setdefault(mark.start_frames, Event(mark.start_frames, Wish.HIT, mark.label))
            continue
        for index in meant:
            known = wishes.get(index)
            if known is None or _STRONGEST_LAST.index(mark.wish) > _STRONGEST_LAST.index(known.wish):
                wishes[index] = mark
        if not meant and mark.wish is not Wish.IGNORE:
            known_event = events.get(mark.start_frames)
            if known_event is None or mark.wish is Wish.DROP:
                events[mark.start_frames] = Event(mark.start_frames, mark.wish, mark.label)
    marked = [
        Cut(cut.record_frames, cut.kind, cut.nominal_frames, cut.extent_frames, wishes[index].wish, wishes[index].words)
        if index in wishes
        else cut
        for index, cut in enumerate(cuts)
    ]
    return marked, [events[frame] for frame in sorted(events)]


def list_media(
    stretches: Sequence[Stretch], edges: Sequence[int], sides: Sequence[tuple[int, int]], rate: Fraction
) -> list[tuple[ShotMedia, Segment | None]]:
    """Where the picture of each shot comes from; `edges` are the shots' boundaries, first and last included."""
    firsts = [0, *(right for _, right in sides)]
    lasts = [*(left for left, _ in sides), len(stretches) - 1]
    media: list[tuple[ShotMedia, Segment | None]] = []
    for shot, (start, end) in enumerate(itertools.pairwise(edges)):
        for index in range(firsts[shot], lasts[shot] + 1):
            stretch = stretches[index]
            until = end if index == lasts[shot] else min(end, round_frames(stretch.end))
            if until > start:
                media.append((_shot_media(shot, start, until - start, rate, stretch), stretch.span))
                start = until
    return media


def list_shots(
    edges: Sequence[int],
    media: Sequence[tuple[ShotMedia, Segment | None]],
    overlays: Sequence[Segment],
    marks: Sequence[Mark],
) -> tuple[Shot, ...]:
    """What the audience sees between the cuts, with the words that the editor wrote about it."""
    pieces: list[list[tuple[ShotMedia, Segment | None]]] = [[] for _ in edges[1:]]
    for piece in media:
        pieces[piece[0].shot].append(piece)
    pictures: list[list[Picture]] = [[span.picture for _, span in shown if span is not None] for shown in pieces]
    for overlay in overlays:
        first, last = (
            bisect_right(edges, round_frames(overlay.start)) - 1,
            bisect_left(edges, round_frames(overlay.end)),
        )
        for shot in range(max(0, first), min(last, len(pictures))):
            pictures[shot].append(overlay.picture)
    texts: list[list[str]] = [[] for _ in pictures]
    for mark in marks:
        texts[bisect_right(edges, mark.start_frames) - 1].append(mark.words)
    return tuple(
        _shot(start, end - start, shown, seen, labels)
        for (start, end), shown, seen, labels in zip(itertools.pairwise(edges), pieces, pictures, texts, strict=True)
    )


def _shot(
    start: int,
    duration: int,
    shown: Sequence[tuple[ShotMedia, Segment | None]],
    seen: Sequence[Picture],
    labels: Sequence[str],
) -> Shot:
    pictures = [(entry, span) for entry, span in shown if entry.kind is not MediaKind.BLACK and span is not None]
    words = list(labels)
    for picture in seen if len(seen) == 1 else {id(picture.clip): picture for picture in seen}.values():
        reference = picture.reference
        words += clip_words(picture.name, reference.name, picture.clip.metadata, reference.metadata)
    if not pictures:
        return Shot(start, duration, words=gather(words), picture=False)
    entry, span = pictures[0]
    source = None
    if span.picture.medium:
        source = SourceSpan(
            fingerprint(span.picture.medium), float(entry.source_start_frames), entry.source_rate, float(entry.speed)
        )
    return Shot(start, duration, span.picture.name or basename(span.picture.medium), gather(words), True, source)


def _shot_media(shot: int, start: int, duration: int, rate: Fraction, stretch: Stretch) -> ShotMedia:
    span = stretch.span
    if span is None:
        return ShotMedia(shot, start, duration, rate, MediaKind.BLACK)
    picture = span.picture
    speed = span.source_step
    if picture.source_rate is not rate:
        speed = speed * rate / picture.source_rate
    return ShotMedia(
        shot=shot,
        record_start_frames=start,
        record_duration_frames=duration,
        record_rate=rate,
        kind=picture.kind,
        name=picture.reference.name or picture.name,
        target_url=picture.address,
        source_start_frames=Fraction(span.source_at(start)),
        source_rate=picture.source_rate,
        speed=_fraction(speed),
        available_start_frames=picture.available_start_frames,
        available_duration_frames=picture.available_duration_frames,
        sequence=sequence_naming(picture.reference) if picture.kind is MediaKind.IMAGE_SEQUENCE else None,
    )


@functools.lru_cache(maxsize=256)
def _fraction(value: Exact) -> Fraction:
    return Fraction(value)


def _place_cuts(kept: Sequence[Boundary], duration_frames: int, listed: CutList) -> None:
    """Give each kept boundary its frame: its own, or the middle of its dissolve where that keeps the order."""
    distinct: list[Boundary] = []
    for boundary in kept:
        if distinct and round_frames(distinct[-1].position) == round_frames(boundary.position):
            earlier = distinct.pop()
            boundary = boundary._replace(left=earlier.left, dissolve=boundary.dissolve or earlier.dissolve)
        distinct.append(boundary)
    nominal = [round_frames(boundary.position) for boundary in distinct]
    previous = 0
    for index, boundary in enumerate(distinct):
        following = nominal[index + 1] if index + 1 < len(nominal) else duration_frames
        cut = _cut(boundary, nominal[index], previous, following)
        if cut is None:
            cut = Cut(nominal[index])
            listed.notices.append(
                f"The transition at frame {nominal[index]} reaches beyond its neighbours; its cut stands on the edit."
            )
        listed.cuts.append(cut)
        listed.sides.append((boundary.left, boundary.right))
        previous = cut.record_frames


def _cut(boundary: Boundary, nominal: int, previous: int, following: int) -> Cut | None:
    """The cut of a boundary, or None where the middle of its transition lies outside (previous, following)."""
    if boundary.dissolve is None:
        return Cut(nominal)
    start, end = round_frames(boundary.dissolve.start), round_frames(boundary.dissolve.end)
    if end <= start:
        return Cut(nominal)
    middle = start + (end - start) // 2
    if not previous < middle < following:
        return None
    return Cut(middle, CutKind.DISSOLVE, None if middle == nominal else nominal, end - start)


def _meant_cuts(cuts: Sequence[Cut], mark: Mark, reach: int) -> list[int]:
    """The cuts that a marker is about: the nearest in reach, or one in whose transition it stands.

    An ignore marker over a range is about all cuts in it.
    """
    if mark.wish is Wish.IGNORE and mark.end_excl_frames > mark.start_frames + 1:
        first, last = mark.start_frames - reach, mark.end_excl_frames + reach
        return [index for index, cut in enumerate(cuts) if first <= cut.record_frames < last]
    after = bisect_left(cuts, mark.start_frames, key=lambda cut: cut.record_frames)
    beside = [index for index in (after - 1, after) if 0 <= index < len(cuts)]
    near = [(_distance(cuts[index], mark.start_frames, reach), index) for index in beside]
    distance, index = min(near, default=(reach + 1, -1))
    return [index] if distance <= reach else []


def _distance(cut: Cut, frame: int, reach: int) -> int:
    """How far a frame is from a cut; anywhere in its transition is within reach."""
    distance = abs(cut.record_frames - frame)
    first = cut.record_frames - cut.extent_frames // 2
    return min(distance, reach) if first <= frame < first + cut.extent_frames else distance


def _dropped_notices(dropped: Sequence[DroppedBoundary]) -> Iterable[str]:
    through = sum(boundary.reason is DropReason.THROUGH_EDIT for boundary in dropped)
    overlay = sum(boundary.reason is DropReason.OVERLAY for boundary in dropped)
    if through:
        yield f"{_count(through, 'through-edit')} left out: one medium runs on. --keep-through-edits counts them."
    if overlay:
        yield f"{_count(overlay, 'edge')} of titles and adjustment layers left out. --keep-overlays counts them."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
