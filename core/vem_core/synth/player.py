"""Plays one part: renders each distinct note once and adds it wherever a note wants it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from vem_core.composer.piece import Note, Part
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.bus import Sound, sides_of
from vem_core.synth.envelope import release_curve
from vem_core.synth.kept import NOTES
from vem_core.synth.patch import Length, Patch
from vem_core.synth.spectrum import BLOCK_SAMPLES, FLAT, RINGING_SAMPLES, Equaliser, TrackFilter
from vem_core.synth.stretches import ScratchBuffers, Stretch
from vem_core.synth.tempo import BeatClock
from vem_core.synth.tone import NOMINAL_VELOCITY, Tone, chance

_LEAST_STEP_BITS = 10
_HATS = (42, 44, 46)  # each ends what still rings of the others
_ECHO_FEEDBACK = 0.46
_ECHO_FLOOR = 0.012
_OPEN_STEP = 0.75  # octaves: notes that open a sound by about as much share their rendered note
_AHEAD_SAMPLES = 60 * SAMPLE_RATE_HZ  # as much as `kept.NOTES` holds of any style

Brightness = Callable[[int], float]


@dataclass(frozen=True)
class PlacedNote:
    """A note as it will be placed: how much of its rendered note sounds before the release, and how loud."""

    start: int
    hold: int
    gain: float


@dataclass(frozen=True)
class RenderContext:
    """What the rendering of all parts shares."""

    samples: int
    clock: BeatClock
    brightness: Brightness
    delay_beats: float
    tilt_db: float
    seed: int
    scratch: ScratchBuffers
    device: str = "cpu"
    origin_samples: int = 0  # where its first sample stands in the whole piece


class PartPlayer:
    """A part, played stretch by stretch, in order."""

    def __init__(self, part: Part, patch: Patch, context: RenderContext) -> None:
        self._part, self._patch, self._context = part, patch, context
        self._release = release_curve(max(1, round(patch.release_s * SAMPLE_RATE_HZ)), context.device)
        self._sides = sides_of(part.channel.pan, part.channel.width, context.device)
        self._groups = [
            _Group(tone, placements, self._reach(placements)) for tone, placements in _group(part, patch, context)
        ]
        pitches = itertools.groupby(self._groups, lambda group: group.tone.pitch)
        self._of_pitch = {pitch: list(groups) for pitch, groups in pitches}
        self._start, self._end = self._span()
        equaliser = FLAT if _coloured_alone(patch) else _equaliser(part, context)
        self._dry_filter, self._echo_filter = TrackFilter(equaliser), TrackFilter(equaliser)

    def play(self, stretch: Stretch) -> Sound | None:
        """The part's own sound and its echoes, before ducking and room, to be used before the next part is played.

        None where it rests. The first block of a stretch that does not begin the piece is there for what rings on.
        """
        start, end = max(stretch.first, self._start), min(stretch.last, self._end)
        if start >= end:
            return None
        send, scratch = self._part.channel.delay, self._context.scratch
        track = scratch.cleared("dry", end - start)
        echoes = scratch.cleared("echoes", end - start) if send > 0 else None
        for group in self._groups:
            heard = group.heard(start, end)
            if not heard:
                continue
            if stretch.start > 0:  # the first is waited for
                self._render_ahead(group.tone, start)
            rendered = self._note(group.tone)
            for placed in heard:
                _place(track, rendered, PlacedNote(placed.start - start, placed.hold, placed.gain), self._release)
            if echoes is not None:
                alone = self._sides.mean(0, keepdim=True) @ rendered
                _echo(echoes, alone, heard, self._release, send, self._context, start)
        self._dry_filter.apply(track, start)
        if echoes is not None:
            self._echo_filter.apply(echoes, start)
        return Sound(track, self._sides, echoes, start - stretch.first)

    def _render_ahead(self, tone: Tone, start: int) -> None:
        """With a note that is not there yet, those of its pitch that follow.

        They are made of the same material, which makes way for that of other parts before the next stretch.
        """
        if (self._patch.id, tone) in NOTES:
            return
        for group in self._of_pitch[tone.pitch]:
            if group.heard(start, start + _AHEAD_SAMPLES):
                self._note(group.tone)

    def _note(self, tone: Tone) -> Tensor:
        """The rendered note of a tone, which all parts and pieces share; not to be written to."""
        return NOTES.get((self._patch.id, tone), lambda: _rendered(self._patch, tone))

    def _reach(self, placements: list[PlacedNote]) -> int:
        """How long after its start a note and its echoes are heard at most."""
        beats = _echo_count(self._part.channel.delay) * self._context.delay_beats if self._echoed else 0
        echoed = math.ceil(beats * self._context.clock.longest_beat)
        return max(placed.hold for placed in placements) + len(self._release) + echoed

    @property
    def _echoed(self) -> bool:
        return self._part.channel.delay > 0

    def _span(self) -> tuple[int, int]:
        """The samples of the context, [start, end), where the part may be heard; it begins on the filters' grid."""
        placements = [placed for group in self._groups for placed in group.placements]
        if not placements:
            return 0, 0
        samples = self._context.samples
        first = max(0, min(placed.start for placed in placements))
        rings = round(self._patch.release_s * SAMPLE_RATE_HZ) + RINGING_SAMPLES
        last = samples if self._echoed else max(placed.start + placed.hold for placed in placements) + rings
        return first - first % BLOCK_SAMPLES, min(last, samples)


