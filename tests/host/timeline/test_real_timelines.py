"""Timelines that real editors wrote: every one is read or refused in one sentence, and the cuts are where they are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from host.timeline.regenerate_golden import GOLDEN, cut_list
from vem_core.contract.errors import TimelineTooNew
from vem_plugin.timeline.reading import read_timeline_file

TIMELINES = sorted(path.stem for path in GOLDEN.glob("*.json"))


@pytest.mark.parametrize("name", TIMELINES)
def test_cuts_are_those_counted_by_hand(name: str, real_timelines: Path) -> None:
    expected = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    # JSON and back, so that tuples and lists compare alike.
    found = json.loads(json.dumps(cut_list(real_timelines / name)))
    assert found == expected, (
        f"{name} is read differently now. If that is meant, run tests/host/timeline/regenerate_golden.py and check "
        "the frames by hand."
    )


def test_every_file_is_known(real_timelines: Path) -> None:
    files = {path.name for path in real_timelines.iterdir() if path.suffix != ".md"}
    refused = {"newer_schema_marker3.otio"}
    without_cuts = {"otio_generator_reference_test.otio"}
    assert files == set(TIMELINES) | refused | without_cuts


def test_a_file_of_a_newer_opentimelineio_is_refused_in_one_sentence(real_timelines: Path) -> None:
    with pytest.raises(TimelineTooNew) as caught:
        read_timeline_file(real_timelines / "newer_schema_marker3.otio")
    assert "newer OpenTimelineIO" in caught.value.message
    assert caught.value.message.count(".") - len(re.findall(r"\d\.\d|\.otio", caught.value.message)) == 1


def test_edl_cuts_agree_with_the_edl_itself(real_timelines: Path) -> None:
    """A slow, readable twin for a plain EDL: its record-in timecodes are the cuts."""
    text = (real_timelines / "screening_example.edl").read_text()
    stamps = re.findall(r"^\d{3} .*\b(\d\d):(\d\d):(\d\d):(\d\d)\s+(?:\d\d:){3}\d\d\s*$", text, flags=re.MULTILINE)
    records = [((int(h) * 60 + int(m)) * 60 + int(s)) * 24 + int(f) for h, m, s, f in stamps]
    assert cut_list(real_timelines / "screening_example.edl")["cuts"] == [record - records[0] for record in records[1:]]
