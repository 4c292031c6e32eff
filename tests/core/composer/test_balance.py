"""What is heard on cuts is what was meant: passing ones like the beats around, accents above them."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from statistics import median

import pytest

from fakes.score_plans import score_plan
from vem_core.composer.attacks import attack_of
from vem_core.composer.balance import Band, balance_cuts
from vem_core.composer.composition import compose
from vem_core.composer.form import read_form
from vem_core.composer.piece import Channel, Note, NoteFunction, Part
from vem_core.composer.style import DRUM_KEYS
from vem_core.composer.styles import list_styles
from vem_core.contract.plan import Emphasis, Landing, ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.tempo_map import TempoMap
from vem_core.synth.attacks import measure_attack
from vem_core.synth.patches import PATCHES

STYLES = [style.id for style in list_styles()]


def plan_with(style: str, emphasis: Emphasis, seed: int, inside: Fraction = Fraction(0)) -> ScorePlan:
    """A plan whose hits have all one emphasis, every third beat or as far behind it as `inside` says."""
    plan = score_plan(style, hit_every_beats=5, seed=seed)
    landing = Landing.BEAT if not inside else Landing.PUSH
    hits = [
        dataclasses.replace(hit, beat=int(hit.beat) + inside, landing=landing, emphasis=emphasis, weight=0.5)
        for hit in plan.hits[1:-1]
        if hit.beat is not None and hit.beat + 3 < plan.final_beat
    ]
    return dataclasses.replace(plan, hits=tuple(hits))


def against_beats_around(plan: ScorePlan) -> list[tuple[float, float]]:
    """Of each hit the level in dB and the rise, against the median of the four beats around."""
    band, tempo = Band(compose(plan).parts), TempoMap.of_plan(plan)
    found = []
    for hit in plan.hits:
        assert hit.beat is not None
        before, after = math.ceil(hit.beat) - 1, math.floor(hit.beat) + 1
        around = [band.at(tempo.sample_at(beat)) for beat in (before - 1, before, after, after + 1)]
        heard = band.at(tempo.sample_at(float(hit.beat)))
        level, rise = median(each.level for each in around), median(each.rise for each in around)
        found.append((10 * math.log10(heard.level / level), heard.rise / max(rise, 1e-6)))
    return found


@pytest.mark.parametrize("patch", ["kit.brush", "keys.piano", "strings.pizzicato", "brass.ensemble", "stab.chord"])
def test_notes_begin_as_they_were_measured(patch: str) -> None:
    pitch = DRUM_KEYS["snare"] if patch.startswith("kit.") else PATCHES[patch].home_pitch
    known, measured = attack_of(patch, pitch), measure_attack(patch, pitch)
    assert known is not None
    assert known.begun_db == pytest.approx(measured.begun_db, abs=3)  # the table is the mean over three octaves
    assert known.rise == pytest.approx(measured.rise, rel=0.3, abs=1)


def test_every_patch_and_drum_is_in_the_table() -> None:
    for name, patch in PATCHES.items():
        for pitch in DRUM_KEYS.values() if patch.percussion else (patch.home_pitch,):
            assert attack_of(name, pitch) is not None, (name, pitch)


def test_what_sounds_on_hides_a_part_of_an_attack() -> None:
    struck = Part("bells", "mallet.bell", (Note(48_000, 24_000, 72, 0.5),), Channel())
    held = Part("pad", "pad.glass", (Note(0, 96_000, 60, 0.9),), Channel(gain_db=6))
    alone, beside = Band([struck]).at(48_000), Band([struck, held]).at(48_000)
    assert beside.begun == alone.begun
    assert beside.level > alone.level
    assert beside.rise < alone.rise
    assert Band([struck]).at(24_000).begun == 0


def test_what_has_just_ended_rings_on_and_dies_away() -> None:
    second = SAMPLE_RATE_HZ
    band = Band([Part("strings", "strings.solo", (Note(0, second, 69, 0.6),), Channel())])
    before, at_end, later = (band.at(samples) for samples in (second - 1, second, second + second // 2))
    assert before.ringing == at_end.held == 0
    assert before.held > at_end.ringing > 10 * later.ringing > 0
    assert at_end.level_ringing > at_end.level == 0


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("inside", [Fraction(0), Fraction(1, 2)])
def test_cuts_that_pass_are_neither_lost_nor_among_the_loudest(style: str, inside: Fraction) -> None:
    heard = against_beats_around(plan_with(style, Emphasis.PASSING, 6, inside))
    assert sum(level < 3 for level, _ in heard) >= 0.9 * len(heard)
    assert sum(rise > 0.5 for _, rise in heard) >= 0.95 * len(heard)


@pytest.mark.parametrize("style", STYLES)
def test_accents_stand_out_of_the_beats_around(style: str) -> None:
    heard = against_beats_around(plan_with(style, Emphasis.ACCENT, 6))
    least = 0.8 if style == "house" else 0.95  # in a climax of house all is as loud as it gets
    assert sum(level > 3 for level, _ in heard) >= least * len(heard)


@pytest.mark.parametrize(("emphasis", "stops"), [(Emphasis.PASSING, True), (Emphasis.ACCENT, False)])
def test_a_bass_that_booms_over_a_cut_that_passes_stops_there(emphasis: Emphasis, stops: bool) -> None:
    plan = plan_with("trap", emphasis, 1)
    tempo = TempoMap.of_plan(plan)
    cuts = [tempo.sample_at(float(hit.beat)) for hit in plan.hits if hit.beat is not None]
    before = [tempo.sample_at(float(hit.beat) - 0.5) for hit in plan.hits if hit.beat is not None]
    booms = [
        Note(start, 2 * (cut - start), 36, 0.9, NoteFunction.BASS) for start, cut in zip(before, cuts, strict=True)
    ]
    hats = [Note(beat.samples, 4_800, DRUM_KEYS["hat"], 0.4) for beat in plan.beats]
    parts = (Part("bass", "bass.808", tuple(booms)), Part("drums", "kit.trap", tuple(hats)))
    bass, _ = balance_cuts(parts, read_form(plan, 140), ())
    assert len(bass.notes) == len(cuts)
    assert [note.start_samples + note.duration_samples == cut for note, cut in zip(bass.notes, cuts, strict=True)] == [
        stops
    ] * len(cuts)


def test_bars_are_heard_to_open_in_soft_passages_but_none_beside_a_cut() -> None:
    plan = plan_with("ambient", Emphasis.PASSING, 2)
    cuts = {int(hit.beat) for hit in plan.hits if hit.beat is not None}
    softest, loud = 0.1, 0.8
    for velocity, louder in ((softest, True), (loud, False)):
        notes = tuple(Note(beat.samples, 12_000, 72, velocity) for beat in plan.beats)
        (played,) = balance_cuts((Part("plucks", "pluck.harp", notes),), read_form(plan, 70), ())
        before_the_end = slice(plan.final_beat)
        for at, (beat, note) in enumerate(zip(plan.beats[before_the_end], played.notes[before_the_end], strict=True)):
            if at not in cuts:
                assert (note.velocity > velocity) == (louder and beat.number == 1)
