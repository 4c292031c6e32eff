"""The command line's words for wishes, shared by every command that asks for music.

No option has a default here: what is not given stays unset, and is as the take before had it, or as a preset or the
tool chooses. "auto" is a wish too: it leaves to the tool what a take or a preset had settled.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from vem_core.contract.errors import ContractError, DirectionError
from vem_core.contract.own_music import OwnMusic
from vem_core.contract.plan import AccentBudget, Bend, Ending
from vem_core.contract.request import LOUDNESS_TARGETS, SAMPLE_RATES_HZ, AudioFormat, Device
from vem_core.contract.wishes import Wishes

_TEMPO = re.compile(r"(\d+(?:\.\d+)?)(?:\s*[-:]\s*(\d+(?:\.\d+)?))?")
_DURATION = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(f|fr|frames?|ms|s)?")
_MODES = "major|minor|maj|min|m|ionian|aeolian|dorian|phrygian|lydian|mixolydian|locrian|harmonic minor"
_KEY = re.compile(rf"[A-G][#b♯♭]?\s*(?:{_MODES})?", re.IGNORECASE)
_TASTES = {"early": -1, "on": 0, "late": 1}
"""Beats early or late by taste, in frames: where most editors put them when they cut by ear."""

_AUTO = "auto"


def add_direction_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what music is wanted."""
    group = parser.add_argument_group("direction")
    group.add_argument("--preset", metavar="NAME", help="a saved direction, or a preset's file (vem presets); "
                       "the other options outrank it")  # fmt: skip
    group.add_argument("--prompt", help="what the music should be, in a sentence")
    group.add_argument("--style", help="house, trailer, ambient ... (auto: chosen from the words)")
    group.add_argument("--mood", help="tender, tense, triumphant ... (auto: the style's own)")
    group.add_argument("--key", help='"A minor" (auto: chosen by the seed)')
    group.add_argument("--tempo", metavar="LOW-HIGH", help="tempo range in BPM, or one tempo (auto: the style's)")
    group.add_argument("--bend", choices=[bend.value for bend in Bend],
                       help="how far the tempo may leave home to meet cuts (default: as the style does)")  # fmt: skip
    group.add_argument("--accents", choices=[budget.value for budget in AccentBudget],
                       help="how many cuts are played as accents (default: some, one in four)")  # fmt: skip
    group.add_argument("--energy", metavar="0..1", help="overall intensity (auto: from the cut)")
    group.add_argument("--ignore-picture", action=argparse.BooleanOptionalAction,
                       help="what the shots look like decides nothing")  # fmt: skip
    group.add_argument("--ending", choices=[ending.value for ending in Ending],
                       help="how the piece ends (default: ring-out)")  # fmt: skip
    timing = parser.add_argument_group("timing")
    timing.add_argument("--sync-offset", metavar="LENGTH",
                        help="move all beats against their cuts: 2f, -40ms, 0.02s; negative is early")  # fmt: skip
    timing.add_argument("--beats", choices=list(_TASTES), help="a frame early or late by taste (default: on)")
    timing.add_argument("--hit-tolerance", metavar="LENGTH",
                        help="how far off a beat may be and still meet its cut: 2f, 60ms (auto: 1f)")  # fmt: skip
    speech = parser.add_argument_group("speech", "The music makes room where somebody speaks on the audio lanes.")
    speech.add_argument("--duck", type=float, metavar="DB",
                        help="how much softer the music is under speech (default: 8; 0: no notice)")  # fmt: skip
    speech.add_argument("--duck-attack", type=float, metavar="S", help="how long it takes to go down (default: 0.3)")
    speech.add_argument("--duck-release", type=float, metavar="S",
                        help="how long it takes to come back, to a beat (default: 0.9)")  # fmt: skip
    speech.add_argument("--duck-level-only", action=argparse.BooleanOptionalAction,
                        help="the level goes down, the arrangement stays as it is")  # fmt: skip


