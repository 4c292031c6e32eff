"""A scriptable `CoreClient`: says what it is told to say, step by step, and remembers what it was asked.

    core = ScriptedCore([step(Stage.PLAN), step(Stage.GENERATE, 1, 4), CoreLost("gone")])

Each call of `score` plays the script from where the last one stopped: progress is passed on, an exception is raised, a
`ScoreResult` ends the job with its files. A script that runs out gives `result`, or a score of silence.
"""

from __future__ import annotations

import hashlib
import io
import wave
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from fakes.quick_pipeline import small_parse
from vem_core.audio.riff import wave_sha256s
from vem_core.contract.brief import MusicBrief
from vem_core.contract.codec import content_hash
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import Cancelled
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.parse import Parse
from vem_core.contract.plan import Beat, Bend, Ending, ScorePlan
from vem_core.contract.progress import JobState, Progress, Stage
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import AlignmentReport, AlignmentTotals, AudioFile, ScoreResult
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.tempo_options import TempoOption, TempoOptions
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.contract.variants import VariantPlan, Variants, VariantsRequest
from vem_core.direction import direct
from vem_plugin.client.base import CoreInfo, OnProgress

Step = Progress | BaseException | ScoreResult


@dataclass(frozen=True)
class ScoreCall:
    """What `score` was asked."""

    request: ScoreRequest
    attachments: Mapping[str, bytes]
    folder: Path
    job: str | None


@dataclass
class ScriptedCore:
    """A `CoreClient` that plays a script."""

    script: Iterable[Step] = ()
    info: CoreInfo = field(default_factory=lambda: CoreInfo("0.1.0", 1, "scripted", ("sketch",)))
    result: ScoreResult | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)  # contents by name; a file left out is silence
    calls: list[ScoreCall] = field(default_factory=list)
    cancelled: list[str | None] = field(default_factory=list)  # jobs; of listening, the name of what was heard
    heard: TempTrack | None = None  # on a temp track
    previewed: bytes = b""  # 16-bit PCM of both sides that can be heard while a job runs

    def __post_init__(self) -> None:
        self.script_on(self.script)

    def script_on(self, script: Iterable[Step]) -> None:
        """What happens from here on."""
        self._steps = iter(script)

    def hello(self) -> CoreInfo:
        """What the script says is there."""
        return self.info

    def score(
        self,
        request: ScoreRequest,
        attachments: Mapping[str, bytes],
        folder: Path,
        on_progress: OnProgress,
        job: str | None = None,
    ) -> ScoreResult:
        """Play the script on."""
        self.calls.append(ScoreCall(request, dict(attachments), folder, job))
        for item in self._steps:
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, ScoreResult):
                return self._deliver(item, request, folder)
            try:
                on_progress(item)
            except BaseException:
                self.cancelled.append(job)
                raise
            if item.state is JobState.CANCELLED:
                raise Cancelled("It was cancelled.")
        on_progress(Progress(job or "job", JobState.DONE, fraction=1.0))
        return self._deliver(self.result or silent_result(request), request, folder)

    def preview(self, job: str, first_samples: int) -> bytes:
        """What the test lets be heard."""
        return self.previewed[4 * first_samples :]

    def tempo_options(
        self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress
    ) -> TempoOptions:
        return TempoOptions(Bend.GROOVE, (TempoOption(Bend.GROOVE, 0.02, 0.03, 9, 8, 10, 0.4, 0.16, (120.0, 124.0)),))

    def outlook(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> RecutOutlook:
        return RecutOutlook(1, 1, 0.8)

    def variants(self, request: VariantsRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> Variants:
        plans = (
            VariantPlan("house", (118.0, 126.0), seed, "A minor", 122.0, 1.0, 9, 10) for seed in range(request.count)
        )
        return Variants(tuple(plans))

    def parse(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> Parse:
        """The parse that was handed back, or the shots' names; an exception that is next in the script is raised."""
        for item in self._steps:
            if isinstance(item, BaseException):
                raise item
        on_progress(Progress("job", JobState.DONE, fraction=1.0))
        return request.parse or small_parse(request)

    def listen(self, sheet: CutSheet, sound: bytes, name: str, on_progress: OnProgress) -> TempTrack:
        """What the test says is heard, or music without a pulse, after the script's steps; an exception is raised."""
        for item in self._steps:
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, Progress):
                try:
                    on_progress(item)
                except BaseException:
                    self.cancelled.append(name)
                    raise
        on_progress(Progress("job", JobState.DONE, fraction=1.0))
        return self.heard or TempTrack(None, None, 0.0, (None,) * len(sheet.shots), ())

    def brief(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> MusicBrief:
        """What the director says; the core's own, for there is nothing to script."""
        return direct(request, attachments)

    def _deliver(self, result: ScoreResult, request: ScoreRequest, folder: Path) -> ScoreResult:
        folder.mkdir(parents=True, exist_ok=True)
        delivered = []
        for file in result.files:
            content = self.files.get(file.name, silent_wave(file.samples))
            path = folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            of_sound = wave_sha256s(path)[1] if content.startswith(b"RIFF") else ""
            delivered.append(replace(file, sha256=hashlib.sha256(content).hexdigest(), sound_sha256=of_sound))
        return replace(result, files=tuple(delivered), request_sha256=content_hash(request))


def step(stage: Stage, done: int = 0, steps: int = 1, *, fraction: float = 0.0, message: str = "") -> Progress:
    """A step of a running job, for scripts."""
    return Progress("job", JobState.RUNNING, stage, done, steps, fraction, message=message)


def queued(position: int) -> Progress:
    """A job that waits, for scripts."""
    return Progress("job", JobState.QUEUED, queue_position=position)


def silent_result(request: ScoreRequest) -> ScoreResult:
    """A result that fits the request: silence with a beat each half second, and a report that measured none."""
    samples = sample_of_frame(request.sheet.duration_frames, request.sheet.rate)
    beats = tuple(
        Beat(at, number // 4, number % 4 + 1) for number, at in enumerate(range(0, samples + 1, SAMPLE_RATE_HZ // 2))
    )
    shots = request.sheet.shots
    plan = ScorePlan(
        duration_samples=samples,
        beats=beats,
        hits=(),
        sections=(),
        shot_starts_samples=tuple(sample_of_frame(shot.start_frames, request.sheet.rate) for shot in shots),
        shot_energies=tuple(0.5 for _ in shots),
        style="ambient",
        mood="calm",
        key="A minor",
        bend=Bend.STEADY,
        ending=Ending.FADE,
        final_beat=len(beats) - 1,
        seed=request.seed,
    )
    totals = AlignmentTotals(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, None, None)
    report = AlignmentReport("none", "", (), (), None, (), totals, totals, 0.0)
    mix = AudioFile("mix.wav", "mix", "", samples, SAMPLE_RATE_HZ, 2, None, None)
    return ScoreResult(
        content_hash(request), "scripted", "", "cpu", request.seed, "test", files=(mix,), plan=plan, report=report
    )


def silent_wave(samples: int) -> bytes:
    """A WAV file of silence: 48 kHz, stereo, 24 bit."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(3)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(bytes(samples * 6))
    return buffer.getvalue()
