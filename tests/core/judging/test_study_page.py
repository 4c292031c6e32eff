"""The listening study end to end: made, rated in a real browser by scripted raters, read."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fakes.browser import Browser, find_browser
from vem_core.contract.codec import loads
from vem_core.judging.cutsync.drawing import draw_film
from vem_core.judging.films import Film, FilmCut, FilmManifest, FilmSet
from vem_core.judging.study.making import KEY_FILE, PAGE_FOLDER, make_study
from vem_core.judging.study.messages import StudyKey
from vem_core.judging.study.reading import read_study
from vem_core.judging.systems import System

SYSTEMS = ("good", "middling", "bad")
MARKS = {"good": 8.0, "middling": 5.5, "bad": 3.0}
RATERS = 20


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of three films and three systems."""
    folder = tmp_path_factory.mktemp("study")
    films = tuple(Film(f"film-{number}", Fraction(24), 48, (FilmCut(20),), tags=("ambient", "calm"),
                       video=f"film-{number}.mp4") for number in range(3))  # fmt: skip
    for film in films:
        draw_film(film, folder / str(film.video))
        for place, system in enumerate(SYSTEMS):
            (folder / system).mkdir(exist_ok=True)
            time = np.arange(2 * 48_000) / 48_000
            tone = 0.1 * (place + 1) * np.sin(2 * np.pi * 220 * (place + 1) * time)
            soundfile.write(folder / system / f"{film.id}.wav", tone, 48_000)
    make_study(
        [System(name, folder / name, "plain") for name in SYSTEMS],
        FilmSet(FilmManifest("three", "1", films), folder),
        folder / "made",
        title="Which music?",
        clips=3,
        seconds=2.0,
        soundfont=None,
        seed=7,
        say=lambda text: None,
    )
    return folder / "made"


RATE = """(() => {
  const film = state.films[state.at];
  for (const clip of film.clips) {
    const row = document.querySelector(`[data-clip="${clip}"]`);
    for (const [place, slider] of [...row.querySelectorAll("input[type=range]")].entries()) {
      slider.value = MARKS[clip][place];
      slider.dispatchEvent(new Event("input", {bubbles: true}));
    }
  }
  document.querySelector(`[data-clip="BEST"] input[type=radio]`).click();
  document.getElementById("next").click();
  return state.at;
})()"""


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.skipif(find_browser() is None, reason="no browser of Chromium's kind is installed")
def test_twenty_raters_come_back_to_the_known_ranking(study: Path, tmp_path: Path) -> None:
    key = loads(StudyKey, (study / KEY_FILE).read_bytes())
    system_of = {clip.token: clip.system for clip in key.clips}
    page, downloads = study / PAGE_FOLDER / "index.html", tmp_path / "downloads"
    downloads.mkdir()
    rng = np.random.default_rng(0)
    with Browser(tmp_path / "profile", downloads) as browser:
        for rater in range(RATERS):
            browser.open(page)
            browser.run("localStorage.clear()")
            browser.open(page)
            if rater == 0:
                browser.picture(tmp_path / "welcome.png")
            browser.run('document.getElementById("group").value = "%s"' % ("expert" if rater % 4 == 0 else "lay"))
            browser.run('document.getElementById("group").onchange()')
            browser.run('document.getElementById("begin").click()')
            if rater == 0:
                look_around(browser, tmp_path)
            for _ in range(3):
                clips = browser.run("state.films[state.at].clips")
                heard = {clip: MARKS[system_of[clip]] + rng.normal(0, 1.2) for clip in clips}
                marks = {clip: [int(np.clip(round(mark + rng.normal(0, 0.7)), 1, 10)) for _ in range(2)]
                         for clip, mark in heard.items()}  # fmt: skip
                best = max(heard, key=heard.__getitem__)
                browser.run(RATE.replace("MARKS", json.dumps(marks)).replace("BEST", best))
            browser.until('!document.getElementById("done").hidden')
            browser.run('document.getElementById("save").click()')
            name = "answers-" + browser.run("state.rater") + ".json"
            wait_for(browser, downloads / name)
        browser.picture(tmp_path / "done.png")
    files = sorted(downloads.glob("answers-*.json"))
    assert len(files) == RATERS
    result = read_study(files, study / KEY_FILE)
    assert [row.system for row in result.systems] == ["good", "middling", "bad"]
    assert result.raters == {"expert": 5, "lay": 15}
    assert result.films == 3
    assert result.systems[0].strength.low > result.systems[1].strength.high
    for row in result.systems:
        assert row.quality.low - 0.3 <= MARKS[row.system] <= row.quality.high + 0.3
    assert 0.4 < result.agreement["quality"] < 0.95
    assert result.left_out == ()


def look_around(browser: Browser, folder: Path) -> None:
    """The first film: it plays with sound, the keyboard works, nothing is let through unrated."""
    browser.press("b")
    browser.until("document.getElementById('player').currentTime > 0.2")
    assert browser.run("document.getElementById('player').webkitAudioDecodedByteCount") > 0
    assert browser.run("document.getElementById('player').videoWidth") > 0
    playing = browser.run("now")
    assert playing == browser.run("state.films[0].clips[1]")
    browser.press(" ")
    browser.until("document.getElementById('player').paused")
    browser.press("t")
    assert browser.run("state.films[0].best") == playing
    browser.press("n")
    assert browser.run("state.at") == 0
    assert "Please rate A, B, C" in browser.run("document.getElementById('said').textContent")
    browser.picture(folder / "rate.png")


def wait_for(browser: Browser, path: Path) -> None:
    """The browser writes a download beside its name first."""
    import time

    for _ in range(6000):
        if path.is_file() and path.stat().st_size:
            return
        browser.run("1")
        time.sleep(0.01)
    raise AssertionError(f"{path.name} was not saved")


def test_the_page_names_no_system_and_no_film(study: Path) -> None:
    page = (study / PAGE_FOLDER / "index.html").read_text(encoding="utf-8")
    media = [path.name for path in (study / PAGE_FOLDER / "media").iterdir()]
    assert len(media) == 9
    for named in (*SYSTEMS, "film-0"):
        assert f'"{named}"' not in page
        assert not any(named in name for name in media)
    assert not (study / PAGE_FOLDER / KEY_FILE).exists()
    assert "http" not in page.replace("http-equiv", "")


def test_the_clips_of_a_film_are_equally_loud(study: Path) -> None:
    from vem_core.audio.loudness import measure_loudness
    from vem_core.corpus.film import read_sound

    loudness = [measure_loudness(read_sound(path)) for path in (study / PAGE_FOLDER / "media").iterdir()]
    assert max(loudness) - min(loudness) < 0.5
