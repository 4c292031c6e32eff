"""What the window says in words of a timeline, of a selection and of a score's progress."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.progress import JobState, Progress, Stage
from vem_core.contract.recut import FrameRange


def sheet_in_words(sheet: CutSheet) -> str:
    """How many cuts, how long and at which rate: «25 cuts · 0:47.0 · 24 fps»."""
    minutes, seconds = divmod(float(sheet.duration_frames / sheet.rate), 60)
    rate = f"{float(sheet.rate):.3f}".rstrip("0").rstrip(".")
    return QCoreApplication.translate("MainWindow", "{cuts} · {minutes}:{seconds:04.1f} · {rate} fps").format(
        cuts=_cuts_in_words(len(sheet.cuts)), minutes=int(minutes), seconds=seconds, rate=rate
    )


def selection_in_words(sheet: CutSheet, span: FrameRange) -> str:
    """How long a selection is and how many cuts lie inside it."""
    cuts = sum(span.start_frames < cut.record_frames < span.end_excl_frames for cut in sheet.cuts)
    seconds = float((span.end_excl_frames - span.start_frames) / sheet.rate)
    return QCoreApplication.translate("MainWindow", "{seconds:.1f} s selected, {cuts}").format(
        seconds=seconds, cuts=_cuts_in_words(cuts)
    )


def outlook_in_words(outlook: RecutOutlook) -> str:
    """What scoring would keep of the take: «3 shots changed: 82 % of take 2 stays». Rounded down."""
    if outlook.take is None:
        return QCoreApplication.translate("MainWindow", "A new piece would be made")
    stays = QCoreApplication.translate("MainWindow", "{percent} % of take {take} stays").format(
        percent=math.floor(100 * outlook.kept_share + 1e-9), take=outlook.take
    )
    if outlook.changed_shots == 0:
        return stays
    shots = (
        QCoreApplication.translate("MainWindow", "1 shot changed")
        if outlook.changed_shots == 1
        else QCoreApplication.translate("MainWindow", "{shots} shots changed").format(shots=outlook.changed_shots)
    )
    return f"{shots}: {stays}"


def progress_in_words(progress: Progress) -> str:
    """What is being done, how far, and how long it will take."""
    if progress.state is JobState.QUEUED:
        position = (progress.queue_position or 0) + 1
        return QCoreApplication.translate("MainWindow", "Waiting for the core, place {position}").format(
            position=position
        )
    words = _stage_in_words(progress.stage) if progress.stage else progress.message  # the core speaks English only
    steps = f" {progress.step}/{progress.steps}" if progress.steps > 1 else ""
    if progress.remaining_s is None:
        return f"{words}{steps}"
    left = QCoreApplication.translate("MainWindow", " · {s:.0f} s left").format(s=progress.remaining_s)
    return f"{words}{steps}{left}"


def _stage_in_words(stage: Stage) -> str:
    return {
        Stage.PARSE: QCoreApplication.translate("MainWindow", "Reading the edit"),
        Stage.PLAN: QCoreApplication.translate("MainWindow", "Planning the beats"),
        Stage.GENERATE: QCoreApplication.translate("MainWindow", "Making the music"),
        Stage.MEASURE: QCoreApplication.translate("MainWindow", "Measuring the beats"),
        Stage.CORRECT: QCoreApplication.translate("MainWindow", "Moving beats onto cuts"),
        Stage.MASTER: QCoreApplication.translate("MainWindow", "Mastering"),
    }[stage]


def _cuts_in_words(cuts: int) -> str:
    if cuts == 1:
        return QCoreApplication.translate("MainWindow", "1 cut")
    return QCoreApplication.translate("MainWindow", "{cuts} cuts").format(cuts=cuts)
