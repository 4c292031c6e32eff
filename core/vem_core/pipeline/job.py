"""A job, and the work on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from vem_core.compute.model_store import ModelStore
from vem_core.compute.out_of_memory import Effort
from vem_core.contract.brief import MusicBrief
from vem_core.contract.progress import SCRATCH_FOLDER, OnProgress
from vem_core.contract.request import ScoreRequest
from vem_core.contract.same_piece import as_new_piece, other_weights_notice
from vem_core.contract.service import JobRequest
from vem_core.direction import direct
from vem_core.generation.base import Generator
from vem_core.generation.means import Means
from vem_core.generation.preview import Preview
from vem_core.generation.registry import generator_by_id
from vem_core.rhythm.tracking.base import BeatTracker
from vem_core.rhythm.tracking.registry import tracker_by_id

Request = TypeVar("Request", bound=JobRequest, covariant=True)


@dataclass(frozen=True)
class Job(Generic[Request]):
    """What is asked of the core, what came along, and what it may use."""

    request: Request
    attachments: Mapping[str, bytes]  # thumbnails and sounds, by the SHA-256 of their bytes
    folder: Path  # empty; where the files go
    on_progress: OnProgress
    models: ModelStore = field(default_factory=ModelStore)  # what is loaded, from job to job
    effort: Effort | None = None  # None: as the request says, with all the memory there is

    @property
    def scratch(self) -> Path:
        """A folder within the job's for what does not outlive it."""
        return self.folder / SCRATCH_FOLDER

    def beat_tracker(self, tracker_id: str = "auto") -> BeatTracker:
        """The tracker of that name, loaded once. Raises InputError, ModelMissing, WeightsDamaged, CoreError."""
        return self.models.get("beat tracker", tracker_id, lambda: tracker_by_id(tracker_id))


AnyJob = Job[Any]


@dataclass(frozen=True)
class Work:
    """A job under way: the request as it is being scored, and the model and tracker that work on it."""

    job: Job[ScoreRequest]
    request: ScoreRequest  # the job's own, or one for range and handles, for the same piece, for one of several cues
    generator: Generator
    tracker: BeatTracker
    on_progress: OnProgress
    preview: Preview
    _briefs: dict[ScoreRequest, MusicBrief] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def open(cls, job: Job[ScoreRequest]) -> Work:
        """The work on a job. Raises ModelMissing, WeightsDamaged."""
        request = job.request
        preview = Preview(job.scratch)
        return cls(job, request, open_generator(job, preview), job.beat_tracker(), job.on_progress, preview)

    @property
    def attachments(self) -> Mapping[str, bytes]:
        """What came along with the job, by the SHA-256 of its bytes."""
        return self.job.attachments

    @property
    def weights_notice(self) -> str:
        """See `weights_notice`."""
        return weights_notice(self.job.request, self.generator)

    @property
    def notices(self) -> tuple[str, ...]:
        """What is to be said before the music is made."""
        return (*self.brief.notices, *filter(None, (self.weights_notice,)))

    @property
    def brief(self) -> MusicBrief:
        """What the music of the request shall be; looked for once. Raises DirectionError."""
        if self.request not in self._briefs:
            self._briefs[self.request] = direct(self.request, self.attachments)
        return self._briefs[self.request]

    def on(self, request: ScoreRequest) -> Work:
        """The same work on another request."""
        return dataclasses.replace(self, request=request)


def open_generator(job: Job[ScoreRequest], preview: Preview) -> Generator:
    """The model that plays a job. Raises ModelMissing, WeightsDamaged."""
    effort = job.effort or Effort(job.request.device)
    means = Means(effort.device, job.attachments, job.models, effort.window_share, job.scratch, preview)
    return generator_by_id(job.request.model, means)


def weights_notice(request: ScoreRequest, generator: Generator) -> str:
    """Where the take before, whose piece it stays, was played by other weights: the sentence; else empty."""
    recut = as_new_piece(request).recut
    if recut is None or not recut.earlier.model_sha256 or recut.earlier.model != generator.model_id:
        return ""
    return other_weights_notice(recut.earlier, generator.model_id, generator.model_sha256)
