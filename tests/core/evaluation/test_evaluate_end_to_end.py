"""`vem evaluate` from beginning to end on random weights: every row and every experiment is there and is a number."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest

from vem_core.contract.errors import InputError
from vem_core.evaluation.evaluating import EvaluationPlan, add_experiments, evaluate
from vem_core.evaluation.results import Evaluation, report, to_text
from vem_core.models.presets import random_pipeline
from vem_core.models.sampling import SamplingSettings
from vem_core.parsing.text import MiniLmEncoder

STYLES = ("ambient", "house", "rock")


@pytest.mark.slow
def test_every_row_and_experiment_is_measured(tmp_path: Path) -> None:
    plan = EvaluationPlan(
        pieces=3,
        experiments=3,
        classifier_pieces=2 * len(STYLES),
        examples=1,
        workers=2,
        trackers=("auto",),
        settings=SamplingSettings(steps=1, guidance=2.0, guided_sigmas=(0, 1)),
        styles=STYLES,
    )
    pipeline, encoder = random_pipeline("tiny"), MiniLmEncoder()
    found = evaluate(pipeline, encoder, plan, tmp_path, lambda _: None)
    assert found.pieces == 3
    rows = {row.what: row for row in found.rows}
    assert all(row.model is not None and math.isfinite(row.model) for row in found.rows)
    assert not found.gates_met  # random weights are no music
    assert rows["VAE and vocoder: chroma agreement"].met is False
    assert found.styles == STYLES
    assert len(found.experiments) == 15
    assert all(paired.count > 0 for measured in found.experiments.values() for paired in measured.values())
    assert json.loads(to_text(found))["schema"] == "Evaluation.1"
    assert "text zeroed" in report(found)
    without = dataclasses.replace(found, experiments={})
    assert add_experiments(without, pipeline, encoder, plan, tmp_path, lambda _: None) == found
    kept = _times(tmp_path / "experiments")
    add_experiments(without, pipeline, encoder, dataclasses.replace(plan, experiments=2), tmp_path, lambda _: None)
    assert _times(tmp_path / "experiments") == kept  # other numbers of pieces go on from the same files
    with pytest.raises(InputError, match="other weights"):
        add_experiments(dataclasses.replace(found, model_sha256=""), pipeline, encoder, plan, tmp_path, print)
    assert len(list((tmp_path / "examples").glob("00-*.flac"))) == 4
    assert [path.name for path in sorted((tmp_path / "heard").iterdir())] == ["00.json", "01.json", "02.json"]


def _times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


@pytest.mark.slow
def test_a_stopped_evaluation_goes_on_and_comes_to_the_same(tmp_path: Path) -> None:
    plan = EvaluationPlan(
        pieces=2,
        experiments=0,
        classifier_pieces=4,
        examples=0,
        trackers=("auto",),
        settings=SamplingSettings(steps=1),
        styles=("ambient", "house"),
    )
    pipeline, encoder = random_pipeline("tiny"), MiniLmEncoder()
    said: list[str] = []

    def stop(text: str) -> None:
        if text == "played 2 of 2 pieces":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(pipeline, encoder, plan, tmp_path, stop)
    (tmp_path / "heard" / "01.json").write_text("half a fi")
    found = evaluate(pipeline, encoder, plan, tmp_path, said.append)
    assert [text for text in said if text.startswith("played")] == ["played 2 of 2 pieces"]
    whole = evaluate(pipeline, encoder, plan, tmp_path / "another", lambda _: None)
    assert without_speed(found) == without_speed(whole)
    others = dataclasses.replace(plan, settings=SamplingSettings(steps=2))
    said.clear()
    evaluate(pipeline, encoder, others, tmp_path, said.append)
    assert [text for text in said if text.startswith("played")] == ["played 1 of 2 pieces", "played 2 of 2 pieces"]


def without_speed(evaluation: Evaluation) -> Evaluation:
    return dataclasses.replace(evaluation, rows=tuple(row for row in evaluation.rows if "warm" not in row.what))
