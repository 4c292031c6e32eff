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
from vem_core.composer.form import Bar, Form, PlannedHit
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

_LOUDER_DB, _RAISED_DB = 0.5, 0.8  # above the beats around: a cut that passes, and one that has to be clearer first
_CLEAREST, _LEAST_CLEAR = 1.05, 0.9  # its rise against theirs
_CLEAR_ENOUGH = 0.9  # of what is wanted
_BEFORE_BEATS = 8  # of its section, that are counted beside those around
_ALWAYS_ROOM = 0.2  # of the level around: what strikes together may be so loud, whatever sounds on
_FAINTEST_RISE = 6.2  # what is heard as an attack at all
_BESIDE_BEATS = 0.5  # a bar that opens nearer to a cut is not played out
_BAR_RISE, _BAR_DB = 1.6 * _FAINTEST_RISE, 4.5  # of what opens a bar: least, and most above those around
_ACCENT_DB = 7.5  # an accent above the beats around, at least
_SOUNDING_SHARE = 0.6  # of what a cut that passes may be, for what sounds on: a bass that is louder stops there
_SHORTEST_BASS_SAMPLES = SAMPLE_RATE_HZ // 20
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

    def held_at(self, number: int, samples: int) -> float:
        """The power that a note has while it is held, at an instant."""
        since = samples - self._starts[number] - sum(HELD_SAMPLES) / 2
        return float(self.held[number] * 10 ** (-self._decay[number] * since))

    def basses_at(self, samples: int, since: int) -> list[int]:
        """The notes of the bass that began from `since` on and sound at an instant."""
        first, last = np.searchsorted(self._sorted, (since, samples - _SHORTEST_BASS_SAMPLES + 1))
        return [
            int(n)
            for n in np.sort(self._order[first:last])
            if self._ends[n] > samples and self.notes[n].function is NoteFunction.BASS
        ]

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
    """What becomes of a piece's notes: new velocities and ends by their number, and strokes that a drummer adds."""

    velocities: dict[int, float] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    strokes: list[Note] = field(default_factory=list)


def balance_cuts(parts: Sequence[Part], form: Form, rests: Sequence[Rest]) -> tuple[Part, ...]:
    """The parts with what is heard on cuts neither less nor more than was meant."""
    if not parts:
        return ()
    band, balance = Band(parts), Balance()
    drummer = next((at for at, part in enumerate(parts) if part.name == _DRUMS), None)
    for hit in sounding_hits(form, rests):
        samples = form.tempo.sample_at(hit.position)
        around = [band.at(beat) for beat in _beats_around(hit.position, form)]
        if not around:
            continue
        if hit.is_accent:
            _stand_out(band, band.at(samples), around, balance)
            continue
        before = [band.at(beat) for beat in _beats_before(hit, form)]
        usual = max(_usual_rise(before + around), _FAINTEST_RISE)
        level = _usual_level(around)
        before_it = form.tempo.sample_at(math.ceil(hit.position) - 1)
        heard = _stop_bass(band, samples, before_it, level, balance)
        lacking = _pass(band, heard, level, usual, balance)
        if lacking > 0 and drummer is not None:
            bar = form.bar_at(hit.position)
            bounds = (form.tempo.sample_at(bar.start), form.tempo.sample_at(bar.end))
            balance.strokes += _stroke(parts[drummer], samples, bounds, lacking)
    for bar in _bars_apart(form, rests):
        samples = form.tempo.sample_at(bar.start)
        around = [band.at(beat) for beat in _beats_around(bar.start, form)]
        if around:
            _open(band, band.at(samples), _usual_level(around), balance)
    return tuple(_balanced(part, at, band, balance, with_strokes=at == drummer) for at, part in enumerate(parts))


def _bars_apart(form: Form, rests: Sequence[Rest]) -> Iterator[Bar]:
    """The bars of sections before the final hit that open away from cuts, and not in a rest."""
    for bar in form.written_bars:
        resting = any(rest.start <= bar.start < rest.end for rest in rests)
        ends = form.final is not None and bar.start >= form.final
        beside = any(abs(hit.position - bar.start) < _BESIDE_BEATS for hit in form.hits)
        if bar.first_number == 1 and not (resting or ends or beside):
            yield bar


