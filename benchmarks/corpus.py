"""The corpus: whether its labels agree with what a beat tracker hears, and how fast it is made.

    python benchmarks/corpus.py [--agreement 60] [--tracker madmom] [--soundfont FILE] [--speed 6]
                                [--proportions 300] [--building MOVIE ...] [--json]

Agreement: pieces of the test split are played and heard by a tracker that knows nothing of their labels; F is
mir_eval's at 70 ms without trimming the start, over the beats up to the last that anything plays on. Beside it stands F
where a tracker may hear twice or half the tempo (the best of the three), which tells a wrong label from another reading
of a right one. Speed: one process, cold and warm. With a SoundFont every piece's acoustic instruments are played from
it, in both. Proportions: how cuts landed, by kind of film; nothing is played. Building: what each step of
`vem data build` takes in processor seconds for an hour of film, and what it writes, measured on those movies.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import mir_eval
import numpy as np
import torch
from numpy.typing import NDArray

from vem_core.audio.noise import measure_noise
from vem_core.contract.request import ScoreRequest
from vem_core.contract.time import LATENT_RATE_HZ, SAMPLE_RATE_HZ, SAMPLES_PER_LATENT, sample_of_frame
from vem_core.corpus import hearing
from vem_core.corpus.film import watch
from vem_core.corpus.filters import Filters
from vem_core.corpus.labels import PieceId
from vem_core.corpus.layouts import VideoItem
from vem_core.corpus.pieces import CorpusPiece, make_piece
from vem_core.corpus.recorded import fit_length, record_film, sheet_of, take_pictures
from vem_core.corpus.samples import cut_samples, encode_sample
from vem_core.corpus.shards import hash_file
from vem_core.corpus.sound import play
from vem_core.corpus.splits import Split
from vem_core.direction.sight import look
from vem_core.parsing.registry import parser_by_id
from vem_core.rhythm.tracking.registry import TRACKER_IDS, tracker_by_id
from vem_core.temp_track.listening import key_of

WINDOW_LATENTS = 320
Instants = NDArray[np.float64]
_ANY = Filters(least_snr_db=-100, most_clipped=1, most_hum_db=100, least_beats=2)  # takes every movie


def heard_beats_s(made: CorpusPiece) -> Instants:
    """The labelled beats that something plays on, in seconds."""
    plan = made.labels.plan
    return np.array([beat.samples for beat in plan.beats[: plan.final_beat + 1]]) / SAMPLE_RATE_HZ


def beat_f(reference_s: Instants, found_s: Instants) -> float:
    return float(mir_eval.beat.f_measure(reference_s, found_s))


def best_level_f(reference_s: Instants, found_s: Instants) -> float:
    """F against the labels as they are, with the eighths between them, and every second of them."""
    doubled = np.sort(np.concatenate([reference_s, (reference_s[1:] + reference_s[:-1]) / 2]))
    return max(beat_f(level, found_s) for level in (reference_s, doubled, reference_s[::2], reference_s[1::2]))


def measure_agreement(pieces: int, tracker_id: str, seed: int, soundfont: Path | None) -> dict[str, object]:
    tracker = tracker_by_id(tracker_id)
    by_style: dict[str, list[tuple[float, float]]] = defaultdict(list)
    offsets_ms: list[float] = []
    for index in range(pieces):
        made = make_piece(PieceId(Split.TEST, seed, index), WINDOW_LATENTS)
        finish = dataclasses.replace(made.finish, soundfont=soundfont is not None)
        audio = play(made.piece, finish, made.seed, soundfont)
        found_s = np.array(tracker.track(audio).beats_samples, float) / SAMPLE_RATE_HZ
        reference_s = heard_beats_s(made)
        scores = beat_f(reference_s, found_s), best_level_f(reference_s, found_s)
        by_style[made.labels.plan.style].append(scores)
        if len(found_s) and len(reference_s):
            nearest = found_s[np.argmin(np.abs(found_s[None] - reference_s[:, None]), axis=1)] - reference_s
            offsets_ms += (1000 * nearest[np.abs(nearest) < 0.07]).tolist()
        sys.stderr.write(
            f"{index + 1}/{pieces} {made.labels.plan.style}, {made.labels.tempo_bpm:.0f} BPM, {made.labels.plan.mood}: "
            f"F {scores[0]:.3f}, best level {scores[1]:.3f}\n"
        )
    every = np.array([scores for style in by_style.values() for scores in style])
    return {
        "tracker": tracker_id,
        "pieces": pieces,
        "beat_f": round(float(every[:, 0].mean()), 4),
        "beat_f_median": round(float(np.median(every[:, 0])), 4),
        "beat_f_best_level": round(float(every[:, 1].mean()), 4),
        "median_offset_ms": round(float(np.median(offsets_ms)), 2),
        "by_style": {
            style: [round(float(value), 3) for value in np.mean(scores, axis=0)]
            for style, scores in sorted(by_style.items())
        },
    }


def measure_speed(pieces: int, seed: int, soundfont: Path | None) -> dict[str, object]:
    """Seconds of processor time for each step, the first round cold, the second with what the synthesiser keeps.

    With a SoundFont every piece's acoustic instruments are played from it.
    """
    torch.set_num_threads(1)
    rounds = []
    for _ in ("cold", "warm"):
        spent: Counter[str] = Counter()
        for index in range(pieces):
            begun = time.process_time()
            made = make_piece(PieceId(Split.TRAIN, seed, index), WINDOW_LATENTS)
            composed = time.process_time()
            finish = dataclasses.replace(made.finish, soundfont=soundfont is not None)
            audio = play(made.piece, finish, made.seed, soundfont)
            played = time.process_time()
            for sample in cut_samples(made, audio, WINDOW_LATENTS):
                encode_sample(sample)
            spent["compose_and_draw_s"] += composed - begun
            spent["play_s"] += played - composed
            spent["encode_s"] += time.process_time() - played
            spent["audio_s"] += audio.shape[1] / SAMPLE_RATE_HZ
        work_s = spent["compose_and_draw_s"] + spent["play_s"] + spent["encode_s"]
        rounds.append(
            {name: round(value, 2) for name, value in spent.items()}
            | {
                "times_real_time": round(spent["audio_s"] / work_s, 1),
                "pieces_per_minute": round(60 * pieces / work_s, 1),
            }
        )
    return {"pieces": pieces, "cold": rounds[0], "warm": rounds[1]}


def measure_proportions(pieces: int, seed: int) -> dict[str, object]:
    """How many cuts of each kind of film landed where, and how well the pictures tell the cuts on beats at best."""
    landings: dict[str, Counter[str]] = defaultdict(Counter)
    prominence: dict[bool, list[float]] = {True: [], False: []}
    for index in range(pieces):
        labels = make_piece(PieceId(Split.TRAIN, seed, index), WINDOW_LATENTS).labels
        kind = f"{labels.profile}, {'cut to music' if labels.cut_to_music else 'scored after the cut'}"
        for cut in labels.cuts:
            landings[kind][cut.landing.value] += 1
            prominence[cut.on_beat].append(cut.prominence)
    shares = {
        kind: {landing: round(count / counts.total(), 3) for landing, count in sorted(counts.items())}
        | {"cuts": counts.total()}
        for kind, counts in sorted(landings.items())
    }
    on, off = np.array(prominence[True]), np.array(prominence[False])
    auc = float(np.mean(on[:, None] > off[None]) + 0.5 * np.mean(on[:, None] == off[None]))
    return {"landings": shares, "on_beat": round(len(on) / (len(on) + len(off)), 3), "auc_ceiling": round(auc, 4)}


def measure_building(movies: Sequence[Path], tracker_id: str) -> dict[str, object]:
    """Processor seconds and bytes for an hour of film, after everything that is loaded once was loaded."""
    torch.set_num_threads(1)
    tracker, parser = tracker_by_id(tracker_id), parser_by_id("bundled")
    spent: Counter[str] = Counter()
    written: Counter[str] = Counter()
    clock = time.process_time()

    def lap(step: str) -> None:
        nonlocal clock
        now = time.process_time()
        spent[step] += now - clock
        clock = now

    tagger = hearing.tagging()
    record_film(VideoItem("first", movies[0]), 0, tracker, parser, _ANY)
    clock = time.process_time()
    film_s = 0.0
    for path in movies:
        hash_file(path)
        lap("hash")
        film = watch(path)
        lap("decode_and_find_cuts")
        if film.sound is None:
            raise SystemExit(f"{path} has no sound")
        sheet = sheet_of(path.stem, film)
        audio = fit_length(film.sound, sample_of_frame(sheet.duration_frames, sheet.rate))
        measure_noise(audio)
        lap("noise")
        beats = tracker.track(audio).beats_samples
        lap("beats")
        hearing.heard_tags(audio)
        lap("tags")
        key_of(audio)
        hearing.heard_chords(audio, beats)
        hearing.heard_energy(audio, audio.shape[1] // SAMPLES_PER_LATENT)
        lap("key_chords_energy")
        thumbnails, jpegs = take_pictures(film, sheet)
        lap("thumbnails")
        request = ScoreRequest(sheet, thumbnails=thumbnails)
        look(request, jpegs)
        lap("eyes")
        parser.parse(request, jpegs)
        lap("captions")
        made = record_film(VideoItem(path.stem, path), 0, tracker, parser, _ANY)
        clock = time.process_time()
        if made.sample is not None:
            for part, data in encode_sample(made.sample).parts.items():
                written[part] += len(data)
        lap("encode")
        written["pictures_held_in_memory"] += sum(map(len, film.pictures))
        film_s += made.measures.duration_s
    per_hour = 3600 / film_s
    return {
        "movies": len(movies),
        "film_s": round(film_s, 1),
        "tracker": tracker_id,
        "tagger": tagger,
        "processor_s_per_hour": {step: round(value * per_hour, 1) for step, value in spent.items()},
        "processor_s_per_hour_in_all": round(sum(spent.values()) * per_hour, 1),
        "megabytes_per_hour": {part: round(value * per_hour / 1e6, 1) for part, value in written.items()},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agreement", type=int, default=0, metavar="PIECES")
    parser.add_argument("--tracker", choices=TRACKER_IDS, default="madmom")
    parser.add_argument("--soundfont", type=Path, metavar="FILE", help="for agreement and speed")
    parser.add_argument("--speed", type=int, default=0, metavar="PIECES")
    parser.add_argument("--proportions", type=int, default=0, metavar="PIECES")
    parser.add_argument("--building", nargs="+", type=Path, default=[], metavar="MOVIE")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    results: dict[str, object] = {"window_s": WINDOW_LATENTS / LATENT_RATE_HZ}
    if chosen.agreement:
        results["agreement"] = measure_agreement(chosen.agreement, chosen.tracker, chosen.seed, chosen.soundfont)
    if chosen.speed:
        results["speed"] = measure_speed(chosen.speed, chosen.seed, chosen.soundfont)
    if chosen.proportions:
        results["proportions"] = measure_proportions(chosen.proportions, chosen.seed)
    if chosen.building:
        results["building"] = measure_building(chosen.building, chosen.tracker)
    print(json.dumps(results, indent=None if chosen.json else 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
