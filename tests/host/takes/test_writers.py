"""Several writers in one folder: every take has a number of its own, and nobody takes anything away from another."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from filelock import FileLock

from fakes.takes import make_sheet, make_take
from vem_core.contract.codec import loads
from vem_core.contract.errors import OutputError
from vem_plugin.placement.broadcast_wave import sound_sha256
from vem_plugin.placement.state import PlacedTake
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.reserving import next_number, reserved_number, takes_in_the_making
from vem_plugin.takes.writing import written_take

WRITER = Path(__file__).resolve().parents[2] / "fakes" / "take_writer.py"
TAKES = 5


def write_at_once(folder: Path, made: Path, seeds: range, *, failing: int = 0) -> list[tuple[int, int]]:
    """Have a process a seed write takes, all at the same time, and some that fail; (take, seed) of each written."""
    plans = [(seed, "") for seed in seeds] + [(90 + number, "fail") for number in range(failing)]
    processes = [
        subprocess.Popen(
            [sys.executable, WRITER, folder, made / str(seed), str(TAKES), str(seed), *([fail] if fail else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed, fail in plans
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    printed = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return [tuple(map(int, line.split())) for text in printed for line in text.splitlines()]  # type: ignore[misc]


def test_four_writers_and_one_that_fails_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "film.vem"
    written = write_at_once(folder, tmp_path, range(4), failing=1)
    assert len(written) == 4 * TAKES
    assert max(Counter(take for take, _ in written).values()) == 1
    names = OutputNames(folder, "film")
    for number, seed in written:
        placed = loads(PlacedTake, names.score(number).read_bytes())
        assert (placed.take, placed.result.seed) == (number, seed)
        assert sound_sha256(names.audio(number)) == placed.result.files[0].sha256
        assert (folder / f"film-take{number}-stems" / "drums.wav").is_file()
    kept = {number for number, _ in written}
    assert {names.number_of(path.name) for path in folder.iterdir()} == kept
    assert not list(folder.glob(".*"))


def test_a_failing_take_removes_only_its_own_files(tmp_path: Path) -> None:
    names = OutputNames(tmp_path / "film.vem", "film")
    names.folder.mkdir()
    stranger = names.folder / "film-take1-cover.jpg"
    stranger.write_bytes(b"mine")
    take = make_take(make_sheet(6, 6), tmp_path / "made", extras=True)
    numbers = []
    with contextlib.suppress(RuntimeError), written_take(take, names) as written:
        numbers.append(written.placed.take)
        raise RuntimeError
    assert numbers == [2]
    assert [path.name for path in names.folder.iterdir()] == ["film-take1-cover.jpg"]


def test_a_number_is_free_again_after_a_failure_and_held_by_what_a_killed_writer_left(tmp_path: Path) -> None:
    names = OutputNames(tmp_path, "film")
    with contextlib.suppress(RuntimeError), reserved_number(names) as number:
        assert (number, takes_in_the_making(names)) == (1, (1,))
        raise RuntimeError
    assert next_number(names) == 1
    names.reservation(1).touch()
    assert takes_in_the_making(names) == ()
    with reserved_number(names) as number, reserved_number(names) as another:
        assert (number, another) == (2, 3)
        assert takes_in_the_making(names) == (2, 3)
    assert [path.name for path in tmp_path.iterdir()] == [names.reservation(1).name]


def test_numbers_no_file_could_have_are_no_takes(tmp_path: Path) -> None:
    names = OutputNames(tmp_path, "film")
    for name in (
        "film-take" + "9" * 200 + ".wav",
        "film-takeX.wav",
        "other-take7.wav",
        "film-take3",
        "film-take12.json",
    ):
        (tmp_path / name).touch()
    assert next_number(names) == 13
    assert [names.number_of(name) for name in ("film-take3-stems", "film-take31.wav", "film-take3.wav")] == [3, 31, 3]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder that may not be written to")
def test_a_folder_that_may_not_be_written_to_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="may not write"), reserved_number(OutputNames(tmp_path, "film")):
            pass
    finally:
        tmp_path.chmod(0o700)


def test_a_lock_that_somebody_holds_is_a_take_in_the_making(tmp_path: Path) -> None:
    names = OutputNames(tmp_path, "film")
    with FileLock(names.reservation(4)):
        assert takes_in_the_making(names) == (4,)
