"""Plays one part: renders each distinct body once and adds it wherever a note wants it."""

from __future__ import annotations

import itertools
import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from vem_core.composer.piece import Note, Part
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.bus import Sound, sides_of
from vem_core.synth.envelope import release_curve
from vem_core.synth.patch import Length, Patch
from vem_core.synth.spectrum import BLOCK_SAMPLES, FLAT, RINGING_SAMPLES, Equaliser, filter_track
from vem_core.synth.tempo import BeatClock
from vem_core.synth.tone import NOMINAL_VELOCITY, Tone, chance

_LEAST_STEP_BITS = 10
_HATS = (42, 44, 46)  # each ends what still rings of the others
_ECHO_FEEDBACK = 0.46
_ECHO_FLOOR = 0.012
_OPEN_STEP = 0.75  # octaves: notes that open a sound by about as much share its body

Brightness = Callable[[int], float]


@dataclass(frozen=True)
class Strike:
    """A note as it will be placed: how much of the body sounds before the release, and how loud."""

    start: int
    hold: int
    gain: float


class Tape:
    """Memory that is used for one sound after another: getting new memory takes longer than what is done in it."""

    def __init__(self, samples: int, device: str = "cpu") -> None:
        self._samples, self._device = samples, device
        self._tracks: dict[str, Tensor] = {}

    def erased(self, name: str, samples: int) -> Tensor:
        """The first samples of a track of that name, silent: (2, T). What was on it is lost."""
        if name not in self._tracks:
            self._tracks[name] = torch.empty(2, self._samples, device=self._device)
        return self._tracks[name][:, :samples].zero_()


@dataclass(frozen=True)
class Stage:
    """What the players of all parts share."""

    samples: int
    clock: BeatClock
    brightness: Brightness
    delay_beats: float
    tilt_db: float
    seed: int
    tape: Tape
    device: str = "cpu"
    origin_samples: int = 0  # where the stage's first sample stands in the whole piece


def play_part(part: Part, patch: Patch, stage: Stage) -> Sound:
    """The part's own sound and its echoes, before ducking and room, to be used before the next part is played."""
    groups = _group(part, patch, stage)
    start, end = _span([strike for _, strikes in groups for strike in strikes], patch, stage, part.channel.delay > 0)
    release = release_curve(max(1, round(patch.release_s * SAMPLE_RATE_HZ)), stage.device)
    sides = sides_of(part.channel.pan, part.channel.width, stage.device)
    track = stage.tape.erased("dry", end - start)
    echoes = stage.tape.erased("echoes", end - start) if part.channel.delay > 0 else None
    for tone, strikes in groups:
        body = _BODIES.get(patch, tone)
        for strike in strikes:
            _place(track, body, Strike(strike.start - start, strike.hold, strike.gain), release)
        if echoes is not None:
            _echo(echoes, sides.mean(0, keepdim=True) @ body, strikes, release, part.channel.delay, stage, start)
    equaliser = FLAT if _coloured_alone(patch) else _equaliser(part, stage)
    if not equaliser.neutral:
        for one in (track, echoes):
            if one is not None:
                filter_track(one, equaliser)
    return Sound(track, sides, echoes, start)


def _span(strikes: list[Strike], patch: Patch, stage: Stage, echoed: bool) -> tuple[int, int]:
    """The samples of the stage, [start, end), where the part may be heard; it begins on the grid of the filters."""
    if not strikes:
        return 0, 0
    first = max(0, min(strike.start for strike in strikes))
    rings = round(patch.release_s * SAMPLE_RATE_HZ) + RINGING_SAMPLES
    last = stage.samples if echoed else max(strike.start + strike.hold for strike in strikes) + rings
    return first - first % BLOCK_SAMPLES, min(last, stage.samples)


def _coloured_alone(patch: Patch) -> bool:
    """Whether bodies are equalised one by one: a held note falls silent with its release, and no filter rings on."""
    return patch.voice.colours_itself or patch.length is Length.HELD


