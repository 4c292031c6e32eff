"""The large encoders' doors, on tiny random models: what they load, what they refuse, that they say the same thing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from vem_core.contract.errors import ModelMissing
from vem_core.judging.encoders.clap import Clap
from vem_core.judging.encoders.languagebind import LanguageBind, mel_picture
from vem_core.judging.encoders.languagebind_tower import Tower, TowerConfig

NOISE = (0.1 * np.random.default_rng(0).standard_normal((2, 48_000 * 12))).astype(np.float32)
SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "patch_size": 14}


@pytest.fixture(scope="module")
def clap_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        ClapAudioConfig,
        ClapConfig,
        ClapFeatureExtractor,
        ClapModel,
        ClapTextConfig,
        PreTrainedTokenizerFast,
    )

    folder = tmp_path_factory.mktemp("clap")
    words = {word: number for number, word in enumerate(["<s>", "<pad>", "</s>", "<unk>", "calm", "sea", "loud"])}
    tokens = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokens, pad_token="<pad>", unk_token="<unk>").save_pretrained(folder)
    ClapFeatureExtractor(truncation="rand_trunc").save_pretrained(folder)
    text = ClapTextConfig(vocab_size=7, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                          intermediate_size=16, projection_dim=8)  # fmt: skip
    audio = ClapAudioConfig(hidden_size=16, patch_embeds_hidden_size=8, depths=[1, 1], num_attention_heads=[2, 2],
                            num_hidden_layers=2, projection_dim=8)  # fmt: skip
    torch.manual_seed(0)
    ClapModel(ClapConfig(text_config=text, audio_config=audio, projection_dim=8)).save_pretrained(folder)
    return folder


def test_clap_puts_words_and_sound_into_one_space(clap_folder: Path) -> None:
    clap = Clap.load(clap_folder)
    words, other, sound = clap.embed_text("calm sea"), clap.embed_text("loud"), clap.embed_sound(NOISE)
    assert words.shape == sound.shape == (8,)
    assert all(np.linalg.norm(each) == pytest.approx(1, abs=1e-5) for each in (words, sound))
    assert not np.allclose(words, other)
    assert np.allclose(sound, clap.embed_sound(NOISE))


def test_a_folder_without_clap_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"holds no model\.safetensors"):
        Clap.load(tmp_path)
    save_file({"one": torch.zeros(1)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelMissing, match="not CLAP"):
        Clap.load(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ModelMissing, match="not a JSON object"):
        Clap.load(tmp_path)


def write_tower(folder: Path, config: TowerConfig, vision: dict[str, Any], **more: torch.Tensor) -> Tower:
    torch.manual_seed(1)
    tower = Tower(config).eval()
    folder.mkdir(parents=True)
    others = {"text_projection.weight": torch.zeros(8, 8), "logit_scale": torch.zeros(()), **more}
    save_file({**tower.state_dict(), **others}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"projection_dim": 8, "vision_config": {**SIZES, **vision}}))
    return tower


@pytest.fixture(scope="module")
def languagebind_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("languagebind")
    film = TowerConfig(**SIZES, projection_dim=8, positions=1 + 2 * 2, num_frames=3, add_time_attn=True)
    sound = TowerConfig(**SIZES, projection_dim=8, positions=1 + 2 * 20)
    write_tower(folder / "video", film, {"num_frames": 3, "image_size": 28, "add_time_attn": True})
    write_tower(folder / "audio", sound, {"num_mel_bins": 28, "target_length": 280})
    return folder


def test_languagebind_puts_films_and_sound_into_one_space(languagebind_folder: Path) -> None:
    encoder = LanguageBind.load(languagebind_folder)
    frames = np.random.default_rng(0).integers(0, 255, (3, 40, 64, 3)).astype(np.uint8)
    film, sound = encoder.embed_film(frames), encoder.embed_sound(NOISE)
    assert encoder.frames_wanted == 3
    assert film.shape == sound.shape == (8,)
    assert not np.allclose(film, encoder.embed_film(frames[::-1].copy()))  # it sees the order of time


def test_the_tower_is_clips_where_there_is_no_time() -> None:
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(0)
    theirs = CLIPVisionModelWithProjection(
        CLIPVisionConfig(**SIZES, image_size=28, projection_dim=8, hidden_act="quick_gelu")
    ).eval()
    ours = Tower(TowerConfig(**SIZES, projection_dim=8, positions=5, hidden_act="quick_gelu")).eval()
    ours.load_state_dict(
        {name: each for name, each in theirs.state_dict().items() if not name.endswith("position_ids")}
    )
    picture = torch.randn(2, 3, 28, 28)
    with torch.inference_mode():
        assert torch.allclose(ours(picture[:, None]), theirs(picture).image_embeds, atol=1e-5)


def test_time_is_attended_to_before_space() -> None:
    """A slow twin of the original's layer, in its own order of steps."""
    config = TowerConfig(**SIZES, projection_dim=8, positions=5, num_frames=3, add_time_attn=True)
    torch.manual_seed(0)
    layer = Tower(config).vision_model.encoder.layers[0]
    hidden = torch.randn(2 * 3, 5, 16)
    with torch.inference_mode():
        expected = torch.empty_like(hidden)
        for clip in range(2):
            part = hidden[3 * clip : 3 * clip + 3]  # T N D
            for patch in range(5):
                track = part[:, patch][None] + layer.temporal_embedding
                expected[3 * clip : 3 * clip + 3, patch] = (
                    track + layer.temporal_attn(layer.temporal_layer_norm1(track))
                )[0]
        expected = expected + layer.self_attn(layer.layer_norm1(expected))
        expected = expected + layer.mlp(layer.layer_norm2(expected))
        assert torch.allclose(layer(hidden, 3), expected, atol=1e-5)


def test_short_sound_is_repeated_and_long_sound_is_heard_in_three_places(languagebind_folder: Path) -> None:
    form = LanguageBind.load(languagebind_folder).sound
    short, long = mel_picture(NOISE[:, :48_000], form), mel_picture(NOISE, form)
    assert short.shape == long.shape == (3, 28, 280)
    assert torch.equal(short[0], short[2])
    assert not torch.allclose(long[0], long[2])


def test_unmerged_lora_weights_are_refused(tmp_path: Path) -> None:
    config = TowerConfig(**SIZES, projection_dim=8, positions=5)
    lora = {"vision_model.encoder.layers.0.self_attn.q_proj.lora_A.default.weight": torch.zeros(1, 1)}
    write_tower(tmp_path / "video", config, {}, **lora)
    with pytest.raises(ModelMissing, match="LoRA"):
        LanguageBind.load(tmp_path)
