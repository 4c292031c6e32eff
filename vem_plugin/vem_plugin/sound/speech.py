"""Who speaks when on a timeline: its dialogue and narration as spans of record frames.

Lanes and clips whose names or roles say speech are listened to leniently, those that say music or effects not at all,
and those that say nothing strictly. Where the file of a dialogue clip cannot be read, the whole clip counts as speech.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from vem_core.contract.cut_sheet import Span
from vem_core.contract.errors import AudioError
from vem_plugin.files.locating import MediaLocator
from vem_plugin.sound.decoding import sound_pieces
from vem_plugin.sound.lanes import AudioLane, SoundClip
from vem_plugin.sound.roles import Role
from vem_plugin.sound.voice_activity import SPEECH_RATE_HZ, speech_segments

LONGEST_GAP_S = Fraction(1, 2)
"""Speech on one lane and another, or of two clips, that is no further apart is one span."""

_MOST_WARNINGS = 5


@dataclass(frozen=True)
class SpeechReading:
    """The speech of a timeline, in order and apart, and what an editor should know about how it was found."""

    spans: tuple[Span, ...]
    notices: tuple[str, ...] = ()


def read_speech(
    lanes: Sequence[AudioLane], locator: MediaLocator, rate: Fraction, duration_frames: int
) -> SpeechReading:
    """The speech on the lanes, within [0, duration) record frames."""
    found: list[tuple[float, float, str]] = []
    notices: list[str] = []
    for clip in (clip for lane in lanes for clip in lane.clips):
        if clip.role in (Role.SPEECH, Role.UNKNOWN) and clip.start < duration_frames:
            try:
                found += _listen(clip, locator, rate)
            except AudioError as error:
                if clip.role is Role.SPEECH:
                    found.append((float(clip.start), float(clip.start + clip.duration), clip.lane))
                    notices.append(f"{error.message} All of clip {clip.name!r} on {clip.lane!r} counts as speech.")
                elif clip.address:
                    notices.append(f"{error.message} Clip {clip.name!r} on {clip.lane!r} was not listened to.")
    return SpeechReading(_spans(found, rate, duration_frames), _few(notices))


def _listen(clip: SoundClip, locator: MediaLocator, rate: Fraction) -> list[tuple[float, float, str]]:
    """Speech in a clip, as (first, last) record frames. Raises AudioError."""
    path = locator.locate(clip.address) if clip.address else locator.locate_name(clip.name)
    if path is None:
        raise AudioError(f"The sound file of clip {clip.name!r} was not found.")
    if clip.speed <= 0:
        return []  # nobody is understood backwards
    duration_s = Fraction(clip.duration) / rate * clip.speed
    sound = sound_pieces(path, clip.source_start_s, duration_s, SPEECH_RATE_HZ, by_timecode=clip.by_timecode)
    begin = next(sound, None)
    if begin is None:
        raise AudioError(f"{path.name} ends before the part of it that the timeline uses.")
    stretches = speech_segments(itertools.chain([begin], sound), known_speech=clip.role is Role.SPEECH)
    frames = float(rate / clip.speed)
    start, end = float(clip.start), float(clip.start + clip.duration)
    return [
        (start + stretch.start_s * frames, min(end, start + stretch.end_s * frames), clip.lane) for stretch in stretches
    ]


def _spans(found: Sequence[tuple[float, float, str]], rate: Fraction, duration_frames: int) -> tuple[Span, ...]:
    spans: list[Span] = []
    for first, last, lane in sorted(found):
        start, end_excl = max(0, math.floor(first)), min(duration_frames, math.ceil(last))
        if spans and start - spans[-1].end_excl_frames <= LONGEST_GAP_S * rate:
            start, lane = spans[-1].start_frames, spans[-1].label
            end_excl = max(end_excl, spans.pop().end_excl_frames)
        if start < end_excl:
            spans.append(Span(start, end_excl - start, lane))
    return tuple(spans)


def _few(notices: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(notices))
    if len(kept) <= _MOST_WARNINGS:
        return kept
    return (*kept[: _MOST_WARNINGS - 1], f"{len(kept) - _MOST_WARNINGS + 1} more sound files could not be read.")
