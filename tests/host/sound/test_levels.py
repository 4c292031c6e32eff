"""How loud clips are set in the timeline: by Resolve's effect, by FCP7 XML's, and by FCPXML's adjust-volume."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from fakes.timelines import clip
from vem_plugin.formats.fcpxml.annotations import LEVEL_KEY, NAMESPACE
from vem_plugin.formats.fcpxml.sound import level_points
from vem_plugin.sound.lanes import read_lanes
from vem_plugin.sound.levels import HIGHEST_DB, LOWEST_DB, Level, gains, level_of

RESOLVE = Path(__file__).parents[4] / "shared/timelines/resolve_effects.otio"


def with_gain(value: str, **more: object) -> otio.schema.Clip:
    """A clip with FCP7 XML's *Audio Levels*."""
    parameter = {"parameterid": "level", "name": "Level", "value": value, **more}
    content = {"effectid": "audiolevels", "parameter": parameter}
    made = clip("a", 0, 24)
    made.effects.append(otio.schema.Effect("Audio Levels", metadata={"fcp_xml": content}))
    return made


def with_volume(volume: float, keyframes: Mapping[str, object], *, enabled: bool = True) -> otio.schema.Clip:
    """A clip that begins at frame 12 of its medium, with Resolve's *Fairlight Clip Volume and Fades*."""
    parameter = {"Parameter ID": "volume", "Parameter Value": volume, "Key Frames": keyframes}
    content = {"Effect Name": "Fairlight Clip Volume and Fades", "Enabled": enabled, "Parameters": [parameter]}
    made = clip("a", 12, 24)
    made.effects.append(otio.schema.Effect("", metadata={"Resolve_OTIO": content}))
    return made


def still_db(level: Level) -> float:
    assert len(level) <= 1
    return level[0][1] if level else 0.0


@pytest.mark.parametrize(
    ("value", "level_db"),
    [("1", 0.0), ("0.5", -6.02), ("2", 6.02), ("0", LOWEST_DB), ("-1", LOWEST_DB), ("900", HIGHEST_DB), ("loud", 0.0),
     ("nan", 0.0), ("1e999", 0.0)],
)  # fmt: skip
def test_a_gain_is_read(value: str, level_db: float) -> None:
    assert still_db(level_of(with_gain(value))) == pytest.approx(level_db, abs=0.01)


def test_a_gain_that_moves_counts_from_the_mediums_first_frame() -> None:
    points = [{"when": "36", "value": "0.1"}, {"when": "12", "value": "1"}, {"when": "x", "value": "1"}]
    first, last = level_of(with_gain("0.5", keyframe=points))
    assert first == (Fraction(1, 2), 0.0)
    assert last == (Fraction(3, 2), -20.0)
    assert level_of(with_gain("1", keyframe=points[0])) == (last,)


def test_what_the_adapter_leaves_in_the_metadata_counts() -> None:
    made = clip("a", 0, 24)
    content = {"effectid": "audiolevels", "parameter": {"parameterid": "level", "value": "0.5"}}
    made.metadata["fcp_xml"] = {"filter": {"effect": content}}
    assert still_db(level_of(made)) == pytest.approx(-6.02, abs=0.01)
    assert level_of(clip("a", 0, 24)) == ()


def test_resolves_volume_is_in_decibels() -> None:
    assert still_db(level_of(with_volume(-17.0, {}))) == -17.0
    assert level_of(with_volume(-17.0, {}, enabled=False)) == ()
    assert still_db(level_of(with_volume(float("-inf"), {}))) == 0.0


def test_resolves_key_frames_count_from_the_clips_beginning() -> None:
    keyframes = {"18": {"Value": -30.0}, "6": {"Value": 0.0}, "mid": {"Value": 1.0}, "9": "?"}
    expected = ((Fraction(18, 24), 0.0), (Fraction(30, 24), -30.0))
    assert level_of(with_volume(-2.0, keyframes)) == expected
    late = tuple((at_s - Fraction(1, 4), level_db) for at_s, level_db in expected)
    assert level_of(with_volume(-2.0, keyframes), Fraction(1, 4)) == late


