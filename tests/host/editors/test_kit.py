"""The kit for volunteers: what an editor is given, and what is found where it changed something."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import pytest

from fakes.takes import make_take, write_wav24
from vem_core.contract.errors import InputError
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_plugin.commands.editors import COMMAND
from vem_plugin.editors import checking, kit
from vem_plugin.editors.checking import ReturnedFile, check_kit
from vem_plugin.editors.kit import KitFilm, KitFolder, film_cuts, write_kit
from vem_plugin.editors.renders import read_mono
from vem_plugin.editors.solid_films import COLOURS, LENGTHS
from vem_plugin.editors.table import BEGIN, END, Editor, rows_of, with_rows
from vem_plugin.placement.desks import Desk

FILMS = (
    KitFilm("film-25", Fraction(25), 90_000),
    KitFilm("film-2997-df", Fraction(30_000, 1001), 107_892, in_frames=100, handles_frames=(24, 10)),
)
EDITOR = Editor("An Editor", "1.0", "linux")


class NoiseCore:
    """Delivers noise of the length that was asked for."""

    def score(
        self, request: ScoreRequest, attachments: Mapping[str, bytes], folder: Path, on_progress: object
    ) -> ScoreResult:
        result = make_take(request.sheet, folder, seed=request.seed).result
        delivery, sheet = request.delivery, request.sheet
        frames = delivery.handle_before_frames + sheet.duration_frames + delivery.handle_after_frames
        write_wav24(folder / "mix.wav", sample_of_frame(frames, sheet.rate), seed=7)
        return result


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A kit of two films."""
    folder = tmp_path_factory.mktemp("kit")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kit, "FILMS", FILMS)
        patch.setattr(checking, "FILMS", FILMS)
        write_kit(folder, Desk.GENERIC, open_core=lambda: contextlib.nullcontext(NoiseCore()))  # type: ignore[arg-type]
        yield folder


@pytest.fixture
def exports(made: Path) -> Iterator[Path]:
    """The folder for exports, empty."""
    yield made / "exported"
    for path in (made / "exported").iterdir():
        path.unlink()


def scored(folder: Path, film: KitFilm, ending: str = ".otio") -> Path:
    there = KitFolder(folder, film)
    return there.wav.parent / f"{film.name}.scored{ending}"


def render(folder: Path, film: KitFilm, path: Path, late_frames: int = 0, gain: float = 1.0) -> None:
    """A movie as an editor without faults makes it, or with one."""
    there = KitFolder(folder, film)
    music = read_mono(there.wav)
    samples = sample_of_frame(film.frames, film.rate)
    sound = np.zeros(samples, np.float32)
    before, after = (sample_of_frame(frames, film.rate) for frames in film.handles_frames)
    heard = music[before : len(music) - after] * gain
    begins = sample_of_frame(film.in_frames + late_frames, film.rate)
    heard = heard[: samples - begins]
    sound[begins : begins + len(heard)] = heard
    with av.open(str(path), "w") as movie:
        picture = movie.add_stream("libx264", rate=film.rate, options={"g": "1", "preset": "ultrafast"})
        picture.width, picture.height, picture.pix_fmt, picture.time_base = 64, 36, "yuv420p", 1 / film.rate
        track = movie.add_stream("pcm_s16le", rate=SAMPLE_RATE_HZ, layout="mono")
        number = 0
        for colour, length in zip(itertools.cycle(COLOURS.values()), LENGTHS, strict=False):  # colours have no end
            image = np.full((36, 64, 3), colour, np.uint8)
            for _ in range(length):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.pts, frame.time_base = number, 1 / film.rate
                movie.mux(picture.encode(frame))
                number += 1
        movie.mux(picture.encode())
        block = av.AudioFrame.from_ndarray((sound[None] * 32767).astype(np.int16), format="s16", layout="mono")
        block.sample_rate, block.pts = SAMPLE_RATE_HZ, 0
        movie.mux(track.encode(block))
        movie.mux(track.encode())


def test_the_kit_has_films_in_every_format_and_the_steps(made: Path) -> None:
    for film in FILMS:
        assert KitFolder(made, film).wav.is_file()
        for ending in (".otio", ".xml", ".fcpxml"):
            assert scored(made, film, ending).is_file(), ending
    assert "exported/FILM.otio" in (made / "STEPS.txt").read_text()
    assert len(kit.FILMS) == 2


