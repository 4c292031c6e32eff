"""What eyes say reaches the brief, the captions and what is told of them; where nothing is sure nothing is said."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes.film import Colour, film
from vem_core.composer.styles import list_styles
from vem_core.contract.brief import MusicBrief, Source
from vem_core.contract.codec import dumps
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.direction import direct, sight
from vem_core.parsing.bundled import BundledParser
from vem_core.parsing.eyes import remembered
from vem_core.parsing.eyes.base import Glance
from vem_core.parsing.eyes.content import content_words, imagenet_table
from vem_core.parsing.eyes.looking import NOTHING, look_at_content
from vem_core.parsing.eyes.remembered import remembered_glances
from vem_core.parsing.pictures import Picture

GREY: Colour = (110, 110, 110)
SEA: Colour = (10, 90, 200)
ROAD: Colour = (90, 90, 90)


class ColourEyes:
    """Takes blue for the sea and dark grey for cars; is never sure of other colours."""

    size = (16, 9)

    def __init__(self, affect: tuple[float, float] | None = None, sureness: float = 0.9) -> None:
        self.eyes_id = "colours" + ("" if affect is None else f" {affect}") + ("" if sureness > 0.8 else " unsure")
        self.looked, self._affect, self._sureness = 0, affect, sureness

    def glance(self, picture: Picture) -> Glance:
        self.looked += 1
        red, _, blue = picture.mean((0, 1))
        word = "sea" if blue > 2 * red else "cars" if red < 0.4 else None
        return Glance(() if word is None else ((word, self._sureness),), self._affect)

    def unload(self) -> None:
        """Nothing is loaded."""


class Mute:
    """A text encoder to which every text is like every other."""

    encoder_id = "mute"
    width = 1

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return np.zeros((len(texts), 1), np.float32)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEM_CACHE", str(tmp_path / "cache"))
    remembered._known.cache_clear()


def directed(
    monkeypatch: pytest.MonkeyPatch, eyes: ColourEyes | None, colours: Sequence[Colour], **direction: object
) -> MusicBrief:
    monkeypatch.setattr(sight, "open_eyes", lambda parser: eyes)
    request, jpegs = film(colours, shot_frames=100, direction=dataclasses.replace(Direction(), **direction))  # type: ignore[arg-type]
    return direct(request, jpegs)


def test_content_reaches_the_brief_with_the_picture_as_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    road = directed(monkeypatch, ColourEyes(), [ROAD] * 6)
    assert road.style.from_ is Source.PICTURE
    assert 0 < road.style.sureness <= 0.5
    assert road.style.id in next(word for word in content_words() if word.id == "cars").styles
    sea = directed(monkeypatch, ColourEyes(), [SEA] * 6)
    assert "the sea" in sea.mood.because
    assert dumps(sea) == dumps(directed(monkeypatch, ColourEyes(), [SEA] * 6))


def test_without_eyes_the_brief_is_that_of_eyes_that_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    none = directed(monkeypatch, None, [SEA, ROAD, GREY])
    assert none == directed(monkeypatch, ColourEyes(sureness=0.6), [SEA, ROAD, GREY])
    assert none != directed(monkeypatch, ColourEyes(), [SEA, SEA, SEA])


def test_words_and_controls_outrank_what_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    told = directed(monkeypatch, ColourEyes(), [SEA] * 6, prompt="techno")
    assert (told.style.id, told.style.from_) == ("techno", Source.WORDS)
    ignored = directed(monkeypatch, ColourEyes(), [SEA] * 6, ignore_picture=True)
    assert ignored.style.from_ is Source.DEFAULT


def test_eyes_that_tell_moods_move_valence_and_arousal(monkeypatch: pytest.MonkeyPatch) -> None:
    glad, grim = (directed(monkeypatch, ColourEyes(affect), [GREY] * 6) for affect in ((0.9, 0.6), (-0.9, 0.6)))
    assert grim.mood.valence < -0.2 < 0.2 < glad.mood.valence
    assert glad.mood.from_ is Source.PICTURE


def test_descriptions_of_shots_which_models_are_told_say_what_is_seen() -> None:
    request, jpegs = film([SEA, GREY, SEA])
    parse = BundledParser(Mute(), ColourEyes()).parse(request, jpegs)
    assert parse.parser == "bundled-1:colours"
    assert [shot.visual.content for shot in parse.storyboard] == [("sea",), (), ("sea",)]
    assert parse.storyboard[0].description.startswith("the sea, ")
    assert "the sea" in parse.overall.atmosphere
    assert "sea" not in parse.storyboard[1].description


def test_a_picture_is_looked_at_once_in_this_run_and_the_next() -> None:
    request, jpegs = film([SEA, ROAD])
    eyes = ColourEyes()
    first = look_at_content(request, jpegs, eyes)
    looked = eyes.looked
    assert [dict(glance.content) for glance in first] == [{"sea": 0.9}, {"cars": 0.9}]
    assert look_at_content(request, jpegs, eyes) == first
    remembered._known.cache_clear()
    assert look_at_content(request, jpegs, eyes) == first
    assert eyes.looked == looked


@pytest.mark.parametrize(
    "written",
    [
        "",
        "[]",
        '{"a": 1}',
        '{"a": [[["sea", 7]], null]}',
        '{"a": [[["no-such", 1]], null]}',
        '{"a": [[], [3, 0]]}',
        "[" * 100_000,
    ],
)
def test_a_damaged_cache_is_no_cache(written: str, tmp_path: Path) -> None:
    path = tmp_path / "cache" / "eyes" / "colours.json"
    path.parent.mkdir(parents=True)
    path.write_text(written)
    with remembered_glances("colours") as known:
        assert known == {}
        known["b"] = Glance((("sea", 0.9),))
    assert json.loads(path.read_text()) == {"b": [[["sea", 0.9]], None]}


def test_what_a_second_picture_denies_is_not_said() -> None:
    request, jpegs = film([SEA])
    (blue,) = {thumbnail.sha256 for thumbnail in request.thumbnails[:1]}
    file = io.BytesIO()
    Image.fromarray(np.full((112, 112, 3), 240, np.uint8)).save(file, "JPEG")
    second = dataclasses.replace(request.thumbnails[1], sha256="f" * 64)
    assert second.sha256 != blue
    mixed = dataclasses.replace(request, thumbnails=(request.thumbnails[0], second))
    assert look_at_content(mixed, {**jpegs, second.sha256: file.getvalue()}, ColourEyes()) == (NOTHING,)


def test_pictures_that_are_missing_or_no_pictures_show_nothing() -> None:
    request, jpegs = film([SEA, SEA])
    assert look_at_content(request, {}, ColourEyes()) == (NOTHING, NOTHING)
    assert look_at_content(request, dict.fromkeys(jpegs, b"no picture"), ColourEyes()) == (NOTHING, NOTHING)


def test_content_words_are_whole() -> None:
    styles = {style.id for style in list_styles()}
    for word in content_words():
        assert word.styles or not word.imagenet
        assert set(word.styles) <= styles, word.id
        assert word.says
        assert word.asks
    assert imagenet_table().sum(0).max() == 1  # no class means two words
    assert "wedding" not in {word.id for word in content_words() if len(word.imagenet) > 1}


def test_requests_that_only_differ_in_their_seed_see_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sight, "open_eyes", lambda parser: ColourEyes())
    request, jpegs = film([SEA] * 4, shot_frames=100)
    other: ScoreRequest = dataclasses.replace(request, seed=7)
    assert direct(request, jpegs).style == direct(other, jpegs).style