def add_delivery_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say in which form the music is wanted."""
    group = parser.add_argument_group("delivery")
    group.add_argument("--loudness", metavar="TARGET",
                       help=f"{', '.join(LOUDNESS_TARGETS)}, or a number in LUFS (default: -16 LUFS)")  # fmt: skip
    group.add_argument("--audio-format", choices=[form.value for form in AudioFormat],
                       help="of the music on the lane, 24 bits (default: wav)")  # fmt: skip
    group.add_argument("--sample-rate", type=int, choices=SAMPLE_RATES_HZ, metavar="HZ",
                       help="44100, 48000 or 96000 (default: 48000)")  # fmt: skip
    group.add_argument("--handles", metavar="BEFORE[,AFTER]",
                       help="extra music around the range, as trimmed media: 24f, 1s, 2s,1s (0: none)")  # fmt: skip
    group.add_argument("--stems", action=argparse.BooleanOptionalAction,
                       help="also write each part as a WAV; they sum to the mix")  # fmt: skip
    group.add_argument("--stem-lanes", action="store_true", help="stems, each on a lane of its own, instead of the mix")
    group.add_argument(
        "--midi", action=argparse.BooleanOptionalAction, help="also write a MIDI file with the tempo map"
    )
    group.add_argument("--no-state", action="store_true",
                       help="leave out of the WAVs what it takes to score again (shots, words, plan)")  # fmt: skip
    group.add_argument("--no-mark", action="store_true",
                       help="leave out of the files the machine-readable mark that they were generated")  # fmt: skip
    group.add_argument("--credentials", type=Path, metavar="FOLDER",
                       help="sign that mark as C2PA content credentials, with the certificate there")  # fmt: skip


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of what generates the music, and from which seed."""
    model = parser.add_argument_group("model")
    model.add_argument("--model", help="what generates the music (default: auto)")
    model.add_argument("--device", choices=[device.value for device in Device])
    model.add_argument("--seed", type=int, help="the same seed gives the same piece (default: 0)")
    model.add_argument("--soundfont", type=Path, metavar="FILE",
                       help="an .sf2 or .sf3 file that plays the acoustic instruments of sketch (or none)")  # fmt: skip
    model.add_argument("--parser", metavar="ID",
                       help="who says what the shots show: bundled, or qwen2.5-vl (default: bundled)")  # fmt: skip
    model.add_argument("--parse", type=Path, metavar="FILE",
                       help="what the model is to know of the shots: a parse of `vem parse`, edited")  # fmt: skip


def _checked_key(key: Any) -> Any:
    """A key as it is given; one that can be none fails here, before any work. Raises DirectionError."""
    if isinstance(key, str) and not _KEY.fullmatch(key.strip()):
        raise DirectionError(
            f"{key!r} is no key.", hint='Write a note and a mode, such as "A minor", "Eb major" or "D dorian".'
        )
    return key


