"""Plays a piece, stretch by stretch: parts, ducking, room and glue, to a mix and the stems that sum to it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vem_core.audio.tape import let_go, silent
from vem_core.audio.types import Audio, Hear, Rendering
from vem_core.composer.piece import Part, Piece
from vem_core.contract.progress import StepCallback
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.bus import Bus
from vem_core.synth.envelope import interpolate
from vem_core.synth.excerpt import heard_between, played_range
from vem_core.synth.glue import HOP_SAMPLES, Glue
from vem_core.synth.patch import Patch
from vem_core.synth.patches import patch_by_id
from vem_core.synth.player import PartPlayer, RenderContext, brightness_of
from vem_core.synth.room import Room
from vem_core.synth.soundfont import ACOUSTIC_PROGRAMS, sampled
from vem_core.synth.stretches import STRETCH_SAMPLES, ScratchBuffers, Stretch, stretches_of
from vem_core.synth.tempo import BeatClock, ducking_curve
from vem_core.synth.textures import render_texture
from vem_core.synth.waiting import Waiting

TEXTURE_STEM = "bed"  # as stems are called in the files that users keep
_KICKS = (35, 36)
_SEND_LEVEL = 0.55  # of the room at full send, against the dry sound
_HOUSE_TILT_DB = 1.5  # mixes as bright as the long-term average of released music
_AUTOMATION_SAMPLES = 2_400  # 50 ms from point to point of the volume automation; linear between
_END_FADE_SAMPLES = round(0.006 * SAMPLE_RATE_HZ)


def render(
    piece: Piece,
    seed: int,
    *,
    device: str = "cpu",
    on_step: StepCallback | None = None,
    stems: bool = True,
    soundfont: Path | None = None,
    sampled_patches: Collection[str] = ACOUSTIC_PROGRAMS,
    excerpt: tuple[int, int] | None = None,
    folder: Path | None = None,
    stretch_samples: int = STRETCH_SAMPLES,
    hear: Hear | None = None,
) -> Rendering:
    """Play a piece: float32 (2, piece.duration_samples), not yet brought to a loudness (see `mastering.master`).

    With an `excerpt` only those samples, [start, end), of what the whole would be, to within rounding: what sounded
    before and rings on into them is heard. The time it takes grows with the excerpt, not with the piece.

    With `stems`, each comes with its own echoes and room, and they sum to the mix; the mix is the same, bit for bit,
    without. Parts of one name share a stem. Deterministic in `seed` on one kind of device. With a `soundfont`,
    those of the acoustic patches that are among `sampled_patches` are played from it.

    It is played in stretches of `stretch_samples`, whose length changes no sample. With a `folder` the sound lies on
    tapes in it (see `audio.tape`), and memory does not grow with the piece. `hear` is given what is complete of the mix
    after each stretch, (2, T), and the sample at which it stands in what is asked for.

    Raises ContractError for an unknown patch or texture, AudioError for an unusable SoundFont, ModelMissing without the
    package that plays one, OSError where the folder has no room, or what `on_step` raises.
    """
    with torch.inference_mode():
        stage = _Stage.of(piece, seed, device, excerpt)
        patches = {part.patch: _patch(part.patch, soundfont, sampled_patches) for part in stage.piece.parts}
        band = _Band(stage, patches, stems)
        finish = _Finish(stage)
        start, end = stage.excerpt
        mix = silent(end - start, folder=folder)
        tracks = {name: silent(end - start, folder=folder) for name in band.stem_names}
        laid = _Stems(tracks, start, stage.origin)
        stretches = list(stretches_of(stage.context.samples, stretch_samples))
        steps, done = len(stretches) * (len(stage.piece.parts) + 1) + 1, itertools.count()

        def step() -> None:
            if on_step is not None:
                on_step(next(done), steps)

        for stretch in stretches:
            for name, sound in band.play(stretch, step):
                laid.add(name, sound)
            finished = finish.finished(band.mixed(), last=stretch.is_last)
            _put(mix, finished.mix, finished.begin - start)
            if tracks:
                laid.finish(finished)
            if hear is not None:
                at = finished.begin - start
                begin, stop = max(0, at), min(mix.shape[1], at + finished.mix.shape[1])
                hear(begin, mix[:, begin : max(begin, stop)])
            let_go(mix)
        step()
        return Rendering(mix=mix, stems=tracks)


@dataclass(frozen=True)
class _Stage:
    """What is played: the piece, or what of it is heard in an excerpt, and what all of its parts share."""

    piece: Piece  # notes are counted from the origin
    context: RenderContext
    room: Room
    excerpt: tuple[int, int]  # of the whole
    origin: int  # where the first sample that is played stands in the whole
    whole_samples: int

    @classmethod
    def of(cls, piece: Piece, seed: int, device: str, excerpt: tuple[int, int] | None) -> _Stage:
        room = Room(piece.master.reverb_s, piece.master.reverb_brightness, device)
        whole_samples = piece.duration_samples
        excerpt = excerpt or (0, whole_samples)
        origin, stop = played_range(excerpt, whole_samples, room.tail_samples)
        piece = heard_between(piece, origin, stop)
        context = RenderContext(
            samples=piece.duration_samples,
            clock=BeatClock(piece.beat_samples, origin),
            brightness=brightness_of(piece.brightness, origin),
            delay_beats=piece.master.delay_beats,
            tilt_db=piece.master.tilt_db + _HOUSE_TILT_DB,
            seed=seed,
            scratch=ScratchBuffers(device),
            device=device,
            origin_samples=origin,
        )
        return cls(piece, context, room, excerpt, origin, whole_samples)


class _Run(NamedTuple):
    """Parts of one stem that follow each other, and their players."""

    name: str
    parts: list[tuple[Part, PartPlayer]]
    bus: Bus | None  # their own; None without stems


class _Band:
    """All parts with their buses: the mix's, and with stems one for each run of parts of one stem."""

    def __init__(self, stage: _Stage, patches: Mapping[str, Patch], stems: bool) -> None:
        parts, context = stage.piece.parts, stage.context
        self._send_level = _SEND_LEVEL * 10 ** (stage.piece.master.reverb_db / 20)
        echo_send = self._send_level * _mean([part.channel.reverb for part in parts if part.channel.delay > 0])
        self._context = context
        self._kicks = _kicks(stage.piece)
        self._bus = Bus(stage.room, echo_send, context.scratch)
        alone = ScratchBuffers(context.device)
        self._runs = [
            _Run(
                name,
                [(part, PartPlayer(part, patches[part.patch], context)) for part in run],
                Bus(stage.room, echo_send, alone) if stems else None,
            )
            for name, run in itertools.groupby(parts, lambda part: part.name)
        ]
        names = dict.fromkeys(part.name for part in parts) if stems else {}
        self.stem_names = tuple({**names, TEXTURE_STEM: None} if stems and stage.piece.master.texture else names)

    def play(self, stretch: Stretch, step: Callable[[], None]) -> Iterator[tuple[str, Tensor]]:
        """One more stretch: with stems what is complete of each run then, by its name, (2, T); `mixed` has the mix."""
        ducking: Tensor | None = None
        self._bus.begin(stretch)
        for run in self._runs:
            buses = [self._bus] if run.bus is None else [self._bus, run.bus]
            if run.bus is not None:
                run.bus.begin(stretch)
            for part, player in run.parts:
                step()
                sound = player.play(stretch)
                if sound is None:
                    continue
                if part.channel.sidechain > 0 and self._kicks:
                    ducking = self._ducking(stretch) if ducking is None else ducking
                    sound.duck(min(part.channel.sidechain, 1.0), ducking)
                for bus in buses:
                    bus.add(sound, part.channel.reverb * self._send_level)
            if run.bus is not None:
                yield run.name, run.bus.mixed()
        step()

    def mixed(self) -> Tensor:
        """What is complete of the mix after the stretch that was played, (2, T)."""
        return self._bus.mixed()

    def _ducking(self, stretch: Stretch) -> Tensor:
        context = self._context
        return ducking_curve(self._kicks, context.clock, stretch.samples, context.device, start=stretch.first)


