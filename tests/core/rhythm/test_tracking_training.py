"""Training of the beat tracker: labels stay on the attacks, it goes on where it stopped, weights come back whole."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.tracking.bars import FEATURES, bar_features
from vem_core.rhythm.tracking.decoding import decode_bars
from vem_core.rhythm.tracking.network import (
    BarNetworkConfig,
    BeatNetworkConfig,
    TrackerConfig,
    TrackerNetworks,
    load_networks,
    save_networks,
)
from vem_core.rhythm.tracking.onsets import FRAME_RATE_HZ, band_spectrogram, mono
from vem_core.rhythm.tracking.recurrent import hear_bars, hear_beats
from vem_core.training.beat_augmentation import BeatExample, beat_target, beats_of, cut_clip, speech_like_noise
from vem_core.training.beat_bands import record_band
from vem_core.training.beat_corpus import KeptExamples, _keep
from vem_core.training.beats import BeatTraining, draw_beats, draw_clips, train_bars, train_beats
from vem_core.training.loop import Schedule

SILENCE = np.zeros((2_000, 58), np.float32)
TINY = TrackerConfig(BeatNetworkConfig(channels=8, width=6, layers=1), BarNetworkConfig(width=6))


@pytest.fixture(scope="module")
def examples() -> list[BeatExample]:
    bands = [record_band(seed, 6.0) for seed in range(3)]
    return [BeatExample(band_spectrogram(mono(band.signal[None])), band.beats_s, band.downbeats_s) for band in bands]


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
        labels = np.flatnonzero(targets == 1)
        assert len(labels) > 3
        assert all(np.abs(peaks - label).min() <= 2 for label in labels if 2 < label < 597)


def test_targets_have_soft_shoulders_and_stay_inside() -> None:
    target = beat_target(np.array([0.0, 0.05, 0.31]), 31)
    assert target[[0, 1, 4, 5, 6]].tolist() == [1.0, 0.5, 0.5, 1.0, 0.5]
    assert target[30] == 0.5


def tiny_networks() -> TrackerNetworks:
    torch.manual_seed(0)
    return TrackerNetworks(TINY)


def test_training_goes_on_where_it_stopped(examples: list[BeatExample], tmp_path) -> None:
    schedule = Schedule(steps=6, learning_rate=3e-3, warm_up_steps=2, report_steps=2)
    training = BeatTraining(beats=schedule, clips=2, clip_s=3.0)
    whole, resumed = tiny_networks(), tiny_networks()
    losses: list[float] = []
    train_beats(whole, examples, SILENCE, training, None, lambda _, loss: losses.append(loss))

    class PowerCut(Exception):
        pass

    def stop_at_four(step: int, loss: float) -> None:
        if step == 4:
            raise PowerCut

    state = tmp_path / "state"
    with pytest.raises(PowerCut):
        train_beats(tiny_networks(), examples, SILENCE, training, state, stop_at_four)
    steps: list[int] = []
    train_beats(resumed, examples, SILENCE, training, state, lambda step, _: steps.append(step))
    assert steps == [6]
    assert len(losses) == 3
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_training_learns(examples: list[BeatExample]) -> None:
    training = BeatTraining(
        beats=Schedule(steps=30, learning_rate=3e-3, warm_up_steps=3, report_steps=10),
        bars=Schedule(steps=60, learning_rate=1e-2, warm_up_steps=3, report_steps=20),
        clips=4,
        clip_s=4.0,
        pieces=8,
        piece_beats=12,
    )
    networks = tiny_networks()
    for stage in (train_beats, train_bars):
        losses: list[float] = []
        stage(networks, examples, SILENCE, training, None, lambda _, loss, losses=losses: losses.append(loss))
        assert losses[-1] < 0.85 * losses[0], stage


def test_batches_depend_on_seed_and_step_alone(examples: list[BeatExample]) -> None:
    training = BeatTraining(clips=2, clip_s=2.0)
    clips, targets = draw_clips(examples, SILENCE, training, 5)
    again, _ = draw_clips(examples, SILENCE, training, 5)
    other, _ = draw_clips(examples, SILENCE, training, 6)
    assert clips.shape == (2, 200, 58)
    assert targets.shape == (2, 200)
    assert torch.equal(clips, again)
    assert not torch.equal(clips, other)


def test_examples_in_files_are_read_when_they_are_asked_for(examples: list[BeatExample], tmp_path) -> None:
    for number, example in enumerate(examples):
        _keep(tmp_path / f"{number}.npz", [example, example])
    kept = KeptExamples(sorted(tmp_path.glob("*.npz")), most_held=2)
    assert len(kept) == 6
    assert [len(example.beats_s) for example in kept[::2]] == [len(example.beats_s) for example in examples]
    assert np.array_equal(kept[4].spectrogram, examples[2].spectrogram.astype(np.float16))
    (tmp_path / "0.npz").unlink()
    assert kept[5] is kept[5]
    with pytest.raises(FileNotFoundError):
        kept[0]


def test_short_pieces_are_padded_and_the_padding_does_not_count() -> None:
    known = [(np.ones((5, FEATURES), np.float32), np.ones(5, np.float32))]
    features, targets, given = draw_beats(known.__getitem__, 1, BeatTraining(pieces=2, piece_beats=8), 0)
    assert features.shape == (2, 8, FEATURES)
    assert given.sum(dim=1).tolist() == [5, 5]
    assert targets.sum(dim=1).tolist() == [5, 5]


def test_features_of_beats_show_where_harmony_changes() -> None:
    spectrogram = np.zeros((1_000, 58), np.float32)
    beats = np.arange(20, 980, 40)
    for bar, start in enumerate(range(0, len(beats), 4)):
        spectrogram[beats[start] : beats[start] + 160, 5 + bar * 4 % 28] = 1.0
    features = bar_features(spectrogram, beats)
    assert features.shape == (len(beats), FEATURES)
    assert decode_bars(3 * features[:, -4]).tolist() == list(range(0, len(beats), 4))
    assert bar_features(spectrogram, beats[:0]).shape == (0, FEATURES)


def test_labels_of_bars_follow_the_downbeats(examples: list[BeatExample]) -> None:
    rng = np.random.default_rng(0)
    for changed in (False, True):
        features, begins_bar = beats_of(examples[0], SILENCE, rng, changed=changed)
        assert features.shape == (len(examples[0].beats_s), FEATURES)
        assert examples[0].beats_s[begins_bar == 1].tolist() == examples[0].downbeats_s.tolist()


def test_weights_come_back_whole(tmp_path) -> None:
    networks = tiny_networks().eval()
    path = tmp_path / "beats.safetensors"
    save_networks(networks, path)
    loaded = load_networks(path)
    assert loaded.config == TINY
    spectrogram = np.random.default_rng(0).random((301, 58)).astype(np.float32)
    heard = hear_beats(loaded.beats, spectrogram)
    assert heard.shape == (301,)
    assert np.array_equal(hear_beats(networks.beats, spectrogram), heard)
    features = np.random.default_rng(0).random((9, FEATURES)).astype(np.float32)
    assert np.array_equal(hear_bars(networks.bars, features), hear_bars(loaded.bars, features))
    assert load_file(path).keys() == networks.state_dict().keys()


def test_a_long_piece_is_heard_in_chunks_as_it_would_be_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from vem_core.rhythm.tracking import recurrent

    network = tiny_networks().eval().beats
    spectrogram = np.random.default_rng(0).random((2_000, 58)).astype(np.float32)
    whole = hear_beats(network, spectrogram)
    monkeypatch.setattr(recurrent, "_CHUNK_FRAMES", 600)
    assert np.abs(hear_beats(network, spectrogram) - whole).max() < 1e-3


def test_babble_has_pauses_and_is_reproducible() -> None:
    voice = speech_like_noise(5.0, seed=1)
    assert np.array_equal(voice, speech_like_noise(5.0, seed=1))
    levels = np.square(voice[: 5 * SAMPLE_RATE_HZ // 2_400 * 2_400]).reshape(-1, 2_400).mean(axis=1)
    assert levels.max() > 100 * np.quantile(levels, 0.05)
