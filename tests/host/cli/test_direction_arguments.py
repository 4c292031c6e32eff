"""The command line's words for a direction."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import pytest

from fakes.edits import write_edit
from vem_core.contract.errors import DirectionError
from vem_core.contract.plan import Bend, Ending
from vem_core.contract.request import Delivery, Direction
from vem_core.contract.wishes import Wishes, direction_with, values_with
from vem_plugin.commands import score
from vem_plugin.commands.score_options import host_options_from_arguments
from vem_plugin.commands.wish_options import (
    add_delivery_arguments,
    add_direction_arguments,
    parse_tempo,
    wishes_from_arguments,
)
from vem_plugin.hosts.file import FileHost


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_direction_arguments(parser)
    add_delivery_arguments(parser)
    return parser.parse_args(words)


def test_saying_nothing_leaves_everything_unset() -> None:
    assert wishes_from_arguments(parse()) == Wishes()
    assert direction_with(wishes_from_arguments(parse()), Direction()) == Direction()
    assert values_with(wishes_from_arguments(parse()), Delivery()) == Delivery()


def test_every_option_reaches_the_direction() -> None:
    words = ("--prompt", "rain", "--style", "lo-fi", "--mood", "tender", "--key", "A minor", "--tempo", "70-84")
    words = (*words, "--bend", "free", "--energy", "0.25", "--ending", "fade", "--ignore-picture")
    direction = direction_with(wishes_from_arguments(parse(*words)), Direction())
    asked = Direction("rain", "lo-fi", "tender", "A minor", (70.0, 84.0), Bend.FREE, energy=0.25, ending=Ending.FADE)
    assert direction == dataclasses.replace(asked, ignore_picture=True)


@pytest.mark.parametrize(
    ("text", "expected"), [("110", (110, 110)), ("90-120", (90, 120)), ("89.5 - 120.25", (89.5, 120.25))]
)
def test_tempo_ranges(text: str, expected: tuple[float, float]) -> None:
    assert parse_tempo(text) == expected


@pytest.mark.parametrize("words", [("--tempo", "fast"), ("--tempo", "120-90"), ("--tempo", "5"), ("--energy", "1.5")])
def test_what_cannot_be_met_is_a_sentence(words: tuple[str, str]) -> None:
    with pytest.raises(DirectionError):
        direction_with(wishes_from_arguments(parse(*words)), Direction())


def test_a_loudness_beyond_reach_is_a_sentence() -> None:
    with pytest.raises(DirectionError, match="loudness"):
        values_with(wishes_from_arguments(parse("--loudness", "0")), Delivery())


def test_the_format_of_the_scored_timeline_can_be_chosen(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    score.add_arguments(parser)
    edit = write_edit(tmp_path / "edit.otio", (24, 30))

    def target(*words: str) -> Path:
        return FileHost(edit, host_options_from_arguments(parser.parse_args([str(edit), *words])))._target()

    assert target("--format", "xml") == tmp_path / "edit.vem" / "edit.scored.xml"
    assert target().suffix == ".otio"
