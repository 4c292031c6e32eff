"""The jobs that hear music: what a temp track is like, and how any music meets the cuts."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from vem_core.audio.files import file_sha256, read_audio, write_audio
from vem_core.audio.types import Audio
from vem_core.contract.attachments import source_of
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import OutputError
from vem_core.contract.listening import FITTED_FILE, PICTURE_FILE, ListenRequest, MeasureRequest
from vem_core.contract.progress import Stage
from vem_core.contract.result import AlignmentReport, AudioFile, Measurement
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.pipeline.job import Job
from vem_core.pipeline.own_music import fit_to_cuts
from vem_core.rhythm.pictures import draw_alignment
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.tracking.base import TrackedBeats
from vem_core.temp_track.listening import listen

_HEARING = "Hearing the beats"


def listen_to_music(job: Job[ListenRequest]) -> TempTrack:
    """What is heard on the job's music. Raises AudioError, or what `on_progress` raises."""
    sound = _music_of(job)
    job.on_progress(Stage.MEASURE, 0, 1, _HEARING)
    return listen(sound, job.request.sheet, job.beat_tracker())


def measure_music(job: Job[MeasureRequest]) -> Measurement:
    """How the job's music meets the cuts, as it is and, where that is asked for, bent to meet them.

    Raises AudioError, InputError for a tracker that does not exist, OutputError, or what `on_progress` raises.
    """
    asked = job.request
    tracker = job.beat_tracker(asked.tracker)
    sound = _music_of(job)
    job.on_progress(Stage.MEASURE, 0, 1, _HEARING)
    tracked = tracker.track(sound)
    measurement = Measurement(measure_alignment(asked.sheet, tracked, tracker))
    files = []
    if asked.fit:
        job.on_progress(Stage.CORRECT, 0, 1, "Bending the music")
        fit = fit_to_cuts(sound, tracked, asked.sheet)
        tracked = tracker.track(fit.audio)
        fitted = measure_alignment(asked.sheet, tracked, tracker)
        measurement = Measurement(measurement.report, fitted, fit.start_shift_ms, fit.largest_stretch)
        write_audio(job.folder / FITTED_FILE, fit.audio)
        files.append(_described(job.folder / FITTED_FILE, fit.audio))
    if asked.picture:
        _draw(job.folder / PICTURE_FILE, measurement.fitted or measurement.report, asked.sheet, tracked)
        files.append(_described(job.folder / PICTURE_FILE))
    return dataclasses.replace(measurement, files=tuple(files))


def _music_of(job: Job[ListenRequest] | Job[MeasureRequest]) -> Audio:
    """The sound that came with a job. Raises AudioError, in words that name the music."""
    job.on_progress(Stage.PARSE, 0, 1, "Reading the music")
    source = source_of(job.attachments, job.request.sound)
    return read_audio(source, job.request.name or "The music")


def _draw(path: Path, report: AlignmentReport, sheet: CutSheet, tracked: TrackedBeats) -> None:
    try:
        draw_alignment(report, sheet, tracked).save(path, format="PNG")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from error


def _described(path: Path, sound: Audio | None = None) -> AudioFile:
    """A file of the result; one without sound is a picture."""
    sha256 = file_sha256(path)
    if sound is None:
        return AudioFile(path.name, "picture", sha256, 0, SAMPLE_RATE_HZ, 0, None, None)
    channels, samples = sound.shape
    return AudioFile(path.name, "fitted", sha256, samples, SAMPLE_RATE_HZ, channels, None, None)
