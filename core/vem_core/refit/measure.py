"""Measuring a refitted score where it is new; kept sound keeps the beats that were heard on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.pcm import audio_of
from vem_core.contract.result import AlignmentReport, KeptSpan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.refit.splice import MadeSpan
from vem_core.rhythm.tracking.base import BeatTracker, TrackedBeats

CONTEXT_SAMPLES = 8 * SAMPLE_RATE_HZ
"""How much of the music around new sound the tracker hears with it, to find the beat."""

_EARLY_SAMPLES = round(0.07 * SAMPLE_RATE_HZ)
"""How early a beat may be heard and still belong to the bar that begins there."""

_APART_SAMPLES = round(0.12 * SAMPLE_RATE_HZ)
"""Two beats nearer than this are one beat that both sides of a joint heard."""


def beats_after_refit(
    sound: PackedSound,
    kept: Sequence[KeptSpan],
    made: Sequence[MadeSpan],
    report: AlignmentReport,
    tracker: BeatTracker,
) -> TrackedBeats:
    """The beats of the whole: those of the earlier report in kept spans, and those that are heard in the made ones."""
    beats: list[int] = []
    downbeats: list[int] = []
    for span in kept:
        beats += _kept(report.beats_samples, span, len(sound))
        downbeats += _kept(report.downbeats_samples, span, len(sound))
    for first, last in _windows(made, len(sound)):
        heard = tracker.track(audio_of(sound[first:last]))
        inside = [span for span in made if first <= span.start_samples < last]
        beats += _made((first + beat for beat in heard.beats_samples), inside, len(sound))
        downbeats += _made((first + beat for beat in heard.downbeats_samples), inside, len(sound))
    steady = _apart(sorted(beats))
    return TrackedBeats(steady, tuple(beat for beat in _apart(sorted(downbeats)) if beat in set(steady)))


def _kept(beats: Iterable[int], span: KeptSpan, samples: int) -> list[int]:
    """The beats that a kept span brings with it, where it now stands."""
    shift = span.start_samples - span.earlier_samples
    start = span.start_samples - (_EARLY_SAMPLES if span.start_samples else 0)
    end = span.end_excl_samples - (_EARLY_SAMPLES if span.end_excl_samples < samples else 0)
    return [beat + shift for beat in beats if start <= beat + shift < end]


def _made(beats: Iterable[int], spans: Sequence[MadeSpan], samples: int) -> list[int]:
    """Those of the beats that belong to the spans; at the score's end, what is heard there does."""
    edges = [
        (
            span.start_samples - (_EARLY_SAMPLES if span.start_samples else 0),
            span.end_excl_samples - (_EARLY_SAMPLES if span.end_excl_samples < samples else 0),
        )
        for span in spans
    ]
    return [beat for beat in beats if any(start <= beat < end for start, end in edges)]


def _windows(made: Sequence[MadeSpan], samples: int) -> Iterator[tuple[int, int]]:
    """What the tracker listens to: the made spans with their surroundings, those that touch as one."""
    window: tuple[int, int] | None = None
    for span in made:
        first = max(0, span.start_samples - CONTEXT_SAMPLES)
        last = min(samples, span.end_excl_samples + CONTEXT_SAMPLES)
        if window is not None and first <= window[1]:
            window = (window[0], last)
            continue
        if window is not None:
            yield window
        window = (first, last)
    if window is not None:
        yield window


def _apart(beats: Sequence[int]) -> tuple[int, ...]:
    found: list[int] = []
    for beat in beats:
        if not found or beat - found[-1] >= _APART_SAMPLES:
            found.append(beat)
    return tuple(found)
