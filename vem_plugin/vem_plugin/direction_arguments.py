"""The command line's words for a `Direction`, shared by every command that asks for music."""

from __future__ import annotations

import argparse
import re

from vem_core.contract.errors import ContractError, DirectionError
from vem_core.contract.plan import Bend, Ending
from vem_core.contract.request import Delivery, Direction

_TEMPO = re.compile(r"(\d+(?:\.\d+)?)(?:\s*[-:]\s*(\d+(?:\.\d+)?))?")


def add_direction_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what music is wanted."""
    group = parser.add_argument_group("direction")
    group.add_argument("--prompt", default="", help="what the music should be, in a sentence")
    group.add_argument("--style", help="house, trailer, ambient ... (default: chosen from the words)")
    group.add_argument("--mood", help="tender, tense, triumphant ... (default: the style's own)")
    group.add_argument("--key", help='"A minor" (default: chosen by the seed)')
    group.add_argument("--tempo", metavar="LOW-HIGH", help="tempo range in BPM, or one tempo (default: the style's)")
    group.add_argument("--bend", choices=[bend.value for bend in Bend], default=Bend.NATURAL.value,
                       help="how far the tempo may bend to meet the cuts (default: natural)")  # fmt: skip
    group.add_argument("--energy", type=float, metavar="0..1", help="overall intensity (default: from the cut)")
    group.add_argument("--ending", choices=[ending.value for ending in Ending], default=Ending.RING_OUT.value,
                       help="how the piece ends (default: ring-out)")  # fmt: skip


def direction_from_arguments(arguments: argparse.Namespace) -> Direction:
    """The direction that the options describe. Raises DirectionError."""
    try:
        return Direction(
            prompt=arguments.prompt,
            style=arguments.style,
            mood=arguments.mood,
            key=arguments.key,
            tempo_bpm=parse_tempo(arguments.tempo),
            bend=Bend(arguments.bend),
            energy=arguments.energy,
            ending=Ending(arguments.ending),
        )
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


def add_delivery_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say in which form the music is wanted."""
    group = parser.add_argument_group("delivery")
    group.add_argument("--loudness", type=float, default=-16.0, metavar="LUFS", help="integrated (default: -16)")
    group.add_argument("--stems", action="store_true", help="also write each part as a WAV; they sum to the mix")
    group.add_argument("--midi", action="store_true", help="also write a MIDI file with the tempo map")


def delivery_from_arguments(arguments: argparse.Namespace) -> Delivery:
    """The delivery that the options describe. Raises DirectionError."""
    try:
        return Delivery(loudness_lufs=arguments.loudness, stems=arguments.stems, midi=arguments.midi)
    except ContractError as error:
        raise DirectionError(f"This cannot be delivered: {error.message}.") from error
