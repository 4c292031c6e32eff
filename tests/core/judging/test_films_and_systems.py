"""Manifests and folders of strangers: what is read, what is refused, what is named."""

from __future__ import annotations

import importlib.util
import json
import os
from fractions import Fraction
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

from vem_core.contract.errors import AudioError, ContractError, InputError, ModelMissing
from vem_core.judging.films import Film, FilmCut, FilmManifest, FilmSet, read_films
from vem_core.judging.systems import LAYOUTS, System, parse_system, read_music

FILMS = FilmSet(
    FilmManifest("test", "1", tuple(Film(name, Fraction(25), 100, (FilmCut(40),)) for name in ("one", "two"))), Path()
)


def write_sound(path: Path, rate_hz: int = 22_050) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(rate_hz, np.float32), rate_hz)


def test_a_manifest_is_read_with_all_that_may_be_left_out_left_out(tmp_path: Path) -> None:
    written = {"schema": "FilmManifest.1", "name": "mine", "version": "2", "films": [
        {"id": "ad-01", "rate": "24000/1001", "duration_frames": 240, "cuts": [{"frame": 100, "dissolve_frames": 8}]},
    ]}  # fmt: skip
    path = tmp_path / "films.json"
    path.write_text(json.dumps(written))
    (film,) = read_films(path).films
    assert film.duration_s == pytest.approx(240 * 1001 / 24000)
    assert film.shots_s[0][1] == film.shots_s[1][0] == pytest.approx(100 * 1001 / 24000)
    assert film.sheet.cuts[0].extent_frames == 8


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id": "../etc"}, "no film's id"),
        ({"video": "/etc/passwd"}, "outside the manifest's folder"),
        ({"reference": "../other.wav"}, "outside the manifest's folder"),
        ({"shots": ["only one"]}, "describes 1 shots and has 2"),
        ({"cuts": [{"frame": 100}]}, "at least one frame"),
        ({"tempo_bpm": 1e6}, "a tempo that is none"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    film = {"id": "a", "rate": "25/1", "duration_frames": 100, "cuts": [{"frame": 40}]} | changed
    path = tmp_path / "films.json"
    path.write_text(json.dumps({"schema": "FilmManifest.1", "name": "mine", "version": "2", "films": [film]}))
    with pytest.raises(InputError, match=said):
        read_films(path)


def test_films_of_one_name_are_refused() -> None:
    with pytest.raises(ContractError, match="two films"):
        FilmManifest("test", "1", (FILMS.films[0],) * 2)


@pytest.mark.parametrize(
    ("layout", "file"),
    [
        ("plain", "one.flac"),
        ("vidmuse", "one_output.wav"),
        ("gvmgen", "one/0.mp4"),
        ("m2ugen", "one.wav"),
        ("cmt", "one.npz_no_genre_0.mid"),
        ("diff-bgm", "one.mid"),
        ("vem", "one/VeM.mp4"),
    ],
)
def test_each_layout_finds_its_files(tmp_path: Path, layout: str, file: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_bytes(b"")
    system = parse_system(f"theirs={tmp_path}", FILMS, {"theirs": layout})
    assert system.file_of(FILMS.films[0]) == tmp_path / file
    assert system.file_of(FILMS.films[1]) is None


def test_the_layout_that_finds_most_is_taken(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}_output.wav").write_bytes(b"")
    assert parse_system(str(tmp_path), FILMS, {}).layout == "vidmuse"


def test_a_folder_without_any_film_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of the 2 films"):
        parse_system(f"theirs={tmp_path}", FILMS, {})
    with pytest.raises(InputError, match="no folder"):
        parse_system(f"theirs={tmp_path / 'away'}", FILMS, {})


def test_a_name_with_glob_characters_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(b"")
    odd = Film("o.e", Fraction(25), 100, ())
    assert System("s", tmp_path, "plain").file_of(odd) is None
    assert set(LAYOUTS) == {"plain", "vidmuse", "gvmgen", "m2ugen", "cmt", "diff-bgm", "vem"}


def test_any_rate_is_read_at_48_khz(tmp_path: Path) -> None:
    write_sound(tmp_path / "one.wav", 16_000)
    assert read_music(tmp_path / "one.wav", None).shape == (2, 48_000)


def test_midi_without_a_soundfont_asks_for_one(tmp_path: Path) -> None:
    (tmp_path / "one.mid").write_bytes(b"MThd")
    with pytest.raises(ModelMissing, match="MIDI"):
        read_music(tmp_path / "one.mid", None)


@pytest.mark.parametrize("name", ["one.wav", "one.mp4", "one.flac"])
def test_damaged_files_are_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not a sound" * 10)
    with pytest.raises(AudioError):
        read_music(tmp_path / name, None)


@pytest.fixture
def soundfont() -> Path:
    if importlib.util.find_spec("tinysoundfont") is None:
        pytest.skip("tinysoundfont is not installed")
    named = os.environ.get("VEM_SOUNDFONT")
    folders = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts")
    found = [Path(named)] if named else [file for folder in folders for file in sorted(Path(folder).glob("*.sf[23]"))]
    if not found:
        pytest.skip("no SoundFont was found")
    return found[0].resolve()


def test_midi_plays_through_a_soundfont_at_its_own_instants(tmp_path: Path, soundfont: Path) -> None:
    file = mido.MidiFile()  # 480 ticks a beat, 120 BPM
    on, off = (mido.Message(kind, note=69, velocity=100, time=480) for kind in ("note_on", "note_off"))
    file.tracks.append(mido.MidiTrack([on, off]))
    file.save(tmp_path / "one.mid")
    sound = read_music(tmp_path / "one.mid", soundfont)
    assert np.abs(sound[:, :23_900]).max() < 1e-4
    assert np.abs(sound[:, 24_000:30_000]).max() > 1e-3


def test_midi_without_a_note_or_of_hours_is_refused(tmp_path: Path, soundfont: Path) -> None:
    for name, messages, said in (
        ("empty", [mido.MetaMessage("end_of_track")], "no note"),
        ("endless", [mido.Message("note_on", note=60, velocity=9, time=10_000_000)], "over an hour"),
    ):
        file = mido.MidiFile()
        file.tracks.append(mido.MidiTrack(messages))
        file.save(tmp_path / f"{name}.mid")
        with pytest.raises(AudioError, match=said):
            read_music(tmp_path / f"{name}.mid", soundfont)
