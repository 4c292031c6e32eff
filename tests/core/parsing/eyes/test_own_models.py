"""CLIP, SigLIP and Qwen2.5-VL of the user's in the small network's place: tiny random ones through the real loader."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from fakes.film import film
from fakes.pictures import disc
from vem_core.contract.errors import ModelMissing, WeightsDamaged
from vem_core.direction import direct
from vem_core.parsing.eyes import remembered
from vem_core.parsing.eyes.base import Glance
from vem_core.parsing.eyes.content import content_words
from vem_core.parsing.eyes.qwen_eyes import QwenEyes, read_glance
from vem_core.parsing.eyes.registry import open_eyes
from vem_core.parsing.eyes.zero_shot import MOODS, OF_NOTHING, ZeroShotEyes, check_folder

SIDE = 32
TEXT = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}


def save_tiny(kind: str, folder: Path) -> Path:
    """A folder of CLIP or SigLIP as transformers lays it out, with random weights."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    sentences = [*(word.asks for word in content_words()), *OF_NOTHING, *MOODS]
    words = sorted({word for sentence in sentences for word in sentence.replace("-", " - ").split()})
    vocabulary = {word: index for index, word in enumerate(["<pad>", "<s>", "</s>", "<unk>", *words])}
    tokens = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    marks = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokens, **marks).save_pretrained(folder)
    text = TEXT | {"vocab_size": len(vocabulary), "max_position_embeddings": 24, "pad_token_id": 0, "bos_token_id": 1,
                   "eos_token_id": 2, "projection_size": 32}  # fmt: skip
    vision = TEXT | {"image_size": SIDE, "patch_size": 16}
    torch.manual_seed(0)
    if kind == "clip":
        config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
        transformers.CLIPModel(config).save_pretrained(folder)
    else:
        config = transformers.SiglipConfig(text_config=text, vision_config=vision)
        transformers.SiglipModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=["clip", "siglip"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny(request.param, tmp_path_factory.mktemp(request.param) / request.param)


def small(seed: int) -> np.ndarray:
    return disc(seed, (SIDE, SIDE))


def test_a_random_model_is_sure_of_nothing_and_says_the_same_again(folder: Path) -> None:
    eyes = ZeroShotEyes(folder)
    assert eyes.size == (SIDE, SIDE)
    first = eyes.glance(small(1))
    assert first.content == ()
    eyes.unload()
    assert eyes.glance(small(1)) == first
    assert check_folder(folder) > 10


def test_what_is_like_a_sentence_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    eyes = ZeroShotEyes(folder)
    model, things, moods = eyes._load()
    apart = np.eye(len(things) + len(moods), dtype=np.float32)  # sentences that are like none of the others
    eyes._loaded = model, apart[: len(things)], apart[len(things) :]
    sea, sad = [word.id for word in content_words()].index("sea"), list(MOODS).index("a sad and gloomy scene")
    seen = SimpleNamespace(pooler_output=torch.from_numpy(apart[sea] + apart[len(things) + sad])[None])
    monkeypatch.setattr(model, "get_image_features", lambda **given: seen)
    model.logit_scale.data.fill_(3.0)
    assert eyes.glance(small(1)) == Glance((("sea", 1.0),), (-0.6, -0.4))
    model.logit_scale.data.fill_(-3.0)  # everything is like everything
    assert eyes.glance(small(1)) == Glance()


@pytest.mark.parametrize("gone", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_that_is_not_whole_is_said(folder: Path, tmp_path: Path, gone: str) -> None:
    for path in folder.iterdir():
        if path.name != gone:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelMissing):
        ZeroShotEyes(tmp_path).glance(small(0))


def test_another_model_and_pickles_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(WeightsDamaged, match="another model"):
        ZeroShotEyes(tmp_path)
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x02.")
    with pytest.raises(WeightsDamaged, match="pickle"):
        ZeroShotEyes(tmp_path).glance(small(0))


def test_the_user_s_model_takes_the_network_s_place(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEM_MODELS", str(folder.parent))
    monkeypatch.setenv("VEM_CACHE", str(tmp_path))
    remembered._known.cache_clear()
    eyes = open_eyes()
    assert eyes is not None
    assert eyes.eyes_id == f"zero-shot-1:{folder.name}"
    looked: list[Any] = []

    def glance(self: ZeroShotEyes, picture: np.ndarray) -> Glance:
        looked.append(picture.shape)
        return Glance((("sea", 1.0),))

    monkeypatch.setattr(ZeroShotEyes, "glance", glance)
    brief = direct(*film([(90, 90, 90)] * 4))
    assert looked
    assert set(looked) == {(SIDE, SIDE, 3)}
    assert brief.style.because[0] == "the sea"


def test_qwen_looks_where_it_parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEM_MODELS", str(tmp_path))
    (tmp_path / "qwen2.5-vl").mkdir()
    assert isinstance(open_eyes("qwen2.5-vl"), QwenEyes)
    assert not isinstance(open_eyes("bundled"), QwenEyes)


SEA_AT_NIGHT = Glance((("sea", 1.0), ("night", 1.0)), (-0.5, 0.0))


@pytest.mark.parametrize(
    ("answer", "glance"),
    [
        ('{"shows": ["sea", "night"], "valence": -0.5, "arousal": 0}', SEA_AT_NIGHT),
        ('```json\n{"shows": [], "valence": 0.2, "arousal": 0.1}\n```', Glance((), (0.2, 0.1))),
        ('{"shows": ["the sea"], "valence": 0, "arousal": 0}', Glance()),
        ('{"shows": ["sea"], "valence": 7, "arousal": 0}', Glance()),
        ('{"shows": ["sea"], "valence": true, "arousal": 0}', Glance()),
        ('{"shows": "sea", "valence": 0, "arousal": 0}', Glance()),
        ('{"shows": [["sea"]], "valence": 0, "arousal": 0}', Glance()),
        ('{"shows": ["sea"], "valence": 0, "arousal": 0, "style": "techno"}', Glance()),
        ("I see the sea.", Glance()),
        ("", Glance()),
    ],
)  # fmt: skip
def test_only_the_json_that_was_asked_for_is_believed(answer: str, glance: Glance) -> None:
    assert read_glance(answer) == glance
