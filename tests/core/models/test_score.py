"""The score's roll: notes stand in the cells where they sound, drums by name, players by patch; models begin deaf to
it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from fakes.latents import random_conditions
from fakes.score_plans import score_plan
from vem_core.composer.composition import compose
from vem_core.composer.piece import Note, Part
from vem_core.composer.styles import list_styles
from vem_core.models.base import plain_config
from vem_core.models.features import FrameCues, without_energy, without_lead_sheet
from vem_core.models.presets import random_pipeline
from vem_core.models.score import DRUMS, PLAYERS, SCORE_CHANNELS, score_features
from vem_core.models.transformer import VemTransformer
from vem_core.models.weights_file import WEIGHTS_FILE, pack_weights
from vem_core.synth.patches import PATCHES

CELL = 1920
ROW = SCORE_CHANNELS.index


def test_every_patch_is_a_player_and_stands_where_saved_models_have_it() -> None:
    assert set(PLAYERS) == set(PATCHES)
    assert len(set(PLAYERS)) == len(PLAYERS)
    assert PLAYERS[:2] == ("bass.808", "bass.chip")
    assert PLAYERS[109] == "wind.whistle"


def test_a_note_sounds_in_the_cells_that_it_touches_and_is_struck_in_its_first() -> None:
    note = Note(start_samples=3 * CELL + 1000, duration_samples=2 * CELL, pitch=60, velocity=0.7)
    roll = score_features([Part("keys", "keys.piano", (note,))], 10)[0]
    expected = torch.tensor([0, 0, 0, 0.7, 0.7, 0.7, 0, 0, 0, 0]).half()
    assert torch.equal(roll[ROW("60 sounds")], expected)
    assert torch.equal(roll[ROW("keys.piano plays")], expected)
    assert roll[ROW("60 struck")].nonzero().flatten().tolist() == [3]
    assert roll[ROW("told")].all()
    assert not roll[ROW("61 sounds")].any()


def test_a_drum_stands_by_its_name_with_its_place_in_the_cell() -> None:
    soft = Note(start_samples=4 * CELL + 100, duration_samples=1, pitch=38, velocity=0.2)
    loud = Note(start_samples=4 * CELL + 1440, duration_samples=1, pitch=40, velocity=0.9)
    strange = Note(start_samples=0, duration_samples=1, pitch=81, velocity=0.5)
    roll = score_features([Part("drums", "kit.rock", (soft, loud, strange))], 6)[0]
    assert roll[ROW("snare struck"), 4] == pytest.approx(0.9, abs=1e-3)
    assert roll[ROW("snare offset"), 4] == pytest.approx(0.25)
    assert roll[ROW("other drum struck"), 0] == pytest.approx(0.5)
    assert not roll[ROW("24 sounds") : ROW("bass.808 plays")].any(), "drums have no pitch"


def test_notes_beyond_the_roll_come_in_by_octaves_and_beyond_the_end_not_at_all() -> None:
    low, high = (Note(0, CELL, pitch, 0.5) for pitch in (21, 108))
    late = Note(50 * CELL, CELL, 60, 0.5)
    early = Note(-3 * CELL, CELL, 62, 0.5)
    roll = score_features([Part("x", "no.such", (low, high, late, early))], 5)[0]
    sounding = [name for name, row in zip(SCORE_CHANNELS, roll, strict=True) if row.any() and name.endswith("sounds")]
    assert sounding == ["33 sounds", "96 sounds"]


def test_no_drum_key_has_two_names() -> None:
    keys = [key for of_drum in DRUMS.values() for key in of_drum]
    assert len(keys) == len(set(keys))


def test_every_style_plays_something_that_the_roll_shows() -> None:
    for style in list_styles():
        piece = compose(score_plan(style.id))
        roll = score_features(piece.parts, 400)[0]
        playing = {name.removesuffix(" plays") for name, row in zip(SCORE_CHANNELS, roll, strict=True) if row.any()}
        assert {part.patch for part in piece.parts if part.notes} & playing
        assert bool(torch.isfinite(roll).all())


def test_without_parts_nothing_is_told() -> None:
    assert not score_features((), 4).any()


def frames() -> FrameCues:
    told = random_conditions(8, 2, 12, 5, 4).frames
    return FrameCues(*(part.expand(2, -1, -1) for part in told))


def test_where_energy_is_hidden_no_note_tells_of_it() -> None:
    less = without_energy(frames(), torch.tensor([True, False]))
    assert not less.score[0].any()
    assert torch.equal(less.score[1], frames().score[1])


def test_where_the_lead_sheet_is_hidden_there_is_no_score() -> None:
    less = without_lead_sheet(frames(), torch.tensor([False, True]))
    assert not less.score[1].any()
    assert not less.lead_sheet[1].any()
    assert torch.equal(less.score[0], frames().score[0])
    assert torch.equal(less.lead_sheet[0], frames().lead_sheet[0])


def played(transformer: VemTransformer, score: torch.Tensor | None) -> torch.Tensor:
    config = transformer.config
    told = random_conditions(8, 2, config.text_width, config.visual_width, 4)
    tokens = transformer.encode_scene(told.scene)
    noise = torch.randn(1, config.latent_channels, 8, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        return transformer(noise, torch.tensor([0.5]), told.frames.lead_sheet, tokens, told.shots, score=score)


def test_a_model_that_begins_to_read_plays_what_it_did() -> None:
    deaf = random_pipeline("tiny").transformer
    deaf = VemTransformer.from_config({**deaf.config, "score_channels": 0}).eval()
    torch.nn.init.normal_(deaf.out.weight, std=0.1)
    reading = deaf.reading(len(SCORE_CHANNELS)).eval()
    score = torch.rand(1, len(SCORE_CHANNELS), 8)
    assert torch.equal(played(deaf, score), played(reading, score))
    torch.nn.init.normal_(reading.score_into.up.weight)
    assert not torch.allclose(played(deaf, score), played(reading, score))


def test_a_model_of_before_the_score_is_read_as_it_was_saved(tmp_path: Path) -> None:
    deaf = VemTransformer.from_config({**random_pipeline("tiny").transformer.config, "score_channels": 0})
    deaf.save_pretrained(tmp_path)
    config = {name: value for name, value in plain_config(deaf).items() if name != "score_channels"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / WEIGHTS_FILE).write_bytes(pack_weights(deaf.state_dict(), "VemTransformer", config))
    kept = VemTransformer.from_pretrained(tmp_path).state_dict()
    assert all(torch.equal(tensor, kept[name]) for name, tensor in deaf.state_dict().items())


def test_a_model_that_knows_fewer_players_reads_the_first_ones() -> None:
    fewer = random_pipeline("tiny").transformer
    fewer = VemTransformer.from_config({**fewer.config, "score_channels": 200}).eval()
    torch.nn.init.normal_(fewer.out.weight, std=0.1)
    torch.nn.init.normal_(fewer.score_into.up.weight)
    score = torch.rand(1, len(SCORE_CHANNELS), 8)
    more = fewer.reading(len(SCORE_CHANNELS)).eval()
    torch.testing.assert_close(played(fewer, score), played(more, score))
