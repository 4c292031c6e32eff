"""Timelines that GES and OpenShot write themselves are read with the cuts that were made in them."""

from __future__ import annotations

import itertools
import subprocess
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from editors.engines import SCRIPTS, SYSTEM_PYTHON, ges, need, need_ges
from vem_plugin.editors.solid_films import write_colours
from vem_plugin.timeline.reading import open_timeline
from vem_plugin.timeline.sheet import ReadingOptions, read_opened

pytestmark = [pytest.mark.slow, pytest.mark.editors]

LENGTHS = {"red": 35, "yellow": 57, "magenta": 54, "green": 28, "white": 43, "cyan": 58}
CUTS = list(itertools.accumulate(LENGTHS.values()))[:-1]


@pytest.mark.parametrize("ratio", ["25/1", "30000/1001", "24000/1001"])
def test_a_project_of_ges_has_the_cuts_that_were_made(tmp_path: Path, ratio: str) -> None:
    need_ges()
    rate = Fraction(ratio)
    write_colours(tmp_path / "media", rate)
    ges("ges_write.py", tmp_path / "edit.xges", ratio, *shots(tmp_path / "media"))
    timeline = otio.adapters.read_from_file(str(tmp_path / "edit.xges"))
    otio.adapters.write_to_file(timeline, str(tmp_path / "edit.otio"))
    assert cuts_in(tmp_path / "edit.otio", rate) == CUTS


def test_exports_of_openshot_have_the_cuts_that_were_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("openshot-qt", SYSTEM_PYTHON)
    monkeypatch.setenv("HOME", str(tmp_path))  # it keeps settings there
    write_colours(tmp_path / "media", Fraction(25))
    script = SCRIPTS / "openshot_write.py"
    command = [SYSTEM_PYTHON, script, tmp_path, *shots(tmp_path / "media")]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (edl,) = tmp_path.glob("edit*.edl")
    assert cuts_in(tmp_path / "edit.xml", Fraction(25)) == CUTS
    assert cuts_in(edl, Fraction(25)) == CUTS


def shots(media: Path) -> list[str]:
    """What the scripts lay in a row."""
    return [f"{length}={media / colour}.mp4" for colour, length in LENGTHS.items()]


def cuts_in(path: Path, rate: Fraction) -> list[int]:
    """The cuts that a timeline file is read with."""
    sheet = read_opened(open_timeline(path), ReadingOptions()).sheet
    assert sheet.rate == rate
    return [cut.record_frames for cut in sheet.cuts]
