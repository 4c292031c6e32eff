"""Beat trackers: ours, and madmom's where it is installed."""

from vem_core.rhythm.tracking.base import BeatTracker, TrackedBeats
from vem_core.rhythm.tracking.registry import TRACKER_IDS, tracker_by_id

__all__ = ["TRACKER_IDS", "BeatTracker", "TrackedBeats", "tracker_by_id"]
