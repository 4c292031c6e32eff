"""Listening: the take and the film together, from any place, at any speed, in a loop."""

from __future__ import annotations

import math
from fractions import Fraction

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal

from vem_ui.playback.mix import Mix, Source
from vem_ui.playback.sound import SAMPLE_RATE_HZ, AudioOutput, Samples, SilentOutput

_SHORTEST_TICK_MS, _LONGEST_TICK_MS = 4, 40  # faster than any screen; and never long without a look at loop and end
_WITHIN_S = 1e-4  # of a frame's beginning, the frame has begun
FASTEST = 8.0


class Player(QObject):
    """Plays the mix along the timeline. What is heard may change at any time: the place stays.

    All places are seconds from the timeline's first frame. While it plays, `position_changed` comes with the beginning
    of each frame of `frame_rate`: a picture that is asked for then is late by its own decoding only.
    """

    position_changed = Signal(float)  # while it plays
    playing_changed = Signal(bool)
    failed = Signal(str)

    def __init__(self, sound: AudioOutput | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sound = sound or open_sound()
        self._sound.setParent(self)
        self._sound.failed.connect(self._tell_failure)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)  # Qt's usual timers may be a twentieth late
        self._clock.timeout.connect(self._tick)
        self.mix = Mix()
        self.frame_rate = Fraction(24)
        self.speed = 1.0  # negative: backwards
        self.range_s = (0.0, 0.0)  # the handles of a take lie outside the timeline
        self.loop: tuple[float, float] | None = None
        self._begun_s = 0.0  # where it was when the sound was last started
        self._rendered_s = 0.0  # how far sound was asked for
        self.playing = False

    @property
    def position_s(self) -> float:
        """Where it is."""
        heard_s = self._sound.heard_samples() / SAMPLE_RATE_HZ if self.playing else 0.0
        return self._inside(self._begun_s + heard_s * self.speed)

    @property
    def frames_per_s(self) -> float:
        """How fast pictures pass: 0 while it is paused, less backwards."""
        return float(self.frame_rate) * self.speed if self.playing else 0.0

    @property
    def silent_because(self) -> str:
        """Why nothing can be heard; "" where sound comes out."""
        return self._sound.silent_because

    def put(self, name: str, source: Source | None) -> None:
        """Change what is heard under a name, in place."""
        self.mix.put(name, source)
        self.refresh()

    def refresh(self) -> None:
        """Let a change of the mix be heard at once: what was rendered ahead is of the one before."""
        if self.playing and not isinstance(self._sound, SilentOutput):
            self._run_from(self.position_s)

    def toggle(self) -> None:
        """Play or pause; at the end, from the beginning."""
        if self.playing:
            self.pause()
        else:
            self.play(1.0)

    def shuttle(self, direction: int) -> None:
        """J and L: play backwards or forwards, and faster with each further press that way."""
        faster = self.playing and self.speed * direction > 0
        self.play(direction * (min(abs(self.speed) * 2, FASTEST) if faster else 1.0))

    def play(self, speed: float = 1.0) -> None:
        """Play at a speed."""
        if self.range_s[1] <= self.range_s[0]:
            return
        position_s = self.position_s
        if speed > 0 and position_s >= self.range_s[1] - 0.01:
            position_s = max(0.0, self.range_s[0])
        self.speed = speed
        self._run_from(position_s)
        self._set_playing(True)

    def pause(self) -> None:
        """Pause, and tell where."""
        if not self.playing:
            return
        self._begun_s = self.position_s
        self._set_playing(False)
        self._sound.stop()
        self.speed = 1.0
        self.position_changed.emit(self._begun_s)

    def seek(self, seconds: float) -> None:
        """Go to a place."""
        self._begun_s = self._inside(seconds)
        if self.playing:
            self._run_from(self._begun_s)

    def close(self) -> None:
        """Stop and let files and device go."""
        self._set_playing(False)
        self._sound.close()
        self.mix.close()

    def _inside(self, seconds: float) -> float:
        return min(max(self.range_s[0], seconds), self.range_s[1])

    def _run_from(self, position_s: float) -> None:
        self._begun_s = self._rendered_s = position_s
        self._sound.start(self._render)

    def _render(self, count: int) -> Samples:
        sound = self.mix.render(self._rendered_s * SAMPLE_RATE_HZ, count, self.speed)
        self._rendered_s += count * self.speed / SAMPLE_RATE_HZ
        return sound

    def _set_playing(self, playing: bool) -> None:
        if playing == self.playing:
            return
        self.playing = playing
        if playing:
            self._clock.start(_SHORTEST_TICK_MS)
        else:
            self._clock.stop()
        self.playing_changed.emit(playing)

    def _tick(self) -> None:
        position_s = self.position_s
        self._clock.start(self._next_tick_ms(position_s))
        if self.loop is not None and self.speed > 0 and position_s >= min(self.loop[1], self.range_s[1]):
            self.seek(self.loop[0])
            return
        self.position_changed.emit(position_s)
        if position_s >= self.range_s[1] if self.speed > 0 else position_s <= self.range_s[0]:
            self.pause()

    def _next_tick_ms(self, position_s: float) -> int:
        """How long until the next frame begins, whole milliseconds."""
        rate = float(self.frame_rate)
        if self.speed > 0:
            wait_s = ((math.floor((position_s + _WITHIN_S) * rate) + 1) / rate - position_s) / self.speed
        else:
            wait_s = ((math.ceil((position_s - _WITHIN_S) * rate) - 1) / rate - position_s) / self.speed
        return min(_LONGEST_TICK_MS, max(_SHORTEST_TICK_MS, math.ceil(1000 * wait_s)))

    def _tell_failure(self, text: str) -> None:
        self.pause()
        self.failed.emit(text)


def open_sound() -> AudioOutput:
    """The system's sound; where there is none, a silent clock that says why."""
    try:
        from vem_ui.playback.qt_sound import QtOutput, has_audio_output
    except ImportError as error:
        reason = QCoreApplication.translate("Player", "Sound needs a library that is missing ({reason}).")
        return SilentOutput(reason.format(reason=error))
    if not has_audio_output():
        return SilentOutput(
            QCoreApplication.translate("Player", "There is no audio device: the playhead runs silently.")
        )
    return QtOutput()


def matched_gains_db(loudness_lufs: list[float | None]) -> list[float]:
    """How far each take is turned down so that all sound as loud as the quietest."""
    known = [loudness for loudness in loudness_lufs if loudness is not None]
    quietest = min(known, default=0.0)
    return [0.0 if loudness is None else quietest - loudness for loudness in loudness_lufs]
