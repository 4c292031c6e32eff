"""The fault matrix: what goes wrong at twenty instants of a run, and what is left afterwards.

    python benchmarks/faults.py                 every kind (about ten minutes on two cores)
    python benchmarks/faults.py --product       ... with music that is really made (about half an hour)
    python benchmarks/faults.py --only full-disk --instants 5
    python benchmarks/faults.py --json          the same as one JSON object

Each run is `vem score` of a short edit that has two takes already, in a folder of its own, on a real core whose worker
plays a tone instead of composing. The fault comes at an instant of the run; then the edit is scored once more.

kill-client   kill -9 of the command                          kill-core    kill -9 of the core
end-client    SIGTERM to the command                          stall-core   the core stands still for two seconds
full-disk     the disk of the edit is full                    read-only    ... can only be read
vanished      the folder of the edit is gone                  two-writers  another `vem score` of the same edit

After each: the exit status is a documented one, the edit and the earlier takes are byte for byte what they were, every
take that is there is whole, no partial file is left after the next run, no process and no scratch folder either, nobody
saw a traceback, and the next run succeeds. Finished music that was not placed lies where the message says.

Full and read-only disks are small ones of their own, which only an administrator can mount; without that right the
limit on the size of files and the folder's rights stand in for them.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from vem_plugin.cli import main as vem
from vem_plugin.client.address import read_session
from vem_plugin.client.core_process import LaunchOptions

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from fakes.edits import write_edit  # noqa: E402
from fakes.quick_core import COMMAND  # noqa: E402

LENGTHS_FRAMES = (7, 11, 6)  # a second: as long as the quick worker's music
WISHES = ("--model", "sketch", "--prompt", "steps=10 pause=0.03", "--afresh", "--relative-paths")

DOCUMENTED = frozenset({0, 2, 3, 4, 5, 6, 130})
DISK_BYTES = 16 * 1024 * 1024
PATIENCE_S = 180.0
_KEPT = re.compile(r"The music is kept in (.+)\.$", re.MULTILINE)


@dataclass
class Case:
    """One run with a fault in it."""

    folder: Path  # of the edit
    client: subprocess.Popen[str]
    core: int  # process number of the core that all share
    undo: Callable[[], None] = lambda: None
    other: subprocess.Popen[str] | None = None


@dataclass
class Findings:
    """What came of the runs of one kind."""

    runs: int = 0
    statuses: collections.Counter[int] = field(default_factory=collections.Counter)
    placed: int = 0  # by the run itself, fault or not
    kept: int = 0  # finished, not placed, and where the message said
    problems: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", choices=sorted(FAULTS), action="append")
    parser.add_argument("--instants", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--product", action="store_true", help="the product's own core and the model `sketch`")
    parser.add_argument("--as-vem", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.as_vem is not None:
        return _as_vem(arguments.as_vem)
    kinds = arguments.only or list(FAULTS)
    with tempfile.TemporaryDirectory(prefix="vem-faults-") as name, _own_surroundings(Path(name)):
        matrix = Matrix(Path(name), product=arguments.product)
        found = {kind: matrix.run(kind, arguments.instants) for kind in kinds}
        matrix.close()
    print(json.dumps({kind: vars(findings) for kind, findings in found.items()}) if arguments.json else _table(found))
    return 1 if any(findings.problems for findings in found.values()) else 0


class Matrix:
    """The runs, one after the other, on one core that is started again when a fault ended it."""

    def __init__(self, place: Path, *, product: bool) -> None:
        self._place = place
        self._product = product
        self._number = 0
        self._core: subprocess.Popen[bytes] | None = None
        self._scored = place / "scored"
        self._scored.mkdir()
        write_edit(self._scored / "edit.otio", LENGTHS_FRAMES)
        self.duration_s = self._first_takes()

    def close(self) -> None:
        if self._core is not None:
            self._core.terminate()
            self._core.wait()

    def run(self, kind: str, instants: int) -> Findings:
        findings, told = Findings(), 0
        for index in range(instants):
            self._run(kind, (index + 0.5) / instants, findings)
            sys.stderr.write(f"{kind} {index + 1}/{instants}: {len(findings.problems)} problems\n")
            sys.stderr.writelines(f"    {problem}\n" for problem in findings.problems[told:])
            told = len(findings.problems)
        return findings

    def _run(self, kind: str, instant: float, findings: Findings) -> None:
        with self._edit(own_disk=kind in ("full-disk", "read-only")) as folder:
            before = _hashes(folder)
            case = Case(folder, self._score(folder), self._core_pid())
            time.sleep(instant * self.duration_s)
            FAULTS[kind](case)
            if kind == "two-writers":
                case.other = self._score(folder)
            _, said = case.client.communicate(timeout=PATIENCE_S)
            if case.other is not None:
                case.other.communicate(timeout=PATIENCE_S)
            case.undo()
            told = [f"{kind} at {instant:.3f}: {problem}" for problem in _judge(case, said, before, findings)]
            self._core_pid()
            again = self._score(folder)
            _, last = again.communicate(timeout=PATIENCE_S)
            if again.returncode != 0:
                told.append(f"{kind} at {instant:.3f}: the next run ended with {again.returncode}: {last[-300:]}")
            told += [f"{kind} at {instant:.3f}: {left} was left" for left in _leftovers(folder, self._place)]
            findings.problems += told
            findings.runs += 1
            findings.statuses[case.client.returncode] += 1

    def _first_takes(self) -> float:
        """Score the edit that all runs begin with; how long that takes on a warm core."""
        self._core_pid()
        for _ in range(2):
            began_s = time.monotonic()
            first = self._score(self._scored)
            _, said = first.communicate(timeout=PATIENCE_S)
            assert first.returncode == 0, said
        return time.monotonic() - began_s

    def _score(self, folder: Path) -> subprocess.Popen[str]:
        start = ["-m", "vem_plugin"] if self._product else [str(Path(__file__).resolve()), "--as-vem"]
        command = [sys.executable, *start, "score", "edit.otio", *WISHES]
        return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    @contextlib.contextmanager
    def _edit(self, *, own_disk: bool) -> Iterator[Path]:
        """A folder with an edit that was scored once."""
        self._number += 1
        folder = self._place / f"film{self._number}"
        folder.mkdir()
        mounted = own_disk and _mount(folder)
        try:
            shutil.copytree(self._scored, folder, dirs_exist_ok=True)
            yield folder
        finally:
            if mounted:
                subprocess.run(["umount", "-l", str(folder)], check=True)
            shutil.rmtree(folder)

    def _core_pid(self) -> int:
        """The number of the shared core's process, started again where there is none."""
        session_file = Path(os.environ["XDG_RUNTIME_DIR"]) / "vem-score" / "core.json"
        if self._core is None or self._core.poll() is not None:
            deadline_s = time.monotonic() + PATIENCE_S
            command = [sys.executable, "-m", "vem_core.server"] if self._product else list(COMMAND)
            self._core = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while (session := read_session(session_file)) is None or session.pid != self._core.pid:
                if self._core.poll() is not None:  # one that a client started is still ending
                    self._core = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                assert time.monotonic() < deadline_s, "no core comes up"
                time.sleep(0.05)
        return self._core.pid


