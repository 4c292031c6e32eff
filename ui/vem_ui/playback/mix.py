"""What is heard: the take and the film's own sound, each with a fader, at any speed, forwards and backwards."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vem_ui.playback.sound import Samples


class Source(Protocol):
    """Sound on the timeline's clock: 48 kHz, sample 0 at the timeline's first frame."""

    def read(self, first_samples: int, count: int) -> Samples:
        """So many samples from a place, which may lie before the beginning; silence where there is nothing."""
        ...

    def close(self) -> None:
        """Let the files go."""
        ...


@dataclass(frozen=True)
class Fader:
    """How a source is heard."""

    level_db: float = 0.0
    muted: bool = False
    soloed: bool = False

    @property
    def gain(self) -> float:
        """The factor of its level."""
        return float(10 ** (self.level_db / 20))


class Mix:
    """Sources by name, and their faders. A fader stays when its source is changed."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._faders: dict[str, Fader] = {}

    def put(self, name: str, source: Source | None) -> None:
        """Change a source; the one before is let go."""
        before = self._sources.pop(name, None)
        if before is not None and before is not source:
            before.close()
        if source is not None:
            self._sources[name] = source

    def fader(self, name: str) -> Fader:
        """How a source is heard."""
        return self._faders.get(name, Fader())

    def set_fader(self, name: str, fader: Fader) -> None:
        """Change how a source is heard."""
        self._faders[name] = fader

    def mute(self, name: str, muted: bool) -> None:
        """Mute a source, or let it be heard again."""
        self.set_fader(name, dataclasses.replace(self.fader(name), muted=muted))

    def render(self, position_samples: float, count: int, speed: float) -> Samples:
        """The next `count` samples from a place of the timeline; the pitch goes with the speed, as on tape."""
        if speed == 1.0:
            return self._sum(round(position_samples), count)
        places = position_samples + speed * np.arange(count)
        first = math.floor(min(places[0], places[-1]))
        span = math.ceil(abs(speed) * count) + 2
        sound = self._sum(first, span)
        at = places - first
        return np.stack([np.interp(at, np.arange(span), sound[:, side]) for side in (0, 1)], axis=1).astype(np.float32)

    def close(self) -> None:
        """Let all sources go."""
        for name in list(self._sources):
            self.put(name, None)

    def _sum(self, first_samples: int, count: int) -> Samples:
        total = np.zeros((count, 2), np.float32)
        solo = any(self.fader(name).soloed for name in self._sources)
        for name, source in self._sources.items():
            fader = self.fader(name)
            if not fader.muted and (fader.soloed or not solo):
                total += source.read(first_samples, count) * np.float32(fader.gain)
        return total
