"""How well beats are measured: every tracker on the same held-out pieces, as they are and made hard to hear.

    python benchmarks/tracking.py [--pieces 60] [--trackers spectral recurrent madmom librosa] [--json]

Pieces are composed and played here with seeds that training never uses, in all styles in turn. Each is heard clean,
stretched in time, under babble like speech at the same loudness, and, with --soundfont, played through a SoundFont.
F is the F-measure of mir_eval at 70 ms, without trimming the start. On the clean sound the report is compared with
the plan: the share of cuts met within one frame as measured and as planned, and the median error of those met.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import mir_eval
import numpy as np

from vem_core.audio.types import Audio
from vem_core.contract.errors import VemError
from vem_core.contract.plan import ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.tracking import BeatTracker, TrackedBeats, tracker_by_id
from vem_core.rhythm.tracking.recurrent import RecurrentTracker
from vem_core.training.beat_augmentation import speech_like_noise
from vem_core.training.beat_corpus import HELD_OUT_SEEDS, CorpusPiece, corpus_piece, heard_beats_s

CONDITIONS = ("clean", "stretched", "speech", "soundfont")


class Heard(NamedTuple):
    """One piece in one condition, and where its beats are in it."""

    condition: str
    audio: Audio
    beats_s: np.ndarray
    downbeats_s: np.ndarray


class Score(NamedTuple):
    """What one tracker made of one piece in one condition."""

    tracker: str
    condition: str
    style: str
    beat_f: float
    downbeat_f: float
    error_ms: float  # median distance of found beats from the true ones, of those within 70 ms
    seconds: float


class Hits(NamedTuple):
    """Cuts of one piece met within one frame."""

    tracker: str
    cuts: int
    planned: int
    measured: int
    planned_off_beats: int
    measured_off_beats: int
    errors_ms: tuple[float, ...]  # of the cuts that are met, to the beat or off-beat


class LibrosaTracker:
    """librosa's dynamic programming tracker (Ellis, 2007), for comparison."""

    tracker_id = "librosa"
    licence_note = ""

    def __init__(self) -> None:
        import librosa

        self._librosa = librosa

    def track(self, audio: Audio) -> TrackedBeats:
        _, beats = self._librosa.beat.beat_track(y=audio.mean(axis=0), sr=SAMPLE_RATE_HZ, units="samples")
        return TrackedBeats(tuple(map(int, beats)), ())


def main() -> int:
    arguments = parse_arguments()
    trackers = list(available(arguments.trackers, arguments.weights))
    scores: list[Score] = []
    hits: list[Hits] = []
    for number in range(arguments.pieces):
        seed = HELD_OUT_SEEDS[number]
        piece = corpus_piece(seed)
        for heard in conditions(piece, seed, arguments.soundfont):
            for tracker in trackers:
                started = time.process_time()
                tracked = tracker.track(heard.audio)
                scores.append(judge(tracker, tracked, heard, piece.plan.style, time.process_time() - started))
                if heard.condition == "clean":
                    hits.append(count_hits(tracker, tracked, piece))
        sys.stderr.write(f"\r{number + 1} of {arguments.pieces} pieces ")
    sys.stderr.write("\n")
    summary = summarise(scores, hits)
    print(json.dumps(summary) if arguments.json else as_text(summary))
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pieces", type=int, default=60)
    parser.add_argument("--trackers", nargs="+", default=["spectral", "recurrent", "madmom", "librosa"])
    parser.add_argument("--weights", type=Path, help="weights of the recurrent tracker that are not released yet")
    parser.add_argument("--soundfont", type=Path, help="an .sf2 file; without one that condition is left out")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def available(names: list[str], weights: Path | None) -> Iterator[BeatTracker]:
    """The trackers that can be loaded here; the others are named and left out."""
    for name in names:
        try:
            if name == "librosa":
                yield LibrosaTracker()
            elif name == "recurrent" and weights is not None:
                yield RecurrentTracker(weights)
            else:
                yield tracker_by_id(name)
        except (VemError, ImportError) as error:
            sys.stderr.write(f"without {name}: {error}\n")


def conditions(piece: CorpusPiece, seed: int, soundfont: Path | None) -> Iterator[Heard]:
    from vem_core.synth import render

    mix = render(piece.piece, seed, stems=False).mix
    beats, downbeats = heard_beats_s(piece.plan), heard_beats_s(piece.plan, downbeats=True)
    yield Heard("clean", mix, beats, downbeats)
    speed = (0.92, 1.08)[seed % 2]
    yield Heard("stretched", stretched(mix, speed), beats / speed, downbeats / speed)
    yield Heard("speech", mix + babble_at(mix, seed), beats, downbeats)
    if soundfont is not None:
        played = render(piece.piece, seed, stems=False, soundfont=soundfont).mix
        yield Heard("soundfont", played, beats, downbeats)


def stretched(audio: Audio, speed: float) -> Audio:
    from python_stretch import Signalsmith

    stretcher = Signalsmith.Stretch()
    stretcher.preset(audio.shape[0], SAMPLE_RATE_HZ)
    stretcher.timeFactor = speed
    return np.asarray(stretcher.process(np.ascontiguousarray(audio)), np.float32)


