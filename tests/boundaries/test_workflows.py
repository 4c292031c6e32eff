"""The workflows parse, their jobs name each other and what they run, and testing means the two commands alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(path: Path) -> dict[Any, Any]:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(workflow, dict)
    return workflow


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_jobs_are_whole(path: Path) -> None:
    workflow = read(path)
    assert {"name", "jobs", "permissions"} <= set(workflow)
    triggers = workflow.get("on", workflow.get(True))  # YAML 1.1 takes `on` for a truth
    assert triggers, "nothing starts it"
    assert set(triggers) <= {"push", "pull_request", "workflow_dispatch", "schedule"}
    for name, job in workflow["jobs"].items():
        assert {"runs-on", "timeout-minutes", "steps"} <= set(job), name
        needs = job.get("needs", [])
        for needed in [needs] if isinstance(needs, str) else needs:
            assert needed in workflow["jobs"], f"{name} needs {needed}"
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), f"{name}: {step}"
            assert "uses" not in step or re.fullmatch(r"[\w./-]+@[\w./-]+", step["uses"]), step
            assert "${{" not in step.get("run", ""), "what a tag or branch is called comes in through env alone"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_testing_is_the_two_commands(path: Path) -> None:
    commands = [step["run"] for step in read(path)["jobs"]["test"]["steps"] if "run" in step]
    assert commands == ["python run.py demo", "python run.py test"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_files_that_are_run_are_there(path: Path) -> None:
    for name in re.findall(r"(?<![\w/.-])((?:packages|benchmarks|docs)/[\w/.-]+\.(?:py|sh))", path.read_text()):
        assert (ROOT / name).is_file(), name


def test_the_matrix_has_every_python_and_system() -> None:
    matrix = read(ROOT / ".github" / "workflows" / "test.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13"]
    assert {system.split("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}
