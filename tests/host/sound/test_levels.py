"""How loud clips are set in the timeline: by FCP7 XML's effect, and by FCPXML's adjust-volume."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import opentimelineio as otio
import pytest

from fakes.timelines import clip
from vem_plugin.formats.fcpxml.annotations import LEVEL_KEY, NAMESPACE
from vem_plugin.formats.fcpxml.sound import level_db
from vem_plugin.sound.levels import HIGHEST_DB, LOWEST_DB, level_db_of


def with_gain(value: str, **more: object) -> otio.schema.Clip:
    """A clip with FCP7 XML's *Audio Levels*."""
    parameter = {"parameterid": "level", "name": "Level", "value": value, **more}
    content = {"effectid": "audiolevels", "parameter": parameter}
    made = clip("a", 0, 24)
    made.effects.append(otio.schema.Effect("Audio Levels", metadata={"fcp_xml": content}))
    return made


@pytest.mark.parametrize(
    ("value", "level_db"),
    [("1", 0.0), ("0.5", -6.02), ("2", 6.02), ("0", LOWEST_DB), ("-1", LOWEST_DB), ("900", HIGHEST_DB), ("loud", 0.0)],
)
def test_a_gain_is_read(value: str, level_db: float) -> None:
    assert level_db_of(with_gain(value)) == pytest.approx(level_db, abs=0.01)


def test_a_level_that_moves_is_left_alone() -> None:
    assert level_db_of(with_gain("0.1", keyframe=[{"when": "0", "value": "0.1"}])) == 0.0


def test_what_the_adapter_leaves_in_the_metadata_counts() -> None:
    made = clip("a", 0, 24)
    content = {"effectid": "audiolevels", "parameter": {"parameterid": "level", "value": "0.5"}}
    made.metadata["fcp_xml"] = {"filter": {"effect": content}}
    assert level_db_of(made) == pytest.approx(-6.02, abs=0.01)
    assert level_db_of(clip("a", 0, 24)) == 0.0


def test_final_cuts_volume_is_kept_by_our_reader() -> None:
    made = clip("a", 0, 24)
    made.metadata[NAMESPACE] = {"role": "dialogue", LEVEL_KEY: -4.5}
    assert level_db_of(made) == -4.5
    element = ElementTree.fromstring('<asset-clip><adjust-volume amount="-4.5dB"/></asset-clip>')
    assert level_db(element) == -4.5
