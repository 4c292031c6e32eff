"""What the strip draws, gathered from a document and a take, in record frames; no widgets."""

from __future__ import annotations

import bisect
import enum
import functools
import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.plan import Emphasis, ScorePlan
from vem_core.contract.result import AlignmentReport, AlignmentTotals, CutAlignment, Refit
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_ui.document.waveform import Waveform

NEAR_MS = 70.0
_PAINTED_WHOLE = ("sheet", "beats", "tempo", "waveform", "kept", "moods")
_FEW = 8  # parts that differ, before everything is painted anew


class Nearness(enum.Enum):
    """How near the measured music comes to a cut."""

    UNKNOWN = "unknown"
    HIT = "hit"  # within one frame
    NEAR = "near"  # within 70 ms
    MISSED = "missed"


@dataclass(frozen=True)
class CutMark:
    """A cut as it is drawn."""

    record_frames: int
    wish: Wish
    nearness: Nearness
    beat_frames: float | None  # where the beat that serves it sounds
    error_ms: float | None = None  # of that beat; late is positive


@dataclass(frozen=True)
class BeatMark:
    """A beat of the plan as it is drawn."""

    frames: float
    downbeat: bool


@dataclass(frozen=True)
class StripModel:
    """Everything on the time axis. Positions are record frames from the sheet's first frame; all lists are in order."""

    sheet: CutSheet
    cuts: tuple[CutMark, ...]
    beats: tuple[BeatMark, ...] = ()
    tempo: tuple[tuple[float, float], ...] = ()  # (frames, BPM)
    energies: tuple[float | None, ...] = ()  # one a shot: the editor's, or the plan's
    waveform: Waveform | None = None
    waveform_frames: float = 0.0  # where the take begins
    kept: tuple[tuple[float, float], ...] = ()  # what a refitted take has from the one before, [start, end)
    speech: tuple[tuple[float, float], ...] = ()  # where somebody speaks
    temp_music: tuple[tuple[float, float], ...] = ()  # where the temp track sounds
    moods: tuple[tuple[float, float], ...] = ()  # one a shot: valence -1..1 and energy 0..1, as the director has it
    accents: tuple[float, ...] = ()  # cuts that are played as accents
    homes: tuple[tuple[float, float, float], ...] = ()  # sections [start, end) and their home tempo in BPM
    excursion: float | None = None  # the farthest that a beat's length is from its home, relative

    @functools.cached_property
    def cut_frames(self) -> list[int]:
        """Where the cuts stand, for searching."""
        return [cut.record_frames for cut in self.cuts]

    @functools.cached_property
    def beat_frames(self) -> list[float]:
        """Where the beats stand, for searching."""
        return [beat.frames for beat in self.beats]

    @functools.cached_property
    def shot_frames(self) -> list[int]:
        """Where the shots begin, for searching."""
        return [shot.start_frames for shot in self.sheet.shots]

    def cuts_between(self, first_frames: float, last_frames: float) -> Sequence[CutMark]:
        """The cuts in a span."""
        frames = self.cut_frames
        return self.cuts[bisect.bisect_left(frames, first_frames) : bisect.bisect_right(frames, last_frames)]

    def beats_between(self, first_frames: float, last_frames: float) -> Sequence[BeatMark]:
        """The beats in a span."""
        frames = self.beat_frames
        return self.beats[bisect.bisect_left(frames, first_frames) : bisect.bisect_right(frames, last_frames)]

    @functools.cached_property
    def tempo_range_bpm(self) -> tuple[float, float]:
        """The lowest and highest tempo; zeros without one."""
        values = [bpm for _, bpm in self.tempo]
        return (min(values), max(values)) if values else (0.0, 0.0)

    def tempo_between(self, first_frames: float, last_frames: float) -> Sequence[tuple[float, float]]:
        """The tempo's points in a span, with one more on either side so that the line leaves the picture."""
        first = bisect.bisect_left(self.tempo, (first_frames, 0.0))
        last = bisect.bisect_right(self.tempo, (last_frames, 0.0))
        return self.tempo[max(0, first - 1) : last + 1]

    def shots_between(self, first_frames: float, last_frames: float) -> range:
        """Indices of the shots that show in a span."""
        starts = self.shot_frames
        return range(max(0, bisect.bisect_right(starts, first_frames) - 1), bisect.bisect_left(starts, last_frames))

    def spans_that_differ(self, other: StripModel) -> list[tuple[float, float]] | None:
        """The spans in which two models differ, in record frames; None if they differ in more, or all over."""
        if any(getattr(self, name) is not getattr(other, name) for name in _PAINTED_WHOLE) or (
            self.speech,
            self.temp_music,
        ) != (other.speech, other.temp_music):
            return None
        if len(self.energies) != len(other.energies) or len(self.cuts) != len(other.cuts):
            return None
        shots = [self.sheet.shots[index] for index in _differing(self.energies, other.energies)]
        cuts = [self.cuts[index] for index in _differing(self.cuts, other.cuts)]
        if len(shots) + len(cuts) > _FEW:
            return None
        spans = [(float(shot.start_frames), float(shot.end_excl_frames)) for shot in shots]
        return spans + [(float(cut.record_frames), float(cut.record_frames)) for cut in cuts]

    def nearest_event(self, frames: float) -> int | None:
        """The index of the marked moment nearest to a record frame; None without any."""
        events = range(len(self.sheet.events))
        return min(events, key=lambda index: abs(self.sheet.events[index].record_frames - frames), default=None)

    def nearest_cut(self, frames: float) -> int | None:
        """The index of the cut nearest to a record frame; None without cuts."""
        right = bisect.bisect_left(self.cut_frames, frames)
        around = [index for index in (right - 1, right) if 0 <= index < len(self.cuts)]
        return min(around, key=lambda index: abs(self.cut_frames[index] - frames), default=None)


