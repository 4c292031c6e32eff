"""Timelines in the fake Resolve, and scores placed on them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from fakes.fake_resolve import FakeStudio
from fakes.resolve_project import Edit, Item, Media
from fakes.takes import make_take
from vem_core.contract.cut_sheet import CutSheet
from vem_plugin.hosts.base import Placement
from vem_plugin.resolve.host import ResolveHostOptions, ResolveStudioHost

LENGTHS = (24, 30, 20, 26)


def make_edit(
    rate: Fraction = Fraction(24), start_timecode: str = "01:00:00:00", lengths: tuple[int, ...] = LENGTHS
) -> Edit:
    """An edit of shots from media of their own; on the first audio track lies somebody's dialogue."""
    edit = Edit("Reel 1", rate, start_timecode, playhead=start_timecode)
    start = edit.start
    for index, length in enumerate(lengths):
        media = Media(f"/footage/{index}.mov", 1000, round(float(rate), 3))
        edit.video[0].items.append(Item(f"{index}.mov", start, start + length, media, left_offset=10))
        start += length
    dialogue = Media("/footage/dialogue.wav", 5000, round(float(rate), 3))
    edit.audio[0].items.append(Item("dialogue.wav", edit.start, edit.start + 50, dialogue, kind="audio"))
    return edit


def make_host(studio: FakeStudio, folder: Path, **options: object) -> ResolveStudioHost:
    return ResolveStudioHost(ResolveHostOptions(output=folder / "takes", **options), studio.connect)  # type: ignore[arg-type]


def score(host: ResolveStudioHost, folder: Path, *, span: tuple[int, int] | None = None, seed: int = 0) -> Placement:
    """Read, score and place."""
    sheet = host.read_timeline().sheet
    return host.place(score_of(sheet, folder, span=span, seed=seed))


def score_of(sheet: CutSheet, folder: Path, *, span: tuple[int, int] | None = None, seed: int = 0):  # type: ignore[no-untyped-def]
    cropped = sheet if span is None else sheet.crop(*span)
    return make_take(cropped, folder / f"job{seed}", in_frames=span[0] if span else 0, seed=seed)


def laid(edit: Edit, track: int = 1) -> list[tuple[str, int, int]]:
    """What lies on an audio track: names and offsets from the start."""
    items = edit.audio[track].items
    return [(item.name, item.start - edit.start, item.end - edit.start) for item in items]
