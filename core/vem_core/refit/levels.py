"""Loudness and true peak of a refitted mix: kept sound keeps the levels that were measured on it.

Loudness is made of the power of each tenth of a second. Where kept sound travelled, its tenths begin elsewhere than
those of the new take, which then get their shares of two of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.loudness import HOP_SAMPLES, hops_in, loudness_of, powers_of
from vem_core.audio.mastering import levels_of
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.true_peak import peak_of
from vem_core.contract.result import KeptSpan, Levels
from vem_core.contract.time import SAMPLE_RATE_HZ

MEASURED_SAMPLES = 120 * SAMPLE_RATE_HZ
"""A mix that is no longer is measured all over. In 18 s the shares of tenths move the loudness by up to 0.05 LU, in
the mean by 0.003 (75 re-scores); it falls as the length grows."""

_SETTLING_HOPS = 2  # of the K-weighting's filters, whose slowest pole falls by 87 dB in a tenth of a second
_PEAK_REACH_SAMPLES = 96  # a peak is known to within 32 samples, and depends on 24 around it


def levels_after_refit(
    sound: PackedSound, kept: Sequence[KeptSpan], earlier: Levels | None
) -> tuple[float, float, Levels | None]:
    """The loudness in LUFS, the true peak in dBTP and the levels of a refitted mix.

    Without the earlier levels all of it is measured, and a short mix always.
    """
    if earlier is None or len(sound) <= MEASURED_SAMPLES:
        kept, earlier = (), None
    powers = _powers(sound, kept, earlier)
    peak_dbtp, at_samples = _true_peak(sound, kept, earlier)
    return loudness_of(powers, len(sound)), peak_dbtp, levels_of(powers, peak_dbtp, at_samples)


def _powers(sound: PackedSound, kept: Sequence[KeptSpan], earlier: Levels | None) -> NDArray[np.float64]:
    """The K-weighted power of each hop, from the earlier take where all of it and what settles into it is kept."""
    powers = np.full(hops_in(len(sound)), np.nan)
    known = 10 ** (np.asarray(earlier.power_cdb if earlier else (), np.float64) / 1000)
    for span in kept:
        earlier_hop, later = divmod(span.earlier_samples - span.start_samples, HOP_SAMPLES)
        share = later / HOP_SAMPLES  # of the second of the two hops that one lies in
        first = -(-span.start_samples // HOP_SAMPLES) + (_SETTLING_HOPS if span.start_samples else 0)
        end = span.end_excl_samples // HOP_SAMPLES - (later > 0)
        hops = np.arange(first, max(first, min(end, len(known) - earlier_hop - (later > 0))))
        was = hops + earlier_hop
        powers[hops] = (1 - share) * known[was] + share * known[was + (later > 0)]
    for first, end in _runs(np.isnan(powers)):
        lead = min(first, _SETTLING_HOPS)
        heard = sound.audio((first - lead) * HOP_SAMPLES, end * HOP_SAMPLES)
        powers[first:end] = powers_of(heard, sound.channels, end - first + lead)[lead:]
    return powers


def _runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Where flags are set, [first, end)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    yield from ((int(first), int(end)) for first, end in edges.reshape(-1, 2))


def _true_peak(sound: PackedSound, kept: Sequence[KeptSpan], earlier: Levels | None) -> tuple[float, int]:
    """The true peak and where it is. The earlier take's highest may have gone; then the kept sound is heard again."""
    stays = _where_now(earlier.true_peak_samples, kept) if earlier is not None else None
    if earlier is None or stays is None:
        return peak_of(sound.audio(), sound.channels)
    peaks = [(earlier.true_peak_dbtp, stays)]
    edges = [0, *itertools.chain.from_iterable((span.start_samples, span.end_excl_samples) for span in kept)]
    for start, end in zip(edges[::2], [*edges[1::2], len(sound)], strict=True):
        if start < end:
            first = max(0, start - _PEAK_REACH_SAMPLES)
            peak_dbtp, at = peak_of(sound.audio(first, end + _PEAK_REACH_SAMPLES), sound.channels)
            peaks.append((peak_dbtp, first + at))
    return max(peaks)


def _where_now(earlier_samples: int, kept: Sequence[KeptSpan]) -> int | None:
    """Where a sample of the earlier take now stands, if it and what is around it stayed."""
    for span in kept:
        now = earlier_samples + span.start_samples - span.earlier_samples
        low = span.start_samples + (_PEAK_REACH_SAMPLES if span.start_samples else 0)
        if low <= now < span.end_excl_samples - _PEAK_REACH_SAMPLES:
            return now
    return None
