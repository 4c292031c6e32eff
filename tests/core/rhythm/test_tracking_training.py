"""Training of the beat tracker: labels stay on the attacks, it goes on where it stopped, weights come back whole."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.tracking.network import BeatNetwork, BeatNetworkConfig, load_network, save_network
from vem_core.rhythm.tracking.onsets import FRAME_RATE_HZ, band_spectrogram, mono
from vem_core.rhythm.tracking.recurrent import listen
from vem_core.training.beat_augmentation import BeatExample, beat_target, cut_clip, speech_like_noise
from vem_core.training.beat_bands import record_band
from vem_core.training.beats import BeatTraining, draw_batch, train_network

SILENCE = np.zeros((2_000, 58), np.float32)
TINY = BeatNetworkConfig(channels=8, width=6, layers=1)


@pytest.fixture(scope="module")
def examples() -> list[BeatExample]:
    bands = [record_band(seed, 6.0) for seed in range(3)]
    return [BeatExample(band_spectrogram(mono(one.signal[None])), one.beats_s, one.downbeats_s) for one in bands]


def test_a_band_plays_on_its_beats() -> None:
    heard = []
    for seed in range(5):
        band = record_band(seed, 8.0)
        power = np.square(band.signal)
        for beat in np.round(band.downbeats_s[1:-1] * SAMPLE_RATE_HZ).astype(int):
            before, after = power[beat - 2_400 : beat - 480].mean(), power[beat : beat + 1_920].mean()
            heard.append(after > 1.5 * before)
        assert set(band.downbeats_s) <= set(band.beats_s)
    assert np.mean(heard) > 0.8
    assert np.array_equal(record_band(3, 8.0).signal, record_band(3, 8.0).signal)


def test_labels_stay_on_the_attacks_at_any_speed() -> None:
    spectrogram = np.zeros((1_000, 58), np.float32)
    beats_s = np.arange(0.5, 10, 0.5)
    at = np.round(beats_s * FRAME_RATE_HZ).astype(int)
    spectrogram[at - 1] = spectrogram[at] = spectrogram[at + 1] = 2.0
    example = BeatExample(spectrogram, beats_s, beats_s[::4])
    for seed in range(20):
        clip, targets = cut_clip(example, 600, SILENCE, np.random.default_rng(seed))
        loud = clip.mean(axis=1)
        peaks = np.flatnonzero(loud > 0.5 * loud.max())
        labels = np.flatnonzero(targets[:, 0] == 1)
        assert len(labels) > 3
        assert all(np.abs(peaks - label).min() <= 2 for label in labels if 2 < label < 597)
        assert set(np.flatnonzero(targets[:, 1] == 1)) <= set(labels)


def test_targets_have_soft_shoulders_and_stay_inside() -> None:
    target = beat_target(np.array([0.0, 0.05, 0.31]), 31)
    assert target[[0, 1, 4, 5, 6]].tolist() == [1.0, 0.5, 0.5, 1.0, 0.5]
    assert target[30] == 0.5


def test_training_goes_on_where_it_stopped(examples: list[BeatExample], tmp_path) -> None:
    training = BeatTraining(steps=6, clips=2, clip_s=3.0, warm_up_steps=2)
    losses: list[float] = []
    whole = train_network(examples, SILENCE, training, None, lambda _, loss: losses.append(loss), TINY, every_steps=2)

    class PowerCut(Exception):
        pass

    def stop_at_four(step: int, loss: float) -> None:
        if step == 4:
            raise PowerCut

    state = tmp_path / "state.safetensors"
    with pytest.raises(PowerCut):
        train_network(examples, SILENCE, training, state, stop_at_four, TINY, every_steps=2)
    steps: list[int] = []
    resumed = train_network(examples, SILENCE, training, state, lambda step, _: steps.append(step), TINY, every_steps=2)
    assert steps == [4, 6]
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    assert len(losses) == 3


def test_training_learns(examples: list[BeatExample]) -> None:
    losses: list[float] = []
    training = BeatTraining(steps=30, clips=4, clip_s=4.0, warm_up_steps=3)
    train_network(examples, SILENCE, training, None, lambda _, loss: losses.append(loss), TINY, every_steps=10)
    assert losses[-1] < 0.8 * losses[0]


def test_batches_depend_on_seed_and_step_alone(examples: list[BeatExample]) -> None:
    training = BeatTraining(clips=2, clip_s=2.0)
    clips, targets = draw_batch(examples, SILENCE, training, 5)
    again, _ = draw_batch(examples, SILENCE, training, 5)
    other, _ = draw_batch(examples, SILENCE, training, 6)
    assert clips.shape == (2, 200, 58)
    assert targets.shape == (2, 200, 2)
    assert torch.equal(clips, again)
    assert not torch.equal(clips, other)


def test_weights_come_back_whole(tmp_path) -> None:
    network = BeatNetwork(TINY).eval()
    path = tmp_path / "beats.safetensors"
    save_network(network, path)
    loaded = load_network(path)
    assert loaded.config == TINY
    spectrogram = np.random.default_rng(0).random((301, 58)).astype(np.float32)
    assert np.array_equal(listen(network, spectrogram), listen(loaded, spectrogram))
    assert listen(loaded, spectrogram).shape == (301, 2)
    assert load_file(path).keys() == network.state_dict().keys()


def test_a_long_piece_is_heard_in_chunks_as_it_would_be_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from vem_core.rhythm.tracking import recurrent

    torch.manual_seed(0)
    network = BeatNetwork(TINY).eval()
    spectrogram = np.random.default_rng(0).random((2_000, 58)).astype(np.float32)
    whole = listen(network, spectrogram)
    monkeypatch.setattr(recurrent, "_CHUNK_FRAMES", 600)
    assert np.abs(listen(network, spectrogram) - whole).max() < 1e-3


def test_babble_has_pauses_and_is_reproducible() -> None:
    voice = speech_like_noise(5.0, seed=1)
    assert np.array_equal(voice, speech_like_noise(5.0, seed=1))
    levels = np.square(voice[: 5 * SAMPLE_RATE_HZ // 2_400 * 2_400]).reshape(-1, 2_400).mean(axis=1)
    assert levels.max() > 100 * np.quantile(levels, 0.05)
