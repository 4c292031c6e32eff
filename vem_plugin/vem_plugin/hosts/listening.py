"""Having the core listen to a temp track."""

from __future__ import annotations

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.progress import Progress
from vem_core.contract.temp_track import TempTrack
from vem_plugin.client.base import CoreClient, OnProgress
from vem_plugin.client.session import core_session
from vem_plugin.files.locating import MediaLocator
from vem_plugin.sound.lanes import AudioLane
from vem_plugin.sound.temp_track import heard_lane


def _say_nothing(progress: Progress) -> None:
    pass


def listen_to(
    lane: AudioLane,
    locator: MediaLocator,
    sheet: CutSheet,
    in_frames: int,
    *,
    client: CoreClient | None = None,
    on_progress: OnProgress = _say_nothing,
) -> TempTrack:
    """What a core hears on a lane under a sheet that begins at `in_frames` of the timeline.

    `client` is a core that is open already; by default the user's own is used, near or far. Whatever `on_progress`
    raises cancels the listening. Raises AudioError for a file that is missing, damaged or may not be read, and where
    the lane is silent; CoreError.
    """
    sound = heard_lane(lane, locator, sheet, in_frames)
    name = f"The temp track {lane.name!r}"
    if client is not None:
        return client.listen(sheet, sound, name, on_progress)
    with core_session() as found:
        return found.listen(sheet, sound, name, on_progress)