class _Finished(NamedTuple):
    """The next of a mix that is done, and what its stems need to be."""

    begin: int  # where in the whole
    mix: Tensor  # (2, T)
    gain: Tensor  # (2, T), of the stems as they are played
    texture: Tensor | None  # (2, T), as it is played


class _Finish:
    """What is done to the sum: texture, volume automation, glue and the end."""

    def __init__(self, stage: _Stage) -> None:
        self._stage = stage
        self._glue = Glue(stage.piece.master.compression, stage.piece.master.drive)
        self._waiting = Waiting(HOP_SAMPLES, stage.context.scratch)
        self._position = stage.origin

    def finished(self, played: Tensor, *, last: bool) -> _Finished:
        """As much as is complete of the mix, of which `played` (2, T) is the next."""
        mix = self._waiting.complete(played, last=last)
        stage, master = self._stage, self._stage.piece.master
        begin, end = self._position, self._position + mix.shape[1]
        self._position = end
        device = stage.context.device
        texture: Tensor | None = None
        if master.texture:
            texture = render_texture(
                master.texture, stage.whole_samples, stage.context.seed, device, stretch=(begin, end)
            )
            mix += texture
        automation = _volume_automation(stage.piece, (begin, end), device)
        mix *= automation
        gain = self._glue.gain(mix)
        _fade_end(gain, stage.piece.fade_out_samples, stage.whole_samples, begin)
        mix *= gain
        gain *= automation
        return _Finished(begin, mix, gain, texture)


