"""The demo edit: a minute of a travel film, cut by feel, on no constant grid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import opentimelineio as otio

from vem_plugin.demo import sound
from vem_plugin.demo.footage import RATE, REELS, write_reel

REEL_FRAMES = 12 * int(RATE)
START_FRAMES = 3600 * int(RATE)  # editors start at one hour


@dataclass(frozen=True)
class DemoShot:
    """One clip of the edit."""

    reel: int
    source_frames: int
    duration_frames: int
    name: str
    words: str
    marker: str = ""  # at the shot's first frame
    dissolve_frames: int = 0  # into this shot, half on each side of the boundary


# fmt: off
SHOTS = (
    DemoShot(0,   0, 98, "Sea before dawn", "calm, wide, first light"),
    DemoShot(0, 120, 71, "Sun on the water", "quiet, hopeful", dissolve_frames=24),
    DemoShot(1,  10, 59, "Leaving home", "a road, setting out"),
    DemoShot(1, 110, 46, "Road, faster", "driving, open"),
    DemoShot(2,   0, 52, "Into the forest", "green, curious"),
    DemoShot(2,  90, 37, "Between the trees", "running"),
    DemoShot(1, 180, 31, "Road, bend", "driving"),
    DemoShot(2, 150, 43, "Clearing", "light, a breath"),
    DemoShot(3,   0, 34, "Market wide", "warm, busy, playful", marker="hit"),
    DemoShot(3,  60, 23, "Market, hands", "close, rhythmic"),
    DemoShot(3, 100, 19, "Market, spices", "colour, close"),
    DemoShot(3, 140, 26, "Market, laughter", "joy"),
    DemoShot(3, 190, 41, "Market, crane up", "rising"),
    DemoShot(4,   0, 67, "City at night", "wide, lights, expectation", dissolve_frames=18),
    DemoShot(4, 110, 29, "Taxi window", "fast lights"),
    DemoShot(4, 160, 22, "Stairs down", "bass through the wall"),
    DemoShot(5,   0, 38, "The dance floor", "loud, strobe, ecstatic", marker="drop"),
    DemoShot(5,  60, 17, "Dancer one", "strobe"),
    DemoShot(5, 100, 21, "Dancer two", "strobe"),
    DemoShot(4, 210, 15, "Lights outside", "fast"),
    DemoShot(5, 140, 25, "Dancers together", "ecstatic"),
    DemoShot(5, 190, 33, "Hands up", "ecstatic, bright"),
    DemoShot(6,   0, 83, "Above the clouds", "wide, triumphant, air"),
    DemoShot(6, 120, 49, "The summit", "arrival"),
    DemoShot(0, 200, 62, "The sea again", "home, at rest", dissolve_frames=30),
    DemoShot(6, 200, 88, "Logo", "end card", marker="hit logo"),
)
# fmt: on

TITLE_START_FRAMES, TITLE_DURATION_FRAMES = 20, 60
AMBIENCES = (sound.sea, sound.road, sound.forest, sound.market, sound.city, sound.club, sound.summit)  # of the reels
VOICE_STARTS_FRAMES = (26, 905)  # of the phrases: over the sea at dawn, and above the clouds
THROUGH_EDIT_SHOT = 13  # the city shot carries a blade mark in its middle, as edits do


def build_demo(folder: Path) -> Path:
    """Write the demo's footage, sound and timeline into `folder`; the timeline's path. Reuses what is there."""
    folder.mkdir(parents=True, exist_ok=True)
    media = folder / "media"
    media.mkdir(exist_ok=True)
    for reel in REELS:
        write_reel(reel, REEL_FRAMES, media / f"{reel.name}.mp4")
    for reel, draw in zip(REELS, AMBIENCES, strict=True):
        sound.write_ambience(reel.name, draw, REEL_FRAMES / float(RATE), media / f"{reel.name}.wav")
    for phrase in sound.PHRASES:
        sound.write_phrase(phrase, media / f"{phrase.name}.wav")
    path = folder / "demo.otio"
    otio.adapters.write_to_file(demo_timeline(), str(path))
    return path


def demo_timeline() -> otio.schema.Timeline:
    """The edit as an OpenTimelineIO timeline; its media paths are relative to its own file."""
    timeline = otio.schema.Timeline("VeM demo", global_start_time=_time(START_FRAMES))
    picture = otio.schema.Track("Video 1", kind=otio.schema.TrackKind.Video)
    for index, shot in enumerate(SHOTS):
        if shot.dissolve_frames:
            half = _time(shot.dissolve_frames // 2)
            kind = otio.schema.TransitionTypes.SMPTE_Dissolve
            picture.append(otio.schema.Transition("Cross dissolve", kind, in_offset=half, out_offset=half))
        picture.extend(_bladed(shot) if index == THROUGH_EDIT_SHOT else [_clip(shot)])
    timeline.tracks.extend([picture, _title_track(), _dialogue_track(), _ambience_track()])
    return timeline


def _time(frames: int) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frames, int(RATE))


def _span(start_frames: int, duration_frames: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(start_frames), _time(duration_frames))


def _clip(shot: DemoShot) -> otio.schema.Clip:
    reel = REELS[shot.reel]
    reference = otio.schema.ExternalReference(f"media/{reel.name}.mp4", _span(0, REEL_FRAMES))
    clip = otio.schema.Clip(shot.name, reference, _span(shot.source_frames, shot.duration_frames))
    clip.metadata["notes"] = shot.words
    if shot.marker:
        clip.markers.append(otio.schema.Marker(shot.marker, _span(shot.source_frames, 1)))
    return clip


def _bladed(shot: DemoShot) -> list[otio.schema.Clip]:
    """The shot as two clips that run on: a through-edit."""
    whole = _clip(shot)
    first_half = shot.duration_frames // 2
    second = whole.deepcopy()
    second.markers.clear()
    second.source_range = _span(shot.source_frames + first_half, shot.duration_frames - first_half)
    whole.source_range = _span(shot.source_frames, first_half)
    return [whole, second]


def _title_track() -> otio.schema.Track:
    track = otio.schema.Track("Video 2", kind=otio.schema.TrackKind.Video)
    card = otio.schema.GeneratorReference("Title", "Title", _span(0, TITLE_DURATION_FRAMES), {"text": "North"})
    track.append(otio.schema.Gap(source_range=_span(0, TITLE_START_FRAMES)))
    track.append(otio.schema.Clip("North (title)", card, _span(0, TITLE_DURATION_FRAMES)))
    return track


def _dialogue_track() -> otio.schema.Track:
    """The voice, which speaks no language, at its places."""
    track, at_frames = otio.schema.Track("Dialogue", kind=otio.schema.TrackKind.Audio), 0
    for phrase, start_frames in zip(sound.PHRASES, VOICE_STARTS_FRAMES, strict=True):
        frames = int(phrase.duration_s * RATE)
        reference = otio.schema.ExternalReference(f"media/{phrase.name}.wav", _span(0, frames))
        track.append(otio.schema.Gap(source_range=_span(0, start_frames - at_frames)))
        track.append(otio.schema.Clip(phrase.name, reference, _span(0, frames)))
        at_frames = start_frames + frames
    return track


def _ambience_track() -> otio.schema.Track:
    """What each shot was recorded with, cut where the picture is cut."""
    track = otio.schema.Track("Ambience", kind=otio.schema.TrackKind.Audio)
    for shot in SHOTS:
        reel = REELS[shot.reel]
        reference = otio.schema.ExternalReference(f"media/{reel.name}.wav", _span(0, REEL_FRAMES))
        track.append(otio.schema.Clip(shot.name, reference, _span(shot.source_frames, shot.duration_frames)))
    return track
