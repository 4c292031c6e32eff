"""What must hold for every piece, whatever the style, the plan and the seed."""

from __future__ import annotations

import bisect
import itertools
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.score_plans import ARC, score_plan
from vem_core.composer.chords import Harmony, parse_symbol
from vem_core.composer.composition import compose
from vem_core.composer.general_midi import is_kit
from vem_core.composer.keys import Key
from vem_core.composer.piece import Note, NoteFunction, Piece
from vem_core.composer.styles import list_styles
from vem_core.contract.errors import DirectionError
from vem_core.contract.plan import Ending, ScorePlan, SectionRole
from vem_core.rhythm.tempo_map import TempoMap

STYLE_IDS = [style.id for style in list_styles()]
MARKS = (NoteFunction.ACCENT, NoteFunction.IMPACT, NoteFunction.ENDING)

_sections = st.lists(
    st.tuples(st.sampled_from(SectionRole), st.integers(1, 6), st.floats(0.05, 1.0)), min_size=1, max_size=4
)
_plans = st.builds(
    score_plan,
    st.sampled_from(STYLE_IDS),
    form=_sections,
    meters=st.sampled_from([(4,), (3,), (5,), (2,), (4, 4, 2), (3, 4)]),
    bpm=st.floats(60, 170),
    drift=st.sampled_from([0.0, 0.03]),
    hit_every_beats=st.sampled_from([Fraction(1), Fraction(2), Fraction(3), Fraction(8)]),
    off_beat_share=st.sampled_from([0.0, 0.5]),
    ending=st.sampled_from(Ending),
    key=st.sampled_from(["A minor", "C major", "F# dorian", "Eb lydian", "G mixolydian", "E phrygian"]),
    seed=st.integers(0, 2**32),
    lead_in_s=st.sampled_from([0.0, 0.2, 1.7]),
    pick_up_beats=st.sampled_from([0, 1]),
    tail_s=st.sampled_from([0.5, 4.0]),
)


def notes_of(piece: Piece) -> list[Note]:
    return [note for part in piece.parts for note in part.notes]


def tempo_of(plan: ScorePlan) -> TempoMap:
    return TempoMap.of_plan(plan)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_plans)
def test_every_piece_is_playable(plan: ScorePlan) -> None:
    piece = compose(plan)
    for part in piece.parts:
        ends: dict[int, int] = {}
        for note in part.notes:
            assert 0 <= note.start_samples < plan.duration_samples
            assert note.duration_samples > 0
            assert note.start_samples + note.duration_samples <= plan.duration_samples
            assert 0 <= note.pitch <= 127
            assert 0 < note.velocity <= 1
            assert note.start_samples >= ends.get(note.pitch, 0), (
                "a note begins while another of its pitch still sounds"
            )
            ends[note.pitch] = note.start_samples + note.duration_samples
    edges = [chord.start_samples for chord in piece.chords]
    ends_of_chords = [chord.start_samples + chord.duration_samples for chord in piece.chords]
    assert edges == [0, *ends_of_chords[:-1]]
    assert ends_of_chords[-1] == plan.duration_samples


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_plans)
def test_every_planned_hit_is_marked_at_its_sample(plan: ScorePlan) -> None:
    tempo = tempo_of(plan)
    marks = {note.start_samples for note in notes_of(compose(plan)) if note.function in MARKS}
    for hit in plan.hits:
        assert hit.beat is not None
        at = tempo.sample_at(hit.beat)
        assert at >= plan.duration_samples or any(at + slip in marks for slip in (-1, 0, 1)), hit


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_plans)
def test_no_bar_is_empty(plan: ScorePlan) -> None:
    notes = notes_of(compose(plan))
    firsts = [next(group).samples for _, group in itertools.groupby(plan.beats, key=lambda beat: beat.bar)]
    for start, end in itertools.pairwise([*firsts, plan.duration_samples]):
        assert any(note.start_samples < end and note.start_samples + note.duration_samples > start for note in notes)


