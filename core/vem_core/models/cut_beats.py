"""How likely the transition-beat aligner finds it that music for a film has a beat on each of its cuts."""

from __future__ import annotations

import torch

from vem_core.models.aligner import TransitionBeatAligner
from vem_core.parsing.strips import CutStrips

_STRIPS_AT_ONCE = 16


def beat_probabilities(aligner: TransitionBeatAligner, strips: CutStrips, cuts: int) -> tuple[float | None, ...]:
    """One probability for each of so many cuts; None for a cut without a strip."""
    found: list[float | None] = [None] * cuts
    device = next(aligner.parameters()).device
    with torch.inference_mode():
        parts = torch.from_numpy(strips.frames).split(_STRIPS_AT_ONCE)
        said = [float(each) for part in parts if len(part) for each in aligner(part.to(device)).logits.sigmoid().cpu()]
    for cut, probability in zip(strips.cuts, said, strict=True):
        found[int(cut)] = probability
    return tuple(found)
