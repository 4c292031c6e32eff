"""Six demo films, scored with every model that is installed, on one page.

    python benchmarks/showcase.py FOLDER [--films ID ...] [--models sketch ...]

Two silent wonders, two adverts of 15 s with hard cuts and a hit on the logo, a documentary with narration, a trailer:
what can be drawn here, no real footage. FOLDER/index.html plays each film with each model's music, beside what was
measured on it. What is there stays, so a run can be broken off. The narrator is noise with a voice's rhythm, or
espeak-ng where it is installed: what matters is that the music makes room.
"""

from __future__ import annotations

import argparse
import dataclasses
import html
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch
from cutsync import thumbnails_of

from vem_core.audio.files import read_audio
from vem_core.audio.types import Audio
from vem_core.compute.model_store import ModelStore
from vem_core.contract.cut_sheet import CutSheet, Event, Span, Wish
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.result import AlignmentTotals, ScoreResult
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.corpus.film import read_frames
from vem_core.generation.registry import missing_of, model_ids
from vem_core.judging.cutsync.drawing import draw_film
from vem_core.judging.films import Film, FilmCut
from vem_core.judging.study.making import write_clip
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline

SEED = 7
VOICE_GAIN, MUSIC_UNDER_VOICE_GAIN = 0.9, 0.8
NARRATION = (
    "In the spring the river rose above the old bridge.",
    "Nobody in the village had ever seen the water so high.",
    "When it went down at last, the mill was gone.",
)


@dataclass(frozen=True)
class Demo:
    """A film, and what an editor would have marked in it. Times are in seconds."""

    id: str
    title: str
    words: str
    mood: str  # of the corpus, which the picture is drawn by
    shots_s: tuple[float, ...]
    rate: Fraction = Fraction(24)
    logo_s: float | None = None  # a hit inside the last shot
    speech_s: tuple[tuple[float, float], ...] = ()
    dissolves: tuple[int, ...] = ()  # cuts that are dissolves

    @property
    def film(self) -> Film:
        """Its cuts."""
        lengths = [round(length * float(self.rate)) for length in self.shots_s]
        edges = np.cumsum(lengths).tolist()
        cuts = tuple(FilmCut(edge, 16 if place in self.dissolves else 0) for place, edge in enumerate(edges[:-1]))
        return Film(self.id, self.rate, edges[-1], cuts, caption=self.words, tags=("", self.mood),
                    video=f"films/{self.id}.mp4")  # fmt: skip

    @property
    def sheet(self) -> CutSheet:
        """What the core is sent."""
        sheet = self.film.sheet
        frames = [] if self.logo_s is None else [round(self.logo_s * float(self.rate))]
        spans = tuple(
            Span(round(start * float(self.rate)), round((end - start) * float(self.rate)), "narrator")
            for start, end in self.speech_s
        )
        return dataclasses.replace(
            sheet, events=tuple(Event(frame, Wish.HIT, "logo") for frame in frames), speech=spans
        )


DEMOS = (
    Demo("wonder-1", "A city under the sea", "a dreamy, slow flight through a sunken city, ambient", "dreamy",
         (6.5, 5.2, 7.1, 4.8, 6.4), dissolves=(1, 3)),
    Demo("wonder-2", "Paper horses", "joyful paper horses gallop over hills, cinematic, rising", "joyful",
         (4.2, 3.6, 2.9, 2.4, 3.3, 5.1)),
    Demo("advert-1", "A watch", "elegant product film, techno at 128 BPM, confident", "driving",
         (2.1, 1.3, 0.9, 1.4, 0.8, 1.1, 1.6, 0.9, 1.2, 3.7), Fraction(25), logo_s=12.4),
    Demo("advert-2", "Lemonade", "cheerful summer advert, funk, bright", "playful",
         (1.8, 1.1, 1.5, 0.8, 1.3, 1.0, 1.7, 1.2, 0.9, 3.7), Fraction(30), logo_s=12.2),
    Demo("documentary", "The flood", "a thoughtful documentary about a flooded village, piano", "thoughtful",
         (7.5, 5.5, 6.8, 4.4, 8.1, 6.2, 6.5), Fraction(25), speech_s=((2.0, 6.0), (14.0, 18.5), (31.0, 34.5)),
         dissolves=(2,)),
    Demo("trailer", "Nine days", "a tense trailer that grows to an epic climax", "tense",
         (4.1, 3.2, 2.6, 2.1, 1.4, 1.1, 0.9, 0.8, 0.7, 0.9, 0.6, 2.4, 1.2, 0.8, 4.2), Fraction(24000, 1001)),
)  # fmt: skip


