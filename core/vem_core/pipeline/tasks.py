"""What the core does, by task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vem_core.contract.service import JobResult, Task
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import brief_timeline, parse_timeline, score_timeline
from vem_core.pipeline.listening import listen_to_music, measure_music
from vem_core.pipeline.outlook import outlook_of
from vem_core.pipeline.planning import tempo_options_of
from vem_core.pipeline.variants import variants_of

TaskFunction = Callable[[Job[Any]], JobResult]
"""Does a job. Raises VemError, or what the job's `on_progress` raises."""

TASKS: Mapping[Task, TaskFunction] = {
    Task.SCORE: score_timeline,
    Task.PARSE: parse_timeline,
    Task.BRIEF: brief_timeline,
    Task.PLAN: tempo_options_of,
    Task.RECUT: outlook_of,
    Task.VARIANTS: variants_of,
    Task.LISTEN: listen_to_music,
    Task.MEASURE: measure_music,
}
