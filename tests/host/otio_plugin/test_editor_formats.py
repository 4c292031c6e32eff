"""What docs/editors says of each format, held to files that editors wrote: where our lane gets through, where not."""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio
import pytest

from fakes.takes import make_take
from vem_core.contract.errors import OutputError
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.timeline.reading import read_timeline_file

pytest.importorskip("otio_fcp_adapter", reason="the adapters are not installed")


def scored(source: Path, folder: Path, suffix: str) -> otio.schema.Timeline:
    """The timeline of a file, scored and written in a format, as a reader that is not ours reads it back.

    FCPXML is read back by our own: the adapter takes whole numbers for rates, and no sound that hangs on a gap.
    """
    host = FileHost(source, FileHostOptions(output=folder / "out", timeline_suffix=suffix))
    placement = host.place(make_take(host.read_timeline().sheet, folder / "job"))
    if suffix == ".fcpxml":
        return read_timeline_file(placement.timeline)
    content = otio.adapters.read_from_file(str(placement.timeline))
    if isinstance(content, otio.schema.Timeline):
        return content
    return next(iter(content.find_children(descended_from_type=otio.schema.Timeline)))


def our_clips(timeline: otio.schema.Timeline) -> list[otio.schema.Clip]:
    return [clip for track in timeline.audio_tracks() for clip in track if "-take1.wav" in clip.name]


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("resolve_effects.otio", ".otio"),  # DaVinci Resolve
        ("resolve_effects.otio", ".xml"),
        ("premiere_example_fcp7.xml", ".xml"),  # Premiere Pro
        ("finalcut_example.fcpxml", ".fcpxml"),  # Final Cut Pro
        ("finalcut_example.fcpxml", ".xml"),
        ("sol_levante_72clips_24fps.otio", ".xml"),
        ("meridian_83clips_5994fps.otio", ".fcpxml"),
        ("screening_example.edl", ".xml"),
        ("avid_transitions.aaf", ".otio"),  # Media Composer
    ],
)
def test_the_lane_gets_through(real_timelines: Path, tmp_path: Path, name: str, suffix: str) -> None:
    timeline = scored(real_timelines / name, tmp_path, suffix)
    (clip,) = our_clips(timeline)
    wav = next(tmp_path.glob("out/*-take1.wav"))
    assert clip.media_reference.target_url.endswith(str(wav))
    assert timeline.range_of_child(clip).start_time.value == 0
    assert clip.markers


@pytest.mark.parametrize(
    ("name", "suffix", "said"),
    [
        ("screening_example.edl", ".edl", "cannot hold the music"),  # an edit list has no room for the lane
        ("meridian_83clips_5994fps.otio", ".edl", "cannot hold the music"),
    ],
)
def test_what_an_adapter_does_badly_is_a_sentence_and_leaves_nothing(
    real_timelines: Path, tmp_path: Path, name: str, suffix: str, said: str
) -> None:
    with pytest.raises(OutputError, match=said) as caught:
        scored(real_timelines / name, tmp_path, suffix)
    assert "Write it as .otio instead" in caught.value.hint
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("name", ["avid_transitions.aaf", "screening_example.edl"])
def test_an_aaf_is_not_written(real_timelines: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="does not manage it") as caught:
        scored(real_timelines / name, tmp_path, ".aaf")
    assert "Write it as .otio" in caught.value.hint
