"""What is heard on cuts, reckoned from the notes, and notes made louder or softer until it is what was meant.

A cut that passes is as loud and as clear as the beats around it; an accent stands out of them. What notes sound like is
told by `attacks`: power adds up, and so do squares of rises, of which what sounds on hides a part.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vem_core.composer.attacks import (
    BEGUN_SAMPLES,
    CLEAR_RISE,
    DB_PER_DECADE,
    HELD_SAMPLES,
    NOMINAL_VELOCITY,
    Attack,
    attack_of,
)
from vem_core.composer.drafts import Rest
from vem_core.composer.form import Form, PlannedHit
from vem_core.composer.piece import Note, NoteFunction, Part
from vem_core.composer.style import DRUM_KEYS
from vem_core.contract.time import SAMPLE_RATE_HZ

_TOGETHER_SAMPLES = 1_500  # what begins within 31 ms of a cut begins with it: strummed strings, a drummer laid back
_LOOK_BACK_SAMPLES = 10 * SAMPLE_RATE_HZ  # nothing that was struck earlier is counted as sounding on
_HIDING = 0.1  # how much of a rise is hidden by as much power as it has itself, that sounds on
_HELD_SHARE = 0.8  # of what sounds on, beside what begins
_RELEASED, _RELEASE_SAMPLES = 0.5, SAMPLE_RATE_HZ // 4  # share of what has just ended, and how long it rings by 10 dB
_SWELL_DB = 6.0  # a note that begins so far below what it grows to is no attack
_POWER = DB_PER_DECADE / 10  # of velocity
_RISE_DB = 26.0  # a rise grows tenfold with so much more level, a little less than amplitude does
_RISE = DB_PER_DECADE / _RISE_DB  # power of velocity that a rise is

_LOUDER_DB, _RAISED_DB = 0.5, 1.2  # above the beats around: a cut that passes, and one that has to be clearer first
_CLEAREST, _LEAST_CLEAR = 1.05, 0.9  # its rise against theirs
_CLEAR_ENOUGH = 0.9  # of what is wanted
_BEFORE_BEATS = 8  # of its section, that are counted beside those around
_ALWAYS_ROOM = 0.2  # of the level around: a note so loud is added to whatever sounds on
_FAINTEST_RISE = 6.6  # what is heard as an attack at all
_ACCENT_DB = 7.5  # an accent above the beats around, at least
_SOFTEST, _LOUDEST, _LOUDEST_ACCENT = 0.45, 3.0, 2.5  # shares of a velocity that are left or reached at most
_LOUDEST_VELOCITY = 0.85  # of what is played out on a cut that passes
_FAINTEST_STROKE, _STROKE_SAMPLES = 0.04, SAMPLE_RATE_HZ // 5

_DRUMS = "drums"
_SILENT = Attack(-200.0, -200.0, 0.0)
_MARKS = frozenset((NoteFunction.ACCENT, NoteFunction.IMPACT, NoteFunction.RISER, NoteFunction.ENDING))
_STROKES = frozenset(DRUM_KEYS[name] for name in ("snare", "rim", "clap", "hat", "ride", "shaker", "tambourine"))


class Heard(NamedTuple):
    """What is heard at an instant."""

    begun: float  # power of what begins
    held: float  # power of what sounds on
    ringing: float  # power of what has just ended
    squares: float  # of the rises of what begins
    notes: NDArray[np.intp]  # what begins, counted over all parts

    @property
    def level(self) -> float:
        """The power of all that is played."""
        return self.begun + _HELD_SHARE * self.held

    @property
    def level_ringing(self) -> float:
        """The power of all that is heard, what has just ended with it."""
        return self.level + _HELD_SHARE * self.ringing

    @property
    def rise(self) -> float:
        """How clear the attack is."""
        return math.sqrt(self.squares) / (1 + _HIDING * math.sqrt(self.held / max(self.begun, 1e-12)))


class Band:
    """The notes of all parts as what they sound like."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.firsts = [0, *itertools.accumulate(len(part.notes) for part in parts)]  # each part's first note
        notes = [note for part in parts for note in part.notes]
        known = [attack_of(part.patch, note.pitch) for part in parts for note in part.notes]
        attacks = np.array([attack or _SILENT for attack in known], np.float64).reshape(-1, 3)
        gains = np.repeat([part.channel.gain_db for part in parts], [len(part.notes) for part in parts])
        velocities = np.array([note.velocity for note in notes], np.float64)
        louder = gains + DB_PER_DECADE * np.log10(np.maximum(velocities, 1e-3) / NOMINAL_VELOCITY)
        self.notes, self.velocities = notes, velocities
        self.begun = 10 ** ((attacks[:, 0] + louder) / 10)
        self.held = 10 ** ((attacks[:, 1] + louder) / 10)
        self.rises = attacks[:, 2] * 10 ** (louder / _RISE_DB)
        self.clear = attacks[:, 2] >= CLEAR_RISE
        self.strikes = attacks[:, 0] >= attacks[:, 1] - _SWELL_DB
        between = (sum(HELD_SAMPLES) - sum(BEGUN_SAMPLES)) / 2
        self._decay = np.maximum(attacks[:, 0] - attacks[:, 1], 0) / (10 * between)  # decades a sample
        self._starts = np.array([note.start_samples for note in notes], np.int64)
        rings = np.repeat([part.patch.startswith("kit.") for part in parts], [len(part.notes) for part in parts])
        lengths = np.array([note.duration_samples for note in notes], np.int64)
        self._ends = self._starts + np.maximum(lengths, rings * SAMPLE_RATE_HZ)  # a drum rings, whatever was written
        self._order = np.argsort(self._starts, kind="stable")
        self._sorted = self._starts[self._order]
        self._heard: dict[int, Heard] = {}

    def at(self, samples: int) -> Heard:
        """What is heard at an instant of the score."""
        if samples not in self._heard:
            self._heard[samples] = self._hear(samples)
        return self._heard[samples]

    def cost(self, number: int) -> float:
        """The power of a note for its rise."""
        rise = max(float(self.rises[number]), 1e-6)
        return float(self.begun[number]) / rise**2

    def _hear(self, samples: int) -> Heard:
        bounds = (samples - _LOOK_BACK_SAMPLES, samples - _TOGETHER_SAMPLES, samples + _TOGETHER_SAMPLES + 1)
        earliest, first, last = np.searchsorted(self._sorted, bounds)
        beginning, before = np.sort(self._order[first:last]), np.sort(self._order[earliest:first])
        since = samples - self._starts[before] - sum(HELD_SAMPLES) / 2
        sounding = self.held[before] * 10 ** (-self._decay[before] * since)
        over = samples - self._ends[before]
        held = float(sounding[over < 0].sum())
        ringing = _RELEASED * float((sounding * 10 ** (-over / _RELEASE_SAMPLES))[over >= 0].sum())
        return Heard(
            float(self.begun[beginning].sum()), held, ringing, float((self.rises[beginning] ** 2).sum()), beginning
        )


