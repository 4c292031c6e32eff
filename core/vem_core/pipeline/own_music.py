"""Planning for music that the user brings: beats near to its own tempo, and which of its bars play on them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from vem_core.audio.types import Audio
from vem_core.contract.brief import MusicBrief
from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.plan import Bend, Ending, ScorePlan
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.direction.following import followed
from vem_core.own_music.arranging import Varied, arranged, carried_on
from vem_core.own_music.loading import LoadedSong, load_song
from vem_core.own_music.playing import largest_stretch, play_song
from vem_core.own_music.song import Song, read_song
from vem_core.pipeline.job import AnyJob
from vem_core.refit.plan import RefittedPlan
from vem_core.rhythm.budget import RhythmTraits
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.planner_hits import MET
from vem_core.rhythm.tracking.base import TrackedBeats
from vem_core.temp_track.listening import key_of

SONG_ROOM = 0.04
"""How far the tempo may be from the song's own. Within this, beats leave their section's home as little as composed
music's do."""


class Fit(NamedTuple):
    """Music fitted to a timeline: its sound, as long as the timeline, and what was done to it."""

    audio: Audio
    start_shift_ms: float  # positive: the music begins later
    largest_stretch: float  # of local speed, relative


def song_of(request: ScoreRequest, job: AnyJob) -> LoadedSong:
    """The song that a request names. Raises AudioError."""
    assert request.music is not None
    return load_song(request.music, job.attachments, job.models, job.beat_tracker())


def song_range_bpm(song: Song) -> tuple[float, float]:
    """The tempi that a song may be played at."""
    return max(20.0, song.bpm / (1 + SONG_ROOM)), min(400.0, song.bpm * (1 + SONG_ROOM))


def song_traits(song: Song) -> RhythmTraits:
    """What a song brings to the planning of beats; whether it plays sixteenths nobody knows, so they meet nothing."""
    return RhythmTraits(Bend.GROOVE, sixteenths=False, beats_per_bar=song.beats_per_bar, breathes=False)


def plan_song(request: ScoreRequest, brief: MusicBrief, weights: Sequence[float], job: AnyJob) -> ScorePlan:
    """The plan of a song under the request's cuts. Raises AudioError."""
    loaded = song_of(request, job)
    direction = dataclasses.replace(followed(request.direction, brief), tempo_bpm=None, key=None)
    plan = plan_score(
        request.sheet,
        direction,
        request.seed,
        tempo_range_bpm=song_range_bpm(loaded.song),
        style=brief.style.id,
        mood=brief.mood.word,
        weights=weights,
        key=key_of(loaded.sound)[0],
        traits=song_traits(loaded.song),
    )
    return arranged(plan, loaded.song, drops_of(plan, request.sheet))


def fit_to_cuts(sound: Audio, tracked: TrackedBeats, sheet: CutSheet) -> Fit:
    """A song (2, T) whose beats were tracked brought onto the cuts as it runs, nothing of it left out or repeated.

    The planner lays its beats as it lays those of a song that is cut. Longer music stops where the sheet ends, shorter
    music is followed by silence. Raises AudioError where no beats were heard.
    """
    song = read_song(sound, tracked)
    direction = Direction(ending=Ending.CUT)
    plan = plan_score(
        sheet, direction, 0, tempo_range_bpm=song_range_bpm(song), style="", mood="", traits=song_traits(song)
    )
    if not any(hit.landing in MET for hit in plan.hits):
        length = plan.duration_samples
        return Fit(np.pad(sound[:, :length], ((0, 0), (0, max(0, length - sound.shape[1])))), 0.0, 0.0)
    plan = carried_on(plan, song)
    first = plan.beats[0]
    assert first.source_samples is not None
    shift_ms = (first.samples - first.source_samples) * 1000 / SAMPLE_RATE_HZ
    return Fit(play_song(sound, song, plan), shift_ms, largest_stretch(plan, song))


def refitted_song(refitted: RefittedPlan, request: ScoreRequest, job: AnyJob) -> RefittedPlan:
    """A refitted plan with the song's bars: those that stay as they were, and between them what leads on best.

    Bars that shall vary play something else of it.
    """
    assert request.recut is not None
    song = song_of(request, job).song
    before = {beat.samples: beat.source_samples for beat in request.recut.earlier.plan.beats}
    kept = {}
    for number, beat in enumerate(refitted.plan.beats):
        for span in refitted.kept:
            source = before.get(beat.samples - span.start_samples + span.earlier_samples)
            if span.start_samples <= beat.samples < span.end_excl_samples and source is not None:
                kept[number] = song.nearest_beat(source)
    drops = drops_of(refitted.plan, request.sheet)
    varied = _varied(refitted.plan, song, before)
    return dataclasses.replace(refitted, plan=arranged(refitted.plan, song, drops, kept, varied))


def _varied(plan: ScorePlan, song: Song, before: Mapping[int, int | None]) -> dict[int, Varied]:
    """The bars that have a seed of their own, by their first beats. `before`: what played where, in samples."""
    seeds = {
        bar: section.part.seed
        for section in plan.sections
        if section.part is not None and section.part.seed != plan.seed
        for bar in range(section.first_bar, section.first_bar + section.bars)
    }
    found = {}
    for number, beat in enumerate(plan.beats):
        if beat.bar in seeds and (number == 0 or plan.beats[number - 1].bar != beat.bar):
            source = before.get(beat.samples)
            found[number] = Varied(seeds[beat.bar], None if source is None else song.nearest_beat(source))
    return found


def drops_of(plan: ScorePlan, sheet: CutSheet) -> tuple[int, ...]:
    """The beats that meet a drop."""
    return tuple(
        int(hit.beat)
        for hit in plan.hits
        if hit.beat is not None
        and hit.beat.denominator == 1
        and (sheet.events if hit.event else sheet.cuts)[hit.index].wish is Wish.DROP
        and abs(hit.error_samples) <= SAMPLE_RATE_HZ // 10
    )
