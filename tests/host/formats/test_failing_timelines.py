"""FCPXML and FCP7 XML that were once read wrongly or not at all; the files are not ours to commit."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from host.formats.test_fcpxml_situations import NTSC_24, summary
from vem_plugin.timeline.reading import read_timeline_file
from vem_plugin.timeline.sheet import read_cut_sheet

SHARED = Path(__file__).resolve().parents[4] / "shared"
SEVEN = [35, 92, 146, 174, 217, 275, 325]
EXPECTED: dict[str, dict[str, Any]] = {
    "fx_start_1h_25.fcpxml": {"rate": 25, "start": 90_000, "length": 150, "cuts": [50, 100]},
    "fx_2398.fcpxml": {"rate": NTSC_24, "start": 0, "length": 144, "cuts": [48, 96]},
    "fx_2398_1h.fcpxml": {"rate": NTSC_24, "start": 86_400, "length": 144, "cuts": [48, 96]},
    "fx_still.fcpxml": {"cuts": [50, 100]},
    "fx_multicam.fcpxml": {"cuts": [50, 100]},
    "fx_noframedur.fcpxml": {"rate": 25, "cuts": [50]},
    "fx_disabled.fcpxml": {"cuts": [50, 100], "black": [50]},
    "fx_retime.fcpxml": {"cuts": [50, 100, 150], "through": []},
    "fx_dissolve_marker.fcpxml": {"cuts": [100], "dissolves": {100: 50}, "events": {25: "hit"}},
    "fx_connected_bs.fcpxml": {"cuts": [50, 100, 150], "names": ["S1", "S2", "S1", "S3"]},
    "fx_bundle.fcpxmld": {"cuts": [50, 100]},
    "hand_25_1h.fcpxml": {"rate": 25, "start": 90_000, "length": 385, "cuts": SEVEN},
    "hand_23976_1h.fcpxml": {"rate": NTSC_24, "start": 86_400, "length": 385, "cuts": SEVEN},
    "fcp7_nested.xml": {"cuts": [50, 70, 120]},
    "fcp7_whole_film_nested.xml": {"cuts": list(range(50, 500, 50))},
    "fcp7_placeholder_rate0.xml": {"length": 200, "cuts": [50, 125]},
    "openshot_25.xml": {"rate": Fraction(25), "cuts": [35, 92, 146, 174, 217]},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_it_is_read_as_its_list_of_expectations_says(name: str) -> None:
    path: Path = SHARED / "failing" / "timelines" / name
    if not path.exists():
        pytest.skip("the folder of failing timelines is not here")
    found = summary(read_cut_sheet(read_timeline_file(path)).sheet)
    assert {key: found[key] for key in EXPECTED[name]} == EXPECTED[name]
