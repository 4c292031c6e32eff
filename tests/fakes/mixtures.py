"""Random edits with hits inside shots, silences and cues: what a timeline looks like once an editor has spotted it."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np

from fakes.random_edits import random_edit
from vem_core.contract.cut_sheet import CueStart, CutSheet, Event, Span, Wish

APART_S = 3.0
"""Marks nearer to each other than this may contradict each other at a narrow range of tempo."""


def _snapped(sheet: CutSheet, frame: int) -> int:
    """On the cut, where one is as near as reading a timeline would take for the same."""
    return next((cut.record_frames for cut in sheet.cuts if abs(cut.record_frames - frame) <= 2), frame)


def random_mixture(seed: int, rate: Fraction = Fraction(24), cuts: int = 24) -> CutSheet:
    """A random edit (median shot 2.2 s) with up to three silences, up to five hits inside shots, and up to one cue."""
    sheet = random_edit(seed, rate, cuts=cuts)
    draw = np.random.default_rng([seed, 7])
    second = float(rate)
    silences: list[Span] = []
    for _ in range(draw.integers(0, 4)):
        start = int(draw.integers(0, sheet.duration_frames - round(2 * second)))
        end_excl = min(start + int(draw.integers(second, 6 * second)), sheet.duration_frames)
        start, end_excl = (_snapped(sheet, edge) for edge in (start, end_excl))
        span = Span(start, end_excl - start)
        if all(span.end_excl_frames + 8 * second < silence.start_frames or silence.end_excl_frames + 8 * second < start
               for silence in silences):  # fmt: skip
            silences.append(span)
    silences.sort(key=lambda span: span.start_frames)
    marks = [span.end_excl_frames for span in silences]
    events: list[Event] = []
    for _ in range(draw.integers(0, 6)):
        frame = int(draw.integers(0, sheet.duration_frames))
        if all(abs(frame - mark) >= APART_S * second for mark in (*marks, 0, sheet.duration_frames)):
            marks.append(frame)
            events.append(Event(frame, Wish.HIT, "punch"))
    cue_starts = []
    if draw.random() < 0.5:
        frame = int(draw.integers(8 * second, sheet.duration_frames - 8 * second))
        if all(abs(frame - mark) >= APART_S * second for mark in marks):
            cue_starts.append(CueStart(frame, "tense"))
    events.sort(key=lambda event: event.record_frames)
    mixed = dataclasses.replace(sheet, silences=tuple(silences), events=tuple(events))
    return dataclasses.replace(
        mixed, cue_starts=tuple(cue for cue in cue_starts if not mixed.is_silent_at(cue.record_frames))
    )
