"""Which patches sound more like the instrument when a SoundFont plays them: the table of `vem_core.synth.soundfont`.

    python benchmarks/sampled_patches.py SOUNDFONT [--patches keys.piano ...]

For each patch that a SoundFont can play, its part alone is taken from pieces of styles that use it, and played by the
synthesiser and from the SoundFont, as loud and in the same room. musicnn's two networks say how far they hear what it
is (the largest of the instrument's own tags) and how far a machine (the largest of theirs). The samples win where the
difference of the two is larger by more than a hundredth.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from styles import plan_piece

from vem_core.audio.mastering import master
from vem_core.composer.composition import compose
from vem_core.composer.guests import guests
from vem_core.composer.instruments import instruments
from vem_core.composer.piece import Piece
from vem_core.composer.styles import list_styles, style_by_id
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.musicnn.tagger import TRAINING_SETS, Tagger
from vem_core.synth import render
from vem_core.synth.soundfont import ACOUSTIC_PROGRAMS

MACHINE_TAGS = frozenset({"electronic", "synth", "techno", "electronica", "electro", "dance", "weird", "House"})
OWN_TAGS = {
    "kit": {"drums", "rock", "country", "jazz"},
    "bass": {"guitar", "jazz", "rock", "funk", "country"},
    "keys": {"piano", "harpsichord", "jazz", "classical"},
    "strings": {"strings", "violin", "cello", "classical"},
    "brass": {"classical", "jazz", "opera", "instrumental", "classic"},
    "pluck": {"guitar", "harp", "country", "folk", "acoustic"},
    "guitar": {"guitar", "country", "folk", "acoustic", "rock"},
    "mallet": {"piano", "harp", "new age", "classical", "jazz"},
    "lead": {"flute", "classical", "new age"},
    "wind": {"flute", "classical", "jazz", "instrumental"},
}
"""What musicnn's vocabularies have for an instrument: its name, else the music that it is at home in."""

PIECES, LEAST_NOTES, SECONDS = 2, 12, 15
HOSTS = ("acoustic", "documentary", "corporate", "children")
"""The styles that guests are heard in."""
WINS = 0.01


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("soundfont", type=Path)
    parser.add_argument("--patches", nargs="+", choices=sorted(ACOUSTIC_PROGRAMS))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    taggers = [Tagger.load(name) for name in TRAINING_SETS]
    print("| patch | synthesiser: own, machine | SoundFont: own, machine | better |\n|---|--:|--:|---|")
    for patch in arguments.patches or sorted(ACOUSTIC_PROGRAMS):
        solos = list(itertools.islice(_solos(patch), PIECES))
        if not solos:
            continue
        played = {font: np.mean([_heard(taggers, solo, patch, font) for solo in solos], axis=0)
                  for font in (None, arguments.soundfont)}  # fmt: skip
        synthesised, sampled = played[None], played[arguments.soundfont]
        gain = (sampled[0] - sampled[1]) - (synthesised[0] - synthesised[1])
        better = "samples" if gain > WINS else "synthesiser" if gain < -WINS else "even"
        print(f"| `{patch}` | {synthesised[0]:.2f}, {synthesised[1]:.2f} | {sampled[0]:.2f}, {sampled[1]:.2f} "
              f"| {better} {gain:+.2f} |", flush=True)  # fmt: skip
    return 0


def _solos(patch: str) -> Iterator[Piece]:
    """What the patch alone plays in pieces of the styles that have it, or where it is a guest."""
    guest = next((name for name in guests() if patch in instruments()[name].patches), None)
    for style in list_styles() if guest is None else (style_by_id(id_) for id_ in HOSTS):
        plays = any(patch in part.patches for part in style.parts) or (style.drums and style.drums.kit == patch)
        if not plays and guest is None:
            continue
        for seed in range(100, 104):
            plan = plan_piece(style.id, seed)
            if guest is not None:
                plan = dataclasses.replace(plan, casting=dataclasses.replace(plan.casting, with_=(guest,)))
            piece = compose(plan)
            own = tuple(part for part in piece.parts if part.patch == patch)
            if sum(len(part.notes) for part in own) >= LEAST_NOTES:
                yield dataclasses.replace(piece, parts=own)
                break


def _heard(taggers: list[Tagger], solo: Piece, patch: str, soundfont: Path | None) -> tuple[float, float]:
    """The largest of the instrument's own tags and of a machine's, means of both networks."""
    first = min(note.start_samples for part in solo.parts for note in part.notes)
    mix = render(solo, 0, stems=False, soundfont=soundfont).mix[:, first : first + SECONDS * SAMPLE_RATE_HZ]
    sound, _ = master(mix, -18.0, -1.0)
    found = []
    for tagger in taggers:
        tags = dict(zip(tagger.labels, tagger.hear(sound, SAMPLE_RATE_HZ).tags.mean(axis=0), strict=True))
        groups = (OWN_TAGS[patch.partition(".")[0]], MACHINE_TAGS)
        found.append([max((tags[tag] for tag in group if tag in tags), default=0.0) for group in groups])
    own, machine = np.mean(found, axis=0)
    return float(own), float(machine)


if __name__ == "__main__":
    sys.exit(main())
