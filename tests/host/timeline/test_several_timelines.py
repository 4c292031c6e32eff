"""A file of several timelines: the one that can be meant is read, else somebody is asked, else a sentence says so."""

from __future__ import annotations

import argparse
import copy
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import opentimelineio as otio
import pytest

from fakes.fcp7_files import clipitem, node, sequence, track
from fakes.timelines import audio, clip, compound, timeline, video
from host.formats.test_fcp7_situations import ABC
from host.formats.test_fcp7_situations import write as write_fcp7_file
from host.formats.test_fcpxml_reading import two_projects
from vem_core.contract.errors import SeveralTimelines, TimelineError
from vem_plugin import FileHost, FileHostOptions
from vem_plugin.cli import main
from vem_plugin.commands import batch, watch
from vem_plugin.otio_plugin import score_on_write
from vem_plugin.timeline.reading import open_timeline, read_timeline_file


def collection(folder: Path, *children: otio.core.SerializableObject) -> Path:
    path = folder / "all.otio"
    path.write_text(otio.schema.SerializableCollection(children=list(children)).to_json_string())
    return path


def film(name: str, *lengths: int) -> otio.schema.Timeline:
    shots = [clip(f"{name} {number}", 0, length) for number, length in enumerate(lengths)]
    return timeline(video(*shots), name=name)


def by_otio(folder: Path) -> Path:
    return collection(folder, film("Rough", 20, 30), film("Fine", 20, 50))


def by_fcp7(folder: Path) -> Path:
    fine = sequence(track(clipitem("a", 0, 50), clipitem("b", 50, 70)), name="Fine")
    return write_fcp7_file(folder, node("project", node("children", sequence(ABC, name="Rough"), fine)))


def by_fcpxml(folder: Path) -> Path:
    return two_projects(folder, ("Rough", "Fine"))


FORMATS = (by_otio, by_fcp7, by_fcpxml)


@pytest.mark.parametrize("write", FORMATS)
def test_nobody_guesses_which_of_several_is_meant(write: Callable[[Path], Path], tmp_path: Path) -> None:
    path = write(tmp_path)
    with pytest.raises(SeveralTimelines, match="holds 2 timelines: 'Rough', 'Fine'") as caught:
        read_timeline_file(path)
    assert caught.value.names == ("Rough", "Fine")
    assert "--timeline-name" in caught.value.hint
    assert copy.copy(caught.value).names == ("Rough", "Fine")  # as it comes back from the helper
    assert read_timeline_file(path, "Fine").name == "Fine"
    with pytest.raises(TimelineError, match="no timeline called 'Final'") as gone:
        read_timeline_file(path, "Final")
    assert gone.value.hint == "It holds 'Rough', 'Fine'."


def test_the_only_one_with_a_picture_is_meant(tmp_path: Path) -> None:
    music = timeline(audio(clip("m", 0, 50)), name="Music")
    off = film("Old", 30)
    off.tracks[0].enabled = False
    path = collection(tmp_path, music, timeline(name="Empty"), off, film("Film", 20, 30))
    assert read_timeline_file(path).name == "Film"
    assert read_timeline_file(path, "Music").name == "Music"


def test_copies_that_are_alike_are_one(tmp_path: Path) -> None:
    opened = open_timeline(collection(tmp_path, film("Film", 20, 30), timeline(video(*(
        clip(f"Film {number}", 0, length) for number, length in enumerate((20, 30)))), name="Film copy")))  # fmt: skip
    assert opened.timeline.name == "Film"
    assert opened.notices == ("The file holds 2 copies of this timeline, 'Film', 'Film copy': they are alike.",)


def test_what_shares_a_name_is_told_apart_by_number(tmp_path: Path) -> None:
    path = collection(tmp_path, film("Reel", 20), film("", 30), film("Reel", 40), film("", 50))
    with pytest.raises(SeveralTimelines) as caught:
        read_timeline_file(path)
    assert caught.value.names == ("Reel (1)", "unnamed (1)", "Reel (2)", "unnamed (2)")
    lengths = [read_timeline_file(path, name).duration().value for name in caught.value.names]
    assert lengths == [20, 30, 40, 50]
    with pytest.raises(SeveralTimelines) as narrower:
        read_timeline_file(path, "Reel")
    assert narrower.value.names == ("Reel (1)", "Reel (2)")