def babble_at(mix: Audio, seed: int) -> Audio:
    """Babble as long and as loud (RMS) as the mix."""
    voice = speech_like_noise(mix.shape[1] / SAMPLE_RATE_HZ + 1, seed)[: mix.shape[1]]
    return voice * np.float32(np.sqrt(np.square(mix).mean() / np.square(voice).mean()))


def judge(tracker: BeatTracker, tracked: TrackedBeats, heard: Heard, style: str, seconds: float) -> Score:
    beats = np.array(tracked.beats_samples) / SAMPLE_RATE_HZ
    downbeats = np.array(tracked.downbeats_samples) / SAMPLE_RATE_HZ
    errors = [float(np.abs(beats - beat).min()) for beat in heard.beats_s] if len(beats) else []
    close = [error for error in errors if error <= 0.07]
    return Score(
        tracker.tracker_id,
        heard.condition,
        style,
        float(mir_eval.beat.f_measure(heard.beats_s, beats)),
        float(mir_eval.beat.f_measure(heard.downbeats_s, downbeats)),
        1000 * float(np.median(close)) if close else float("nan"),
        seconds,
    )


def count_hits(tracker: BeatTracker, tracked: TrackedBeats, piece: CorpusPiece) -> Hits:
    """Cuts met by the plan and by the sound, both judged by the same report."""
    planned = measure_alignment(piece.sheet, planned_beats(piece.plan), tracker)
    measured = measure_alignment(piece.sheet, tracked, tracker)
    errors = [cut.off_beat_error_ms for cut in measured.cuts if cut.off_beat_error_ms is not None]
    one_frame_ms = 1000 / float(piece.sheet.rate)
    cuts = len(piece.sheet.cuts)
    return Hits(
        tracker.tracker_id,
        cuts,
        round(planned.beats_only.hit_rate_1_frame * cuts),
        round(measured.beats_only.hit_rate_1_frame * cuts),
        round(planned.with_off_beats.hit_rate_1_frame * cuts),
        round(measured.with_off_beats.hit_rate_1_frame * cuts),
        tuple(abs(error) for error in errors if abs(error) <= one_frame_ms),
    )


def planned_beats(plan: ScorePlan) -> TrackedBeats:
    return TrackedBeats(
        tuple(beat.samples for beat in plan.beats), tuple(beat.samples for beat in plan.beats if beat.number == 1)
    )


def summarise(scores: list[Score], hits: list[Hits]) -> dict[str, object]:
    trackers = list(dict.fromkeys(score.tracker for score in scores))
    styles = sorted({score.style for score in scores})
    found = [name for name in CONDITIONS if any(score.condition == name for score in scores)]

    def mean(field: str, tracker: str, **wanted: str) -> float:
        rows = [
            score
            for score in scores
            if score.tracker == tracker and all(getattr(score, k) == v for k, v in wanted.items())
        ]
        return round(float(np.nanmean([getattr(row, field) for row in rows])), 4)

    return {
        "pieces": len(scores) // max(1, len(trackers) * len(found)),
        "conditions": {
            condition: {
                tracker: {field: mean(field, tracker=tracker, condition=condition) for field in Score._fields[3:]}
                for tracker in trackers
            }
            for condition in found
        },
        "beat_f_by_style": {
            style: {tracker: mean("beat_f", tracker=tracker, style=style, condition="clean") for tracker in trackers}
            for style in styles
        },
        "hits": {tracker: summarise_hits([hit for hit in hits if hit.tracker == tracker]) for tracker in trackers},
    }


def summarise_hits(hits: list[Hits]) -> dict[str, float]:
    cuts = sum(found.cuts for found in hits)
    errors = [error for found in hits for error in found.errors_ms]
    fields = ("planned", "measured", "planned_off_beats", "measured_off_beats")
    shares = {field: round(sum(getattr(found, field) for found in hits) / cuts, 4) for field in fields}
    return {"cuts": cuts, **shares, "median_error_of_hits_ms": round(float(np.median(errors)), 3) if errors else -1}


def as_text(summary: dict) -> str:  # type: ignore[type-arg]
    lines = [f"{summary['pieces']} pieces. F at 70 ms of beats and downbeats, median error, CPU seconds a piece."]
    for condition, trackers in summary["conditions"].items():
        for tracker, row in trackers.items():
            lines.append(
                f"  {condition:10} {tracker:10} {row['beat_f']:.3f}  {row['downbeat_f']:.3f}  "
                f"{row['error_ms']:5.1f} ms  {row['seconds']:5.2f} s"
            )
    lines.append("Beat F by style, clean:")
    lines += [
        f"  {style:14}" + "".join(f"{tracker:>12} {value:.3f}" for tracker, value in row.items())
        for style, row in summary["beat_f_by_style"].items()
    ]
    lines.append("Cuts within one frame, planned and measured: on beats, with off-beats; median error of those met.")
    lines += [
        f"  {tracker:10} {row['planned']:.1%} {row['measured']:.1%}   {row['planned_off_beats']:.1%} "
        f"{row['measured_off_beats']:.1%}   {row['median_error_of_hits_ms']:.1f} ms   ({row['cuts']} cuts)"
        for tracker, row in summary["hits"].items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