def test_levels_one_after_the_other_add_up() -> None:
    made = with_volume(-2.0, {"0": {"Value": 0.0}, "12": {"Value": -20.0}})
    parameter = {"parameterid": "level", "value": "0.5"}
    made.effects.append(otio.schema.Effect(metadata={"fcp_xml": {"effectid": "audiolevels", "parameter": parameter}}))
    measured = 20 * np.log10(gains(level_of(made), np.array([0.0, 0.75, 9.0])))
    assert measured == pytest.approx([-6.02, -16.02, -26.02], abs=0.01)


def test_final_cuts_volume_is_kept_by_our_reader() -> None:
    made = clip("a", 0, 24)
    made.metadata[NAMESPACE] = {"role": "dialogue", LEVEL_KEY: -4.5}
    assert still_db(level_of(made)) == -4.5
    made.metadata[NAMESPACE] = {LEVEL_KEY: [[3601.0, -6.0], [3600.0, 0.0], ["?", 1], 7]}
    assert level_of(made, Fraction(3600)) == ((Fraction(0), 0.0), (Fraction(1), -6.0))


def test_final_cuts_volume_stands_still_or_moves() -> None:
    still = ElementTree.fromstring('<asset-clip><adjust-volume amount="-4.5dB"/></asset-clip>')
    assert level_points(still) == [(0.0, -4.5)]
    moving = ElementTree.fromstring(
        '<asset-clip><adjust-volume><param name="amount" value="0dB"><keyframeAnimation>'
        '<keyframe time="2s" value="-inf"/><keyframe time="1001/1000s" value="-6dB"/>'
        "</keyframeAnimation></param></adjust-volume></asset-clip>"
    )
    assert level_points(moving) == [(1.001, -6.0), (2.0, -96.0)]


def test_final_cuts_fades_come_and_go_as_a_straight_gain() -> None:
    faded = ElementTree.fromstring(
        '<asset-clip start="3600s" duration="10s"><adjust-volume amount="-6dB"><param name="amount">'
        '<fadeIn type="linear" duration="2s"/><fadeOut duration="1s"/></param></adjust-volume></asset-clip>'
    )
    kept = clip("a", 0, 240)
    kept.metadata[NAMESPACE] = {LEVEL_KEY: [list(point) for point in level_points(faded)]}
    heard = gains(level_of(kept, Fraction(3600)), np.array([0.0, 0.5, 1.0, 2.0, 5.0, 9.0, 9.5, 10.0]))
    full = 10 ** (-6 / 20)
    assert heard == pytest.approx([0, full / 4, full / 2, full, full, full, full / 2, 0], abs=2e-3)


def test_a_fade_over_keyframes_keeps_what_they_do() -> None:
    faded = ElementTree.fromstring(
        '<asset-clip start="0s" duration="8s"><adjust-volume><param name="amount"><fadeIn duration="4s"/>'
        '<keyframeAnimation><keyframe time="2s" value="0dB"/><keyframe time="6s" value="-12dB"/>'
        "</keyframeAnimation></param></adjust-volume></asset-clip>"
    )
    points = dict(level_points(faded))
    assert points[2.0] == pytest.approx(-6.02, abs=0.01)
    assert points[4.0] == pytest.approx(-6.0)
    assert points[6.0] == -12.0


@pytest.mark.skipif(not RESOLVE.exists(), reason="needs an editor's own timeline")
def test_the_levels_of_a_timeline_out_of_resolve() -> None:
    timeline = otio.adapters.read_from_file(str(RESOLVE))
    levels = [clip.level for lane in read_lanes(timeline, Fraction(24)) for clip in lane.clips if clip.level]
    assert len(levels) == 12  # of fourteen: two clips are switched off
    moving = [level for level in levels if len(level) > 1]
    begin_s = Fraction(448, 24)
    assert moving
    for level in moving:
        assert [at_s - begin_s for at_s, _ in level] == [4, Fraction(194, 24), Fraction(241, 24)]
        assert [level_db for _, level_db in level] == pytest.approx([0.0, -2.0, -29.54])
