"""Takes as a re-score is told of them: what the host side sends along, without a host."""

from __future__ import annotations

from pathlib import Path

from vem_core.contract.recut import EarlierSound, EarlierTake
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import UNDUCKED, ScoreResult


def followed_take(request: ScoreRequest, result: ScoreResult, folder: Path) -> tuple[EarlierTake, dict[str, bytes]]:
    """A take whose files lie in `folder`, and what travels with it by its SHA-256."""
    mix = result.file("mix")
    assert mix is not None
    mark = UNDUCKED if result.file(f"{UNDUCKED}mix") else ""
    files = {
        file.role.removeprefix(mark): file
        for file in result.files
        if file.role.startswith(mark) and file.role.removeprefix(mark).startswith(("mix", "stem:"))
    }
    take = EarlierTake(
        take=1,
        sheet=request.sheet,
        plan=result.plan,
        report=result.report,
        model=result.model,
        gain_db=mix.gain_db,
        levels=files["mix"].levels,
        sounds=tuple(EarlierSound(role, file.sha256) for role, file in files.items()),
        direction=request.direction,
        seed=request.seed,
        parts=result.parts,
        handle_before_frames=request.delivery.handle_before_frames,
        handle_after_frames=request.delivery.handle_after_frames,
        level_curve=result.speech.curve if result.speech else (),
    )
    return take, {file.sha256: (folder / file.name).read_bytes() for file in files.values()}
