"""The frame rate of an edit decision list, which no list states: asked, deduced from its timecodes, or assumed aloud.

Three things tell. A frame number of 24 exists only above 24 frames per second. An event at its own speed is as long in
the source as in the record, and where its two lengths cross a second differently, only one rate makes them equal.
Drop-frame timecode exists at 29.97 and 59.94 alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from vem_core.contract.errors import TimecodeError, TimelineUnreadable
from vem_core.contract.time import frame_of_timecode, nominal_rate, supports_drop_frame, timecode
from vem_plugin.formats.edl.events import EventLine, EventList, Stamp

NOMINAL_RATES = (24, 25, 30, 50, 60, 100, 120)
_TOLD_RATES = frozenset({*NOMINAL_RATES, 48})
_LIKELIEST = {30: Fraction(30000, 1001), 60: Fraction(60000, 1001), 120: Fraction(120000, 1001)}
_NTSC_SPELLING = {24: "23.976", 30: "29.97", 48: "47.952", 60: "59.94", 120: "119.88"}
_COUNTED_FROM_ONE = "Its timecodes count the frames of a second from 1, as OpenShot writes them."
FEWEST_WITNESSES = 2
"""Events whose lengths must agree on a rate before it counts as told."""


class EdlRate(NamedTuple):
    """The rate that a list is read at. `stated` where the editor or the list itself says so."""

    rate: Fraction
    drop_frame: bool
    stated: bool
    notices: tuple[str, ...] = ()
    first_frame: int = 0  # of a second: 1 where the list counts them from 1, as OpenShot does


def find_rate(events: EventList, asked: Fraction | None, of_media: tuple[str, Fraction] | None) -> EdlRate:
    """The rate to read a list at: the editor's, else what its timecodes tell, else a medium's on disk.

    Raises TimelineUnreadable where the editor's rate has no such timecodes.
    """
    highest, where = _highest_frame(events.lines)
    from_one = not any(stamp.frames == 0 for line in events.lines for stamp in line.record)
    highest_source = max(stamp.frames for line in events.lines for stamp in line.source)
    drop = _says_drop(events)
    if asked is not None:
        if from_one and highest == nominal_rate(asked):
            return EdlRate(asked, False, True, (_COUNTED_FROM_ONE,), first_frame=1)
        if highest >= nominal_rate(asked):
            raise TimelineUnreadable(
                f"Event {where.number} has frame number {highest}, which does not exist at {_spelt(asked)} frames "
                "per second.",
                hint="Give the rate that the list was exported at with --rate.",
            )
        fits = _told_by_lengths(events.lines, highest)
        doubt: tuple[str, ...] = ()
        if fits is not None and fits != nominal_rate(asked):
            doubt = (f"The list was read at {_spelt(asked)} frames per second as asked; its timecodes fit {fits}.",)
        return EdlRate(asked, drop and supports_drop_frame(asked), True, doubt)
    if drop:
        rate = Fraction(30000, 1001) if highest < 30 else Fraction(60000, 1001)
        return EdlRate(rate, True, True)
    told = _told_by_lengths(events.lines, highest - from_one)
    if told == highest:
        rate = _LIKELIEST.get(told, Fraction(told))
        notices = (_notice(rate, events.lines, highest, told=True), _COUNTED_FROM_ONE)
        return EdlRate(rate, False, False, notices, 1)
    if of_media is not None and nominal_rate(of_media[1]) > highest and told in (None, nominal_rate(of_media[1])):
        name, rate = of_media
        notice = f"The list states no frame rate; it was read at {_spelt(rate)}, the rate of {name}."
        return EdlRate(rate, False, False, (notice,))
    highest = max(highest, highest_source)
    nominal = told or next((rate for rate in NOMINAL_RATES if rate > highest), NOMINAL_RATES[-1])
    rate = _LIKELIEST.get(nominal, Fraction(nominal))
    return EdlRate(rate, False, False, (_notice(rate, events.lines, highest, told=told is not None),))


def frame_of_stamp(stamp: Stamp, rate: EdlRate) -> int:
    """The frame number of a timecode. Frame numbers that drop frame leaves out mean the next there is.

    Raises TimecodeError.
    """
    if not rate.drop_frame:
        base = nominal_rate(rate.rate)
        if stamp.minutes > 59 or stamp.seconds > 59 or stamp.frames >= base + rate.first_frame:
            raise TimecodeError(f"{stamp} does not exist at {_spelt(rate.rate)} frames per second.")
        return counted(stamp, base) - rate.first_frame
    text = f"{stamp.hours:02}:{stamp.minutes:02}:{stamp.seconds:02};{stamp.frames:02}"
    dropped = nominal_rate(rate.rate) // 15
    if stamp.seconds == 0 and stamp.frames < dropped and stamp.minutes % 10:
        text = f"{stamp.hours:02}:{stamp.minutes:02}:{stamp.seconds:02};{dropped:02}"
    return frame_of_timecode(text, rate.rate)


def counted(stamp: Stamp, nominal: int) -> int:
    """The frame number of a timecode without drop frame at a whole rate, whether or not it has such frames."""
    return ((stamp.hours * 60 + stamp.minutes) * 60 + stamp.seconds) * nominal + stamp.frames


def _highest_frame(lines: Sequence[EventLine]) -> tuple[int, EventLine]:
    """The highest frame number of the record, and its event; sources may run at rates of their own."""
    return max(((stamp.frames, line) for line in lines for stamp in line.record), key=lambda pair: pair[0])


def _says_drop(events: EventList) -> bool:
    """Whether the record counts in drop frame: its own separators, else the list's first FCM line."""
    stamps = [stamp for line in events.lines for stamp in line.record]
    if any(stamp.drop for stamp in stamps):
        return True
    skipped = any(stamp.seconds == 0 and stamp.frames < 2 and stamp.minutes % 10 and not stamp.drop for stamp in stamps)
    return bool(events.drop) and not skipped