@dataclass
class Balance:
    """What becomes of a piece's notes: new velocities by their number, and strokes that a drummer adds."""

    velocities: dict[int, float] = field(default_factory=dict)
    strokes: list[Note] = field(default_factory=list)


def balance_cuts(parts: Sequence[Part], form: Form, rests: Sequence[Rest]) -> tuple[Part, ...]:
    """The parts with what is heard on cuts neither less nor more than was meant."""
    if not parts:
        return ()
    band, balance = Band(parts), Balance()
    drummer = next((at for at, part in enumerate(parts) if part.name == _DRUMS), None)
    for hit in sounding_hits(form, rests):
        samples = form.tempo.sample_at(hit.position)
        around = [band.at(beat) for beat in _beats_around(hit, form)]
        if not around:
            continue
        if hit.is_accent:
            _stand_out(band, band.at(samples), around, balance)
            continue
        before = [band.at(beat) for beat in _beats_before(hit, form)]
        usual = max(_usual_rise(before + around), _FAINTEST_RISE)
        lacking = _pass(band, band.at(samples), median(each.level_ringing for each in around), usual, balance)
        if lacking > 0 and drummer is not None:
            bar = form.bar_at(hit.position)
            bounds = (form.tempo.sample_at(bar.start), form.tempo.sample_at(bar.end))
            balance.strokes += _stroke(parts[drummer], samples, bounds, lacking)
    return tuple(_balanced(part, at, band, balance, with_strokes=at == drummer) for at, part in enumerate(parts))


