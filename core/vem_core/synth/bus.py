"""Where parts come together: their dry sound, their echoes and what they send into the room.

Echoes and room are linear, so each is heard once, on the sum.
"""

from __future__ import annotations

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

    dry: Tensor  # (2, T)
    echoes: Tensor | None = None  # (2, T), that lean to the left and to the right, before the echoes' own tone
    start: int = 0

    @property
    def span(self) -> slice:
        """The samples of the stage that it fills."""
        return slice(self.start, self.start + self.dry.shape[-1])

    def scale(self, curve: Tensor) -> None:
        """Bring it to a level (T,) that is given for the whole stage, in place."""
        self.dry *= curve[self.span]
        if self.echoes is not None:
            self.echoes *= curve[self.span]


class Bus:
    """A sum of sounds over the whole stage, with their echoes and room."""

    def __init__(self, samples: int, room: Room, device: str = "cpu") -> None:
        self._room = room
        self._mix, self._send = (torch.zeros(2, samples, device=device) for _ in range(2))
        self._echoes: tuple[Tensor, Tensor] | None = None  # heard directly, and sent into the room

    def add(self, sound: Sound, send: float) -> None:
        """Add a sound, of which the room hears `send`."""
        self._mix[:, sound.span] += sound.dry
        self._send[:, sound.span].add_(sound.dry, alpha=send)
        if sound.echoes is not None:
            self._echoes = self._echoes or (torch.zeros_like(self._mix), torch.zeros_like(self._mix))
            self._echoes[0][:, sound.span] += sound.echoes
            self._echoes[1][:, sound.span].add_(sound.echoes, alpha=send)

    def mixed(self) -> Tensor:
        """The sum: (2, samples). The bus is spent."""
        if self._echoes is not None:
            for track, echoes in zip((self._mix, self._send), self._echoes, strict=True):
                track.addmm_(_ECHO_SIDES.to(track.device), filter_track(echoes, _ECHO_TONE))
        return self._mix.add_(self._room.reverberate(self._send))
