"""A video with music as a sample of the corpus: its cuts, its beats as a tracker hears them, and which meet.

What a composed piece knows and a recording does not (chords, density, sections) stays empty; what was estimated of it
stands in `CorpusLabels.estimates`. The music is described by its sound alone, never by what the picture shows.
"""

from __future__ import annotations

import hashlib
import io
import itertools
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from PIL import Image

from vem_core.audio.loudness import measure_loudness
from vem_core.audio.noise import measure_noise
from vem_core.audio.types import Audio
from vem_core.contract.cut_sheet import Cut, CutKind, CutSheet, Shot
from vem_core.contract.errors import InputError
from vem_core.contract.plan import Beat, Bend, Ending, Hit, Landing, ScorePlan
from vem_core.contract.request import Direction, ScoreRequest, Thumbnail, ThumbnailUse
from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT, sample_of_frame
from vem_core.corpus import hearing
from vem_core.corpus.estimates import Estimates, SeenShot
from vem_core.corpus.film import Film, read_sound, to_jpeg, watch
from vem_core.corpus.filters import FilmMeasures, Filters
from vem_core.corpus.labels import CorpusLabels, CutLabel, PieceId, ShotLabel, Window
from vem_core.corpus.layouts import VideoItem
from vem_core.corpus.pictures import SHOT_SIZE, STRIP_RATE_HZ, STRIP_SIZE, wanted_pictures
from vem_core.corpus.samples import CorpusSample, sample_key
from vem_core.corpus.sound import Finish
from vem_core.corpus.splits import Split
from vem_core.direction.sight import look
from vem_core.parsing.base import Parser
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.tracking.base import BeatTracker, TrackedBeats
from vem_core.temp_track.listening import key_of

RECORDED_SEED = 999_999
"""The corpus seed of recorded pieces; nothing composed has it."""

PAIRED_S = 0.5
"""The paper's tolerance, within which TBIoU pairs transitions and beats (section 4.1)."""

_PROMINENCE_UNKNOWN = 0.5


class RecordedFilm(NamedTuple):
    """What came of a video: its measures, and its sample unless the filters leave it out."""

    measures: FilmMeasures
    sample: CorpusSample | None


def record_film(
    item: VideoItem, index: int, tracker: BeatTracker, parser: Parser, filters: Filters, longest_s: float = 600.0
) -> RecordedFilm:
    """Look at a video and listen to it, each file decoded once.

    Raises InputError for files that cannot be decoded, LimitExceeded for a film longer than `longest_s`.
    """
    film = watch(item.video, longest_s=longest_s, with_sound=item.sound is None)
    sheet = sheet_of(item.name, film)
    sound = film.sound if item.sound is None else read_sound(item.sound)
    if sound is None:
        raise InputError(f"{item.video.name} has no sound.")
    audio = fit_length(sound, sample_of_frame(sheet.duration_frames, sheet.rate))
    tracked = tracker.track(audio)
    measures = _measure(sheet, audio, tracked, tracker)
    if filters.judge(measures) is not None:
        return RecordedFilm(measures, None)
    return RecordedFilm(measures, _sample(item, index, film, sheet, audio, tracked, tracker, parser, measures))


