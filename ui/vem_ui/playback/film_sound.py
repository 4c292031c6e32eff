"""The film's own sound: decoded in blocks on a thread, a little ahead of where it is played."""

from __future__ import annotations

import logging
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from vem_core.contract.errors import VemError
from vem_plugin.sound.decoding import read_both_sides
from vem_plugin.sound.lanes import AudioLane, SoundClip
from vem_plugin.sound.levels import gains
from vem_ui.playback.sound import SAMPLE_RATE_HZ, Samples

BLOCK = SAMPLE_RATE_HZ // 2
_AHEAD = 4  # blocks
_KEPT = 64  # blocks, half a minute
_log = logging.getLogger(__name__)


class FilmSound:
    """A `Source` over `read_block(first_samples, count)`, which may be slow; what is not there yet is silent."""

    def __init__(self, read_block: Callable[[int, int], Samples]) -> None:
        self._read_block = read_block
        self._blocks: OrderedDict[int, Samples] = OrderedDict()
        self._changed = threading.Condition()
        self._wanted: list[int] = []
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="film-sound", daemon=True)
        self._thread.start()

    def read(self, first_samples: int, count: int) -> Samples:
        sound = np.zeros((count, 2), np.float32)
        blocks = range(max(0, first_samples // BLOCK), (first_samples + count - 1) // BLOCK + 1)
        with self._changed:
            for number in blocks:
                block = self._blocks.get(number)
                if block is not None:
                    _lay(sound, block, number * BLOCK - first_samples)
        self.prepare(first_samples)
        return sound

    def prepare(self, first_samples: int) -> None:
        """Decode what lies around a place, which will soon be played."""
        here = max(0, first_samples // BLOCK)
        with self._changed:
            self._wanted = [number for number in range(here, here + _AHEAD) if number not in self._blocks]
            if self._wanted:
                self._changed.notify()

    def close(self) -> None:
        """Stop, after the block that is being decoded."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _next(self) -> int | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._wanted))
            return None if self._closed else self._wanted[0]

    def _work(self) -> None:
        while (number := self._next()) is not None:
            try:
                block = self._read_block(number * BLOCK, BLOCK)
            except VemError as error:
                _log.info("No sound of the film at %d: %s", number * BLOCK, error)
                block = np.zeros((0, 2), np.float32)
            with self._changed:
                self._blocks[number] = block
                self._wanted = [wanted for wanted in self._wanted if wanted != number]
                while len(self._blocks) > _KEPT:
                    self._blocks.popitem(last=False)


def _lay(sound: Samples, block: Samples, at: int) -> None:
    """Put a block at a place of the sound, as far as it is inside it."""
    begin, end = max(0, at), min(len(sound), at + len(block))
    if begin < end:
        sound[begin:end] = block[begin - at : end - at]


def lanes_reader(
    lanes: Sequence[AudioLane], locate: Callable[[str], Path | None], rate: Fraction
) -> Callable[[int, int], Samples]:
    """Reads stretches of the lanes' sound on the timeline's clock. What is missing or cannot be read is silent."""
    clips = [clip for lane in lanes for clip in lane.clips if clip.speed > 0 and clip.address]
    paths: dict[str, Path | None] = {}

    def read(first_samples: int, count: int) -> Samples:
        total = np.zeros((count, 2), np.float32)
        for clip in clips:
            start, end_excl = (round(Fraction(at) / rate * SAMPLE_RATE_HZ) for at in clip.heard)
            begin, end = max(start, first_samples), min(end_excl, first_samples + count)
            if begin >= end:
                continue
            if clip.address not in paths:
                paths[clip.address] = locate(clip.address)
            _add(total[begin - first_samples : end - first_samples], clip, paths[clip.address], begin, rate)
        return total

    return read


def _add(target: Samples, clip: SoundClip, path: Path | None, begin_samples: int, rate: Fraction) -> None:
    """Add what is heard of a clip from a place of the timeline on; at another speed its pitch goes with it."""
    if path is None:
        return
    into_clip_s = Fraction(begin_samples, SAMPLE_RATE_HZ) - Fraction(clip.start) / rate
    source_s = clip.source_start_s + into_clip_s * clip.speed
    missing = max(0, math.ceil(-source_s / clip.speed * SAMPLE_RATE_HZ))  # samples before the medium's first
    source_s += Fraction(missing, SAMPLE_RATE_HZ) * clip.speed
    target = target[missing:]
    try:
        rate_hz = round(SAMPLE_RATE_HZ / clip.speed)
        length_s = Fraction(len(target), SAMPLE_RATE_HZ) * clip.speed
        sound = read_both_sides(path, source_s, length_s, rate_hz, by_timecode=clip.by_timecode)
    except VemError as error:
        _log.info("%s is silent: %s", clip.name, error)
        return
    used = sound[: len(target)]
    seconds = np.arange(len(used)) / SAMPLE_RATE_HZ
    at_frames = ((begin_samples + missing) / SAMPLE_RATE_HZ + seconds) * float(rate)
    levels = gains(clip.level, float(source_s) + seconds * float(clip.speed)) * clip.fade_gains(at_frames)
    target[: len(used)] += used * levels[:, None]
