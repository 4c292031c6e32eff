"""The bench of a model that a user has, on a tiny one; and the latency model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vem_core.backbones.latency import PEAKS, Cost, ace_step_cost, predicted
from vem_core.contract.request import Device
from vem_core.evaluation import backbone_bench
from vem_core.evaluation.backbone_bench import RESULT_FILE, BenchSettings, bench_backbone, render_bench
from vem_core.generation.backbone import BackboneSettings


@pytest.mark.slow
def test_the_bench_writes_one_json_and_sounds(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEM_MODELS", str(folders["ace-step-1.5"].parent))
    monkeypatch.setenv("VEM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(backbone_bench, "STYLES", ("house", "rock"))
    settings = BenchSettings("ace-step-1.5", tmp_path / "out", 12, 0.0, Device.CPU, BackboneSettings(steps=2))
    result = bench_backbone(settings, lambda text: None)
    assert json.loads((tmp_path / "out" / RESULT_FILE).read_text()) == json.loads(json.dumps(result))
    assert (tmp_path / "out" / "house.wav").is_file()
    assert result["ended"] == "the time was over"
    assert len(result["edits"]) == 1
    assert 0 <= result["edits"][0]["beats_heard"] <= 1
    assert result["words"]["inside"] > result["words"]["outside"]
    assert "beats heard" in render_bench(result)


def test_latency_grows_with_the_music_and_falls_with_the_machine() -> None:
    small = {"num_hidden_layers": 2, "hidden_size": 128, "num_attention_heads": 4, "num_key_value_heads": 2}
    short, long = ace_step_cost(8, **small), ace_step_cost(16, **small)
    assert 1.9 < long.evaluation / short.evaluation < 2.4
    assert long.coding == pytest.approx(2 * short.coding)
    rows = predicted(lambda seconds: Cost(seconds, 0.0), 8, (30.0,))
    assert [row.machine for row in rows] == list(PEAKS)
    assert rows[0].seconds == pytest.approx(8 * 30 / (990 * 0.4))
    assert rows[0].seconds < rows[-1].seconds
