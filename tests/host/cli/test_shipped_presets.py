"""Presets that come with the program: found by name, listed, and each a direction that can be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from vem_core.composer.styles import list_styles
from vem_core.contract.errors import DirectionError
from vem_plugin import presets
from vem_plugin.cli import main
from vem_plugin.presets import find_preset, save_preset
from vem_plugin.presets.preset import GENERAL, Preset
from vem_plugin.presets.shipped import SHIPPED


@pytest.mark.parametrize("preset", SHIPPED, ids=lambda preset: preset.name)
def test_each_is_a_style_that_there_is_and_says_what_it_is_for(preset: Preset) -> None:
    assert preset.direction.style in {style.id for style in list_styles()}
    assert preset.note.endswith(".")
    assert preset.wishes == preset.wishes.only(GENERAL)


def test_they_differ_in_more_than_their_names() -> None:
    assert len({repr(preset.wishes) for preset in SHIPPED}) == len(SHIPPED) >= 10


def test_one_is_found_by_its_name_and_ones_own_comes_first(tmp_path: Path) -> None:
    assert find_preset("wedding", tmp_path).direction.style == "solo-piano"
    save_preset(Preset("Wedding", SHIPPED[0].wishes), tmp_path)
    assert find_preset("Wedding", tmp_path).direction.style == "documentary"
    with pytest.raises(DirectionError, match="no preset 'Wedd'") as caught:
        find_preset("Wedd", tmp_path)
    assert "Trailer" in caught.value.hint


def test_the_command_lists_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets, "presets_folder", lambda: tmp_path)
    assert main(["presets", "list"]) == 0
    listed = capsys.readouterr().out
    assert all(preset.name in listed for preset in SHIPPED)
