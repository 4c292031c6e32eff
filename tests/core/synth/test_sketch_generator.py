"""The `sketch` model: a plan in; sound, stems and MIDI out."""

from __future__ import annotations

import dataclasses
import io

import mido
import numpy as np
import pytest

from fakes.requests import small_request
from fakes.score_plans import score_plan
from vem_core.contract.errors import Cancelled
from vem_core.contract.plan import SectionRole
from vem_core.contract.request import Delivery
from vem_core.generation.sketch import SketchGenerator

FORM = ((SectionRole.GROOVE, 2, 0.6), (SectionRole.ENDING, 1, 0.5))


def ignore(done: int, total: int) -> None:
    return None


def test_a_plan_becomes_sound_of_its_very_length_with_stems_and_midi() -> None:
    request, _ = small_request()
    request = dataclasses.replace(request, delivery=Delivery(stems=True, midi=True))
    plan = score_plan("house", form=FORM, bpm=122)
    rendering = SketchGenerator().generate(request, plan, ignore)
    assert rendering.mix.shape == (2, plan.duration_samples)
    assert rendering.mix.dtype == np.float32
    assert rendering.mix.any()
    assert len(rendering.stems) >= 3
    assert np.abs(np.sum(list(rendering.stems.values()), axis=0) - rendering.mix).max() < 1e-6
    assert rendering.midi is not None
    assert mido.MidiFile(file=io.BytesIO(rendering.midi)).length > 1


def test_only_what_is_asked_for_is_made_and_it_is_the_same_every_time() -> None:
    request, _ = small_request(seed=5)
    plan = score_plan("acoustic", form=FORM, bpm=100)
    first, again = (SketchGenerator().generate(request, plan, ignore) for _ in range(2))
    assert first.midi is None
    assert not first.stems
    np.testing.assert_array_equal(first.mix, again.mix)


def test_it_can_be_cancelled() -> None:
    def cancel(done: int, total: int) -> None:
        raise Cancelled("stopped")

    request, _ = small_request()
    with pytest.raises(Cancelled):
        SketchGenerator().generate(request, score_plan("house", form=FORM), cancel)
