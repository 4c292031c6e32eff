"""Guests: instruments that an editor asks for by name and that few bands have, as they are really played.

The data stands in `guests.toml`: what each does beside a band and alone, where it lies, and how far it reaches.
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from vem_core.composer.drafts import Draft
from vem_core.composer.form import Form
from vem_core.composer.instruments import instruments
from vem_core.composer.piece import Channel, NoteFunction
from vem_core.composer.style import Figure, Kind, PartSheet, Style
from vem_core.contract.codec import from_json
from vem_core.contract.time import SAMPLE_RATE_HZ

_LOW = (Kind.BASS, Kind.DRONE)
_TUNES = (Kind.MOTIF, Kind.ANSWER)
_ROLLED_FROM_S = 0.45
_STROKE_S = 0.085
_STROKES_ON = 0.62  # of the first stroke's velocity, those that follow
_ROLLED = frozenset((NoteFunction.MOTIF, NoteFunction.ANSWER, NoteFunction.BASS))
"""Lines; chords and last notes are struck once, however long they are held."""
_LEAST_DB = -1.0  # of a part that somebody asked for
_PLAIN = Channel(reverb=0.25)

Register = tuple[int, int]


@dataclass(frozen=True)
class Manner:
    """What a player does; where there is no figure its kind says it all."""

    kind: Kind
    figures: tuple[Figure, ...] = ()
    voices: int = 4
    strum_ms: float = 0.0
    gain_db: float = 0.0  # against the loudest of the style's parts of its kind
    pan: float = 0.0
    instead: bool = False  # takes over from the style's parts of its kind


@dataclass(frozen=True)
class Guest:
    """How an instrument is played. Registers and reach are the lowest and highest MIDI note."""

    plays: tuple[str, ...]  # manners, beside a band
    alone: tuple[str, ...] = ()  # manners, as well where nobody else plays
    reach: Register | None = None  # of the real instrument; None: any
    chords: Register = (60, 79)
    tune: Register = (64, 86)
    low: Register = (36, 55)
    rolls: bool = False  # long notes are struck over and over
    single: bool = False  # one note at a time
    gain_db: float = 0.0  # so that it is heard among the others

    def register(self, kind: Kind) -> Register:
        """Where it plays a part of a kind."""
        return self.low if kind in _LOW else self.tune if kind in _TUNES else self.chords


@functools.cache
def guests() -> dict[str, Guest]:
    """All guests, by the ids of their instruments."""
    return {name: from_json(Guest, fields, f"guests.{name}") for name, fields in _text()["guests"].items()}


@functools.cache
def _manners() -> dict[str, Manner]:
    return {name: from_json(Manner, fields, f"manners.{name}") for name, fields in _text()["manners"].items()}


def _text() -> dict[str, Any]:
    return tomllib.loads((resources.files("vem_core.composer") / "guests.toml").read_text(encoding="utf-8"))


@functools.cache
def _guest_on(patch: str) -> Guest | None:
    return next((guest for name, guest in guests().items() if patch in instruments()[name].patches), None)


def guest_parts(name: str, style: Style, *, alone: bool, patches: tuple[str, ...]) -> Iterator[tuple[PartSheet, bool]]:
    """The parts of a guest in a style, and whether each takes over from the style's of its kind."""
    guest = guests()[name]
    for manner_name in (*guest.plays, *(guest.alone if alone else ())):
        manner = _manners()[manner_name]
        yield PartSheet(
            name=f"with-{name}-{manner_name}",
            stem=name,
            kind=manner.kind,
            patches=patches,
            register=guest.register(manner.kind),
            figures=manner.figures,
            voices=manner.voices,
            strum_ms=manner.strum_ms,
            channel=_channel(manner, guest, style),
        ), manner.instead  # fmt: skip


def _channel(manner: Manner, guest: Guest, style: Style) -> Channel:
    """As loud as the loudest of the style's parts that do the same, and in the same room."""
    alike = {Kind.ARPEGGIO: (Kind.ARPEGGIO, Kind.COMP), Kind.COMP: (Kind.COMP, Kind.ARPEGGIO)}
    kinds = alike.get(manner.kind, (manner.kind,))
    donors = [part.channel for part in style.parts if part.kind in kinds]
    loudest = max(donors, key=lambda channel: channel.gain_db, default=_PLAIN)
    gain_db = max(loudest.gain_db, _LEAST_DB) + manner.gain_db + guest.gain_db
    return replace(loudest, gain_db=gain_db, pan=manner.pan, sidechain=0.0, low_cut_hz=0.0)


def as_played(drafts: Sequence[Draft], patch: str, form: Form) -> list[Draft]:
    """The drafts as a guest's instrument can play them; those of any other patch as they are.

    What lies beyond its reach is moved by octaves, of a chord it sings the highest note, long notes are rolled.
    """
    guest = _guest_on(patch)
    if guest is None:
        return list(drafts)
    reached = [replace(draft, pitch=_within(draft.pitch, guest.reach)) for draft in drafts]
    if guest.single:
        reached = _highest(reached)
    return [stroke for draft in reached for stroke in _strokes(draft, form)] if guest.rolls else reached


def _within(pitch: int, reach: Register | None) -> int:
    if reach is None:
        return pitch
    low, high = reach
    if pitch < low:
        pitch += 12 * math.ceil((low - pitch) / 12)
    elif pitch > high:
        pitch -= 12 * math.ceil((pitch - high) / 12)
    return pitch


def _highest(drafts: Iterable[Draft]) -> list[Draft]:
    """Of notes that begin together the highest."""
    best: dict[float, Draft] = {}
    for draft in drafts:
        known = best.get(draft.start)
        if known is None or draft.pitch > known.pitch:
            best[draft.start] = draft
    return list(best.values())


def _strokes(draft: Draft, form: Form) -> Iterator[Draft]:
    """A long note as strokes at a power of two to the beat, as near to a twelfth of a second as may be."""
    lasts_s = (form.tempo.sample_at(draft.end) - form.tempo.sample_at(draft.start)) / SAMPLE_RATE_HZ
    if draft.function not in _ROLLED or lasts_s < _ROLLED_FROM_S:
        yield draft
        return
    per_beat = 2 ** round(math.log2(lasts_s / draft.length / _STROKE_S))
    step, count = 1 / per_beat, max(int(draft.length * per_beat), 1)
    yield replace(draft, length=step)
    for place in range(1, count):
        velocity = draft.velocity * _STROKES_ON
        yield replace(draft, start=draft.start + place * step, length=step, velocity=velocity, exact=False)
