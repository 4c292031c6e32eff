"""Driving the engines of editors that this machine has: GES (Pitivi) and MLT (Kdenlive, Shotcut)."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from vem_plugin.timeline.ownership import is_ours

SCRIPTS = Path(__file__).resolve().parents[1] / "fakes" / "engines"
SYSTEM_PYTHON = "/usr/bin/python3"
"""The distribution's Python, which has the bindings of GES."""

INSTALL = "CONTRIBUTING.md, 'Editors on this machine', says what to install"


def need(*programs: str, adapter: str = "") -> None:
    """Skip where a program, or an adapter of OpenTimelineIO, is not on this machine."""
    missing = [program for program in programs if shutil.which(program) is None]
    try:
        importlib.metadata.version(adapter or "opentimelineio")
    except importlib.metadata.PackageNotFoundError:
        missing.append(adapter)
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: {INSTALL}")


def need_ges() -> None:
    """Skip where GES cannot be driven."""
    need("xvfb-run", SYSTEM_PYTHON, adapter="otio-xges-adapter")
    binding = "import gi; gi.require_version('GES', '1.0'); from gi.repository import GES"
    if subprocess.run([SYSTEM_PYTHON, "-c", binding], capture_output=True, check=False).returncode:
        pytest.skip(f"GES has no Python binding here: {INSTALL}")


def need_melt() -> None:
    """Skip where MLT cannot be driven."""
    need("melt", "xvfb-run", adapter="otio-kdenlive-adapter")


def render_by_ges(scored: Path, rate: Fraction, render: Path) -> Path:
    """A scored timeline, rendered by GES from the project that OpenTimelineIO's adapter makes of it."""
    project = render.with_suffix(".xges")
    otio.adapters.write_to_file(_located(scored, as_url=True), str(project), adapter_name="xges")
    ges("ges_render.py", project, render, _ratio(rate))
    return render


def ges(script: str, *arguments: str | Path) -> None:
    """Run one of the scripts for GES under a screen of its own. Fails the test where it fails."""
    _run("xvfb-run", "-a", SYSTEM_PYTHON, SCRIPTS / script, *arguments)


def render_by_melt(scored: Path, frames: int, render: Path) -> Path:
    """A scored timeline, rendered by MLT from the Kdenlive project that OpenTimelineIO's adapter makes of it.

    `frames` is the length: with a medium that it does not find melt would go on for minutes of black.
    """
    project = render.with_suffix(".kdenlive")
    otio.adapters.write_to_file(_located(scored, as_url=False), str(project), adapter_name="kdenlive")
    small = project.read_text().replace('width="1920"', 'width="320"').replace('height="1080"', 'height="180"')
    project.write_text(small)
    _run("melt", project, f"out={frames - 1}", "-silent", "-consumer", f"avformat:{render}", "vcodec=libx264",
         "preset=ultrafast", "g=1", "acodec=pcm_s16le", "real_time=-1")  # fmt: skip
    return render


def _located(scored: Path, *, as_url: bool) -> otio.schema.Timeline:
    """A scored timeline whose pictures and relative music are addressed absolutely, as these adapters ask.

    What we wrote absolutely stays as we wrote it.
    """
    timeline = otio.adapters.read_from_file(str(scored))
    for clip in timeline.find_clips():
        for reference in clip.media_references().values():
            if "://" in reference.target_url or (is_ours(reference) and Path(reference.target_url).is_absolute()):
                continue
            found = (scored.parent / reference.target_url).resolve(strict=True)
            reference.target_url = found.as_uri() if as_url else str(found)
    return timeline


def _ratio(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"


def _run(*command: str | Path) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
