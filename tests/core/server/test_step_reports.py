"""Steps of a job: few reports, and the last one before a long silence is among them."""

from __future__ import annotations

import queue

import pytest

from vem_core.contract.progress import Stage
from vem_core.server import steps as steps_module
from vem_core.server.messages import JobStep
from vem_core.server.steps import StepReports


@pytest.fixture
def told() -> queue.Queue[JobStep]:
    return queue.Queue()


def drained(told: queue.Queue[JobStep]) -> list[tuple[Stage, int]]:
    """What was reported so far."""
    return [(each.stage, each.step) for each in (told.get_nowait() for _ in range(told.qsize()))]


def test_the_last_step_before_a_long_silence_is_reported(told: queue.Queue[JobStep]) -> None:
    with StepReports("job", told.put) as reports:
        reports.report(Stage.GENERATE, 0, 100, "")
        for _ in range(5):
            reports.report(Stage.GENERATE, 1, 100, "the opening can be heard")
        assert told.get(timeout=5).step == 0
        assert told.get(timeout=5) == JobStep("job", Stage.GENERATE, 1, 100, "the opening can be heard")
        assert told.empty()


def test_steps_that_come_fast_are_few_reports(told: queue.Queue[JobStep], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps_module, "MIN_INTERVAL_S", 3600.0)
    with StepReports("job", told.put) as reports:
        for step in range(1, 1001):
            reports.report(Stage.GENERATE, step, 1000, "")
        reports.report(Stage.MEASURE, 0, 10, "")
        reports.report(Stage.MEASURE, 1, 10, "")
    assert drained(told) == [(Stage.GENERATE, 1), (Stage.GENERATE, 1000), (Stage.MEASURE, 0)]


def test_nothing_is_reported_after_the_job(told: queue.Queue[JobStep]) -> None:
    with StepReports("job", told.put) as reports:
        reports.report(Stage.GENERATE, 0, 100, "")
        reports.report(Stage.GENERATE, 1, 100, "")
    if reports._timer is not None:
        reports._timer.join(timeout=5)
    assert [step for _, step in drained(told)] in ([0], [0, 1])
    assert told.empty()


def test_what_was_held_back_does_not_follow_a_later_stage(told: queue.Queue[JobStep]) -> None:
    with StepReports("job", told.put) as reports:
        reports.report(Stage.GENERATE, 0, 100, "")
        reports.report(Stage.GENERATE, 1, 100, "")
        reports.report(Stage.MEASURE, 0, 10, "")
        reports.report(Stage.MEASURE, 2, 10, "")
        seen = [told.get(timeout=5) for _ in range(told.qsize())]
        while not seen or (seen[-1].stage, seen[-1].step) != (Stage.MEASURE, 2):
            seen.append(told.get(timeout=5))
    stages = [each.stage for each in seen]
    assert stages == sorted(stages, key=[Stage.GENERATE, Stage.MEASURE].index)