class _Group:
    """Notes that share a rendered note."""

    def __init__(self, tone: Tone, placements: list[PlacedNote], reach: int) -> None:
        self.tone, self.placements = tone, placements
        self._starts = np.array([placed.start for placed in placements], np.int64)
        self._reach = reach

    def heard(self, start: int, end: int) -> list[PlacedNote]:
        """Those that may be heard in samples [start, end)."""
        inside = np.flatnonzero((self._starts < end) & (self._starts + self._reach > start))
        return [self.placements[index] for index in inside.tolist()]


def _coloured_alone(patch: Patch) -> bool:
    """Whether notes are equalised one by one: a held note falls silent with its release, and no filter rings on."""
    return patch.voice.colours_itself or patch.length is Length.HELD


def _equaliser(part: Part, context: RenderContext) -> Equaliser:
    return Equaliser(part.channel.low_cut_hz, part.channel.high_cut_hz, context.tilt_db)


def _rendered(patch: Patch, tone: Tone) -> Tensor:
    """The equalised rendered note of a tone, (2, T)."""
    rendered = patch.voice(tone)
    return rendered if patch.voice.colours_itself else tone.equaliser.apply(rendered)


def _group(part: Part, patch: Patch, context: RenderContext) -> list[tuple[Tone, list[PlacedNote]]]:
    """The part's notes by the rendered note they share, in an order that does not depend on when they sound."""
    level = 10 ** ((part.channel.gain_db + patch.level_db) / 20)
    holds = _holds(part.notes, patch)
    tone_of = _ToneChooser(part, patch, context)
    groups: dict[Tone, list[PlacedNote]] = {}
    for note, hold in zip(part.notes, holds, strict=True):
        if note.velocity <= 0 or hold <= 0 or note.start_samples >= context.samples:
            continue
        gain = level * (note.velocity / NOMINAL_VELOCITY) ** patch.velocity_power
        groups.setdefault(tone_of(note, hold), []).append(PlacedNote(note.start_samples, hold, gain))
    whole = (
        (replace(tone, samples=_rendered_samples(tone, placements, patch)), placements)
        for tone, placements in groups.items()
    )
    return sorted(whole, key=lambda group: _place_in_order(group[0]))


def _place_in_order(tone: Tone) -> tuple[float, ...]:
    return (tone.pitch, tone.samples, tone.velocity, tone.open_octaves, tone.variation)


