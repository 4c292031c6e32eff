"""Which balance of a style's players an outside ear would hear as which tag: gradients through musicnn.

    python benchmarks/mix_gradients.py funk MSD --up funk --down jazz [--seeds 720 721] [--rounds 8] [--json]

The stems of a few pieces are mixed anew with gains at eight frequencies each (linear between them), and the gains climb
the log odds of the tags wished for, less a third of those of the others. What it prints first is what 3 dB would do;
last, the gains it found, dB. They say where to look, not what to write: a gain of 6 dB in a band may want another
instrument, and whatever is changed is heard again on seeds that this has not seen.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence

import numpy as np
import soxr
import torch
from listening import HEARD_S
from styles import LOUDNESS_LUFS, TRUE_PEAK_DBTP, plan_piece
from torch import Tensor

from vem_core.audio.mastering import master
from vem_core.composer.composition import compose
from vem_core.composer.styles import list_styles
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.musicnn import spectrogram
from vem_core.musicnn.network import Heard
from vem_core.musicnn.tagger import TRAINING_SETS, Tagger
from vem_core.synth import render

KNOTS_HZ = (0, 120, 300, 700, 1_500, 3_000, 5_000, 8_000)
AGAINST = 0.3  # of the log odds of tags that are not wished for
LARGEST_STEP_DB = 1.5
PATCH_STEP = 2  # every second patch of three seconds is heard

Stems = Mapping[str, Tensor]
"""Complex spectrograms (frequencies, T) by stem and patch."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("style", choices=[style.id for style in list_styles()])
    parser.add_argument("network", choices=TRAINING_SETS)
    parser.add_argument("--up", nargs="+", required=True, help="tags wished for")
    parser.add_argument("--down", nargs="*", default=[], help="tags that are not")
    parser.add_argument("--seeds", type=int, nargs="+", default=[720, 721])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--limit", type=float, default=6.0, help="largest gain, dB")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tagger = Tagger.load(arguments.network)
    tagger.network.requires_grad_(False)
    pieces = [stems_of(arguments.style, seed) for seed in arguments.seeds]
    names = sorted({name for piece in pieces for name in piece})
    gains = torch.zeros(len(names), len(KNOTS_HZ), requires_grad=True)
    for turn in range(arguments.rounds + 1):
        heard = tagger.network(patches_of(pieces, names, gains))
        told = f"{turn:>2} {_told(heard, tagger.labels)}"
        print(told, file=sys.stderr if arguments.json else sys.stdout, flush=True)
        if turn == arguments.rounds:
            break
        (slope,) = torch.autograd.grad(_odds(heard, tagger.labels, arguments.up, arguments.down), gains)
        if turn == 0 and not arguments.json:
            _print_gains("log odds for 3 dB", names, 3 * slope, 2)
        with torch.no_grad():
            gains += LARGEST_STEP_DB * slope / slope.abs().max()
            gains.clamp_(-arguments.limit, arguments.limit)
    if arguments.json:
        found = {name: [round(gain, 2) for gain in row] for name, row in zip(names, gains.tolist(), strict=True)}
        print(json.dumps({"told": told, "knots_hz": KNOTS_HZ, "gains_db": found}))
    else:
        _print_gains("gains, dB", names, gains.detach(), 1)
    return 0


def stems_of(style: str, seed: int) -> Stems:
    """What each patch plays in each stem of the piece of a seed, mastered."""
    piece = compose(plan_piece(style, seed))
    parts = tuple(
        dataclasses.replace(part, name=f"{part.name} {part.patch} {place}") for place, part in enumerate(piece.parts)
    )
    rendering = render(dataclasses.replace(piece, parts=parts), seed)
    _, gain = master(rendering.mix, LOUDNESS_LUFS, TRUE_PEAK_DBTP)
    summed: dict[str, np.ndarray] = {}
    for name, stem in rendering.stems.items():
        player = " ".join(name.split(" ")[:2])
        sound = gain.apply(stem)[:, : HEARD_S * SAMPLE_RATE_HZ].mean(axis=0)
        summed[player] = summed[player] + sound if player in summed else sound
    return {name: _spectrum(sound) for name, sound in summed.items()}


def patches_of(pieces: Sequence[Stems], names: Sequence[str], gains_db: Tensor) -> Tensor:
    """What the network is given of the pieces, mixed with gains (stems, knots) and as loud as before."""
    place = np.linspace(0, spectrogram.SAMPLE_RATE_HZ / 2, spectrogram.WINDOW_SAMPLES // 2 + 1)
    weights = np.stack([np.interp(place, KNOTS_HZ, knot) for knot in np.eye(len(KNOTS_HZ))])
    factors = 10 ** (gains_db @ torch.as_tensor(weights, dtype=torch.float32) / 20)  # stems, frequencies
    found = []
    for piece in pieces:
        before, after = (
            sum(
                (stem * factor[names.index(name)][:, None] for name, stem in piece.items()),
                start=torch.zeros(()),
            ).abs().square().T @ spectrogram._mel_filters()
            for factor in (torch.ones_like(factors), factors)
        )  # fmt: skip
        level = before.sum() / after.sum()
        found.append(spectrogram.patches(torch.log10(10_000 * after * level + 1))[::PATCH_STEP])
    return torch.cat(found)


def _spectrum(sound: np.ndarray) -> Tensor:
    mono = soxr.resample(sound, SAMPLE_RATE_HZ, spectrogram.SAMPLE_RATE_HZ, quality="HQ")
    return torch.stft(
        torch.as_tensor(np.ascontiguousarray(mono, dtype=np.float32)),
        spectrogram.WINDOW_SAMPLES,
        spectrogram.HOP_SAMPLES,
        window=torch.hann_window(spectrogram.WINDOW_SAMPLES),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )


def _odds(heard: Heard, labels: Sequence[str], up: Sequence[str], down: Sequence[str]) -> Tensor:
    logits = torch.logit(heard.tags, 1e-5).mean(dim=0)
    wanted = sum((logits[labels.index(tag)] for tag in up), start=torch.zeros(()))
    return wanted - AGAINST * sum((logits[labels.index(tag)] for tag in down), start=torch.zeros(()))


def _told(heard: Heard, labels: Sequence[str]) -> str:
    shares = heard.tags.detach().mean(dim=0)
    return ", ".join(f"{labels[int(tag)]} {float(shares[tag]):.2f}" for tag in shares.argsort(descending=True)[:6])


def _print_gains(what: str, names: Sequence[str], gains: Tensor, digits: int) -> None:
    print(f"{what:<32}" + "".join(f"{hertz:>8}" for hertz in KNOTS_HZ))
    for name, row in zip(names, gains.tolist(), strict=True):
        print(f"{name:<32}" + "".join(f"{value:>8.{digits}f}" for value in row))


if __name__ == "__main__":
    sys.exit(main())
