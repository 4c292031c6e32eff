"""The mixes of all styles have targets, and those of a few are played and meet them."""

from __future__ import annotations

import dataclasses

import pytest

from fakes.score_plans import score_plan
from vem_core.audio.mastering import master
from vem_core.composer.composition import compose
from vem_core.composer.styles import list_styles
from vem_core.contract.errors import DirectionError
from vem_core.contract.plan import SectionRole
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.judging.mix import MixFigures, mix_figures
from vem_core.judging.mix_targets import misses, targets_of
from vem_core.synth import render

_ARC = ((SectionRole.INTRO, 2, 0.3), (SectionRole.GROOVE, 3, 0.6), (SectionRole.CLIMAX, 3, 0.9))


def played(style: str) -> MixFigures:
    piece = compose(score_plan(style, form=_ARC, bpm=100, hit_every_beats=8, seed=2))
    return mix_figures(master(render(piece, 2, stems=False).mix, -16.0, -1.0)[0], SAMPLE_RATE_HZ)


def test_every_style_has_targets_in_one_family() -> None:
    for style in list_styles():
        assert style.id in targets_of(style.id).styles
    with pytest.raises(DirectionError, match="polka"):
        targets_of("polka")


@pytest.mark.parametrize("style", ["cinematic", "rock", "techno"])
def test_a_piece_is_mixed_as_its_family_is(style: str) -> None:
    assert misses(played(style), targets_of(style), whole=False) == ()


def test_a_mix_of_another_kind_misses() -> None:
    """Techno is too narrow and too low for an orchestra; what is mono, or phase-reversed, is no mix of any kind."""
    techno = played("techno")
    assert {"side_db", "low_end_db"} <= set(misses(techno, targets_of("cinematic"), whole=False))
    reversed_ = dataclasses.replace(techno, mono_loss_db=12.0, side_db_by_band=(9.0, 9.0, 9.0, 9.0))
    assert {"mono_loss_db", "low_side_db"} <= set(misses(reversed_, targets_of("techno"), whole=False))
    flat = dataclasses.replace(played("cinematic"), loudness_range_lu=4.5)
    assert misses(flat, targets_of("cinematic")) == ("loudness_range_lu",)
