"""The preview: every record frame shows what the edit shows, with the music beneath it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from fakes.movies import number_of, write_movie
from fakes.takes import make_sheet, write_wav24
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import OutputError
from vem_core.contract.time import sample_of_frame
from vem_plugin.files.locating import MediaLocator
from vem_plugin.media import preview
from vem_plugin.media.preview import write_preview
from vem_plugin.timeline.sheet import ReadCutSheet
from vem_plugin.timeline.shot_media import MediaKind, ShotMedia

RATE = Fraction(24000, 1001)


def read_of(sheet: CutSheet, urls: list[str], starts: list[int], speeds: list[Fraction] | None = None) -> ReadCutSheet:
    """A read sheet whose shots show those media from those frames on; an empty address is black."""
    media = tuple(
        ShotMedia(
            shot=index,
            record_start_frames=shot.start_frames,
            record_duration_frames=shot.duration_frames,
            record_rate=sheet.rate,
            kind=MediaKind.FILE if url else MediaKind.BLACK,
            name=url,
            target_url=url,
            source_start_frames=Fraction(start),
            source_rate=sheet.rate,
            speed=speeds[index] if speeds else Fraction(1),
            available_start_frames=Fraction(0),
        )
        for index, (shot, url, start) in enumerate(zip(sheet.shots, urls, starts, strict=True))
    )
    return ReadCutSheet(sheet, media)


def render(folder: Path, read: ReadCutSheet, sheet: CutSheet) -> list[Image.Image]:
    write_wav24(folder / "music.wav", sample_of_frame(sheet.duration_frames, sheet.rate))
    write_preview(read, sheet, MediaLocator(folder), folder / "music.wav", folder / "preview.mp4")
    with av.open(str(folder / "preview.mp4")) as container:
        return [frame.to_image() for frame in container.decode(video=0)]


def test_every_record_frame_shows_its_source_frame(tmp_path: Path) -> None:
    write_movie(tmp_path / "a.mp4", 80, RATE)
    write_movie(tmp_path / "b.mp4", 40, RATE)
    sheet = make_sheet(10, 12, 8, rate=RATE)
    read = read_of(sheet, ["a.mp4", "b.mp4", "a.mp4"], [40, 3, 60], [Fraction(1), Fraction(2), Fraction(0)])
    images = render(tmp_path, read, sheet)
    expected = [*range(40, 50), *range(3, 27, 2), *[60] * 8]
    assert [number_of(image) for image in images] == expected
    assert images[0].size == (640, 360)
    cropped = render(tmp_path, read, sheet.crop(5, 15))
    assert [number_of(image) for image in cropped] == expected[5:15]


def test_picture_and_sound_are_as_long_as_the_sheet(tmp_path: Path) -> None:
    write_movie(tmp_path / "a.mp4", 60, RATE)
    sheet = make_sheet(50, rate=RATE)
    render(tmp_path, read_of(sheet, ["a.mp4"], [0]), sheet)
    with av.open(str(tmp_path / "preview.mp4")) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert video.average_rate == RATE
        assert video.codec_context.name in ("h264", "mpeg4")
        assert (sound.codec_context.name, sound.rate, sound.channels) == ("aac", 48_000, 2)
        assert video.duration * video.time_base == 50 / RATE
        assert abs(float(sound.duration * sound.time_base - 50 / RATE)) < 0.03


def test_a_dissolve_blends_both_sides(tmp_path: Path) -> None:
    grey = {"dark.png": 40, "light.png": 200}
    for name, level in grey.items():
        Image.new("RGB", (64, 36), (level,) * 3).save(tmp_path / name)
    sheet = make_sheet(20, 20, dissolve=8)
    images = render(tmp_path, read_of(sheet, ["dark.png", "light.png"], [0, 0]), sheet)
    levels = [float(np.asarray(image).mean()) for image in images]
    assert levels[0] == pytest.approx(40, abs=4)
    assert levels[15] == pytest.approx(40, abs=4)
    assert levels[19] == pytest.approx(40 + 160 * 3.5 / 8, abs=5)
    assert levels[20] == pytest.approx(40 + 160 * 4.5 / 8, abs=5)
    assert levels[24] == pytest.approx(200, abs=4)
    assert sorted(levels[16:24]) == levels[16:24]


def test_a_dissolve_within_one_medium_plays_both_sides_on(tmp_path: Path) -> None:
    write_movie(tmp_path / "a.mp4", 100)
    sheet = make_sheet(20, 20, dissolve=6)
    images = render(tmp_path, read_of(sheet, ["a.mp4", "a.mp4"], [0, 64]), sheet)
    assert number_of(images[16]) == 16
    assert number_of(images[23]) == 67


def test_missing_media_show_a_card_and_black_is_black(tmp_path: Path) -> None:
    sheet = make_sheet(5, 5)
    images = render(tmp_path, read_of(sheet, ["gone.mov", ""], [0, 0]), sheet)
    card = np.asarray(images[2]).astype(int)
    assert card.std() > 3  # the name is written on it
    assert np.asarray(images[7]).max() < 12


def test_without_x264_the_preview_is_mpeg4(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "_ENCODERS", preview._ENCODERS[1:])
    sheet = make_sheet(5)
    assert len(render(tmp_path, read_of(sheet, [""], [0]), sheet)) == 5
    with av.open(str(tmp_path / "preview.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "mpeg4"


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    sheet = make_sheet(5)
    (tmp_path / "music.wav").write_bytes(b"not music")
    with pytest.raises(OutputError, match="preview"):
        write_preview(
            read_of(sheet, [""], [0]), sheet, MediaLocator(tmp_path), tmp_path / "music.wav", tmp_path / "p.mp4"
        )
    assert [path.name for path in tmp_path.iterdir()] == ["music.wav"]
