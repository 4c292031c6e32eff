"""The `iXML` chunk (iXML specification 2.10): what Avid, Nuendo, Resolve and location recorders read of a sound file.

It says the picture's rate, which the `bext` chunk cannot: without it samples since midnight are no timecode.
"""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from vem_core.contract.time import nominal_rate

_NTSC_RATES = {24: "24000/1001", 30: "30000/1001", 48: "48000/1001", 60: "60000/1001"}
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 has no room for


@dataclass(frozen=True)
class SoundNotes:
    """What an iXML chunk says of one sound file of a take."""

    project: str  # the timeline
    scene: str  # the range, or what else tells scores of one timeline apart
    take: int
    note: str
    track_names: Sequence[str]  # one a channel
    rate: Fraction  # of the picture, frames per second
    drop_frame: bool
    time_reference_samples: int  # since midnight
    sample_rate_hz: int
    bits: int
    file: str  # its name
    sound_sha256: str
    family_sha256: str  # shared by the mix and the stems of one take
    family_size: int  # how many files the take has
    file_index: int  # of this one among them, from 1
    generated: tuple[str, str] | None = None  # the mark that it was: a sentence, and IPTC's digital source type


def ixml_bytes(notes: SoundNotes) -> bytes:
    """The chunk: an XML document in UTF-8."""
    root = ElementTree.Element("BWFXML")
    _add(
        root,
        IXML_VERSION="2.10",
        PROJECT=notes.project,
        SCENE=notes.scene,
        TAKE=str(notes.take),
        TAPE="VeM Score",
        CIRCLED="TRUE",
        NOTE=notes.note,
        FILE_UID=_uid(notes.sound_sha256),
    )
    if notes.generated is not None:
        sentence, source = notes.generated
        _add(ElementTree.SubElement(root, "GENERATED"), BY_AI="TRUE", DIGITAL_SOURCE_TYPE=source, STATEMENT=sentence)
    _add_speed(root, notes)
    _add(ElementTree.SubElement(root, "HISTORY"), ORIGINAL_FILENAME=notes.file, CURRENT_FILENAME=notes.file)
    _add(
        ElementTree.SubElement(root, "FILE_SET"),
        TOTAL_FILES=str(notes.family_size),
        FAMILY_UID=_uid(notes.family_sha256),
        FAMILY_NAME=f"{notes.project} take {notes.take}",
        FILE_SET_INDEX=str(notes.file_index),
    )
    tracks = ElementTree.SubElement(root, "TRACK_LIST")
    _add(tracks, TRACK_COUNT=str(len(notes.track_names)))
    for number, name in enumerate(notes.track_names, 1):
        track = ElementTree.SubElement(tracks, "TRACK")
        _add(track, CHANNEL_INDEX=str(number), INTERLEAVE_INDEX=str(number), NAME=name, FUNCTION="MUSIC")
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True))


def rate_text(rate: Fraction) -> str:
    """A rate as the specification spells it: 25/1, 24000/1001."""
    if rate.denominator == 1001:
        return _NTSC_RATES.get(nominal_rate(rate), f"{rate.numerator}/{rate.denominator}")
    return f"{rate.numerator}/{rate.denominator}"


def _add_speed(root: ElementTree.Element, notes: SoundNotes) -> None:
    rate, high = rate_text(notes.rate), notes.time_reference_samples >> 32
    _add(
        ElementTree.SubElement(root, "SPEED"),
        MASTER_SPEED=rate,
        CURRENT_SPEED=rate,
        TIMECODE_RATE=rate,
        TIMECODE_FLAG="DF" if notes.drop_frame else "NDF",
        FILE_SAMPLE_RATE=str(notes.sample_rate_hz),
        AUDIO_BIT_DEPTH=str(notes.bits),
        DIGITIZER_SAMPLE_RATE=str(notes.sample_rate_hz),
        TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI=str(high),
        TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO=str(notes.time_reference_samples & 0xFFFF_FFFF),
        TIMESTAMP_SAMPLE_RATE=str(notes.sample_rate_hz),
    )


def _add(parent: ElementTree.Element, **texts: str) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(parent, name).text = _UNPRINTABLE.sub("?", text)


def _uid(sha256: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"vem-score {sha256}").hex.upper()
