"""The benchmark counts what it says it counts, and a second of music costs the same however long the music is."""

from __future__ import annotations

import argparse
import json
import sys

import pytest
import torch
from torch import nn

from vem_core.commands.bench import COMMAND
from vem_core.models.costs import (
    AttentionRow,
    ModelCosts,
    PeakMemory,
    StageRow,
    attention_memory,
    measure,
    render_costs,
    stages,
)
from vem_core.models.presets import random_pipeline

CPU = torch.device("cpu")


def test_operations_of_a_linear_layer_are_known() -> None:
    layer = nn.Linear(64, 32, bias=False)
    rows = torch.randn(1000, 64)
    row = measure("linear", layer, lambda: layer(rows), 2.0, CPU, peak_gflops=1.0)
    assert row.gflop == pytest.approx(2 * 1000 * 64 * 32 / 1e9)
    assert row.parameters == 64 * 32
    assert row.time_per_music_s == row.time_s / 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process cannot forget its peak")
def test_peak_memory_is_the_stage_s_own() -> None:
    def fill(megabytes: int) -> float:
        with PeakMemory(CPU) as memory:
            torch.ones(megabytes, 250_000)
        return memory.peak_mb

    assert fill(200) == pytest.approx(200, abs=30)
    assert fill(50) == pytest.approx(50, abs=30)  # not the peak of the stage before


@pytest.mark.slow
def test_a_second_costs_the_same_from_thirty_seconds_on() -> None:
    pipeline = random_pipeline("tiny")
    per_second = [
        {row.stage: row.gflop / seconds for row in stages(pipeline, seconds, 1, CPU, 1.0)} for seconds in (30, 60, 240)
    ]
    for stage in ("transformer, 1 steps", "VAE decoder", "vocoder", "decode, whole", "adapter"):
        costs = [by_stage[stage] for by_stage in per_second]
        assert max(costs) < 1.08 * min(costs), (stage, costs)


def test_attention_grows_with_latents_and_not_with_shots() -> None:
    few, many, long = attention_memory(750, 100), attention_memory(750, 500), attention_memory(1500, 500)
    assert many.gathered_mb == pytest.approx(few.gathered_mb, rel=0.02)
    assert long.gathered_mb < 2.2 * many.gathered_mb
    assert many.dense_mb > 4 * few.dense_mb


def test_the_command_prints_every_stage(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    words = ["model", "--preset", "tiny", "--seconds", "2", "--steps", "1", "--json"]
    assert COMMAND.run(parser.parse_args(words)) == 0
    costs = json.loads(capsys.readouterr().out)
    assert [row["stage"] for row in costs["stages"]][-1] == "decode, whole"
    assert costs["matrix_gflops"] > 0
    rows = tuple(StageRow(**row) for row in costs["stages"])
    shown = render_costs(ModelCosts("tiny", "cpu", 1, 71.0, rows, (AttentionRow(750, 10, 8.8, 3.2),)))
    assert all(row.stage in shown for row in rows)
