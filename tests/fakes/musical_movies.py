"""Small movies with music: shots of drifting texture that cut every second or two, kicks on the beats of 120 BPM."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE, BPM = 25, 120
CUTS = tuple(25 * second for second in (1, 2, 4, 5, 7))
FRAMES = 9 * RATE
SAMPLES = FRAMES * 48_000 // RATE


def write_movie(path: Path, music: NDArray[np.float64] | None, *, seed: int = 5, dissolve: int = 0) -> Path:
    """A movie of nine seconds with this music (T,), lossless; None for a silent one.

    With `dissolve` the last change of picture is one of so many frames.
    """
    rng = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=RATE)
        video.width, video.height, video.pix_fmt, video.bit_rate = 160, 90, "yuv420p", 2_000_000
        audio = None if music is None else container.add_stream("pcm_s16le", rate=48_000, layout="stereo")
        textures = [rng.integers(0, 255, (9, 16, 3)).repeat(10, 0).repeat(10, 1) for _ in range(len(CUTS) + 1)]
        for number in range(FRAMES):
            shot = sum(number >= cut for cut in CUTS)
            picture = np.roll(textures[shot], number // 2, axis=1)
            share = (number - CUTS[-1]) / dissolve + 0.5 if dissolve else -1.0
            if 0 <= share <= 1:
                before, after = (np.roll(textures[index], number // 2, axis=1) for index in (-2, -1))
                picture = (1 - share) * before + share * after
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture.astype(np.uint8), format="rgb24")))
        container.mux(video.encode(None))
        if audio is not None and music is not None:
            whole = np.clip(np.stack([music, music], axis=1).reshape(1, -1) * 32_767, -32_768, 32_767)
            frame = av.AudioFrame.from_ndarray(whole.astype(np.int16), format="s16", layout="stereo")
            frame.sample_rate = 48_000
            container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return path


def kicks(seconds: float = FRAMES / RATE) -> NDArray[np.float64]:
    """A kick on each beat over a soft chord of C, peak below 1."""
    instants = np.arange(round(seconds * 48_000)) / 48_000
    music = np.asarray(0.02 * sum(np.sin(2 * np.pi * pitch * instants) for pitch in (261.63, 329.63, 392.0)))
    kick = np.sin(2 * np.pi * 63 * np.arange(6_000) / 48_000) * np.exp(-np.arange(6_000) / 900)
    kick[:300] += 0.5 * np.random.default_rng(1).standard_normal(300)
    for beat in range(int(seconds * BPM / 60)):
        start = beat * 24_000
        music[start : start + 6_000] += 0.5 * kick[: len(music) - start]
    return music