def _rendered_samples(tone: Tone, placements: list[PlacedNote], patch: Patch) -> int:
    """Samples to render so that it is long enough wherever it is placed, to within an eighth: others may share it."""
    if patch.length is not Length.HELD:
        return tone.samples
    needed = max(placed.hold for placed in placements) + round(patch.release_s * SAMPLE_RATE_HZ)
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
    context: RenderContext

    def __call__(self, note: Note, hold: int) -> Tone:
        patch, context = self.patch, self.context
        open_octaves = patch.voice.velocity_octaves * (note.velocity - NOMINAL_VELOCITY)
        if patch.voice.brightness_octaves:
            open_octaves += patch.voice.brightness_octaves * (context.brightness(note.start_samples) - 0.5)
        player = (self.part.name, self.part.channel.pan)  # two of one stem play each their own take
        variation = chance(context.seed, *player, context.origin_samples + note.start_samples, note.pitch)
        return Tone(
            pitch=note.pitch,
            samples=self._samples(hold),
            velocity=_quantise(note.velocity, patch.velocity_layers),
            open_octaves=(math.floor(open_octaves / _OPEN_STEP) + 0.5) * _OPEN_STEP,
            variation=int(variation * patch.variations),
            device=context.device,
            equaliser=_equaliser(self.part, context) if _coloured_alone(patch) else FLAT,
        )

    def _samples(self, hold: int) -> int:
        """What its length must be, where it is not the longest placed note that decides."""
        if self.patch.length is Length.EXACT:
            return hold
        return round(self.patch.longest_s * SAMPLE_RATE_HZ) if self.patch.length is Length.RINGING else 0


def _quantise(value: float, layers: int) -> float:
    """A velocity of 0..1 as the middle of one of `layers` equal steps; one layer is the nominal value."""
    if layers == 1:
        return NOMINAL_VELOCITY
    return (min(layers - 1, max(0, int(value * layers))) + 0.5) / layers


def _place(bus: Tensor, rendered: Tensor, placed: PlacedNote, release: Tensor) -> None:
    """Add a rendered note to the bus: whole until the note ends, then released."""
    skip = max(0, -placed.start)  # a note that begins before the score
    start = max(placed.start, 0)
    held_end = min(rendered.shape[-1], placed.hold)
    end = min(held_end, bus.shape[-1] - start + skip)
    if end > skip:
        bus[:, start : start + end - skip].add_(rendered[:, skip:end], alpha=placed.gain)
    tail_end = min(rendered.shape[-1], held_end + len(release), bus.shape[-1] - start + skip)
    tail_start = max(held_end, skip)
    if tail_end > tail_start:
        curve = release[tail_start - held_end : tail_end - held_end]
        at = start - skip + tail_start
        bus[:, at : at + tail_end - tail_start].addcmul_(rendered[:, tail_start:tail_end], curve, value=placed.gain)


def _echo(
    echoes: Tensor,
    rendered: Tensor,
    placements: list[PlacedNote],
    release: Tensor,
    send: float,
    context: RenderContext,
    origin: int,
) -> None:
    """Add the echoes of a rendered note (1, T) on the beat grid, from side to side, each softer than the last.

    `origin` is where the first sample of `echoes` stands in the context.
    """
    count = _echo_count(send)
    for placed in placements:
        beat = context.clock.beat_at(placed.start)
        for repeat in range(1, count + 1):
            start = context.clock.sample_at(beat + repeat * context.delay_beats) - origin
            if start >= echoes.shape[-1]:
                break
            gain = placed.gain * 0.6 * send * _ECHO_FEEDBACK ** (repeat - 1)
            side = repeat % 2
            _place(echoes[side : side + 1], rendered, PlacedNote(start, placed.hold, gain), release)


def _echo_count(send: float) -> int:
    """How many echoes are heard of a note."""
    return int(math.log(_ECHO_FLOOR / max(0.6 * send, _ECHO_FLOOR)) / math.log(_ECHO_FEEDBACK)) + 1


def brightness_of(points: tuple[tuple[int, float], ...], origin_samples: int = 0) -> Brightness:
    """The brightness at a sample, linear between the points; 0.5 where there are none.

    `origin_samples` is where sample 0 stands on the points' own clock.
    """
    if not points:
        return lambda _: 0.5
    samples, values = np.asarray(points, float).T
    return lambda sample: float(np.interp(sample + origin_samples, samples, values))
