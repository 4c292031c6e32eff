"""Styles are data: strictly read, complete, and found by a brief's own words."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from vem_core.composer import styles
from vem_core.composer.keys import MODES, Key
from vem_core.composer.piece import Master
from vem_core.composer.style import Kind, Style
from vem_core.composer.styles import (
    choose_key,
    choose_style,
    default_mood,
    list_styles,
    load_style,
    style_by_id,
    tempo_range,
)
from vem_core.contract.errors import ContractError, DirectionError

HOUSE = (resources.files(styles) / "house.toml").read_text(encoding="utf-8")


def test_there_are_at_least_twelve_under_their_own_ids() -> None:
    ids = [style.id for style in list_styles()]
    assert len(ids) >= 12
    assert ids == sorted(set(ids))
    for style_id in ids:
        assert (resources.files(styles) / f"{style_id}.toml").is_file()


@pytest.mark.parametrize("style", list_styles(), ids=lambda style: style.id)
def test_each_style_is_whole(style: Style) -> None:
    assert style.summary.endswith(".")
    assert len(style.words) >= 8
    assert set(style.modes) <= set(MODES)
    assert style.tempo.low_bpm < style.tempo.high_bpm <= 1.8 * style.tempo.low_bpm
    kinds = {part.kind for part in style.parts}
    assert {Kind.MOTIF, Kind.ANSWER, Kind.BASS} <= kinds
    assert style.master != Master()
    energies = {part.energy[0] for part in style.parts}
    assert len(energies) >= 4, "the arrangement should grow in steps"
    modes = {mode for progression in style.harmony.progressions for mode in progression.modes}
    assert modes <= set(MODES)
    if style.drums:
        covered = [groove.energy for groove in style.drums.grooves]
        for level in (0.5, 0.7, 0.9, 1.0):
            assert sum(low <= level <= high for low, high in covered) >= 2, f"one groove only at energy {level}"


def test_no_two_styles_share_their_drums_harmony_or_motifs() -> None:
    for part in ("harmony", "drums", "motif", "master"):
        values = [repr(getattr(style, part)) for style in list_styles() if getattr(style, part) is not None]
        assert len(set(values)) == len(values), part


@pytest.mark.parametrize(
    ("brief", "style_id"),
    [
        ("an upbeat house track for a fashion film", "house"),
        ("lo-fi beats to study to", "lo-fi"),
        ("lofi", "lo-fi"),
        ("80s retro neon night drive", "synthwave"),
        ("Trap, dark, 808s", "trap"),
        ("a calm, meditative soundscape", "ambient"),
        ("inspiring corporate video for our startup", "corporate"),
        ("blockbuster trailer, intense", "trailer"),
        ("wildlife documentary narration", "documentary"),
        ("funky soul groove", "funk"),
        ("loud rock guitars", "rock"),
        ("warm acoustic folk for a wedding", "acoustic"),
        ("hypnotic warehouse techno", "techno"),
        ("an emotional orchestral film score", "cinematic"),
        ("", None),
        ("zxqj", None),
    ],
)
def test_words_choose_a_style(brief: str, style_id: str | None) -> None:
    assert choose_style(brief) == style_id


def test_every_style_is_found_by_its_name_and_its_words() -> None:
    for style in list_styles():
        assert choose_style(style.name) == style.id
        assert choose_style(", ".join(style.words)) == style.id


def test_tempo_and_mood_by_id() -> None:
    assert tempo_range("house") == (116, 128)
    assert tempo_range(style_by_id("house")) == (116, 128)
    assert default_mood("house") == "uplifting"
    with pytest.raises(DirectionError, match="polka"):
        tempo_range("polka")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "House"\n', "", "name is missing"),
        ("swing = 0.54", 'swing = "a lot"', "swing should be a number"),
        ("swing = 0.54", "shuffle = 0.54", "no field 'shuffle'"),
        ("low_bpm = 116", "low_bpm = 160", "tempo range"),
        ("iv9 | v7 | i9 | i9", "iv9 | v7 | H9 | i9", "'H9' is not a chord"),
        ("iv9 | v7 | i9 | i9", "iv9 | | i9", "empty bar"),
        ('steps = "..1. ..1. ..1. ..1."', 'steps = "..1. ..q. ..1. ..1."', "'q'"),
        ('kick   = "X... ...."', 'kick   = "X... .... ...."', "same number of beats"),
        ('drums = ["kick", "clap"]', 'drums = ["kick", "gong"]', "'gong' is not a drum voice"),
        ('kind = "comp"', 'kind = "strum"', "should be one of"),
        ('units = "F F"', 'units = "F X"', "motif plan"),
        ("register = [31, 48]", "register = [31, 35]", "octave"),
    ],
)
def test_a_mistake_is_refused_with_its_place(old: str, new: str, said: str) -> None:
    assert old in HOUSE
    with pytest.raises(ContractError) as caught:
        load_style(HOUSE.replace(old, new, 1), "house.toml")
    assert said in caught.value.message
    assert "house.toml" in caught.value.message


def test_what_is_not_toml_is_refused() -> None:
    with pytest.raises(ContractError, match=r"mine\.toml is not TOML"):
        load_style("id = ", "mine.toml")


def test_a_musicians_own_style_can_be_played() -> None:
    from fakes.score_plans import score_plan
    from vem_core.composer.composition import compose

    own = load_style(HOUSE.replace('id = "house"', 'id = "mine"'), "mine.toml")
    assert tomllib.loads(HOUSE)["id"] == "house"
    assert compose(score_plan("house"), own) == compose(score_plan("house"))


def test_keys_suit_the_style_and_the_mood() -> None:
    drawn = {choose_key("corporate", seed) for seed in range(40)}
    assert len(drawn) > 12
    modes = [key.split(" ", 1)[1] for key in (choose_key("corporate", seed) for seed in range(60))]
    assert set(modes) <= set(style_by_id("corporate").modes)
    assert modes.count("major") > modes.count("minor")
    assert all(Key.parse(choose_key("cinematic", seed, "hopeful and warm")).is_major for seed in range(20))
    assert not any(Key.parse(choose_key("cinematic", seed, "dark")).is_major for seed in range(20))
    assert choose_key("house", 7) == choose_key("house", 7)