def _beats_around(position: float, form: Form) -> list[int]:
    before, after = math.ceil(position) - 1, math.floor(position) + 1
    instants = [form.tempo.sample_at(beat) for beat in (before - 1, before, after, after + 1)]
    return [samples for samples in instants if 0 <= samples < form.plan.duration_samples]


def _beats_before(hit: PlannedHit, form: Form) -> list[int]:
    """The last beats of the hit's own section."""
    last, section = math.ceil(hit.position) - 1, form.bar_at(hit.position).section
    beats = [beat for beat in range(last - _BEFORE_BEATS + 1, last + 1) if form.bar_at(beat).section == section]
    instants = [form.tempo.sample_at(beat) for beat in beats]
    return [samples for samples in instants if samples >= 0]


def _usual_level(beats: Sequence[Heard]) -> float:
    """The power of the beat in the middle, half-way in decibels where two are."""
    return math.exp(median(math.log(max(each.level_ringing, 1e-20)) for each in beats))


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


def _stop_bass(band: Band, samples: int, since: int, level: float, balance: Balance) -> Heard:
    """What is heard on a cut that passes, once a bass that began from `since` on and booms over it has stopped there.

    `level` is that of the beats around.
    """
    heard = band.at(samples)
    most = _SOUNDING_SHARE * level * 10 ** (_LOUDER_DB / 10)
    for n in band.basses_at(samples, since):
        if _HELD_SHARE * (heard.held + heard.ringing) <= most:
            break
        power = band.held_at(n, samples)
        heard = heard._replace(held=heard.held - power, ringing=heard.ringing + _RELEASED * power)
        balance.ends[n] = samples
    return heard


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
    loudest = max(level * 10 ** (_RAISED_DB / 10), besides + _ALWAYS_ROOM * level)
    for n in own:
        if not band.clear[n]:
            continue
        clear = (math.sqrt(max(wanted - squares(without=n), 0.0)) / float(band.rises[n])) ** (1 / _RISE)
        room = max(loudest - power(without=n), 0.0)
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


def _open(band: Band, heard: Heard, level: float, balance: Balance) -> None:
    """What strikes as a bar opens played out until it is heard, so that cuts are not a soft passage's only attacks."""
    own = [n for n in heard.notes if band.strikes[n] and band.clear[n] and band.notes[n].function not in _MARKS]
    squares = float((band.rises[own] ** 2).sum())
    if heard.rise >= _BAR_RISE or not squares:
        return
    hidden = heard.rise / math.sqrt(heard.squares)
    clear = math.sqrt(max((_BAR_RISE / hidden) ** 2 - heard.squares + squares, 0.0) / squares) ** (1 / _RISE)
    begun = float(band.begun[own].sum())
    room = max(level * 10 ** (_BAR_DB / 10) - heard.level_ringing + begun, begun)
    share = min(clear, (room / begun) ** (1 / _POWER), _LOUDEST)
    for n in own:
        before = float(band.velocities[n])
        balance.velocities[n] = min(before * share, max(before, _LOUDEST_VELOCITY))


def _balanced(part: Part, at: int, band: Band, balance: Balance, *, with_strokes: bool) -> Part:
    numbers = range(band.firsts[at], band.firsts[at + 1])
    strokes = balance.strokes if with_strokes else []
    if not (strokes or any(n in balance.velocities or n in balance.ends for n in numbers)):
        return part
    notes = [_changed(note, n, balance) for n, note in zip(numbers, part.notes, strict=True)]
    return replace(part, notes=tuple(_with_strokes(notes, strokes) if strokes else notes))


def _changed(note: Note, number: int, balance: Balance) -> Note:
    if number in balance.velocities:
        velocity = round(float(min(max(balance.velocities[number], 0.02), 1.0)), 4)
        note = replace(note, velocity=velocity)
    if number in balance.ends:
        note = replace(note, duration_samples=balance.ends[number] - note.start_samples)
    return note


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