def main() -> int:
    arguments = _arguments()
    torch.set_num_threads(1)
    folder: Path = arguments.folder
    store = ModelStore()
    models = arguments.models or [model for model in model_ids() if not missing_of(model)]
    demos = [demo for demo in DEMOS if not arguments.films or demo.id in arguments.films]
    for demo in demos:
        movie = folder / str(demo.film.video)
        movie.parent.mkdir(parents=True, exist_ok=True)
        if not movie.exists():
            print(demo.id, file=sys.stderr, flush=True)
            draw_film(demo.film, movie)
        ((_, poster),) = read_frames(movie, [demo.film.duration_frames // 3])
        poster.save(folder / f"{demo.id}.jpg")
        for model in models:
            if not (folder / f"{demo.id}-{model}.json").exists():
                print(f"{demo.id}: {model}", file=sys.stderr, flush=True)
                make(demo, model, movie, folder, store)
    (folder / "index.html").write_text(page(demos, models, folder), encoding="utf-8")
    print(folder / "index.html")
    return 0


def make(demo: Demo, model: str, movie: Path, folder: Path, store: ModelStore) -> None:
    """Score a film with a model: the movie with its music, and what was measured."""
    thumbnails, jpegs = thumbnails_of(demo.film, movie)
    request = ScoreRequest(demo.sheet, Direction(prompt=demo.words), model=model, seed=SEED, thumbnails=thumbnails)
    with tempfile.TemporaryDirectory() as scratch:
        result = score_timeline(Job(request, jpegs, Path(scratch), lambda *progress: None, store))
        music = result.file("score") or result.files[0]
        sound = read_audio(Path(scratch) / music.name)
    write_clip(movie, narrated(demo, sound), folder / f"{demo.id}-{model}.mp4", demo.film.duration_s)
    (folder / f"{demo.id}-{model}.json").write_text(json.dumps(measured(result)), encoding="utf-8")


def measured(result: ScoreResult) -> dict[str, str]:
    """What the page says of a take."""
    report = result.report

    def share(totals: AlignmentTotals) -> str:
        return f"{totals.hit_rate_1_frame:.0%} (chance {totals.chance_1_frame:.0%})"

    error = report.beats_only.median_signed_error_ms
    return {
        "style": result.plan.style,
        "key": result.plan.key,
        "tempo heard": "none" if report.measured_bpm is None else f"{report.measured_bpm:.1f} BPM",
        "cuts on beats, one frame": share(report.beats_only),
        "with eighths": share(report.with_off_beats),
        "median error": "-" if error is None else f"{error:+.0f} ms",
    }


def narrated(demo: Demo, music: Audio) -> Audio:
    """The music with a narrator where there is one."""
    sound = music * np.float32(MUSIC_UNDER_VOICE_GAIN if demo.speech_s else 1.0)
    for number, (start_s, end_s) in enumerate(demo.speech_s):
        voice = VOICE_GAIN * _voice(NARRATION[number % len(NARRATION)], end_s - start_s, number)
        part = sound[:, round(start_s * SAMPLE_RATE_HZ) :]
        part[:, : len(voice)] += voice[: part.shape[1]]
    return np.clip(sound, -1, 1)


def _voice(text: str, longest_s: float, seed: int) -> np.ndarray:
    program = shutil.which("espeak-ng")
    if program is not None:
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "said.wav"
            subprocess.run([program, "-s", "150", "-w", str(path), text], check=True)
            sound, rate = soundfile.read(path, dtype="float32")
        said = soxr.resample(sound, rate, SAMPLE_RATE_HZ)
        return np.asarray(0.4 * said / max(float(np.abs(said).max()), 1e-6), np.float32)
    samples = round(0.9 * longest_s * SAMPLE_RATE_HZ)
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(samples))
    hertz = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE_HZ)
    spectrum *= (hertz > 150) / np.maximum(hertz, 300)
    noise = np.fft.irfft(spectrum, samples)
    syllables = np.abs(np.sin(np.pi * np.arange(samples) / SAMPLE_RATE_HZ / 0.22))
    return np.asarray(0.1 * noise / noise.std() * syllables, np.float32)


def page(demos: list[Demo], models: list[str], folder: Path) -> str:
    """One page of players and reports."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>VeM Score: showcase</title><style>"
        "body{font:16px/1.5 system-ui,sans-serif;background:#14161a;color:#e8e6e1;max-width:1100px;"
        "margin:auto;padding:24px}"
        ".takes{display:flex;gap:20px;flex-wrap:wrap}.take{flex:1;min-width:320px;max-width:520px}video{width:100%;border-radius:8px}"
        "td{padding:2px 12px 2px 0}td:first-child{color:#9aa0aa}p{color:#9aa0aa}</style><h1>Six films, scored</h1>"
        "<p>The pictures are drawn by a program. The music was made from cuts, words and pictures, offline.</p>"
    ]
    for demo in demos:
        parts.append(f"<h2>{html.escape(demo.title)}</h2><p>{html.escape(demo.words)}</p><div class=takes>")
        for model in models:
            found = folder / f"{demo.id}-{model}.json"
            if not found.exists():
                continue
            rows = "".join(
                f"<tr><td>{html.escape(name)}<td>{html.escape(value)}"
                for name, value in json.loads(found.read_text(encoding="utf-8")).items()
            )
            parts.append(
                f"<div class=take><h3>{model}</h3><video controls preload=metadata poster='{demo.id}.jpg' "
                f"src='{demo.id}-{model}.mp4'></video>"
                f"<table>{rows}</table></div>"
            )
        parts.append("</div>")
    return "\n".join(parts) + "\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--films", nargs="+", choices=[demo.id for demo in DEMOS])
    parser.add_argument("--models", nargs="+", choices=model_ids())
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
