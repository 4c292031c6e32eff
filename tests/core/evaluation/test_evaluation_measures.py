"""The measures behind `vem evaluate`, each on something whose answer is known."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import scipy.signal
import torch

from vem_core.composer.measures import energy_correlation
from vem_core.corpus.labels import CorpusLabels, PieceId
from vem_core.corpus.pieces import CorpusPiece, make_piece
from vem_core.corpus.splits import Split
from vem_core.evaluation import held_out, variants
from vem_core.evaluation.calm_and_wild import CALM, SWAPS, WILD, one_shot_swapped, picture_in, swapped
from vem_core.evaluation.fidelity import (
    agreement,
    chroma,
    contrast_over_noise_db,
    heard_onsets,
    log_spectral_distance_db,
    onset_errors,
)
from vem_core.evaluation.heard import HeardFiles, hear_piece
from vem_core.evaluation.held_out import HeldOutPiece, classifier_piece, shuffled_cuts
from vem_core.evaluation.listening import chord_agreement, loudness_curve
from vem_core.evaluation.noise_floor import latent_spread, quiet_floor_db
from vem_core.evaluation.paired import compare
from vem_core.evaluation.performing import Performance, word_shot
from vem_core.evaluation.probabilities import area_under_curve, fit_scaling, judge_probabilities
from vem_core.evaluation.styles import StyleClassifier, frechet_distance
from vem_core.models.features import LEAD_SHEET_CHANNELS, chord_intervals, lead_sheet_of
from vem_core.models.presets import random_pipeline
from vem_core.models.sampling import Conditions

RNG = np.random.default_rng(0)


@lru_cache(maxsize=1)
def made() -> CorpusPiece:
    return make_piece(PieceId(Split.TEST, 1, 4), 110)


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    scores, truths = RNG.integers(0, 8, 60).astype(float), RNG.random(60) < 0.4
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[truths] for b in scores[~truths]]
    assert area_under_curve(scores, truths) == pytest.approx(np.mean(pairs))
    assert math.isnan(area_under_curve(scores, np.ones(60, bool)))


def test_scaling_brings_back_probabilities_that_come_true() -> None:
    logits = RNG.normal(0, 1.5, 4000)
    truths = RNG.random(4000) < 1 / (1 + np.exp(-logits))
    slope, shift = fit_scaling(3 * logits - 2, truths)
    assert (slope, shift) == (pytest.approx(1 / 3, rel=0.1), pytest.approx(2 / 3, abs=0.12))
    far = judge_probabilities(1 / (1 + np.exp(-(3 * logits - 2))), truths)
    near = judge_probabilities(1 / (1 + np.exp(-(slope * (3 * logits - 2) + shift))), truths)
    assert near.auc == pytest.approx(far.auc)
    assert near.calibration_error < 0.03 < far.calibration_error
    assert sum(interval.count for interval in near.bins) == 4000


def test_only_where_something_sets_in_can_it_be_displaced() -> None:
    noise = np.random.default_rng(3).normal(0, 1, 4 * 48_000)
    swell = noise * 0.01 * (1 + np.sin(np.arange(len(noise)) / 48_000))
    struck = swell.copy()
    struck[96_000:98_400] += noise[96_000:98_400] * np.linspace(0.5, 0, 2_400)
    instants = np.arange(24_000, 4 * 48_000 - 24_000, 24_000)
    assert heard_onsets(struck, instants).tolist() == [96_000]
    assert heard_onsets(swell, instants).tolist() == []


def test_tones_stand_out_of_silence_less_out_of_a_noise_floor_and_of_noise_not_at_all() -> None:
    noise = np.random.default_rng(4).normal(0, 1, 4 * 48_000)
    tones = sum(np.sin(2 * np.pi * pitch * np.arange(len(noise)) / 48_000) for pitch in 110 * 1.5 ** np.arange(12))
    clear, hazy = (contrast_over_noise_db(tones + level * noise) for level in (0.001, 0.3))
    assert clear > hazy + 10 > 10
    assert contrast_over_noise_db(noise) == pytest.approx(0, abs=0.3)


def test_a_noise_floor_is_seen_in_its_bands_whatever_the_level() -> None:
    random, at = np.random.default_rng(6), np.arange(4 * 48_000)
    pulses = random.normal(0, 0.2, (2, len(at))) * ((at // 12_000) % 2)
    sound = pulses + random.normal(0, 1e-4, pulses.shape)
    hiss = scipy.signal.sosfilt(
        scipy.signal.butter(6, 4000, "high", fs=48_000, output="sos"), random.normal(0, 1e-3, at.size)
    )
    excess = quiet_floor_db(0.3 * (sound + hiss)) - quiet_floor_db(sound)
    assert np.abs(excess[:14]).max() < 1  # up to 1 kHz
    assert excess[-4:].min() > 15  # from 8 kHz
    assert np.abs(quiet_floor_db(sound) - quiet_floor_db(0.1 * sound)).max() < 1e-6


def test_what_nobody_hears_is_no_quieter_than_the_least() -> None:
    sound = np.zeros((2, 48_000))
    sound[:, :24_000] = np.random.default_rng(7).normal(0, 0.1, (2, 24_000))
    assert quiet_floor_db(sound).tolist() == [-70.0] * 26
    assert np.isfinite(quiet_floor_db(np.zeros((2, 48_000)))).all()


def test_stretched_latents_spread_and_shifted_ones_do_not() -> None:
    latents = torch.randn(1, 4, 500, generator=torch.Generator().manual_seed(0))
    assert latent_spread(latents) == pytest.approx(1, abs=0.05)
    assert latent_spread(1.5 * latents + 3) == pytest.approx(1.5 * latent_spread(latents), rel=1e-4)
    assert latent_spread(torch.arange(4.0)[None, :, None].expand(1, 4, 500)) == 0


def test_what_was_heard_comes_back_from_its_file_but_not_for_another_piece_or_model(tmp_path: Path) -> None:
    labels = made().labels
    sound = np.random.default_rng(8).normal(0, 0.1, (2, labels.plan.duration_samples)).astype(np.float32)
    heard = hear_piece(4, labels, {"model": Performance(sound, 0.9)}, ("auto",), HeardFiles(tmp_path, "weights"))
    again = HeardFiles(tmp_path, "weights").read(4, labels)
    assert again is not None
    np.testing.assert_equal(dataclasses.asdict(again), dataclasses.asdict(heard))
    other = dataclasses.replace(labels, density=labels.density[:-1])
    assert HeardFiles(tmp_path, "weights").read(4, other) is None
    assert HeardFiles(tmp_path, "other weights").read(4, labels) is None
    assert HeardFiles(tmp_path, "weights").read(5, labels) is None


def test_a_plan_that_hardly_moves_leaves_no_energy_to_follow() -> None:
    plan, audio = made().labels.plan, np.random.default_rng(5).normal(0, 0.1, (2, made().labels.plan.duration_samples))
    flat = dataclasses.replace(plan, shot_energies=(0.5,) * len(plan.shot_energies))
    assert math.isnan(energy_correlation(audio, flat))
    assert not math.isnan(energy_correlation(audio, plan))


def test_frechet_distance_of_known_gaussians() -> None:
    one = RNG.normal(0, 1, (20_000, 3))
    other = RNG.normal(0, 1, (20_000, 3)) * [1, 2, 1] + [3, 0, 0]
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(one, other) == pytest.approx(9 + (2 - 1) ** 2, rel=0.03)


def test_the_classifier_learns_what_tells_styles_apart() -> None:
    centres = RNG.normal(0, 1, (3, 5))
    pieces = [[centre + RNG.normal(0, 0.3, (4, 5)) for _ in range(6)] for centre in centres]
    classifier = StyleClassifier.fit(pieces)
    assert [classifier.name(centre + RNG.normal(0, 0.3, (4, 5))) for centre in centres] == [0, 1, 2]
    assert classifier.embed(pieces[0][0]).shape == (4, 3)


def test_similarity_sees_a_shift_a_transposition_and_a_change_of_level() -> None:
    instants = np.arange(48_000 * 3) / 48_000
    sound = sum(0.1 * np.sin(2 * np.pi * hertz * instants) for hertz in (261.6, 329.6, 392.0))
    onsets = np.arange(9_600, 130_000, 12_000)
    for onset in onsets:
        sound[onset : onset + 2_000] += 0.5 * RNG.standard_normal(2_000) * np.exp(-np.arange(2_000) / 300)
    shifts, smears = onset_errors(sound, np.roll(sound, 480), onsets)
    assert np.median(shifts) == 10
    assert np.abs(np.median(smears)) < 5
    same, other = chroma(sound), chroma(np.interp(instants * 1.0595, instants, sound))
    assert agreement(same, same) == pytest.approx(1)
    assert agreement(same, other[:, : same.shape[1]]) < 0.5
    assert log_spectral_distance_db(sound, sound) == 0
    noise = 0.1 * RNG.standard_normal(48_000)
    assert log_spectral_distance_db(noise, 2 * noise) == pytest.approx(6.02, abs=0.01)


def test_chords_are_heard_where_they_are_played() -> None:
    from vem_core.audio.features import HOP_SAMPLES, Spectrogram

    labels = made().labels
    frames = labels.plan.duration_samples // HOP_SAMPLES

    class Played(Spectrogram):
        chroma = np.zeros((frames, 12))  # type: ignore[assignment]

    right, wrong = np.zeros((frames, 12)), np.zeros((frames, 12))
    for chord in labels.chords:
        span = slice(chord.start_samples // HOP_SAMPLES, (chord.start_samples + chord.duration_samples) // HOP_SAMPLES)
        for interval in chord_intervals(chord.quality):
            right[span, (chord.root + interval) % 12] = 1
            wrong[span, (chord.root + interval + 6) % 12] = 1
    heard = Played(np.zeros((1, 1), np.float32))
    heard.__dict__["chroma"] = right
    assert chord_agreement(heard, labels) > 0.95
    heard.__dict__["chroma"] = wrong
    assert chord_agreement(heard, labels) < 0.3


def test_shuffled_cuts_keep_the_shots_and_lose_their_places() -> None:
    sheet = made().labels.sheet
    other = shuffled_cuts(sheet, 0)
    assert sorted(shot.duration_frames for shot in other.shots) == sorted(shot.duration_frames for shot in sheet.shots)
    assert other.duration_frames == sheet.duration_frames
    assert [cut.record_frames for cut in other.cuts] != [cut.record_frames for cut in sheet.cuts]


def test_a_paired_difference_is_clear_only_when_it_is() -> None:
    before = RNG.normal(0, 1, 50)
    assert compare(before, before + RNG.normal(0.5, 0.5, 50)).is_clear
    assert not compare(before, before + np.tile([0.5, -0.5], 25)).is_clear
    lonely = compare([1.0, math.nan], [2.0, 3.0])
    assert (lonely.count, lonely.mean, lonely.is_clear) == (1, 1.0, False)


def test_the_loudness_curve_follows_the_level() -> None:
    noise = 0.1 * RNG.standard_normal((2, 48_000 * 4)).astype(np.float32)
    noise[:, 96_000:] *= 0.1
    curve = loudness_curve(noise)
    assert curve[0] - curve[-1] == pytest.approx(20, abs=0.5)


class Told(NamedTuple):
    """A piece, all that it is conditioned on, and who encoded its words."""

    labels: CorpusLabels
    conditions: Conditions
    words: HashWords


class HashWords:
    """Texts as vectors that know nothing of meaning."""

    encoder_id, width = "words", 384

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = [np.random.default_rng([1, *text.encode()]).standard_normal(384) for text in texts]
        return np.array(rows, np.float32).reshape(len(texts), 384)


@pytest.fixture(scope="module")
def one_told() -> Told:
    one, words = made(), HashWords()
    piece = HeldOutPiece(one.labels, lead_sheet_of(one.piece), lambda: np.zeros((2, 0), np.float32), one.jpegs)
    return Told(one.labels, variants.fully_conditioned(piece, random_pipeline("tiny").aligner, words), words)


def test_every_intervention_changes_what_it_says_and_nothing_else(one_told: Told) -> None:
    labels, told, _ = one_told
    assert told.frames.aligner.any()
    shot = word_shot(labels)
    assert shot is not None
    spoken = variants.with_words(told, shot, np.ones(384, np.float32))
    differ = (spoken.scene.shot_text != told.scene.shot_text).any(-1)[0]
    assert differ.nonzero().flatten().tolist() == [shot]
    assert not variants.without_words(told).scene.shot_text.any()
    assert torch.equal(variants.without_words(told).frames.rhythm, told.frames.rhythm)
    assert not variants.without_pictures(told).scene.visual_known.any()
    assert torch.equal(variants.without_pictures(told).scene.shot_text, told.scene.shot_text)
    assert not variants.without_strips(told).frames.aligner.any()
    assert not variants.without_lead_sheet(told).frames.lead_sheet.any()
    assert told.frames.score.any()
    assert not variants.without_lead_sheet(told).frames.score.any()
    assert not variants.without_score(told).frames.score.any()
    assert torch.equal(variants.without_score(told).frames.lead_sheet, told.frames.lead_sheet)
    assert not variants.without_rhythm(told).frames.rhythm.any()
    assert torch.equal(variants.without_rhythm(told).frames.aligner, told.frames.aligner)
    nothing = variants.unconditioned(told)
    assert not any(part.any() for part in nothing.frames)
    assert not nothing.scene.overall_text.any()
    shares = variants.without_scene_mask(told).shots.log_share.exp().sum(-1)
    torch.testing.assert_close(shares, torch.ones_like(shares))


def test_swapped_pictures_and_briefs_are_what_they_are_called_and_the_plan_is_silent(one_told: Told) -> None:
    labels, told, words = one_told
    asked = dict(swapped(told, labels, words))
    assert set(asked) == {f"{name}: {direction}" for name in SWAPS for direction in ("calm", "wild")}
    energy, chords = (LEAD_SHEET_CHANNELS.index(name) for name in ("energy", "chord change"))
    for name, swap in SWAPS.items():
        calm, wild = asked[f"{name}: calm"], asked[f"{name}: wild"]
        lead_sheet = calm.frames.lead_sheet
        assert lead_sheet[:, energy].any() == swap.told
        assert calm.frames.score.any() == swap.told, "notes tell of energy"
        assert torch.equal(lead_sheet[:, :chords], told.frames.lead_sheet[:, :chords])
        assert all(torch.equal(*parts) for parts in zip(calm.frames, wild.frames, strict=True))
        shots = swap.pictures or swap.features
        assert torch.equal(calm.scene.shot_visual, wild.scene.shot_visual) != shots
        assert torch.equal(calm.scene.shot_text, told.scene.shot_text) != (swap.pictures or swap.wordless)
        assert calm.scene.shot_text.any() != swap.wordless
        assert torch.equal(calm.scene.overall_text, wild.scene.overall_text) != swap.brief
        assert calm.scene.overall_text.any() == (swap.told or swap.brief)


def test_one_shot_is_seen_wild_and_the_others_calm_and_nothing_else_differs(one_told: Told) -> None:
    labels, told, _ = one_told
    asked = dict(one_shot_swapped(told, labels, 1))
    calm, wild = asked["calm"].scene, asked["wild"].scene
    assert torch.equal(calm.shot_visual[0, 1], wild.shot_visual[0, 0])
    assert torch.equal(wild.shot_visual[0, 1], calm.shot_visual[0, 0])
    assert not torch.equal(calm.shot_visual[0, 1], calm.shot_visual[0, 0])
    assert not wild.shot_text.any()
    assert not wild.overall_text.any()
    assert all(torch.equal(*parts) for parts in zip(asked["calm"].frames, asked["wild"].frames, strict=True))


def test_a_wild_picture_moves_more_than_a_calm_one() -> None:
    pairs = [(picture_in(CALM, seed), picture_in(WILD, seed)) for seed in range(4)]
    assert all(calm.known and wild.known and wild.motion > calm.motion for calm, wild in pairs)


def test_what_was_heard_of_real_music_is_kept_for_the_styles_and_the_code_that_it_is_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = classifier_piece(0, ("ambient",), tmp_path)
    monkeypatch.setattr(held_out, "play", None)
    again = classifier_piece(0, ("ambient",), tmp_path)
    assert first.style == again.style == "ambient"
    assert np.array_equal(first.stretches, again.stretches)
    with pytest.raises(TypeError):
        classifier_piece(0, ("house",), tmp_path)
    monkeypatch.setattr(held_out, "_code_sha256", lambda: "other code")
    with pytest.raises(TypeError):
        classifier_piece(0, ("ambient",), tmp_path)
