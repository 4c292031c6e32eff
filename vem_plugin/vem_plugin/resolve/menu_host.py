"""A Resolve that lets no program in, as a `Host`: its menu sends the timeline as a file, and places what we prepare.

Reading, scoring and the library are those of a timeline file. What is more: `place.lua`, from which *VeM Score - place
music* puts the take onto the open timeline.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from vem_core.contract.errors import InputError
from vem_core.contract.foreign_files import MAX_STATE_BYTES, read_regular
from vem_plugin.hosts.base import Placement, Take
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.placement.state import METADATA_KEY, PlacedTake, read_state
from vem_plugin.resolve import media, quirks
from vem_plugin.resolve.exchange import Exchange, SentTimeline
from vem_plugin.resolve.lua_values import LuaValue

PLAN_FORM = 1
"""Of `place.lua`; the script in the menu refuses another."""

PLACE_BY_MENU = "In Resolve: Workspace > Scripts > VeM Score - place music. It lays the take onto its track."
_NO_STEM_LANES = "By Resolve's menu only the mix is placed; the stems lie beside the take."


class MenuHost(FileHost):
    """The `Host` of a timeline that Resolve's menu sent."""

    def __init__(self, timeline: Path, options: FileHostOptions, exchange: Exchange | None = None) -> None:
        super().__init__(timeline, options)
        self._exchange = exchange or Exchange.of_user()
        self._track_name, self._detail = options.track_name, options.markers
        sent = self._exchange.received(timeline)
        if sent is None:
            raise InputError(
                f"{timeline.name} was not sent by Resolve's menu.",
                hint="In Resolve: Workspace > Scripts > VeM Score - send timeline. Or score the file by `vem score`.",
            )
        self._sent: SentTimeline = sent

    def place(self, take: Take) -> Placement:
        """Write the take, and what Resolve's menu needs to place it. Raises OutputError, AudioError."""
        return self._prepared(super().place(take), take.muted_lane, take.stem_lanes)

    def place_kept(self, take: PlacedTake, *, stem_lanes: bool = False, muted_lane: int | None = None) -> Placement:
        """Prepare a take of the library. Raises OutputError, AudioError."""
        return self._prepared(super().place_kept(take, muted_lane=muted_lane), muted_lane, stem_lanes)

    def keep(self, take: PlacedTake, muted_lane: int | None = None) -> Placement:
        """Leave a take where it stands; Resolve's menu can still place it, if it never was."""
        return self._prepared(super().keep(take, muted_lane), muted_lane, stem_lanes=False)

    def _prepared(self, placement: Placement, muted_lane: int | None, stem_lanes: bool) -> Placement:
        state = read_state(read_regular(placement.score, MAX_STATE_BYTES))
        if not isinstance(state, PlacedTake):
            return placement  # its sound stands there, its state is gone: nothing to place it by
        self._exchange.write_plan(self._plan(state, placement, muted_lane))
        notices = (*placement.notices, PLACE_BY_MENU, *([_NO_STEM_LANES] if stem_lanes else []))
        return dataclasses.replace(placement, notices=notices)

    def _plan(self, take: PlacedTake, placement: Placement, muted_lane: int | None) -> dict[str, LuaValue]:
        sheet, delivery = self.read_timeline().sheet, take.request.delivery
        before, length = delivery.handle_before_frames, take.duration_frames
        frames = before + length + delivery.handle_after_frames
        media.pad_to_samples(placement.audio, quirks.whole_frame_samples(frames, sheet.rate))
        first = sheet.start_frames + take.in_frames
        folder = self.library_folder()
        return {
            "form": PLAN_FORM,
            "timeline_id": self._sent.timeline_id,
            "timeline": self._sent.name,
            "start_frame": sheet.start_frames,
            "rate": float(sheet.rate),
            "lane": self._track_name,
            "audio": str(placement.audio),
            "record_frame": first,
            "end_frame_excl": first + length,
            "source_start": before,
            "source_end_excl": before + length,
            "whole": take.in_frames == 0 and length == sheet.duration_frames,
            "ours": sorted(str(path) for path in folder.glob("*-take*.wav")),
            "muted": self._muted(muted_lane),
            "tag_key": METADATA_KEY,
            "tag": media.tag_text(take, self._track_name, placement.score),
            "markers": [dataclasses.asdict(marker) for marker in media.media_markers(take, self._detail)],
        }

    def _muted(self, number: int | None) -> LuaValue:
        lane = next((lane for lane in self.read_lanes() if lane.number == number), None)
        return None if lane is None else {"number": lane.number, "name": lane.name}
