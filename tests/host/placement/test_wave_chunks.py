"""WAVs that explain themselves: every chunk at every rate, read back by us and by programs that know nothing of us."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import json
import math
import shutil
import struct
import subprocess
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.takes import make_sheet, make_take, write_wav24
from vem_core.contract.codec import dumps
from vem_core.contract.cut_sheet import Shot, SourceSpan
from vem_core.contract.errors import AudioError
from vem_core.contract.request import SoundFont, Thumbnail
from vem_core.contract.result import AudioFile, Levels
from vem_core.contract.time import nominal_rate, timecode
from vem_plugin.placement.broadcast_extension import (
    LoudnessValues,
    frames_since_midnight,
    parse_extension,
    time_reference_samples,
    umid_of,
)
from vem_plugin.placement.broadcast_wave import read_chunk, read_wave, sound_sha256, write_broadcast_wave
from vem_plugin.placement.cue_points import CuePoint, cue_chunks, parse_cues
from vem_plugin.placement.loudness_values import loudness_values
from vem_plugin.placement.state import PlacedTake, StateProblem
from vem_plugin.placement.state_chunk import CHUNK_NAME, MAX_STATE_BYTES, pack_state, parse_state
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.writing import Take, written_take

NTSC = {rate: Fraction(rate * 1000, 1001) for rate in (24, 30, 60)}
RATES = [
    pytest.param(NTSC[24], False, id="23.976"),
    pytest.param(Fraction(24), False, id="24"),
    pytest.param(Fraction(25), False, id="25"),
    pytest.param(NTSC[30], False, id="29.97"),
    pytest.param(NTSC[30], True, id="29.97 DF"),
    pytest.param(Fraction(30), False, id="30"),
    pytest.param(Fraction(50), False, id="50"),
    pytest.param(NTSC[60], False, id="59.94"),
    pytest.param(NTSC[60], True, id="59.94 DF"),
    pytest.param(Fraction(60), False, id="60"),
]
MOMENT = datetime.datetime(2026, 3, 1, 12, 30, 5)
LEVELS = Levels((-2000,) * 100 + (-3000,) * 60, -1.0, 5)


@pytest.fixture
def take(tmp_path: Path) -> Take:
    return made_take(tmp_path, Fraction(25), False)


def made_take(folder: Path, rate: Fraction, drop_frame: bool) -> Take:
    """A take that begins ten minutes and one frame after the first hour."""
    start = nominal_rate(rate) * 4200 + 1
    sheet = dataclasses.replace(make_sheet(30, 41, rate=rate, start_frames=start), drop_frame=drop_frame)
    take = make_take(sheet, folder / "job", extras=True)
    files = tuple(
        dataclasses.replace(
            file,
            sound_sha256=sound_sha256(folder / "job" / file.name) if file.channels else "",
            levels=LEVELS if file.role == "mix" else None,
        )
        for file in take.result.files
    )
    return dataclasses.replace(take, result=dataclasses.replace(take.result, files=files))


@contextlib.contextmanager
def placed(take: Take, folder: Path) -> Iterator[tuple[PlacedTake, Path, Path]]:
    """The take as it is written: its state, the mix and a stem."""
    names = OutputNames(folder / "out", "edit")
    drop_frame = take.request.sheet.drop_frame
    with written_take(take, names, drop_frame=drop_frame, originated=MOMENT) as written:
        yield written.placed, written.audio, names.extra(1, take.result.files[1])


@pytest.mark.parametrize(("rate", "drop_frame"), RATES)
def test_every_chunk_is_read_back_at_every_rate(tmp_path: Path, rate: Fraction, drop_frame: bool) -> None:
    take = made_take(tmp_path, rate, drop_frame)
    with placed(take, tmp_path) as (written, mix, stem):
        for path, file in zip((mix, stem), take.result.files[:2], strict=True):
            wave = read_wave(path)
            extension = wave.extension
            assert extension is not None
            assert (extension.originated, extension.umid) == (MOMENT, umid_of(file.sound_sha256))
            exact = frames_since_midnight(take.request.sheet.start_frames, rate, drop_frame=drop_frame) * 48_000 / rate
            assert 0 <= extension.time_reference_samples - exact < 1
            check_ixml(read_chunk(path, b"iXML", 1 << 20), take, extension.time_reference_samples)
            cues = parse_cues(read_chunk(path, b"cue ", 1 << 20) or b"", read_chunk(path, b"LIST", 1 << 20) or b"")
            assert CuePoint(0, "bar 1") in cues
            assert CuePoint(take.result.report.cuts[0].target_samples, "hit: cut 1") in cues
            assert all(cue.samples < wave.samples for cue in cues)
            state = parse_state(read_chunk(path, CHUNK_NAME, 1 << 20) or b"")
            assert isinstance(state, PlacedTake)
            assert state == written  # this take has no pictures, no paths and no warnings


def check_ixml(payload: bytes | None, take: Take, time_reference: int) -> None:
    sheet = take.request.sheet
    root = ElementTree.fromstring(payload or b"")
    said = {element.tag: element.text for element in root.iter()}
    assert said["TIMECODE_FLAG"] == ("DF" if sheet.drop_frame else "NDF")
    assert Fraction(said["TIMECODE_RATE"] or "0") == sheet.rate
    assert (said["PROJECT"], said["TAKE"]) == (sheet.name, "1")
    high, low = (int(said[f"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_{half}"] or "") for half in ("HI", "LO"))
    assert (high << 32) + low == time_reference
    assert said["SCENE"] is not None
    assert said["SCENE"].startswith(timecode(sheet.start_frames, sheet.rate, drop_frame=sheet.drop_frame))
    assert [track.findtext("INTERLEAVE_INDEX") for track in root.iter("TRACK")] == ["1", "2"]
    assert said["FAMILY_UID"] != said["FILE_UID"]


@given(
    st.integers(0, 3_000_000),
    st.sampled_from([Fraction(24), Fraction(25), Fraction(30), Fraction(50), Fraction(60), *NTSC.values()]),
    st.sampled_from([44_100, 48_000, 96_000]),
)
def test_importers_that_floor_and_importers_that_round_read_the_frame(
    frame: int, rate: Fraction, sample_rate_hz: int
) -> None:
    wanted = frames_since_midnight(frame, rate)
    reference = time_reference_samples(frame, rate, sample_rate_hz=sample_rate_hz)
    read = reference * rate / sample_rate_hz
    assert (math.floor(read), round(read)) == (wanted, wanted)
    assert math.floor(reference / sample_rate_hz * float(rate) + 1e-6) == wanted


def test_mix_and_stems_are_one_family_with_names_of_their_own(take: Take, tmp_path: Path) -> None:
    with placed(take, tmp_path) as (_, mix, stem):
        mine, others = (ElementTree.fromstring(read_chunk(path, b"iXML", 1 << 20) or b"") for path in (mix, stem))
        assert mine.findtext(".//FAMILY_UID") == others.findtext(".//FAMILY_UID")
        assert mine.findtext("FILE_UID") != others.findtext("FILE_UID")
        assert [name.text for name in others.findall(".//TRACK/NAME")] == ["drums L", "drums R"]
        assert (others.findtext(".//TOTAL_FILES"), others.findtext(".//FILE_SET_INDEX")) == ("2", "2")


def test_loudness_is_that_of_the_core(take: Take, tmp_path: Path) -> None:
    with placed(take, tmp_path) as (_, mix, stem):
        loudness = [parse_extension(read_chunk(path, b"bext", 1 << 20) or b"").loudness for path in (mix, stem)]
    assert loudness[0] == LoudnessValues(-16.0, 10.0, -1.0, -20.69, -20.69)
    assert loudness[1] == LoudnessValues(-16.0, None, -1.0, None, None)


def test_a_short_or_silent_mix_has_no_loudness_range() -> None:
    file = AudioFile("mix.wav", "mix", "", 48_000, 48_000, 2, None, None)
    assert loudness_values(file, Levels((-2000,) * 10, -1.0, 0)).range_lu is None
    assert loudness_values(file, Levels((-20_000,) * 100, -1.0, 0)).range_lu is None


def test_the_state_holds_no_picture_no_path_and_no_user(take: Take, tmp_path: Path) -> None:
    source = SourceSpan("a.mov 12ab34cd", 0.0, Fraction(25))
    shots = tuple(dataclasses.replace(shot, source=source) for shot in take.request.sheet.shots)
    assert all(isinstance(shot, Shot) for shot in shots)
    private = dataclasses.replace(
        take,
        request=dataclasses.replace(
            take.request,
            sheet=dataclasses.replace(take.request.sheet, shots=shots),
            thumbnails=(Thumbnail("ab" * 32, 0, 1),),
            soundfont=SoundFont("/home/anna/Sounds/Grand.sf2", "cd" * 32),
        ),
        result=dataclasses.replace(take.result, warnings=("/home/anna/film.mov is missing.",)),
    )
    with placed(private, tmp_path) as (_, mix, _stem):
        text = zlib.decompress(read_chunk(mix, CHUNK_NAME, 1 << 20) or b"").decode()
        assert "anna" not in text
        assert "ab" * 32 not in text
        assert str(tmp_path) not in text
        state = parse_state(read_chunk(mix, CHUNK_NAME, 1 << 20) or b"")
        assert isinstance(state, PlacedTake)
        assert state.request.soundfont == SoundFont("Grand.sf2", "cd" * 32)
        assert state.request.sheet.shots[0].source == source  # what a shot is recognised by


def test_without_state_the_music_is_the_same_and_says_the_rest(take: Take, tmp_path: Path) -> None:
    with placed(take, tmp_path) as (_, with_state, _stem):
        samples = sound_sha256(with_state)
    with placed(dataclasses.replace(take, embed_state=False), tmp_path / "bare") as (_, without, stem):
        assert read_chunk(without, CHUNK_NAME, 1 << 30) is None
        assert read_chunk(stem, CHUNK_NAME, 1 << 30) is None
        assert read_chunk(without, b"iXML", 1 << 20) is not None
        assert sound_sha256(without) == samples


def zeros(megabytes: int) -> bytes:
    """Deflated nothing, a thousandth as long as what comes out of it."""
    packing = zlib.compressobj()
    return b"".join(packing.compress(bytes(1 << 20)) for _ in range(megabytes)) + packing.flush()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"no zlib",
        zlib.compress(b"{}"),
        zlib.compress(b"[" * 100_000),
        zlib.compress(b'{"schema": "PlacedTake.1", "take": 1, "audio": "../../x.wav"}'),
        zeros(1 + MAX_STATE_BYTES // (1 << 20)),
        bytes(16 * 1024 * 1024 + 1),
    ],
    ids=["empty", "noise", "nothing", "nesting", "a path", "a bomb", "too large"],
)
def test_a_strangers_state_is_damaged_and_nothing_else(payload: bytes) -> None:
    assert parse_state(payload) is StateProblem.DAMAGED


def test_a_state_cut_short_or_with_more_than_it_may_say_is_damaged(take: Take, tmp_path: Path) -> None:
    with placed(take, tmp_path) as (written, _, _stem):
        packed = pack_state(written)
        assert parse_state(packed[:-5]) is StateProblem.DAMAGED
        more = json.loads(dumps(written)) | {"run": "rm"}
        assert parse_state(zlib.compress(json.dumps(more).encode())) is StateProblem.DAMAGED
        later = json.loads(dumps(written)) | {"schema": "PlacedTake.9"}
        assert parse_state(zlib.compress(json.dumps(later).encode())) is StateProblem.NEWER


@pytest.mark.parametrize("cue", [b"", b"\1\0\0\0", struct.pack("<I", 1 << 31) + bytes(48)])
def test_cue_points_cut_short_are_refused(cue: bytes) -> None:
    with pytest.raises(AudioError, match="cut short"):
        parse_cues(cue)


@given(st.lists(st.integers(0, 2**32 - 1), unique=True, max_size=20))
def test_cue_points_come_back(instants: list[int]) -> None:
    cues = tuple(CuePoint(at, f"bar {number}") for number, at in enumerate(sorted(instants)))
    assert (parse_cues(*(payload for _, payload in cue_chunks(cues))) if cues else ()) == cues


def ask(program: str, *arguments: str) -> str:
    """What an independent reader says; the test is skipped where it is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(("rate", "drop_frame"), RATES)
