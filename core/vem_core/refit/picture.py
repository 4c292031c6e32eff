"""Which stretches of the picture a re-cut left alone, and how far each travelled."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from vem_core.contract.cut_sheet import CutSheet, Shot
from vem_core.contract.recut import FrameRange
from vem_core.contract.sheet_diff import SheetDiff, ShotChange, ShotMatch

_WHOLE_FRAME = 0.02
"""How far, in record frames, two source frames may be apart and still be one."""


@dataclass(frozen=True)
class PictureRun:
    """Frames [start, end) of the new sheet that show what the earlier sheet showed from `earlier_frames` on."""

    start_frames: int
    end_excl_frames: int
    earlier_frames: int
    locked: bool = False  # stays though its picture may have changed

    @property
    def travel_frames(self) -> int:
        """How many frames later it stands than before; negative: earlier."""
        return self.start_frames - self.earlier_frames

    @property
    def earlier_end_excl_frames(self) -> int:
        """The first record frame after it in the earlier sheet."""
        return self.end_excl_frames - self.travel_frames


Marks = tuple[tuple[object, ...], ...]


def unchanged_picture(
    earlier: CutSheet, new: CutSheet, diff: SheetDiff, changed_shots: Collection[int] = ()
) -> tuple[PictureRun, ...]:
    """The longest runs of frames that show what they showed, in order of the new sheet.

    `changed_shots` of the new sheet do not count as unchanged, whatever they show. At another rate nothing does: no
    frame falls on the instant it fell on.
    """
    if diff.rate_changed:
        return ()
    runs: list[PictureRun] = []
    for match in diff.matches:
        run = None if match.new in changed_shots else _run_of(match, earlier, new)
        if run is None:
            continue
        last = runs[-1] if runs else None
        if last and last.end_excl_frames == run.start_frames and last.travel_frames == run.travel_frames:
            runs[-1] = replace(last, end_excl_frames=run.end_excl_frames)
        else:
            runs.append(run)
    return tuple(runs)


def with_locks(
    runs: Sequence[PictureRun], locks: Sequence[FrameRange], diff: SheetDiff, new: CutSheet, earlier: CutSheet
) -> tuple[PictureRun, ...]:
    """The runs with each locked range as a run of its own, which travels with the shot it begins in."""
    for lock in sorted(locks, key=lambda lock: lock.start_frames):
        shot = next((m for m in diff.matches if _shows(new.shots[m.new], lock.start_frames)), None)
        if shot is None or shot.old is None or diff.rate_changed:
            continue
        begin = lock.start_frames - shot.travel_frames
        end_excl = min(lock.end_excl_frames, new.duration_frames, earlier.duration_frames + shot.travel_frames)
        if begin < 0 or end_excl <= lock.start_frames:
            continue
        locked = PictureRun(lock.start_frames, end_excl, begin, locked=True)
        runs = sorted([*_apart_from(runs, locked), locked], key=lambda run: run.start_frames)
    return tuple(runs)


def marks_of(sheet: CutSheet, start_frames: int, end_excl_frames: int) -> Marks:
    """What the editor and the cut ask of the music in a stretch, counted from its start: equal marks, equal tasks."""

    def inside(frame: int) -> bool:
        return start_frames <= frame < end_excl_frames

    cuts = [
        ("cut", cut.record_frames - start_frames, cut.wish.value, cut.kind.value, cut.extent_frames)
        for cut in sheet.cuts
        if inside(cut.record_frames)
    ]
    events = [
        ("event", event.record_frames - start_frames, event.wish.value)
        for event in sheet.events
        if inside(event.record_frames)
    ]
    starts = [("cue", cue.record_frames - start_frames) for cue in sheet.cue_starts if inside(cue.record_frames)]
    spans = [
        (name, max(span.start_frames, start_frames) - start_frames, min(span.end_excl_frames, end_excl_frames))
        for name, spans in (("silence", sheet.silences), ("speech", sheet.speech))
        for span in spans
        if span.start_frames < end_excl_frames and span.end_excl_frames > start_frames
    ]
    relative = [(name, begin, end - start_frames) for name, begin, end in spans]
    return (*cuts, *events, *starts, *relative)


def _run_of(match: ShotMatch, earlier: CutSheet, new: CutSheet) -> PictureRun | None:
    if match.old is None or match.change in (ShotChange.SLIPPED, ShotChange.INSERTED):
        return None
    shot, before = new.shots[match.new], earlier.shots[match.old]
    if match.change in (ShotChange.KEPT, ShotChange.MOVED):
        return PictureRun(shot.start_frames, shot.end_excl_frames, before.start_frames)
    skipped = _skipped_frames(before, shot, new)
    if skipped is None:
        return None
    first, end_excl = max(0, skipped), min(before.duration_frames, skipped + shot.duration_frames)
    if first >= end_excl:
        return None
    return PictureRun(
        shot.start_frames + first - skipped, shot.start_frames + end_excl - skipped, before.start_frames + first
    )


def _skipped_frames(before: Shot, after: Shot, sheet: CutSheet) -> int | None:
    """How many record frames later in its medium a trimmed shot begins; None where it is no whole number."""
    if before.source is None or after.source is None:
        return None
    if before.source.speed == 0:
        return 0
    source_frames = after.source.start_frames - before.source.start_frames
    frames = source_frames * float(sheet.rate / before.source.rate) / before.source.speed
    return round(frames) if abs(frames - round(frames)) <= _WHOLE_FRAME else None


def _shows(shot: Shot, frame: int) -> bool:
    return shot.start_frames <= frame < shot.end_excl_frames


def _apart_from(runs: Sequence[PictureRun], locked: PictureRun) -> Iterator[PictureRun]:
    """What the runs leave of the new and of the earlier sheet once a locked one has its frames of both."""
    for run in runs:
        taken = [
            (locked.start_frames, locked.end_excl_frames),
            (
                locked.earlier_frames + run.travel_frames,
                locked.earlier_end_excl_frames + run.travel_frames,
            ),
        ]
        pieces = [(run.start_frames, run.end_excl_frames)]
        for begin, end_excl in taken:
            pieces = [
                piece
                for start, stop in pieces
                for piece in ((start, min(stop, begin)), (max(start, end_excl), stop))
                if piece[0] < piece[1]
            ]
        for start, stop in pieces:
            yield PictureRun(start, stop, start - run.travel_frames, run.locked)