def _as_vem(words: list[str]) -> int:
    """`vem`, whose cores have the quick worker."""
    LaunchOptions.__init__.__defaults__ = (COMMAND, (), PATIENCE_S)  # type: ignore[misc]
    return vem(words)


def _kill_client(case: Case) -> None:
    case.client.kill()


def _end_client(case: Case) -> None:
    case.client.terminate()


def _kill_core(case: Case) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(case.core).kill()


def _stall_core(case: Case) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        core = psutil.Process(case.core)
        core.suspend()
        time.sleep(2.0)
        core.resume()


def _fill_disk(case: Case) -> None:
    if not os.path.ismount(case.folder):
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(case.client.pid, resource.RLIMIT_FSIZE, (0, 0))  # type: ignore[attr-defined]
        return
    filler = case.folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    case.undo = lambda: filler.unlink()


def _make_read_only(case: Case) -> None:
    if not os.path.ismount(case.folder):
        places = [case.folder, case.folder / "edit.vem"]
        for place in places:
            place.chmod(0o555)
        case.undo = lambda: [place.chmod(0o755) for place in places]  # type: ignore[assignment,return-value]
        return
    _remount(case.folder, "ro")
    case.undo = lambda: _remount(case.folder, "rw")


def _vanish(case: Case) -> None:
    away = case.folder.with_name(f"{case.folder.name}-away")
    case.folder.rename(away)

    def come_back() -> None:
        assert not case.folder.exists(), f"{case.folder} was made again"
        away.rename(case.folder)

    case.undo = come_back


def _nothing(case: Case) -> None:
    """The fault is another writer."""


