"""Small pieces to play."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
import torch

from vem_core.composer.piece import Channel, Master, Note, Part, Piece
from vem_core.contract.time import SAMPLE_RATE_HZ

BEAT = SAMPLE_RATE_HZ // 2
DRY = Master(reverb_s=0.3, drive=0.0, compression=0.0)


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """The tests share a machine; several threads are not needed for short sounds."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class PieceMaker:
    """Builds pieces; times are in seconds."""

    beat_samples = BEAT
    dry = DRY

    def notes(self, *events: tuple[float, float, int, float]) -> tuple[Note, ...]:
        """(start, length, pitch, velocity) of each note."""
        return tuple(
            Note(round(start * SAMPLE_RATE_HZ), round(length * SAMPLE_RATE_HZ), pitch, velocity)
            for start, length, pitch, velocity in events
        )

    def solo(
        self,
        patch: str,
        *events: tuple[float, float, int, float],
        length_s: float = 2.0,
        channel: Channel | None = None,
        master: Master = DRY,
    ) -> Piece:
        """One part alone."""
        part = Part("solo", patch, self.notes(*events), channel or Channel(width=1.0))
        return self.piece([part], length_s, master)

    def piece(self, parts: Sequence[Part], length_s: float, master: Master = DRY) -> Piece:
        """Parts over a steady 120 BPM."""
        duration = round(length_s * SAMPLE_RATE_HZ)
        return Piece(duration, tuple(parts), (), master, (), tuple(range(0, duration, BEAT)))

    def band(self, length_s: float = 6.0, *, extra: tuple[tuple[float, float, int, float], ...] = ()) -> Piece:
        """Drums, bass, pad and a plucked line with room, echoes, ducking and glue; `extra` notes go to the pluck."""
        beats = [beat / 2 for beat in range(int(length_s * 2))]
        drums = [(at, 0.1, 36 if index % 2 == 0 else 38, 0.85) for index, at in enumerate(beats)]
        hats = [(at + 0.25, 0.1, 42, 0.6) for at in beats]
        bass = [(at, 0.4, 33 + 5 * (index % 8 > 3), 0.8) for index, at in enumerate(beats)]
        chords = [(at, 2.0, pitch, 0.7) for at in beats[::4] for pitch in (57, 60, 64)]
        line = [(at, 0.2, 69 + 3 * (index % 3), 0.7) for index, at in enumerate(beats)]
        parts = (
            Part("drums", "kit.house", self.notes(*sorted(drums + hats)), Channel(reverb=0.1, width=0.7)),
            Part("bass", "bass.saw", self.notes(*bass), Channel(gain_db=-4, sidechain=0.6)),
            Part("pad", "pad.warm", self.notes(*chords), Channel(gain_db=-9, width=1, reverb=0.4, low_cut_hz=150)),
            Part("line", "pluck.synth", self.notes(*line, *extra), Channel(-8, 0.3, 0.5, reverb=0.3, delay=0.4)),
        )
        return self.piece(parts, length_s, Master(reverb_s=0.8, compression=0.4, drive=0.2, texture="vinyl"))


@pytest.fixture(scope="session")
def make() -> PieceMaker:
    return PieceMaker()
