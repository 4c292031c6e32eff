"""Your own music under a cut: what it meets, what that costs, and what its joints sound like, on ten tracks.

    python benchmarks/own_music.py [--tracks 10] [--soundfont FILE.sf2] [--json]

The tracks are scores of ours for other films, so that their tempi are wrong for the cut: ten styles, two of them played
through a SoundFont where one is named. Three are shorter than the film that they go under. Each is fitted as `vem score
--music` fits it, and heard by our tracker. Beside what it meets stands what the same track meets as it is, laid under
the film from its beginning, and chance. Joints are compared with the bar lines of the same tracks that have none.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # the edits that the tests use

from fakes.recuts import sourced_edit  # noqa: E402
from fakes.seams import Seam, beyond_range, seams_at  # noqa: E402
from vem_core.audio.files import read_audio, read_pcm  # noqa: E402
from vem_core.contract.cut_sheet import CutSheet  # noqa: E402
from vem_core.contract.own_music import OWN_MUSIC, OwnMusic  # noqa: E402
from vem_core.contract.request import Direction, ScoreRequest, SoundFont  # noqa: E402
from vem_core.contract.result import AlignmentReport, ScoreResult  # noqa: E402
from vem_core.own_music.loading import load_song  # noqa: E402
from vem_core.own_music.playing import jumps, largest_stretch  # noqa: E402
from vem_core.pipeline.job import Job  # noqa: E402
from vem_core.pipeline.ladder import score_timeline  # noqa: E402
from vem_core.rhythm.budget import plan_excursion, plan_ten_second_change  # noqa: E402
from vem_core.rhythm.report import measure_alignment  # noqa: E402

PLACES = (0, 48 * 65, 48 * 200)
"""A joint is looked at on its bar line, and so many samples before it, at the end and in the middle of the fade."""


@dataclass(frozen=True)
class Track:
    """A track, and the film that it goes under."""

    style: str
    cuts: int  # of the film that it was made for, whose shots last 3 s in the middle
    film_cuts: int = 20  # of the one that it goes under: 2.2 s
    sampled: bool = False  # its acoustic parts through the SoundFont


TRACKS = (
    Track("house", 30),
    Track("techno", 30),
    Track("lo-fi", 30),
    Track("rock", 30),
    Track("funk", 30),
    Track("trailer", 30),
    Track("synthwave", 12, film_cuts=30),
    Track("corporate", 12, film_cuts=30),
    Track("acoustic", 30, sampled=True),
    Track("jazz", 12, film_cuts=30, sampled=True),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, default=len(TRACKS))
    parser.add_argument("--soundfont", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    joints: list[list[Seam]] = [[] for _ in PLACES]
    lines: list[list[Seam]] = [[] for _ in PLACES]
    for number, track in enumerate(TRACKS[: arguments.tracks]):
        row, of_joints, of_lines = fitted(number, track, arguments.soundfont)
        rows.append(row)
        for place in range(len(PLACES)):
            joints[place] += of_joints[place]
            lines[place] += of_lines[place]
        sys.stderr.write(f"{row}\n")
    figures = {"tracks": rows, "all": summary(rows, joints, lines)}
    sys.stdout.write(json.dumps(figures) + "\n" if arguments.json else as_table(figures))


def fitted(
    number: int, track: Track, soundfont: Path | None
) -> tuple[dict[str, Any], list[list[Seam]], list[list[Seam]]]:
    """One track under one film: its figures, its joints, and the bar lines that are none, at each of the `PLACES`."""
    data = rendered(number, track, soundfont if track.sampled else None)
    sha256 = hashlib.sha256(data).hexdigest()
    sheet = sourced_edit(300 + number, median_s=2.2, cuts=track.film_cuts)
    request = ScoreRequest(sheet, model=OWN_MUSIC, music=OwnMusic(sha256, track.style))
    with tempfile.TemporaryDirectory() as folder:
        job = Job(request, {sha256: data}, Path(folder), lambda *progress: None)
        result = score_timeline(job)
        loaded = load_song(request.music, job.attachments, job.models, job.beat_tracker())  # type: ignore[arg-type]
        as_it_is = measured(job, sheet, data)
        pcm = read_pcm(Path(folder) / "mix.wav")
    plan, song = result.plan, loaded.song
    at_jumps = jumps(plan, song)
    bar_lines = [beat.samples for beat in plan.beats if beat.number == 1 and beat.samples not in at_jumps]
    return (
        _row(track, result, as_it_is)
        | {
            "song, BPM": round(song.bpm, 1),
            "song, s": round(song.duration_samples / 48_000),
            "jumps": len(at_jumps),
            "largest stretch": round(largest_stretch(plan, song), 4),
            "ends on its last hit": song.final_beat is not None
            and plan.beats[plan.final_beat].source_samples == round(song.at(song.final_beat)),
        },
        [list(seams_at(pcm, [at - before for at in at_jumps])) for before in PLACES],
        [list(seams_at(pcm, [at - before for at in bar_lines])) for before in PLACES],
    )


def rendered(number: int, track: Track, soundfont: Path | None) -> bytes:
    """The track as a WAV file."""
    film = sourced_edit(100 + number, median_s=3.0, cuts=track.cuts)
    font = None if soundfont is None else SoundFont(str(soundfont), hashlib.sha256(soundfont.read_bytes()).hexdigest())
    request = ScoreRequest(film, Direction(style=track.style), model="sketch", seed=number, soundfont=font)
    with tempfile.TemporaryDirectory() as folder:
        score_timeline(Job(request, {}, Path(folder), lambda *progress: None))
        return (Path(folder) / "mix.wav").read_bytes()


def measured(job: Job[ScoreRequest], sheet: CutSheet, data: bytes) -> AlignmentReport:
    """What the track meets as it is."""
    tracker = job.beat_tracker()
    return measure_alignment(sheet, tracker.track(read_audio(data, "track")), tracker)


def _row(track: Track, result: ScoreResult, as_it_is: AlignmentReport) -> dict[str, Any]:
    report = result.report
    return {
        "track": track.style + (" (sampled)" if track.sampled else ""),
        "cuts": report.with_off_beats.count,
        "on beats": round(report.beats_only.hit_rate_1_frame, 3),
        "chance on beats": round(report.beats_only.chance_1_frame, 3),
        "with off-beats": round(report.with_off_beats.hit_rate_1_frame, 3),
        "chance with off-beats": round(report.with_off_beats.chance_1_frame, 3),
        "as it is, with off-beats": round(as_it_is.with_off_beats.hit_rate_1_frame, 3),
        "excursion": round(plan_excursion(result.plan), 4),
        "change in 10 s": round(plan_ten_second_change(result.plan), 4),
    }


def summary(
    rows: Sequence[Mapping[str, Any]], joints: Sequence[Sequence[Seam]], lines: Sequence[Sequence[Seam]]
) -> dict[str, Any]:
    """All tracks together; hits are weighed by their cuts."""
    cuts = np.array([row["cuts"] for row in rows])

    def mean(name: str) -> float:
        return round(float((cuts * [row[name] for row in rows]).sum() / cuts.sum()), 3)

    names = ("on beats", "chance on beats", "with off-beats", "chance with off-beats", "as it is, with off-beats")
    return {
        **{name: mean(name) for name in names},
        "tracks with at least twice chance": sum(
            row["with off-beats"] >= 2 * row["chance with off-beats"] for row in rows
        ),
        "largest excursion": max(row["excursion"] for row in rows),
        "largest change in 10 s": max(row["change in 10 s"] for row in rows),
        "joints": len(joints[0]),
        "bar lines without one": len(lines[0]),
        "beyond their range by chance": round(2 * len(joints[0]) / (len(lines[0]) + 1), 2),
        **{
            f"beyond their range{place}, {measure}": beyond_range(of_joints, of_lines, measure)
            for place, of_joints, of_lines in zip(("", " 65 ms before", " 200 ms before"), joints, lines, strict=True)
            for measure in Seam._fields
        },
    }


def as_table(figures: Mapping[str, Any]) -> str:
    """The tracks as rows, and what they have together."""
    rows = figures["tracks"]
    names = list(rows[0])
    table = [names, *([str(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    together = [f"  {name:<45} {value}" for name, value in figures["all"].items()]
    return "\n".join([*lines, "", *together]) + "\n"


if __name__ == "__main__":
    main()
