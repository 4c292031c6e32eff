"""The score's state inside its WAV: request, plan and report, so that the file alone can be scored again.

The chunk holds the JSON of a `PlacedTake`, deflated. It travels with the file to people who were never meant to see the
disk it was made on: it has no pictures, no paths and no warnings of that machine. What comes back may be a stranger's
work: it is read up to a size, decoded strictly, and counts only where the samples beside it are those it speaks of.
"""

from __future__ import annotations

import dataclasses
import zlib
from pathlib import PurePosixPath, PureWindowsPath

from vem_core.contract.codec import dumps
from vem_core.contract.request import ScoreRequest, SoundFont
from vem_core.contract.result import ScoreResult
from vem_plugin.placement.state import PlacedTake, StateProblem, read_state

CHUNK_NAME = b"vems"
MAX_PACKED_BYTES = 16 * 1024 * 1024
MAX_STATE_BYTES = 128 * 1024 * 1024
"""Of the JSON. Three hours with 5,000 cuts take about a tenth of it."""

_LEVEL = 6


def pack_state(take: PlacedTake) -> bytes:
    """The chunk's payload; empty where the state is too large to be read again."""
    text = dumps(dataclasses.replace(take, request=_request(take.request), result=_result(take.result))).encode()
    packed = zlib.compress(text, _LEVEL)
    return packed if len(text) <= MAX_STATE_BYTES and len(packed) <= MAX_PACKED_BYTES else b""


def parse_state(payload: bytes) -> PlacedTake | StateProblem:
    """The take that a chunk's payload describes, or what is wrong with it; never inflates beyond `MAX_STATE_BYTES`."""
    if len(payload) > MAX_PACKED_BYTES:
        return StateProblem.DAMAGED
    inflating = zlib.decompressobj()
    try:
        text = inflating.decompress(payload, MAX_STATE_BYTES)
    except zlib.error:
        return StateProblem.DAMAGED
    return read_state(text) if inflating.eof else StateProblem.DAMAGED


def _request(request: ScoreRequest) -> ScoreRequest:
    soundfont = request.soundfont
    if soundfont is not None:  # it is found again by its hash
        name = PureWindowsPath(PurePosixPath(soundfont.path).name).name
        soundfont = SoundFont(name or "soundfont", soundfont.sha256)
    return dataclasses.replace(request, thumbnails=(), recut=None, soundfont=soundfont)


def _result(result: ScoreResult) -> ScoreResult:
    return dataclasses.replace(result, warnings=())
