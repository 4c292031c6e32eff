"""The alignment report as text: one row a cut, and the totals beside chance."""

from __future__ import annotations

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.plan import Landing, ScorePlan
from vem_core.contract.result import AlignmentReport, AlignmentTotals, CutAlignment, SpeechReport, TempoCost
from vem_core.contract.time import SAMPLE_RATE_HZ, timecode

_RINGING_SAMPLES = SAMPLE_RATE_HZ // 2  # a cut so long after the last beat comes after the music ended
_COLUMNS = f"{'cut':>5}  {'timecode':<12} {'ms':>7} {'frames':>7}  {'lands on':<11} {'1 frame':<8} into"


def render_report(sheet: CutSheet, report: AlignmentReport) -> str:
    """The report as a table for a terminal, with the words it needs to be read fairly."""
    last_beat = max(report.beats_samples, default=0)
    rows = [_row(sheet, cut, last_beat) for cut in report.cuts]
    tempo = "no steady tempo" if report.measured_bpm is None else f"{report.measured_bpm:.1f} BPM"
    lines = [_COLUMNS, *rows, ""]
    lines.append(f"Measured on the sound by the tracker {report.tracker!r}: {tempo}.")
    if any(cut.landing is Landing.STROKE for cut in report.cuts):
        lines.append("Marks that land on a stroke are measured by their own attack: no beat was heard on them.")
    if report.tracker_licence_note:
        lines.append(report.tracker_licence_note)
    if report.cuts:
        lines.append(_totals("on beats", report.beats_only))
        lines.append(_totals("with off-beats", report.with_off_beats))
        if report.with_sixteenths is not None:
            lines.append(_totals("with sixteenths", report.with_sixteenths))
    if report.cost is not None:
        lines.append(_cost(report.cost))
    return "\n".join(lines)


def _row(sheet: CutSheet, cut: CutAlignment, last_beat: int) -> str:
    moments = sheet.events if cut.event else sheet.cuts
    moment = moments[cut.index]
    code = timecode(sheet.start_frames + moment.record_frames, sheet.rate, drop_frame=sheet.drop_frame)
    number = f"{'e' if cut.event else ''}{cut.index + 1}"
    into = moment.label if cut.event else sheet.shots[cut.index + 1].name
    ended = cut.landing is Landing.MISS and cut.target_samples > last_beat + _RINGING_SAMPLES
    error_ms = cut.nearest_error_ms
    if error_ms is None or ended:
        lands = cut.landing.value if cut.landing is Landing.SILENT else "after end" if ended else "no beat"
        return f"{number:>5}  {code:<12} {'-':>7} {'-':>7}  {lands:<11} {'':<8} {into}"
    error_frames = error_ms / 1000 * float(sheet.rate)
    mark = "hit" if abs(error_frames) <= 1 else "-"
    return f"{number:>5}  {code:<12} {error_ms:>+7.1f} {error_frames:>+7.2f}  {cut.landing.value:<11} {mark:<8} {into}"


def _totals(name: str, totals: AlignmentTotals) -> str:
    return (
        f"  {name:<15} within 1 frame {totals.hit_rate_1_frame:6.1%} (chance {totals.chance_1_frame:.1%}), "
        f"70 ms {totals.hit_rate_70_ms:6.1%} ({totals.chance_70_ms:.1%}), "
        f"100 ms {totals.hit_rate_100_ms:6.1%} ({totals.chance_100_ms:.1%})"
        + (
            f", as asked {totals.hit_rate_tolerance:6.1%} ({totals.chance_tolerance:.1%})"
            if totals.hit_rate_tolerance is not None and totals.chance_tolerance is not None
            else ""
        )
    )


def _cost(cost: TempoCost) -> str:
    return (
        f"What that costs ({cost.bend.value}): beats leave their section's home tempo by at most {cost.excursion:.1%}, "
        f"the tempo changes by {cost.ten_second_change:.1%} within 10 s, {cost.accented:.0%} of the cuts are accents."
    )


def render_unmet(sheet: CutSheet, plan: ScorePlan) -> str:
    """One line for each mark that could not be met, with the reason; nothing where all are."""
    lines = []
    for mark in plan.unmet:
        if mark.index is None:
            lines.append(f"The ending on the last frame is not met: {mark.reason}.")
            continue
        frame = (sheet.events if mark.event else sheet.cuts)[mark.index].record_frames
        code = timecode(sheet.start_frames + frame, sheet.rate, drop_frame=sheet.drop_frame)
        lines.append(f"The mark at {code} is not met: {mark.reason}.")
    return "\n".join(lines)


def render_room(speech: SpeechReport) -> str:
    """One sentence on the room that the music makes for speech."""
    if speech.measured_db is None:
        return f"Somebody speaks all the time: the music is {speech.wanted_db:.1f} dB softer than it would be."
    return (
        f"Under speech the music is {speech.measured_db:.1f} dB softer than outside, measured on the mix "
        f"({speech.wanted_db:.1f} were wanted; its level changes by at most {speech.steepest_db_per_s:.0f} dB/s)."
    )
