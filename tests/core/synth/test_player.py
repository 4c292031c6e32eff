"""A part renders notes of one pitch together, while what they are made of is still kept."""

from __future__ import annotations

from typing import Any

import pytest
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth import ensemble, player, render
from vem_core.synth import kept as store
from vem_core.synth.kept import KeptArrays, forget_all
from vem_core.synth.patch import Patch
from vem_core.synth.spectrum import BLOCK_SAMPLES
from vem_core.synth.stretches import FIRST_STRETCH_SAMPLES
from vem_core.synth.tone import Tone

SOFT, LOUD = 0.3, 0.9  # rendered apart: a harder bow opens the sound


@pytest.fixture
def loops(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The frequencies that loops were made for, where hardly more is kept than what one of them is made of."""
    made: list[float] = []
    length = ensemble._loop_samples

    def noted(frequency_hz: float, lengths: tuple[int, ...]) -> int:
        made.append(frequency_hz)
        return length(frequency_hz, lengths)

    forget_all()
    monkeypatch.setattr(ensemble, "_loop_samples", noted)
    monkeypatch.setattr(store, "MATERIAL", KeptArrays(5 * 2**20))
    return made


def test_notes_of_one_pitch_share_their_loop_from_stretch_to_stretch(make: Any, loops: list[float]) -> None:
    events = [(at, 1.0, pitch, SOFT if at < 8 else LOUD) for at in (5, 6, 9, 10) for pitch in (60, 67)]
    render(make.solo("strings.legato", *events, length_s=12.0), 3, stretch_samples=8 * BLOCK_SAMPLES)
    assert len(loops) == 2


def test_what_begins_a_piece_does_not_wait_for_notes_that_follow(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[object] = []
    render_note = player._rendered

    def noted(patch: Patch, tone: Tone) -> Tensor:
        rendered.append(tone)
        return render_note(patch, tone)

    monkeypatch.setattr(player, "_rendered", noted)
    later_s = FIRST_STRETCH_SAMPLES / SAMPLE_RATE_HZ + 1
    piece = make.solo("strings.legato", (0, 1.0, 60, SOFT), (later_s, 1.0, 60, LOUD), length_s=12.0)
    forget_all()
    notes: list[int] = []
    render(piece, 3, hear=lambda *_: notes.append(len(rendered)))
    assert (notes[0], notes[-1]) == (1, 2)