def _beats_around(hit: PlannedHit, form: Form) -> list[int]:
    before, after = math.ceil(hit.position) - 1, math.floor(hit.position) + 1
    instants = [form.tempo.sample_at(beat) for beat in (before - 1, before, after, after + 1)]
    return [samples for samples in instants if 0 <= samples < form.plan.duration_samples]


def _beats_before(hit: PlannedHit, form: Form) -> list[int]:
    """The last beats of the hit's own section."""
    last, section = math.ceil(hit.position) - 1, form.bar_at(hit.position).section
    beats = [beat for beat in range(last - _BEFORE_BEATS + 1, last + 1) if form.bar_at(beat).section == section]
    instants = [form.tempo.sample_at(beat) for beat in beats]
    return [samples for samples in instants if samples >= 0]


def _usual_rise(beats: Sequence[Heard]) -> float:
    """The mean of the middle half: where every other beat is a strong one, what lies between the two."""
    rises = sorted(each.rise for each in beats)
    quarter = len(rises) // 4
    return fmean(rises[quarter : len(rises) - quarter])


def _stand_out(band: Band, heard: Heard, around: Sequence[Heard], balance: Balance) -> None:
    """An accent's own notes played out, as far as it needs to be heard as one."""
    least = median(each.level for each in around) * 10 ** (_ACCENT_DB / 10)
    own = [n for n in heard.notes if band.strikes[n] and band.notes[n].function is NoteFunction.ACCENT]
    begun = float(band.begun[own].sum())
    if heard.level < least and begun > 0:
        share = min(((least - heard.level + begun) / begun) ** (1 / _POWER), _LOUDEST_ACCENT)
        balance.velocities.update({n: float(band.velocities[n]) * share for n in own})


def _pass(band: Band, heard: Heard, level: float, usual: float, balance: Balance) -> float:
    """What strikes on a cut that passes held back where it is too loud, played out where it is not clear enough.

    `level` and the rise `usual` are those of the beats around. Returns the rise that is lacking.
    """
    own = [n for n in heard.notes if band.strikes[n] and band.notes[n].function not in _MARKS]
    own.sort(key=lambda n: (band.cost(n), n))  # the clearest for its power first
    others = heard.squares - float((band.rises[own] ** 2).sum())
    besides = heard.level_ringing - float(band.begun[own].sum())
    shares = dict.fromkeys(own, 1.0)

    def power(without: int = -1) -> float:
        return besides + sum(float(band.begun[n]) * share**_POWER for n, share in shares.items() if n != without)

    def squares(without: int = -1) -> float:
        return others + sum((float(band.rises[n]) * share**_RISE) ** 2 for n, share in shares.items() if n != without)

    clearest = _CLEAREST * usual
    if heard.rise > clearest:
        shares = dict.fromkeys(own, max((clearest / heard.rise) ** (1 / _RISE), _SOFTEST))
    for n in reversed(own):  # what is loud without being clear gives way first
        room = level * 10 ** (_LOUDER_DB / 10) - power(without=n)
        shares[n] = min(shares[n], max((max(room, 0.0) / band.begun[n]) ** (1 / _POWER), _SOFTEST * shares[n]))
    hidden = heard.rise / math.sqrt(heard.squares) if heard.squares > 0 else 1.0
    wanted = (_LEAST_CLEAR * usual / hidden) ** 2
    for n in own:
        if not band.clear[n]:
            continue
        clear = (math.sqrt(max(wanted - squares(without=n), 0.0)) / float(band.rises[n])) ** (1 / _RISE)
        room = max(level * 10 ** (_RAISED_DB / 10) - power(without=n), _ALWAYS_ROOM * level)
        loud = (room / band.begun[n]) ** (1 / _POWER)
        shares[n] = max(shares[n], min(clear, loud, _LOUDEST, _LOUDEST_VELOCITY / band.velocities[n]))
    balance.velocities.update({n: float(band.velocities[n]) * share for n, share in shares.items() if share != 1})
    reached = squares()
    return math.sqrt(wanted - reached) if reached < wanted * _CLEAR_ENOUGH**2 else 0.0