def test_ffprobe_agrees(tmp_path: Path, rate: Fraction, drop_frame: bool) -> None:
    with placed(made_take(tmp_path, rate, drop_frame), tmp_path) as (_, mix, _stem):
        wave = read_wave(mix)
        found = json.loads(ask("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(mix)))
    assert wave.extension is not None
    tags = {name.lower(): value for name, value in found["format"]["tags"].items()}
    assert int(tags["time_reference"]) == wave.extension.time_reference_samples
    assert (tags["date"], tags["creation_time"]) == ("2026-03-01", "12:30:05")
    assert tags["umid"].lower() == f"0x{wave.extension.umid.hex()}"
    assert found["streams"][0]["duration_ts"] == wave.samples


@pytest.mark.parametrize(("rate", "drop_frame"), RATES)
def test_mediainfo_agrees(tmp_path: Path, rate: Fraction, drop_frame: bool) -> None:
    with placed(made_take(tmp_path, rate, drop_frame), tmp_path) as (_, mix, _stem):
        wave = read_wave(mix)
        general, audio = json.loads(ask("mediainfo", "--Output=JSON", "-f", str(mix)))["media"]["track"][:2]
    assert wave.extension is not None
    assert (general["Producer"], general["Encoded_Date"][:10]) == ("VeM Score", "2026-03-01")
    assert float(audio["Delay"]) == pytest.approx(wave.extension.time_reference_samples / 48_000, abs=0.001)
    assert (audio["extra"]["LoudnessValue"], audio["extra"]["LoudnessRange"]) == ("-16.00", "10.00")
    assert (audio["BitDepth"], audio["SamplingCount"]) == ("24", str(wave.samples))


def test_sox_reads_the_samples(take: Take, tmp_path: Path) -> None:
    with placed(take, tmp_path) as (_, mix, _stem):
        ask("sox", str(mix), str(tmp_path / "again.wav"))
        assert sound_sha256(tmp_path / "again.wav") == sound_sha256(mix)


def test_bwfmetaedit_finds_nothing_wrong(take: Take, tmp_path: Path) -> None:
    with placed(take, tmp_path) as (_, mix, _stem):
        extension = read_wave(mix).extension
        said = ask("bwfmetaedit", "--out-core", "--specialchars", str(mix))
    assert extension is not None
    assert str(extension.time_reference_samples) in said
    assert extension.umid.hex().upper() in said.upper()


@pytest.mark.parametrize(("rate", "drop_frame"), RATES)
def test_wavinfo_agrees(tmp_path: Path, rate: Fraction, drop_frame: bool) -> None:
    wavinfo = pytest.importorskip("wavinfo")
    take = made_take(tmp_path, rate, drop_frame)
    with placed(take, tmp_path) as (_, mix, _stem):
        wave, found = read_wave(mix), wavinfo.WavInfoReader(str(mix))
    assert wave.extension is not None
    assert found.bext.time_reference == wave.extension.time_reference_samples
    assert found.bext.version == 2
    assert found.bext.loudness_value == -16.0
    assert found.ixml.project == "edit"
    assert [track.name for track in found.ixml.track_list] == ["mix L", "mix R"]
    cues = [(cue.position, found.cues.label_and_note(cue.name)[0]) for cue in found.cues.cues]
    assert (0, "bar 1") in [(at, str(label)) for at, label in cues]


def test_a_large_file_and_a_stem_at_59_94_are_read_by_others_as_by_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "vem_plugin.takes.writing.write_broadcast_wave", functools.partial(write_broadcast_wave, rf64_above_bytes=1_000)
    )
    with placed(made_take(tmp_path, NTSC[60], False), tmp_path) as (_, mix, stem):
        for path in (mix, stem):
            wave = read_wave(path)
            assert path.read_bytes()[:4] == b"RF64"
            assert wave.extension is not None
            reference = wave.extension.time_reference_samples
            found = json.loads(ask("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(path)))
            tags = {name.lower(): value for name, value in found["format"]["tags"].items()}
            assert (int(tags["time_reference"]), found["streams"][0]["duration_ts"]) == (reference, wave.samples)
            general, audio = json.loads(ask("mediainfo", "--Output=JSON", "-f", str(path)))["media"]["track"][:2]
            assert general["Format_Profile"] == "RF64"
            assert (audio["SamplingCount"], audio["BitDepth"]) == (str(wave.samples), "24")
            assert float(audio["Delay"]) == pytest.approx(reference / 48_000, abs=0.001)


def test_sound_is_read_whatever_stands_around_it(take: Take, tmp_path: Path) -> None:
    write_wav24(tmp_path / "bare.wav", read_wave(take.path_of(take.result.files[0])).samples)
    with placed(take, tmp_path) as (_, mix, _stem):
        assert sound_sha256(mix) == sound_sha256(tmp_path / "bare.wav")
