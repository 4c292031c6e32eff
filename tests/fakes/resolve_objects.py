"""The scripting API of the fake Resolve: thin views of what `fake_resolve` holds.

As in the real one no call raises or explains itself: refusals are False, None or `[None]`, every name is an attribute,
and the objects of a lost connection answer None to every name.
"""

from __future__ import annotations

import copy
import math
import wave
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import opentimelineio as otio

from fakes.resolve_export import exported, rate_as_number
from fakes.resolve_project import Bin, Edit, Item, Media, Track
from vem_core.contract.time import snap_rate, timecode

if TYPE_CHECKING:
    from fakes.fake_resolve import FakeStudio


class ApiObject:
    """A view of one thing, through one connection."""

    _since: dict[str, tuple[int, ...]] = {}  # noqa: RUF012

    def __init__(self, studio: FakeStudio) -> None:
        self._studio = studio
        self._generation = studio.generation

    def __getattr__(self, name: str) -> None:
        """Every name is an attribute: `hasattr` says nothing."""
        if name.startswith("__"):
            raise AttributeError(name)
        return

    def __getattribute__(self, name: str) -> Any:
        if not name[0].isupper():
            return object.__getattribute__(self, name)
        studio: FakeStudio = object.__getattribute__(self, "_studio")
        if object.__getattribute__(self, "_generation") != studio.generation or not studio.running:
            return None
        if name not in dir(self):
            return None
        value = object.__getattribute__(self, name)
        if not callable(value):
            return value

        def call(*arguments: Any) -> Any:
            studio.calls.append(name)
            if studio.lose_at(name):
                studio.generation += 1
                raise TypeError("'NoneType' object is not callable")
            return None if studio.refuse(name) else value(*arguments)

        return call

    def __dir__(self) -> list[str]:
        since = type(self)._since
        version: tuple[int, ...] = object.__getattribute__(self, "_studio").version
        return [name for name in super().__dir__() if since.get(name, ()) <= version]


class ResolveObject(ApiObject):
    EXPORT_OTIO = 15.0

    def GetProductName(self) -> str:
        return self._studio.product

    def GetVersionString(self) -> str:
        return ".".join(map(str, self._studio.version))

    def GetCurrentPage(self) -> str:
        return self._studio.page

    def OpenPage(self, page: str) -> bool:
        self._studio.page = page
        return True

    def GetProjectManager(self) -> ManagerObject:
        return ManagerObject(self._studio)


class ManagerObject(ApiObject):
    def GetCurrentProject(self) -> ProjectObject | None:
        return ProjectObject(self._studio) if self._studio.project_open else None


class ProjectObject(ApiObject):
    def GetName(self) -> str:
        return "My film"

    def GetUniqueId(self) -> str:
        return "project"

    def GetSetting(self, name: str) -> object:
        return rate_as_number(self._studio.rate) if name == "timelineFrameRate" else ""

    def GetMediaPool(self) -> PoolObject:
        return PoolObject(self._studio)

    def GetTimelineCount(self) -> int:
        return len(self._studio.edits)

    def GetTimelineByIndex(self, index: int) -> TimelineObject | None:
        edits = self._studio.edits
        return TimelineObject(self._studio, edits[index - 1]) if 1 <= index <= len(edits) else None

    def GetCurrentTimeline(self) -> TimelineObject | None:
        current = self._studio.current
        return None if current is None else TimelineObject(self._studio, current)

    def SetCurrentTimeline(self, timeline: TimelineObject) -> bool:
        self._studio.current = timeline._edit
        return True


class FolderObject(ApiObject):
    def __init__(self, studio: FakeStudio, folder: Bin) -> None:
        super().__init__(studio)
        self._folder = folder

    def GetName(self) -> str:
        return self._folder.name

    def GetUniqueId(self) -> str:
        return self._folder.id

    def GetClipList(self) -> list[MediaObject]:
        return [MediaObject(self._studio, media) for media in self._folder.clips]

    def GetSubFolderList(self) -> list[FolderObject]:
        return [FolderObject(self._studio, folder) for folder in self._folder.bins]


class MediaObject(ApiObject):
    def __init__(self, studio: FakeStudio, media: Media) -> None:
        super().__init__(studio)
        self._media = media

    def GetName(self) -> str:
        return Path(self._media.path).name

    def GetUniqueId(self) -> str:
        return self._media.id

    def GetClipProperty(self, name: str) -> object:
        media = self._media
        return {"File Path": media.path, "FPS": media.fps, "Frames": str(media.frames)}.get(name, "")

    def GetThirdPartyMetadata(self, key: str) -> str:
        return self._media.third_party.get(key, "")

    def SetThirdPartyMetadata(self, key: str, value: str) -> bool:
        if self._studio.keeps_metadata:
            self._media.third_party[key] = value
        return self._studio.keeps_metadata

    def GetMarkers(self) -> dict[float, dict[str, Any]]:
        return self._media.markers

    def AddMarker(self, frame: int, color: str, name: str, note: str, duration: int, data: str = "") -> bool:
        if float(frame) in self._media.markers or not 0 <= frame < self._media.frames:
            return False
        marker = {"color": color, "name": name, "note": note, "duration": float(duration), "customData": data}
        self._media.markers[float(frame)] = marker
        return True

    def TranscribeAudio(self) -> str:
        return "the AI package is not installed"  # a text, which is true, instead of False


