"""Random re-cuts of a cut sheet: what an editor does to it in an afternoon."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from fractions import Fraction

from fakes.random_edits import random_edit
from vem_core.contract.cut_sheet import Cut, CutSheet, Shot, SourceSpan

HANDLE_FRAMES = 240


def with_sources(sheet: CutSheet) -> CutSheet:
    """The sheet with a medium of its own for every shot that has none."""
    return dataclasses.replace(
        sheet,
        shots=tuple(
            shot if shot.source else dataclasses.replace(shot, source=_source(f"medium {index}", sheet.rate))
            for index, shot in enumerate(sheet.shots)
        ),
    )


def sourced_edit(seed: int, rate: Fraction = Fraction(24), median_s: float = 2.2, cuts: int = 24) -> CutSheet:
    """A random edit whose shots can be recognised."""
    return with_sources(random_edit(seed, rate, median_s, cuts))


def rebuilt(sheet: CutSheet, shots: Sequence[Shot], cuts: dict[int, Cut] | None = None) -> CutSheet:
    """The sheet with those shots one after the other; `cuts` by the shot that each begins, plain ones else."""
    laid, at = [], 0
    for shot in shots:
        laid.append(dataclasses.replace(shot, start_frames=at))
        at += shot.duration_frames
    return dataclasses.replace(
        sheet,
        duration_frames=at,
        shots=tuple(laid),
        cuts=tuple(
            dataclasses.replace((cuts or {}).get(index, Cut(0)), record_frames=shot.start_frames, nominal_frames=None)
            for index, shot in enumerate(laid)
            if index
        ),
        events=(),
        dropped=(),
        silences=(),
        cue_starts=(),
        speech=(),
    )


def trimmed(shot: Shot, head_frames: int = 0, tail_frames: int = 0) -> Shot:
    """The shot shorter by so many frames at either end; negative numbers lengthen it. At least one frame stays."""
    head = min(head_frames, shot.duration_frames - 1)
    length = max(1, shot.duration_frames - head - tail_frames)
    source = shot.source
    if source is not None:
        source = dataclasses.replace(source, start_frames=source.start_frames + head * source.speed)
    return dataclasses.replace(shot, duration_frames=length, source=source)


def random_recut(sheet: CutSheet, seed: int, changes: int | None = None) -> CutSheet:
    """One to four changes: trims, a shot out, a shot in, a shot elsewhere, the whole a frame later."""
    dice = random.Random(seed)
    shots = list(sheet.shots)
    for number in range(changes or dice.choice((1, 1, 2, 3, 4))):
        place = dice.randrange(len(shots))
        kind = dice.choice(("trim", "trim", "trim", "remove", "insert", "move", "frame"))
        if kind == "trim":
            most = max(1, shots[place].duration_frames // 2)
            frames = dice.choice((1, 1, -1, dice.randint(1, most), -dice.randint(1, most)))
            shots[place] = trimmed(shots[place], **{dice.choice(("head_frames", "tail_frames")): frames})
        elif kind == "remove" and len(shots) > 2:
            shots.pop(place)
        elif kind == "insert":
            length = dice.randint(6, 6 * max(2, round(float(sheet.rate))))
            shots.insert(
                place, Shot(0, length, f"new {seed}.{number}", source=_source(f"new {seed}.{number}", sheet.rate))
            )
        elif kind == "move" and len(shots) > 2:
            shots.insert(dice.randrange(len(shots)), shots.pop(place))
        elif kind == "frame":
            shots[0] = trimmed(shots[0], head_frames=-1)
    return rebuilt(sheet, shots)


def recut_along_bars(sheet: CutSheet, bar_lines_frames: Sequence[float], seed: int) -> CutSheet | None:
    """Shots from one bar line to another taken out, or moved behind those up to a third; None where too few cuts lie
    on bar lines, to a quarter of a frame."""
    dice = random.Random(seed)
    edges = [
        number
        for number, shot in enumerate(sheet.shots)
        if any(abs(shot.start_frames - line) <= 0.25 for line in bar_lines_frames)
    ]
    if len(edges) < 3:
        return None
    first, second, third = sorted(dice.sample(edges, 3))
    shots = sheet.shots
    moved = shots[first:second] if dice.random() < 0.5 else ()
    return rebuilt(sheet, [*shots[:first], *shots[second:third], *moved, *shots[third:]])


def _source(medium: str, rate: Fraction) -> SourceSpan:
    return SourceSpan(medium, float(HANDLE_FRAMES), rate)
