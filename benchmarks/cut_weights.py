"""What the transition-beat aligner adds to the weights of cuts.

    .venv/bin/python benchmarks/cut_weights.py [--pieces N] [--json]

On held-out pieces of the corpus, whose films say which cuts were made on a beat:

AUC         the chance that a cut made on a beat weighs more than one that was not, by the aligner's share of the weight
met         of the cuts made on a beat, how many the plan for the film meets on a beat, and of the others
cost        CPU seconds for a strip

"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np
import torch

from vem_core.composer.styles import style_by_id, tempo_range
from vem_core.contract.plan import Landing
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.corpus.labels import PieceId
from vem_core.corpus.pieces import make_piece
from vem_core.corpus.splits import Split
from vem_core.evaluation.probabilities import area_under_curve
from vem_core.generation.vem_mini import bundled_weights
from vem_core.models.aligner_network import AlignerNetwork
from vem_core.models.cut_beats import beat_probabilities
from vem_core.parsing.strips import cut_strips
from vem_core.pipeline.planning import shot_pictures
from vem_core.rhythm import weights as cut_weights
from vem_core.rhythm.planner import plan_score

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
SEED, WINDOW_LATENTS = 1, 600
_ON_BEAT = (Landing.DOWNBEAT, Landing.BEAT)


def measure(pieces: int) -> dict[str, object]:
    """All figures over so many pieces."""
    aligner = AlignerNetwork.load(bundled_weights() / "aligner")
    truths: list[bool] = []
    said: dict[float, list[float]] = {share: [] for share in SHARES}
    met: dict[float, list[bool]] = {share: [] for share in SHARES}
    strips_seen, spent_s = 0, 0.0
    for index in range(pieces):
        made = make_piece(PieceId(Split.TEST, SEED, index), WINDOW_LATENTS)
        labels, jpegs = made.labels, made.jpegs
        request = ScoreRequest(labels.sheet, Direction(), thumbnails=labels.thumbnails)
        strips = cut_strips(request, jpegs, aligner.strip_frames, aligner.size)
        began_s = time.process_time()
        probabilities = beat_probabilities(aligner, strips, len(labels.sheet.cuts))
        spent_s, strips_seen = spent_s + time.process_time() - began_s, strips_seen + len(strips.cuts)
        truths += [cut.on_beat for cut in labels.cuts]
        for share in SHARES:
            cut_weights.ALIGNER_SHARE = share
            weights = cut_weights.weigh_cuts(labels.sheet, shot_pictures(request, jpegs), probabilities)
            said[share] += weights
            style = style_by_id(labels.plan.style)
            plan = plan_score(
                labels.sheet, Direction(), index, tempo_range_bpm=tempo_range(style), style=style.id, mood=style.mood,
                weights=weights,
            )  # fmt: skip
            landed = {hit.index: hit.landing in _ON_BEAT for hit in plan.hits if not hit.event}
            met[share] += [landed[number] for number in range(len(labels.sheet.cuts))]
    true_cuts = np.array(truths)
    return {
        "pieces": pieces,
        "cuts": len(truths),
        "on_beat": float(true_cuts.mean()),
        "auc": {share: area_under_curve(np.array(said[share]), true_cuts) for share in SHARES},
        "met_of_on_beat": {share: float(np.array(met[share])[true_cuts].mean()) for share in SHARES},
        "met_of_others": {share: float(np.array(met[share])[~true_cuts].mean()) for share in SHARES},
        "cpu_s_per_strip": spent_s / max(1, strips_seen),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pieces", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with torch.inference_mode():
        figures = measure(arguments.pieces)
    print(json.dumps(figures, indent=None if arguments.json else 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
