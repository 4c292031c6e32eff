"""The brief: its wire form, and what it refuses."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from vem_core.contract.brief import (
    ArcPoint,
    Conflict,
    DensityBrief,
    EndingBrief,
    InstrumentsBrief,
    KeyBrief,
    MeterBrief,
    MoodBrief,
    MusicBrief,
    PlayerLevel,
    ShotBrief,
    Source,
    StyleBrief,
    TempoBrief,
    Understood,
)
from vem_core.contract.codec import dumps, from_json, loads, to_json
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Ending

BRIEF = MusicBrief(
    style=StyleBrief("rock", asked="punk", from_=Source.WORDS, sureness=0.9),
    tempo_bpm=TempoBrief(118, 122, Source.EDITOR, 1.0),
    key=KeyBrief(),
    meter=MeterBrief(6),
    mood=MoodBrief(-0.4, 0.2, "sad"),
    instruments=InstrumentsBrief(
        without=("drums",),
        with_=("piano",),
        from_=Source.WORDS,
        levels=(PlayerLevel("piano", 4.0, Source.WORDS, 0.8),),
    ),
    density=DensityBrief(),
    arc=tuple(ArcPoint(second, second / 3, Source.PACE) for second in range(4)),
    shots=(ShotBrief(0.5, -0.4, Source.PICTURE),),
    ending=EndingBrief(Ending.RING_OUT),
    understood=(Understood("120 bpm", "tempo"),),
    not_understood=("xyzzy",),
    conflicts=(Conflict("fast", "120 bpm", "a number beats an adjective"),),
)


def test_a_brief_comes_back_as_it_went_and_its_json_has_plain_names() -> None:
    assert loads(MusicBrief, dumps(BRIEF)) == BRIEF
    wire = to_json(BRIEF)
    assert wire["schema"] == "MusicBrief.1"
    assert wire["style"]["from"] == "words"
    assert wire["tempo_bpm"]["low"] == 118
    assert wire["instruments"]["with"] == ["piano"]
    assert wire["instruments"]["without"] == ["drums"]
    assert wire["instruments"]["levels"] == [
        {"instrument": "piano", "change_db": 4.0, "from": "words", "sureness": 0.8}
    ]
    assert wire["key"]["tonic"] is None
    assert wire["not_understood"] == ["xyzzy"]
    assert "_" not in {name[-1] for part in wire.values() if isinstance(part, dict) for name in part}


def test_a_brief_of_before_levels_still_reads() -> None:
    wire = to_json(BRIEF)
    del wire["instruments"]["levels"]
    assert from_json(MusicBrief, wire).instruments.levels == ()


def test_an_underscore_is_no_field_on_the_wire() -> None:
    text = dumps(BRIEF).replace('"from":"editor"', '"from_":"editor"')
    with pytest.raises(ContractError, match="no field 'from_'"):
        loads(MusicBrief, text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"arc": BRIEF.arc[:3]},
        {"arc": BRIEF.arc[::-1]},
    ],
)
def test_an_arc_has_four_points_in_order(wrong: dict[str, Any]) -> None:
    with pytest.raises(ContractError, match="arc"):
        dataclasses.replace(BRIEF, **wrong)


def test_values_out_of_range_are_refused() -> None:
    for make in (
        lambda: TempoBrief(140, 120),
        lambda: MoodBrief(-1.2, 0, ""),
        lambda: MeterBrief(1),
        lambda: ShotBrief(1.1, 0),
        lambda: DensityBrief(2.0),
        lambda: ArcPoint(-1, 0.5),
    ):
        with pytest.raises(ContractError):
            make()


def test_sources_outrank_each_other_in_the_order_they_are_written() -> None:
    assert Source.EDITOR.rank < Source.WORDS.rank < Source.MARKER.rank < Source.PICTURE.rank < Source.DEFAULT.rank
