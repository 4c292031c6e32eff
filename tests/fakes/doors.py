"""Every door to scoring, driven alike: the same edit, the same wishes, the same core behind them.

A door is a function that scores an `Edit` (of the fake Resolve, written as a file for the doors that read files) in a
folder, with the wishes of a `Run`, and raises what went wrong. To add a door, write such a function and put it into
`DOORS`: `tests/host/scoring/test_every_door.py` then drives all scenarios through it.

The panel's door belongs into `tests/ui`, where Qt may be imported: `DOORS["panel"] = score_in_the_panel`, and the same
parametrised test over it.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from fakes.fake_resolve import FakeStudio
from fakes.resolve_export import exported
from fakes.resolve_project import Edit
from fakes.takes import make_take, write_wav24
from vem_core.contract.brief import MusicBrief
from vem_core.contract.codec import dumps
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import GenerationError
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.time import sample_of_frame
from vem_core.direction import direct
from vem_plugin.client import session
from vem_plugin.placement.broadcast_wave import read_wave, sound_sha256
from vem_plugin.takes import writing

NAME = "film"


@dataclass(frozen=True)
class Run:
    """One scoring: wishes by the names of `Wishes`, and what else a door can be told."""

    wishes: Mapping[str, Any] = field(default_factory=dict)
    span: tuple[str, str] | None = None
    temp_track: str = "leave"
    afresh: bool = False


@dataclass
class RecordingCore:
    """Delivers noise that the request alone decides, and remembers what it was asked, word for word."""

    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)  # requests, and hashes of what came along
    fails: bool = False
    heard: TempTrack | None = None  # on a temp track

    def listen(self, sheet: CutSheet, sound: bytes, name: str, on_progress: object) -> TempTrack:
        """What the test says is heard on a temp track."""
        assert self.heard is not None
        return self.heard

    def outlook(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: object) -> RecutOutlook:
        """Nothing is foreseen: no door sends what another does not because of it."""
        return RecutOutlook(None, 0, 0.0)

    def brief(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: object) -> MusicBrief:
        """What the director says: the panel asks what words mean while they are written."""
        return direct(request, attachments)

    def score(
        self,
        request: ScoreRequest,
        attachments: Mapping[str, bytes],
        folder: Path,
        on_progress: object,
        job: str | None = None,
    ) -> ScoreResult:
        """The score of a request. Raises GenerationError where it shall fail, with files half written."""
        came = tuple(sorted(hashlib.sha256(attachments[name]).hexdigest() for name in attachments))
        self.asked.append((dumps(request), came))
        result = make_take(request.sheet, folder, seed=request.seed, extras=request.delivery.stems).result
        delivery = request.delivery
        frames = request.sheet.duration_frames + delivery.handle_before_frames + delivery.handle_after_frames
        write_wav24(folder / "mix.wav", sample_of_frame(frames, request.sheet.rate), request.seed)
        if self.fails:
            raise GenerationError("The music cannot be made.")
        return result


@contextlib.contextmanager
def lent(core: RecordingCore, heard: TempTrack | None = None) -> Iterator[None]:
    """Every door gets this core, and hears this on a temp track. It is always the same moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "local_time", lambda: datetime.datetime(2026, 3, 1, 12, 30, 5))
        patch.setattr(session, "core_session", lambda *args, **kwargs: contextlib.nullcontext(core))
        if heard is not None:
            core.heard = heard
            patch.setattr("vem_plugin.sound.temp_track.heard_lane", lambda *args: b"RIFF")
        yield


def write_file(edit: Edit, folder: Path) -> Path:
    """The edit as the file that an editor saves."""
    made = exported(edit)
    made.name = edit.name
    made.metadata["Resolve_OTIO"] = {"Resolve OTIO Meta Version": "1.0"}
    path = folder / f"{edit.name}.otio"
    otio.adapters.write_to_file(made, str(path))
    return path


