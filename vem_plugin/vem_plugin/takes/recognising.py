"""Recognising a take by its sound, wherever its WAV lies and whatever it is called now.

A timeline loses our metadata on the way through an editor; a WAV is copied, renamed, consolidated. Its samples stay. A
file counts as a take's where those are the samples that a strictly decoded state speaks of: the state that lies in the
WAV itself, in the JSON beside it, or in a library of takes beside the timeline. Nothing else that a file or a timeline
says makes it ours, and files are only ever read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vem_core.contract.errors import AudioError, InputError
from vem_core.contract.foreign_files import MAX_TEXT_BYTES, read_regular
from vem_core.contract.result import UNDUCKED
from vem_core.contract.time import sample_of_frame
from vem_plugin.files.addresses import parse_address
from vem_plugin.placement.broadcast_wave import WaveFile, read_chunk, read_wave, sound_sha256
from vem_plugin.placement.state import MIX, PlacedTake, read_state
from vem_plugin.placement.state_chunk import CHUNK_NAME, MAX_PACKED_BYTES, parse_state
from vem_plugin.takes.names import FOLDER_SUFFIX, OutputNames

Locate = Callable[[str], Path | None]
"""Where the file of an address lies; None: nowhere."""

_MOST_STATES = 500
_FILE_LENGTH = re.compile(rb'"samples":\s*([0-9]{1,12}),\s*"sample_rate_hz"')
"""In the JSON of a take."""

_TAKE_ENDING = re.compile(r"-take\d{1,6}$")
_STEMS_ENDING = re.compile(r"-[A-Za-z]+$")


@dataclass(frozen=True)
class RecognisedSound:
    """A WAV that holds a take's music."""

    take: PlacedTake
    role: str  # "mix", "stem:drums", "delivery:mix"
    path: Path


class Recogniser:
    """Recognises the takes in files that a timeline names; `folders` are libraries (`NAME.vem`) or hold some."""

    def __init__(self, folders: Sequence[Path] = (), locate: Locate = lambda address: None) -> None:
        self._folders = tuple(dict.fromkeys(folders))
        self._locate = locate
        self._known: dict[Path, RecognisedSound | None] = {}

    def of_address(self, address: str) -> RecognisedSound | None:
        """The take that the file of a timeline's address holds, also where that lies in a library now."""
        located = self._locate(address) if address else None
        places = [] if located is None else [located]
        return next((sound for path in (*places, *self._moved(address)) if (sound := self.of_file(path))), None)

    def of_file(self, path: Path) -> RecognisedSound | None:
        """The take whose samples a WAV file holds; None: it holds those of none that is known."""
        if path not in self._known:
            self._known[path] = self._recognised(path)
        return self._known[path]

    def _recognised(self, path: Path) -> RecognisedSound | None:
        try:
            wave = read_wave(path)
            for take in self._candidates(path, wave):
                role = _role_in(take, path, wave)
                if role is not None:
                    return RecognisedSound(take, role, path)
        except AudioError:
            return None
        return None

    def _candidates(self, path: Path, wave: WaveFile) -> Iterator[PlacedTake]:
        """The takes that a file may be of, likeliest first."""
        packed = read_chunk(path, CHUNK_NAME, MAX_PACKED_BYTES)
        inside = None if packed is None else parse_state(packed)
        if isinstance(inside, PlacedTake):
            yield inside
        for beside in _scores_beside(path):
            yield from _read_take(beside)
        for score, lengths in self._lengths.items():
            if wave.samples in lengths:
                yield from _read_take(score)

    def _moved(self, address: str) -> Iterator[Path]:
        """Where a file of that name and folder lies in a library."""
        parts = parse_address(address).parts
        for folder in self._libraries if parts else ():
            yield from (folder.joinpath(*parts[-2:]), folder / parts[-1])

    @cached_property
    def _libraries(self) -> tuple[Path, ...]:
        """The folders of takes."""
        found = []
        for folder in self._folders:
            try:
                inside = sorted(path for path in folder.iterdir() if path.suffix == FOLDER_SUFFIX and path.is_dir())
            except OSError:
                continue
            found += [*([folder] if folder.suffix == FOLDER_SUFFIX else []), *inside]
        return tuple(dict.fromkeys(found))

    @cached_property
    def _lengths(self) -> Mapping[Path, frozenset[int]]:
        """The states in the libraries, and how many samples their files have: few of them need to be decoded."""
        lengths: dict[Path, frozenset[int]] = {}
        for folder in dict.fromkeys((*self._libraries, *self._folders)):
            for path in sorted(folder.glob("*-take*.json")):
                if len(lengths) == _MOST_STATES:
                    return lengths
                try:
                    found = _FILE_LENGTH.findall(read_regular(path, MAX_TEXT_BYTES))
                except OSError:
                    continue
                lengths[path] = frozenset(int(digits) for digits in found)
        return lengths