FAULTS: dict[str, Callable[[Case], None]] = {
    "kill-client": _kill_client,
    "end-client": _end_client,
    "kill-core": _kill_core,
    "stall-core": _stall_core,
    "full-disk": _fill_disk,
    "read-only": _make_read_only,
    "vanished": _vanish,
    "two-writers": _nothing,
}


def _judge(case: Case, said: str, before: dict[str, str], findings: Findings) -> Iterator[str]:
    """What is wrong with what a run left."""
    status = case.client.returncode
    early = status == -signal.SIGTERM and not said  # before Python had begun to run the command
    if status not in DOCUMENTED and status != -signal.SIGKILL and not early:
        yield f"the exit status is {status}: {said[-300:]}"
    if "Traceback" in said or "nobody expected" in said:
        yield f"somebody saw this: {said[-500:]}"
    after = _hashes(case.folder)
    changed = [name for name in before if "scored" not in name and after.get(name) != before[name]]
    if changed:
        yield f"{', '.join(changed)} changed"
    takes = sorted(name for name in after if re.fullmatch(r"edit\.vem/edit-take\d+\.wav", name))
    findings.placed += len(takes) > 2
    if status == 0 and len(takes) < (4 if case.other is not None and case.other.returncode == 0 else 3):
        yield f"done, it said, and there are {takes}"
    for name in takes:
        if not _is_whole(case.folder / name):
            yield f"{name} is not whole"
    kept = _KEPT.search(said)
    if kept is not None:
        findings.kept += 1
        if not _is_whole(Path(kept[1]) / "mix.wav", least_samples=1):
            yield f"there is no music in {kept[1]}"
    if not _plays_what_is_there(case.folder):
        yield "the scored timeline plays what is not there"


def _is_whole(path: Path, least_samples: int = 48_000) -> bool:
    try:
        with wave.open(str(path), "rb") as file:
            return file.getnframes() >= least_samples and len(file.readframes(file.getnframes())) > 0
    except (OSError, EOFError, wave.Error):
        return False


def _plays_what_is_there(folder: Path) -> bool:
    scored = json.loads((folder / "edit.vem" / "edit.scored.otio").read_text(encoding="utf-8"))
    named = re.findall(r'"target_url": "([^"]*take\d+\.wav)"', json.dumps(scored))
    return bool(named) and all((folder / "edit.vem" / Path(url).name).is_file() for url in named)


def _leftovers(folder: Path, place: Path) -> Iterator[str]:
    """What should be gone after the run that follows a fault."""
    yield from (str(path) for path in folder.rglob("*.partial*"))
    scratch = Path(os.environ["TMPDIR"])
    for path in scratch.iterdir():
        if path.name != f"vem-score-{os.getuid()}" and "vem-scratch" in path.name and not (path / "mix.wav").exists():
            yield str(path)
    for process in psutil.process_iter(["ppid", "cmdline"]):
        words = " ".join(process.info["cmdline"] or ())
        if process.info["ppid"] == 1 and "vem_core.server" in words and _is_of(process, place):
            yield f"process {process.pid} ({words})"


def _is_of(process: psutil.Process, place: Path) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.environ().get("TMPDIR", "").startswith(str(place))
    return False


def _hashes(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "filler")
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _mount(folder: Path) -> bool:
    if os.getuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0


def _remount(folder: Path, how: str) -> None:
    for _ in range(200):  # a file that is open for writing is in the way
        if (
            subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=False, capture_output=True).returncode
            == 0
        ):
            return
        time.sleep(0.01)


@contextlib.contextmanager
def _own_surroundings(place: Path) -> Iterator[None]:
    """Every folder that the product uses, below one of ours."""
    before = dict(os.environ)
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TMPDIR"):
        (place / name).mkdir(mode=0o700)
        os.environ[name] = str(place / name)
    os.environ["VEM_TEST_MARKS"] = str(place)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _table(found: dict[str, Findings]) -> str:
    lines = [f"{'kind':<12} {'runs':>4} {'placed':>6} {'kept':>4} {'problems':>8}  exit statuses"]
    for kind, findings in found.items():
        statuses = ", ".join(f"{status} x {count}" for status, count in sorted(findings.statuses.items()))
        counts = (findings.runs, findings.placed, findings.kept, len(findings.problems))
        lines.append(f"{kind:<12} {counts[0]:>4} {counts[1]:>6} {counts[2]:>4} {counts[3]:>8}  {statuses}")
    lines += [problem for findings in found.values() for problem in findings.problems]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
