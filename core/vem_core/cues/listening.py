"""Hearing the beats of a piece that comes in out of silence: its first one has something before it."""

from __future__ import annotations

import dataclasses

from vem_core.audio.tape import blocks, silent_like
from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.tracking.base import BeatTracker, TrackedBeats

_LEAD_SAMPLES = SAMPLE_RATE_HZ


@dataclasses.dataclass(frozen=True)
class AfterSilence:
    """A tracker that hears a second of silence before the music. Without it no onset is seen in the first instant."""

    inner: BeatTracker

    @property
    def tracker_id(self) -> str:
        """That of the tracker that hears."""
        return self.inner.tracker_id

    @property
    def licence_note(self) -> str:
        return self.inner.licence_note

    def track(self, audio: Audio) -> TrackedBeats:
        """The beats of (channels, T) sound, counted from its own first sample; one just before it counts as on it."""
        heard = self.inner.track(_after_silence(audio))
        skipped = round(_LEAD_SAMPLES / SAMPLE_RATE_HZ * heard.rate_hz)
        return dataclasses.replace(
            heard,
            beats_samples=_from_the_start(heard.beats_samples),
            downbeats_samples=_from_the_start(heard.downbeats_samples),
            activation=heard.activation[skipped:],
        )


def _after_silence(audio: Audio) -> Audio:
    whole = silent_like(audio, _LEAD_SAMPLES + audio.shape[1])
    for where in blocks(audio.shape[1], audio, whole):
        whole[:, _LEAD_SAMPLES + where.start : _LEAD_SAMPLES + where.stop] = audio[:, where]
    return whole


_EARLY_SAMPLES = SAMPLE_RATE_HZ // 20  # a tracker's own error


def _from_the_start(instants: tuple[int, ...]) -> tuple[int, ...]:
    shifted = (instant - _LEAD_SAMPLES for instant in instants)
    return tuple(sorted({max(0, instant) for instant in shifted if instant >= -_EARLY_SAMPLES}))
