"""Three short pieces of every style for `docs/editors/hearing-styles.md`, as Opus files, and the page that plays them.

    python docs/sounds/make_style_sounds.py [--styles house rock]

Each is eight seconds of a piece for a random edit, from the build into its fullest moment; seeds, edits and keys
differ. All together stay under 3 MB.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import av
import numpy as np
import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "benchmarks"))

from styles import hear  # noqa: E402  (the benchmark's pieces are the ones that its table measures)

from vem_core.audio.types import Audio  # noqa: E402
from vem_core.composer.style import Style  # noqa: E402
from vem_core.composer.styles import list_styles  # noqa: E402
from vem_core.contract.time import SAMPLE_RATE_HZ  # noqa: E402

FOLDER, PAGE = HERE / "styles", HERE.parent / "editors" / "hearing-styles.md"
SEEDS = (100, 101, 102)
SECONDS, BUILD_S, FADE_S = 8, 3.5, 0.3
BIT_RATE = 22_000
MOST_BYTES = 3_000_000

HEAD = """# Hearing the styles

Eight seconds of three pieces in every style, by the built-in synthesiser alone: seeds, keys, tempi and edits
differ. [Styles](styles.md) says what makes each of them what it is. Where a player does not start, the
numbers are the files.

| style | | | |
|---|---|---|---|
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--styles", nargs="+", choices=[style.id for style in list_styles()])
    chosen = parser.parse_args().styles
    torch.set_num_threads(1)
    FOLDER.mkdir(exist_ok=True)
    for style in list_styles():
        if chosen is None or style.id in chosen:
            for number, seed in enumerate(SEEDS, 1):
                write_opus(FOLDER / f"{style.id}-{number}.opus", excerpt(hear(style.id, seed).audio))
    made = [style for style in list_styles() if (FOLDER / f"{style.id}-1.opus").is_file()]
    PAGE.write_text(HEAD + "".join(_row(style) for style in made), encoding="utf-8")
    size = sum(path.stat().st_size for path in FOLDER.glob("*.opus"))
    sys.stdout.write(f"{len(list(FOLDER.glob('*.opus')))} files, {size / 1e6:.2f} MB\n")
    return 0 if size < MOST_BYTES else 1


def excerpt(audio: Audio) -> Audio:
    """The seconds around where the music begins to be fullest, faded at both ends."""
    length, hop = SECONDS * SAMPLE_RATE_HZ, SAMPLE_RATE_HZ // 4
    power = np.square(audio).mean(axis=0)
    power = power[: len(power) // hop * hop].reshape(-1, hop).mean(axis=1)
    fullest = int(np.convolve(power, np.ones(16), "valid").argmax()) * hop
    start = max(0, min(fullest - round(BUILD_S * SAMPLE_RATE_HZ), audio.shape[1] - length))
    cut = audio[:, start : start + length].copy()
    fade = np.linspace(0, 1, round(FADE_S * SAMPLE_RATE_HZ), dtype=np.float32) ** 2
    cut[:, : len(fade)] *= fade
    cut[:, -len(fade) :] *= fade[::-1]
    return cut


def write_opus(path: Path, audio: Audio) -> None:
    """Audio (2, T) at 48 kHz as Opus in Ogg."""
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE_HZ)
        stream.bit_rate = BIT_RATE
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio, np.float32), format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE_HZ
        resampler = av.AudioResampler(format=stream.format, layout="stereo", rate=SAMPLE_RATE_HZ)
        for ready in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))


def _row(style: Style) -> str:
    cells = [
        f'<audio controls preload="none" src="../../sounds/styles/{style.id}-{number}.opus"></audio> '
        f"[{number}](../sounds/styles/{style.id}-{number}.opus)"
        for number in range(1, len(SEEDS) + 1)
    ]
    return f"| {style.name} | {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.exit(main())
