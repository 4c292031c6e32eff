"""How a take differs from another, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.sheet_diff import ShotChange, diff_sheets

_CHANGES = {
    ShotChange.TRIMMED: "trimmed",
    ShotChange.SLIPPED: "slipped",
    ShotChange.MOVED: "moved",
    ShotChange.INSERTED: "new",
}


def differences(before: tuple[ScoreRequest, ScoreResult], after: tuple[ScoreRequest, ScoreResult]) -> tuple[str, ...]:
    """How a take differs from the one before, in words: cut, wishes, words, seed, model, and what was kept."""
    (request, result), (new_request, new_result) = before, after
    found = list(_cut(request, new_request))
    for was, now in ((request.direction, new_request.direction), (request.delivery, new_request.delivery)):
        names = [field.name for field in fields(was) if getattr(was, field.name) != getattr(now, field.name)]
        found += [f"{_spoken(name)} {_value(getattr(now, name))}" for name in names]
    for name, old, new in (("seed", result.seed, new_result.seed), ("model", result.model, new_result.model)):
        if old != new:
            found.append(f"{name} {new}")
    if new_result.refit is not None:
        found.append(new_result.refit.summary)
    return tuple(found)


def _cut(before: ScoreRequest, after: ScoreRequest) -> Iterator[str]:
    diff = diff_sheets(before.sheet, after.sheet)
    changes = [match.change for match in diff.matches]
    counted = [(changes.count(change), word) for change, word in _CHANGES.items()] + [(len(diff.removed), "gone")]
    told = [f"{count} {word}" for count, word in counted if count]
    if told:
        yield f"shots: {', '.join(told)}"
    elif not diff.unchanged:
        yield "the cut travelled"
    words = sum(
        match.old is not None and after.sheet.shots[match.new].words != before.sheet.shots[match.old].words
        for match in diff.matches
    )
    if words:
        yield f"other words on {words} shots" if words > 1 else "other words on 1 shot"


def _spoken(name: str) -> str:
    return re.sub(r"_(lufs|dbtp|bpm|ms|hz)$", "", name).replace("_", " ")


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return "changed"
    return "unsaid" if value in (None, "") else f"{value:g}" if isinstance(value, float) else f"{value}"
