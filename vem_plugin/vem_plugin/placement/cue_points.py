"""Cue markers inside a WAV file: its beats, its bars and its hits, where any sound editor shows them.

A `cue ` chunk has the instants, and `labl` chunks in a list of associated data (`LIST adtl`) their names
(Multimedia Programming Interface and Data Specifications 1.0, 1991).
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vem_core.contract.errors import AudioError
from vem_core.contract.result import ScoreResult
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_plugin.placement.riff import chunk_bytes

MAX_CUE_BYTES = 1 << 24
_POINT = struct.Struct("<II4sIII")
_MOST_SAMPLES = 0xFFFF_FFFF  # 24 hours at 48 kHz; later cues have no number


@dataclass(frozen=True)
class CuePoint:
    """A named instant, in samples from the file's first."""

    samples: int
    label: str


def score_cues(
    result: ScoreResult, samples: int, sample_rate_hz: int = SAMPLE_RATE_HZ, before_samples: int = 0
) -> tuple[CuePoint, ...]:
    """The beats and hits of a score in a file of so many samples, of which `before_samples` come before the range."""
    named = {beat.samples: f"{beat.bar + 1}.{beat.number}" for beat in result.plan.beats}
    named |= {beat.samples: f"bar {beat.bar + 1}" for beat in result.plan.beats if beat.number == 1}
    for cut in result.report.cuts:
        if cut.is_struck:
            named[cut.target_samples] = f"hit: {'event' if cut.event else 'cut'} {cut.index + 1}"
    cues = (
        CuePoint(before_samples + round(at * sample_rate_hz / SAMPLE_RATE_HZ), name)
        for at, name in sorted(named.items())
    )
    return tuple(cue for cue in cues if 0 <= cue.samples < min(samples, _MOST_SAMPLES))


def cue_chunks(cues: Sequence[CuePoint]) -> tuple[tuple[bytes, bytes], ...]:
    """The two chunks that hold cue points: name and payload; none without any."""
    if not cues:
        return ()
    points = b"".join(
        _POINT.pack(number, cue.samples, b"data", 0, 0, cue.samples) for number, cue in enumerate(cues, 1)
    )
    labels = b"".join(
        chunk_bytes(b"labl", struct.pack("<I", number) + cue.label.encode("ascii", "replace") + b"\0")
        for number, cue in enumerate(cues, 1)
    )
    return (b"cue ", struct.pack("<I", len(cues)) + points), (b"LIST", b"adtl" + labels)


def parse_cues(cue: bytes, labels: bytes = b"") -> tuple[CuePoint, ...]:
    """The points of a `cue ` chunk with the names of a `LIST adtl` one. Raises AudioError where it is cut short."""
    if len(cue) < 4 or len(cue) < 4 + struct.unpack_from("<I", cue)[0] * _POINT.size:
        raise AudioError("The WAV file's cue points are cut short.")
    count = struct.unpack_from("<I", cue)[0]
    names = dict(_labels(labels[4:])) if labels[:4] == b"adtl" else {}
    points = (_POINT.unpack_from(cue, 4 + number * _POINT.size) for number in range(count))
    return tuple(CuePoint(at, names.get(number, "")) for number, _, _, _, _, at in points)


def _labels(payload: bytes) -> Iterator[tuple[int, str]]:
    place = 0
    while place + 8 <= len(payload):
        name, size = struct.unpack_from("<4sI", payload, place)
        text = payload[place + 8 : place + 8 + size]
        if name == b"labl" and len(text) > 4:
            letters = itertools.takewhile(lambda letter: letter, text[4:])
            yield struct.unpack_from("<I", text)[0], bytes(letters).decode("ascii", "replace")
        place += 8 + size + size % 2
