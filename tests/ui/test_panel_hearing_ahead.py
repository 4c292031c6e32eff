"""The music plays while the rest of it is made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fakes.panel import HittingCore, Panel
from fakes.scripted_core import step
from fakes.takes import make_sheet
from vem_core.contract.errors import GenerationError
from vem_core.contract.progress import Progress, Stage
from vem_plugin.client.base import CoreInfo
from vem_ui.document.preferences import Preferences
from vem_ui.playback.growing_sound import GrowingSound
from vem_ui.playback.sound import SAMPLE_RATE_HZ
from vem_ui.windows.listening import MUSIC

INFO = CoreInfo("0.1.0", 1, "a fake", ("sketch",))


def pcm(seconds: float, level: float = 0.5) -> bytes:
    return np.full((round(seconds * SAMPLE_RATE_HZ), 2), round(level * 32_768), "<i2").tobytes()


def panel_with(core: HittingCore, qtbot: QtBot, folder: Path, *, audition: bool = True) -> Panel:
    panel = Panel(qtbot, folder, core=core, sheet=make_sheet(48, 72, 60), preferences=Preferences(audition=audition))
    panel.open()
    return panel


def playing_core(*after: Progress | Exception) -> HittingCore:
    return HittingCore((step(Stage.GENERATE, 1, 9), *after), info=INFO, previewed=pcm(3))


def test_it_plays_by_itself_and_the_take_takes_its_place(qtbot: QtBot, tmp_path: Path) -> None:
    panel = panel_with(playing_core(), qtbot, tmp_path)
    heard: list[float] = []
    panel.window.player.playing_changed.connect(
        lambda playing: heard.append(float(panel.window.player.mix.render(0.0, 10, 1.0).max()))
    )
    panel.score()
    assert heard[0] == pytest.approx(0.5)
    assert panel.window.player.playing
    assert not isinstance(panel.window.player.mix._sources[MUSIC], GrowingSound)
    panel.close()


@pytest.mark.parametrize("audition", [True, False])
def test_a_job_that_fails_leaves_the_take_that_was_there(audition: bool, qtbot: QtBot, tmp_path: Path) -> None:
    core = playing_core()
    panel = panel_with(core, qtbot, tmp_path, audition=audition)
    panel.score()
    panel.window.player.pause()
    before = panel.window.player.mix.render(0.0, 10, 1.0)
    core.script_on((step(Stage.GENERATE, 1, 9), GenerationError("It cannot be played.")))
    panel.window.form.prompt.setPlainText("slow")
    panel.score()
    assert panel.said.startswith("It cannot be played.")
    assert panel.window.player.mix.render(0.0, 10, 1.0) == pytest.approx(before)
    assert panel.window.player.playing is audition
    panel.close()


def test_music_grows_at_its_place() -> None:
    sound = GrowingSound(-10)
    sound.append(np.full((20, 2), 16_384, "<i2").tobytes())
    sound.append(np.full((5, 2), 8_192, "<i2").tobytes())
    assert sound.end_s == pytest.approx(15 / SAMPLE_RATE_HZ)
    assert sound.read(-12, 30)[:, 0] == pytest.approx([0.0] * 2 + [0.5] * 20 + [0.25] * 5 + [0.0] * 3)
