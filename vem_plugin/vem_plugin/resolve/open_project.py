"""The project and timeline that are open in Resolve, and the bins of its media pool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from vem_core.contract.errors import RateError
from vem_plugin.resolve import api, quirks
from vem_plugin.resolve.errors import NothingOpen, ResolveClosed

STUDIO = "Studio"
BIN_NAME = "VeM Score"
"""Our bin, directly under the media pool's root."""


@dataclass(frozen=True)
class OpenTimeline:
    """A timeline of the open project, with everything that calls on it need."""

    resolve: api.Resolve
    project: api.Project
    media_pool: api.MediaPool
    timeline: api.Timeline

    @property
    def id(self) -> str:
        """Resolve's own id, which outlives a change of name; empty where Resolve refuses to give it."""
        return self.timeline.GetUniqueId() or ""

    @property
    def name(self) -> str:
        """As the editor sees it; not unique, and empty where Resolve refuses to give it."""
        return self.timeline.GetName() or ""

    @property
    def rate(self) -> Fraction:
        """Record frames per second. Raises RateError."""
        try:
            return quirks.frame_rate(self.timeline.GetSetting("timelineFrameRate"))
        except RateError:
            return self.project_rate

    @property
    def project_rate(self) -> Fraction:
        """The rate that sound gets at import; a timeline may have its own. Raises RateError."""
        return quirks.frame_rate(self.project.GetSetting("timelineFrameRate"))


def open_timeline(resolve: api.Resolve, timeline_id: str | None = None) -> OpenTimeline:
    """The current timeline, or the open project's one of that id. Raises ResolveClosed for the free edition,
    NothingOpen."""
    product = resolve.GetProductName() or ""
    if STUDIO not in product:
        raise ResolveClosed(f"This is {product or 'not DaVinci Resolve Studio'}: only Studio can be scored directly.")
    manager = resolve.GetProjectManager()
    project = manager.GetCurrentProject() if manager is not None else None
    media_pool = project.GetMediaPool() if project is not None else None
    if project is None or media_pool is None:
        raise NothingOpen("No project is open in DaVinci Resolve.")
    timeline = _timeline(project, timeline_id)
    if timeline is None and timeline_id is None:
        raise NothingOpen(f"No timeline is open in the project {project.GetName()!r}.")
    if timeline is None:
        raise NothingOpen(
            f"The timeline that was read is not in the open project, {project.GetName()!r}.",
            hint="Open the project that it belongs to, or read the open timeline again.",
        )
    return OpenTimeline(resolve, project, media_pool, timeline)


def _timeline(project: api.Project, timeline_id: str | None) -> api.Timeline | None:
    current = project.GetCurrentTimeline()
    if timeline_id is None or (current is not None and current.GetUniqueId() == timeline_id):
        return current
    timelines = (project.GetTimelineByIndex(index) for index in range(1, (project.GetTimelineCount() or 0) + 1))
    return next((found for found in timelines if found is not None and found.GetUniqueId() == timeline_id), None)


def walk_bins(media_pool: api.MediaPool) -> Iterator[api.Folder]:
    """Every bin of the media pool, the root first."""
    root = media_pool.GetRootFolder()
    waiting = [] if root is None else [root]
    while waiting:
        folder = waiting.pop()
        yield folder
        waiting += quirks.listed(folder.GetSubFolderList())


def find_media(media_pool: api.MediaPool, path: str) -> api.MediaPoolItem | None:
    """The media pool's item of a file; an editor may have moved it out of our bin."""
    bins = sorted(walk_bins(media_pool), key=lambda folder: folder.GetName() != BIN_NAME)
    items = (item for folder in bins for item in quirks.listed(folder.GetClipList()))
    return next((item for item in items if file_path(item) == path), None)


def file_path(item: api.MediaPoolItem | None) -> str:
    """The file of a media pool item; empty where it has none."""
    return "" if item is None else str(item.GetClipProperty("File Path") or "")
