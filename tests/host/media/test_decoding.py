"""Frames at exact instants: every container, rate and kind of medium gives the frame on show, and no other."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from fakes.movies import number_of, stripes, write_movie, write_stills
from vem_plugin.media.decoding import MovieReader, SequenceReader, UnreadableMedium
from vem_plugin.media.naming import list_sequence, naming_of_pattern
from vem_plugin.timeline.shot_media import SequenceNaming

NTSC_FILM = Fraction(24000, 1001)


def numbers_at(reader: MovieReader | SequenceReader, instants_s: list[Fraction]) -> list[int]:
    return [number_of(picture.fitted(160, 96)) for picture in reader.pictures_at(instants_s)]


@pytest.mark.parametrize("rate", [Fraction(24), NTSC_FILM, Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".ts"])
def test_every_frame_is_found_at_its_middle(tmp_path: Path, rate: Fraction, suffix: str) -> None:
    reader = MovieReader(write_movie(tmp_path / f"movie{suffix}", 60, rate, options={"g": "12", "bf": "2"}))
    asked = [0, 1, 2, 11, 12, 13, 30, 31, 59]
    assert numbers_at(reader, [(frame + Fraction(1, 2)) / rate for frame in asked]) == asked
    assert reader.rate == rate
    reader.close()


@pytest.mark.parametrize("options", [{"g": "250"}, {"g": "12", "bf": "3"}, {"g": "1"}])
def test_any_order_gives_the_same_frames(tmp_path: Path, options: dict[str, str]) -> None:
    reader = MovieReader(write_movie(tmp_path / "movie.mp4", 100, options=options))
    asked = [70, 3, 99, 0, 50, 49, 49, 51, 98, 1]
    assert numbers_at(reader, [(frame + Fraction(1, 2)) / 24 for frame in asked]) == asked
    reader.close()


def test_beyond_the_ends_stand_the_first_and_last_frames(tmp_path: Path) -> None:
    reader = MovieReader(write_movie(tmp_path / "movie.mp4", 20))
    assert numbers_at(reader, [Fraction(-1), Fraction(0), Fraction(100), Fraction(5, 48)]) == [0, 0, 19, 2]
    reader.close()


def test_a_variable_rate_shows_the_frame_that_is_on(tmp_path: Path) -> None:
    durations = [1, 1, 48, 1, 1, 24, 1, 1]
    reader = MovieReader(write_movie(tmp_path / "screen.mp4", 8, durations=durations))
    middles = [2, 10, 49, 50, 52, 60, 76]  # in frames of 1/24 s; frame 2 is on from 2 to 50
    assert numbers_at(reader, [Fraction(2 * m + 1, 48) for m in middles]) == [2, 2, 2, 3, 5, 5, 6]
    reader.close()


def test_an_embedded_timecode_is_read(tmp_path: Path) -> None:
    reader = MovieReader(write_movie(tmp_path / "camera.mov", 10, NTSC_FILM, timecode="01:00:00:00"))
    assert reader.start_frames == 86400
    reader.close()


def test_drop_frame_timecode_is_read(tmp_path: Path) -> None:
    reader = MovieReader(write_movie(tmp_path / "camera.mov", 10, Fraction(30000, 1001), timecode="01:00:00;00"))
    assert reader.start_frames == 107892
    reader.close()


def test_far_instants_are_reached_without_decoding_all(tmp_path: Path) -> None:
    reader = MovieReader(write_movie(tmp_path / "long.mp4", 1000, options={"g": "10"}))
    decoded = 0
    decode = reader._decode

    def counting() -> object:
        nonlocal decoded
        for frame in decode():
            decoded += 1
            yield frame

    reader._decode = counting  # type: ignore[method-assign, assignment]
    asked = [5, 400, 401, 405, 900]
    assert numbers_at(reader, [(frame + Fraction(1, 2)) / 24 for frame in asked]) == asked
    assert decoded < 60
    reader.close()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp"])
def test_a_still_is_a_movie_of_one_frame(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(stripes(1234)).save(tmp_path / f"still{suffix}")
    reader = MovieReader(tmp_path / f"still{suffix}")
    assert numbers_at(reader, [Fraction(0), Fraction(50), Fraction(3)]) == [1234] * 3
    reader.close()


def test_an_image_sequence_with_holes_shows_the_image_before(tmp_path: Path) -> None:
    folder = write_stills(tmp_path / "seq", [1001, 1002, 1003, 1006])
    files = list_sequence(folder, SequenceNaming("shot.", ".png", 1001, 1, 4))
    reader = SequenceReader(files, Fraction(24))
    asked = [Fraction(2 * frame + 1, 48) for frame in (0, 2, 3, 4, 5, 99)]
    assert numbers_at(reader, asked) == [1001, 1003, 1003, 1003, 1006, 1006]


def test_an_image_sequence_on_twos(tmp_path: Path) -> None:
    folder = write_stills(tmp_path / "seq", [10, 12, 14])
    reader = SequenceReader(list_sequence(folder, SequenceNaming("shot.", ".png", 10, 2, 4)), Fraction(12))
    assert numbers_at(reader, [Fraction(2 * frame + 1, 24) for frame in range(6)]) == [10, 10, 12, 12, 14, 14]


@pytest.mark.parametrize("name", ["shot.%04d.png", "shot.####.png", "shot.[0086-0090].png", "shot.%d.png"])
def test_patterns_name_sequences(tmp_path: Path, name: str) -> None:
    folder = write_stills(tmp_path, range(86, 91))
    files = list_sequence(folder, naming_of_pattern(f"/a/b/{name}"), first_from_folder=True)
    assert (files.first_number, files.numbers) == (86, (86, 87, 88, 89, 90))


def test_what_has_no_picture_says_so(tmp_path: Path) -> None:
    (tmp_path / "noise.mov").write_bytes(b"not a movie at all" * 100)
    with pytest.raises(UnreadableMedium, match="cannot be opened"):
        MovieReader(tmp_path / "noise.mov")
    with av.open(str(tmp_path / "song.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
    with pytest.raises(UnreadableMedium, match="no picture"):
        MovieReader(tmp_path / "song.wav")
    with pytest.raises(UnreadableMedium, match="none of its images"):
        SequenceReader(list_sequence(tmp_path / "nowhere", SequenceNaming("a", ".png", 0)), Fraction(24))


def test_tags_in_another_encoding_than_utf_8_are_no_damage(tmp_path: Path) -> None:
    movie = write_movie(tmp_path / "title.mov", 3, latin_title="Bühne")
    assert "Bühne".encode("latin-1") in movie.read_bytes()
    reader = MovieReader(movie)
    assert numbers_at(reader, [Fraction(1, 48)]) == [0]
    reader.close()


def test_a_truncated_movie_gives_what_it_still_has(tmp_path: Path) -> None:
    whole = write_movie(tmp_path / "whole.ts", 60, options={"g": "5"})
    cut = tmp_path / "cut.ts"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    reader = MovieReader(cut)
    last = numbers_at(reader, [Fraction(1, 48), Fraction(100)])
    assert last[0] == 0
    assert 5 < last[1] < 60
    reader.close()


def test_anamorphic_pixels_are_made_square(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "dv.mp4", 2, size=(144, 96), pixel_aspect=Fraction(4, 3))
    reader = MovieReader(path)
    (picture,) = reader.pictures_at([Fraction(0)])
    assert picture.size == (192, 96)
    assert picture.fitted(96, 96).size == (96, 48)
    assert picture.square(48).size == (48, 48)
    reader.close()


def test_real_footage_is_decoded(real_media: Path) -> None:
    reader = MovieReader(real_media / "big_buck_bunny_480p_30s.mp4")
    pictures = list(reader.pictures_at([Fraction(second) for second in range(0, 30, 3)]))
    assert [picture.fitted(160, 90).size for picture in pictures] == [(160, 90)] * 10
    assert float(np.asarray(pictures[5].fitted(160, 90)).std()) > 20
    reader.close()
