"""Where parts come together: their dry sound, their echoes and what they send into the room.

Echoes and room are linear, so each is heard once, on the sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vem_core.synth.room import Room
from vem_core.synth.spectrum import Equaliser, filter_track

_ECHO_TONE = Equaliser(low_cut_hz=280.0, high_cut_hz=3_800.0)
_ECHO_SIDES = torch.tensor([[1.0, 0.3], [0.3, 1.0]])  # of the two tracks of echoes, left and right


@dataclass
class Sound:
    """What a part plays, from sample `start` of the stage on."""

    dry: Tensor  # (2, T), before its place in the stereo picture
    sides: Tensor  # (2, 2): what left and right get of each of the two
    echoes: Tensor | None = None  # (2, T), that lean to the left and to the right, before the echoes' own tone
    start: int = 0

    @property
    def span(self) -> slice:
        """The samples of the stage that it fills."""
        return slice(self.start, self.start + self.dry.shape[-1])

    def duck(self, depth: float, curve: Tensor) -> None:
        """Push it down by `depth` (0..1) of a curve (T,) that is given for the whole stage, in place."""
        for track in (self.dry, self.echoes):
            if track is not None:
                track.addcmul_(track, curve[self.span], value=-depth)


class Bus:
    """A sum of sounds over the whole stage, with their echoes and room."""

    def __init__(self, samples: int, room: Room, echo_send: float, device: str = "cpu") -> None:
        """The room hears `echo_send` of the echoes."""
        self._room = room
        self._tracks = torch.zeros(4, samples, device=device)  # left and right as heard, and as sent into the room
        self._echoes: Tensor | None = None
        self._echo_send = echo_send

    def add(self, sound: Sound, send: float) -> None:
        """Add a sound, of which the room hears `send`."""
        self._tracks[:, sound.span].addmm_(torch.cat([sound.sides, send * sound.sides]), sound.dry)
        if sound.echoes is not None:
            if self._echoes is None:
                self._echoes = torch.zeros_like(self._tracks[:2])
            self._echoes[:, sound.span] += sound.echoes

    def mixed(self) -> Tensor:
        """The sum: (2, samples). The bus is spent."""
        if self._echoes is not None:
            sides = _ECHO_SIDES.to(self._tracks.device)
            self._tracks.addmm_(torch.cat([sides, self._echo_send * sides]), filter_track(self._echoes, _ECHO_TONE))
        return self._room.add_to(self._tracks[:2], self._tracks[2:])


def sides_of(pan: float, width: float, device: str = "cpu") -> Tensor:
    """What left and right get of a sound narrowed to a width (0..1) and placed (-1..1) by a balance of constant power.

    (2, 2), by which a sound (2, T) is multiplied.
    """
    width = min(max(width, 0.0), 1.0)
    near, far = 0.5 + 0.5 * width, 0.5 - 0.5 * width
    angle = (min(max(pan, -1.0), 1.0) + 1) * math.pi / 4
    left, right = math.sqrt(2) * math.cos(angle), math.sqrt(2) * math.sin(angle)
    return torch.tensor([[near * left, far * left], [far * right, near * right]], device=device)
