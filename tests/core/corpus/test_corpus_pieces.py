"""Pieces of the corpus before they are heard: splits, edits, labels, words and pictures."""

from __future__ import annotations

import io
import itertools
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vem_core.composer.keys import Key
from vem_core.composer.styles import list_styles, tempo_range
from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Landing
from vem_core.contract.request import ScoreRequest
from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT
from vem_core.corpus.captions import caption_shot, several
from vem_core.corpus.command import pieces_of_hours
from vem_core.corpus.edits import PROFILES, SHORTEST_S, draw_edit
from vem_core.corpus.labels import CorpusLabels, PieceId, parse_of
from vem_core.corpus.moods import MOODS
from vem_core.corpus.pictures import STRIP_FRAMES, STRIP_SIZE, draw_thumbnails
from vem_core.corpus.pieces import CorpusPiece, make_piece, mean_duration_s
from vem_core.corpus.sound import vary_sound
from vem_core.corpus.splits import HELD_OUT_BPM, HELD_OUT_TONICS, MOST_PIECES, Split, piece_seed, tempi_of, tonics_of
from vem_core.corpus.storyboards import draw_storyboard
from vem_core.parsing.bundled import EMOTIONS
from vem_core.parsing.pictures import look_at_shots
from vem_core.parsing.strips import cut_strips
from vem_core.synth.patches import PATCHES

WINDOW = 100  # latents: four seconds

numbers = st.integers(0, MOST_PIECES - 1)


@lru_cache(maxsize=64)
def piece(index: int, split: Split = Split.TRAIN) -> CorpusPiece:
    return make_piece(PieceId(split, 0, index), WINDOW)


@given(st.sampled_from(list(Split)), numbers, numbers, st.sampled_from(list(Split)), numbers, numbers)
def test_no_two_pieces_share_a_seed(one: Split, a: int, i: int, other: Split, b: int, j: int) -> None:
    assert (piece_seed(one, a, i) == piece_seed(other, b, j)) == ((one, a, i) == (other, b, j))


def test_a_number_too_large_for_its_split_is_refused() -> None:
    with pytest.raises(ContractError, match="lie between"):
        piece_seed(Split.TRAIN, 0, MOST_PIECES)


def test_every_style_has_tempi_in_every_split_and_training_none_of_those_held_out() -> None:
    for style in list_styles():
        low_bpm, high_bpm = tempo_range(style)
        for split in Split:
            ranges = tempi_of(split, low_bpm, high_bpm)
            assert ranges, (style.id, split)
            for low, high in ranges:
                assert low_bpm <= low < high <= high_bpm
                middle = (low + high) / 2 % 10
                assert (HELD_OUT_BPM[0] < middle < HELD_OUT_BPM[1]) == (split is Split.TEST)
    assert not set(tonics_of(Split.TRAIN)) & set(HELD_OUT_TONICS)


@pytest.mark.parametrize("split", list(Split))
def test_pieces_keep_to_the_tempi_and_tonics_of_their_split(split: Split) -> None:
    for index in range(4):
        plan = piece(index, split).labels.plan
        periods = np.diff([beat.samples for beat in plan.beats])
        tempi = 60 * SAMPLE_RATE_HZ / periods % 10
        slack = 0.05  # beats fall on whole samples
        held_out = (tempi > HELD_OUT_BPM[0] + slack) & (tempi < HELD_OUT_BPM[1] - slack)
        allowed = (tempi > HELD_OUT_BPM[0] - slack) & (tempi < HELD_OUT_BPM[1] + slack)
        assert allowed.all() if split is Split.TEST else not held_out.any()
        tonics = {Key.parse(tonic).tonic for tonic in tonics_of(split)}
        assert Key.parse(plan.key).tonic in tonics


