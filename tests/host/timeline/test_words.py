"""Words that the editor already wrote."""

from __future__ import annotations

import opentimelineio as otio
import pytest

from fakes.timelines import clip, generator, timeline, video
from vem_plugin.timeline.sheet import read_cut_sheet
from vem_plugin.timeline.words import LONGEST_WORDS, MOST_ENTRIES, gather, name_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Boat_at_Sunset_v03.mov", "Boat at Sunset"),
        ("A001_C002_0101AB.mov", ""),
        ("IMG_0715", ""),
        ("FoodMarket2", "Food Market"),
        ("58982c7f-78b3-4cf9-8432-729fc4eafd55.mov", ""),
        ("Straße bei Nacht.mp4", "Straße bei Nacht"),
        ("Clip 12", ""),
        ("", ""),
    ],
)
def test_telling_words_of_names(name: str, words: str) -> None:
    assert name_words(name) == words


def test_metadata_of_resolve_premiere_final_cut_and_avid() -> None:
    item = clip(
        "A001_C001",
        0,
        10,
        metadata={
            "Resolve_OTIO": {"Keywords": ["rain", "night"], "Link Group ID": "secret", "Scene": "12"},
            "fcp_xml": {"logginginfo": {"lognote": "Wide, slow pan", "description": None, "good": "TRUE"}},
            "AAF": {"UserComments": {"Comments": "crane shot"}},
        },
    )
    item.media_reference.metadata["Resolve_OTIO"] = {"Description": "Harbour at dusk", "Comments": "RAIN"}
    (shot,) = read_cut_sheet(timeline(video(item))).sheet.shots
    assert shot.words == ("crane shot", "rain", "night", "Wide, slow pan", "Harbour at dusk")


def test_what_a_title_over_the_shot_says() -> None:
    made = timeline(video(clip("a", 0, 50)), video(generator("Text+", 20, name="Ten years later"), name="V2"))
    assert read_cut_sheet(made).sheet.shots[0].words == ("Ten years later",)


def test_words_are_bounded_and_not_repeated() -> None:
    entries = [f"note {number}" for number in range(50)]
    assert len(gather(entries)) == MOST_ENTRIES
    assert gather(["Rain", "rain ", "", "RAIN"]) == ("Rain",)
    (long,) = gather(["word " * 200])
    assert len(long) <= LONGEST_WORDS + 1


def test_edl_directives_are_no_words() -> None:
    made = timeline(video(clip("A001", 0, 10, metadata={"cmx_3600": {"comments": ["BLEND, DISSOLVE", "Night drive"]}})))
    assert read_cut_sheet(made).sheet.shots[0].words == ("Night drive",)


def test_very_deep_metadata_does_not_hurt() -> None:
    deep: dict[str, object] = {"note": "too deep"}
    for _ in range(100):
        deep = {"x": deep}
    item = otio.schema.Clip("A001", source_range=clip("x", 0, 10).source_range, metadata=deep)
    assert read_cut_sheet(timeline(video(item))).sheet.shots[0].words == ()