class PoolObject(ApiObject):
    def GetRootFolder(self) -> FolderObject:
        return FolderObject(self._studio, self._studio.root)

    def AddSubFolder(self, folder: FolderObject, name: str) -> FolderObject | None:
        if any(inside.name == name for inside in folder._folder.bins):
            return None
        made = Bin(name)
        folder._folder.bins.append(made)
        self._studio.current_bin = made
        return FolderObject(self._studio, made)

    def GetCurrentFolder(self) -> FolderObject:
        return FolderObject(self._studio, self._studio.current_bin)

    def SetCurrentFolder(self, folder: FolderObject) -> bool:
        self._studio.current_bin = folder._folder
        return True

    def ImportMedia(self, paths: list[str]) -> list[MediaObject | None]:
        made: list[MediaObject | None] = []
        for path in paths:
            if not Path(path).is_file():
                made.append(None)
                continue
            with wave.open(path) as reader:  # frames that are not complete are not counted
                frames = math.floor(Fraction(reader.getnframes(), reader.getframerate()) * self._studio.rate)
            media = Media(path, frames, rate_as_number(self._studio.rate))
            self._studio.current_bin.clips.append(media)
            made.append(MediaObject(self._studio, media))
        return made

    def DeleteClips(self, clips: list[MediaObject]) -> bool:
        gone = {clip._media.id for clip in clips}
        for folder in self._studio.root.walk():
            folder.clips[:] = [media for media in folder.clips if media.id not in gone]
        for edit in self._studio.edits:
            for track in (*edit.video, *edit.audio):
                track.items[:] = [item for item in track.items if item.media is None or item.media.id not in gone]
        return True

    def DeleteFolders(self, folders: list[FolderObject]) -> bool:
        gone = {folder._folder.id for folder in folders}
        for folder in self._studio.root.walk():
            folder.bins[:] = [inside for inside in folder.bins if inside.id not in gone]
        if self._studio.current_bin.id in gone:
            self._studio.current_bin = self._studio.root
        return True

    def AppendToTimeline(self, clips: list[dict[str, Any]]) -> list[object]:
        edit = self._studio.current
        made: list[object] = []
        for clip in clips:
            tracks = [] if edit is None else edit.tracks("audio" if clip["mediaType"] == 2 else "video")
            if edit is None or not 1 <= clip["trackIndex"] <= len(tracks) or tracks[clip["trackIndex"] - 1].locked:
                return []
            item = self._laid(edit, clip)
            track = tracks[clip["trackIndex"] - 1]
            if item.end <= item.start or any(
                other.start < item.end and item.start < other.end for other in track.items
            ):
                made.append(None)  # the old item wins, the new one is dropped
                continue
            track.items.append(item)
            track.items.sort(key=lambda one: one.start)
            edit.playhead = timecode(item.end, edit.rate, drop_frame=";" in edit.start_timecode)
            made.append(None if self._studio.version < (21,) else ItemObject(self._studio, item))
        return made

    def _laid(self, edit: Edit, clip: dict[str, Any]) -> Item:
        media: Media = clip["mediaPoolItem"]._media
        media_rate = snap_rate(media.fps)
        end = min(clip["endFrame"], media.frames)
        length = math.floor((end - clip["startFrame"]) * edit.rate / media_rate)
        offset = math.floor(clip["startFrame"] * edit.rate / media_rate)
        start = int(clip["recordFrame"])
        return Item(Path(media.path).name, start, start + length, media, offset, "audio")