def _equaliser(part: Part, stage: Stage) -> Equaliser:
    return Equaliser(part.channel.low_cut_hz, part.channel.high_cut_hz, stage.tilt_db)


class BodyLibrary:
    """Bodies that were rendered, kept while they fit."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._bodies: OrderedDict[tuple[str, Tone], Tensor] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, patch: Patch, tone: Tone) -> Tensor:
        """The equalised body of a tone, (2, T); not to be written to."""
        key = (patch.id, tone)
        with self._lock:
            if key in self._bodies:
                self._bodies.move_to_end(key)
                return self._bodies[key]
        body = patch.voice(tone)
        if not patch.voice.colours_itself:
            body = tone.equaliser.apply(body)
        with self._lock:
            if key not in self._bodies:
                self._bodies[key] = body
                self._bytes += body.nbytes
            while self._bytes > self._most_bytes:
                self._bytes -= self._bodies.popitem(last=False)[1].nbytes
        return body

    def clear(self) -> None:
        """Forget all bodies."""
        with self._lock:
            self._bodies.clear()
            self._bytes = 0


_BODIES = BodyLibrary(384 * 2**20)  # a minute of the style with the most, ambient, has 323 MiB


def clear_bodies() -> None:
    """Forget the bodies that were rendered in this process."""
    _BODIES.clear()


def _group(part: Part, patch: Patch, stage: Stage) -> list[tuple[Tone, list[Strike]]]:
    """The part's notes by the body they share, in an order that does not depend on when they sound."""
    level = 10 ** ((part.channel.gain_db + patch.level_db) / 20)
    holds = _holds(part.notes, patch)
    tone_of = _ToneChooser(part, patch, stage)
    groups: dict[Tone, list[Strike]] = {}
    for note, hold in zip(part.notes, holds, strict=True):
        if note.velocity <= 0 or hold <= 0 or note.start_samples >= stage.samples:
            continue
        gain = level * (note.velocity / NOMINAL_VELOCITY) ** patch.velocity_power
        groups.setdefault(tone_of(note, hold), []).append(Strike(note.start_samples, hold, gain))
    whole = ((replace(tone, samples=_body_samples(tone, strikes, patch)), strikes) for tone, strikes in groups.items())
    return sorted(whole, key=lambda one: _place_in_order(one[0]))


def _place_in_order(tone: Tone) -> tuple[float, ...]:
    return (tone.pitch, tone.samples, tone.velocity, tone.open_octaves, tone.variation)


