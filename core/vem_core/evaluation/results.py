"""`Evaluation.1`: what an evaluation found, as JSON and as tables; the gates of the model card are in it."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any

from vem_core.contract.errors import InputError
from vem_core.evaluation.paired import Paired
from vem_core.evaluation.probabilities import ProbabilityFigures, ReliabilityBin

SCHEMA = "Evaluation.1"


@dataclass(frozen=True)
class Row:
    """One measure. `gate` says in words what `limit` asks of the model; a row without a limit is only told."""

    what: str
    model: float | None
    ceiling: float | None = None  # the composer's own render through VAE and vocoder
    floor: float | None = None  # an unconditioned sample
    limit: float | None = None
    gate: str = ""
    at_most: bool = False  # the limit is from above
    digits: int = 3

    @property
    def met(self) -> bool | None:
        """Whether the gate is met; None where there is none."""
        if self.limit is None:
            return None
        if self.model is None or not math.isfinite(self.model):
            return False
        return self.model <= self.limit if self.at_most else self.model >= self.limit


@dataclass(frozen=True)
class Evaluation:
    """Everything, in plain values."""

    model_sha256: str
    device: str  # "cpu" or "cuda"
    machine: str
    pieces: int
    settings: dict[str, Any]
    rows: tuple[Row, ...]
    aligner: ProbabilityFigures | None
    experiments: dict[str, dict[str, Paired]]  # experiment to measure
    trackers: tuple[str, ...]
    styles: tuple[str, ...] = ()  # of the pieces

    @property
    def gates_met(self) -> bool:
        """Whether every gate is met."""
        return all(row.met is not False for row in self.rows)


def to_text(evaluation: Evaluation) -> str:
    """The one spelling of an evaluation's JSON."""
    fields = dataclasses.asdict(evaluation)
    rows = [dict(row, met=made.met) for row, made in zip(fields.pop("rows"), evaluation.rows, strict=True)]
    plain = _finite({"schema": SCHEMA, "gates_met": evaluation.gates_met, "rows": rows} | fields)
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_text(text: str) -> Evaluation:
    """The evaluation of a JSON. Raises InputError for one that was not written by `to_text`."""
    try:
        found = json.loads(text)
        if found.pop("schema") != SCHEMA:
            raise ValueError("another schema")
        del found["gates_met"]
        aligner = found.pop("aligner")
        experiments = {
            name: {measure: Paired(**paired) for measure, paired in measured.items()}
            for name, measured in found.pop("experiments").items()
        }
        found |= {"rows": tuple(rows_of(text)), "experiments": experiments}
        found |= {name: tuple(found.get(name, ())) for name in ("trackers", "styles")}
        return Evaluation(**found, aligner=_figures(aligner))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("That is no evaluation that this version can read.", hint="Run `vem evaluate`.") from error


def _figures(found: dict[str, Any] | None) -> ProbabilityFigures | None:
    if found is None:
        return None
    bins = tuple(ReliabilityBin(**bin_) for bin_ in found.pop("bins"))
    return ProbabilityFigures(**found, bins=bins)


def rows_of(text: str) -> list[Row]:
    """The rows of an evaluation's JSON."""
    found = json.loads(text)
    names = {field.name for field in dataclasses.fields(Row)}
    return [Row(**{name: value for name, value in row.items() if name in names}) for row in found["rows"]]


def rows_table(rows: list[Row]) -> str:
    """The rows as Markdown: what the model card carries between its marks."""
    lines = ["| what | model | ceiling | floor | gate | met |", "|---|---|---|---|---|---|"]
    for row in rows:
        cells = [_number(value, row.digits) for value in (row.model, row.ceiling, row.floor)]
        gate = f"{row.gate} ({_number(row.limit, row.digits)})" if row.limit is not None else "-"
        met = {True: "yes", False: "**no**", None: "-"}[row.met]
        lines.append(f"| {row.what} | {' | '.join(cells)} | {gate} | {met} |")
    return "\n".join(lines)


def report(evaluation: Evaluation) -> str:
    """The whole as a Markdown page."""
    head = (
        f"# Evaluation\n\n{evaluation.pieces} held-out pieces{_styles(evaluation)} on {evaluation.machine}; weights "
        f"`{evaluation.model_sha256[:12] or 'never saved'}`; {_settings(evaluation.settings)}. Beats by "
        f"{', '.join(evaluation.trackers)}. Every gate met: {'yes' if evaluation.gates_met else 'no'}."
    )
    parts = [head, rows_table(list(evaluation.rows))]
    for name, measured in evaluation.experiments.items():
        lines = [
            f"## {name}",
            "",
            "| measure | mean difference | 95 % interval | above zero | pieces |",
            "|---|---|---|---|---|",
        ]
        lines += [_paired_row(measure, found) for measure, found in measured.items()]
        parts.append("\n".join(lines))
    if evaluation.aligner is not None:
        bins = [f"| {bin_.said:.2f} | {bin_.came_true:.2f} | {bin_.count} |" for bin_ in evaluation.aligner.bins]
        parts.append(
            "\n".join(
                ["## Does the aligner mean what it says?", "", "| said | came true | cuts |", "|---|---|---|", *bins]
            )
        )
    return "\n\n".join(parts) + "\n"


def _paired_row(measure: str, found: Paired) -> str:
    interval = "-" if found.low is None or found.high is None else f"{found.low:+.3f} .. {found.high:+.3f}"
    clear = "**" if found.is_clear else ""
    return f"| {measure} | {clear}{found.mean:+.3f}{clear} | {interval} | {found.above_zero:.0%} | {found.count} |"


def _styles(evaluation: Evaluation) -> str:
    return f" in {len(evaluation.styles)} styles" if evaluation.styles else ""


def _settings(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def _finite(value: Any) -> Any:
    """JSON has no nan: it is null there."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
