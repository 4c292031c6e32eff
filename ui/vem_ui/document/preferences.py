"""What the editor set once for all timelines, kept in the user's configuration folder."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import QSettings

from vem_core.contract.request import Delivery, Device
from vem_core.contract.service import APP_NAME
from vem_core.contract.wishes import Wishes
from vem_plugin.timeline.sheet import ReadingOptions
from vem_ui.document.state import ScoreState

RECENT_KEPT = 10
FRAME_RATES = ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")
"""What the settings offer for files that state no rate, in frames per second."""


@dataclass(frozen=True)
class Preferences:
    """Defaults of new timelines, and how the panel looks and works."""

    model: str = "auto"
    device: Device = Device.AUTO
    loudness_lufs: float = -16.0
    stems: bool = False
    midi: bool = False
    output_folder: str = ""  # "": beside each timeline
    media_folders: tuple[str, ...] = ()
    frame_rate: str = ""  # one of FRAME_RATES, for edit lists that state none; "": as the file lets guess
    tolerance_frames: float = 1.0  # an error up to this is shown as a hit
    audition: bool = True
    idle_unload_min: float = 10.0
    theme: str = "dark"
    language: str = ""  # "": the system's
    recent: tuple[str, ...] = ()
    geometry: str = ""  # of the window that was closed last, as Qt writes it
    layout: str = ""  # how its parts shared it

    @property
    def initial_state(self) -> ScoreState:
        """What a timeline begins with that was never opened before."""
        usual = Preferences()
        values = {name: value for name, value in self._wishes().items() if value != usual._wishes()[name]}
        return ScoreState(Wishes(**values))

    @property
    def reading(self) -> ReadingOptions:
        """How timelines are read."""
        return ReadingOptions(rate=Fraction(self.frame_rate) if self.frame_rate in FRAME_RATES else None)

    def apply(self, state: ScoreState) -> ScoreState:
        """A state with the model, device and delivery of these preferences."""
        return state.asking(**{**self._wishes(), "stems": self.stems or state.stem_lanes})

    def _wishes(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "device": self.device,
            "loudness_lufs": self.loudness_lufs,
            "true_peak_dbtp": Delivery().true_peak_dbtp,
            "stems": self.stems,
            "midi": self.midi,
        }

    def with_recent(self, timeline: Path) -> Preferences:
        """With a timeline as the one opened last."""
        path = str(timeline.absolute())
        recent = (path, *(other for other in self.recent if other != path))
        return dataclasses.replace(self, recent=recent[:RECENT_KEPT])

    def without_recent(self, timeline: Path) -> Preferences:
        """Without a timeline that cannot be opened."""
        path = str(timeline.absolute())
        return dataclasses.replace(self, recent=tuple(other for other in self.recent if other != path))


class PreferenceStore:
    """Reads and writes preferences in an INI file; a value that cannot be read is the default."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or platformdirs.user_config_path(APP_NAME) / "panel.ini"

    @property
    def exists(self) -> bool:
        """Whether anything was ever set: False on the first run."""
        return self.path.exists()

    def load(self) -> Preferences:
        """The stored preferences."""
        settings = self._settings()
        values: dict[str, Any] = {
            field.name: read
            for field in dataclasses.fields(Preferences)
            if (read := _read(settings.value(field.name), field.default)) is not None
        }
        return dataclasses.replace(Preferences(), **values)

    def save(self, preferences: Preferences) -> None:
        """Store preferences."""
        settings = self._settings()
        for name, value in dataclasses.asdict(preferences).items():
            settings.setValue(name, "\n".join(value) if isinstance(value, tuple) else str(value))
        settings.sync()

    def _settings(self) -> QSettings:
        return QSettings(str(self.path), QSettings.Format.IniFormat)


def _read(stored: object, default: object) -> object | None:
    """A stored text as a value of the default's type; None where there is none, or it says nothing sensible."""
    if not isinstance(stored, str):
        return None
    try:
        if isinstance(default, bool):
            return stored == "True"
        if isinstance(default, tuple):
            return tuple(line for line in stored.split("\n") if line)
        if isinstance(default, Device | float):
            return type(default)(stored)
    except ValueError:
        return None
    return stored
