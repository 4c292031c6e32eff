"""A small SoundFont of our own: presets of one sine each, by the SoundFont 2.04 specification."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import numpy as np

SAMPLE_RATE_HZ = 48_000
_GUARD = 46
_INSTRUMENT, _SAMPLE, _LOOPS = 41, 53, 54


def small_soundfont(presets: Mapping[tuple[int, int], float], seconds: float = 0.5) -> bytes:
    """A font with a looped sine at a frequency (Hz) for each (bank, number)."""
    count, length = len(presets), round(seconds * SAMPLE_RATE_HZ)
    places = [number * (length + _GUARD) for number in range(count)]
    sines = [
        (20_000 * np.sin(2 * np.pi * hertz * np.arange(length) / SAMPLE_RATE_HZ)).astype("<i2").tobytes()
        for hertz in presets.values()
    ]
    headers = [
        struct.pack("<20sIIIIIBbHH", b"sine", at, at + length, at + 100, at + length - 100, SAMPLE_RATE_HZ, 60, 0, 0, 1)
        for at in places
    ]
    ends = [(bank, number) for bank, number in presets] + [(0, 0)]
    parts = {
        b"phdr": b"".join(
            struct.pack("<20sHHHIII", b"preset", number, bank, zone, 0, 0, 0)
            for zone, (bank, number) in enumerate(ends)
        ),
        b"pbag": b"".join(struct.pack("<HH", zone, 0) for zone in range(count + 1)),
        b"pmod": bytes(10),
        b"pgen": b"".join(struct.pack("<HH", _INSTRUMENT, each) for each in range(count)) + bytes(4),
        b"inst": b"".join(struct.pack("<20sH", b"instrument", zone) for zone in range(count + 1)),
        b"ibag": b"".join(struct.pack("<HH", 2 * zone, 0) for zone in range(count + 1)),
        b"imod": bytes(10),
        b"igen": b"".join(struct.pack("<HHHH", _LOOPS, 1, _SAMPLE, each) for each in range(count)) + bytes(4),
        b"shdr": b"".join(headers) + struct.pack("<20sIIIIIBbHH", b"EOS", *[0] * 9),
    }
    samples = b"".join(sine + bytes(2 * _GUARD) for sine in sines)
    lists = _list(b"INFO", {b"ifil": struct.pack("<HH", 2, 4)})
    lists += _list(b"sdta", {b"smpl": samples}) + _list(b"pdta", parts)
    return _chunk(b"RIFF", b"sfbk" + lists)


def _list(name: bytes, parts: Mapping[bytes, bytes]) -> bytes:
    return _chunk(b"LIST", name + b"".join(_chunk(each, content) for each, content in parts.items()))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content
