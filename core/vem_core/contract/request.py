"""`ScoreRequest.2`: everything that determines a score.

The same request, the same weights and the same seed give the same audio. Thumbnails travel beside the request as binary
parts; the request names each by the SHA-256 of its JPEG, so that the request's hash covers them too.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.direction import Direction as Direction
from vem_core.contract.direction import SpeechRoom as SpeechRoom
from vem_core.contract.errors import ContractError
from vem_core.contract.own_music import OWN_MUSIC, OwnMusic
from vem_core.contract.parse import Parse, shot_boundaries_samples
from vem_core.contract.recut import Recut
from vem_core.contract.time import SAMPLE_RATE_HZ


class Device(enum.StrEnum):
    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"  # AMD's ROCm goes by this name too
    XPU = "xpu"  # Intel's GPUs
    MPS = "mps"  # Apple's GPUs


class ThumbnailUse(enum.StrEnum):
    SHOT = "shot"  # one of a few frames spread over the shot
    STRIP = "strip"  # one of the frames around the cut that begins the shot, for the transition-beat aligner


@dataclass(frozen=True)
class Thumbnail:
    """A small JPEG of one record frame."""

    sha256: str  # of the JPEG's bytes
    shot: int  # index of the shot; for a strip, of the shot that the cut begins
    record_frames: int
    use: ThumbnailUse = ThumbnailUse.SHOT
    placeholder: bool = False  # the media could not be read; the picture says nothing


class AudioFormat(enum.StrEnum):
    WAV = "wav"  # 24 bits
    FLAC = "flac"  # 24 bits


SAMPLE_RATES_HZ = (44_100, 48_000, 96_000)

LOUDNESS_TARGETS: dict[str, tuple[float | None, float]] = {
    "vem": (-16.0, -1.0),
    "ebu-r128": (-23.0, -1.0),  # EBU R 128
    "streaming": (-14.0, -1.0),
    "theatrical": (None, -3.0),  # the mix decides how loud it is: only the peak is set
}
"""Loudness in LUFS (None: only the peak is brought to its ceiling) and true peak in dBTP, by name."""


@dataclass(frozen=True)
class Delivery:
    """The form in which the score is delivered. The 48 kHz WAV is always made; another form is made beside it."""

    loudness_lufs: float | None = -16.0  # integrated, ITU-R BS.1770; None: only the peak is brought to its ceiling
    true_peak_dbtp: float = -1.0
    stems: bool = False
    midi: bool = False
    format: AudioFormat = AudioFormat.WAV
    sample_rate_hz: int = 48_000
    handle_before_frames: int = 0  # record frames of music before the sheet's first
    handle_after_frames: int = 0
    bake_level: bool = True  # False: the level under speech is left to the host, which plays it as keyframes

    @property
    def is_converted(self) -> bool:
        """Whether another form than the 48 kHz WAV is wanted."""
        return self.format is not AudioFormat.WAV or self.sample_rate_hz != SAMPLE_RATE_HZ

    def __post_init__(self) -> None:
        if self.sample_rate_hz not in SAMPLE_RATES_HZ:
            raise ContractError("the sample rate must be 44100, 48000 or 96000 Hz")
        if not (0 <= self.handle_before_frames <= 100_000 and 0 <= self.handle_after_frames <= 100_000):
            raise ContractError("handles last from 0 to 100,000 frames")
        if self.loudness_lufs is not None and not -60 <= self.loudness_lufs <= -5:
            raise ContractError("the loudness must lie between -60 and -5 LUFS")
        if not -20 <= self.true_peak_dbtp <= 0:
            raise ContractError("the true peak must lie between -20 and 0 dBTP")


@dataclass(frozen=True)
class SoundFont:
    """Sampled instruments on this machine, for a model that plays notes.

    One that the user names plays every acoustic instrument. One that was merely found (`automatic`) plays those that
    sound better from samples than from the synthesiser.
    """

    path: str  # of an .sf2 or .sf3 file
    sha256: str  # of its bytes
    automatic: bool = False

    def __post_init__(self) -> None:
        if not self.path or len(self.sha256) != 64:
            raise ContractError("a SoundFont is named by its path and its SHA-256")


@dataclass(frozen=True)
class ScoreRequest:
    schema_label: ClassVar[str] = "ScoreRequest.2"

    sheet: CutSheet
    direction: Direction = Direction()
    delivery: Delivery = Delivery()
    model: str = "auto"
    device: Device = Device.AUTO
    seed: int = 0
    thumbnails: tuple[Thumbnail, ...] = ()
    parser: str = "bundled"  # who says what the shots show, for models that listen to it
    parse: Parse | None = None  # what the editor made of a parse; None: as the parser says
    recut: Recut | None = None  # the take before, where the same piece shall follow a re-cut
    soundfont: SoundFont | None = None  # plays the acoustic instruments of `sketch`
    music: OwnMusic | None = None  # the user's own, which is fitted in place of music that a model makes

    def __post_init__(self) -> None:
        shots = len(self.sheet.shots)
        if (self.music is not None) != (self.model == OWN_MUSIC):
            raise ContractError(f"the model is {OWN_MUSIC} where there is music to fit, and nowhere else")
        if any(not 0 <= thumbnail.shot < shots for thumbnail in self.thumbnails):
            raise ContractError("a thumbnail belongs to a shot that does not exist")
        for name, given in (("energy", self.direction.shot_energies), ("words", self.direction.shot_words)):
            if given and len(given) != shots:
                raise ContractError(f"per-shot {name} must be given for all {shots} shots or for none")
        if not 0 <= self.seed < 2**63:
            raise ContractError("the seed must be a whole number from 0 to 2^63 - 1")
        if self.parse is not None:
            starts = (*(shot.start_samples for shot in self.parse.storyboard), self.parse.duration_samples)
            if starts != shot_boundaries_samples(self.sheet):
                raise ContractError("the parse is of another edit: its shots do not begin where the timeline's do")
