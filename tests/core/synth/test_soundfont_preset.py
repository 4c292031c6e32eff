"""Of a SoundFont only the preset that plays is loaded, and it plays as the whole font does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fakes.soundfonts import small_soundfont
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.soundfont_preset import only_preset

PRESETS = {(0, 0): 262.0, (0, 25): 330.0, (8, 25): 392.0, (128, 0): 131.0, (128, 40): 165.0}
FONT = small_soundfont(PRESETS)
SINE_BYTES = 48_000


def played(font: bytes, bank: int, number: int, pitch: int = 60) -> np.ndarray:
    tinysoundfont: Any = pytest.importorskip("tinysoundfont")
    synth = tinysoundfont.Synth(samplerate=SAMPLE_RATE_HZ)
    synth.program_select(0, synth.sfload(font), bank, number, bank == 128)
    synth.noteon(0, pitch, 100)
    return np.frombuffer(synth.generate_simple(SAMPLE_RATE_HZ), np.float32).copy()


@pytest.mark.parametrize(("bank", "number"), PRESETS)
def test_a_preset_plays_as_in_the_whole_font(bank: int, number: int) -> None:
    whole = played(FONT, bank, number)
    assert np.abs(whole).max() > 0.01
    assert played(only_preset(FONT, number, bank == 128), bank, number) == pytest.approx(whole, abs=1e-5)


def test_samples_that_do_not_play_are_not_there() -> None:
    kit = only_preset(FONT, 40, True)  # with the standard kit, which stands in where a kit has nothing
    assert 2 < len(kit) / SINE_BYTES < 3


def test_a_preset_of_its_own_is_cut_out_of_itself_unchanged() -> None:
    once = only_preset(FONT, 25, False)
    assert only_preset(once, 25, False) == once


@pytest.mark.parametrize("content", [b"", b"RIFF not a SoundFont", FONT[:200], FONT[: len(FONT) - 300]])
def test_what_is_no_soundfont_is_said(content: bytes) -> None:
    with pytest.raises(ValueError, match="SoundFont"):
        only_preset(content, 0, False)
