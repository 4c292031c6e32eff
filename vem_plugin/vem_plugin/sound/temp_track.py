"""The temp track: finding the music that an editor cut to, and handing its sound to the core to listen to."""

from __future__ import annotations

import enum
import io
import wave
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import AudioError, TimelineError
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_plugin.files.locating import MediaLocator
from vem_plugin.sound.decoding import read_sound
from vem_plugin.sound.lanes import AudioLane
from vem_plugin.sound.roles import Role


class TempTrackUse(enum.StrEnum):
    """What becomes of the music that is already on the timeline."""

    LEAVE = "leave"
    MUTE = "mute"  # its lane is switched off in the scored timeline
    FOLLOW = "follow"  # listened to, then switched off


def find_temp_track(lanes: Sequence[AudioLane], wanted: str | None = None) -> AudioLane:
    """The lane called `wanted`, or with that number, or else the first whose name or clips say music.

    Raises TimelineError.
    """
    names = ", ".join(f"{lane.number} {lane.name!r}" for lane in lanes) or "none"
    if wanted is not None:
        named = [lane for lane in lanes if lane.name == wanted]
        named = named or [lane for lane in lanes if wanted.isdecimal() and lane.number == int(wanted)]
        if not named:
            raise TimelineError(f"There is no audio lane {wanted!r}.", hint=f"The audio lanes are: {names}.")
        return named[0]
    for lane in sorted(lanes, key=lambda lane: lane.inside):
        if lane.clips and (lane.role is Role.MUSIC or all(clip.role is Role.MUSIC for clip in lane.clips)):
            return lane
    raise TimelineError(
        "No audio lane is called music, so there is no temp track to follow or mute.",
        hint=f"Name it with --temp-lane; the audio lanes are: {names}.",
    )


def heard_lane(lane: AudioLane, locator: MediaLocator, sheet: CutSheet, in_frames: int) -> bytes:
    """A lane's sound under a sheet that begins at `in_frames` of the timeline, as a WAV file for the core to hear.

    Raises AudioError for a file that is missing, damaged or may not be read, and where the lane is silent.
    """
    sound = lane_sound(lane, locator, sheet, in_frames)
    if not np.any(np.abs(sound) > 1e-4):
        raise AudioError(f"The temp track {lane.name!r} is silent under this range.")
    return _wave_of(sound)


def lane_sound(lane: AudioLane, locator: MediaLocator, sheet: CutSheet, in_frames: int) -> NDArray[np.float32]:
    """The sound of a lane under a sheet, mono at 48 kHz, whatever its files' rates: (T,). Raises AudioError."""
    rate = sheet.rate
    whole = np.zeros(sample_of_frame(sheet.duration_frames, rate), np.float32)
    for clip in lane.clips:
        start, end = Fraction(clip.start) - in_frames, Fraction(clip.start + clip.duration) - in_frames
        skipped = max(Fraction(0), -start)
        if end <= 0 or start >= sheet.duration_frames or clip.speed <= 0:
            continue
        path = locator.locate(clip.address) if clip.address else locator.locate_name(clip.name)
        if path is None:
            raise AudioError(
                f"The music {clip.name!r} on {lane.name!r} was not found.", hint="Say with --media where to look."
            )
        length_s = (min(end, Fraction(sheet.duration_frames)) - start - skipped) / rate
        begin_s = clip.source_start_s + skipped / rate * clip.speed
        sound = read_sound(path, begin_s, length_s, SAMPLE_RATE_HZ, by_timecode=clip.by_timecode)
        first = round((start + skipped) / rate * SAMPLE_RATE_HZ)
        used = sound[: len(whole) - first]
        whole[first : first + len(used)] += used
    return whole


def describe(heard: TempTrack, name: str) -> str:
    """What was heard, in one line that an editor can check and overrule."""
    tempo = "no steady tempo" if heard.tempo_bpm is None else f"{sum(heard.tempo_bpm) / 2:.0f} BPM"
    key = "no clear key" if heard.key is None else heard.key
    energies = [energy for energy in heard.shot_energies if energy is not None]
    energy = f"energy {min(energies):.2f} to {max(energies):.2f}" if energies else "no energy"
    styles = f"style {heard.styles[0]} (then {', '.join(heard.styles[1:3])})" if heard.styles else "no style"
    return f"Temp track {name!r}: {tempo}, {key}, {energy}, {styles}. --tempo, --key, --energy and --style overrule it."


def _wave_of(sound: NDArray[np.float32]) -> bytes:
    """A WAV file of 16 bits: for ears, not for mixing."""
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes())
    return whole.getvalue()