@given(st.integers(0, 2**32), st.sampled_from(PROFILES), st.floats(60, 170), st.floats(3, 40))
@settings(deadline=None, max_examples=60)
def test_edits_have_shots_that_can_be_seen(seed: int, profile, bpm: float, duration_s: float) -> None:  # type: ignore[no-untyped-def]
    edit = draw_edit(np.random.default_rng(seed), profile, duration_s, bpm, "edit")
    sheet = edit.sheet
    assert 0 <= duration_s - float(sheet.duration_frames / sheet.rate) < float(1 / sheet.rate)
    assert len(edit.weights) == len(sheet.cuts)
    assert all(0 <= weight <= 1 for weight in edit.weights)
    if len(sheet.shots) > 1:
        assert min(shot.duration_frames for shot in sheet.shots) >= int(SHORTEST_S * sheet.rate)
    for index, cut in enumerate(sheet.cuts):
        room = min(sheet.shots[index].duration_frames, sheet.shots[index + 1].duration_frames)
        assert cut.extent_frames <= room


def test_films_cut_to_music_are_cut_in_the_stated_proportions() -> None:
    profile, bpm = PROFILES[-1], 100.0
    landed = dict.fromkeys((Landing.DOWNBEAT, Landing.BEAT, Landing.OFF_BEAT, Landing.MISS), 0)
    of_weight = {0.95: Landing.DOWNBEAT, 0.8: Landing.BEAT, 0.55: Landing.OFF_BEAT, 0.0: Landing.MISS}
    for seed in range(40):
        edit = draw_edit(np.random.default_rng(seed), profile, 60.0, bpm, "edit")
        if edit.cut_to_music:
            for weight in edit.weights:
                landed[of_weight[weight]] += 1
    total = sum(landed.values())
    assert total > 500
    for share, count in zip(profile.relations, landed.values(), strict=True):
        assert count / total == pytest.approx(share, abs=0.05)


@given(st.integers(0, 25))
@settings(deadline=None, max_examples=8)
def test_labels_agree_with_each_other(index: int) -> None:
    made = piece(index)
    labels = made.labels
    plan, sheet = labels.plan, labels.sheet
    assert loads(CorpusLabels, dumps(labels)) == labels
    assert [cut.samples for cut in labels.cuts] == list(plan.shot_starts_samples[1:])
    frame = SAMPLE_RATE_HZ / float(sheet.rate)
    heard = np.array([beat.samples for beat in plan.beats[: plan.final_beat + 1]])
    for cut in labels.cuts:
        distance = np.abs(heard - cut.samples).min()
        assert (distance <= frame + 1) == cut.on_beat
    assert labels.chords[0].start_samples == 0
    assert all(
        chord.start_samples + chord.duration_samples == next_chord.start_samples
        for chord, next_chord in itertools.pairwise(labels.chords)
    )
    assert labels.chords[-1].start_samples + labels.chords[-1].duration_samples == plan.duration_samples
    for latent in range(0, len(labels.energy), 7):
        shot = np.searchsorted(plan.shot_starts_samples, (latent + 0.5) * SAMPLES_PER_LATENT) - 1
        near = plan.shot_energies[max(0, shot - 1) : shot + 2]
        assert min(near) - 1e-3 <= labels.energy[latent] <= max(near) + 1e-3


def test_the_same_number_is_the_same_piece_and_the_next_another() -> None:
    made = make_piece(PieceId(Split.TRAIN, 0, 3), WINDOW)
    assert dumps(made.labels) == dumps(piece(3).labels)
    assert made.piece == piece(3).piece
    assert made.jpegs == piece(3).jpegs
    assert make_piece(PieceId(Split.TRAIN, 1, 3), WINDOW).piece != made.piece


def test_moods_are_those_that_the_parser_can_name() -> None:
    assert {mood.word for mood in MOODS} == set(EMOTIONS)


def test_a_shot_is_said_in_many_ways() -> None:
    rng = np.random.default_rng(0)
    edit = draw_edit(rng, PROFILES[0], 20.0, 120.0, "edit")
    shot = draw_storyboard(rng, edit, PROFILES[0], MOODS[0])[0]
    said = several(200, lambda: caption_shot(rng, shot))
    assert len(said) == 200
    assert all(text and text == text.strip() and "{" not in text for text in said)