@pytest.mark.parametrize("ending", [".otio", ".xml", ".fcpxml"])
def test_what_comes_back_as_it_was_put_is_good(made: Path, exports: Path, ending: str) -> None:
    for film in FILMS:
        (exports / f"{film.name}{ending}").write_bytes(scored(made, film, ending).read_bytes())
        if ending == ".otio":
            render(made, film, exports / f"{film.name}.mkv")
    found = check_kit(made)
    assert [(finding.film, finding.good) for finding in found if not finding.render] == [
        (film.name, True) for film in FILMS
    ], found
    assert all(finding.good for finding in found), found


def test_music_that_moved_and_a_cut_that_went_are_found(made: Path, exports: Path) -> None:
    film = FILMS[0]
    timeline = otio.adapters.read_from_file(str(scored(made, film)))
    lane = next(track for track in timeline.audio_tracks())
    lane.insert(0, otio.schema.Gap(duration=otio.opentime.RationalTime(3, float(film.rate))))
    first = timeline.video_tracks()[0][0]
    first.source_range = otio.opentime.TimeRange(
        first.source_range.start_time, first.source_range.duration + otio.opentime.RationalTime(1, float(film.rate))
    )
    otio.adapters.write_to_file(timeline, str(exports / "film-25.otio"))
    (finding,) = check_kit(made)
    assert not finding.good
    assert finding.music_frames == 3
    assert (finding.cuts, finding.cuts_beside) == (0, len(film_cuts()))


@pytest.mark.parametrize(("late", "gain"), [(1, 1.0), (0, 0.5)])
def test_a_render_that_is_late_or_soft_is_found(made: Path, exports: Path, late: int, gain: float) -> None:
    render(made, FILMS[1], exports / "film-2997-df.mkv", late, gain)
    (finding,) = check_kit(made)
    assert not finding.good
    assert finding.music_frames == pytest.approx(late, abs=0.05)
    assert finding.gain == pytest.approx(gain, abs=0.01)
    assert finding.cuts == len(film_cuts())


def test_damaged_files_and_another_rate_are_sentences(made: Path, exports: Path) -> None:
    (exports / "film-25.otio").write_text("{")
    (exports / "film-25.mov").write_bytes(b"no movie")
    (exports / "film-2997-df.otio").write_bytes(scored(made, FILMS[0]).read_bytes())
    problems = [finding.problem for finding in check_kit(made)]
    assert "damaged" in " ".join(problems)
    assert any("no sound" in problem for problem in problems)
    assert any("25 instead of 29.97" in problem for problem in problems)


def test_an_empty_folder_says_what_to_do(made: Path) -> None:
    with pytest.raises(InputError, match="nothing of the kit's films"):
        check_kit(made)


def test_the_table_replaces_an_editors_rows_and_takes_no_markup() -> None:
    page = f"# Page\n\n{BEGIN}\n{END}\n\nAfter.\n"
    good = ReturnedFile("film-25", ".otio", render=False, cuts=6, cuts_wanted=6, music_frames=0.0)
    other = rows_of(Editor("Zed", "2", "mac|OS <b>"), [good])
    page = with_rows(page, other)
    page = with_rows(page, rows_of(EDITOR, [dataclasses.replace(good, cuts=5)]))
    page = with_rows(page, rows_of(EDITOR, [good, dataclasses.replace(good, render=True, gain=1.0)]))
    rows = [line for line in page.splitlines() if line.startswith("| ")][2:]
    assert len(rows) == 3
    assert rows[0] == "| An Editor 1.0 | linux | film-25 | .otio | 6 of 6 | +0.00 |  | as it was put |"
    assert rows[2].startswith("| Zed 2 | mac OS b | film-25")
    assert page.endswith("\n\nAfter.\n")
    with pytest.raises(InputError, match="no table"):
        with_rows("# Page", other)


def test_the_command_prints_and_reports(made: Path, exports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    words = ["check", str(made), "--editor", "An Editor", "--version", "1.0"]
    (exports / "film-25.otio").write_bytes(scored(made, FILMS[0]).read_bytes())
    assert COMMAND.run(parser.parse_args(words)) == 0
    assert "as it was put" in capsys.readouterr().out
    report = json.loads((made / "report.json").read_text())
    assert report["editor"]["name"] == "An Editor"
    assert str(made) not in json.dumps(report)
