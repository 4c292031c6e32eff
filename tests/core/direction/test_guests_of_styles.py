"""Instruments that no style's own band has lead to a style where one hears them."""

from __future__ import annotations

import pytest

from vem_core.composer.instruments import instruments
from vem_core.composer.styles import list_styles
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.direction import direct
from vem_core.direction.lexicon import guests_of_styles
from vem_core.training.beat_corpus import random_edit

SHEET = random_edit(20, 15)


def style_of(prompt: str, style: str | None = None) -> str:
    return direct(ScoreRequest(SHEET, Direction(prompt=prompt, style=style))).style.id


@pytest.mark.parametrize(
    ("prompt", "styles"),
    [
        ("ukulele and whistling", {"acoustic", "indie-pop"}),
        ("尤克里里和口哨", {"acoustic", "indie-pop"}),
        ("banjo", {"acoustic"}),
        ("koto und Shakuhachi", {"world"}),
        ("un clavecin", {"string-quartet", "waltz"}),
        ("timpani and brass", {"cinematic", "trailer"}),
    ],
)
def test_a_guest_leads_to_a_style_where_one_hears_it(prompt: str, styles: set[str]) -> None:
    assert style_of(prompt) in styles


def test_what_is_named_or_refused_outranks_guests() -> None:
    assert style_of("techno with a banjo") == "techno"
    assert style_of("banjo", style="house") == "house"
    assert style_of("no banjo, no ukulele") == style_of("")


def test_guests_and_their_styles_exist() -> None:
    styles = {style.id for style in list_styles()}
    for name, where in guests_of_styles().items():
        assert name in instruments()
        assert where <= styles
