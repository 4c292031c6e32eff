"""Variants as they are planned: different from each other, and true to what the editor settled."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from fakes.random_edits import sheet_of
from vem_core.contract.errors import ContractError
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.variants import VariantPlan, VariantsRequest
from vem_core.pipeline.job import Job
from vem_core.pipeline.variants import alike, variants_of

SHEET = sheet_of(24 * 20, [52, 90, 151, 195, 252, 287, 353, 394])


def planned(count: int, folder: Path, seed: int = 0, **wishes: Any) -> tuple[VariantPlan, ...]:
    request = VariantsRequest(ScoreRequest(SHEET, Direction(**wishes), seed=seed), count)
    return variants_of(Job(request, {}, folder, lambda *progress: None)).variants


def test_as_many_as_asked_for_and_no_two_alike(tmp_path: Path) -> None:
    variants = planned(4, tmp_path, prompt="warm and hopeful")
    assert len(variants) == 4
    assert len({variant.style for variant in variants}) > 1
    for one, other in itertools.combinations(variants, 2):
        assert alike(one, other) < 0.75
        assert (one.seed, one.tempo_bpm, one.style) != (other.seed, other.tempo_bpm, other.style)


def test_the_most_suitable_style_is_among_them_and_none_that_does_not_suit(tmp_path: Path) -> None:
    variants = planned(4, tmp_path, prompt="warm and hopeful")
    assert max(variant.brief for variant in variants) == 1.0
    assert min(variant.brief for variant in variants) >= 0.1


def test_what_is_settled_stays(tmp_path: Path) -> None:
    variants = planned(3, tmp_path, style="house", tempo_bpm=(120.0, 122.0), key="C minor")
    assert {variant.style for variant in variants} == {"house"}
    assert {variant.tempo_bpm for variant in variants} == {(120.0, 122.0)}
    assert {variant.key for variant in variants} == {"C minor"}
    assert len({variant.seed for variant in variants}) == 3


def test_one_style_is_tried_at_several_tempi(tmp_path: Path) -> None:
    homes = sorted(variant.home_bpm for variant in planned(3, tmp_path, style="cinematic"))
    assert homes[-1] / homes[0] > 1.1


def test_a_variant_is_a_request_that_gives_it_again(tmp_path: Path) -> None:
    request = ScoreRequest(SHEET, Direction(prompt="tense", energy=0.4), seed=2**63 - 1)
    variants = variants_of(Job(VariantsRequest(request, 2), {}, tmp_path, lambda *progress: None)).variants
    for variant in variants:
        asked = variant.of(request)
        assert (asked.direction.style, asked.seed) == (variant.style, variant.seed)
        assert (asked.direction.prompt, asked.direction.energy) == ("tense", 0.4)


@pytest.mark.parametrize("count", [0, 13])
def test_too_many_or_none_is_no_request(count: int) -> None:
    with pytest.raises(ContractError, match="1 to 12"):
        VariantsRequest(ScoreRequest(SHEET), count)
