"""`ScoreResult.1` and the alignment report it carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.brief import MusicBrief
from vem_core.contract.plan import Bend, Landing, ScorePlan


@dataclass(frozen=True)
class CutAlignment:
    """One cut against the beats measured on the sound. Positive errors are late music."""

    index: int  # into the sheet's cuts, or events
    event: bool
    target_samples: int
    beat_samples: int | None  # nearest measured beat; None: none was heard near it
    error_ms: float | None
    error_frames: float | None
    off_beat_error_ms: float | None  # to the nearest measured beat or eighth between two of them
    landing: Landing  # by the measured grid, at one frame
    hit_1_frame: bool  # by `error_ms`: on a full beat; `landing` says where an off-beat was met
    hit_70_ms: bool
    hit_100_ms: bool
    sixteenth_error_ms: float | None = None  # to the nearest place of a groove in sixteenths; None: it is not in them
    stroke_error_ms: float | None = None  # of a mark's own attack, where that is what meets it; None: measured by beats

    @property
    def nearest_error_ms(self) -> float | None:
        """To the mark's own attack, where that meets it; else to the nearest place of the groove. None: unheard."""
        if self.stroke_error_ms is not None:
            return self.stroke_error_ms
        places = (self.error_ms, self.off_beat_error_ms, self.sixteenth_error_ms)
        return min((error for error in places if error is not None), key=abs, default=None)

    @property
    def is_struck(self) -> bool:
        """Whether music strikes on it within one frame: with a full beat or, on a mark, with an attack of its own."""
        return self.hit_1_frame or self.landing is Landing.STROKE


@dataclass(frozen=True)
class AlignmentTotals:
    """Shares of all cuts (0..1) within each tolerance, and what chance gives on that same grid.

    All cuts count, also those to be ignored, and all marked events but those to be ignored; what lies in a silence that
    the editor marked does not. Chance is the share of the time with music that lies within the tolerance of a point
    of the grid. Off-beats and sixteenths also count marks (`hit`, `drop`) that are measured by their own attack, not by
    a beat, and each mark's chance is then that of the seconds around it: of what lies near the grid or near any attack
    that would have counted.
    """

    hit_rate_1_frame: float
    hit_rate_70_ms: float
    hit_rate_100_ms: float
    chance_1_frame: float
    chance_70_ms: float
    chance_100_ms: float
    median_abs_error_ms: float | None
    median_signed_error_ms: float | None
    count: int = 0  # of the cuts and events behind the shares; 0: there were none, and the shares say nothing
    hit_rate_tolerance: float | None = None  # within the tolerance that the direction names; None: it names none
    chance_tolerance: float | None = None


@dataclass(frozen=True)
class TempoCost:
    """What the hits cost, as planned: the beats are played where they are planned, within what the report measures."""

    bend: Bend
    excursion: float  # the farthest that a beat's length is from its section's home, 0.02 is two per cent
    ten_second_change: float  # of the tempo over eight beats, within ten seconds of one section
    accented: float  # the share of the cuts that are played as accents


@dataclass(frozen=True)
class AlignmentReport:
    """How the measured beats of an audio file meet the cuts. Never quotes the plan as if it were the sound."""

    schema_label: ClassVar[str] = "AlignmentReport.1"

    tracker: str  # what measured the beats
    tracker_licence_note: str
    beats_samples: tuple[int, ...]
    downbeats_samples: tuple[int, ...]
    measured_bpm: float | None
    cuts: tuple[CutAlignment, ...]
    beats_only: AlignmentTotals
    with_off_beats: AlignmentTotals
    corrected_ms: float  # largest local shift that the correction applied to the sound; 0: none was needed
    with_sixteenths: AlignmentTotals | None = None  # None: the style's groove is not in sixteenths, or nobody knows
    cost: TempoCost | None = None  # None: music that was not planned


@dataclass(frozen=True)
class Measurement:
    """What is heard of one piece of music against one cut sheet."""

    schema_label: ClassVar[str] = "Measurement.1"

    report: AlignmentReport
    fitted: AlignmentReport | None = None  # of the same music after it was fitted to the cuts; None: it was not asked
    start_shift_ms: float = 0.0  # how much later the fitted music begins
    largest_stretch: float = 0.0  # of the fitted music's local speed, relative
    files: tuple[AudioFile, ...] = ()  # the fitted music and a picture, where they were asked for


