"""Which spectrogram the music VAE should code: pitch against onsets, one row a layout, all on the same sound.

    python benchmarks/front_end.py [--seconds 12] [--vocoder] [--json]

The sound is made here: chords with a bass and a tune (known pitches) over drums (known onsets). Each
layout's spectrogram goes back to sound by Griffin-Lim, which knows nothing else, and is compared with what went in:

chroma      agreement of the twelve pitch classes, frame by frame (correlation, -1..1)
bass        the same below 200 Hz only
shift       median displacement of the drum onsets in ms, by local correlation of the onset envelopes
smear       how much wider an onset's rise has become, in ms

`--vocoder` keeps to the layout that was chosen and varies the iterations instead.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.evaluation.fidelity import agreement, chroma, onset_errors
from vem_core.models.griffin_lim import griffin_lim
from vem_core.models.spectrogram import BandLayout, Spectrogram

LAYOUTS = {
    "112 mel, 2048": BandLayout(40, 1000, 21, windows=((math.inf, 2048),)),
    "6 Hz + 24/oct, 2048": BandLayout(windows=((math.inf, 2048),)),
    "6 Hz + 24/oct, 4096": BandLayout(windows=((math.inf, 4096),)),
    "6 Hz + 24/oct, 8192": BandLayout(windows=((math.inf, 8192),)),
    "6 Hz + 24/oct, 8192/2048": BandLayout(windows=((1600.0, 8192), (math.inf, 2048))),
    "6 Hz + 24/oct, 8192/4096/2048": BandLayout(windows=((800.0, 8192), (3200.0, 4096), (math.inf, 2048))),
    "6 Hz + 24/oct, 8192/2048/1024": BandLayout(windows=((800.0, 8192), (5000.0, 2048), (math.inf, 1024))),
    "6 Hz + 24/oct, 4096/2048": BandLayout(windows=((1000.0, 4096), (math.inf, 2048))),
    "6 Hz + 24/oct, 4096/2048/1024": BandLayout(windows=((800.0, 4096), (3200.0, 2048), (math.inf, 1024))),
    "12 Hz + 24/oct, 4096/2048/1024": BandLayout(12.0, windows=((800.0, 4096), (3200.0, 2048), (math.inf, 1024))),
}

ITERATION_COUNTS = (0, 2, 4, 8, 16, 32)


@dataclass(frozen=True)
class Row:
    layout: str
    bands: int
    chroma: float
    bass: float
    shift_ms: float
    smear_ms: float
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--vocoder", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    sound, onsets = drums_over_chords(arguments.seconds)
    if arguments.vocoder:
        rows = [measure(f"{count} iterations", BandLayout(), sound, onsets, count) for count in ITERATION_COUNTS]
        rows.append(measure("as each window asks for", BandLayout(), sound, onsets))
    else:
        rows = [measure(name, layout, sound, onsets) for name, layout in LAYOUTS.items()]
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows]))
        return
    print(f"{'layout':34} bands chroma  bass  shift  smear  time")
    for row in rows:
        print(
            f"{row.layout:34} {row.bands:5} {row.chroma:6.3f} {row.bass:5.3f} "
            f"{row.shift_ms:6.2f} {row.smear_ms:6.2f} {row.seconds:5.1f}"
        )


def measure(
    name: str,
    layout: BandLayout,
    sound: NDArray[np.float64],
    onsets: NDArray[np.int64],
    iterations: int | None = None,
) -> Row:
    """Send the sound through one layout and Griffin-Lim, and compare."""
    spectrogram = Spectrogram(layout)
    started = time.process_time()
    stereo = torch.from_numpy(sound).float().expand(1, 2, -1)
    back = griffin_lim(spectrogram, spectrogram(stereo), iterations)[0, 0].double().numpy()
    elapsed = time.process_time() - started
    shifts, smears = onset_errors(sound, back, onsets)
    return Row(
        name,
        spectrogram.bands,
        agreement(chroma(sound), chroma(back)),
        agreement(chroma(sound, 40, 200), chroma(back, 40, 200)),
        float(np.median(np.abs(shifts))),
        float(np.median(smears)),
        elapsed,
    )


def drums_over_chords(seconds: float, seed: int = 7) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Mono sound (T,) and the samples of its drum onsets."""
    random = np.random.default_rng(seed)
    total = int(seconds * 100) * SAMPLE_RATE_HZ // 100
    sound = np.zeros(total)
    roots = [57, 53, 48, 55]
    beat = int(0.487 * SAMPLE_RATE_HZ)
    for index, start in enumerate(range(0, total, 4 * beat)):
        root = roots[index % 4]
        third = 3 if root == 57 else 4
        for pitch in (root, root + third, root + 7, root + 12):
            _add(sound, start, _pluck(pitch, 4 * beat, 0.05))
        for step in range(8):
            _add(sound, start + step * beat // 2, _pluck(root - 24, beat // 2, 0.12))
            tune = root + 12 + int(random.choice([0, third, 7, 12, 14]))
            _add(sound, start + step * beat // 2, _pluck(tune, beat // 2, 0.06))
    onsets = np.arange(beat // 3, total - beat, beat // 2)
    for index, onset in enumerate(onsets):
        _add(sound, int(onset), _kick() if index % 2 == 0 else _snare(random))
    return sound / np.abs(sound).max() * 0.8, onsets


def _add(sound: NDArray[np.float64], start: int, piece: NDArray[np.float64]) -> None:
    room = max(0, len(sound) - start)
    sound[start : start + len(piece)] += piece[:room]


def _pluck(pitch: int, samples: int, gain: float) -> NDArray[np.float64]:
    instants = np.arange(samples) / SAMPLE_RATE_HZ
    base = 440.0 * 2 ** ((pitch - 69) / 12)
    tone = np.zeros(samples)
    for partial in range(1, 13):
        if base * partial < 18_000:
            tone += np.sin(2 * np.pi * base * partial * instants + partial) / partial * np.exp(-instants * partial)
    fade = np.minimum(1, np.minimum(instants / 0.01, (samples / SAMPLE_RATE_HZ - instants) / 0.02))
    return gain * tone * fade


def _kick() -> NDArray[np.float64]:
    instants = np.arange(9600) / SAMPLE_RATE_HZ
    phase = 2 * np.pi * (50 * instants + 3.0 * (1 - np.exp(-instants * 40)))
    return 0.5 * np.sin(phase) * np.exp(-instants * 18)


def _snare(random: np.random.Generator) -> NDArray[np.float64]:
    instants = np.arange(7200) / SAMPLE_RATE_HZ
    return 0.25 * random.standard_normal(7200) * np.exp(-instants * 30)


if __name__ == "__main__":
    main()
