"""Scored timelines, rendered by the engines of real editors: the music is where its beats meet the cuts.

The engines are GES (Pitivi) and MLT (Kdenlive, Shotcut) of the distribution, driven without their windows.
"""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from editors.engines import need_ges, need_melt, render_by_ges, render_by_melt
from vem_plugin.editors.renders import heard_music, seen_cuts
from vem_plugin.editors.solid_films import SolidFilm, write_solid_film

pytestmark = [pytest.mark.slow, pytest.mark.editors]

FILMS = {
    "25": (Fraction(25), 90_000),
    "29.97 DF": (Fraction(30_000, 1001), 107_892),
    "23.976": (Fraction(24_000, 1001), 86_400),
}
MOST_LAG_FRAMES = 0.2
IN_FRAMES, BEFORE_FRAMES, AFTER_FRAMES = 100, 24, 10
RANGE = ("--in", str(IN_FRAMES), "--handles", f"{BEFORE_FRAMES}f,{AFTER_FRAMES}f")


@dataclass(frozen=True)
class Scored:
    """A film, and what `vem score` wrote for it."""

    film: SolidFilm
    timeline: Path
    wav: Path
    handles_frames: tuple[int, int] = (0, 0)


@pytest.fixture(scope="module", params=FILMS)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SolidFilm:
    return write_solid_film(tmp_path_factory.mktemp("film") / "film.otio", *FILMS[request.param])


@pytest.fixture(scope="module")
def whole(film: SolidFilm) -> Scored:
    """The whole film scored, its media and music relative to the timeline."""
    return scored(film, "whole", "--relative-paths")


@pytest.fixture(scope="module")
def part(film: SolidFilm) -> Scored:
    """From frame 100 on, with handles."""
    made = scored(film, "part", *RANGE)
    return dataclasses.replace(made, handles_frames=(BEFORE_FRAMES, AFTER_FRAMES))


@dataclass(frozen=True)
class Engine:
    """An engine that renders scored timelines."""

    render: Callable[[Scored], Path]
    clean_from_within: float  # least share of the music that it plays as it is, where it begins within the WAV


@pytest.fixture(params=["GES", "MLT"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    render = tmp_path / "render.mkv"
    if request.param == "GES":
        need_ges()
        return Engine(lambda made: render_by_ges(made.timeline, made.film.rate, render), 0.99)
    need_melt()
    # after a seek MLT leaves out single samples for a second or more, until its two clocks agree
    return Engine(lambda made: render_by_melt(made.timeline, made.film.frames, render), 0.85)


def scored(film: SolidFilm, name: str, *options: str) -> Scored:
    """A film scored by `vem score` for readers that count from zero."""
    folder = film.timeline.parent / name
    command = [sys.executable, "-m", "vem_plugin", "score", str(film.timeline), "--for", "generic", *options]
    done = subprocess.run([*command, "--output", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Scored(film, folder / "film.scored.otio", folder / "film-take1.wav")


def check(made: Scored, render: Path, begins_frames: int, clean: float = 0.99) -> None:
    """The music begins at a frame, as loud as it is; the picture cuts where it was cut."""
    heard = heard_music(render, made.wav, made.film.rate, made.handles_frames)
    assert abs(heard.begins_frames - begins_frames) <= MOST_LAG_FRAMES
    assert heard.gain == pytest.approx(1.0, abs=0.001)
    assert heard.clean >= clean
    frames, cuts = seen_cuts(render)
    assert made.film.frames <= frames <= made.film.frames + 1  # an engine may end with one black frame
    assert tuple(cut for cut in cuts if cut < made.film.frames) == made.film.cuts


def test_a_whole_score_begins_with_the_picture(whole: Scored, engine: Engine) -> None:
    check(whole, engine.render(whole), 0)


def test_a_range_with_handles_begins_where_it_was_scored(part: Scored, engine: Engine) -> None:
    check(part, engine.render(part), IN_FRAMES - BEFORE_FRAMES, engine.clean_from_within)


def test_music_that_lies_a_frame_late_is_found_out(whole: Scored, engine: Engine, tmp_path: Path) -> None:
    folder = shutil.copytree(whole.film.timeline.parent, tmp_path / "late")
    wav = folder / "whole" / whole.wav.name
    sound, rate_hz = soundfile.read(wav, dtype="int32")
    late = np.roll(sound, round(rate_hz / whole.film.rate), axis=0)
    soundfile.write(wav, late, rate_hz, subtype="PCM_24")
    render = engine.render(Scored(whole.film, folder / "whole" / whole.timeline.name, wav))
    assert heard_music(render, whole.wav, whole.film.rate).begins_frames == pytest.approx(1.0, abs=MOST_LAG_FRAMES)
    with pytest.raises(AssertionError):
        check(whole, render, 0)
