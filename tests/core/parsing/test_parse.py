"""The parse as a message: the latent clock, edits, and the bundled parser's reading of words and pictures."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.film import film
from vem_core.contract.codec import dumps, loads
from vem_core.contract.cut_sheet import CutKind
from vem_core.contract.errors import ContractError, ModelMissing
from vem_core.contract.parse import GlobalCues, Parse, StoryboardCue, VisualContent, transition_cues
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.time import sample_of_frame, snap_rate
from vem_core.parsing.base import CachedParser, parse_key
from vem_core.parsing.bundled import BundledParser
from vem_core.parsing.numbers import VISUAL_FEATURES, encode_parse
from vem_core.parsing.pictures import ShotPictures, describe, look_at_shots
from vem_core.parsing.registry import parse_request, parser_by_id
from vem_core.parsing.text import MiniLmEncoder
from vem_core.parsing.wording import editors_words, look_words, readable_name

RED, NIGHT, SNOW = (220, 60, 30), (12, 16, 40), (245, 245, 248)


class LetterEncoder:
    """Counts letters: a text encoder that needs no model."""

    encoder_id = "letters"
    width = 26

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = [[text.casefold().count(chr(97 + letter)) for letter in range(26)] for text in texts]
        counts = np.array(rows, dtype=np.float32).reshape(len(texts), 26)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)


def parse_film(request: ScoreRequest, jpegs: Mapping[str, bytes]) -> Parse:
    return BundledParser(LetterEncoder()).parse(request, jpegs)


@given(st.sampled_from(["23.976", "24", "25", "29.97", "50", "59.94", "119.88"]), st.integers(1, 200_000))
def test_a_transition_says_its_sample_again(rate_text: str, frame: int) -> None:
    rate = snap_rate(rate_text)
    request, _ = film([RED, NIGHT], shot_frames=[frame, 3], rate=rate)
    cue = transition_cues(request.sheet)[0]
    assert 0 <= cue.offset_latents < 1
    assert round(cue.position_latents * 1920) == sample_of_frame(frame, rate)


def test_dissolves_keep_their_length() -> None:
    request, _ = film([RED, NIGHT, SNOW], dissolves=[0, 25])
    cues = transition_cues(request.sheet)
    assert [cue.kind for cue in cues] == [CutKind.CUT, CutKind.DISSOLVE]
    assert cues[1].extent_latents == pytest.approx(25.0)


def test_a_parse_survives_its_json() -> None:
    parse = parse_film(*film([RED, NIGHT], names=["harbour at dusk", ""], dissolves=[7], rate=Fraction(24000, 1001)))
    assert loads(Parse, dumps(parse)) == parse


def test_an_edit_changes_one_shot_and_nothing_else() -> None:
    parse = parse_film(*film([RED, NIGHT, SNOW]))
    edited = parse.with_description(1, "a storm breaks")
    assert edited.storyboard[1].description == "a storm breaks"
    assert edited.storyboard[::2] == parse.storyboard[::2]
    assert edited.with_overall(GlobalCues(theme="home")).overall.theme == "home"
    with pytest.raises(ContractError, match="no shot 3"):
        parse.with_description(3, "nothing")


def test_a_parse_follows_its_shots_to_another_edit() -> None:
    parse = parse_film(*film([RED, NIGHT, SNOW], shot_frames=[10, 20, 30]))
    longer = film([RED, NIGHT, SNOW], shot_frames=[12, 24, 36])[0].sheet
    moved = parse.moved_to(longer)
    assert [cue.description for cue in moved.storyboard] == [cue.description for cue in parse.storyboard]
    assert moved.transitions == transition_cues(longer)
    ScoreRequest(longer, parse=moved)  # fits
    part = parse.moved_to(film([NIGHT, SNOW], shot_frames=[20, 30])[0].sheet, first_shot=1)
    assert [cue.visual for cue in part.storyboard] == [cue.visual for cue in parse.storyboard[1:]]
    with pytest.raises(ContractError, match="2 shots from 1"):
        parse.moved_to(longer, first_shot=1)


@pytest.mark.parametrize(
    "storyboard",
    [(), (StoryboardCue(5, 95),), (StoryboardCue(0, 50), StoryboardCue(60, 40)), (StoryboardCue(0, 99),)],
)
def test_a_storyboard_with_holes_is_refused(storyboard: tuple[StoryboardCue, ...]) -> None:
    with pytest.raises(ContractError):
        Parse("test", 100, GlobalCues(), storyboard, ())


def test_features_out_of_range_are_refused() -> None:
    with pytest.raises(ContractError):
        VisualContent(light=1.2)
    with pytest.raises(ContractError):
        VisualContent(hues=(0.5,))


def test_pictures_are_measured() -> None:
    red, night, snow = look_at_shots(*film([RED, NIGHT, SNOW]))
    assert red.light == pytest.approx(0.37, abs=0.03)
    assert night.light < 0.1 < snow.light
    assert red.warmth > 0.5
    assert night.warmth < 0
    assert red.hues[0] > 0.9
    assert snow.saturation < 0.05
    assert snow.hues == (0.0,) * 6
    assert snow.change > 0.5
    assert red.change == 0.0


def test_texture_and_motion_are_measured() -> None:
    still, busy = (look_at_shots(*film([(128, 128, 128)], noise=noise))[0] for noise in (0.0, 0.3))
    assert still.motion == 0.0
    assert busy.motion > 0.1
    assert busy.texture > still.texture + 0.1


def test_a_shot_without_pictures_is_unknown_and_said_to_be() -> None:
    request, jpegs = film([RED, NIGHT])
    first = {thumbnail.sha256 for thumbnail in request.thumbnails if thumbnail.shot == 0}
    parse = parse_film(request, {name: data for name, data in jpegs.items() if name in first})
    assert [shot.visual.known for shot in parse.storyboard] == [True, False]
    assert parse.warnings == ("1 of 2 shots have no picture to look at.",)


def test_damaged_pictures_count_as_missing() -> None:
    request, jpegs = film([RED, NIGHT])
    parse = parse_film(request, {name: data[:40] for name, data in jpegs.items()})
    assert not any(shot.visual.known for shot in parse.storyboard)


def test_descriptions_put_the_editors_words_first() -> None:
    direction = Direction(shot_words=("she leaves", ""))
    request, jpegs = film(
        [NIGHT, RED], names=["door_02.mov", "A001_C002.mxf"], words=[("slam",), ()], direction=direction
    )
    parse = parse_film(request, jpegs)
    assert parse.storyboard[0].description.startswith("she leaves; slam; door; dark")
    assert "A001" not in parse.storyboard[1].description
    assert "warm" in parse.storyboard[1].description


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sunset_over_harbour_03.mov", "sunset over harbour"),
        ("A001_C003_0412.mxf", ""),
        ("DSC 0412.JPG", ""),
        ("GX010234.MP4", ""),
        ("", ""),
        ("Interview - Maria (2).mp4", "Interview Maria (2)"),
    ],
)
def test_names_that_machines_gave_are_dropped(name: str, words: str) -> None:
    assert readable_name(name) == words


def test_the_same_words_are_said_once() -> None:
    request, _ = film([RED], names=["Beach.mov"], words=[("beach", "BEACH")])
    assert editors_words(request.sheet.shots[0], "", "") == "beach"


def test_nothing_is_said_of_an_unknown_picture() -> None:
    assert look_words(VisualContent()) == ()
    assert describe(ShotPictures((), (), ())) == VisualContent()


def test_global_cues_come_from_the_brief_and_the_shots() -> None:
    direction = Direction(prompt="a neon night drive, retro synthwave", mood="nostalgic")
    parse = parse_film(*film([NIGHT, NIGHT], direction=direction))
    assert parse.overall.theme == "a neon night drive, retro synthwave"
    assert parse.overall.style == "synthwave"
    assert parse.overall.emotion == "nostalgic"
    assert parse.overall.tags[:2] == ("synthwave", "nostalgic")
    assert "dark" in parse.overall.atmosphere


def test_arrays_have_the_model_s_shapes() -> None:
    arrays = encode_parse(parse_film(*film([RED, NIGHT, SNOW], shot_frames=[10, 20, 30])), LetterEncoder())
    assert arrays.overall_text.shape == (3, 26)
    assert arrays.shot_text.shape == (3, 26)
    assert arrays.shot_visual.shape == (3, VISUAL_FEATURES)
    np.testing.assert_allclose(arrays.start_s, [0, 0.4, 1.2])
    np.testing.assert_allclose(arrays.duration_s, [0.4, 0.8, 1.2])
    assert float(np.abs(arrays.shot_visual).max()) <= 1.0


class CountingParser:
    parser_id = "counting-1"

    def __init__(self) -> None:
        self.calls = 0
        self._parser = BundledParser(LetterEncoder())

    def parse(self, request: ScoreRequest, jpegs: Mapping[str, bytes]) -> Parse:
        self.calls += 1
        return self._parser.parse(request, jpegs)


def test_the_same_content_is_parsed_once(tmp_path: Path) -> None:
    request, jpegs = film([RED, NIGHT])
    inner = CountingParser()
    cached = CachedParser(inner, tmp_path)
    first = cached.parse(request, jpegs)
    assert cached.parse(dataclasses.replace(request, seed=9, model="sketch"), jpegs) == first
    assert inner.calls == 1
    cached.parse(dataclasses.replace(request, direction=Direction(prompt="other")), jpegs)
    assert inner.calls == 2


def test_a_damaged_cache_entry_is_parsed_again(tmp_path: Path) -> None:
    request, jpegs = film([RED, NIGHT])
    inner = CountingParser()
    cached = CachedParser(inner, tmp_path)
    first = cached.parse(request, jpegs)
    for path in tmp_path.iterdir():
        path.write_text(path.read_text()[:-9])
    assert cached.parse(request, jpegs) == first
    assert inner.calls == 2


def test_a_cache_keeps_the_latest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vem_core.parsing.base.MOST_KEPT", 3)
    request, jpegs = film([RED])
    inner = CountingParser()
    cached = CachedParser(inner, tmp_path)
    wishes = [dataclasses.replace(request, direction=Direction(prompt=f"take {number}")) for number in range(5)]
    for number, wish in enumerate(wishes):
        cached.parse(wish, jpegs)
        newest = max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, ns=(number, number))  # the clock of a file system may be too coarse to tell them apart
    assert len(list(tmp_path.iterdir())) == 3
    cached.parse(wishes[4], jpegs)
    assert inner.calls == 5
    cached.parse(wishes[0], jpegs)
    assert inner.calls == 6


def test_pictures_that_arrive_later_are_another_content() -> None:
    request, jpegs = film([RED, NIGHT])
    assert parse_key("a", request, jpegs) != parse_key("a", request, {})
    assert parse_key("a", request, jpegs) != parse_key("b", request, jpegs)


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    request, jpegs = film([RED])
    assert CachedParser(CountingParser(), tmp_path / "file").parse(request, jpegs).storyboard


def test_the_bundled_encoder_knows_what_words_mean() -> None:
    encoder = MiniLmEncoder()
    chase, action, sunrise, nothing = encoder.encode(["a chase", "fast action", "a calm sunrise", "  "])
    assert float(chase @ action) > float(chase @ sunrise) + 0.1
    assert float(chase @ chase) == pytest.approx(1.0, abs=1e-5)
    assert not nothing.any()
    np.testing.assert_array_equal(encoder.encode(["a chase"])[0], chase)
    parse = BundledParser(encoder).parse(
        *film([NIGHT], direction=Direction(prompt="a funeral, saying farewell to father"))
    )
    assert parse.overall.emotion == "melancholic"


def test_an_absent_encoder_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no text encoder") as caught:
        MiniLmEncoder(tmp_path).encode(["a chase"])
    assert "pip install" in caught.value.hint


def test_parsers_have_names(tmp_path: Path) -> None:
    assert parser_by_id().parser_id.partition(":")[0] == "bundled-1"  # then the eyes, where there are any
    (tmp_path / "Qwen2.5-VL-7B").mkdir()
    assert parser_by_id("qwen2.5-vl", folder=tmp_path / "Qwen2.5-VL-7B").parser_id == "qwen2.5-vl-1:Qwen2.5-VL-7B"
    assert isinstance(parser_by_id(cache=tmp_path), CachedParser)
    with pytest.raises(ModelMissing, match="bundled, qwen2"):
        parser_by_id("clairvoyant")


def test_a_model_of_the_user_s_is_looked_for_in_their_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEM_MODELS", str(tmp_path))
    with pytest.raises(ModelMissing, match="no folder") as caught:
        parser_by_id("qwen2.5-vl")
    assert "bundled" in caught.value.hint
    (tmp_path / "qwen2.5-vl").mkdir()
    assert parser_by_id("qwen2.5-vl").parser_id == "qwen2.5-vl-1:qwen2.5-vl"


def test_a_request_is_parsed_once_and_an_edited_parse_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEM_CACHE", str(tmp_path))
    request, jpegs = film([RED, NIGHT])
    parse = parse_request(request, jpegs)
    (cached,) = (tmp_path / "parses").iterdir()
    cached.write_text(dumps(parse.with_description(1, "from the cache")))
    assert parse_request(request, jpegs).storyboard[1].description == "from the cache"
    edited = parse.with_description(0, "home")
    assert parse_request(dataclasses.replace(request, parse=edited), jpegs) == edited
    with pytest.raises(ModelMissing, match="clairvoyant"):
        parse_request(dataclasses.replace(request, parser="clairvoyant"), jpegs)


def test_parsing_and_the_generator_are_imported_without_torch() -> None:
    code = (
        "import sys; import vem_core.parsing.registry, vem_core.parsing.bundled, vem_core.parsing.numbers, "
        "vem_core.generation.vem_mini; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
