"""What is heard on a temp track becomes the direction, and can be taken back out of it."""

from __future__ import annotations

import pytest

from vem_core.contract.errors import ContractError
from vem_core.contract.request import Direction
from vem_core.contract.temp_track import TempTrack

HEARD = TempTrack((100.0, 112.0), "A minor", 0.2, (0.2, None, 0.8), ("house", "funk"))


def test_it_fills_what_the_direction_leaves_open() -> None:
    followed = Direction(prompt="dusk").following(HEARD)
    assert (followed.tempo_bpm, followed.key, followed.style) == ((100.0, 112.0), "A minor", "house")
    assert followed.shot_energies == (0.2, None, 0.8)
    assert followed.prompt == "dusk"


def test_the_editor_outranks_it_and_so_does_each_shot_s_own_energy() -> None:
    wished = Direction(tempo_bpm=(90, 90), key="C major", style="funk", shot_energies=(None, 0.5, 0.1))
    followed = wished.following(HEARD)
    assert (followed.tempo_bpm, followed.key, followed.style) == ((90, 90), "C major", "funk")
    assert followed.shot_energies == (0.2, 0.5, 0.1)
    assert Direction(energy=0.4).following(HEARD).shot_energies == ()


def test_leaving_it_gives_back_what_was_not_touched_since() -> None:
    wished = Direction(prompt="dusk", shot_energies=(None, 0.5, None))
    assert wished.following(HEARD).leaving(HEARD) == wished
    edited = Direction(key="E minor").following(HEARD).leaving(HEARD)
    assert edited == Direction(key="E minor")


def test_an_energy_out_of_range_is_refused() -> None:
    with pytest.raises(ContractError, match="between 0 and 1"):
        TempTrack(None, None, 0.0, (1.2,), ())