def test_the_parse_of_labels_is_what_the_parser_would_have_made() -> None:
    labels = piece(3).labels
    first, second = parse_of(labels, 0), parse_of(labels, 1)
    assert first.duration_samples == labels.plan.duration_samples
    assert first.overall.emotion == labels.plan.mood
    assert [shot.description for shot in first.storyboard] != [shot.description for shot in second.storyboard]
    assert len(first.transitions) == len(labels.cuts)


def test_pictures_are_what_the_product_sends() -> None:
    made = next(piece(index) for index in range(20) if len(piece(index).labels.cuts) >= 2)
    labels = made.labels
    request = ScoreRequest(labels.sheet, thumbnails=labels.thumbnails)
    strips = cut_strips(request, made.jpegs, STRIP_FRAMES, (56, 56))
    assert strips.cuts.tolist() == list(range(len(labels.cuts)))
    assert all(shot.visual.known for shot in labels.shots)
    strip = next(thumbnail for thumbnail in labels.thumbnails if thumbnail.use.value == "strip")
    with Image.open(io.BytesIO(made.jpegs[strip.sha256])) as image:
        assert image.size == STRIP_SIZE


def test_light_and_motion_of_the_pictures_go_with_mood_and_energy() -> None:
    rng = np.random.default_rng(1)
    wanted: list[tuple[float, float, float]] = []
    seen: list[tuple[float, float, float]] = []
    for mood in MOODS:
        edit = draw_edit(rng, PROFILES[2], 5.0, 100.0, "edit")
        shots = draw_storyboard(rng, edit, PROFILES[2], mood)
        thumbnails, jpegs = draw_thumbnails(edit.sheet, shots, [0.0] * len(edit.sheet.cuts))
        for shot, visual in zip(
            shots, look_at_shots(ScoreRequest(edit.sheet, thumbnails=thumbnails), jpegs), strict=True
        ):
            wanted.append((shot.light, shot.warmth, shot.motion))
            seen.append((visual.light, visual.warmth, visual.motion_after))
    correlations = [
        np.corrcoef(np.array(wanted)[1:, channel], np.array(seen)[1:, channel])[0, 1] for channel in range(3)
    ]
    assert correlations[0] > 0.9
    assert correlations[1] > 0.35
    assert correlations[2] > 0.4


def test_an_accent_can_be_seen() -> None:
    rng = np.random.default_rng(2)
    edit = draw_edit(rng, PROFILES[0], 20.0, 120.0, "edit")
    shots = draw_storyboard(rng, edit, PROFILES[0], MOODS[0])

    def movement(prominence: float) -> float:
        thumbnails, jpegs = draw_thumbnails(edit.sheet, shots, [prominence] * len(edit.sheet.cuts))
        strips = cut_strips(ScoreRequest(edit.sheet, thumbnails=thumbnails), jpegs, STRIP_FRAMES, (56, 56)).frames
        inside = np.abs(np.diff(strips, axis=2)).mean(axis=(0, 1, 3, 4))
        return float(np.delete(inside, STRIP_FRAMES // 2 - 1).mean())

    assert movement(0.9) > 1.3 * movement(0.1)


def test_another_band_plays_the_same_notes_at_the_same_times() -> None:
    made = piece(0)
    varied, finish = vary_sound(made.piece, np.random.default_rng(5), 0.5, soundfont=False)
    assert [part.notes for part in varied.parts] == [part.notes for part in made.piece.parts]
    assert varied.chords == made.piece.chords
    assert not finish.soundfont
    for before, after in zip(made.piece.parts, varied.parts, strict=True):
        assert PATCHES[before.patch].soft == PATCHES[after.patch].soft
        assert before.patch.partition(".")[0] == after.patch.partition(".")[0]


def test_pieces_of_some_hours_last_about_so_long() -> None:
    assert mean_duration_s(200) == pytest.approx(8 * (0.4 + 2 * 0.35 + 3 * 0.25))
    made = [make_piece(PieceId(Split.TRAIN, 3, index), 100).labels.plan.duration_samples for index in range(6)]
    assert 4 <= np.mean(made) / 48_000 <= 12
    assert 20 * 3600 / mean_duration_s(320) == pytest.approx(pieces_of_hours(20, 320), abs=1)
    assert 12 <= mean_duration_s(None) <= 120
