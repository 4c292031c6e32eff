"""`vem watch` and `vem batch`, with a real core."""

from __future__ import annotations

import argparse
import csv
import io
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fakes.edits import write_edit
from fakes.takes import make_take
from vem_core.contract.errors import InputError, OutputError
from vem_core.contract.tasks import Workers
from vem_plugin.commands import batch, watch
from vem_plugin.files.spreadsheet import as_csv
from vem_plugin.hosts.base import Placement
from vem_plugin.hosts.file import FileHost, FileHostOptions

pytestmark = pytest.mark.usefixtures("warm_core")


def arguments(command: object, *words: str | Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)  # type: ignore[attr-defined]
    return parser.parse_args([str(word) for word in words])


def test_timelines_are_found_and_our_own_files_are_not(tmp_path: Path) -> None:
    for name in ("b.otio", "a.EDL", "a.scored.otio", ".hidden.otio", "c.backup-1.otio", "notes.txt", "b.vem/b.otio",
                 "reel/d.fcpxml"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert [path.name for path in batch.find_timelines(tmp_path)] == ["a.EDL", "b.otio"]
    assert [path.name for path in batch.find_timelines(tmp_path, recursive=True)] == ["a.EDL", "b.otio", "d.fcpxml"]
    with pytest.raises(InputError, match="cannot be read"):
        batch.find_timelines(tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no timeline"):
        batch.find_timelines(tmp_path / "empty")


def test_a_folder_is_scored_with_a_summary_and_failures_do_not_stop_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_edit(tmp_path / "one.otio", (40, 60))
    write_edit(tmp_path / "two.otio", (50, 30, 40))
    (tmp_path / "damaged.otio").write_text("{")
    table = tmp_path / "summary.csv"
    status = batch.COMMAND.run(arguments(batch.COMMAND, tmp_path, "--style", "ambient", "--csv", table))
    assert status == 3
    printed = capsys.readouterr().out
    assert "2 of 3 timelines scored." in printed
    rows = {row[0]: row for row in csv.reader(table.read_text().splitlines())}
    assert rows["two.otio"][1] == "2"
    assert Path(rows["one.otio"][6]).is_file()
    assert rows["damaged.otio"][6].startswith("failed: ")


def test_takes_that_would_lie_among_anothers_are_refused(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.edl", "A.otio", "b.otio", "reel/a.otio")]
    assert batch.find_collisions(paths, None) == {}  # A.vem and a.vem are two folders here
    assert batch.find_collisions([tmp_path / "a.edl", tmp_path / "a.otio"], None) == {
        tmp_path / "a.otio": tmp_path / "a.edl"
    }
    assert batch.find_collisions(paths, tmp_path / "out") == {paths[1]: paths[0], paths[3]: paths[0]}


def test_a_batch_says_which_name_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.otio", "a.edl"):
        (tmp_path / name).write_text("{")
    assert batch.COMMAND.run(arguments(batch.COMMAND, tmp_path)) == 3
    assert "failed: Its takes would lie among those of a.edl." in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["input", "folder", "pipe", "nowhere"])
def test_where_the_summary_goes_is_checked_before_anything_is_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    edit = write_edit(tmp_path / "one.otio", (40, 60))
    target = tmp_path / "one.csv"
    match kind:
        case "input":
            target = edit
        case "folder":
            target.mkdir()
        case "pipe":
            os.mkfifo(target)
        case "nowhere":
            edit.with_name("file").touch()
            target = edit.with_name("file") / "one.csv"
    before = edit.read_bytes()
    monkeypatch.setattr(batch, "_score", lambda *words: pytest.fail("it was scored"))
    with pytest.raises(OutputError):
        batch.COMMAND.run(arguments(batch.COMMAND, tmp_path, "--csv", target))
    assert edit.read_bytes() == before


def test_a_batch_that_is_stopped_tells_what_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one.otio", "two.otio"):
        write_edit(tmp_path / name, (40, 60))
    told = iter([(batch.Row("one.otio", "1", outcome="=1+1"), 0)])

    def score(*words: object) -> tuple[batch.Row, int]:
        row = next(told, None)
        if row is None:
            raise KeyboardInterrupt
        return row

    monkeypatch.setattr(batch, "_score", score)
    with pytest.raises(KeyboardInterrupt):
        batch.COMMAND.run(arguments(batch.COMMAND, tmp_path, "--csv", tmp_path / "done.csv"))
    assert "1 of 1 timelines scored." in capsys.readouterr().out
    assert (tmp_path / "done.csv").read_text().splitlines()[1] == "one.otio,1,,,,,'=1+1"


def test_what_a_spreadsheet_would_run_is_text() -> None:
    cells = (
        "=cmd|' /C calc'!A0",
        "+1+1",
        "@SUM(A1)",
        "-2+3",
        " =1+1",
        "\t=1",
        "-14.2",
        "-",
        "+5",
        "12%",
        "a,b\n=1",
        "",
    )
    (read,) = csv.reader(io.StringIO(as_csv([cells]), newline=""))
    assert read == ["'=cmd|' /C calc'!A0", "'+1+1", "'@SUM(A1)", "'-2+3", "' =1+1", "'\t=1", "-14.2", "-", "+5", "12%",
                    "a,b\n=1", ""]  # fmt: skip


def test_names_in_a_batch_cannot_fake_lines_of_it(tmp_path: Path) -> None:
    assert batch.as_table([batch.Row("a\nb.otio", "1")]).splitlines()[1].startswith("a b.otio")


def test_watching_scores_now_and_after_each_save(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit = write_edit(tmp_path / "edit.otio", (40, 60))
    stale = time.time() - 60
    os.utime(edit, (stale, stale))
    takes = tmp_path / "edit.vem"

    def save_again() -> None:
        deadline = time.monotonic() + 120
        while not (takes / "edit.scored.otio").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        edit.write_text("{")  # the editor is not done writing
        time.sleep(watch.QUIET_S * 2)
        write_edit(edit, (40, 90))

    editor = threading.Thread(target=save_again)
    editor.start()
    try:
        assert watch.COMMAND.run(arguments(watch.COMMAND, edit, "--style", "ambient", "--times", "2")) == 0
    finally:
        editor.join()
    assert (takes / "edit-take2.wav").is_file()
    assert "Waiting for the next save" in capsys.readouterr().err


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "later.otio"
    assert watch.stamp_of(path) is None
    timer = threading.Timer(0.2, lambda: write_edit(path, (24, 24)))
    timer.start()
    assert watch.wait_for_save(path, None) == watch.stamp_of(path)
    timer.join()


def test_a_save_made_while_scoring_in_place_is_scored_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the scoring itself wrote is no save; what the editor saved meanwhile, or right after, is."""
    edit = write_edit(tmp_path / "edit.otio", (40, 60))
    monkeypatch.setattr(watch, "QUIET_S", 0.0)
    monkeypatch.setattr(watch, "POLL_S", 0.01)
    seen: list[tuple[int, ...]] = []
    saves = iter([(40, 61), (40, 62), None, (40, 63)])

    def score_once() -> Placement:
        host = FileHost(edit, FileHostOptions(in_place=True))
        sheet = host.read_timeline().sheet
        seen.append(tuple(shot.duration_frames for shot in sheet.shots))
        take = make_take(sheet, tmp_path / f"made {len(seen)}", seed=len(seen))
        save = next(saves)
        if len(seen) == 1 and save:
            write_edit(edit, save)  # while the music was made
        placement = host.place(take)
        if len(seen) > 1 and save:
            write_edit(edit, save)  # right after it was placed
        if save is None:
            threading.Timer(0.3, lambda: write_edit(edit, (40, 64))).start()
        return placement

    watch.watch(edit, score_once, times=4)
    assert seen == [(40, 60), (40, 61), (40, 62), (40, 64)]


@pytest.mark.slow
def test_workers_score_the_same_music(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = []
    for name, options in (("alone", ()), ("shared", ("--workers", "2"))):
        folder = tmp_path / name
        folder.mkdir()
        for number in range(3):
            write_edit(folder / f"{number}.otio", (40, 60 + number))
        (folder / "damaged.otio").write_text("{")
        assert batch.COMMAND.run(arguments(batch.COMMAND, folder, "--style", "ambient", "--seed", "3", *options)) == 3
        said = capsys.readouterr()
        assert "3 of 4 timelines scored." in said.out
        assert "[4 of 4] damaged.otio" in said.err
        made.append([soundfile.read(path)[0] for path in sorted(folder.rglob("*.wav"))])  # a head says when
    assert len(made[0]) == 3
    assert all(np.array_equal(alone, shared) for alone, shared in zip(*made, strict=True))


@pytest.mark.slow
def test_a_cluster_scores_a_folder_though_a_machine_of_it_is_lost(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs the extra `cluster`")
    from ray.cluster_utils import Cluster

    for number in range(5):
        write_edit(tmp_path / f"{number}.otio", (40, 60 + number))
    asked = arguments(batch.COMMAND, tmp_path, "--style", "ambient", "--seed", "3")
    jobs = [batch.Job(path, None, asked) for path in batch.find_timelines(tmp_path)]
    small = {"num_cpus": 1, "object_store_memory": 100 << 20}
    cluster = Cluster(initialize_head=True, head_node_args={**small, "include_dashboard": False})
    try:
        other = cluster.add_node(**small)
        results = batch._score_by(Workers(ray_address=cluster.address), jobs)
        rows = [next(results)[0]]
        cluster.remove_node(other)
        rows += [row for row, _ in results]
    finally:
        cluster.shutdown()
    assert [row.timeline for row in rows] == [f"{number}.otio" for number in range(5)]
    assert all(row.cuts == "1" and Path(row.outcome).is_file() for row in rows)