def test_a_nested_sequence_is_not_asked_about(tmp_path: Path) -> None:
    made = timeline(compound(video(clip("a", 0, 20), clip("b", 0, 30)), start=0, length=50), name="Film")
    assert read_timeline_file(collection(tmp_path, clip("bin", 0, 9), made)).name == "Film"


def test_one_that_cannot_be_read_does_not_refuse_the_others(tmp_path: Path) -> None:
    damaged = "<sequence><name>D</name><media/></sequence>"
    held = node("project", node("children", damaged, sequence(ABC, name="Film")))
    opened = open_timeline(write_fcp7_file(tmp_path, held))
    assert opened.timeline.name == "Film"
    assert "Another timeline in the file cannot be read: The sequence 'D'" in opened.notices[0]


# Who is asked, and how


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, typed: str) -> tuple[Terminal, Terminal]:
    printed, said = Terminal(), Terminal()
    for name, stream in (("stdin", Terminal(typed)), ("stdout", printed), ("stderr", said)):
        monkeypatch.setattr(sys, name, stream)
    return printed, said


def test_at_a_terminal_a_number_chooses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed, said = at_a_terminal(monkeypatch, "3\nx\n2\n")
    assert main(["cuts", str(by_otio(tmp_path))]) == 0
    assert "  1  Rough\n  2  Fine\n" in said.getvalue()
    assert said.getvalue().count("Which one?") == 3
    assert printed.getvalue().startswith("Fine: 1 cut in 70 frames")


def test_return_chooses_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed, said = at_a_terminal(monkeypatch, "\n")
    assert main(["cuts", str(by_otio(tmp_path))]) == 2
    assert printed.getvalue() == ""
    assert "Say which one is meant: --timeline-name" in said.getvalue()


def test_hostile_names_are_escaped_in_the_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = collection(tmp_path, film("a\x1b[2J\nfake", 20), film("b", 30))
    _, said = at_a_terminal(monkeypatch, "1\n")
    assert main(["cuts", str(path)]) == 0
    assert "\x1b" not in said.getvalue()
    assert "\nfake" not in said.getvalue()


@pytest.mark.parametrize("words", [["cuts", "--json"], ["cuts", "--csv"], ["plan", "--json"]])
def test_a_program_is_not_asked(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed, said = at_a_terminal(monkeypatch, "1\n")
    assert main([words[0], str(by_otio(tmp_path)), *words[1:]]) == 2
    assert "Which one?" not in said.getvalue()
    assert printed.getvalue() == ""


@pytest.mark.parametrize("command", ["cuts", "plan", "brief", "parse", "score"])
def test_a_pipe_is_not_asked(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, str(by_otio(tmp_path))]) == 2
    assert "holds 2 timelines: 'Rough', 'Fine'." in capsys.readouterr().err


def test_the_name_may_be_said_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cuts", str(by_otio(tmp_path)), "--timeline-name", "Fine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sheet"]["duration_frames"] == 70


def parsed(command: object, *words: str | Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)  # type: ignore[attr-defined]
    return parser.parse_args([str(word) for word in words])


def test_watching_ends_where_no_save_would_answer(tmp_path: Path) -> None:
    path = by_otio(tmp_path)
    with pytest.raises(SeveralTimelines):
        watch.watch(path, lambda: FileHost(path).read_timeline(), times=1)  # type: ignore[arg-type, return-value]


def test_a_batch_says_it_of_that_file_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    by_otio(tmp_path)
    (tmp_path / "damaged.otio").write_text("{")
    assert batch.COMMAND.run(parsed(batch.COMMAND, tmp_path)) == 2
    printed = capsys.readouterr()
    assert "failed: all.otio holds 2 timelines: 'Rough', 'Fine'." in printed.out
    assert "--timeline-name" in printed.err


def test_the_write_hook_names_what_a_collection_holds() -> None:
    held = otio.schema.SerializableCollection(children=[film("Rough", 20), film("Fine", 30)])
    with pytest.raises(otio.exceptions.OTIOError, match="It holds 'Rough', 'Fine'"):
        score_on_write.hook_function(held, {"vem_score": "1"})


def test_python_names_it_in_the_options(tmp_path: Path) -> None:
    path = by_otio(tmp_path)
    with pytest.raises(SeveralTimelines, match="'Rough', 'Fine'"):
        FileHost(path).read_timeline()
    assert FileHost(path, FileHostOptions(timeline_name="Fine")).read_timeline().sheet.duration_frames == 70
