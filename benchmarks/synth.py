"""How fast the synthesiser plays, on one core: a full arrangement, and a minute of every style.

    python benchmarks/synth.py [--seconds 60] [--styles house trailer] [--seeds 1] [--no-stems] [--json]

The arrangement has ten parts that are busy throughout. The styles' pieces are composed for random edits of about that
length whose energy climbs and falls. Each is rendered with room, echoes, ducking and mastering: first cold (nothing
kept from before), then warm, then with stems; figures are multiples of real time, in processor time. Composing is not
counted.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import pkgutil
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch

import vem_core.synth
from vem_core.audio.mastering import master
from vem_core.composer.composition import compose
from vem_core.composer.piece import Channel, Master, Note, Part, Piece
from vem_core.composer.styles import choose_key, list_styles, tempo_range
from vem_core.contract.request import Direction
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.planner import plan_score
from vem_core.synth import render
from vem_core.synth.kept import forget_all
from vem_core.training.beat_corpus import random_edit

BEAT_SAMPLES = 24_000  # 120 BPM
MEDIAN_SHOT_S = 2.2
MEAN_SHOT_S = 2.45  # of random_edit's lognormal lengths, cut short nowhere
Event = tuple[float, float, int, float]  # beat of the bar, length in beats, pitch, velocity
Figure = Callable[[int, tuple[int, ...]], Iterator[Event]]
CHORDS = ((57, 60, 64), (53, 57, 60), (48, 55, 64), (55, 59, 62))  # Am F C G


def main() -> int:
    names = [style.id for style in list_styles()]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--styles", nargs="*", choices=names, default=names, metavar="STYLE")
    parser.add_argument("--seeds", type=int, default=1, help="pieces of each style; its figures are their medians")
    parser.add_argument("--no-stems", action="store_true", help="leave out the round with stems")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    _play(arrangement(2.0), stems=True)  # imports and FFT plans
    rounds = {"cold": False, "warm": False} | ({} if arguments.no_stems else {"stems": True})
    figures: dict[str, dict[str, float]] = {}
    for name in ("arrangement", *arguments.styles):
        pieces = (
            [arrangement(arguments.seconds)]
            if name == "arrangement"
            else [styled(name, arguments.seconds, seed) for seed in range(arguments.seeds)]
        )
        figures[name] = _median([times_real_time(piece, rounds) for piece in pieces])
        if not arguments.json:
            print(f"{name:12}", *(f"{key} {value:5.1f}" for key, value in figures[name].items()), flush=True)
    if arguments.json:
        print(json.dumps(figures))
    return 0


def times_real_time(piece: Piece, rounds: dict[str, bool]) -> dict[str, float]:
    """How many times faster than real time a piece is played in each round, the first of them cold."""
    forget()
    seconds = piece.duration_samples / SAMPLE_RATE_HZ
    return {name: seconds / _cpu_seconds(functools.partial(_play, piece, stems)) for name, stems in rounds.items()}


def forget() -> None:
    """Clear whatever the synthesiser keeps."""
    forget_all()
    for module in pkgutil.iter_modules(vem_core.synth.__path__, "vem_core.synth."):
        for kept in vars(importlib.import_module(module.name)).values():
            if hasattr(kept, "cache_clear"):
                kept.cache_clear()


def styled(style: str, seconds: float, seed: int) -> Piece:
    """A style's piece for a random edit of about that length."""
    sheet = random_edit(seed, max(1, round(seconds / MEAN_SHOT_S) - 1), MEDIAN_SHOT_S)
    energies = np.interp(np.linspace(0, 1, len(sheet.shots)), (0, 0.7, 0.85, 1), (0.2, 0.95, 0.9, 0.35))
    return compose(
        plan_score(
            sheet,
            Direction(shot_energies=tuple(energies.tolist())),
            seed,
            tempo_range_bpm=tempo_range(style),
            style=style,
            mood="",
            key=choose_key(style, seed),
        )
    )


def _play(piece: Piece, stems: bool) -> None:
    rendering = render(piece, 1, stems=stems)
    _, gain = master(rendering.mix, -16.0, -1.0)
    for stem in rendering.stems.values():
        gain.apply(stem)


def _median(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(float(np.median([row[name] for row in rows])), 1) for name in rows[0]}


def _cpu_seconds(job: Callable[[], None]) -> float:
    """Processor time, so that a busy machine counts little."""
    start = time.process_time()
    job()
    return time.process_time() - start


