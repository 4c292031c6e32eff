"""Plays a piece: parts, ducking, room and glue, to a mix and the stems that sum to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vem_core.audio.types import Rendering
from vem_core.composer.piece import Part, Piece
from vem_core.contract.progress import StepCallback
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.bus import Bus, Sound
from vem_core.synth.envelope import interpolate
from vem_core.synth.excerpt import heard_between, played_range
from vem_core.synth.glue import glue_gain
from vem_core.synth.patches import patch_by_id
from vem_core.synth.player import RenderContext, ScratchBuffers, brightness_of, play_part
from vem_core.synth.room import Room
from vem_core.synth.soundfont import sampled
from vem_core.synth.tempo import BeatClock, ducking_curve
from vem_core.synth.textures import render_texture

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
    excerpt: tuple[int, int] | None = None,
) -> Rendering:
    """Play a piece: float32 (2, piece.duration_samples), not yet brought to a loudness (see `mastering.master`).

    With an `excerpt` only those samples, [start, end), of what the whole would be, to within rounding: what sounded
    before and rings on into them is heard. The time it takes grows with the excerpt, not with the piece.

    With `stems`, each part comes with its own echoes and room, and the stems sum to the mix; the mix is the same, bit
    for bit, without. Parts of one name share a stem. Deterministic in `seed` on one kind of device. With a `soundfont`,
    acoustic patches are played from it.

    Raises ContractError for an unknown patch or texture, AudioError for an unusable SoundFont, ModelMissing without the
    package that plays one, or what `on_step` raises.
    """
    with torch.inference_mode():
        return _render(piece, seed, device, on_step or _no_step, stems, soundfont, excerpt)


def _render(
    piece: Piece,
    seed: int,
    device: str,
    on_step: StepCallback,
    stems: bool,
    soundfont: Path | None,
    excerpt: tuple[int, int] | None,
) -> Rendering:
    room = Room(piece.master.reverb_s, piece.master.reverb_brightness, device)
    whole_samples = piece.duration_samples
    start, end = excerpt or (0, whole_samples)
    origin, stop = played_range((start, end), whole_samples, room.tail_samples)
    piece = heard_between(piece, origin, stop)
    context = RenderContext(
        samples=piece.duration_samples,
        clock=BeatClock(piece.beat_samples, origin),
        brightness=brightness_of(piece.brightness, origin),
        delay_beats=piece.master.delay_beats,
        tilt_db=piece.master.tilt_db + _HOUSE_TILT_DB,
        seed=seed,
        scratch=ScratchBuffers(piece.duration_samples, device),
        device=device,
        origin_samples=origin,
    )
    ducking = _ducking(piece, context)
    steps = len(piece.parts) + 2
    echo_send = _SEND_LEVEL * _mean([part.channel.reverb for part in piece.parts if part.channel.delay > 0])
    bus = Bus(context.samples, room, echo_send, device)
    tracks: dict[str, Tensor] = {}
    for index, part in enumerate(piece.parts):
        on_step(index, steps)
        sound = _play(part, context, soundfont)
        if part.channel.sidechain > 0 and ducking is not None:
            sound.duck(min(part.channel.sidechain, 1.0), ducking)
        bus.add(sound, part.channel.reverb * _SEND_LEVEL)
        if stems:
            alone = Bus(context.samples, room, echo_send, device)
            alone.add(sound, part.channel.reverb * _SEND_LEVEL)
            track = alone.mixed()
            tracks[part.name] = tracks[part.name] + track if part.name in tracks else track
    on_step(len(piece.parts), steps)
    mix = bus.mixed()
    if piece.master.texture:
        texture = render_texture(piece.master.texture, whole_samples, seed, device)[:, origin:stop]
        mix += texture
        if stems:
            tracks[TEXTURE_STEM] = texture
    automation = _volume_automation(piece, origin, device)
    mix *= automation
    gain = glue_gain(mix, piece.master.compression, piece.master.drive)
    _fade_end(gain, piece.fade_out_samples, whole_samples, origin)
    mix *= gain
    if tracks:
        gain *= automation
        for track in tracks.values():
            track *= gain
        _settle_rounding(mix, tracks)
    on_step(len(piece.parts) + 1, steps)
    inside = slice(start - origin, end - origin)
    return Rendering(
        mix=mix[:, inside].cpu().numpy(), stems={name: track[:, inside].cpu().numpy() for name, track in tracks.items()}
    )


def _play(part: Part, context: RenderContext, soundfont: Path | None) -> Sound:
    patch = patch_by_id(part.patch)
    return play_part(part, patch if soundfont is None else sampled(patch, soundfont), context)


def _ducking(piece: Piece, context: RenderContext) -> Tensor | None:
    """The kicks' curve, where any part gives way to them."""
    if not any(part.channel.sidechain > 0 for part in piece.parts):
        return None
    kicks = [
        note.start_samples
        for part in piece.parts
        if patch_by_id(part.patch).percussion
        for note in part.notes
        if note.pitch in _KICKS
    ]
    return ducking_curve(kicks, context.clock, context.samples, context.device)


def _volume_automation(piece: Piece, origin: int, device: str) -> Tensor:
    """The gain of the volume automation, which follows the brightness and so the energy: (T,), 1 at its brightest."""
    samples = piece.duration_samples
    if not piece.master.ride_db or not piece.brightness:
        return torch.ones(1, device=device)
    brightness = brightness_of(piece.brightness)
    late = origin % _AUTOMATION_SAMPLES  # on one grid for the whole and its excerpts
    steps = range(origin - late, origin + samples + 2 * _AUTOMATION_SAMPLES, _AUTOMATION_SAMPLES)
    levels_db = piece.master.ride_db * (np.array([brightness(sample) for sample in steps]) - 1)
    return interpolate(10 ** (levels_db / 20), _AUTOMATION_SAMPLES, late + samples, device)[late:]


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


def _settle_rounding(mix: Tensor, tracks: dict[str, Tensor]) -> None:
    """Put what rounding has left between the mix and its stems (about 1e-7) into the first stem."""
    rest = mix.clone()
    for track in tracks.values():
        rest -= track
    next(iter(tracks.values())).add_(rest)


def _mean(values: list[float]) -> float:
    return sum(values) / max(len(values), 1)


def _no_step(done: int, total: int) -> None:
    return None
