"""What the bridge calls of Resolve's scripting API, as types, written from Blackmagic's scripting README (July 2026).

Only calls that are made stand here, so that the type checker holds the bridge to the documented API. No call raises:
a refusal is False or None, which is why almost everything is optional. Frames are record frames unless said otherwise.
"""

from __future__ import annotations

# ruff: noqa: N802 - the names are Resolve's
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypedDict

TrackType = Literal["audio", "video", "subtitle"]
MarkRange = Mapping[str, float]
"""The keys "in" and "out", as far as they are set: frames from the timeline's start; "out" is part of the range."""


class ClipInfo(TypedDict):
    """One entry of `AppendToTimeline`."""

    mediaPoolItem: MediaPoolItem
    startFrame: int  # source frames, at the media's own rate
    endFrame: int  # exclusive
    mediaType: int  # AUDIO_ONLY
    trackIndex: int  # from 1
    recordFrame: int  # absolute: counted as GetStartFrame does


AUDIO_ONLY = 2


class MarkerInfo(TypedDict, total=False):
    """One entry of `GetMarkers`."""

    color: str
    duration: float
    note: str
    name: str
    customData: str


class MediaPoolItem(Protocol):
    def GetName(self) -> str | None:
        """As the editor sees it; not unique."""

    def GetUniqueId(self) -> str | None:
        """An id that stays when the name changes."""

    def GetClipProperty(self, propertyName: str) -> str | None:
        """A column of the media pool, such as "FPS", "Frames" or "File Path", always as text."""

    def GetThirdPartyMetadata(self, metadataType: str) -> str | None:
        """What was stored under a key of our own; empty or None where nothing was."""

    def SetThirdPartyMetadata(self, metadataType: str, metadataValue: str) -> bool | None:
        """Store a text under a key of our own; it stays with the project, not with the file."""

    def GetMarkers(self) -> Mapping[float, MarkerInfo] | None:
        """Markers by the frame they lie on, counted from the beginning of what has them."""

    def AddMarker(self, frameId: int, color: str, name: str, note: str, duration: int, customData: str) -> bool | None:
        """Put a marker on a frame of the medium; refused where one lies there already."""


class Folder(Protocol):
    def GetName(self) -> str | None: ...
    def GetUniqueId(self) -> str | None: ...
    def GetClipList(self) -> Sequence[MediaPoolItem] | None:
        """The items of this folder alone, not of those inside it."""

    def GetSubFolderList(self) -> Sequence[Folder] | None:
        """The folders directly inside."""


class TimelineItem(Protocol):
    def GetName(self) -> str | None: ...
    def GetUniqueId(self) -> str | None: ...
    def GetStart(self) -> float:
        """The first record frame, absolute as GetStartFrame counts."""

    def GetEnd(self) -> float:
        """The record frame after the last, absolute."""

    def GetLeftOffset(self) -> float | None:
        """How many frames of the medium lie unused before the first that is shown."""

    def GetMediaPoolItem(self) -> MediaPoolItem | None:
        """The medium it shows; None for titles, generators and transitions."""

    def GetProperty(self) -> Mapping[str, object] | None:
        """All of its settings by name; from 21.1 on with "AudioVolume", in dB."""

    def SetProperties(self, properties: Mapping[str, object]) -> bool | None:
        """Change settings by name. From 21.1 on."""

    def GetFades(self) -> object:
        """Its fades, in a form to hand back to SetFades unread. From 21.1 on."""

    def SetFades(self, fades: object) -> bool | None:
        """Give it the fades that GetFades gave. From 21.1 on."""

    def GetClipEnabled(self) -> bool | None:
        """Whether it is seen or heard, as far as the clip's own switch goes."""

    def GetType(self) -> str | None:
        """ "video", "audio", "generator" or "transition". From 21.1 on."""