def _body_samples(tone: Tone, strikes: list[Strike], patch: Patch) -> int:
    """How long a body lasts that is long enough for all its strikes, to within an eighth: others may share it."""
    if patch.length is not Length.HELD:
        return tone.samples
    needed = max(strike.hold for strike in strikes) + round(patch.release_s * SAMPLE_RATE_HZ)
    step = 1 << max(needed.bit_length() - 4, _LEAST_STEP_BITS)
    return -(-needed // step) * step


def _holds(notes: tuple[Note, ...], patch: Patch) -> list[int]:
    """How long each note sounds before it is released. A closed hi-hat ends an open one."""
    if not patch.percussion:
        longest = round(patch.longest_s * SAMPLE_RATE_HZ)
        if patch.length is Length.RINGING:
            return [longest] * len(notes)
        return [min(note.duration_samples, longest) for note in notes]
    holds = [round(patch.longest_s * SAMPLE_RATE_HZ)] * len(notes)
    hats = (index for index in range(len(notes)) if notes[index].pitch in _HATS)
    in_time = sorted(hats, key=lambda index: notes[index].start_samples)
    for earlier, later in itertools.pairwise(in_time):
        gap = notes[later].start_samples - notes[earlier].start_samples
        holds[earlier] = min(holds[earlier], max(gap, 1))
    return holds


@dataclass(frozen=True)
class _ToneChooser:
    part: Part
    patch: Patch
    stage: Stage

    def __call__(self, note: Note, hold: int) -> Tone:
        patch, stage = self.patch, self.stage
        open_octaves = patch.voice.velocity_octaves * (note.velocity - NOMINAL_VELOCITY)
        if patch.voice.brightness_octaves:
            open_octaves += patch.voice.brightness_octaves * (stage.brightness(note.start_samples) - 0.5)
        variation = chance(stage.seed, self.part.name, stage.origin_samples + note.start_samples, note.pitch)
        return Tone(
            pitch=note.pitch,
            samples=self._samples(hold),
            velocity=_quantise(note.velocity, patch.velocity_layers),
            open_octaves=(math.floor(open_octaves / _OPEN_STEP) + 0.5) * _OPEN_STEP,
            variation=int(variation * patch.variations),
            device=stage.device,
            equaliser=_equaliser(self.part, stage) if _coloured_alone(patch) else FLAT,
        )

    def _samples(self, hold: int) -> int:
        """What the body's length must be, where it is not the longest strike that decides."""
        if self.patch.length is Length.EXACT:
            return hold
        return round(self.patch.longest_s * SAMPLE_RATE_HZ) if self.patch.length is Length.RINGING else 0


def _quantise(value: float, layers: int) -> float:
    """A velocity of 0..1 as the middle of one of `layers` equal steps; one layer is the nominal value."""
    if layers == 1:
        return NOMINAL_VELOCITY
    return (min(layers - 1, max(0, int(value * layers))) + 0.5) / layers


def _place(bus: Tensor, body: Tensor, strike: Strike, release: Tensor) -> None:
    """Add a body to the bus: whole until the note ends, then released."""
    skip = max(0, -strike.start)  # a note that begins before the score
    start = max(strike.start, 0)
    held_end = min(body.shape[-1], strike.hold)
    end = min(held_end, bus.shape[-1] - start + skip)
    if end > skip:
        bus[:, start : start + end - skip].add_(body[:, skip:end], alpha=strike.gain)
    tail_end = min(body.shape[-1], held_end + len(release), bus.shape[-1] - start + skip)
    tail_start = max(held_end, skip)
    if tail_end > tail_start:
        curve = release[tail_start - held_end : tail_end - held_end]
        at = start - skip + tail_start
        bus[:, at : at + tail_end - tail_start].addcmul_(body[:, tail_start:tail_end], curve, value=strike.gain)


def _echo(
    echoes: Tensor, body: Tensor, strikes: list[Strike], release: Tensor, send: float, stage: Stage, origin: int
) -> None:
    """Add a body's (1, T) echoes on the beat grid, from side to side, each softer than the last.

    `origin` is where the first sample of `echoes` stands on the stage.
    """
    count = int(math.log(_ECHO_FLOOR / max(0.6 * send, _ECHO_FLOOR)) / math.log(_ECHO_FEEDBACK)) + 1
    for strike in strikes:
        beat = stage.clock.beat_at(strike.start)
        for repeat in range(1, count + 1):
            start = stage.clock.sample_at(beat + repeat * stage.delay_beats) - origin
            if start >= echoes.shape[-1]:
                break
            gain = strike.gain * 0.6 * send * _ECHO_FEEDBACK ** (repeat - 1)
            side = repeat % 2
            _place(echoes[side : side + 1], body, Strike(start, strike.hold, gain), release)


def brightness_of(points: tuple[tuple[int, float], ...], origin_samples: int = 0) -> Brightness:
    """The brightness at a sample, linear between the points; 0.5 where there are none.

    `origin_samples` is where sample 0 stands on the points' own clock.
    """
    if not points:
        return lambda _: 0.5
    samples, values = np.asarray(points, float).T
    return lambda sample: float(np.interp(sample + origin_samples, samples, values))