def _differing(one: Sequence[object], other: Sequence[object]) -> list[int]:
    """Where two sequences differ, and no more places than are told from «all over»."""
    if one is other:
        return []
    places = (index for index, (mine, theirs) in enumerate(zip(one, other, strict=True)) if mine != theirs)
    return list(itertools.islice(places, _FEW + 1))


def frames_of_samples(samples: float, rate: Fraction) -> float:
    """A place on the sample clock, in record frames, for drawing."""
    return samples / SAMPLE_RATE_HZ * float(rate)


def beat_marks(plan: ScorePlan, rate: Fraction, in_frames: int) -> tuple[BeatMark, ...]:
    """A plan's beats on the strip; `in_frames` is where the scored range begins."""
    return tuple(BeatMark(in_frames + frames_of_samples(beat.samples, rate), beat.number == 1) for beat in plan.beats)


def tempo_points(plan: ScorePlan, rate: Fraction, in_frames: int) -> tuple[tuple[float, float], ...]:
    """A plan's tempo at each of its beats but the last, in BPM; none across a silence."""
    lengths = [after.samples - beat.samples for beat, after in itertools.pairwise(plan.beats)]
    longest = 2 * statistics.median(lengths) if lengths else 0
    return tuple(
        (in_frames + frames_of_samples(beat.samples, rate), 60 * SAMPLE_RATE_HZ / length)
        for beat, length in zip(plan.beats[:-1], lengths, strict=True)
        if length < longest
    )


def home_spans(plan: ScorePlan, rate: Fraction, in_frames: int) -> tuple[tuple[float, float, float], ...]:
    """The sections of a plan with their home tempi, on the strip; none of plans that do not say."""
    known = [
        (section.start_samples, section.home_bpm)
        for section in plan.sections
        if section.start_samples is not None and section.home_bpm is not None
    ]
    ends = [start for start, _ in known[1:]] + [plan.duration_samples]
    return (
        tuple(
            (in_frames + frames_of_samples(start, rate), in_frames + frames_of_samples(end, rate), bpm)
            for (start, bpm), end in zip(known, ends, strict=True)
        )
        if known
        else ()
    )


def accent_frames(plan: ScorePlan, rate: Fraction, in_frames: int) -> tuple[float, ...]:
    """Where a plan's accents fall, on the strip."""
    return tuple(
        in_frames + frames_of_samples(hit.target_samples, rate)
        for hit in plan.hits
        if hit.emphasis is not Emphasis.PASSING and hit.beat is not None
    )


def kept_spans(refit: Refit | None, rate: Fraction, in_frames: int) -> tuple[tuple[float, float], ...]:
    """What a refitted take has from the one before, on the strip."""
    spans = () if refit is None else refit.kept
    return tuple(
        (
            in_frames + frames_of_samples(span.start_samples, rate),
            in_frames + frames_of_samples(span.end_excl_samples, rate),
        )
        for span in spans
    )


def totals_of(report: AlignmentReport) -> AlignmentTotals:
    """The shares that go with `CutAlignment.nearest_error_ms`."""
    return report.with_sixteenths or report.with_off_beats


def nearness_of(error_ms: float | None, rate: Fraction, tolerance_frames: float = 1.0) -> Nearness:
    """How near an error is; `tolerance_frames` still counts as a hit."""
    if error_ms is None:
        return Nearness.MISSED
    if abs(error_ms) <= tolerance_frames * 1000 / float(rate):
        return Nearness.HIT
    return Nearness.NEAR if abs(error_ms) <= NEAR_MS else Nearness.MISSED


def cut_marks(
    sheet: CutSheet,
    scored: CutSheet | None = None,
    report: AlignmentReport | None = None,
    in_frames: int = 0,
    tolerance_frames: float = 1.0,
) -> tuple[CutMark, ...]:
    """The sheet's cuts with what a take's report measured where a cut of the sheet it scored stands at the same frame.

    `in_frames` is where in the sheet the scored one begins.
    """
    measured: dict[int, CutAlignment] = {}
    if report is not None and scored is not None:
        measured = {in_frames + scored.cuts[cut.index].record_frames: cut for cut in report.cuts if not cut.event}
    return tuple(
        _cut_mark(sheet, index, measured.get(cut.record_frames), in_frames, tolerance_frames)
        for index, cut in enumerate(sheet.cuts)
    )


def _cut_mark(
    sheet: CutSheet, index: int, measured: CutAlignment | None, in_frames: int, tolerance_frames: float
) -> CutMark:
    cut = sheet.cuts[index]
    if measured is None:
        return CutMark(cut.record_frames, cut.wish, Nearness.UNKNOWN, None)
    error_ms = measured.nearest_error_ms
    nearness = nearness_of(error_ms, sheet.rate, tolerance_frames)
    if error_ms is None:
        return CutMark(cut.record_frames, cut.wish, nearness, None)
    beat = in_frames + frames_of_samples(measured.target_samples, sheet.rate) + error_ms / 1000 * float(sheet.rate)
    return CutMark(cut.record_frames, cut.wish, nearness, beat, error_ms)
