"""Having takes made: what runs on the worker's thread, between a request and a take in the library."""

from __future__ import annotations

import dataclasses
import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from vem_core.contract.errors import Cancelled, CoreError, DirectionError
from vem_core.contract.progress import JobState, Progress, Stage
from vem_core.contract.variants import VariantPlan, VariantsRequest
from vem_plugin.client.attachments import Attachments
from vem_plugin.client.base import CoreClient, OpenCore
from vem_plugin.hosts.base import Take, ThumbnailSet
from vem_plugin.placement.state import PlacedTake
from vem_plugin.runner import Runner
from vem_plugin.scoring.listening import SilentListener
from vem_plugin.scoring.refitting import Following
from vem_plugin.scoring.session import generate
from vem_plugin.scoring.variants import make_variants
from vem_plugin.takes.names import OutputNames
from vem_ui.document.asking import Asked
from vem_ui.document.operation import Report
from vem_ui.document.state import scored_span
from vem_ui.document.takes import StoredTake, sharing_parts, store_take

Hear = Callable[[bytes], None]
"""Given music as it is complete: 16-bit PCM of both sides, 48 kHz."""

_WITH_MUSIC = (Stage.GENERATE, Stage.MEASURE, Stage.MASTER)
_EVERY_S = 0.1  # once something is heard; what comes first may be told by the last step for a long time
_log = logging.getLogger(__name__)


class TakeMaker:
    """Has takes made by a core and stores them in a library; `run` is where files are written."""

    def __init__(self, library: OutputNames, open_core: OpenCore, run: Runner) -> None:
        self._library, self._open_core, self._elsewhere = library, open_core, run

    def make(
        self, following: Following, asked: Asked, name: str, report: Report, hear: Hear | None = None
    ) -> StoredTake:
        """One take; `name` may say {number}. `hear` is given what is complete of it meanwhile. Raises VemError."""
        start_frames = scored_span(asked.sheet, asked.state).start_frames
        with tempfile.TemporaryDirectory(prefix="vem-score-") as scratch:
            with self._open_core() as client:
                result = generate(client, following, Path(scratch), _Reporting(report, client, hear))
            take = Take(following.request, result, Path(scratch), start_frames, marked=asked.state.marked)
            return sharing_parts(self._elsewhere(store_take, self._library, take, name), asked.sheet)

    def make_variants(
        self,
        asked: Asked,
        pictures: ThumbnailSet,
        count: int,
        name: str,
        report: Report,
        made: Callable[[StoredTake], None],
    ) -> int:
        """So many clearly different new pieces, each told to `made` once it can be heard; how many there are.

        Stopped halfway, those that are there stay. Raises VemError.
        """
        request = dataclasses.replace(asked, take=None, lent=None).request(pictures)
        if request.music is not None:
            raise DirectionError("Variants are of music that is made, not of your own.", hint="Add --music none.")
        attachments = Attachments(pictures.jpegs)
        with self._open_core() as client:
            plans = client.variants(VariantsRequest(request, count), attachments, report).variants
        numbers: list[int] = []

        def make(plan: VariantPlan) -> PlacedTake:
            stored = self.make(Following(plan.of(request), attachments), asked, name, report)
            numbers.append(stored.record.number)
            made(dataclasses.replace(stored, record=dataclasses.replace(stored.record, variant_of=numbers[0])))
            return stored.placed

        try:
            make_variants(plans, self._library.folder, make, lambda sentence: None)
        except Cancelled:
            if not numbers:
                raise
        return len(numbers)


class _Reporting(SilentListener):
    """Hears the steps of a job for an operation, and fetches what can be heard of its music after each."""

    def __init__(self, report: Report, client: CoreClient, hear: Hear | None) -> None:
        self._report, self._client, self._hear = report, client, hear
        self._heard_samples = 0
        self._next_s = 0.0

    def advance(self, progress: Progress) -> None:
        self._report(progress)
        if self._hear is None or progress.stage not in _WITH_MUSIC or progress.state is not JobState.RUNNING:
            return
        if self._heard_samples and time.monotonic() < self._next_s:
            return
        try:
            pcm = self._client.preview(progress.job, self._heard_samples)
        except CoreError as error:  # a core of before it could do that, or one that is ending: the job will tell
            _log.info("Nothing can be heard yet: %s", error)
            self._hear = None
            return
        self._next_s = time.monotonic() + _EVERY_S
        if pcm:
            self._heard_samples += len(pcm) // 4
            self._hear(pcm)
