"""How a player is late, early, louder and softer: slow drifts and a jitter that goes on from beat to beat.

Each player has drifts of their own, drawn from the seed and the place in the section, so that a section plays the same
wherever it stands. What must be exact is played exactly: nothing here touches it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from vem_core.composer.chance import chance
from vem_core.composer.form import Bar
from vem_core.composer.style import DRUM_KEYS, Touch

EARLIEST_MS, LATEST_MS = -4.5, 26.0
_DRIFT_BEATS = 6  # a player's hurry or patience lasts about so long
_DRIFT, _JITTER = 0.8, 0.6  # shares of the looseness
_LEVEL_PER_MS = 0.016  # of velocity, for each millisecond of looseness
_BACK_BEAT = frozenset(DRUM_KEYS[name] for name in ("snare", "clap", "rim"))
_AHEAD = frozenset(DRUM_KEYS[name] for name in ("hat", "ride", "shaker", "open_hat"))
_AHEAD_MS = -2.0
_CENTRED = 0.5


@dataclass(frozen=True)
class Feel:
    """How one player of a piece keeps time."""

    player: str
    touch: Touch

    def late_ms(self, bar: Bar, position: float, *, drum: int | None = None) -> float:
        """By how many milliseconds a note is late (or early: negative)."""
        loose = self.touch.looseness_ms
        wandering = loose * (_DRIFT * self._noise("time", bar, position, _DRIFT_BEATS))
        wandering += loose * _JITTER * self._noise("beat", bar, position, 1)
        return min(max(self._habit_ms(drum) + wandering, EARLIEST_MS), LATEST_MS)

    def level(self, bar: Bar, position: float) -> float:
        """What a note's velocity is multiplied by."""
        loose = self.touch.looseness_ms * _LEVEL_PER_MS
        noise = self._noise("level", bar, position, _DRIFT_BEATS) + 0.8 * self._noise("touch", bar, position, 0.5)
        return 1 + loose * noise

    def _habit_ms(self, drum: int | None) -> float:
        if drum in _BACK_BEAT:
            return self.touch.laid_back_ms
        if drum in _AHEAD:
            return _AHEAD_MS if self.touch.looseness_ms >= 1 else 0.0
        return 0.0 if drum is not None else 0.5 * self.touch.laid_back_ms

    def _noise(self, what: str, bar: Bar, position: float, beats: float) -> float:
        """A value of -1..1 that moves in straight lines from one corner to the next, `beats` later."""
        place = (bar.number * bar.meter + position - bar.start + bar.first_number - 1) / beats
        corner = int(place // 1)
        inside = place - corner
        section = bar.section_identity
        before = _corner(bar.seed, self.player, what, section, corner)
        after = _corner(bar.seed, self.player, what, section, corner + 1)
        return before * (1 - inside) + after * inside


@lru_cache(maxsize=65_536)
def _corner(seed: int, player: str, what: str, section: tuple[str, int], number: int) -> float:
    return 2 * (chance(seed, "feel", player, what, *section, number).random() - _CENTRED)
