"""A video with music as a sample of the corpus: its cuts, its beats as a tracker hears them, and which meet.

What a composed piece knows and a recording does not stays empty: there are no chords, no density, no sections.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vem_core.audio.loudness import measure_loudness
from vem_core.audio.types import Audio
from vem_core.contract.cut_sheet import Cut, CutKind, CutSheet, Shot
from vem_core.contract.errors import InputError
from vem_core.contract.plan import Beat, Bend, Ending, Hit, Landing, ScorePlan
from vem_core.contract.request import Direction, ScoreRequest, Thumbnail, ThumbnailUse
from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT, sample_of_frame
from vem_core.corpus.film import Film, read_film, read_frames, read_sound, to_jpeg
from vem_core.corpus.labels import CorpusLabels, CutLabel, PieceId, ShotLabel, Window
from vem_core.corpus.layouts import VideoItem
from vem_core.corpus.pictures import SHOT_SIZE, STRIP_SIZE, wanted_pictures
from vem_core.corpus.pieces import latent_energies
from vem_core.corpus.samples import CorpusSample
from vem_core.corpus.sound import Finish
from vem_core.corpus.splits import Split
from vem_core.parsing.base import Parser
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.tracking.base import BeatTracker, TrackedBeats

RECORDED_SEED = 999_999
"""The corpus seed of recorded pieces; nothing composed has it."""

_PROMINENCE_UNKNOWN = 0.5
_FRAME_S = 0.05


@dataclass(frozen=True)
class Filters:
    """What a pair must have to be learned from (after the paper's section on data)."""

    least_snr_db: float = 20.0
    least_coherence: float = 0.0  # cuts that meet beats beyond chance: 0 chance, 1 all
    least_beats: int = 8
    longest_s: float = 600.0


class Unsuitable(Exception):
    """Why a video is left out, in words."""


def recorded_sample(
    item: VideoItem, index: int, tracker: BeatTracker, parser: Parser, filters: Filters
) -> CorpusSample:
    """The sample of a video. Raises Unsuitable, or InputError for files that cannot be decoded."""
    film = read_film(item.video)
    if film.frames / film.rate > filters.longest_s:
        raise Unsuitable(f"it is longer than {filters.longest_s:.0f} s")
    sheet = sheet_of(item.name, film)
    audio = fit_length(read_sound(item.sound or item.video), sample_of_frame(sheet.duration_frames, sheet.rate))
    snr_db = signal_to_noise_db(audio)
    if snr_db < filters.least_snr_db:
        raise Unsuitable(f"its signal-to-noise ratio is {snr_db:.0f} dB")
    tracked = tracker.track(audio)
    if len(tracked.beats_samples) < filters.least_beats:
        raise Unsuitable(f"only {len(tracked.beats_samples)} beats are heard in it")
    coherence = rhythm_coherence(sheet, tracked, tracker)
    if coherence < filters.least_coherence:
        raise Unsuitable(f"its cuts meet its beats no better than chance (coherence {coherence:+.2f})")
    thumbnails, jpegs = take_pictures(item, sheet)
    request = ScoreRequest(sheet, Direction(prompt=". ".join(item.captions)), thumbnails=thumbnails)
    parse = parser.parse(request, jpegs)
    plan = plan_of(sheet, tracked, audio, item.key, parse.overall.style, parse.overall.emotion)
    captions = item.captions or (parse.overall.theme or item.name,)
    labels = CorpusLabels(
        piece=PieceId(Split.TRAIN, RECORDED_SEED, index),
        window=Window(0, -(-plan.duration_samples // SAMPLES_PER_LATENT)),
        profile="recorded",
        cut_to_music=coherence > 0.5,
        sheet=sheet,
        plan=plan,
        tempo_bpm=round(60 * SAMPLE_RATE_HZ / float(np.median(np.diff(tracked.beats_samples))), 3),
        chords=(),
        density=(),
        energy=latent_energies(sheet, plan),
        mood_words=(),
        captions=captions,
        shots=tuple(
            ShotLabel((shot.description or captions[0],), "", number, shot.visual)
            for number, shot in enumerate(parse.storyboard)
        ),
        cuts=tuple(
            CutLabel(
                hit.target_samples,
                CutKind.CUT,
                0,
                hit.landing,
                hit.landing in (Landing.BEAT, Landing.DOWNBEAT),
                _PROMINENCE_UNKNOWN,
            )
            for hit in plan.hits
        ),
        finish=Finish(round(max(measure_loudness(audio), -70.0), 2), 0.0, False),
        patches=(),
        thumbnails=thumbnails,
    )
    padded = fit_length(audio, labels.window.duration_samples)
    return CorpusSample(f"{index:06}-00", padded, labels, jpegs)


def sheet_of(name: str, film: Film) -> CutSheet:
    """The film's cuts as a sheet. Raises InputError for a film of less than a second."""
    if film.frames < film.rate:
        raise InputError(f"{name} is shorter than a second.")
    starts = (0, *film.cuts)
    shots = tuple(Shot(start, end - start) for start, end in zip(starts, (*film.cuts, film.frames), strict=True))
    return CutSheet(name, film.rate, 0, film.frames, shots, tuple(Cut(start) for start in film.cuts))


def fit_length(audio: Audio, samples: int) -> Audio:
    """The sound cut, or with silence added, to a length."""
    return np.pad(audio[:, :samples], ((0, 0), (0, max(0, samples - audio.shape[1]))))


def signal_to_noise_db(audio: Audio) -> float:
    """How far the loud twentieth of the sound stands above its quiet twentieth, in frames of 50 ms.

    Digital silence counts as a floor of -90 dB.
    """
    size = round(_FRAME_S * SAMPLE_RATE_HZ)
    count = max(1, audio.shape[1] // size)
    power = np.square(audio[:, : count * size].astype(np.float64)).reshape(2, count, -1).mean(axis=(0, 2))
    low, high = np.quantile(power, [0.05, 0.95])
    return float(10 * math.log10(max(high, 1e-9) / max(low, 1e-9)))


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


def take_pictures(item: VideoItem, sheet: CutSheet) -> tuple[tuple[Thumbnail, ...], dict[str, bytes]]:
    """The thumbnails that a host would send of the film, and their JPEGs by SHA-256."""
    wanted = list(dict.fromkeys(wanted_pictures(sheet)))
    thumbnails: dict[int, Thumbnail] = {}
    jpegs: dict[str, bytes] = {}
    for frame, image in read_frames(item.video, sorted({frame for _, _, frame in wanted})):
        for place, (shot, use, number) in enumerate(wanted):
            if number == frame:
                strip = use is ThumbnailUse.STRIP
                jpeg = to_jpeg(image, STRIP_SIZE if strip else SHOT_SIZE, square=strip)
                sha256 = hashlib.sha256(jpeg).hexdigest()
                jpegs[sha256] = jpeg
                thumbnails[place] = Thumbnail(sha256, shot, frame, use)
    return tuple(thumbnails[place] for place in sorted(thumbnails)), jpegs