class TimelineObject(ApiObject):
    _since = dict.fromkeys(("GetMarkInOut", "SetMarkInOut", "ClearMarkInOut", "GetTrackSubType"), (19,)) | {
        "GetSettings": (21, 1)
    }

    def __init__(self, studio: FakeStudio, edit: Edit) -> None:
        super().__init__(studio)
        self._edit = edit

    def GetName(self) -> str:
        return self._edit.name

    def GetUniqueId(self) -> str:
        return self._edit.id

    def GetStartFrame(self) -> int:
        return self._edit.start

    def GetStartTimecode(self) -> str:
        return self._edit.start_timecode

    def GetSetting(self, name: str) -> object:
        return rate_as_number(self._edit.rate) if name == "timelineFrameRate" else ""

    def GetSettings(self) -> dict[str, object]:
        return {"timelineFrameRate": self.GetSetting("timelineFrameRate")}

    def GetTrackCount(self, kind: str) -> int:
        return len(self._edit.tracks(kind))

    def GetTrackName(self, kind: str, index: int) -> str:
        return self._track(kind, index).name

    def SetTrackName(self, kind: str, index: int, name: str) -> bool:
        self._track(kind, index).name = name
        return True

    def GetTrackSubType(self, kind: str, index: int) -> str:
        return self._track(kind, index).subtype

    def GetIsTrackEnabled(self, kind: str, index: int) -> bool:
        return self._track(kind, index).enabled

    def SetTrackEnable(self, kind: str, index: int, enabled: bool) -> bool:
        self._track(kind, index).enabled = enabled
        return True

    def GetIsTrackLocked(self, kind: str, index: int) -> bool:
        return self._track(kind, index).locked

    def AddTrack(self, kind: str, subtype: str = "mono") -> bool:
        tracks = self._edit.tracks(kind)
        tracks.append(Track(f"{kind.title()} {len(tracks) + 1}", subtype if kind == "audio" else ""))
        return True

    def DeleteTrack(self, kind: str, index: int) -> bool:
        del self._edit.tracks(kind)[index - 1]
        return True

    def GetItemListInTrack(self, kind: str, index: int) -> list[ItemObject] | None:
        if not 1 <= index <= len(self._edit.tracks(kind)):
            return None
        return [ItemObject(self._studio, item) for item in self._track(kind, index).items]

    def DeleteClips(self, items: list[ItemObject], ripple: bool = False) -> bool:
        studio = self._studio
        if studio.page != "edit" or ripple:
            return False
        if studio.deletes_fail > 0:
            studio.deletes_fail -= 1
            return False
        gone = {item._item.id for item in items}
        for track in (*self._edit.video, *self._edit.audio):
            if not track.locked:
                track.items[:] = [item for item in track.items if item.id not in gone]
        return True

    def GetMarkers(self) -> dict[float, dict[str, Any]]:
        return self._edit.markers

    def AddMarker(self, frame: int, color: str, name: str, note: str, duration: int, data: str = "") -> bool:
        if float(frame) in self._edit.markers:
            return False
        marker = {"color": color, "name": name, "note": note, "duration": float(duration), "customData": data}
        self._edit.markers[float(frame)] = marker
        return True

    def DeleteMarkerByCustomData(self, data: str) -> bool:
        found = [frame for frame, marker in self._edit.markers.items() if marker.get("customData") == data]
        for frame in found[:1]:  # the first match alone
            del self._edit.markers[frame]
        return bool(found)

    def GetMarkInOut(self) -> dict[str, dict[str, int]]:
        return copy.deepcopy(self._edit.marks)

    def SetMarkInOut(self, first: int, last: int, kind: str = "all") -> bool:
        for marked in ("video", "audio") if kind == "all" else (kind,):
            self._edit.marks[marked] = {"in": first, "out": last}
        return True

    def ClearMarkInOut(self, kind: str = "all") -> bool:
        self._edit.marks.clear()
        return True

    def GetCurrentTimecode(self) -> str:
        return self._edit.playhead

    def SetCurrentTimecode(self, value: str) -> bool:
        self._edit.playhead = value
        return True

    def Export(self, path: str, kind: object, subtype: object = None) -> bool:
        if kind != ResolveObject.EXPORT_OTIO or not self._studio.exports:
            return False
        otio.adapters.write_to_file(exported(self._edit), path)
        return True

    def _track(self, kind: str, index: int) -> Track:
        return self._edit.tracks(kind)[index - 1]


class ItemObject(ApiObject):
    _since = dict.fromkeys(("GetType", "SetProperties", "GetFades", "SetFades"), (21, 1))

    def __init__(self, studio: FakeStudio, item: Item) -> None:
        super().__init__(studio)
        self._item = item

    def GetName(self) -> str:
        return self._item.name

    def GetUniqueId(self) -> str:
        return self._item.id

    def GetStart(self) -> int:
        return self._item.start

    def GetEnd(self) -> int:
        return self._item.end

    def GetLeftOffset(self) -> float:
        return float(self._item.left_offset)

    def GetMediaPoolItem(self) -> MediaObject | None:
        return None if self._item.media is None else MediaObject(self._studio, self._item.media)

    def GetProperty(self) -> dict[str, object]:
        return self._item.properties(self._studio.version)

    def SetProperties(self, properties: dict[str, object]) -> bool:
        self._item.volume_db = float(str(properties.get("AudioVolume", self._item.volume_db)))
        return True

    def GetFades(self) -> dict[str, float]:
        return dict(self._item.fades)

    def SetFades(self, fades: dict[str, float]) -> bool:
        self._item.fades = dict(fades)
        return True

    def GetClipEnabled(self) -> bool:
        return self._item.enabled

    def GetType(self) -> str:
        return self._item.kind
