"""Finished music is never thrown away, whatever becomes of timeline, disk, format or the person's patience."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from fakes.edits import write_edit
from fakes.scripted_core import ScriptedCore, step
from vem_core.contract import atomic
from vem_core.contract.atomic import replacing, sweep
from vem_core.contract.codec import loads
from vem_core.contract.errors import InternalError, OutputError
from vem_core.contract.progress import Progress, Stage
from vem_core.contract.recut import FrameRange
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_plugin.cli import main
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.interrupting import asked_as_interrupted
from vem_plugin.placement import trial
from vem_plugin.placement.state import PlacedTake
from vem_plugin.scoring.order import Order
from vem_plugin.scoring.session import Outcome, ScoringSession
from vem_plugin.takes import keeping, writing


class Watcher:
    """Remembers what was said, and does what a test wants while the music is made."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.said: list[str] = []
        self._meanwhile = meanwhile

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def advance(self, progress: Progress) -> None:
        if progress.stage is Stage.GENERATE:
            self._meanwhile()


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "TMPDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setattr("tempfile.tempdir", None)


@pytest.fixture
def edit(tmp_path: Path) -> Path:
    (tmp_path / "film").mkdir()
    return write_edit(tmp_path / "film" / "edit.otio", [24, 30, 20])


def score(edit: Path, watcher: Watcher | None = None, core: ScriptedCore | None = None, **options: object) -> Outcome:
    host = FileHost(edit, FileHostOptions(**options))  # type: ignore[arg-type]
    core = core or ScriptedCore([step(Stage.GENERATE, 1, 2)])
    return ScoringSession(host, watcher or Watcher(), lambda: contextlib.nullcontext(core)).run()


def check_kept(error: pytest.ExceptionInfo[Exception]) -> Path:
    """The folder that a message names, once everything that is needed lies there."""
    kept = Path(str(error.value.message).rpartition("The music is kept in ")[2].rstrip("."))  # type: ignore[attr-defined]
    assert (kept / "mix.wav").read_bytes().startswith(b"RIFF")
    assert loads(ScoreResult, (kept / "result.json").read_bytes()).files[0].name == "mix.wav"
    assert loads(ScoreRequest, (kept / "request.json").read_bytes()).sheet.duration_frames == 74
    return kept


@pytest.mark.parametrize("accident", ["gone", "damaged", "re-cut"])
def test_in_place_is_beside_where_the_timeline_is_another(edit: Path, accident: str) -> None:
    def happen() -> None:
        match accident:
            case "gone":
                edit.unlink()
            case "damaged":
                edit.write_text("{")
            case "re-cut":
                write_edit(edit, [24, 50])

    outcome = score(edit, Watcher(happen), in_place=True)
    assert outcome.placement.timeline == edit.parent / "edit.vem" / "edit.scored.otio"
    assert outcome.placement.audio.is_file()
    assert edit.exists() == (accident != "gone")


def test_a_folder_that_vanished_is_not_made_again_and_the_music_is_kept_elsewhere(edit: Path, tmp_path: Path) -> None:
    away = tmp_path / "unmounted"
    with pytest.raises(OutputError, match="is gone") as caught:
        score(edit, Watcher(lambda: edit.parent.rename(away)))
    assert check_kept(caught).is_relative_to(tmp_path / "XDG_DATA_HOME")
    assert not edit.parent.exists()
    assert [path.name for path in away.iterdir()] == ["edit.otio"]


def test_a_folder_that_vanished_before_anything_was_made_is_said_to_be_gone(edit: Path, tmp_path: Path) -> None:
    host = FileHost(edit)
    host.read_timeline()
    edit.parent.rename(tmp_path / "unmounted")
    with pytest.raises(OutputError, match="is gone"):
        host.check_output()
    assert not edit.parent.exists()


def test_trying_a_folder_leaves_nothing_of_it(tmp_path: Path) -> None:
    atomic.check_writable(tmp_path / "a" / "b" / "c")
    assert not (tmp_path / "a").exists()


def test_a_full_disk_keeps_the_music_that_lies_on_it_beside_the_timeline(
    edit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping.shutil, "copyfile", _fail(OSError(errno.ENOSPC, "No space left on device")))
    monkeypatch.setattr(writing, "write_broadcast_wave", _fail(OutputError("The disk is full.")))
    with pytest.raises(OutputError, match=r"The disk is full\. The music is kept in") as caught:
        score(edit)
    assert check_kept(caught).is_relative_to(edit.parent)


