"""Jobs that hear music, through a real core: a temp track, and any music against the cuts."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from fakes.band import RATE_HZ, drifting_beats, play_band
from fakes.core_rig import CoreRig
from fakes.random_edits import sheet_of
from vem_core.audio.files import read_audio
from vem_core.contract.errors import AudioError, Cancelled, ContractError, InputError
from vem_core.contract.listening import FITTED_FILE, PICTURE_FILE, ListenRequest, MeasureRequest
from vem_core.contract.progress import JobState, Progress, Stage
from vem_core.contract.service import JobSubmission, Task
from vem_plugin.client.http import HttpCoreClient

SECONDS = 12
SHEET = sheet_of(24 * SECONDS, [31, 95, 140, 209])
ID = "00000000-0000-0000-0000-00000000000c"


@pytest.fixture(scope="module")
def client(real_core: CoreRig) -> Iterator[HttpCoreClient]:
    with real_core.client() as client:
        yield client


def music(form: str = "WAV") -> bytes:
    sound = play_band(drifting_beats(SECONDS, 118, 0.0, seed=5), SECONDS, seed=5)
    whole = io.BytesIO()
    soundfile.write(whole, sound.T, RATE_HZ, format=form, subtype="PCM_16")
    return whole.getvalue()


@pytest.mark.parametrize("form", ["WAV", "FLAC"])
def test_a_temp_track_is_listened_to(client: HttpCoreClient, form: str) -> None:
    seen: list[Progress] = []
    heard = client.listen(SHEET, music(form), "song", seen.append)
    assert heard.tempo_bpm is not None
    assert heard.tempo_bpm[0] < 118 < heard.tempo_bpm[1]
    assert len(heard.shot_energies) == len(SHEET.shots)
    assert len(heard.styles) > 3
    assert seen[-1].state is JobState.DONE
    assert Stage.MEASURE in {progress.stage for progress in seen}


def test_music_is_measured_bent_and_drawn(client: HttpCoreClient, tmp_path: Path) -> None:
    sound = music()
    sha256 = hashlib.sha256(sound).hexdigest()
    request = MeasureRequest(SHEET, sha256, "song.wav", "spectral", fit=True, picture=True)
    measurement = client.measure(request, {sha256: sound}, tmp_path, lambda progress: None)
    assert measurement.report.tracker == "spectral"
    assert measurement.fitted is not None
    assert {file.name for file in measurement.files} == {FITTED_FILE, PICTURE_FILE}
    assert read_audio(tmp_path / FITTED_FILE).shape == (2, SECONDS * RATE_HZ)
    with Image.open(tmp_path / PICTURE_FILE) as picture:
        assert picture.width == 1600
    plain = client.measure(dataclasses.replace(request, fit=False, picture=False), {sha256: sound}, tmp_path, print)
    assert plain.report == measurement.report
    assert plain.files == ()


def test_what_cannot_be_heard_is_named(client: HttpCoreClient, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"The temp track 'MX' cannot be read as audio"):
        client.listen(SHEET, b"not sound at all" * 50, "The temp track 'MX'", lambda progress: None)
    sound = music()
    sha256 = hashlib.sha256(sound).hexdigest()
    with pytest.raises(InputError, match="no beat tracker 'tap'"):
        client.measure(MeasureRequest(SHEET, sha256, "", "tap"), {sha256: sound}, tmp_path, lambda progress: None)


def test_listening_is_cancelled_by_whatever_its_progress_raises(client: HttpCoreClient) -> None:
    jobs: list[str] = []

    def stop(progress: Progress) -> None:
        jobs.append(progress.job)
        raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        client.listen(SHEET, music(), "song", stop)
    client.follow(jobs[0], lambda progress: None)
    assert client.status(jobs[0]).state is JobState.CANCELLED


def test_a_task_has_its_own_kind_of_request() -> None:
    silence = hashlib.sha256(np.zeros(9).tobytes()).hexdigest()
    with pytest.raises(ContractError, match="another kind of request"):
        JobSubmission(ID, ListenRequest(SHEET, silence), task=Task.SCORE)
    assert JobSubmission(ID, ListenRequest(SHEET, silence), task=Task.LISTEN).request.sheet.rate == Fraction(24)
