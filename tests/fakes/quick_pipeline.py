"""A stand-in for the pipeline that takes milliseconds and misbehaves on request.

The request's prompt says how, in words such as "steps=20 pause=0.05 fault=segv:once at=3":

    steps=N     steps of generation (default 4)        pause=S    seconds of each (default 0)
    preview=S   the silence of so many seconds can be heard before the first step
    fault=KIND  what happens at step `at` (default 1)  KIND:once  only where no earlier attempt left its mark

Kinds: segv, kill, exit, bug, full-disk, damaged-weights, memory (until the smallest window), memory-gpu (until the
CPU), deaf (ignores progress, and with it cancelling, for a minute), outbound, mark-result (says that it is writing its
result by leaving a file `writing` beside the state folder named in VEM_TEST_MARKS, and waits).
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import itertools
import os
import signal
import socket
import time
import wave
from pathlib import Path

import numpy as np

from vem_core.contract.brief import MusicBrief
from vem_core.contract.codec import content_hash
from vem_core.contract.errors import OutOfMemory, WeightsDamaged
from vem_core.contract.parse import GlobalCues, Parse, StoryboardCue, shot_boundaries_samples, transition_cues
from vem_core.contract.plan import Bend, Ending, ScorePlan
from vem_core.contract.progress import Stage
from vem_core.contract.request import Device, ScoreRequest
from vem_core.contract.result import AlignmentReport, AlignmentTotals, AudioFile, ScoreResult
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.direction import direct
from vem_core.generation.preview import Preview
from vem_core.pipeline.job import Job


def score_timeline(job: Job[ScoreRequest]) -> ScoreResult:
    """Write a second of a square wave that the seed tunes, after as many steps as the prompt asks for."""
    request, attachments, on_progress = job.request, job.attachments, job.on_progress
    wishes = dict(word.split("=", 1) for word in request.direction.prompt.split() if "=" in word)
    steps = int(wishes.get("steps", "4"))
    pause_s = float(wishes.get("pause", "0"))
    on_progress(Stage.PARSE, 0, 1, f"Looking at {len(attachments)} pictures")
    for sha256, attachment in attachments.items():
        assert hashlib.sha256(attachment).hexdigest() == sha256
    if "preview" in wishes:
        preview = Preview(job.scratch)
        preview.begin(0)
        preview.hear(0, np.zeros((2, round(float(wishes["preview"]) * SAMPLE_RATE_HZ)), np.float32))
    for step in range(steps):
        if "fault" in wishes and step == int(wishes.get("at", "1")):
            _misbehave(wishes["fault"], job)
        time.sleep(pause_s)
        on_progress(Stage.GENERATE, step + 1, steps, "Making the music")
    whole = sample_of_frame(request.sheet.duration_frames, request.sheet.rate)
    mix = _write_wave(job.folder / "mix.wav", request.seed, whole if "whole" in wishes else SAMPLE_RATE_HZ)
    if wishes.get("fault", "").startswith("mark-result"):
        _once_marked(content_hash(request)) or time.sleep(60)
    on_progress(Stage.MASTER, 1, 1, "Setting the loudness")
    device = request.device if job.effort is None else job.effort.device
    return dataclasses.replace(quick_result(request, mix), device=device.value)


def parse_timeline(job: Job[ScoreRequest]) -> Parse:
    """One line for each shot: its name and the seed."""
    request = job.request
    job.on_progress(Stage.PARSE, 0, 1, f"Looking at {len(job.attachments)} pictures")
    if request.direction.prompt.startswith("fault="):
        _misbehave(request.direction.prompt.removeprefix("fault="), job)
    return request.parse or small_parse(request)


def brief_timeline(job: Job[ScoreRequest]) -> MusicBrief:
    """The director's own: it is quick."""
    return direct(job.request, job.attachments)


def small_parse(request: ScoreRequest) -> Parse:
    """The shots' names, and their places."""
    bounds = shot_boundaries_samples(request.sheet)
    storyboard = tuple(
        StoryboardCue(start, end - start, shot.name)
        for shot, (start, end) in zip(request.sheet.shots, itertools.pairwise(bounds), strict=True)
    )
    return Parse(
        "quick-1", bounds[-1], GlobalCues(theme=request.sheet.name), storyboard, transition_cues(request.sheet)
    )


def quick_result(request: ScoreRequest, mix: AudioFile) -> ScoreResult:
    """The least that a result can hold."""
    duration = sample_of_frame(request.sheet.duration_frames, request.sheet.rate)
    totals = AlignmentTotals(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, None, None)
    plan = ScorePlan(
        duration, (), (), (), (0,), (0.5,), "ambient", "calm", "A minor", Bend.STEADY, Ending.FADE, -1, request.seed
    )
    report = AlignmentReport("none", "", (), (), None, (), totals, totals, 0.0)
    return ScoreResult(
        content_hash(request), "quick", "", request.device.value, request.seed, "test", (mix,), plan, report
    )


def _write_wave(path: Path, seed: int, samples: int) -> AudioFile:
    period = 20 + seed % 400
    frames = b"".join((b"\0\0\x10" if n // period % 2 else b"\0\0\xf0") * 2 for n in range(samples))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(3)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(frames)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return AudioFile(path.name, "mix", sha256, samples, SAMPLE_RATE_HZ, 2, None, None)


def _misbehave(fault: str, job: Job[ScoreRequest]) -> None:
    kind, _, once = fault.partition(":")
    if once and _once_marked(content_hash(job.request)):
        return
    effort = job.effort
    assert effort is not None
    match kind:
        case "segv":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            os._exit(7)
        case "bug":
            raise ZeroDivisionError("a bug of the stand-in")
        case "full-disk":
            raise OSError(errno.ENOSPC, "No space left on device")
        case "damaged-weights":
            raise WeightsDamaged("vem-mini.safetensors does not have the registered hash.")
        case "memory":
            if effort.window_share > 0.25:
                raise MemoryError
        case "memory-gpu":
            if effort.device is not Device.CPU:
                raise OutOfMemory("CUDA out of memory")
        case "deaf":
            time.sleep(60)
        case "outbound":
            socket.create_connection(("192.0.2.1", 80), timeout=0.5)  # TEST-NET-1 (RFC 5737): nobody is there


def _once_marked(name: str) -> bool:
    """Whether this was called with that name before, in any process; marks it."""
    mark = Path(os.environ["VEM_TEST_MARKS"]) / name
    if mark.exists():
        return True
    mark.touch()
    return False
