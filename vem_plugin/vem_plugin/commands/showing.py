"""What the commands of scoring show: sentences and progress while they work, and what came of it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Self

from vem_core.contract.codec import to_json
from vem_core.contract.progress import Progress
from vem_plugin.terminal import unescaped

if TYPE_CHECKING:
    from vem_core.contract.outlook import RecutOutlook
    from vem_core.contract.request import ScoreRequest
    from vem_plugin.commands.progress_bar import ProgressBar
    from vem_plugin.scoring.session import Outcome


class TerminalListener:
    """Sentences on standard error, and a job's progress: a bar on one line of a terminal, or else a line a stage.

    Without `progress` there are sentences only, for whoever reads our output with a program. At the end of a `with`
    the bar of a job that did not come to its end is left as it stands.
    """

    def __init__(self, *, progress: bool = True) -> None:
        self._progress = progress
        self._shown: set[str] = set()  # while the job ran, each on a line of its own
        self._bar: ProgressBar | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._close_bar()

    def say(self, sentence: str) -> None:
        """A line of its own; what the job said already is not said again."""
        if self._bar is not None:
            self._bar.say(sentence)
        elif sentence not in self._shown:
            sys.stderr.write(f"{sentence}\n")

    def advance(self, progress: Progress) -> None:
        """The bar's next step, or the stage's name where it is a new one."""
        if not self._progress:
            return
        if sys.stderr.isatty():
            self._open_bar().show(progress)
            if progress.state.is_final:
                self._close_bar()
        elif progress.message:
            self.say(progress.message)
            self._shown.add(progress.message)

    def _open_bar(self) -> ProgressBar:
        if self._bar is None:
            from vem_plugin.commands.progress_bar import ProgressBar  # only a terminal needs rich

            self._bar = ProgressBar(unescaped(sys.stderr))
        return self._bar

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def print_outcome(outcome: Outcome, *, as_json: bool) -> None:
    """The report and the paths on standard output."""
    from vem_plugin.commands.report_table import render_report, render_room, render_unmet

    if as_json:
        sys.stdout.write(json.dumps(outcome_json(outcome)) + "\n")
        return
    sys.stdout.write(render_report(outcome.sheet, outcome.result.report) + "\n\n")
    if outcome.result.plan.unmet:
        sys.stdout.write(render_unmet(outcome.sheet, outcome.result.plan) + "\n\n")
    if outcome.result.speech is not None:
        sys.stdout.write(render_room(outcome.result.speech) + "\n\n")
    placement = outcome.placement
    for name, path in (("music", placement.audio), ("timeline", placement.timeline), ("preview", outcome.preview)):
        if path is not None:
            sys.stdout.write(f"{name:<9} {path}\n")


def print_outlook(outlook: RecutOutlook, request: ScoreRequest, *, as_json: bool) -> None:
    """What a re-score would keep, on standard output."""
    from vem_plugin.scoring.foresight import in_words

    text = json.dumps(to_json(outlook)) if as_json else "\n".join(in_words(outlook, request))
    sys.stdout.write(f"{text}\n")


def refit_json(outcome: Outcome) -> dict[str, object]:
    """What stays of which take, and why no more."""
    refit, mix = outcome.result.refit, outcome.result.file("mix")
    if outcome.unchanged:
        return {"take": outcome.kept_take, "kept_share": 1.0, "reason": "Nothing changed."}
    if refit is None or mix is None:
        return {"take": None, "kept_share": 0.0, "reason": outcome.new_piece_reason}
    return {"take": refit.earlier_take, "kept_share": refit.kept_samples / mix.samples, "reason": refit.summary}


def outcome_json(outcome: Outcome) -> dict[str, object]:
    """What `--json` prints: paths, counts, the plan, and the report with its headline figures on top."""
    result, placement = outcome.result, outcome.placement
    mix = result.file("mix")
    totals = result.report.with_off_beats
    report = to_json(result.report) | {
        "hit_rate_1_frame": totals.hit_rate_1_frame,
        "hit_rate_70_ms": totals.hit_rate_70_ms,
        "hit_rate_100_ms": totals.hit_rate_100_ms,
        "chance_1_frame": totals.chance_1_frame,
        "median_abs_error_ms": totals.median_abs_error_ms,
    }
    return {
        "audio": {"path": str(placement.audio), **(to_json(mix) if mix else {})},
        "otio": None if placement.timeline is None else str(placement.timeline),
        "score": str(placement.score),
        "preview": None if outcome.preview is None else str(outcome.preview),
        "cuts": len(outcome.sheet.cuts),
        "refit": refit_json(outcome),
        "model": result.model,
        "seed": result.seed,
        "plan": to_json(result.plan),
        "brief": None if result.brief is None else to_json(result.brief),
        "report": report,
        "warnings": list(result.warnings),
    }