def arrangement(seconds: float) -> Piece:
    """Ten parts over four chords, busy throughout."""
    bars = int(seconds * SAMPLE_RATE_HZ / (4 * BEAT_SAMPLES))
    duration = round(seconds * SAMPLE_RATE_HZ)

    def over_bars(
        make: Callable[[int, tuple[int, ...]], Iterator[tuple[float, float, int, float]]],
    ) -> tuple[Note, ...]:
        return tuple(
            Note(round((4 * bar + at) * BEAT_SAMPLES), round(length * BEAT_SAMPLES), pitch, velocity)
            for bar in range(bars)
            for at, length, pitch, velocity in make(bar, CHORDS[bar % 4])
        )

    parts = (
        Part("drums", "kit.house", over_bars(_drums), Channel(0, width=0.8, reverb=0.08)),
        Part("percussion", "kit.acoustic", over_bars(_percussion), Channel(-8, width=1.0, reverb=0.15)),
        Part("bass", "bass.saw", over_bars(_bass), Channel(-3, sidechain=0.7)),
        Part("pad", "pad.warm", over_bars(_pad), Channel(-9, width=1.0, reverb=0.4, sidechain=0.5, low_cut_hz=180)),
        Part("strings", "strings.ensemble", over_bars(_strings), Channel(-10, width=0.9, reverb=0.45, low_cut_hz=200)),
        Part("keys", "keys.piano", over_bars(_keys), Channel(-7, width=0.7, reverb=0.25, low_cut_hz=120)),
        Part("pluck", "pluck.synth", over_bars(_pluck), Channel(-10, 0.3, 0.6, 0.25, 0.4, low_cut_hz=250)),
        Part("lead", "lead.saw", over_bars(_lead), Channel(-8, 0.0, 0.5, 0.3, 0.3, low_cut_hz=200)),
        Part("bells", "mallet.bell", over_bars(_bells), Channel(-14, -0.3, 0.8, 0.5, 0.2)),
        Part("hits", "fx.impact", over_bars(_hits), Channel(-6, width=1.0, reverb=0.3)),
    )
    return Piece(
        duration_samples=duration,
        parts=parts,
        chords=(),
        master=Master(reverb_s=1.8, texture=""),
        brightness=((0, 0.35), (duration, 0.75)),
        beat_samples=tuple(range(0, duration, BEAT_SAMPLES)),
    )


def _drums(bar: int, chord: tuple[int, ...]) -> Iterator[Event]:
    for beat in range(4):
        yield beat, 0.5, 36, 0.85
        yield beat + 0.5, 0.25, 46 if beat == 3 else 42, 0.7
    for sixteenth in range(16):
        yield sixteenth / 4, 0.2, 42, 0.35 + 0.1 * (sixteenth % 2)
    yield 1, 0.5, 39, 0.8
    yield 3, 0.5, 39, 0.8


def _percussion(bar: int, chord: tuple[int, ...]) -> Iterator[Event]:
    for eighth in range(8):
        yield eighth / 2, 0.2, 82, 0.5 + 0.2 * (eighth % 2)
    if bar % 4 == 3:
        for step, key in enumerate((50, 48, 47, 45)):
            yield 3 + step / 4, 0.25, key, 0.7 + 0.05 * step
    if bar % 8 == 0:
        yield 0, 2, 49, 0.8


def _bass(bar: int, chord: tuple[int, ...]) -> Iterator[Event]:
    for eighth in range(8):
        yield eighth / 2, 0.42, chord[0] - 24 + 12 * (eighth in (3, 6)), 0.8 - 0.15 * (eighth % 2)


def _pad(bar: int, chord: tuple[int, ...]) -> Iterator[Event]:
    for pitch in (*chord, chord[0] + 12):
        yield 0, 4, pitch, 0.7


def _strings(bar: int, chord: tuple[int, ...]) -> Iterator[Event]:
    for pitch in chord:
        yield 0, 3.9, pitch + 12, 0.6 + 0.1 * (bar % 3)


def _keys(bar: int, chord: tuple[int, ...]) -> Iterator[Event]:
    for at in (0, 1.5, 3):
        for pitch in chord:
            yield at, 1.2, pitch, 0.75 - 0.1 * (at > 0)


def _pluck(bar: int, chord: tuple[int, ...]) -> Iterator[Event]:
    for sixteenth in range(16):
        yield sixteenth / 4, 0.2, chord[sixteenth % 3] + 12, 0.5 + 0.3 * (sixteenth % 4 == 0)


def _lead(bar: int, chord: tuple[int, ...]) -> Iterator[Event]:
    for at, length, step in ((0, 1.4, 2), (1.5, 0.45, 1), (2, 1.9, 0)):
        yield at, length, chord[step] + 12, 0.8


def _bells(bar: int, chord: tuple[int, ...]) -> Iterator[Event]:
    yield 0.5, 2, chord[2] + 24, 0.6
    yield 2.75, 1, chord[1] + 24, 0.5


def _hits(bar: int, chord: tuple[int, ...]) -> Iterator[Event]:
    if bar % 8 == 0:
        yield 0, 4, 36, 0.9


if __name__ == "__main__":
    sys.exit(main())
