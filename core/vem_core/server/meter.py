"""How far a job is, from the steps that its stages report."""

from __future__ import annotations

from vem_core.contract.progress import Stage

# Shares of a job's time. Generating dominates for every model; `sketch` spends more of its second on measuring.
_SHARES = {
    Stage.PARSE: 0.05,
    Stage.PLAN: 0.05,
    Stage.GENERATE: 0.65,
    Stage.MEASURE: 0.12,
    Stage.CORRECT: 0.08,
    Stage.MASTER: 0.05,
}
_MIN_ELAPSED_S = 0.5  # before that, an estimate is a guess
_MIN_FRACTION = 0.05


class ProgressMeter:
    """Turns (stage, step, steps) into a fraction that never goes back, and an estimate of the time left.

    `now_s` are readings of a monotonic clock.
    """

    def __init__(self, now_s: float) -> None:
        self._started_s = now_s
        self.fraction = 0.0

    def advance(self, stage: Stage, step: int, steps: int) -> float:
        """The fraction (0..1) of the whole job after a step."""
        before = sum(share for earlier, share in _SHARES.items() if _order(earlier) < _order(stage))
        done = min(max(step / steps, 0.0), 1.0) if steps > 0 else 0.0
        self.fraction = max(self.fraction, min(before + _SHARES[stage] * done, 0.999))
        return self.fraction

    def remaining_s(self, now_s: float) -> float | None:
        """Seconds left at the pace so far; None while it is too early to say."""
        elapsed_s = now_s - self._started_s
        if elapsed_s < _MIN_ELAPSED_S or self.fraction < _MIN_FRACTION:
            return None
        return elapsed_s * (1 - self.fraction) / self.fraction


def _order(stage: Stage) -> int:
    return list(Stage).index(stage)
