"""Sound on tapes: it is what it would be in memory, leaves nothing behind, and takes no memory that grows with it."""

from __future__ import annotations

import mmap
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vem_core.audio.files import write_audio
from vem_core.audio.loudness import block_powers, measure_loudness
from vem_core.audio.mastering import master, master_gain
from vem_core.audio.meter import LevelMeter
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.tape import GainedSound, blocks, discard, folder_of, let_go, silent, silent_like
from vem_core.audio.true_peak import measure_true_peak
from vem_core.audio.types import Audio, Rendering
from vem_core.contract.request import Delivery
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.delivery.downmix import check_downmix
from vem_core.delivery.files import write_files
from vem_core.rhythm.tracking.onsets import band_spectrogram, mono
from vem_core.rhythm.warping import anchored_warp, warp_audio


def noise(seconds: float, seed: int = 0) -> Audio:
    """Noise with a burst now and then, for the limiter."""
    source = np.random.default_rng(seed)
    audio = source.standard_normal((2, round(seconds * SAMPLE_RATE_HZ))).astype(np.float32) * 0.05
    audio[:, ::9_001] *= 12
    return audio


def on_tape(audio: Audio, folder: Path) -> Audio:
    tape = silent(audio.shape[1], audio.shape[0], folder)
    tape[:] = audio
    let_go(tape)
    return tape


def test_a_tape_holds_what_is_put_on_it_and_leaves_no_file(tmp_path: Path) -> None:
    sound = noise(1.0)
    tape = on_tape(sound, tmp_path / "scratch")
    np.testing.assert_array_equal(tape, sound)
    beside = silent_like(tape[:1, 100:200], 70)
    assert beside.shape == (1, 70)
    assert folder_of(beside) == folder_of(GainedSound(tape, lambda start, end: sound[0, start:end])) is not None
    assert folder_of(sound) is folder_of(silent_like(sound, 5)) is None
    del tape, beside
    assert not list((tmp_path / "scratch").iterdir())


@pytest.mark.skipif(not hasattr(mmap, "MADV_REMOVE"), reason="only Linux gives a part of a file back")
def test_a_discarded_tape_is_silent_and_an_array_stays(tmp_path: Path) -> None:
    sound = noise(0.2)
    tape = on_tape(sound, tmp_path)
    discard(tape, sound)
    assert sound.any()
    assert not tape.any()


@pytest.mark.skipif(not hasattr(mmap, "MADV_REMOVE"), reason="only Linux gives a part of a file back")
def test_discarding_a_packed_sound_empties_its_tape_and_leaves_a_file_that_was_opened(tmp_path: Path) -> None:
    sound = np.full((2, 5_000), 0.25, np.float32)
    packed = PackedSound.of_sound(sound, tmp_path)
    packed.write(tmp_path / "a.wav")
    opened = PackedSound.of_file(tmp_path / "a.wav")
    before = (tmp_path / "a.wav").read_bytes()
    opened.discard()
    assert (tmp_path / "a.wav").read_bytes() == before
    packed.discard()
    assert not packed[:].any()


def test_no_room_on_the_disk_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        silent(2**45, 2, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("piece", [1_920, SAMPLE_RATE_HZ, 10**9])
def test_levels_are_the_same_whatever_the_pieces(piece: int) -> None:
    sound = noise(3.3)
    meter = LevelMeter(*sound.shape)
    for where in blocks(sound.shape[1], size=piece):
        meter.hear(sound[:, where])
    assert meter.end()[:2] == (measure_loudness(sound), measure_true_peak(sound))
    report = check_downmix(sound[:, where] for where in blocks(sound.shape[1], size=piece))
    whole = check_downmix([sound])
    assert report.mono_loss_db == pytest.approx(whole.mono_loss_db, abs=1e-9)
    assert report.mono_true_peak_dbtp == whole.mono_true_peak_dbtp


def test_a_tape_is_mastered_as_an_array_is(tmp_path: Path) -> None:
    sound = noise(2.7)
    audio, expected = master(sound, -14.0, -1.0)
    assert expected.reduction_db > 1
    tape = on_tape(sound, tmp_path)
    gain = master_gain(tape, -14.0, -1.0)
    assert (gain.gain_db, gain.levels) == (expected.gain_db, expected.levels)
    assert folder_of(gain.curve.points) == tmp_path
    mastered = gain.over(tape)
    np.testing.assert_array_equal(mastered[:, :], audio)
    np.testing.assert_array_equal(mastered[:, 33:40_001], audio[:, 33:40_001])
    np.testing.assert_array_equal(block_powers(mastered), block_powers(audio))


def test_a_tape_is_heard_and_warped_as_an_array_is(tmp_path: Path) -> None:
    sound = noise(2.0)
    tape = on_tape(sound, tmp_path)
    signal = mono(tape)
    np.testing.assert_array_equal(signal, mono(sound))
    np.testing.assert_array_equal(band_spectrogram(signal), band_spectrogram(mono(sound)))
    beats = np.array([20_000, 50_000, 80_000])
    warp = anchored_warp(beats, beats + np.array([0, 480, 0]), sound.shape[1], sound.shape[1])
    warped = warp_audio(tape, warp)
    assert folder_of(warped) == tmp_path
    np.testing.assert_array_equal(warped, warp_audio(sound, warp))


def most_bytes(work: Callable[[], object]) -> int:
    """The most memory that numpy and Python hold at once while something is done."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_memory_does_not_grow_with_what_is_mastered_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(blocks.__kwdefaults__, "size", 2**16)
    delivery = Delivery(stems=True, loudness_lufs=-14.0)

    def score(name: str, seconds: float) -> int:
        mix, stem = (on_tape(noise(seconds, seed), tmp_path) for seed in (0, 1))
        return most_bytes(lambda: write_files(Rendering(mix, {"noise": stem}), delivery, tmp_path / name))

    score("first", 1.0)  # what is loaded and kept
    short, long = score("short", 5.0), score("long", 20.0)
    assert long < 1.05 * short


def test_memory_does_not_grow_with_what_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(blocks.__kwdefaults__, "size", 2**16)

    def hear(seconds: float) -> int:
        tape = on_tape(noise(seconds), tmp_path)
        return most_bytes(lambda: band_spectrogram(mono(tape)))

    hear(1.0)
    short, long = hear(90.0), hear(180.0)  # more than what is transformed at once
    assert long < 1.05 * short


def test_a_sound_with_a_gain_is_written_as_it_is_read(tmp_path: Path) -> None:
    sound = noise(0.5)
    gain = np.linspace(0, 1, sound.shape[1], dtype=np.float32)
    write_audio(tmp_path / "lazy.wav", GainedSound(on_tape(sound, tmp_path), lambda start, end: gain[start:end]))
    write_audio(tmp_path / "whole.wav", sound * gain)
    assert (tmp_path / "lazy.wav").read_bytes() == (tmp_path / "whole.wav").read_bytes()
