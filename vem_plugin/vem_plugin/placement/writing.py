"""Writing a take to disk: the Broadcast WAV, the score's JSON, stems and MIDI, and the timeline with the lane.

By default all lie in `NAME.vem` beside the timeline, takes numbered on, the timeline as `NAME.scored.otio`. Every file
appears whole or not at all, and a take that cannot be finished leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath

import opentimelineio as otio

from vem_core.contract.codec import to_json
from vem_core.contract.errors import AudioError, OutputError, TimelineError
from vem_core.contract.result import AudioFile
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_plugin.hosts.base import Take
from vem_plugin.placement.atomic import make_folder, replacing, write_bytes
from vem_plugin.placement.broadcast_wave import (
    BroadcastExtension,
    coding_history,
    read_wave,
    time_reference_samples,
    write_broadcast_wave,
)
from vem_plugin.placement.provenance import SUFFIX as RIGHTS_SUFFIX
from vem_plugin.placement.provenance import provenance_text
from vem_plugin.placement.state import PlacedTake
from vem_plugin.timeline.reading import read_timelines

FOLDER_SUFFIX = ".vem"
DELIVERED = "delivery:"
"""What stands before the role of a file in the form that was asked for, beside the 48 kHz WAV."""

DELIVERED_MIX = DELIVERED + "mix"
SCORED = ".scored"


@dataclass(frozen=True)
class OutputNames:
    """Where the files of a timeline's scores go."""

    folder: Path
    name: str  # the timeline's own, without endings

    @classmethod
    def beside(cls, timeline: Path, folder: Path | None = None) -> OutputNames:
        """The names for a timeline file; `folder` is the editor's choice. A scored timeline keeps its folder."""
        name = timeline.stem.removesuffix(SCORED)
        own = timeline.absolute().parent
        default = own if own.name == name + FOLDER_SUFFIX else own / (name + FOLDER_SUFFIX)
        return cls(default if folder is None else folder.absolute(), name)

    def audio(self, take: int) -> Path:
        return self.folder / f"{self.name}-take{take}.wav"

    def score(self, take: int) -> Path:
        return self.folder / f"{self.name}-take{take}.json"

    def rights(self, take: int) -> Path:
        return self.folder / f"{self.name}-take{take}{RIGHTS_SUFFIX}"

    def played(self, take: PlacedTake, role: str = "mix") -> Path:
        """The file that a lane plays: that of the form that was asked for, else the 48 kHz WAV."""
        delivered = take.result.file(f"{DELIVERED}{role}")
        if delivered is not None:
            return self.extra(take.take, delivered)
        file = take.result.file(role)
        return self.folder / take.audio if file is None or role == "mix" else self.extra(take.take, file)

    def extra(self, take: int, file: AudioFile) -> Path:
        """Stems keep their names, in a folder of the take's; a MIDI file stands beside the WAV."""
        inner = PurePosixPath(file.name)
        if file.role == DELIVERED_MIX and inner.suffix in (".wav", ".flac"):
            rate = "" if file.sample_rate_hz == SAMPLE_RATE_HZ else f"-{file.sample_rate_hz}"
            return self.folder / f"{self.name}-take{take}{rate}{inner.suffix}"
        if inner.is_absolute() or ".." in inner.parts:
            raise OutputError(f"The core named a file {file.name!r}, outside its folder.")
        if len(inner.parts) == 1:
            return self.folder / f"{self.name}-take{take}{inner.suffix}"
        return self.folder.joinpath(f"{self.name}-take{take}-{inner.parts[0]}", *inner.parts[1:])

    def timeline(self, source: Path, suffix: str) -> Path:
        """The scored timeline; never the file that it was read from."""
        path = self.folder / f"{self.name}{SCORED}{suffix}"
        number = 2
        while path.exists() and source.exists() and path.samefile(source):
            path = self.folder / f"{self.name}{SCORED}-{number}{suffix}"
            number += 1
        return path

    def next_take(self) -> int:
        """One more than the highest take in the folder."""
        pattern = re.compile(re.escape(self.name) + r"-take(\d+)\.(?:wav|json)")
        try:
            names = [entry.name for entry in self.folder.iterdir()]
        except OSError:
            names = []
        return 1 + max((int(match[1]) for name in names if (match := pattern.fullmatch(name))), default=0)


@dataclass(frozen=True)
class WrittenTake:
    """A take's files on disk."""

    placed: PlacedTake
    audio: Path
    score: Path


