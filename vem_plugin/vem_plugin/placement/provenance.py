"""The provenance of a take, as text beside it: what made the music, under which licences, what may be done with it."""

from __future__ import annotations

import datetime
import textwrap

from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.result import ScoreResult

SUFFIX = "-rights.txt"
_WIDTH = 100


def provenance_text(request: ScoreRequest, result: ScoreResult, audio: str, made: datetime.datetime) -> str:
    """The text of the file beside the take whose music is `audio`; empty where the core did not state its rights."""
    rights = result.rights
    if rights is None:
        return ""
    rows = {
        "music": audio,
        "timeline": request.sheet.name or "(no name)",
        "made on": made.strftime("%Y-%m-%d %H:%M %Z").strip(),
        "made with": f"VeM Score {result.tool_version}",
        "model": f"{result.model}{f', weights SHA-256 {result.model_sha256}' if result.model_sha256 else ''}",
        "licence of the model": rights.model_licence,
        "what it learnt from": rights.data_licence,
        "seed": str(result.seed),
        "prompt": request.direction.prompt or "(none)",
        "style, mood, key": f"{result.plan.style}, {result.plan.mood}, {result.plan.key}",
        "request": f"SHA-256 {result.request_sha256}",
    }
    lines = [f"{f'{name}:':<22}{value}" for name, value in rows.items()]
    lines += ["", *textwrap.wrap(rights.statement, _WIDTH)]
    for note in rights.notes:
        lines += ["", *textwrap.wrap(f"Note: {note}", _WIDTH)]
    if request.direction != Direction() and request.direction.shot_words:
        lines += ["", "Words were given for single shots; the score's JSON has them."]
    return "\n".join(lines) + "\n"
