"""The command line's words for a `Direction` and a `Delivery`, shared by every command that asks for music."""

from __future__ import annotations

import argparse
import dataclasses
import re
from fractions import Fraction
from typing import Any

from vem_core.contract.errors import ContractError, DirectionError
from vem_core.contract.plan import AccentBudget, Bend, Ending
from vem_core.contract.request import (
    LOUDNESS_TARGETS,
    SAMPLE_RATES_HZ,
    AudioFormat,
    Delivery,
    Direction,
    SpeechRoom,
)

_TEMPO = re.compile(r"(\d+(?:\.\d+)?)(?:\s*[-:]\s*(\d+(?:\.\d+)?))?")
_DURATION = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(f|fr|frames?|ms|s)?")
_TASTES = {"early": -1, "on": 0, "late": 1}
"""Beats early or late by taste, in frames: where most editors put them when they cut by ear."""


def add_direction_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what music is wanted. What is not given is left to a preset, or to the defaults."""
    group = parser.add_argument_group("direction")
    group.add_argument("--preset", metavar="NAME", help="a saved direction, or a preset's file (vem presets); "
                       "the other options outrank it")  # fmt: skip
    group.add_argument("--prompt", help="what the music should be, in a sentence")
    group.add_argument("--style", help="house, trailer, ambient ... (default: chosen from the words)")
    group.add_argument("--mood", help="tender, tense, triumphant ... (default: the style's own)")
    group.add_argument("--key", help='"A minor" (default: chosen by the seed)')
    group.add_argument("--tempo", metavar="LOW-HIGH", help="tempo range in BPM, or one tempo (default: the style's)")
    group.add_argument("--bend", choices=[bend.value for bend in Bend],
                       help="how far the tempo may leave home to meet cuts (default: as the style does)")  # fmt: skip
    group.add_argument("--accents", choices=[budget.value for budget in AccentBudget],
                       help="how many cuts are played as accents (default: some, one in four)")  # fmt: skip
    group.add_argument("--energy", type=float, metavar="0..1", help="overall intensity (default: from the cut)")
    group.add_argument("--ending", choices=[ending.value for ending in Ending],
                       help="how the piece ends (default: ring-out)")  # fmt: skip
    timing = parser.add_argument_group("timing")
    timing.add_argument("--sync-offset", metavar="LENGTH",
                        help="move all beats against their cuts: 2f, -40ms, 0.02s; negative is early")  # fmt: skip
    timing.add_argument("--beats", choices=list(_TASTES), help="a frame early or late by taste (default: on)")
    timing.add_argument("--hit-tolerance", metavar="LENGTH",
                        help="how far off a beat may be and still meet its cut: 2f, 60ms (default: 1f)")  # fmt: skip
    speech = parser.add_argument_group("speech", "The music makes room where somebody speaks on the audio lanes.")
    speech.add_argument("--duck", type=float, metavar="DB",
                        help="how much softer the music is under speech (default: 8; 0: no notice)")  # fmt: skip
    speech.add_argument("--duck-attack", type=float, metavar="S", help="how long it takes to go down (default: 0.3)")
    speech.add_argument("--duck-release", type=float, metavar="S",
                        help="how long it takes to come back, to a beat (default: 0.9)")  # fmt: skip
    speech.add_argument("--duck-level-only", action="store_true", default=None,
                        help="the level goes down, the arrangement stays as it is")  # fmt: skip


def direction_from_arguments(arguments: argparse.Namespace, rate: Fraction | None = None) -> Direction:
    """The direction that the options describe, on top of their preset. `rate` is that of lengths in frames.

    Raises DirectionError, and what reading a preset raises.
    """
    from vem_plugin.presets import find_preset

    base = find_preset(arguments.preset).direction if arguments.preset else Direction()
    try:
        given = _given(
            prompt=arguments.prompt,
            style=arguments.style,
            mood=arguments.mood,
            key=arguments.key,
            tempo_bpm=parse_tempo(arguments.tempo),
            bend=Bend(arguments.bend) if arguments.bend else None,
            accents=AccentBudget(arguments.accents) if arguments.accents else None,
            energy=arguments.energy,
            ending=Ending(arguments.ending) if arguments.ending else None,
            room=_room(arguments, base.room),
            beat_offset_ms=_offset_ms(arguments, rate),
            hit_tolerance_ms=parse_length_ms(arguments.hit_tolerance, rate, "--hit-tolerance"),
        )
        return dataclasses.replace(base, **given)
    except ContractError as error:
        raise DirectionError(f"The direction cannot be met: {error.message}.") from error


def parse_tempo(text: str | None) -> tuple[float, float] | None:
    """ "90-120" or "110" as a range in BPM. Raises DirectionError."""
    if text is None:
        return None
    match = _TEMPO.fullmatch(text.strip())
    if match is None:
        raise DirectionError(f"{text!r} is not a tempo range.", hint="Write --tempo 90-120, or --tempo 110.")
    low = float(match[1])
    high = float(match[2]) if match[2] else low
    if low > high:
        raise DirectionError(f"The tempo range {text} goes down.", hint=f"Write --tempo {match[2]}-{match[1]}.")
    return low, high


def parse_length_ms(text: str | None, rate: Fraction | None, option: str) -> float | None:
    """ "2f" (frames at `rate`), "40ms" or "0.04s" in milliseconds; a bare number is frames. Raises DirectionError."""
    if text is None:
        return None
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise DirectionError(f"{text!r} is not a length.", hint=f"Write {option} 2f, {option} 40ms or {option} 0.04s.")
    value, unit = Fraction(match[1]), match[2] or "f"
    if unit.startswith("f"):
        if rate is None:
            raise DirectionError(
                f"{option} {text} is a number of frames, and there is no timeline whose frames they are.",
                hint=f"Write {option} in ms here.",
            )
        return float(value * 1000 / rate)
    return float(value if unit == "ms" else value * 1000)


def add_delivery_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say in which form the music is wanted."""
    group = parser.add_argument_group("delivery")
    group.add_argument("--loudness", default="vem", metavar="TARGET",
                       help=f"{', '.join(LOUDNESS_TARGETS)}, or a number in LUFS (default: -16 LUFS)")  # fmt: skip
    group.add_argument("--audio-format", choices=[form.value for form in AudioFormat], default=AudioFormat.WAV.value,
                       help="of the music on the lane, 24 bits (default: wav)")  # fmt: skip
    group.add_argument("--sample-rate", type=int, choices=SAMPLE_RATES_HZ, default=48_000, metavar="HZ",
                       help="44100, 48000 or 96000 (default: 48000)")  # fmt: skip
    group.add_argument("--handles", metavar="BEFORE[,AFTER]",
                       help="extra music around the range, as trimmed media: 24f, 1s, 2s,1s")  # fmt: skip
    group.add_argument("--stems", action="store_true", help="also write each part as a WAV; they sum to the mix")
    group.add_argument("--stem-lanes", action="store_true", help="stems, each on a lane of its own, instead of the mix")
    group.add_argument("--midi", action="store_true", help="also write a MIDI file with the tempo map")


