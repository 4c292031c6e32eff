"""What names hold never moves the cursor, colours the screen or turns the line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from fakes.timelines import clip, timeline, video
from vem_plugin.cli import main
from vem_plugin.terminal import PrintableStream, printable

NASTY = "x\x1b[31mred\u202egnp.\u2066\x9b2J"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bär 🎬 日本", "Bär 🎬 日本"),
        ("two\nlines\r\n\tand more", "two lines and more"),
        ("\x1b[2J", "\\u001b[2J"),
        ("a\u202eb\u2069\u200f", "a\\u202eb\\u2069\\u200f"),
        ("\x00\x7f\x85\ud800", "\\u0000\\u007f\\u0085\\ud800"),
        ("a\u2028b", "a b"),
    ],
)
def test_names_as_they_are_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_nothing_that_is_written_moves_the_cursor() -> None:
    seen = io.StringIO()
    stream = PrintableStream(seen)
    stream.write("Making \x1b[31mmusic\n")
    stream.writelines(["a\x1b[K\n", "b\n"])
    assert seen.getvalue() == "Making \\u001b[31mmusic\na\\u001b[K\nb\n"


@pytest.fixture
def nasty_edit(tmp_path: Path) -> Path:
    path = tmp_path / "edit.otio"
    made = timeline(video(clip(NASTY, 0, 48), clip("b", 0, 48)), name="two\nlines\x1b[2J")
    path.write_text(made.to_json_string(), encoding="utf-8")
    return path


@pytest.mark.parametrize("words", [["cuts"], ["cuts", "--csv"], ["cuts", "--json"], ["cuts", "--tracks", "\x1b[2J"]])
def test_commands_show_no_raw_control_characters(
    words: list[str], nasty_edit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([words[0], str(nasty_edit), *words[1:]])
    seen = capsys.readouterr()
    assert not set("\x1b\u202e\u2066\x9b") & set(seen.out + seen.err)
    assert "[31mred" in seen.out or "no video track" in seen.err


def test_the_json_keeps_the_names_as_they_are(nasty_edit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["cuts", str(nasty_edit), "--json"])
    assert json.loads(capsys.readouterr().out)["sheet"]["shots"][0]["name"] == NASTY


def test_a_name_of_two_lines_makes_no_line_of_its_own(nasty_edit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["cuts", str(nasty_edit)])
    assert capsys.readouterr().out.startswith("two lines\\u001b[2J: 1 cut in 96 frames")


def test_the_rate_of_an_edl_can_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cut.edl"
    path.write_text("001  R1 V C 00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00\n")
    assert main(["cuts", str(path), "--rate", "23.976"]) == 0
    assert "at 23.976 (24000/1001) frames per second" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["cuts", str(path), "--rate", "48000"])
    assert "no frame rate of a picture" in capsys.readouterr().err