@dataclass(frozen=True)
class Rights:
    """What a score is made with, and what may be done with it."""

    model_licence: str
    data_licence: str  # of what the model learnt from
    paid_work: bool  # False: the licence forbids it
    statement: str  # in plain words
    notes: tuple[str, ...] = ()  # of other parts that took a part in it
    conditions: tuple[str, ...] = ()  # of paid work, that whoever uses the score must meet; empty: none


@dataclass(frozen=True)
class DownmixReport:
    """What is left of the music where it is played on fewer loudspeakers."""

    mono_loss_db: float | None  # of its loudness in mono, against uncorrelated sides; None: silence
    bass_loss_db: float | None  # below 120 Hz, where bass management adds the sides; None: no bass
    mono_true_peak_dbtp: float | None  # of left plus right, each 3 dB down, as a 5.1 downmix to mono adds them
    safe: bool


@dataclass(frozen=True)
class SpeechReport:
    """How much room the music makes for speech, measured on the finished mix (K-weighted, ITU-R BS.1770)."""

    wanted_db: float
    measured_db: float | None  # how much softer the music is under speech than outside; None: nothing to compare with
    arrangement_db: float | None  # the part of it that the arrangement alone makes; None: the same
    curve: tuple[tuple[int, float], ...]  # (samples, dB) points of the level curve, linear between
    steepest_db_per_s: float


@dataclass(frozen=True)
class Levels:
    """What loudness and true peak of a mix are made of, for re-scores that keep parts of it."""

    power_cdb: tuple[int, ...]  # of each tenth of a second, K-weighted, both sides together, in hundredths of a dB
    true_peak_dbtp: float
    true_peak_samples: int  # where it is, within 32 samples


UNDUCKED = "unducked:"
"""What stands before the role of a sound as it was before its level went down under speech: re-scores keep that."""


@dataclass(frozen=True)
class AudioFile:
    """One rendered file in the job's folder."""

    name: str  # "mix.wav", "stems/drums.wav", "score.mid"
    role: str  # "mix", "stem:drums", "midi"
    sha256: str
    samples: int
    sample_rate_hz: int
    channels: int
    loudness_lufs: float | None  # None: too short or too quiet to have one
    true_peak_dbtp: float | None
    gain_db: float | None = None  # what mastering added to the mix, before its limiter; None: another file's
    sound_sha256: str = ""  # of the samples alone, which a file with another header shares; empty: no sound
    handle_samples: int = 0  # of them before the sheet's first frame
    levels: Levels | None = None  # of a mix; None: silence, or another file


@dataclass(frozen=True)
class KeptSpan:
    """Samples [start, end) of a take that are the same, bit for bit, as those of the take before from `earlier` on."""

    start_samples: int
    end_excl_samples: int
    earlier_samples: int


@dataclass(frozen=True)
class Refit:
    """What a take keeps of the take before. What lies between the kept spans was regenerated."""

    earlier_take: int
    kept: tuple[KeptSpan, ...]
    summary: str  # in one line, for people

    @property
    def kept_samples(self) -> int:
        """How many samples are those of the take before."""
        return sum(span.end_excl_samples - span.start_samples for span in self.kept)


@dataclass(frozen=True)
class PlayedPart:
    """One piece of a score that has handles or several pieces: what a re-cut follows, each by itself."""

    start_frames: int  # record frames of range and handles together, [start, end)
    end_excl_frames: int
    plan: ScorePlan  # counted from the part's own beginning
    beats_samples: tuple[int, ...]  # as heard, counted likewise
    downbeats_samples: tuple[int, ...]
    entrance: bool = False  # its first event is not the sheet's: it comes in after others


@dataclass(frozen=True)
class ScoreResult:
    schema_label: ClassVar[str] = "ScoreResult.1"

    request_sha256: str
    model: str
    model_sha256: str  # of the weights; empty where the model has none
    device: str
    seed: int
    tool_version: str
    files: tuple[AudioFile, ...]
    plan: ScorePlan
    report: AlignmentReport
    warnings: tuple[str, ...] = ()
    rights: Rights | None = None
    downmix: DownmixReport | None = None
    speech: SpeechReport | None = None  # None: nobody speaks, or no room was wanted
    refit: Refit | None = None  # None: not a re-score, or nothing of the take before could be kept
    brief: MusicBrief | None = None  # what the music was made for; None: a result of an earlier version
    parts: tuple[PlayedPart, ...] = ()  # of a score with handles or several pieces; empty: `plan` says it all

    def file(self, role: str) -> AudioFile | None:
        """The file with that role, if there is one."""
        return next((file for file in self.files if file.role == role), None)
