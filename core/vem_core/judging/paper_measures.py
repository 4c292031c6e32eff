"""The nine objective measures of the VeM paper (arXiv 2511.09585, section 4.2), each under its own name.

The paper names its measures and leaves much open; what was chosen here stands in each docstring. Instants are seconds,
embeddings (width,), activations (films, tags) in 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vem_core.judging.distances import Gaussian

Array = NDArray[np.floating]

BEAT_TOLERANCE_S = 0.5
"""The paper's, for BIoU and TBIoU. At 60 BPM and more every instant is within it of some beat."""

_FLOOR = 1e-6


def inception_score(activations: Array) -> float:
    """IS: exp(mean over films of KL(p(y|x) || p(y))), from 1 (all sound alike, or nothing is clear) upwards.

    Source: Salimans et al. 2016, eq. 1. The paper says "diversity and clarity of spectrograms" and no classifier; here
    p(y|x) are a film's musicnn activations, the mean over its patches, normalised to sum 1. Needs two films.
    """
    conditional = distributions(activations)
    marginal = conditional.mean(axis=0)
    return float(np.exp((conditional * np.log(conditional / marginal)).sum(axis=1).mean()))


def frechet_audio_distance(ours: Array, reference: Array | Gaussian) -> float:
    """FAD: |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) of two sets of embeddings (sounds, width), at least 0.

    Source: Kilgour et al. 2019. The paper does not name its embedding; here it is the layer before musicnn's tags, of
    the network trained on MagnaTagATune and of the one trained on the Million Song Dataset: one alone can be fooled.
    """
    fitted = reference if isinstance(reference, Gaussian) else Gaussian.of(reference)
    return fitted.frechet_distance(ours)


def kullback_leibler_divergence(generated: Array, reference: Array) -> float:
    """KLD: sum over tags of p_ref log(p_ref / p_gen) for one film, both (tags,), 0 for the same.

    Source: the paper, "KLD on Musicnn activations"; direction as in Kreuk et al. 2023 (AudioGen). Activations are
    normalised to sum 1, since they are tags of which several hold.
    """
    wanted, got = distributions(np.stack([reference, generated]))
    return float((wanted * np.log(wanted / got)).sum())


def clap_score(audio: Array, text: Array) -> float:
    """CLAP score: the cosine of a film's music and its caption in LAION-CLAP, -1..1 (Wu et al. 2023)."""
    return cosine(audio, text)


def languagebind_score(video: Array, audio: Array) -> float:
    """LB: the cosine of film and music in LanguageBind, -1..1 (Zhu et al. 2024).

    The paper prints values above 1, which no cosine has; this is the cosine.
    """
    return cosine(video, audio)


def time_weighted(scores: Sequence[float], durations_s: Sequence[float]) -> float:
    """tw-CLAP and tw-LB: sum over shots of d_i / d_total times the score of that shot's music with that shot.

    Source: the paper, section 4.2. `scores` and `durations_s` are of the same shots. Raises ValueError for none.
    """
    lengths = np.asarray(durations_s, float)
    if len(lengths) == 0 or len(lengths) != len(scores) or lengths.sum() <= 0:
        raise ValueError("each shot needs a score and a length")
    return float((lengths / lengths.sum() * np.asarray(scores, float)).sum())


def beat_iou(generated_s: Sequence[float], reference_s: Sequence[float]) -> float:
    """BIoU: |B_gt n B_syn| / |B_gt u B_syn| of the beats of generated and real music, 0..1; 0 where neither has any.

    A beat is shared where it lies within 0.5 s; each is shared once (the paper does not say).
    """
    return intersection_over_union(generated_s, reference_s, BEAT_TOLERANCE_S)


def transition_beat_iou(transitions_s: Sequence[float], beats_s: Sequence[float]) -> float:
    """TBIoU: |T_v n B_m| / |T_v u B_m| of the film's transitions and the music's beats, 0..1.

    Tolerance 0.5 s, each once. It cannot see alignment: from 60 BPM on it is the number of cuts over that of beats.
    """
    return intersection_over_union(transitions_s, beats_s, BEAT_TOLERANCE_S)


def intersection_over_union(one_s: Sequence[float], other_s: Sequence[float], tolerance_s: float) -> float:
    """Shared instants over all instants, 0..1, as many shared as can be (one to one); 0 where both are empty."""
    first, second = sorted(one_s), sorted(other_s)
    shared = at = 0
    for instant in first:
        # on a line, pairing each with the earliest that is left in reach pairs as many as possible
        while at < len(second) and second[at] < instant - tolerance_s:
            at += 1
        if at < len(second) and second[at] <= instant + tolerance_s:
            shared, at = shared + 1, at + 1
    union = len(first) + len(second) - shared
    return shared / union if union else 0.0


def cosine(one: Array, other: Array) -> float:
    """The cosine of two vectors, -1..1; 0 where one is null."""
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.dot(one, other) / lengths) if lengths > 0 else 0.0


def distributions(activations: Array) -> NDArray[np.float64]:
    """Activations (N, tags) of 0..1 as distributions: floored at 1e-6, normalised to sum 1."""
    floored = np.maximum(np.asarray(activations, np.float64), _FLOOR)
    return np.asarray(floored / floored.sum(axis=1, keepdims=True))