@pytest.mark.parametrize("style", STYLE_IDS)
@pytest.mark.parametrize("key", ["A minor", "D major", "E dorian"])
def test_notes_belong_to_the_key_or_the_chord(style: str, key: str) -> None:
    piece = compose(score_plan(style, key=key, seed=5))
    scale = Key.parse(key).pitch_classes
    starts = [chord.start_samples for chord in piece.chords]
    in_key = in_harmony = on_root = basses = total = 0
    for part in piece.parts:
        if is_kit(part.patch) or part.patch.startswith("fx."):
            continue
        for note in part.notes:
            # The players' lateness is below 5 ms, so that a note belongs to the chord that began with it.
            chord = piece.chords[bisect.bisect_right(starts, note.start_samples + 240) - 1]
            chord_notes = Harmony(Key.parse(key), parse_symbol(chord.numeral)).scale
            total += 1
            in_key += note.pitch % 12 in scale
            in_harmony += note.pitch % 12 in scale or note.pitch % 12 in chord_notes
            if note.function is NoteFunction.BASS:
                basses += 1
                on_root += note.pitch % 12 == chord.root
    assert in_key / total >= 0.6
    assert in_harmony / total >= 0.97
    assert basses
    assert on_root / basses >= 0.4


@pytest.mark.parametrize("style", STYLE_IDS)
def test_same_plan_same_piece_and_another_seed_another_piece(style: str) -> None:
    assert compose(score_plan(style, seed=3)) == compose(score_plan(style, seed=3))
    one, other = (
        {(round(note.start_samples / 6_000), note.pitch) for note in notes_of(compose(score_plan(style, seed=seed)))}
        for seed in (3, 4)
    )
    assert len(one & other) / len(one | other) < 0.8


@pytest.mark.parametrize("style", STYLE_IDS)
def test_a_change_in_one_section_leaves_the_others_alone(style: str) -> None:
    plan = score_plan(style, seed=8)
    edited = tuple(
        (role, bars, 0.75) if number == 3 else (role, bars, energy) for number, (role, bars, energy) in enumerate(ARC)
    )
    before, after = compose(plan), compose(score_plan(style, seed=8, form=edited))
    first_beats = {beat.bar: beat.samples for beat in reversed(plan.beats)}
    untouched = [section for number, section in enumerate(plan.sections) if number not in (2, 3, 4)]
    for section in untouched:
        end_bar = section.first_bar + section.bars
        start = first_beats[section.first_bar] + 4_800  # the energy's ramp out of the changed shot
        end = first_beats.get(end_bar, plan.duration_samples)

        def inside(piece: Piece, start: int = start, end: int = end) -> list[tuple[str, Note]]:
            notes = [(part.patch, note) for part in piece.parts for note in part.notes]
            return [(patch, note) for patch, note in notes if start <= note.start_samples < end]

        assert inside(before) == inside(after), section


@pytest.mark.parametrize("share", [0.0, 0.6])
@pytest.mark.parametrize("style", STYLE_IDS)
def test_a_stretch_has_the_notes_of_the_whole(style: str, share: float) -> None:
    plan = score_plan(style, seed=8, form=(*ARC[:-1], *ARC), off_beat_share=0.3)
    start = round(share * plan.duration_samples)
    end = start + 100_000
    whole, near = compose(plan), compose(plan, stretch=(start, end))

    def heard(piece: Piece) -> list[tuple[str, str, Note]]:
        notes = [(part.name, part.patch, note) for part in piece.parts for note in part.notes]
        return [
            (name, patch, note)
            for name, patch, note in notes
            if note.start_samples < end and note.start_samples + note.duration_samples > start
        ]

    assert heard(near) == heard(whole) != []
    assert len(notes_of(near)) < 0.4 * len(notes_of(whole))
    assert (near.chords, near.master, near.brightness) == (whole.chords, whole.master, whole.brightness)


@pytest.mark.parametrize("style", STYLE_IDS)
def test_more_energy_means_more_and_louder_notes(style: str) -> None:
    def weight(energy: float) -> float:
        plan = score_plan(style, form=((SectionRole.GROOVE, 12, energy),), hit_every_beats=100, ending=Ending.CUT)
        # Power the way a listener sums it: loudness of each note, however many at once.
        return sum(note.velocity**2 * min(note.duration_samples, 24_000) for note in notes_of(compose(plan)))

    weights = [weight(energy) for energy in (0.1, 0.3, 0.5, 0.7, 0.9)]
    assert weights == sorted(weights)
    assert weights[-1] > 3 * weights[0]


