"""The interface to an inference core, near or far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vem_core.contract.brief import MusicBrief
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.listening import MeasureRequest
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.parse import Parse
from vem_core.contract.progress import Progress
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import Measurement, ScoreResult
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.tempo_options import TempoOptions
from vem_core.contract.variants import Variants, VariantsRequest

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class CoreInfo:
    """What a core says of itself."""

    version: str
    protocol: int
    device: str
    models: tuple[str, ...]
    jobs: int = 0  # running and waiting
    has_gpu: bool = False
    styles: tuple[tuple[str, str], ...] = ()  # ids and names
    missing: tuple[tuple[str, str], ...] = ()  # models that cannot be used, and what they lack
    not_for_paid_work: tuple[tuple[str, str], ...] = ()  # models, and their licence; "" where nobody has stated it
    paid_work_on_conditions: tuple[tuple[str, str], ...] = ()  # models, and the sentence that says which


class CoreClient(Protocol):
    """Talks to one inference core. Every call raises CoreError where the core cannot be reached."""

    def hello(self) -> CoreInfo:
        """Who is there. Raises ProtocolMismatch, NotAuthorised."""
        ...

    def score(
        self,
        request: ScoreRequest,
        attachments: Mapping[str, bytes],
        folder: Path,
        on_progress: OnProgress,
        job: str | None = None,
    ) -> ScoreResult:
        """Run a job to its end and put its files into `folder`.

        `attachments` holds what travels with the request by its SHA-256: thumbnails, and the sounds of the take before.
        The same `job` id again is the same job. Whatever `on_progress` raises, and Ctrl-C, cancels the job.
        Raises the job's own error, or Cancelled.
        """
        ...

    def preview(self, job: str, first_samples: int) -> bytes:
        """What can be heard, from a sample of the score on, of music that a running job is making; empty: no more yet.

        16-bit little-endian PCM, both sides, 48 kHz, not mastered; a minute at most. Raises CoreError.
        """
        ...

    def brief(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> MusicBrief:
        """What the music of the timeline would be, and why. Cancelled as `score` is. Raises as `score`."""
        ...

    def tempo_options(
        self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress
    ) -> TempoOptions:
        """What each degree of bending the tempo would meet and cost. Cancelled as `score` is. Raises as `score`."""
        ...

    def outlook(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> RecutOutlook:
        """What a re-score would keep of the take before. Cancelled as `score` is. Raises as `score`."""
        ...

    def variants(self, request: VariantsRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> Variants:
        """Pieces that would suit a timeline, and differ. Cancelled as `score` is. Raises as `score`."""
        ...

    def parse(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> Parse:
        """What a music model would be conditioned on.

        It can be shown, edited, and handed back as `ScoreRequest.parse`. Cancelled as `score` is. Raises as `score`.
        """
        ...

    def listen(self, sheet: CutSheet, sound: bytes, name: str, on_progress: OnProgress) -> TempTrack:
        """What the music under a cut is like.

        `sound` is a file's bytes (WAV, FLAC, AIFF, OGG or MP3) that begins with the sheet's first frame, `name` what
        errors call it. Cancelled as `score` is. Raises AudioError, and as `score`.
        """
        ...

    def measure(
        self, request: MeasureRequest, attachments: Mapping[str, bytes], folder: Path, on_progress: OnProgress
    ) -> Measurement:
        """How music meets the cuts; the files that were asked for are put into `folder`.

        `attachments` holds the music by its SHA-256. Cancelled as `score` is. Raises AudioError, and as `score`.
        """
        ...


OpenCore = Callable[[], AbstractContextManager[CoreClient]]
"""A core for the length of a `with`."""