def _told_by_lengths(lines: Iterable[EventLine], highest: int) -> int | None:
    """The nominal rate at which events are as long in the source as in the record."""
    votes: Counter[int] = Counter()
    for line in lines:
        if line.motion is None and (line.video or line.audio):
            nominal = _equalising_rate(line)
            if nominal is not None:
                votes[nominal] += 1
    ranked = [(nominal, count) for nominal, count in votes.most_common() if nominal > highest]
    if not ranked:
        return None
    nominal, count = ranked[0]
    smallest = next((rate for rate in NOMINAL_RATES if rate > highest), 0)
    enough = count >= FEWEST_WITNESSES or (nominal == smallest and sum(votes.values()) == count)
    return nominal if enough and 2 * count > sum(votes.values()) else None


def _equalising_rate(line: EventLine) -> int | None:
    source_s, source_frames = _difference(*line.source)
    record_s, record_frames = _difference(*line.record)
    if source_s == record_s:
        return None
    nominal = Fraction(source_frames - record_frames, record_s - source_s)
    return int(nominal) if nominal in _TOLD_RATES else None


def _difference(first: Stamp, last: Stamp) -> tuple[int, int]:
    """Whole seconds and frames between two timecodes, apart."""
    return (
        ((last.hours - first.hours) * 60 + last.minutes - first.minutes) * 60 + last.seconds - first.seconds,
        last.frames - first.frames,
    )


def _notice(rate: Fraction, lines: Sequence[EventLine], highest: int, *, told: bool) -> str:
    nominal = nominal_rate(rate)
    ntsc = nominal in _NTSC_SPELLING
    if told:
        why = "which its timecodes fit" + (f", like {_other(rate)}" if ntsc else "")
    elif highest >= NOMINAL_RATES[0]:
        why = f"since it holds the frame number {highest}"
    else:
        why = "since nothing in it tells"
    text = f"An EDL states no frame rate: this one was read at {_spelt(rate)} frames per second, {why}."
    if not ntsc:
        return f"{text} If that is wrong, give the rate with --rate."
    first, last = (min(line.record[0] for line in lines), max(line.record[1] for line in lines))
    off_s = counted(first, nominal) / nominal / 1000
    drift_s = (counted(last, nominal) - counted(first, nominal)) / nominal / 1000
    stamp, other = timecode(counted(first, nominal), Fraction(nominal)), _other(rate)
    return (
        f"{text} If the film runs at {other}, say so with --rate {other}: else the WAV's timecode lies "
        f"{off_s:.2f} s off at {stamp}, and by the end another {drift_s:.2f} s."
    )


def _other(rate: Fraction) -> str:
    """The rate that has the same timecodes."""
    return str(nominal_rate(rate)) if rate.denominator == 1001 else _NTSC_SPELLING[nominal_rate(rate)]


def _spelt(rate: Fraction) -> str:
    return str(rate) if rate.denominator == 1 else f"{float(rate):.3f}".rstrip("0").rstrip(".")