def test_the_ring_out_is_the_tonic_held_to_the_last_sample() -> None:
    plan = score_plan("cinematic", key="D minor")
    piece = compose(plan)
    final = plan.beats[plan.final_beat].samples
    assert piece.chords[-1].root == 2
    assert all(note.start_samples <= final or note.function is NoteFunction.ENDING for note in notes_of(piece))
    assert any(
        note.start_samples == final and note.start_samples + note.duration_samples == plan.duration_samples
        for note in notes_of(piece)
    )


def test_the_band_rests_before_a_heavy_hit() -> None:
    plan = score_plan("rock", form=((SectionRole.GROOVE, 12, 0.8),), hit_every_beats=8, seed=2)
    heavy = [hit for hit in plan.hits if hit.weight >= 0.8 and hit.beat is not None and hit.beat < plan.final_beat]
    assert heavy
    drums = next(part for part in compose(plan).parts if part.name == "drums")
    tempo = tempo_of(plan)
    for hit in heavy:
        assert hit.beat is not None
        rest = range(tempo.sample_at(hit.beat - Fraction(1, 2)), tempo.sample_at(hit.beat))
        assert not any(note.start_samples in rest for note in drums.notes)


def test_cuts_on_sixteenths_are_not_accented() -> None:
    import dataclasses

    from vem_core.contract.plan import Landing

    plan = score_plan("house", hit_every_beats=1000, ending=Ending.CUT)
    hit = dataclasses.replace(plan.hits[0], landing=Landing.SUBDIVISION, beat=Fraction(41, 4))
    with_cut = dataclasses.replace(plan, hits=(hit,))
    without = dataclasses.replace(plan, hits=())
    assert compose(with_cut) == compose(without)


@pytest.mark.parametrize("style", STYLE_IDS)
def test_two_seconds_are_enough(style: str) -> None:
    plan = score_plan(style, form=((SectionRole.GROOVE, 1, 0.6),), bpm=120, tail_s=0.5, hit_every_beats=2)
    assert len(notes_of(compose(plan))) >= 8


@pytest.mark.parametrize("style", STYLE_IDS)
def test_a_plan_without_beats_or_cuts_still_gets_music(style: str) -> None:
    plan = ScorePlan(
        duration_samples=480_000,
        beats=(),
        hits=(),
        sections=(),
        shot_starts_samples=(0,),
        shot_energies=(0.5,),
        style=style,
        mood="calm",
        key="C major",
        bend=score_plan().bend,
        ending=Ending.FADE,
        final_beat=0,
        seed=1,
    )
    starts = sorted(note.start_samples for note in notes_of(compose(plan)))
    assert starts[0] < 4_800
    assert starts[-1] > 400_000
    assert max(later - earlier for earlier, later in itertools.pairwise(starts)) < 240_000


def test_an_unknown_key_or_style_is_refused() -> None:
    with pytest.raises(DirectionError):
        compose(score_plan("cinematic", key="H minor"))
    with pytest.raises(DirectionError):
        compose(score_plan("polka"))


@pytest.mark.parametrize("style", STYLE_IDS)
@pytest.mark.parametrize("lead_in_s", [0.3, 2.9])
def test_something_sounds_from_the_first_sample_to_the_last(style: str, lead_in_s: float) -> None:
    plan = score_plan(style, lead_in_s=lead_in_s, ending=Ending.CUT, tail_s=1.0)
    sounding = 0
    for note in sorted(notes_of(compose(plan)), key=lambda note: note.start_samples):
        assert note.start_samples - sounding < 24_000, f"nothing sounds at {sounding / 48_000:.1f} s"
        sounding = max(sounding, note.start_samples + note.duration_samples)
    assert plan.duration_samples - sounding < 24_000


def test_a_late_first_beat_is_swelled_into() -> None:
    plan = score_plan("house", lead_in_s=0.35)
    swell = next(part for part in compose(plan).parts if part.patch == "fx.reverse").notes[0]
    assert swell.start_samples == 0
    assert abs(swell.duration_samples - plan.beats[0].samples) <= 1
