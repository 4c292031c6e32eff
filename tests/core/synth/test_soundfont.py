"""Acoustic patches from a SoundFont, where there is one."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fakes.requests import small_request
from fakes.score_plans import score_plan
from fakes.soundfonts import small_soundfont
from vem_core.audio.loudness import measure_loudness
from vem_core.contract.errors import AudioError, ModelMissing
from vem_core.contract.plan import SectionRole
from vem_core.contract.request import SoundFont
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.generation.sketch import SketchGenerator
from vem_core.synth import calibration, phrases, render
from vem_core.synth.patches import PATCHES, patch_by_id
from vem_core.synth.soundfont import ACOUSTIC_PROGRAMS, SoundFontVoice, sampled
from vem_core.synth.tone import Tone

FOLDERS = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts")


@pytest.fixture(scope="module")
def soundfont() -> Path:
    if importlib.util.find_spec("tinysoundfont") is None:
        pytest.skip("tinysoundfont is not installed")
    named = os.environ.get("VEM_SOUNDFONT")
    found = [Path(named)] if named else [file for folder in FOLDERS for file in sorted(Path(folder).glob("*.sf[23]"))]
    if not found:
        pytest.skip("no SoundFont was found")
    return found[0].resolve()


def test_the_acoustic_patches_exist() -> None:
    assert set(ACOUSTIC_PROGRAMS) <= set(PATCHES)


def test_other_patches_stay_as_they_are(tmp_path: Path) -> None:
    assert sampled(patch_by_id("bass.saw"), tmp_path / "none.sf2") is patch_by_id("bass.saw")


def test_a_missing_font_is_named(tmp_path: Path, make: Any) -> None:
    with pytest.raises((AudioError, ModelMissing)):
        render(make.solo("keys.piano", (0, 1, 60, 0.8)), 0, soundfont=tmp_path / "none.sf2")


def test_a_file_that_is_no_font_is_refused(tmp_path: Path, make: Any) -> None:
    (tmp_path / "fake.sf2").write_bytes(b"RIFF not a SoundFont")
    with pytest.raises((AudioError, ModelMissing)):
        render(make.solo("keys.piano", (0, 1, 60, 0.8)), 0, soundfont=tmp_path / "fake.sf2")


@pytest.mark.parametrize("name", ACOUSTIC_PROGRAMS)
def test_a_sampled_patch_is_on_time_about_as_loud_and_repeatable(name: str, make: Any, soundfont: Path) -> None:
    patch = PATCHES[name]
    phrase = phrases.phrase(patch)
    audio = render(phrase, 0, stems=False, soundfont=soundfont).mix
    assert np.isfinite(audio).all()
    assert measure_loudness(audio) == pytest.approx(calibration.target_lufs(patch), abs=5)
    assert not np.array_equal(audio, render(phrase, 0, stems=False).mix)

    late = make.solo(name, (0.25, 0.5, patch.home_pitch, 0.8), length_s=1.0)
    first, again = (render(late, 0, stems=False, soundfont=soundfont).mix for _ in range(2))
    np.testing.assert_array_equal(first, again)
    start = SAMPLE_RATE_HZ // 4
    level = np.abs(first).max(0)
    assert not level[:start].any()
    if not patch.soft:
        reached = np.flatnonzero(level > 0.1 * level[start : start + 4_800].max())[0]
        assert reached - start < 0.003 * SAMPLE_RATE_HZ


def test_a_note_does_not_depend_on_the_one_before(tmp_path: Path) -> None:
    pytest.importorskip("tinysoundfont")
    (tmp_path / "sines.sf2").write_bytes(small_soundfont({(0, 0): 262.0, (0, 4): 330.0}))
    voice = SoundFontVoice(tmp_path / "sines.sf2", 0, percussion=False, sharp=False)
    low, high = Tone(48, SAMPLE_RATE_HZ), Tone(72, SAMPLE_RATE_HZ)
    alone = voice(low)
    voice(high)
    assert torch.equal(voice(low), alone)


def test_a_request_names_the_font_that_plays_its_acoustic_instruments(soundfont: Path) -> None:
    request, _ = small_request()
    named = dataclasses.replace(request, soundfont=font_of(soundfont))
    plan = score_plan("acoustic", form=((SectionRole.GROOVE, 2, 0.6),), bpm=100)
    sampled_mix, again = (SketchGenerator().generate(named, plan, ignore).mix for _ in range(2))
    np.testing.assert_array_equal(sampled_mix, again)
    assert not np.array_equal(sampled_mix, SketchGenerator().generate(request, plan, ignore).mix)


def test_another_font_under_that_name_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "band.sf2"
    file.write_bytes(b"one")
    request = dataclasses.replace(small_request()[0], soundfont=font_of(file))
    plan = score_plan("acoustic", form=((SectionRole.GROOVE, 1, 0.6),))
    file.write_bytes(b"the other")
    with pytest.raises(AudioError, match="contents differ"):
        SketchGenerator().generate(request, plan, ignore)
    file.unlink()
    with pytest.raises(AudioError, match="cannot be read"):
        SketchGenerator().generate(request, plan, ignore)


def font_of(path: Path) -> SoundFont:
    return SoundFont(str(path), hashlib.sha256(path.read_bytes()).hexdigest())


def ignore(done: int, total: int) -> None:
    return None