def add_music_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of music that is there already."""
    music = parser.add_argument_group("your own music", "A track of yours becomes the score: cut, stretched, joined.")
    music.add_argument("--music", type=Path, metavar="SONG", help="WAV, FLAC, AIFF, OGG or MP3 (none: music is made)")
    music.add_argument("--music-stem", action="append", default=[], metavar="NAME=FILE",
                       help="a part of it, as long as the song; may be given several times")  # fmt: skip


def wishes_from_arguments(arguments: argparse.Namespace, rate: Fraction | None = None) -> Wishes:
    """The wishes that the options describe, on top of their preset. `rate` is that of lengths in frames.

    Options that the command does not have count as not given. Raises DirectionError, and what reading a preset raises.
    """
    given = vars(arguments)
    found = {**_direction(given, rate), **_delivery(given, rate), **_model(given)}
    try:
        wishes = Wishes(**found)
    except ContractError as error:
        raise DirectionError(f"This cannot be met: {error.message}.") from error
    if not given.get("preset"):
        return wishes
    from vem_plugin.presets import find_preset

    return wishes.over(find_preset(given["preset"]).wishes)


def _direction(given: dict[str, Any], rate: Fraction | None) -> dict[str, Any]:
    level_only = given.get("duck_level_only")
    return _set(
        prompt=given.get("prompt"),
        style=_auto(given.get("style")),
        mood=_auto(given.get("mood")),
        key=_checked_key(_auto(given.get("key"))),
        tempo_bpm=_auto(given.get("tempo"), parse_tempo),
        bend=_of_kind(Bend, given.get("bend")),
        accents=_of_kind(AccentBudget, given.get("accents")),
        energy=_auto(given.get("energy"), _energy),
        ignore_picture=given.get("ignore_picture"),
        ending=_of_kind(Ending, given.get("ending")),
        room_depth_db=given.get("duck"),
        room_attack_s=given.get("duck_attack"),
        room_release_s=given.get("duck_release"),
        room_thin=None if level_only is None else not level_only,
        beat_offset_ms=_offset_ms(given, rate),
        hit_tolerance_ms=_auto(given.get("hit_tolerance"), lambda text: parse_length_ms(text, rate, "--hit-tolerance")),
    )


def _delivery(given: dict[str, Any], rate: Fraction | None) -> dict[str, Any]:
    before, after = _handles(given.get("handles"), rate)
    lanes = given.get("stem_lanes") or None
    return _loudness(given.get("loudness")) | _set(
        stems=lanes or given.get("stems"),
        midi=given.get("midi"),
        format=_of_kind(AudioFormat, given.get("audio_format")),
        sample_rate_hz=given.get("sample_rate"),
        handle_before_frames=before,
        handle_after_frames=after,
    )


def _model(given: dict[str, Any]) -> dict[str, Any]:
    from vem_plugin.scoring.parses import read_parse
    from vem_plugin.scoring.soundfonts import read_soundfont

    parse, soundfont = given.get("parse"), given.get("soundfont")
    found = _set(
        model=given.get("model"),
        device=_of_kind(Device, given.get("device")),
        seed=given.get("seed"),
        parser=given.get("parser"),
        parse=None if parse is None else read_parse(parse),
    )
    if given.get("music") is not None or given.get("music_stem"):
        found["music"] = _music(given.get("music"), given.get("music_stem") or ())
    if soundfont is not None:
        found["soundfont"] = None if soundfont == Path("none") else read_soundfont(soundfont)
    return found


def _music(song: Path | None, stems: Sequence[str]) -> OwnMusic | None:
    from vem_plugin.scoring.own_music import read_music

    if song is None:
        raise DirectionError("Stems belong to a song.", hint="Name it, too: --music SONG.wav")
    if song == Path("none"):
        return None
    named: dict[str, Path] = {}
    for text in stems:
        name, equals, file = text.partition("=")
        if not equals or name in named:
            raise DirectionError(f"{text!r} names no stem.", hint="Write --music-stem drums=DRUMS.wav, each name once.")
        named[name] = Path(file)
    return read_music(song, named)


class _Auto:
    """What `--style auto` says: leave it to the tool. None, since that is what an option is that was not given."""


def _auto(text: str | None, read: Any = str) -> Any:
    if text is None:
        return None
    return _Auto if text.strip().lower() == _AUTO else read(text)


def _of_kind(kind: Any, text: str | None) -> Any:
    return None if text is None else kind(text)


def _set(**options: Any) -> dict[str, Any]:
    """The options that were given."""
    return {name: None if value is _Auto else value for name, value in options.items() if value is not None}


def _energy(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise DirectionError(f"{text!r} is not an energy.", hint="Write --energy with a number from 0 to 1.") from error


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


def _offset_ms(given: dict[str, Any], rate: Fraction | None) -> float | None:
    offset_ms = parse_length_ms(given.get("sync_offset"), rate, "--sync-offset")
    taste = given.get("beats")
    if taste is None:
        return offset_ms
    taste_ms = parse_length_ms(f"{_TASTES[taste]}f", rate, "--beats") or 0.0 if _TASTES[taste] else 0.0
    return (offset_ms or 0.0) + taste_ms


def _loudness(text: str | None) -> dict[str, float | None]:
    """Loudness in LUFS (None: only the peak counts) and true peak in dBTP."""
    if text is None:
        return {}
    if text.lower() in LOUDNESS_TARGETS:
        loudness, peak = LOUDNESS_TARGETS[text.lower()]
        return {"loudness_lufs": loudness, "true_peak_dbtp": peak}
    try:
        return {"loudness_lufs": float(text), "true_peak_dbtp": -1.0}
    except ValueError as error:
        raise DirectionError(
            f"There is no loudness target {text!r}.",
            hint=f"Write --loudness with {', '.join(LOUDNESS_TARGETS)}, or a number such as -18.",
        ) from error


def _handles(text: str | None, rate: Fraction | None) -> tuple[int | None, int | None]:
    """Handles before and after, in frames; one length is both."""
    if text is None:
        return None, None
    lengths = [part.strip() for part in text.split(",")]
    if len(lengths) > 2:
        raise DirectionError(f"{text!r} are more than two handles.", hint="Write --handles 1s, or --handles 2s,1s.")
    if rate is None:
        raise DirectionError("Handles need a timeline whose frames they count.")
    found = [parse_length_ms(length, rate, "--handles") or 0.0 for length in lengths]
    frames = [round(Fraction(length_ms).limit_denominator(1_000_000) * rate / 1000) for length_ms in found]
    return frames[0], frames[-1]