def test_music_moves_to_the_timeline_and_back_where_it_cannot_be_placed(
    edit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = keeping.scratch_place()
    beside: list[list[Path]] = []

    def refuse(*_: object, **__: object) -> None:
        beside.append([*scratch.rglob("*.wav")])
        assert len([*edit.parent.rglob("*.wav")]) == 1
        raise OutputError("The timeline cannot be written.")

    with monkeypatch.context() as patch:
        patch.setattr(FileHost, "_placed", refuse)
        with pytest.raises(OutputError, match=r"cannot be written\. The music is kept in") as caught:
            score(edit)
    assert beside == [[]]
    kept = check_kept(caught)
    assert [*edit.parent.rglob("*.wav")] == [kept / "mix.wav"]
    assert main(["takes", str(edit), "--place", str(kept)]) == 0
    assert len([*edit.parent.rglob("*-take1.wav")]) == 1


def test_a_full_disk_keeps_music_of_another_where_there_is_room(
    edit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "on_one_disk", lambda path, other: False)
    copy = keeping.shutil.copyfile

    def full(source: Path, target: Path) -> None:
        if target.is_relative_to(edit.parent):
            raise OSError(errno.ENOSPC, "No space left on device")
        copy(source, target)

    monkeypatch.setattr(keeping.shutil, "copyfile", full)
    monkeypatch.setattr(writing, "write_broadcast_wave", _fail(OutputError("The disk is full.")))
    with pytest.raises(OutputError, match=r"The disk is full\. The music is kept in") as caught:
        score(edit)
    assert check_kept(caught).is_relative_to(tmp_path / "XDG_DATA_HOME")
    assert not list(edit.parent.rglob("*.partial*")) + list(edit.parent.rglob(".kept*"))


@pytest.mark.parametrize(
    ("error", "raised"), [(OutputError("No."), OutputError), (ZeroDivisionError("a bug"), InternalError)]
)
def test_music_that_cannot_be_placed_is_kept_beside_the_takes(
    edit: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, raised: type[Exception]
) -> None:
    for number in (1, 2):
        with monkeypatch.context() as patch:
            patch.setattr(FileHost, "place", _fail(type(error)(*error.args)))
            with pytest.raises(raised) as caught:
                score(edit)
        assert check_kept(caught) == edit.parent / "edit.vem" / f"kept-{number}"
    assert score(edit).placement.audio.name == "edit-take1.wav"


def test_music_that_no_place_takes_stays_where_it_is(
    edit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileHost, "place", _fail(OutputError("No.")))
    monkeypatch.setattr(keeping, "_put", _fail(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(OutputError) as caught:
        score(edit)
    kept = Path(caught.value.message.rpartition("kept in ")[2].rstrip("."))
    assert (kept / "mix.wav").is_file()
    assert kept.parent == keeping.scratch_place()


def test_a_format_that_cannot_be_written_is_known_before_the_music_is_made(
    edit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = ScriptedCore()
    monkeypatch.setattr(trial, "write_timeline", _fail(OutputError("This timeline cannot be written.")))
    with pytest.raises(OutputError, match="cannot be written"):
        score(edit, core=core, timeline_suffix=".fcpxml")
    assert core.calls == []
    assert [path.name for path in edit.parent.iterdir()] == ["edit.otio"]


@pytest.mark.parametrize("suffix", [".fcpxml", ".xml"])
def test_the_trial_passes_what_can_be_written(edit: Path, suffix: str) -> None:
    timeline = score(edit, timeline_suffix=suffix).placement.timeline
    assert timeline is not None
    assert timeline.name == f"edit.scored{suffix}"


def test_ctrl_c_while_it_is_placed_comes_after_it_and_says_so(edit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = FileHost.place

    def interrupted(self: FileHost, take: writing.Take) -> object:
        os.kill(os.getpid(), signal.SIGINT)
        return place(self, take)

    monkeypatch.setattr(FileHost, "place", interrupted)
    watcher = Watcher()
    with pytest.raises(KeyboardInterrupt), asked_as_interrupted():
        score(edit, watcher)
    audio = edit.parent / "edit.vem" / "edit-take1.wav"
    assert audio.is_file()
    assert (audio.parent / "edit.scored.otio").is_file()
    assert watcher.said[-1] == f"The music is placed: {audio}"


def test_a_preview_is_never_written_over_what_is_read(edit: Path) -> None:
    outcome = score(edit)
    host = FileHost(edit)
    before = edit.read_bytes()
    with pytest.raises(OutputError, match="is read here"):
        host.write_preview(outcome.sheet, outcome.placement, edit)
    assert edit.read_bytes() == before


def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_writes_is_not(
    tmp_path: Path,
) -> None:
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    with replacing(tmp_path / "living.wav") as living:
        left = living.with_name(living.name.replace(f"-{os.getpid()}.", f"-{killed.pid}."))
        foreign = left.with_name(left.name.replace(f".{atomic._machine()}-", ".000000-"))
        for path in (left, foreign):
            path.write_bytes(b"half a take")
        sweep(tmp_path)
        assert not left.exists()
        assert living.exists()
        assert foreign.exists()


def test_scratch_of_a_killed_program_is_removed() -> None:
    script = (
        "import os, pathlib\nfrom vem_plugin.takes import keeping\n"
        f"keeping.scratch_place = lambda: pathlib.Path({str(keeping.scratch_place())!r})\n"
        "with keeping.scratch_folder() as scratch:\n"
        "    print(scratch.folder, flush=True)\n    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    left = Path(done.stdout.strip())
    assert left.is_dir()
    with keeping.scratch_folder() as own, keeping.scratch_folder() as other:
        assert not left.exists()
        assert own.folder.is_dir()
        assert other.folder.is_dir()
    assert not own.folder.exists()


# Kept music is placed after all


@pytest.fixture
def kept(edit: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with monkeypatch.context() as patch:
        patch.setattr(FileHost, "place", _fail(OutputError("The disk is full.", hint="Make room.")))
        with pytest.raises(OutputError) as caught:
            score(edit)
    folder = check_kept(caught)
    assert caught.value.hint == f"Make room. This places it later: vem takes TIMELINE --place {folder}"
    return folder


def test_kept_music_is_placed_by_the_command_that_the_message_names(edit: Path, kept: Path) -> None:
    assert main(["takes", str(edit), "--place", str(kept)]) == 0
    host = FileHost(edit)
    earlier = host.earlier_score()
    assert earlier is not None
    assert isinstance(earlier.take, PlacedTake)
    assert earlier.take.result == loads(ScoreResult, (kept / "result.json").read_bytes())
    assert earlier.sounds["mix"] == edit.parent / "edit.vem" / "edit-take1.wav"
    assert (edit.parent / "edit.vem" / "edit.scored.otio").is_file()


def test_kept_music_of_a_range_goes_where_it_was_made_for(edit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(FileHost, "place", _fail(OutputError("No.")))
        core = ScriptedCore([step(Stage.GENERATE, 1, 2)])
        with pytest.raises(OutputError):
            ScoringSession(FileHost(edit), Watcher(), lambda: contextlib.nullcontext(core)).run(
                Order(span=FrameRange(24, 54))
            )
    assert main(["takes", str(edit), "--place", str(edit.parent / "edit.vem" / "kept-1"), "--json"]) == 0
    assert FileHost(edit).earlier_score(24) is not None


def test_kept_music_for_other_cuts_is_placed_and_that_is_said(
    edit: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_edit(edit, [30, 24, 20])
    assert main(["takes", str(edit), "--place", str(kept)]) == 0
    assert "The timeline was re-cut since" in capsys.readouterr().err


def _swap(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-4] + b"\1\2\3\4")


def _link(file: Path) -> None:
    away = file.parent.parent / "secret.wav"
    file.rename(away)
    file.symlink_to(away)


def _say_elsewhere(file: Path) -> None:
    result = file.with_name("result.json")
    result.write_text(result.read_text().replace('"mix.wav"', '"../mix.wav"'))


def _ask_otherwise(file: Path) -> None:
    request = file.with_name("request.json")
    request.write_text(request.read_text().replace('"seed":', '"seed":1', 1))


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _unknown_field(file: Path) -> None:
    result = file.with_name("result.json")
    result.write_text('{"path": "/etc/passwd", ' + result.read_text()[1:])


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_swap, "is not the file that was kept"),
        (_link, "does not lie in it"),
        (_say_elsewhere, "does not lie in it"),
        (_ask_otherwise, "holds the music of another request"),
        (_pipe, "it is a pipe"),
        (_unknown_field, "is damaged, or of another version"),
        (lambda file: file.unlink(), "mix.wav cannot be read"),
        (lambda file: file.with_name("request.json").write_text("{"), "request.json is damaged"),
        (lambda file: file.with_name("request.json").unlink(), "request.json cannot be read"),
    ],
)
def test_what_was_changed_since_is_not_placed(
    edit: Path, kept: Path, harm: Callable[[Path], object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(kept / "mix.wav")
    assert main(["takes", str(edit), "--place", str(kept)]) == 3
    assert said in capsys.readouterr().err
    assert not list((edit.parent / "edit.vem").glob("edit*"))


@pytest.mark.parametrize(
    ("lengths", "rate", "said"), [((24, 20), 24, "covers frames 0 to 74"), ((24, 30, 20), 25, "at 24")]
)
def test_music_that_does_not_fit_is_not_placed(
    edit: Path, kept: Path, lengths: tuple[int, ...], rate: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_edit(edit, lengths, rate=Fraction(rate))
    assert main(["takes", str(edit), "--place", str(kept)]) == 3
    assert said in capsys.readouterr().err


def _fail(error: BaseException) -> Callable[..., None]:
    def fail(*arguments: object, **options: object) -> None:
        raise error

    return fail