def takes_of(folder: Path) -> dict[str, str]:
    """The files of the takes below a folder with the hashes of what they hold.

    Of what states the hour only the name counts, and of a WAV what it says of itself and its music: Resolve wants whole
    frames, and gets silence after it.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        number = path.name.startswith(f"{NAME}-take") or path.parent.name.startswith(f"{NAME}-take")
        if path.is_file() and number:
            name = path.name if path.parent.name.endswith(".vem") else f"{path.parent.name}/{path.name}"
            found[name] = _digest(path)
    return found


def _digest(path: Path) -> str:
    if path.name.endswith("-rights.txt"):
        return ""
    if path.suffix != ".wav":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    wave = read_wave(path)
    is_stem = path.parent.name.endswith("-stems")
    take = path.parent.name.removesuffix("-stems") if is_stem else path.stem
    state = path.parents[1 if is_stem else 0] / f"{take}.json"
    samples = json.loads(state.read_bytes())["result"]["plan"]["duration_samples"]
    return f"{wave.extension} {sound_sha256(path, min(samples, wave.samples))}"


def by_score(edit: Edit, folder: Path, run: Run) -> None:
    """`vem score film.otio ...`"""
    _command("score", write_file(edit, folder), *_words(run), "--json")


def by_watch(edit: Edit, folder: Path, run: Run) -> None:
    """`vem watch film.otio --times 1 ...`; where it fails it would wait for the next save, and is stopped."""
    from vem_plugin.commands import watch

    class Stop(Exception):
        pass

    path, failed = write_file(edit, folder), []
    with pytest.MonkeyPatch.context() as patch:
        placed = watch._placed

        def once(score_once: Callable[[], Any]) -> Any:
            def remembered() -> Any:
                try:
                    return score_once()
                except Exception as error:
                    failed.append(error)
                    raise

            outcome = placed(remembered)
            if failed:
                raise Stop
            return outcome

        patch.setattr(watch, "_placed", once)
        patch.setattr(watch, "QUIET_S", 0.0)
        try:
            _command("watch", path, "--times", "1", *_words(run), "--json")
        except Stop:
            raise failed[0] from None


def by_batch(edit: Edit, folder: Path, run: Run) -> None:
    """`vem batch FOLDER ...`, which says what failed by its exit status."""
    write_file(edit, folder)
    if _command("batch", folder, *_words(run)) != 0:
        raise GenerationError("a timeline of the batch failed")


def by_resolve(edit: Edit, folder: Path, run: Run) -> None:
    """`vem resolve score ...` on the open timeline."""
    from vem_plugin.resolve import scripting

    takes = folder / f"{NAME}.vem"
    takes.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scripting, "connect", _studio(edit).connect)
        _command("resolve", "score", "--output", takes, *_words(run), "--json")


def by_hook(edit: Edit, folder: Path, run: Run) -> None:
    """What any OpenTimelineIO program does: read, and write with the hook's arguments."""
    from vem_plugin.otio_plugin.score_on_write import hook_function

    path = folder / f"{edit.name}.otio"
    before = otio.adapters.read_from_file(str(path)) if path.exists() else None
    timeline = otio.adapters.read_from_file(str(write_file(edit, folder)))
    if before is not None:  # a program that keeps what it does not know, as they should
        _with_lane_of(before, timeline)
    arguments: dict[str, Any] = {"vem_score": 1, "_filepath": str(path)}
    arguments |= {f"vem_{name}": value for name, value in run.wishes.items()}
    if run.span is not None:
        arguments |= {"vem_in": run.span[0], "vem_out": run.span[1]}
    arguments |= {"vem_temp_track": run.temp_track, "vem_afresh": int(run.afresh)}
    try:
        scored = hook_function(timeline, arguments)
    except otio.exceptions.OTIOError:
        if before is not None:
            otio.adapters.write_to_file(before, str(path))
        raise
    otio.adapters.write_to_file(scored, str(path))


def by_api(edit: Edit, folder: Path, run: Run) -> None:
    """`from vem_plugin import score`."""
    from vem_plugin import score

    span = run.span or (None, None)
    score(write_file(edit, folder), span=span, temp_track=run.temp_track, afresh=run.afresh, **run.wishes)


Door = Callable[[Edit, Path, Run], None]
DOORS: dict[str, Door] = {
    "score": by_score,
    "watch": by_watch,
    "batch": by_batch,
    "resolve": by_resolve,
    "hook": by_hook,
    "api": by_api,
}

_OPTIONS = {"prompt": "--prompt", "style": "--style", "seed": "--seed", "energy": "--energy", "room_depth_db": "--duck"}
_FLAGS = {"stems": "--stems", "midi": "--midi"}


@functools.cache
def _studios() -> dict[str, FakeStudio]:
    return {}


def _studio(edit: Edit) -> FakeStudio:
    """The same Resolve for all runs of an edit: its media pool remembers the takes."""
    return _studios().setdefault(edit.id, FakeStudio(edit))


def _words(run: Run) -> list[str]:
    words = [word for name, value in run.wishes.items() if name in _OPTIONS for word in (_OPTIONS[name], f"{value}")]
    words += [_FLAGS[name] for name in run.wishes if name in _FLAGS]
    assert all(name in _OPTIONS or name in _FLAGS for name in run.wishes)
    if run.span is not None:
        words += ["--in", run.span[0], "--out", run.span[1]]
    words += ["--temp-track", run.temp_track, *(["--afresh"] if run.afresh else [])]
    return words


def _command(name: str, *words: str | Path) -> int:
    from importlib import import_module

    command = import_module(f"vem_plugin.commands.{name}").COMMAND
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    status: int = command.run(parser.parse_args([str(word) for word in words]))
    return status


def _with_lane_of(before: otio.schema.Timeline, timeline: otio.schema.Timeline) -> None:
    from vem_plugin.placement.lane import find_lanes

    for lane in find_lanes(before):
        timeline.tracks.append(lane.deepcopy())
    timeline.metadata.update(before.metadata)