def sounds_of_take(take: PlacedTake, mix: Path | None, library: OutputNames | None = None) -> dict[str, Path]:
    """A take's WAVs that are still there, by role: its mix at that path, and stems in a library or beside the mix.

    Outside the library only what has the take's own samples counts.
    """
    found = {} if mix is None else {MIX: mix}
    places = [] if library is None else [library]
    places += [] if mix is None else [OutputNames(mix.parent, _TAKE_ENDING.sub("", name)) for name in _names(take, mix)]
    for file in take.result.files:
        if not file.role.startswith(("stem:", UNDUCKED)):
            continue
        for place in places:
            path = place.extra(take.take, file)
            if path.is_file() and (place is library or _holds(path, file.samples, file.sound_sha256)):
                found[file.role] = path
                break
    return found


def take_from(text: str, library: Path) -> tuple[PlacedTake, dict[str, Path]]:
    """The take that the user names, and its WAVs: its WAV, its JSON, or its number in a library. Raises InputError."""
    path = Path(text)
    if text.isdecimal():
        scores = sorted(library.glob(f"*-take{int(text)}.json"))
        if not scores:
            raise InputError(f"There is no take {text} in {library}.", hint="vem takes lists them.")
        path = scores[0]
    if path.suffix.lower() == ".json":
        take = next(_read_take(path), None)
        if take is None:
            raise InputError(f"{path} is no take of VeM Score.")
        mix = path.with_name(take.audio)
        return take, sounds_of_take(take, mix if mix.is_file() else None, _library_of(path, take))
    sound = Recogniser([path.absolute().parent]).of_file(path)
    if sound is None:
        raise InputError(
            f"{path} holds no music that VeM Score knows how it made.",
            hint="Name its JSON, or another copy of the WAV: what an editor changed is another sound.",
        )
    return sound.take, sounds_of_take(sound.take, sound.path if sound.role == MIX else mix_beside(sound))


def mix_beside(sound: RecognisedSound) -> Path | None:
    """The 48 kHz mix of a take of which another file is known; None: it is not there."""
    folders = (sound.path.parent, sound.path.parent.parent)
    file = sound.take.result.file(MIX)
    paths = (folder / sound.take.audio for folder in folders)
    return next((path for path in paths if file and _holds(path, file.samples, file.sound_sha256)), None)


def _library_of(score: Path, take: PlacedTake) -> OutputNames:
    return OutputNames(score.parent, score.stem.removesuffix(f"-take{take.take}"))


def _names(take: PlacedTake, mix: Path) -> tuple[str, ...]:
    """What a take's files are called: by its own name, and by that of its mix now."""
    return tuple(dict.fromkeys((Path(take.audio).stem, mix.stem)))


def _scores_beside(path: Path) -> Iterator[Path]:
    """Where the JSON of a mix or of a stem lies."""
    yield path.with_suffix(".json")
    stems = _STEMS_ENDING.sub("", path.parent.name)
    if _TAKE_ENDING.search(stems):
        yield path.parent.with_name(f"{stems}.json")


def _read_take(path: Path) -> Iterator[PlacedTake]:
    try:
        text = read_regular(path, MAX_TEXT_BYTES)
    except OSError:
        return
    read = read_state(text)
    if isinstance(read, PlacedTake):
        yield read


def _role_in(take: PlacedTake, path: Path, wave: WaveFile) -> str | None:
    """The role of a file in a take, by its samples; Resolve's last frame may be filled with silence."""
    most = sample_of_frame(1, take.request.sheet.rate, wave.format.sample_rate_hz)
    for file in take.result.files:
        fits = file.sample_rate_hz == wave.format.sample_rate_hz and 0 <= wave.samples - file.samples <= most
        if fits and file.channels == wave.format.channels and _holds(path, file.samples, file.sound_sha256):
            return file.role
    return None


def _holds(path: Path, samples: int, sha256: str) -> bool:
    """Whether a WAV begins with so many samples of that hash."""
    try:
        return bool(sha256) and sound_sha256(path, samples) == sha256
    except AudioError:
        return False