class Timeline(Protocol):
    def GetName(self) -> str | None: ...
    def GetUniqueId(self) -> str | None: ...
    def GetStartFrame(self) -> int:
        """The number of the first record frame, as its timecode counts: 86400 for 01:00:00:00 at 24."""

    def GetStartTimecode(self) -> str | None:
        """The first frame's timecode; a ";" in it says drop frame."""

    def GetSetting(self, settingName: str) -> str | float | None:
        """A setting by its key, such as "timelineFrameRate", as text or number."""

    def GetTrackCount(self, trackType: TrackType) -> int | None:
        """How many tracks of a type there are; indices run from 1 up to it."""

    def GetTrackName(self, trackType: TrackType, trackIndex: int) -> str | None:
        """The name of a track by its index, from 1."""

    def SetTrackName(self, trackType: TrackType, trackIndex: int, name: str) -> bool | None:
        """Name a track by its index, from 1."""

    def GetTrackSubType(self, trackType: TrackType, trackIndex: int) -> str | None:
        """The channels of an audio track, such as "mono" or "stereo"; empty for other types."""

    def GetIsTrackEnabled(self, trackType: TrackType, trackIndex: int) -> bool | None:
        """Whether a track is switched on; its clips have switches of their own."""

    def SetTrackEnable(self, trackType: TrackType, trackIndex: int, enabled: bool) -> bool | None:
        """Switch a track on or off."""

    def GetIsTrackLocked(self, trackType: TrackType, trackIndex: int) -> bool | None:
        """Whether a track refuses edits."""

    def AddTrack(self, trackType: TrackType, subTrackType: str) -> bool | None:
        """Add a track on top of those of its type; `subTrackType` is "stereo" and the like for sound."""

    def DeleteTrack(self, trackType: TrackType, trackIndex: int) -> bool | None:
        """Delete a track with all that lies on it; those above move down by one index."""

    def GetItemListInTrack(self, trackType: TrackType, index: int) -> Sequence[TimelineItem] | None:
        """What lies on a track, in order of time; newer versions count transitions among it."""

    def DeleteClips(self, timelineItems: Sequence[TimelineItem], ripple: bool) -> bool | None:
        """Delete items; with `ripple` what comes later closes up."""

    def GetMarkers(self) -> Mapping[float, MarkerInfo] | None: ...
    def GetMarkInOut(self) -> Mapping[str, MarkRange] | None:
        """The in and out marks by kind, "video" and "audio"; a kind without marks is left out."""

    def SetMarkInOut(self, markIn: int, markOut: int, type: str) -> bool | None:  # noqa: A002
        """Set the marks, frames from the timeline's start, out inclusive; `type` is "video", "audio" or "all"."""

    def ClearMarkInOut(self, type: str) -> bool | None:  # noqa: A002
        """Take the marks of "video", "audio" or "all" away."""

    def GetCurrentTimecode(self) -> str | None:
        """Where the playhead is, as record timecode."""

    def SetCurrentTimecode(self, timecode: str) -> bool | None:
        """Move the playhead; only on a page that shows the timeline."""

    def Export(self, fileName: str, exportType: object) -> bool | None:
        """Write the timeline to a file; `exportType` is one of Resolve's own constants, such as EXPORT_OTIO."""


class MediaPool(Protocol):
    def GetRootFolder(self) -> Folder | None:
        """The folder that holds all others, called Master."""

    def AddSubFolder(self, folder: Folder, name: str) -> Folder | None:
        """Make a folder inside another; None where it was refused."""

    def GetCurrentFolder(self) -> Folder | None:
        """The folder that imports go to."""

    def SetCurrentFolder(self, folder: Folder) -> bool | None:
        """Choose the folder that imports go to."""

    def ImportMedia(self, items: Sequence[str]) -> Sequence[MediaPoolItem | None] | None:
        """Import files by path into the current folder; what could not be read is missing or None."""

    def AppendToTimeline(self, clips: Sequence[ClipInfo]) -> Sequence[TimelineItem | None] | None:
        """Lay clips onto the current timeline; one item for each, None where it was refused."""

    def DeleteClips(self, clips: Sequence[MediaPoolItem]) -> bool | None:
        """Take media out of the pool; their files stay."""

    def DeleteFolders(self, subfolders: Sequence[Folder]) -> bool | None:
        """Delete folders with all that is inside."""


class Project(Protocol):
    def GetName(self) -> str | None: ...
    def GetUniqueId(self) -> str | None: ...
    def GetSetting(self, settingName: str) -> str | float | None: ...
    def GetMediaPool(self) -> MediaPool | None:
        """The project's one media pool."""

    def GetTimelineCount(self) -> int | None:
        """How many timelines there are; indices run from 1 up to it."""

    def GetTimelineByIndex(self, idx: int) -> Timeline | None:
        """A timeline by its index, from 1."""

    def GetCurrentTimeline(self) -> Timeline | None:
        """The timeline that is open; None where there is none."""

    def SetCurrentTimeline(self, timeline: Timeline) -> bool | None:
        """Open a timeline; AppendToTimeline lays onto the one that is open."""


class ProjectManager(Protocol):
    def GetCurrentProject(self) -> Project | None:
        """The project that is open."""


class Resolve(Protocol):
    EXPORT_OTIO: object

    def GetProductName(self) -> str | None:
        """ "DaVinci Resolve" or "DaVinci Resolve Studio"."""

    def GetVersionString(self) -> str | None:
        """The version in digits and dots, such as "21.1.0"."""

    def GetProjectManager(self) -> ProjectManager | None:
        """The door to all projects."""

    def GetCurrentPage(self) -> str | None:
        """The page that is shown, such as "edit"; None while none is."""

    def OpenPage(self, pageName: str) -> bool | None:
        """Show a page by its name in small letters."""


class ScriptingModule(Protocol):
    """The native module, fusionscript."""

    def scriptapp(self, name: str) -> Resolve | None:
        """The running application of this name, "Resolve"; None where none runs or it lets nobody in."""