def _stroke(part: Part, samples: int, bar: tuple[int, int], lacking: float) -> list[Note]:
    """One more stroke by the drummer, of the clearest voice that is heard in the bar and does not strike there."""
    near = [note for note in part.notes if bar[0] <= note.start_samples < bar[1] and note.pitch in _STROKES]
    taken = {note.pitch for note in near if abs(note.start_samples - samples) <= _TOGETHER_SAMPLES}
    free = {note.pitch: attack_of(part.patch, note.pitch) or _SILENT for note in near if note.pitch not in taken}
    pitch = max(free, key=lambda pitch: (free[pitch].rise, pitch), default=None)
    if pitch is None or free[pitch].rise <= 0:
        return []
    loudest = max(note.velocity for note in near if note.pitch == pitch)
    needed = NOMINAL_VELOCITY * (lacking / (free[pitch].rise * 10 ** (part.channel.gain_db / _RISE_DB))) ** (1 / _RISE)
    velocity = min(needed, loudest)
    if velocity < _FAINTEST_STROKE:
        return []
    return [Note(samples, _STROKE_SAMPLES, pitch, round(velocity, 4), NoteFunction.GROOVE)]


def _balanced(part: Part, at: int, band: Band, balance: Balance, *, with_strokes: bool) -> Part:
    first = band.firsts[at]
    changed = {
        n - first: round(float(min(max(velocity, 0.02), 1.0)), 4)
        for n, velocity in balance.velocities.items()
        if first <= n < first + len(part.notes)
    }
    strokes = balance.strokes if with_strokes else []
    if not (changed or strokes):
        return part
    notes = [
        replace(note, velocity=changed[number]) if number in changed else note for number, note in enumerate(part.notes)
    ]
    return replace(part, notes=tuple(_with_strokes(notes, strokes) if strokes else notes))


def _with_strokes(notes: Sequence[Note], strokes: Sequence[Note]) -> list[Note]:
    """The notes in order with some more, none overlapping another of its pitch."""
    fitted: list[Note] = []
    following: dict[int, int] = {}  # by pitch where the next begins
    for note in sorted([*notes, *strokes], key=lambda note: (-note.start_samples, -note.pitch)):
        room = following.get(note.pitch, note.start_samples + note.duration_samples) - note.start_samples
        following[note.pitch] = note.start_samples
        fitted.append(note if room >= note.duration_samples else replace(note, duration_samples=room))
    return fitted[::-1]


def sounding_hits(form: Form, rests: Sequence[Rest]) -> Iterator[PlannedHit]:
    """The cuts that are met where notes are written, before the final hit, by others than those who rest."""
    low, high = form.written
    for hit in form.hits:
        resting = any(rest.start <= hit.position < rest.end and not rest.is_breath for rest in rests)
        if not resting and low <= hit.position < high and (form.final is None or hit.position < form.final):
            yield hit
