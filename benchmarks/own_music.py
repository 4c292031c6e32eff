"""Your own music under a cut: what it meets, what that costs, and what its joints sound like, on ten tracks.

    python benchmarks/own_music.py [--tracks 10] [--seed 0] [--styles house,jazz] [--soundfont FILE.sf2] [--json]

The tracks are scores of ours for other films, so that their tempi are wrong for the cut: ten styles, two of them played
through a SoundFont where one is named. Three are shorter than the film that they go under. Each is fitted as `vem score
--music` fits it, and heard by our tracker. Beside what it meets stands what the same track meets as it is, laid under
the film from its beginning, and chance. Joints are compared with the bar lines of all tracks that have none, and each
with the beats of its own track: one in a soft piece may be heard where it would pass in a loud one. `--seed` plays the
same styles to other films, `--styles` others; every third of those is shorter than its film.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # the edits that the tests use

from fakes.recuts import sourced_edit  # noqa: E402
from fakes.seams import Seam, beyond_range, seam_at, seams_at  # noqa: E402
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
    cuts: int = 30  # of the film that it was made for, whose shots last 3 s in the middle
    film_cuts: int = 20  # of the one that it goes under: 2.2 s
    sampled: bool = False  # its acoustic parts through the SoundFont
    seed: int = 0  # of both films and of the music


class Heard(NamedTuple):
    """What is heard at one of the `PLACES` of a track: at its joints, and where there is none."""

    joints: list[tuple[float, Seam]]  # and their instants in seconds
    bar_lines: list[Seam]
    beats: list[Seam]  # bar lines among them


TRACKS = (
    Track("house"),
    Track("techno"),
    Track("lo-fi"),
    Track("rock"),
    Track("funk"),
    Track("trailer"),
    Track("synthwave", 12, film_cuts=30),
    Track("corporate", 12, film_cuts=30),
    Track("acoustic", sampled=True),
    Track("jazz", 12, film_cuts=30, sampled=True),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, help="the first so many")
    parser.add_argument("--seed", type=int, default=0, help="of the films and of the music")
    parser.add_argument("--styles", help="of other tracks than the ten")
    parser.add_argument("--soundfont", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    heard: list[list[Heard]] = []
    for track in chosen(arguments.styles, arguments.seed)[: arguments.tracks]:
        row, at_places = fitted(track, arguments.soundfont)
        rows.append(row)
        heard.append(at_places)
        sys.stderr.write(f"{row}\n")
    figures = {"tracks": rows, "all": summary(rows, heard)}
    sys.stdout.write(json.dumps(figures) + "\n" if arguments.json else as_table(figures))


def chosen(styles: str | None, seed: int) -> list[Track]:
    """The tracks, each with a seed of its own."""
    tracks: Sequence[Track] = TRACKS
    if styles is not None:
        tracks = [
            Track(style, 12, film_cuts=30) if number % 3 == 2 else Track(style)
            for number, style in enumerate(styles.split(","))
        ]
    return [dataclasses.replace(track, seed=1_000 * seed + number) for number, track in enumerate(tracks)]


def fitted(track: Track, soundfont: Path | None) -> tuple[dict[str, Any], list[Heard]]:
    """One track under one film: its figures, and what is heard at each of the `PLACES`."""
    data = rendered(track, soundfont if track.sampled else None)
    sha256 = hashlib.sha256(data).hexdigest()
    sheet = sourced_edit(300 + track.seed, median_s=2.2, cuts=track.film_cuts)
    request = ScoreRequest(sheet, model=OWN_MUSIC, music=OwnMusic(sha256, track.style))
    with tempfile.TemporaryDirectory() as folder:
        job = Job(request, {sha256: data}, Path(folder), lambda *progress: None)
        result = score_timeline(job)
        loaded = load_song(request.music, job.attachments, job.models, job.beat_tracker())  # type: ignore[arg-type]
        as_it_is = measured(job, sheet, data)
        pcm = read_pcm(Path(folder) / "mix.wav")
    plan, song = result.plan, loaded.song
    at_jumps = jumps(plan, song)
    beats = [beat for beat in plan.beats if beat.samples not in at_jumps]

    def heard(before: int) -> Heard:
        seams = [(at / 48_000, seam_at(pcm, at - before)) for at in at_jumps]
        bar_lines = [beat.samples - before for beat in beats if beat.number == 1]
        return Heard(
            [(at_s, seam) for at_s, seam in seams if seam is not None],
            list(seams_at(pcm, bar_lines)),
            list(seams_at(pcm, [beat.samples - before for beat in beats])),
        )

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
        [heard(before) for before in PLACES],
    )


def rendered(track: Track, soundfont: Path | None) -> bytes:
    """The track as a WAV file."""
    film = sourced_edit(100 + track.seed, median_s=3.0, cuts=track.cuts)
    font = None if soundfont is None else SoundFont(str(soundfont), hashlib.sha256(soundfont.read_bytes()).hexdigest())
    request = ScoreRequest(film, Direction(style=track.style), model="sketch", seed=track.seed, soundfont=font)
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


def summary(rows: Sequence[Mapping[str, Any]], heard: Sequence[Sequence[Heard]]) -> dict[str, Any]:
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
        **_joints(rows, heard),
    }


def _joints(rows: Sequence[Mapping[str, Any]], heard: Sequence[Sequence[Heard]]) -> dict[str, Any]:
    joints = sum(len(at_places[0].joints) for at_places in heard)
    lines = sum(len(at_places[0].bar_lines) for at_places in heard)
    by_chance = sum(2 * len(at_places[0].joints) / (len(at_places[0].beats) + 1) for at_places in heard)
    found: dict[str, Any] = {
        "joints": joints,
        "bar lines without one": lines,
        "beyond their range by chance": round(2 * joints / (lines + 1), 2),
        "beyond their own track's by chance": round(by_chance, 2),
    }
    for place, name in enumerate(("", " 65 ms before", " 200 ms before")):
        here = [at_places[place] for at_places in heard]
        all_lines = [seam for at in here for seam in at.bar_lines]
        for measure in Seam._fields:
            beyond = [
                f"{row['track']} at {at_s:.1f} s: {getattr(seam, measure):.2f}"
                for row, at in zip(rows, here, strict=True)
                for at_s, seam in at.joints
                if beyond_range([seam], all_lines, measure)
            ]
            own = sum(beyond_range([seam for _, seam in at.joints], at.beats, measure) for at in here)
            found[f"beyond their range{name}, {measure}"] = f"{len(beyond)}, of their own track {own}" + "".join(
                f"; {one}" for one in beyond
            )
    return found


def as_table(figures: Mapping[str, Any]) -> str:
    """The tracks as rows, and what they have together."""
    rows = figures["tracks"]
    names = list(rows[0])
    table = [names, *([str(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    together = [f"  {name:<48} {value}" for name, value in figures["all"].items()]
    return "\n".join([*lines, "", *together]) + "\n"


if __name__ == "__main__":
    main()
