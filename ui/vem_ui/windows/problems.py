"""Errors in the panel's words: what happened, and the one thing to do about it in this window."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from vem_core.contract.errors import (
    AdapterMissing,
    AudioError,
    CoreError,
    CoreLost,
    CoreMissing,
    GenerationError,
    ModelMissing,
    OutOfMemory,
    OutputError,
    SeveralTimelines,
    TimelineError,
    VemError,
)
from vem_ui.document.takes import StoredTake
from vem_ui.document.wording import for_window
from vem_ui.strip.model import frames_of_samples


class Remedy(enum.Enum):
    """What a button in the message bar can do."""

    NONE = "none"
    TRY_AGAIN = "try again"
    SETTINGS = "settings"
    USE_SKETCH = "use sketch"
    READ_AGAIN = "read again"
    DELETE_TAKE = "delete take"
    INSTALL_CORE = "install core"


@dataclass(frozen=True)
class Problem:
    """A failure as the window shows it."""

    text: str
    remedy: Remedy
    action: str  # the button's text


def problem_of(error: VemError) -> Problem:
    """The failure and its remedy. Hints that speak of the command line are replaced by the window's own."""
    remedy = next((remedy for kind, remedy in _REMEDIES if isinstance(error, kind)), Remedy.NONE)
    said = " ".join(part for part in (for_window(error.message), for_window(_advice(error))) if part)
    return Problem(said, remedy, _action(remedy))


def unmet_marks(stored: StoredTake | None) -> tuple[int, ...]:
    """The record frames of marks that a take's music could not meet, in order."""
    if stored is None:
        return ()
    rate, first = stored.take.request.sheet.rate, stored.take.in_frames
    found = (first + round(frames_of_samples(mark.target_samples, rate)) for mark in stored.take.result.plan.unmet)
    return tuple(sorted(found))


_REMEDIES: tuple[tuple[type[VemError], Remedy], ...] = (
    (OutputError, Remedy.SETTINGS),
    (ModelMissing, Remedy.USE_SKETCH),
    (OutOfMemory, Remedy.USE_SKETCH),
    (AdapterMissing, Remedy.NONE),
    (TimelineError, Remedy.READ_AGAIN),
    (AudioError, Remedy.DELETE_TAKE),
    (CoreMissing, Remedy.INSTALL_CORE),
    (CoreError, Remedy.TRY_AGAIN),
    (GenerationError, Remedy.TRY_AGAIN),
)


def _advice(error: VemError) -> str:
    if isinstance(error, OutputError):
        return QCoreApplication.translate("Problems", "Choose another output folder in the settings.")
    if isinstance(error, ModelMissing | OutOfMemory):
        return QCoreApplication.translate(
            "Problems", "The sketch model works everywhere; or score a shorter selection."
        )
    if isinstance(error, CoreLost):
        return QCoreApplication.translate(
            "Problems", "Your direction and takes are safe. Try again: the core is started again."
        )
    if isinstance(error, CoreMissing):
        return QCoreApplication.translate("Problems", "It makes the music; install it here, with one click.")
    if isinstance(error, SeveralTimelines):
        return ""  # the window asks which
    return error.hint


def _action(remedy: Remedy) -> str:
    return {
        Remedy.NONE: "",
        Remedy.TRY_AGAIN: QCoreApplication.translate("Problems", "Try again"),
        Remedy.SETTINGS: QCoreApplication.translate("Problems", "Settings"),
        Remedy.USE_SKETCH: QCoreApplication.translate("Problems", "Use sketch"),
        Remedy.READ_AGAIN: QCoreApplication.translate("Problems", "Read again"),
        Remedy.INSTALL_CORE: QCoreApplication.translate("Problems", "Install the core ..."),
        Remedy.DELETE_TAKE: QCoreApplication.translate("Problems", "Delete take"),
    }[remedy]
