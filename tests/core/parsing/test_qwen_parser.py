"""Qwen2.5-VL through the loader that real weights take, tiny and random; and the check of what it answers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fakes.film import film
from fakes.tiny_qwen import write_tiny_qwen
from vem_core.compute.devices import ChosenDevice
from vem_core.contract.errors import ModelMissing
from vem_core.contract.parse import GlobalCues
from vem_core.contract.request import Direction
from vem_core.parsing.bundled import BundledParser
from vem_core.parsing.qwen import (
    Qwen25VlParser,
    QwenSpeaker,
    keep_directions,
    read_description,
    read_global_cues,
    shot_pictures,
)


@pytest.fixture(scope="module")
def tiny_qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as transformers lays it out: random weights, a tokenizer of bytes."""
    return write_tiny_qwen(tmp_path_factory.mktemp("qwen"))


def test_a_model_that_babbles_leaves_the_bundled_words_and_says_so(tiny_qwen: Path) -> None:
    request, jpegs = film([(200, 40, 30), (10, 20, 60)], names=["harbour", "storm"])
    parser = Qwen25VlParser(tiny_qwen, most_new_tokens=4)
    parse = parser.parse(request, jpegs)
    bundled = BundledParser().parse(request, jpegs)
    assert parse.parser.startswith("qwen2.5-vl-1:")
    assert parse.storyboard == bundled.storyboard
    assert parse.overall == bundled.overall
    assert any("2 of 2 shots" in warning for warning in parse.warnings)
    assert any("summary" in warning for warning in parse.warnings)


def test_a_model_that_answers_is_believed(tiny_qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(self: QwenSpeaker, question: str, pictures: list[object]) -> str:
        if pictures:
            return '{"description": "waves break on a pier"}'
        return '{"theme": "the sea", "atmosphere": "wild", "emotion": "tense", "tags": ["strings", "drums"]}'

    monkeypatch.setattr(QwenSpeaker, "answer", answer)
    request, jpegs = film([(200, 40, 30)], names=["harbour"], direction=Direction(style="trailer", mood="dark"))
    parse = Qwen25VlParser(tiny_qwen).parse(request, jpegs)
    assert parse.storyboard[0].description.startswith("waves break on a pier; harbour")
    assert parse.overall == GlobalCues("the sea", "wild", "dark", "trailer", ("trailer", "strings", "drums"))


def test_pictures_reach_the_model(tiny_qwen: Path) -> None:
    request, jpegs = film([(200, 40, 30), (10, 20, 60)])
    speaker = QwenSpeaker.load(tiny_qwen, ChosenDevice("cpu"), 2)
    seen: list[torch.Tensor] = []
    speaker._model.model.visual.register_forward_hook(lambda *call: seen.append(call[1][0]))
    speaker.answer("what is this?", shot_pictures(request, jpegs)[0])
    assert len(seen) == 1
    assert seen[0].shape[0] > 0


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "tokenizer.json", "model.safetensors"])
def test_an_incomplete_folder_is_a_missing_model(tiny_qwen: Path, tmp_path: Path, name: str) -> None:
    for path in tiny_qwen.iterdir():
        if path.name != name:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelMissing, match=r"no Qwen2\.5-VL"):
        Qwen25VlParser(tmp_path).parse(*film([(1, 2, 3)]))


@pytest.mark.parametrize(
    ("answer", "description"),
    [
        ('{"description": "a  man\\nruns"}', "a man runs"),
        ('```json\n{"description": "a man runs"}\n```', "a man runs"),
        ('Sure! {"description": "a man runs"}', None),
        ('{"description": "a man runs", "extra": 1}', None),
        ('{"description": 5}', None),
        ('{"description": ""}', None),
        ('{"description": "' + "long " * 99 + '"}', None),
        ('["a man runs"]', None),
        ("", None),
    ],
)
def test_descriptions_are_checked(answer: str, description: str | None) -> None:
    assert read_description(answer) == description


@pytest.mark.parametrize(
    "answer",
    [
        "{}",
        '{"theme": "a", "atmosphere": "b", "emotion": "c", "tags": "d"}',
        '{"theme": "a", "atmosphere": "b", "emotion": 3, "tags": []}',
        '{"theme": "a", "atmosphere": "b", "emotion": "c", "tags": [1]}',
        '{"theme": "a", "atmosphere": "b", "emotion": "c", "tags": []',
    ],
)
def test_malformed_summaries_are_refused(answer: str) -> None:
    assert read_global_cues(answer) is None


def test_what_the_editor_asked_for_stands() -> None:
    cues = GlobalCues("t", "a", "sad", "", ("piano",))
    request, _ = film([(1, 2, 3)], direction=Direction(mood="joyful"))
    kept = keep_directions(cues, GlobalCues(style="house"), request)
    assert (kept.emotion, kept.style, kept.tags) == ("joyful", "house", ("house", "piano"))