def delivery_from_arguments(arguments: argparse.Namespace, rate: Fraction | None = None) -> Delivery:
    """The delivery that the options describe. `rate` is that of handles in frames. Raises DirectionError."""
    loudness, peak = _loudness(arguments.loudness)
    before, after = _handles(arguments.handles, rate)
    try:
        return Delivery(
            loudness_lufs=loudness,
            true_peak_dbtp=peak,
            stems=arguments.stems or arguments.stem_lanes,
            midi=arguments.midi,
            format=AudioFormat(arguments.audio_format),
            sample_rate_hz=arguments.sample_rate,
            handle_before_frames=before,
            handle_after_frames=after,
        )
    except ContractError as error:
        raise DirectionError(f"This cannot be delivered: {error.message}.") from error


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _room(arguments: argparse.Namespace, base: SpeechRoom) -> SpeechRoom | None:
    given = _given(
        depth_db=arguments.duck,
        attack_s=arguments.duck_attack,
        release_s=arguments.duck_release,
        thin=False if arguments.duck_level_only else None,
    )
    return dataclasses.replace(base, **given) if given else None


def _offset_ms(arguments: argparse.Namespace, rate: Fraction | None) -> float | None:
    offset_ms = parse_length_ms(arguments.sync_offset, rate, "--sync-offset")
    if arguments.beats in (None, "on"):
        return offset_ms
    taste_ms = parse_length_ms(f"{_TASTES[arguments.beats]}f", rate, "--beats") or 0.0
    return (offset_ms or 0.0) + taste_ms


def _loudness(text: str) -> tuple[float | None, float]:
    """Loudness in LUFS (None: only the peak counts) and true peak in dBTP."""
    if text.lower() in LOUDNESS_TARGETS:
        return LOUDNESS_TARGETS[text.lower()]
    try:
        return float(text), -1.0
    except ValueError as error:
        raise DirectionError(
            f"There is no loudness target {text!r}.",
            hint=f"Write --loudness with {', '.join(LOUDNESS_TARGETS)}, or a number such as -18.",
        ) from error


def _handles(text: str | None, rate: Fraction | None) -> tuple[int, int]:
    """Handles before and after, in frames; one length is both."""
    if text is None:
        return 0, 0
    lengths = [part.strip() for part in text.split(",")]
    if len(lengths) > 2:
        raise DirectionError(f"{text!r} are more than two handles.", hint="Write --handles 1s, or --handles 2s,1s.")
    if rate is None:
        raise DirectionError("Handles need a timeline whose frames they count.")
    found = [parse_length_ms(length, rate, "--handles") or 0.0 for length in lengths]
    frames = [round(Fraction(length_ms).limit_denominator(1_000_000) * rate / 1000) for length_ms in found]
    return frames[0], frames[-1]
