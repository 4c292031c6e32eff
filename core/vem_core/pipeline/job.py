"""A job, and the work on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vem_core.compute.model_store import ModelStore
from vem_core.compute.out_of_memory import Effort
from vem_core.contract.progress import OnProgress
from vem_core.contract.request import ScoreRequest
from vem_core.generation.base import Generator
from vem_core.generation.registry import Means, generator_by_id
from vem_core.rhythm.tracking.base import BeatTracker
from vem_core.rhythm.tracking.registry import tracker_by_id


@dataclass(frozen=True)
class Job:
    """What is asked of the core, what came along, and what it may use."""

    request: ScoreRequest
    attachments: Mapping[str, bytes]  # thumbnails and sounds, by the SHA-256 of their bytes
    folder: Path  # empty; where the files go
    on_progress: OnProgress
    models: ModelStore = field(default_factory=ModelStore)  # what is loaded, from job to job
    effort: Effort | None = None  # None: as the request says, with all the memory there is

    @property
    def means(self) -> Means:
        """What a model may work with."""
        effort = self.effort or Effort(self.request.device)
        return Means(effort.device, self.attachments, self.models, effort.window_share)

    def beat_tracker(self, tracker_id: str = "auto") -> BeatTracker:
        """The tracker of that name, loaded once. Raises InputError, ModelMissing, WeightsDamaged, CoreError."""
        return self.models.get("beat tracker", tracker_id, lambda: tracker_by_id(tracker_id))


@dataclass(frozen=True)
class Work:
    """A job under way: the request as it is being scored, and the model and tracker that work on it."""

    job: Job
    request: ScoreRequest  # the job's own, or one for range and handles, for the same piece, for one of several cues
    generator: Generator
    tracker: BeatTracker
    on_progress: OnProgress

    @classmethod
    def open(cls, job: Job) -> Work:
        """The work on a job. Raises ModelMissing, WeightsDamaged."""
        request = job.request
        return cls(job, request, generator_by_id(request.model, job.means), job.beat_tracker(), job.on_progress)

    @property
    def attachments(self) -> Mapping[str, bytes]:
        return self.job.attachments

    def on(self, request: ScoreRequest) -> Work:
        """The same work on another request."""
        return dataclasses.replace(self, request=request)
