"""Rights, downmix and other forms of a finished score."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fakes.requests import small_request
from vem_core.audio.files import write_audio
from vem_core.audio.loudness import measure_loudness
from vem_core.audio.mastering import master
from vem_core.audio.true_peak import measure_true_peak
from vem_core.contract.errors import ContractError
from vem_core.contract.request import LOUDNESS_TARGETS, SAMPLE_RATES_HZ, AudioFormat, Delivery
from vem_core.contract.result import AudioFile
from vem_core.delivery.conversion import convert_files
from vem_core.delivery.downmix import check_downmix, downmix_warnings
from vem_core.delivery.rights import TERMS, caution_before, rights_of
from vem_core.generation.registry import model_ids


def noise(seconds: float = 2.0, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((2, round(seconds * 48_000))).astype(np.float32) * 0.1


def written(folder: Path, sound: np.ndarray) -> tuple[AudioFile, ...]:
    (folder / "stems").mkdir()
    write_audio(folder / "mix.wav", sound)
    write_audio(folder / "stems" / "drums.wav", sound / 2)
    samples = sound.shape[1]
    return (
        AudioFile("mix.wav", "mix", "", samples, 48_000, 2, -16.0, -1.0),
        AudioFile("stems/drums.wav", "stem:drums", "", samples, 48_000, 2, None, None),
        AudioFile("score.mid", "midi", "", samples, 48_000, 0, None, None),
    )


@pytest.mark.parametrize("rate_hz", SAMPLE_RATES_HZ)
@pytest.mark.parametrize("form", list(AudioFormat))
def test_every_form_has_the_length_and_the_sound(form: AudioFormat, rate_hz: int, tmp_path: Path) -> None:
    seconds = np.arange(48_000 * 2 + 7) / 48_000
    tone = np.stack([np.sin(2 * np.pi * 1000 * seconds), np.sin(2 * np.pi * 440 * seconds)]).astype(np.float32) * 0.3
    delivery = Delivery(format=form, sample_rate_hz=rate_hz)
    files = convert_files(written(tmp_path, tone), delivery, tmp_path)
    if form is AudioFormat.WAV and rate_hz == 48_000:
        assert files == ()
        return
    assert [file.role for file in files] == ["delivery:mix", "delivery:stem:drums"]
    sound, found_hz = soundfile.read(tmp_path / files[0].name)
    info = soundfile.info(tmp_path / files[0].name)
    assert (found_hz, info.format, info.subtype) == (rate_hz, form.value.upper(), "PCM_24")
    assert len(sound) == files[0].samples == round((48_000 * 2 + 7) * rate_hz / 48_000)
    again = np.arange(len(sound)) / rate_hz
    inner = slice(rate_hz // 10, -rate_hz // 10)
    assert np.abs(sound[inner, 0] - 0.3 * np.sin(2 * np.pi * 1000 * again[inner])).max() < 1e-4


def test_flac_at_48_khz_keeps_every_bit(tmp_path: Path) -> None:
    files = convert_files(written(tmp_path, noise()), Delivery(format=AudioFormat.FLAC), tmp_path)
    one, _ = soundfile.read(tmp_path / "mix.wav", dtype="int32")
    other, _ = soundfile.read(tmp_path / files[0].name, dtype="int32")
    assert np.array_equal(one, other)


def test_mono_and_a_subwoofer_keep_what_agrees_and_lose_what_does_not() -> None:
    wide, low = noise(), np.sin(2 * np.pi * 60 * np.arange(96_000) / 48_000).astype(np.float32) * 0.3
    equal = check_downmix([np.stack([low, low])])
    assert equal.mono_loss_db == 0
    assert equal.bass_loss_db == 0
    assert equal.safe
    assert equal.mono_true_peak_dbtp is not None
    assert abs(equal.mono_true_peak_dbtp - 20 * math.log10(0.3 * math.sqrt(2))) < 0.1
    apart = check_downmix([wide])
    assert apart.safe
    assert apart.mono_loss_db is not None
    assert apart.mono_loss_db < 0.2
    flipped = check_downmix([wide * 0.1 + np.stack([low, -low])])
    assert not flipped.safe
    assert flipped.bass_loss_db is not None
    assert flipped.bass_loss_db > 6
    assert any("120 Hz" in warning for warning in downmix_warnings(flipped))
    silent = check_downmix([np.zeros((2, 48_000), np.float32)])
    assert (silent.mono_loss_db, silent.mono_true_peak_dbtp, silent.safe) == (None, None, True)


@pytest.mark.parametrize("name", sorted(LOUDNESS_TARGETS))
def test_the_named_targets_are_met(name: str) -> None:
    loudness, peak = LOUDNESS_TARGETS[name]
    swells = noise(12.0) * (0.3 + np.abs(np.sin(np.arange(12 * 48_000) / 60_000)).astype(np.float32))
    made, gain = master(swells, loudness, peak)
    assert measure_true_peak(made) <= peak + 0.05
    if loudness is None:
        assert abs(measure_true_peak(made) - peak) < 0.25
        assert gain.reduction_db < 1e-3
    else:
        assert abs(measure_loudness(made) - loudness) < 0.3


def test_delivery_refuses_what_it_cannot_do() -> None:
    for wrong in ({"sample_rate_hz": 22_050}, {"handle_before_frames": -1}, {"loudness_lufs": 3.0}):
        with pytest.raises(ContractError):
            Delivery(**wrong)  # type: ignore[arg-type]


def test_every_model_states_its_terms_and_forbidding_ones_say_so_first() -> None:
    assert set(model_ids()) <= set(TERMS)
    assert rights_of("sketch").paid_work
    assert "yours" in rights_of("sketch", "", "madmom's models are for non-commercial use").statement
    assert rights_of("sketch", "", "a note").notes == ("a note",)
    assert caution_before("sketch") == ""
    assert "forbids paid work" in caution_before("audioldm2")
    assert "do not use" in caution_before("somebody-elses")


def test_paid_work_on_conditions_is_a_third_state() -> None:
    rights = rights_of("stable-audio-3")
    assert rights.paid_work
    assert any("1,000,000 US dollars" in condition for condition in rights.conditions)
    assert any("Powered by Stability AI" in condition for condition in rights.conditions)
    assert all(condition in rights.statement for condition in rights.conditions)
    assert caution_before("stable-audio-3") == rights.statement
    assert rights_of("ace-step-1.5").conditions == ()
    assert caution_before("ace-step-1.5") == ""


def test_a_request_carries_its_delivery() -> None:
    request, _ = small_request()
    assert not request.delivery.is_converted
