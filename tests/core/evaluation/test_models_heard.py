"""`benchmarks/listening.py --models`: who is held against whom, by ears and players that are made here."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vem_core.audio.types import Audio
from vem_core.composer.styles import list_styles
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.musicnn.tagger import Hearing

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "models_heard.py"


class LoudnessEar:
    """Hears how loud left is as `funk`, how loud right is as `Jazz`, and both in its embedding."""

    labels = ("funk", "Jazz", "slow")

    def hear(self, sound: Audio, sample_rate_hz: int) -> Hearing:
        patches = sound[:, : sound.shape[1] // 3 * 3].reshape(2, 3, -1)
        levels = np.sqrt(np.square(patches).mean(axis=-1)).T  # (3, 2)
        return Hearing(np.column_stack([levels, np.zeros(3)]), levels)


@pytest.fixture
def models_heard(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark's module, with players that make noise: one of them louder on the left."""
    spec = importlib.util.spec_from_file_location("models_heard", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "models_heard", module)
    spec.loader.exec_module(module)

    def player(model: str, store: object) -> Any:
        def play(piece: SimpleNamespace) -> Audio:
            sound = np.random.default_rng(piece.seed).standard_normal((2, 2 * SAMPLE_RATE_HZ)) * 0.1
            return np.asarray(sound * [[2.0 if model == "left" else 1.0], [1.0]], np.float32)

        return play

    monkeypatch.setattr(module, "_player", player)
    monkeypatch.setattr(
        module, "_pieces", lambda style, seed, pieces: [SimpleNamespace(seed=(seed, place)) for place in range(pieces)]
    )
    return module


def test_a_model_is_held_against_the_first_one(models_heard: ModuleType) -> None:
    said: list[str] = []
    ears = {"one": LoudnessEar(), "other": LoudnessEar()}
    heard = models_heard.hear_models(["plain", "left"], ["funk", "jazz", "news"], 2, ears, said.append)
    funk = heard.styles["funk"]
    assert funk["left"]["one tags"] == pytest.approx(2 * funk["plain"]["one tags"], rel=1e-3)
    assert heard.styles["jazz"]["left"]["one tags"] == pytest.approx(heard.styles["jazz"]["plain"]["one tags"])
    assert heard.styles["news"]["left"]["one tags"] is None
    assert funk["plain"]["floor, dB"] == 0
    assert funk["left"]["one embedding"] < funk["plain"]["one embedding"]
    assert heard.frechet["one"]["left"] > heard.frechet["one"]["plain"]
    assert heard.not_behind == {"left": ["funk", "jazz"]}
    assert [line.split()[0] for line in said] == ["funk", "jazz", "news"]


def test_every_style_has_tags_or_is_named_as_having_none(models_heard: ModuleType) -> None:
    known = {style.id for style in list_styles()}
    assert known - set(models_heard.STYLE_TAGS) == {"comedy", "news", "reggae"}
    assert set(models_heard.STYLE_TAGS) <= known
