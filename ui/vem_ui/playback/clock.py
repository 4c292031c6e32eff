"""What time it is in the sound, between the moments at which the device says so."""

from __future__ import annotations

from collections import deque

STEP_S = 0.012
"""How far beyond what the device has said the clock goes: a device that stands still is not run away from. Devices
take sound in pieces of 5 to 11 ms, and say how far they are after each."""

_WINDOW_S = 0.5


class SmoothClock:
    """Seconds heard, from what a device says in steps and a clock that never stands still.

    What the device says is true right after a step and late until the next. So the smallest lead of the clock over
    the device within the last half second is what the clock is ahead by.
    """

    def __init__(self) -> None:
        self._leads: deque[tuple[float, float]] = deque()  # (now, lead), leads rising
        self._last_s = 0.0

    def restart(self) -> None:
        """From nothing heard."""
        self._leads.clear()
        self._last_s = 0.0

    def read(self, heard_s: float, now_s: float) -> float:
        """How much was heard at `now_s` on a monotonic clock, where the device says `heard_s`. It never goes back."""
        if heard_s <= 0.0:
            return self._last_s
        lead = now_s - heard_s
        while self._leads and self._leads[0][0] < now_s - _WINDOW_S:
            self._leads.popleft()
        while self._leads and self._leads[-1][1] >= lead:
            self._leads.pop()
        self._leads.append((now_s, lead))
        steady_s = now_s - self._leads[0][1]
        self._last_s = max(self._last_s, min(steady_s, heard_s + STEP_S))
        return self._last_s
