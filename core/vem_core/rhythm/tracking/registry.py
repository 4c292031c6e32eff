"""Beat trackers by name. Each is imported only when it is asked for."""

from __future__ import annotations

from vem_core.contract.errors import InputError, VemError
from vem_core.resources.registry import read_registry
from vem_core.rhythm.tracking.base import BeatTracker

TRACKER_IDS = ("auto", "recurrent", "spectral", "madmom")


def tracker_by_id(tracker_id: str = "auto") -> BeatTracker:
    """The tracker of that name; `auto` is the best of our own and never one with a licence to mind.

    Raises InputError for an unknown name, ModelMissing or WeightsDamaged for weights that cannot be loaded, CoreError
    where the package behind it is not installed.
    """
    if tracker_id == "auto":
        tracker_id = _best_of_ours()
    if tracker_id == "recurrent":
        from vem_core.rhythm.tracking.recurrent import RecurrentTracker

        return RecurrentTracker()
    if tracker_id == "spectral":
        from vem_core.rhythm.tracking.spectral import SpectralTracker

        return SpectralTracker()
    if tracker_id == "madmom":
        from vem_core.rhythm.tracking.madmom_tracker import MadmomTracker

        return MadmomTracker()
    raise InputError(f"There is no beat tracker {tracker_id!r}.", hint=f"Choose one of {', '.join(TRACKER_IDS)}.")


def available_trackers() -> tuple[str, ...]:
    """Our own tracker, and madmom where it is installed."""
    found = []
    for tracker in ("auto", "madmom"):
        try:
            tracker_by_id(tracker)
        except (VemError, ImportError):
            continue
        found.append(tracker)
    return tuple(found)


def _best_of_ours() -> str:
    """The trained tracker, or in a checkout without its weights the one that needs none."""
    shipped = {model.id for model in read_registry().models}
    return "recurrent" if "beats" in shipped else "spectral"
