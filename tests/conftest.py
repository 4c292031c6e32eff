"""Guards that every test runs under: no error goes unlogged-for, nothing leaves the machine, a clean environment."""

from __future__ import annotations

import functools
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt starts, or the interpreter aborts
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["VEM_SOUNDFONTS"] = ""  # what this machine has installed changes no sound
# Threads of torch's and numpy's that have nothing to do sleep at once. They would spin while they wait, and several
# processes that share the cores would spend most of their time on that. Before either is imported, or it is not heard.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")  # the least: 2 to the power of 4 cycles
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell does for what it starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # or the programs that tests interrupt would not hear it
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # as under nohup
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

import hypothesis
import pytest

# How long an example takes depends on what else the machine does, and is no finding.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")

LONGEST_FIRST = (
    *("core/corpus/test_building", "host/cli/test_score_end_to_end", "core/pipeline/test_own_music"),
    *("host/cli/test_delivery_end_to_end", "core/pipeline/test_marks", "core/composer/test_composition"),
    *("host/scoring/test_variants", "core/training/test_all_stages", "host/client/test_supervised_core"),
    *("core/refit/test_refit_sound", "host/sound/test_temp_track", "core/server/test_service_faults"),
    *("core/speech/test_room", "core/backbones/test_backbones", "core/cues/test_cues"),
    *("host/scoring/test_own_music", "core/training/test_encoding", "core/composer/test_melody"),
    *("core/rhythm/test_planner", "core/server/test_service_fuzz", "core/corpus/test_recorded_videos"),
)
"""Files that take longest: one that came last would keep a single worker busy, since a file is not divided."""

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; all others, and the tests of a file, as they were found."""
    here = Path(__file__).parent
    places = {here / f"{name}.py": place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session")
def real_timelines() -> Path:
    """The folder of timelines that real editors wrote; skips where it is absent (they are not ours to commit)."""
    folder = SHARED / "timelines"
    if not folder.is_dir():
        pytest.skip("the folder of real timelines is not here")
    return folder


@pytest.fixture(scope="session")
def real_media() -> Path:
    """The folder of real footage; skips where it is absent."""
    folder = SHARED / "media"
    if not folder.is_dir():
        pytest.skip("the folder of real footage is not here")
    return folder


@pytest.fixture
def own_core(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A core that the test starts is its own: it neither finds nor disturbs one that runs for this user already."""
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        folder = tmp_path_factory.mktemp("core")
        folder.chmod(0o700)
        monkeypatch.setenv(name, str(folder))


_OWN_FOLDERS = (("vem_plugin.takes.uses", "register_folder"), ("vem_plugin.takes.keeping", "scratch_place"))


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which timelines play which takes, and music on its way to a timeline, lie in folders of the test's own.

    They are made when they are asked for: two for each of ten thousand tests take minutes.
    """
    for module, place in _OWN_FOLDERS:
        if module in sys.modules:
            monkeypatch.setattr(
                sys.modules[module], place, functools.cache(functools.partial(tmp_path_factory.mktemp, place))
            )


@pytest.fixture(autouse=True)
def no_error_logged(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """A test fails if anything logged an ERROR, unless it is marked `logs_errors`."""
    yield
    if request.node.get_closest_marker("logs_errors") is None:
        errors = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
        assert not errors, [record.getMessage() for record in errors]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only loopback addresses can be connected to."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address!r}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)
