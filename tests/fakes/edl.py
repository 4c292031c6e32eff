"""A small writer of edit decision lists, independent of the reader: shots in, CMX 3600 out, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Counting(NamedTuple):
    """How timecodes count: frames per timecode second, and whether two (or four) numbers are dropped each minute."""

    nominal: int
    drop: bool = False


class Shot(NamedTuple):
    """A stretch of a reel; `mix` frames of dissolve from what was before."""

    reel: str
    source_start: int
    frames: int
    mix: int = 0


def stamp(frame: int, counting: Counting) -> str:
    """A frame number as timecode, counted up minute by minute: a slow twin of the product's formula."""
    if not counting.drop:
        return _written(frame, counting.nominal, ":")
    dropped = counting.nominal // 15
    number, left = 0, frame
    minute = 0
    while True:
        skipped = dropped if minute % 10 else 0
        length = counting.nominal * 60 - skipped
        if left < length:
            return _written(number + skipped + left, counting.nominal, ";")
        left -= length
        number += counting.nominal * 60
        minute += 1


def _written(number: int, nominal: int, separator: str) -> str:
    seconds, frames = divmod(number, nominal)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{separator}{frames:02}"


def write_edl(shots: Sequence[Shot], counting: Counting, start: int, title: str = "Film") -> str:
    """The list of one picture track whose record begins at frame `start`."""
    lines = [f"TITLE: {title}", f"FCM: {'DROP FRAME' if counting.drop else 'NON-DROP FRAME'}", ""]
    record = start
    previous = None
    for number, shot in enumerate(shots, start=1):
        span = [shot.source_start, shot.source_start + shot.frames, record, record + shot.frames]
        times = " ".join(stamp(frame, counting) for frame in span)
        if shot.mix and previous is not None:
            left = previous.source_start + previous.frames
            origin = " ".join(stamp(frame, counting) for frame in (left, left, record, record))
            lines += [f"{number:03}  {previous.reel:<8} V     C        {origin}"]
            lines += [f"{number:03}  {shot.reel:<8} V     D    {shot.mix:03} {times}"]
            lines += [f"* FROM CLIP NAME: {previous.reel}.MOV", f"* TO CLIP NAME: {shot.reel}.MOV"]
        else:
            lines += [f"{number:03}  {shot.reel:<8} V     C        {times}", f"* FROM CLIP NAME: {shot.reel}.MOV"]
        record, previous = record + shot.frames, shot
    return "\r\n".join(lines) + "\r\n"