@contextlib.contextmanager
def written_take(
    take: Take, names: OutputNames, *, drop_frame: bool = False, originated: datetime.datetime | None = None
) -> Iterator[WrittenTake]:
    """Write a take's audio and JSON; where the block after it fails, they are removed again.

    Raises OutputError, and AudioError where the core's audio is not what it should be.
    """
    make_folder(names.folder)
    with _removing_on_failure() as new:
        number = names.next_take()
        audio, score = names.audio(number), names.score(number)
        new.append(audio)
        _write_audio(take, audio, drop_frame=drop_frame, originated=originated)
        for file in take.result.files:
            if file.role != "mix":
                new.append(names.extra(number, file))
                _write_extra(take, file, new[-1], drop_frame=drop_frame, originated=originated)
        asked = dataclasses.replace(take.request, recut=None)  # the take before has its own state, on its own file
        placed = PlacedTake(number, audio.name, take.in_frames, asked, take.result)
        new.append(score)
        write_bytes(score, json.dumps(to_json(placed), indent=1, ensure_ascii=False).encode())
        _write_rights(placed, names, originated, new)
        yield WrittenTake(placed, audio, score)


def write_timeline(timeline: otio.schema.Timeline, path: Path, audio: str = "") -> str:
    """Write a timeline, as OpenTimelineIO or by the adapter for the path's ending, and return the file's SHA-256.

    Raises OutputError.

    What an adapter wrote is read back before it counts: some write files that they cannot read, and some formats have
    no room for the clip of the WAV called `audio`.
    """
    make_folder(path.parent)
    if path.suffix.lower() == ".otio":
        content = timeline.to_json_string(indent=4).encode()
        write_bytes(path, content)
        return hashlib.sha256(content).hexdigest()
    with replacing(path) as partial:
        try:
            otio.adapters.write_to_file(timeline, str(partial))
        except OSError:
            raise
        except Exception as error:  # an adapter raises whatever its format brings with it
            raise OutputError(
                f"This timeline cannot be written as {path.suffix}: OpenTimelineIO's adapter does not manage it.",
                hint="Write it as .otio instead.",
                reason=str(error),
            ) from error
        _check_readable(partial, path, audio)
        return hashlib.sha256(partial.read_bytes()).hexdigest()


def _check_readable(partial: Path, path: Path, audio: str) -> None:
    try:
        timelines = read_timelines(partial)
    except TimelineError as error:
        raise OutputError(
            f"This timeline cannot be written as {path.suffix}: what OpenTimelineIO's adapter makes of it is damaged.",
            hint="Write it as .otio instead.",
            reason=str(error.details.get("reason", error)),
        ) from error
    if not any(audio in clip.name for timeline in timelines for clip in timeline.find_clips()):
        raise OutputError(
            f"A {path.suffix} file cannot hold the music: the format has no room for it.",
            hint="Write it as .otio instead, or import the WAV by hand.",
        )


def back_up(path: Path) -> Path:
    """Copy a file beside itself under the next free number, `NAME.backup-1.otio`, and return the copy's path."""
    number = 1
    while (copy := path.with_name(f"{path.stem}.backup-{number}{path.suffix}")).exists():
        number += 1
    with replacing(copy) as partial:
        shutil.copyfile(path, partial)
    return copy


def _write_audio(take: Take, target: Path, *, drop_frame: bool, originated: datetime.datetime | None) -> None:
    mix = take.result.file("mix")
    if mix is None:
        raise AudioError("The core delivered no mix.")
    sheet, delivery = take.request.sheet, take.request.delivery
    handles = delivery.handle_before_frames + delivery.handle_after_frames
    expected = sample_of_frame(sheet.duration_frames + handles, sheet.rate)
    found = read_wave(take.folder / mix.name).samples
    if found != expected:
        raise AudioError(f"The core's music lasts {found} samples instead of {expected}.")
    _write_extra(take, mix, target, drop_frame=drop_frame, originated=originated)


def _write_extra(
    take: Take, file: AudioFile, target: Path, *, drop_frame: bool, originated: datetime.datetime | None
) -> None:
    source = take.folder / file.name
    make_folder(target.parent)
    if target.suffix.lower() != ".wav":
        with replacing(target) as partial:
            shutil.copyfile(source, partial)
        return
    sheet, result = take.request.sheet, take.result
    rate: Fraction = sheet.rate
    first = max(0, sheet.start_frames - take.request.delivery.handle_before_frames)
    extension = BroadcastExtension(
        time_reference_samples=time_reference_samples(
            first, rate, drop_frame=drop_frame, sample_rate_hz=file.sample_rate_hz
        ),
        description=f"{sheet.name or 'Timeline'}: {file.role}, model {result.model}, seed {result.seed}",
        originator_reference=result.request_sha256[:32],
        originated=originated,
        coding_history=coding_history(read_wave(source).format, result.tool_version),
    )
    write_broadcast_wave(source, target, extension)


def _write_rights(
    placed: PlacedTake, names: OutputNames, originated: datetime.datetime | None, new: list[Path]
) -> None:
    made = originated or datetime.datetime.now(datetime.UTC)
    text = provenance_text(placed.request, placed.result, placed.audio, made)
    if text:
        new.append(names.rights(placed.take))
        write_bytes(new[-1], text.encode())


@contextlib.contextmanager
def _removing_on_failure() -> Iterator[list[Path]]:
    """A list of files that are removed where the block fails."""
    new: list[Path] = []
    try:
        yield new
    except BaseException:
        for path in new:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        raise
