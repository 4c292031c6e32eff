"""Where parts come together: their dry sound, their echoes and what they send into the room.

Echoes and room are linear, so each is heard once, on the sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vem_core.synth.room import Reverb, Room
from vem_core.synth.spectrum import Equaliser, TrackFilter
from vem_core.synth.stretches import ScratchBuffers, Stretch

_ECHO_TONE = Equaliser(low_cut_hz=280.0, high_cut_hz=3_800.0)
_ECHO_SIDES = torch.tensor([[1.0, 0.3], [0.3, 1.0]])  # of the two tracks of echoes, left and right


@dataclass
class Sound:
    """What a part plays, from sample `start` of a stretch on."""

    dry: Tensor  # (2, T), before its place in the stereo picture
    sides: Tensor  # (2, 2): what left and right get of each of the two
    echoes: Tensor | None = None  # (2, T), that lean to the left and to the right, before the echoes' own tone
    start: int = 0

    @property
    def span(self) -> slice:
        """The samples of the stretch that it fills."""
        return slice(self.start, self.start + self.dry.shape[-1])

    def duck(self, depth: float, curve: Tensor) -> None:
        """Push it down by `depth` (0..1) of a curve (T,) that is given for the whole stretch, in place."""
        for track in (self.dry, self.echoes):
            if track is not None:
                track.addcmul_(track, curve[self.span], value=-depth)


class Bus:
    """A sum of sounds with their echoes and room, stretch by stretch."""

    def __init__(self, room: Room, echo_send: float, scratch: ScratchBuffers) -> None:
        """The room hears `echo_send` of the echoes. The stretch under way lies in `scratch`, until the next begins,
        and what is complete of the sum until the next of it is."""
        self._reverb = Reverb(room, scratch)
        self._echo_tone = TrackFilter(_ECHO_TONE)
        self._echo_send = echo_send
        self._scratch = scratch

    def begin(self, stretch: Stretch) -> None:
        """Go on to the next stretch, which is silent until something is added."""
        self._stretch = stretch
        self._tracks = self._scratch.cleared("bus", stretch.samples, 4)  # as heard, and as sent into the room
        self._echoes: Tensor | None = None

    def add(self, sound: Sound, send: float) -> None:
        """Add a sound to the stretch, of which the room hears `send`."""
        self._tracks[:, sound.span].addmm_(torch.cat([sound.sides, send * sound.sides]), sound.dry)
        if sound.echoes is not None:
            if self._echoes is None:
                self._echoes = self._scratch.cleared("bus echoes", self._stretch.samples)
            self._echoes[:, sound.span] += sound.echoes

    def mixed(self) -> Tensor:
        """The next of the sum that is complete, after the last stretch all of it: (2, T)."""
        if self._echoes is not None:
            sides = _ECHO_SIDES.to(self._tracks.device)
            echoes = self._echo_tone.apply(self._echoes, self._stretch.first)
            self._tracks.addmm_(torch.cat([sides, self._echo_send * sides]), echoes)
        tracks = self._tracks[:, self._stretch.wanted]
        return self._reverb.play(tracks, last=self._stretch.is_last)


def sides_of(pan: float, width: float, device: str = "cpu") -> Tensor:
    """What left and right get of a sound narrowed to a width (0..1) and placed (-1..1) by a balance of constant power.

    (2, 2), by which a sound (2, T) is multiplied.
    """
    width = min(max(width, 0.0), 1.0)
    near, far = 0.5 + 0.5 * width, 0.5 - 0.5 * width
    angle = (min(max(pan, -1.0), 1.0) + 1) * math.pi / 4
    left, right = math.sqrt(2) * math.cos(angle), math.sqrt(2) * math.sin(angle)
    return torch.tensor([[near * left, far * left], [far * right, near * right]], device=device)