def _sample(
    item: VideoItem,
    index: int,
    film: Film,
    sheet: CutSheet,
    audio: Audio,
    tracked: TrackedBeats,
    tracker: BeatTracker,
    parser: Parser,
    measures: FilmMeasures,
) -> CorpusSample:
    thumbnails, jpegs = take_pictures(film, sheet)
    request = ScoreRequest(sheet, Direction(prompt=". ".join(item.captions)), thumbnails=thumbnails)
    parse = parser.parse(request, jpegs)
    estimates = _estimate(item, request, jpegs, audio, tracked, tracker)
    style = hearing.word_for(estimates.tags, hearing.STYLES_OF_TAGS)
    mood = hearing.word_for(estimates.tags, hearing.MOODS_OF_TAGS)
    plan = plan_of(sheet, tracked, audio, estimates.key, style, mood)
    captions = item.captions or (parse.overall.theme or item.name,)
    window = Window(0, -(-plan.duration_samples // SAMPLES_PER_LATENT))
    labels = CorpusLabels(
        piece=PieceId(Split.TRAIN, RECORDED_SEED, index),
        window=window,
        profile="recorded",
        cut_to_music=measures.coherence > 0.5,
        sheet=sheet,
        plan=plan,
        tempo_bpm=estimates.tempo_bpm,
        chords=(),
        density=(),
        energy=hearing.heard_energy(audio, window.latents),
        mood_words=tuple(dict.fromkeys(tag.word for tag in estimates.tags)),
        captions=captions,
        shots=tuple(
            ShotLabel((shot.description or captions[0],), "", number, shot.visual)
            for number, shot in enumerate(parse.storyboard)
        ),
        cuts=tuple(
            CutLabel(
                hit.target_samples,
                cut.kind,
                sample_of_frame(cut.extent_frames, sheet.rate),
                hit.landing,
                hit.landing in (Landing.BEAT, Landing.DOWNBEAT),
                _PROMINENCE_UNKNOWN,
            )
            for hit, cut in zip(plan.hits, sheet.cuts, strict=True)
        ),
        finish=Finish(round(max(measure_loudness(audio), -70.0), 2), 0.0, False),
        patches=(),
        thumbnails=thumbnails,
        estimates=estimates,
    )
    return CorpusSample(sample_key(index), fit_length(audio, window.duration_samples), labels, jpegs)


def _measure(sheet: CutSheet, audio: Audio, tracked: TrackedBeats, tracker: BeatTracker) -> FilmMeasures:
    noise = measure_noise(audio)
    cuts, beats = _cut_samples(sheet), list(tracked.beats_samples)
    frame_samples = float(SAMPLE_RATE_HZ / sheet.rate)
    near = [min((abs(beat - cut) for beat in beats), default=np.inf) <= frame_samples for cut in cuts]
    return FilmMeasures(
        duration_s=round(float(sheet.duration_frames / sheet.rate), 3),
        cuts=sum(cut.kind is CutKind.CUT for cut in sheet.cuts),
        dissolves=sum(cut.kind is CutKind.DISSOLVE for cut in sheet.cuts),
        beats=len(beats),
        snr_db=noise.snr_db,
        clipped_share=noise.clipped_share,
        hum_hz=noise.hum_hz,
        hum_db=noise.hum_db,
        coherence=round(rhythm_coherence(sheet, tracked, tracker), 4),
        cuts_on_beats=sum(near),
        cuts_in_cells=sum(in_one_cell(cuts, beats)),
        cuts_paired=sum(paired(cuts, beats)),
    )


def _estimate(
    item: VideoItem,
    request: ScoreRequest,
    jpegs: dict[str, bytes],
    audio: Audio,
    tracked: TrackedBeats,
    tracker: BeatTracker,
) -> Estimates:
    heard_key, clarity = key_of(audio)
    cuts, beats = _cut_samples(request.sheet), list(tracked.beats_samples)
    return Estimates(
        tracker=tracker.tracker_id,
        tempo_bpm=round(60 * SAMPLE_RATE_HZ / float(np.median(np.diff(beats))), 3) if len(beats) > 1 else 0.0,
        tempo_confidence=hearing.tempo_confidence(tracked.beats_samples),
        key=item.key or heard_key or "",
        key_confidence=clarity,
        key_given=bool(item.key),
        chords=hearing.heard_chords(audio, tracked.beats_samples),
        tags=hearing.heard_tags(audio),
        shots=tuple(
            SeenShot(
                round(sight.visual.light, 4),
                sight.valence,
                sight.arousal,
                round(sight.sureness, 4),
                sight.camera,
                sight.objects,
                sight.change,
            )
            for sight in look(request, jpegs)
        ),
        same_cell=in_one_cell(cuts, beats),
        within_half_second=paired(cuts, beats),
    )


def in_one_cell(cuts: list[int], beats: list[int]) -> tuple[bool, ...]:
    """For each cut (samples) whether a beat lies in its cell of 1/16 s: f_v AND f_m of the paper (before eq 9)."""
    cells = {beat * STRIP_RATE_HZ // SAMPLE_RATE_HZ for beat in beats}
    return tuple(cut * STRIP_RATE_HZ // SAMPLE_RATE_HZ in cells for cut in cuts)


def paired(cuts: list[int], beats: list[int]) -> tuple[bool, ...]:
    """For each cut (samples) whether it has a beat of its own within 0.5 s: the intersection in the paper's TBIoU.

    Each cut in turn takes the earliest beat that is left in reach, which pairs as many as possible.
    """
    left, found = iter(sorted(beats)), []
    beat = next(left, None)
    reach = PAIRED_S * SAMPLE_RATE_HZ
    for cut in cuts:
        while beat is not None and beat < cut - reach:
            beat = next(left, None)
        met = beat is not None and beat <= cut + reach
        found.append(met)
        if met:
            beat = next(left, None)
    return tuple(found)


def _cut_samples(sheet: CutSheet) -> list[int]:
    return [sample_of_frame(cut.record_frames, sheet.rate) for cut in sheet.cuts]


def sheet_of(name: str, film: Film) -> CutSheet:
    """The film's transitions as a sheet. Raises InputError for a film of less than a second."""
    if film.frames < film.rate:
        raise InputError(f"{name} is shorter than a second.")
    edges = (0, *(change.frame for change in film.transitions), film.frames)
    shots = tuple(Shot(start, end - start) for start, end in itertools.pairwise(edges))
    cuts = tuple(
        Cut(change.frame, CutKind.DISSOLVE, extent_frames=change.extent_frames)
        if change.extent_frames
        else Cut(change.frame)
        for change in film.transitions
    )
    return CutSheet(name, film.rate, 0, film.frames, shots, cuts)


def fit_length(audio: Audio, samples: int) -> Audio:
    """The sound cut, or with silence added, to a length."""
    return np.pad(audio[:, :samples], ((0, 0), (0, max(0, samples - audio.shape[1]))))


def rhythm_coherence(sheet: CutSheet, tracked: TrackedBeats, tracker: BeatTracker) -> float:
    """How much oftener than by chance a cut lies within 100 ms of a beat: 0 as by chance, 1 always; 0 without cuts."""
    totals = measure_alignment(sheet, tracked, tracker).beats_only
    if not totals.count or totals.chance_100_ms >= 1:
        return 0.0
    return (totals.hit_rate_100_ms - totals.chance_100_ms) / (1 - totals.chance_100_ms)


def plan_of(sheet: CutSheet, tracked: TrackedBeats, audio: Audio, key: str, style: str, mood: str) -> ScorePlan:
    """What was heard, as a plan: the tracked beats, which cuts they meet within a frame, how loud each shot is."""
    duration = sample_of_frame(sheet.duration_frames, sheet.rate)
    heard = [sample for sample in tracked.beats_samples if sample <= duration]
    bounds = [sample_of_frame(shot.start_frames, sheet.rate) for shot in sheet.shots]
    return ScorePlan(
        duration_samples=duration,
        beats=number_beats(heard, set(tracked.downbeats_samples)),
        hits=tuple(
            _meet(index, cut, heard, set(tracked.downbeats_samples), sheet.rate) for index, cut in enumerate(sheet.cuts)
        ),
        sections=(),
        shot_starts_samples=tuple(bounds),
        shot_energies=_energies(audio, [*bounds, duration]),
        style=style,
        mood=mood,
        key=key,
        bend=Bend.FREE,
        ending=Ending.CUT,
        final_beat=len(heard) - 1,
        seed=0,
    )


def number_beats(beats_samples: list[int], downbeats_samples: set[int]) -> tuple[Beat, ...]:
    """Beats counted from their downbeats; before the first downbeat they end bar 0."""
    first = next((place for place, sample in enumerate(beats_samples) if sample in downbeats_samples), 0)
    beats, bar, number = [], 0, 4 - (first - 1) % 4 - 1 if first else 0
    for place, sample in enumerate(beats_samples):
        begins = sample in downbeats_samples or place == 0 == first
        if begins:
            bar, number = bar + int(place > 0), 1
        else:
            number += 1
        beats.append(Beat(sample, bar, max(1, number)))
    return tuple(beats)


def _meet(index: int, cut: Cut, beats: list[int], downbeats: set[int], rate: Fraction) -> Hit:
    """The paper's f_v AND f_m, at the film's own rate."""
    target = sample_of_frame(cut.record_frames, rate)
    place = int(np.argmin(np.abs(np.array(beats) - target)))
    error = beats[place] - target
    if abs(error) > SAMPLE_RATE_HZ / rate:
        return Hit(index, False, target, Landing.MISS, None, error, 0.5)
    landing = Landing.DOWNBEAT if beats[place] in downbeats else Landing.BEAT
    return Hit(index, False, target, landing, Fraction(place), error, 0.5)


def _energies(audio: Audio, bounds: list[int]) -> tuple[float, ...]:
    """Each shot's level between the film's quiet and loud tenths, 0.1 .. 0.9."""
    size = SAMPLE_RATE_HZ // 10
    count = max(1, audio.shape[1] // size)
    power = np.square(audio[:, : count * size].astype(np.float64)).reshape(2, count, -1).mean(axis=(0, 2))
    levels = 10 * np.log10(power + 1e-9)
    low, high = np.quantile(levels, [0.1, 0.9])
    energies = []
    for start, end in itertools.pairwise(bounds):
        own = levels[start // size : max(start // size + 1, end // size)]
        share = (float(own.mean()) - low) / max(high - low, 3.0) if len(own) else 0.5
        energies.append(round(float(np.clip(0.1 + 0.8 * share, 0.1, 0.9)), 4))
    return tuple(energies)


def take_pictures(film: Film, sheet: CutSheet) -> tuple[tuple[Thumbnail, ...], dict[str, bytes]]:
    """The thumbnails that a host would send of the film, and their JPEGs by SHA-256."""
    thumbnails: list[Thumbnail] = []
    jpegs: dict[str, bytes] = {}
    for shot, use, frame in dict.fromkeys(wanted_pictures(sheet)):
        strip = use is ThumbnailUse.STRIP
        with Image.open(io.BytesIO(film.pictures[frame])) as kept:
            jpeg = to_jpeg(kept, STRIP_SIZE if strip else SHOT_SIZE, square=strip)
        sha256 = hashlib.sha256(jpeg).hexdigest()
        jpegs[sha256] = jpeg
        thumbnails.append(Thumbnail(sha256, shot, frame, use))
    return tuple(thumbnails), jpegs
