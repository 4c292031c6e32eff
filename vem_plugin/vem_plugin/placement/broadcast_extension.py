"""The `bext` chunk of a Broadcast Wave file (EBU Tech 3285, version 2): who made it, when it sounds, how loud it is."""

from __future__ import annotations

import datetime
import math
import struct
import uuid
from dataclasses import dataclass
from fractions import Fraction

from vem_core.contract.errors import AudioError, OutputError
from vem_core.contract.time import SAMPLE_RATE_HZ, nominal_rate

ORIGINATOR = "VeM Score"
MAX_EXTENSION_BYTES = 1 << 20
"""Of a stranger's `bext` chunk, whose coding history has no end of its own."""

_VERSION = 2
_BEXT = struct.Struct("<256s32s32s10s8sQH64s5h180s")
_UNKNOWN = 0x7FFF  # of a loudness value
# SMPTE ST 330: a basic UMID of sound, its material number a UUID; 0x13 bytes follow, of which three count instances.
_UMID_LABEL = bytes.fromhex("060a2b340101010501010820" + "13" + "000000")


@dataclass(frozen=True)
class LoudnessValues:
    """How loud the sound is (EBU R 128); None: not known."""

    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    momentary_lufs: float | None = None  # the highest, over 400 ms
    short_term_lufs: float | None = None  # the highest, over 3 s


@dataclass(frozen=True)
class BroadcastExtension:
    """The fields of a `bext` chunk."""

    time_reference_samples: int  # since midnight
    description: str = ""
    originator: str = ORIGINATOR
    originator_reference: str = ""
    originated: datetime.datetime | None = None  # of no time zone: the standard knows none; None: left empty
    coding_history: str = ""
    umid: bytes = b""  # 32 or 64 bytes, or none
    loudness: LoudnessValues = LoudnessValues()


def time_reference_samples(
    start_frames: int, rate: Fraction, *, drop_frame: bool = False, sample_rate_hz: int = SAMPLE_RATE_HZ
) -> int:
    """The time reference, in samples since midnight, of audio that begins at a record frame.

    Frame numbers count real frames from midnight (drop frame or not), and wrap after 24 hours of timecode. A frame that
    begins between two samples gets the later: a reader that rounds down would find the frame before at the earlier one.
    """
    frame = frames_since_midnight(start_frames, rate, drop_frame=drop_frame)
    return math.ceil(frame * sample_rate_hz / rate)


def frames_since_midnight(frame: int, rate: Fraction, *, drop_frame: bool = False) -> int:
    """A record frame number within its day of timecode."""
    per_day = nominal_rate(rate) * 86_400
    if drop_frame:
        per_day -= nominal_rate(rate) // 15 * (24 * 54)  # numbers left out in each minute but every tenth
    return frame % per_day


def umid_of(sound_sha256: str) -> bytes:
    """The basic UMID (SMPTE ST 330) of a sound: the same for every file that holds these samples."""
    return _UMID_LABEL + uuid.uuid5(uuid.NAMESPACE_OID, f"vem-score sound {sound_sha256}").bytes


def coding_history(sample_rate_hz: int, bits: int, channels: int, tool_version: str) -> str:
    """The line that says how the audio was made (EBU R 98)."""
    mode = {1: "mono", 2: "stereo"}.get(channels, "multi-channel")
    return f"A=PCM,F={sample_rate_hz},W={bits},M={mode},T=VeM Score {tool_version}\r\n"


def parse_extension(payload: bytes) -> BroadcastExtension:
    """The chunk that these bytes are. Raises AudioError where they are too few."""
    if len(payload) < _BEXT.size:
        raise AudioError("The WAV file's broadcast extension is cut short.")
    description, originator, reference, date, time, samples, version, umid, *loudness, _rest = _BEXT.unpack_from(
        payload
    )
    return BroadcastExtension(
        time_reference_samples=samples,
        description=_text(description),
        originator=_text(originator),
        originator_reference=_text(reference),
        originated=_moment(_text(date), _text(time)),
        coding_history=_text(payload[_BEXT.size :]),
        umid=_known_umid(umid) if version >= 1 else b"",
        loudness=LoudnessValues(*(_value(value) for value in loudness)) if version >= 2 else LoudnessValues(),
    )


def pack_extension(extension: BroadcastExtension) -> bytes:
    """The chunk's bytes. Raises OutputError for a time reference that does not fit."""
    if not 0 <= extension.time_reference_samples < 2**63:
        raise OutputError(f"{extension.time_reference_samples} is not a time reference.")
    moment, loudness = extension.originated, extension.loudness
    return _BEXT.pack(
        _field(extension.description, 256),
        _field(extension.originator, 32),
        _field(extension.originator_reference, 32),
        b"" if moment is None else moment.strftime("%Y-%m-%d").encode(),
        b"" if moment is None else moment.strftime("%H:%M:%S").encode(),
        extension.time_reference_samples,
        _VERSION,
        extension.umid,
        _hundredths(loudness.integrated_lufs),
        _hundredths(loudness.range_lu),
        _hundredths(loudness.true_peak_dbtp),
        _hundredths(loudness.momentary_lufs),
        _hundredths(loudness.short_term_lufs),
        b"",
    ) + extension.coding_history.encode("ascii", "replace")


def _hundredths(value: float | None) -> int:
    """A loudness value as the chunk holds it; what lies beyond -99.99 to 99.99 counts as not known."""
    known = value is not None and math.isfinite(value) and abs(value) < 99.995
    return round(100 * value) if value is not None and known else _UNKNOWN


def _value(hundredths: int) -> float | None:
    return hundredths / 100 if abs(hundredths) <= 9999 else None


def _known_umid(field: bytes) -> bytes:
    """A UMID without the half that a basic one leaves empty."""
    return field if any(field[32:]) else field[:32] if any(field) else b""


def _field(text: str, size: int) -> bytes:
    """Text for a fixed field. The standard asks for ASCII, so other letters become question marks."""
    return text.encode("ascii", "replace")[:size]


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("ascii", "replace")


def _moment(date: str, time: str) -> datetime.datetime | None:
    # Other writers separate the parts by any of : _ - and blank, which the standard allows.
    digits = [part for part in (date[0:4], date[5:7], date[8:10], time[0:2], time[3:5], time[6:8]) if part.isdecimal()]
    if len(digits) != 6:
        return None
    try:
        return datetime.datetime(*(int(part) for part in digits))  # type: ignore[arg-type]
    except ValueError:
        return None
