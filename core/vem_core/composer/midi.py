"""A piece as a standard MIDI file, on the plan's own tempo map, so that a sequencer shows its bars and beats."""

from __future__ import annotations

import bisect
import io
import itertools
from collections.abc import Iterable, Iterator

import mido

from vem_core.audio.chroma import PITCH_CLASSES
from vem_core.composer.general_midi import PERCUSSION_CHANNEL, is_kit, program_of
from vem_core.composer.piece import Note, Part, Piece
from vem_core.contract.plan import Beat, ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ

TICKS_PER_BEAT = 960

_LONGEST_BEAT_US = 0xFFFFFF  # set_tempo holds three bytes
_FALLBACK_BEAT_SAMPLES = SAMPLE_RATE_HZ // 2

Timed = tuple[int, mido.Message | mido.MetaMessage]


def to_midi(piece: Piece, plan: ScorePlan) -> bytes:
    """A type 1 MIDI file: tempo, time signatures, sections and chords on the first track, then one for each part.

    There is a tempo at every beat; rounded microseconds are carried over, so that no error adds up. Sound before the
    plan's first beat fills bars of its own. Times agree with the piece's samples to half a tick.
    """
    clock = _TickClock([beat.samples for beat in plan.beats])
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")
    end = clock.ticks(piece.duration_samples)
    file.tracks.append(_track(_conductor(piece, plan, clock), end))
    channels = _channels(piece.parts)
    for part, channel in zip(piece.parts, channels, strict=True):
        file.tracks.append(_track(_part_events(part, channel, clock), end))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


class _TickClock:
    """Samples to ticks, linear between beats; whole beats are put before the first one where it comes late."""

    def __init__(self, beats: list[int]) -> None:
        beats = beats or [0]
        interval = beats[1] - beats[0] if len(beats) > 1 else _FALLBACK_BEAT_SAMPLES
        self.lead_in_beats = max(1, round(beats[0] / interval)) if beats[0] > 0 else 0
        lead_in = [round(beats[0] * beat / self.lead_in_beats) for beat in range(self.lead_in_beats)]
        last = beats[-1] - beats[-2] if len(beats) > 1 else interval
        self.edges = [*lead_in, *beats, beats[-1] + last]

    def ticks(self, samples: int) -> int:
        index = min(max(bisect.bisect_right(self.edges, samples) - 1, 0), len(self.edges) - 2)
        start, end = self.edges[index], self.edges[index + 1]
        return round((index + (samples - start) / (end - start)) * TICKS_PER_BEAT)

    def tempi(self) -> Iterator[tuple[int, int]]:
        """(tick, microseconds a beat), each aiming at the true time of the next edge."""
        written_us = 0
        for index, end in enumerate(self.edges[1:]):
            true_us = end * 1_000_000 / SAMPLE_RATE_HZ
            tempo = min(max(round(true_us - written_us), 1), _LONGEST_BEAT_US)
            yield index * TICKS_PER_BEAT, tempo
            written_us += tempo


def _conductor(piece: Piece, plan: ScorePlan, clock: _TickClock) -> list[Timed]:
    events: list[Timed] = [(0, mido.MetaMessage("track_name", name="VeM Score"))]
    events += [(tick, mido.MetaMessage("set_tempo", tempo=tempo)) for tick, tempo in clock.tempi()]
    events += [
        (tick, mido.MetaMessage("time_signature", numerator=beats, denominator=4))
        for tick, beats in _time_signatures(plan.beats, clock)
    ]
    first_beats = {beat.bar: beat.samples for beat in reversed(plan.beats)}
    for section in plan.sections:
        if section.first_bar in first_beats:
            tick = clock.ticks(first_beats[section.first_bar])
            events.append((tick, mido.MetaMessage("marker", text=section.role.value)))
    for chord in piece.chords:
        text = f"{PITCH_CLASSES[chord.root]} {chord.quality} ({chord.numeral})"
        events.append((clock.ticks(chord.start_samples), mido.MetaMessage("text", text=text)))
    return events


def _time_signatures(beats: Iterable[Beat], clock: _TickClock) -> Iterator[tuple[int, int]]:
    """(tick, beats a bar) wherever it changes; a pick-up is a bar of the beats that it has."""
    sizes = [len(list(group)) for _, group in itertools.groupby(beats, key=lambda beat: beat.bar)]
    position, current = clock.lead_in_beats, None
    if clock.lead_in_beats:
        current = clock.lead_in_beats
        yield 0, min(current, 255)
    for size in sizes:
        if size != current:
            yield position * TICKS_PER_BEAT, min(size, 255)
            current = size
        position += size


def _channels(parts: tuple[Part, ...]) -> list[int]:
    """A channel for each program, while they last: parts of one sound share one."""
    free = itertools.cycle(channel for channel in range(16) if channel != PERCUSSION_CHANNEL)
    of_program: dict[int, int] = {}
    channels = []
    for part in parts:
        if is_kit(part.patch):
            channels.append(PERCUSSION_CHANNEL)
            continue
        program = program_of(part.patch)
        if program not in of_program:
            of_program[program] = next(free)
        channels.append(of_program[program])
    return channels


def _part_events(part: Part, channel: int, clock: _TickClock) -> list[Timed]:
    events: list[Timed] = [
        (0, mido.MetaMessage("track_name", name=f"{part.name}: {part.patch}")),
        (0, mido.Message("program_change", channel=channel, program=program_of(part.patch))),
    ]
    for note in part.notes:
        start, end = _note_ticks(note, clock)
        velocity = min(max(round(note.velocity * 127), 1), 127)
        events.append((start, mido.Message("note_on", channel=channel, note=note.pitch, velocity=velocity)))
        events.append((end, mido.Message("note_off", channel=channel, note=note.pitch, velocity=0)))
    return events


def _note_ticks(note: Note, clock: _TickClock) -> tuple[int, int]:
    start = clock.ticks(note.start_samples)
    return start, max(clock.ticks(note.start_samples + note.duration_samples), start + 1)


_ORDER = {"note_off": 0, "note_on": 2}


def _track(events: list[Timed], end: int) -> mido.MidiTrack:
    """Events as a track of delta times, notes that end before notes that begin at one tick."""
    track = mido.MidiTrack()
    now = 0
    for tick, message in sorted(events, key=lambda event: (event[0], _ORDER.get(event[1].type, 1))):
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(end - now, 0)))
    return track
