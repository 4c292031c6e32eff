"""Make the sound that README links to, from the demo's score: `python docs/examples/make_demo_sound.py FOLDER`.

FOLDER is where `vem demo` wrote. The first 24 seconds are coded as Ogg Opus at 64 kbit/s, with a short fade at the end.
"""

from __future__ import annotations

import sys
from pathlib import Path

import av
import numpy as np
import soundfile

LENGTH_S, FADE_S, BITS_PER_S = 24, 2, 64_000
TARGET = Path(__file__).resolve().parents[1] / "sounds" / "demo.opus"


def main() -> int:
    """Code the demo's first take. Raises OSError where there is none."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/examples/make_demo_sound.py FOLDER\n")
        return 2
    (take,) = Path(sys.argv[1]).glob("*.vem/*-take1.wav")
    sound, rate_hz = soundfile.read(take, dtype="float32", frames=LENGTH_S * 48_000)
    fade = FADE_S * rate_hz
    sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    TARGET.parent.mkdir(exist_ok=True)
    with av.open(str(TARGET), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=rate_hz, layout="stereo", bit_rate=BITS_PER_S)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.reshape(1, -1)), format="flt", layout="stereo")
        frame.sample_rate = rate_hz
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    sys.stdout.write(f"{TARGET}: {TARGET.stat().st_size // 1024} KiB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