class _Stems:
    """The stems, each laid down as it is played and finished when the mix's gain is known: none waits in memory."""

    def __init__(self, tracks: Mapping[str, Audio], start: int, origin: int) -> None:
        """`tracks` begin at sample `start` of the whole; the first sample that is played is `origin`."""
        self._tracks, self._start = tracks, start
        self._from = self._to = origin  # what is played in the stretch under way
        self._given: set[str] = set()

    def add(self, name: str, sound: Tensor) -> None:
        """What is next (2, T) of a run of parts, in the stem of that name, which may have several."""
        self._to = self._from + sound.shape[1]
        _put(self._tracks[name], sound, self._from - self._start, added=name in self._given)
        self._given.add(name)
        let_go(self._tracks[name])

    def finish(self, finished: _Finished) -> None:
        """Give all stems the gain of the mix, as far as that is complete; the stretch under way ends."""
        self._from = self._to
        self._given.clear()
        at = finished.begin - self._start
        if finished.texture is not None:
            _put(self._tracks[TEXTURE_STEM], finished.texture, at)
        inside = slice(max(0, at), min(self._samples, at + finished.gain.shape[1]))
        if inside.start >= inside.stop:
            return
        wanted = slice(inside.start - at, inside.stop - at)
        gain, rest = finished.gain[:, wanted].cpu().numpy(), finished.mix[:, wanted].cpu().numpy().copy()
        first, *_ = self._tracks.values()
        for track in self._tracks.values():
            track[:, inside] *= gain
            rest -= track[:, inside]
            let_go(track)
        first[:, inside] += rest  # what rounding has left between the mix and its stems, about 1e-7
        let_go(first)

    @property
    def _samples(self) -> int:
        return next(iter(self._tracks.values())).shape[1]


def _put(track: Audio, sound: Tensor, at: int, *, added: bool = False) -> None:
    """Put a sound at a place of a track, or add it to what is there, as far as it is inside it."""
    begin, end = max(0, at), min(track.shape[1], at + sound.shape[1])
    if begin < end:
        heard = sound[:, begin - at : end - at].cpu().numpy()
        if added:
            heard = track[:, begin:end] + heard
        track[:, begin:end] = heard


def _patch(patch_id: str, soundfont: Path | None, sampled_patches: Collection[str]) -> Patch:
    patch = patch_by_id(patch_id)
    return patch if soundfont is None or patch_id not in sampled_patches else sampled(patch, soundfont)


def _kicks(piece: Piece) -> list[int]:
    """Where the kicks are, in order."""
    return sorted(
        note.start_samples
        for part in piece.parts
        if patch_by_id(part.patch).percussion
        for note in part.notes
        if note.pitch in _KICKS
    )


def _volume_automation(piece: Piece, stretch: tuple[int, int], device: str) -> Tensor:
    """The gain of the volume automation, which follows the brightness and so the energy, over a stretch of the whole.

    (T,), 1 at its brightest; (1,) where there is none.
    """
    start, end = stretch
    if not piece.master.ride_db or not piece.brightness:
        return torch.ones(1, device=device)
    brightness = brightness_of(piece.brightness)
    late = start % _AUTOMATION_SAMPLES  # on one grid for the whole and its excerpts
    steps = range(start - late, end + 2 * _AUTOMATION_SAMPLES, _AUTOMATION_SAMPLES)
    levels_db = piece.master.ride_db * (np.array([brightness(sample) for sample in steps]) - 1)
    return interpolate(10 ** (levels_db / 20), _AUTOMATION_SAMPLES, late + end - start, device)[late:]


def _fade_end(gain: Tensor, fade_samples: int, whole_samples: int, origin: int) -> None:
    """Bring a gain (2, T) down to 0 on the piece's last sample, in place; over a few milliseconds at least, against
    a click. Its first sample is number `origin` of the whole."""
    samples = min(whole_samples, max(fade_samples, _END_FADE_SAMPLES))
    begin = max(origin, whole_samples - samples)
    end = origin + gain.shape[-1]
    if begin >= end:
        return
    left = torch.arange(whole_samples - begin, whole_samples - end, -1, dtype=torch.float32, device=gain.device) - 1
    gain[:, begin - origin :] *= torch.sin(left / samples * (torch.pi / 2))


def _mean(values: list[float]) -> float:
    return sum(values) / max(len(values), 1)
