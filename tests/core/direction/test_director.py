"""The director: who outranks whom, what pictures decide, what a re-cut keeps, and what the planner is given."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from fakes.film import Colour, film
from vem_core.composer.composition import compose
from vem_core.contract.brief import MusicBrief, Source
from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import DirectionError
from vem_core.contract.plan import Arc, Ending
from vem_core.contract.recut import EarlierTake, Recut
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.direction import direct
from vem_core.direction.following import arc_of_words, casting_of, followed
from vem_core.direction.sight import movement
from vem_core.pipeline.planning import plan_as_briefed
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.tracking.base import TrackedBeats
from vem_core.rhythm.weights import weigh_cuts

GREY: Colour = (110, 110, 110)
BLOOD: Colour = (46, 2, 2)
SKY: Colour = (120, 190, 250)


def directed(prompt: str = "", colours: tuple[Colour, ...] = (GREY,) * 6, **direction: object) -> MusicBrief:
    asked = dataclasses.replace(Direction(prompt=prompt), **direction)  # type: ignore[arg-type]
    request, jpegs = film(colours, shot_frames=100, direction=asked)
    return direct(request, jpegs)


def test_the_same_request_gives_the_same_brief_and_it_survives_the_wire() -> None:
    brief = directed("restless, then open and hopeful")
    assert dumps(brief) == dumps(directed("restless, then open and hopeful"))
    assert loads(MusicBrief, dumps(brief)) == brief


def test_an_empty_prompt_leaves_everything_open() -> None:
    brief = directed()
    sources = {brief.style.from_, brief.tempo_bpm.from_, brief.key.from_, brief.meter.from_, brief.mood.from_}
    assert sources == {Source.DEFAULT}
    assert brief.key.tonic is None
    assert brief.key.mode is None
    assert not brief.notices
    assert not brief.understood


@pytest.mark.parametrize("words", ["Version 3 for the client, please review by Friday", "第二场第五镜头", "asdf qwer"])
def test_words_without_music_change_nothing_but_what_is_not_understood(words: str) -> None:
    plain, brief = directed(), directed(words)
    assert brief.not_understood
    assert dataclasses.replace(brief, not_understood=()) == plain


def test_controls_outrank_words_and_what_lost_is_said() -> None:
    brief = directed("fast techno in C major at 130 bpm", style="ambient", key="A minor", tempo_bpm=(60.0, 70.0))
    assert (brief.style.id, brief.style.from_, brief.style.asked) == ("ambient", Source.EDITOR, "techno")
    assert (brief.tempo_bpm.low, brief.tempo_bpm.from_) == (60.0, Source.EDITOR)
    assert (brief.key.tonic, brief.key.mode) == ("A", "minor")
    assert {conflict.lost for conflict in brief.conflicts} == {"C major", "at 130 bpm", "fast"}


def test_a_number_beats_an_adjective_and_later_beats_earlier() -> None:
    brief = directed("very fast, 80 bpm")
    assert brief.tempo_bpm.high - brief.tempo_bpm.low <= 12
    assert brief.tempo_bpm.low <= 80 <= brief.tempo_bpm.high
    assert [(each.lost, each.reason) for each in brief.conflicts] == [("very fast", "a number beats an adjective")]
    later = directed("A minor, no, D major")
    assert (later.key.tonic, later.key.mode) == ("D", "major") or later.key.tonic == "A"
    assert directed("slow ... rather fast").tempo_bpm.low >= 110


def test_what_the_style_cannot_do_is_said_beforehand() -> None:
    brief = directed("slow techno with harmonica in 3/4")
    assert any("3 beats" in sentence for sentence in brief.cannot)
    assert not any("harmonica" in sentence for sentence in brief.cannot)
    assert any("Techno" in sentence and "BPM" in sentence for sentence in brief.cannot)
    assert set(brief.cannot) <= set(brief.notices)


def test_a_style_that_was_set_outranks_the_words_and_it_is_said() -> None:
    brief = directed("synthwave that starts quiet", style="house")
    assert brief.style.id == "house"
    assert brief.cannot == ("The words ask for synthwave; House is played, as the style was set.",)


def test_a_mood_that_nobody_knows_is_said_not_to_be_understood() -> None:
    brief = directed(mood="xyzzy")
    assert "xyzzy" in brief.not_understood
    assert brief.mood.from_ is Source.DEFAULT


def test_a_style_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DirectionError, match="no style"):
        directed(style="polka-core")


def test_the_blood_red_film_is_no_wedding_and_the_sky_no_horror() -> None:
    blood, sky = directed(colours=(BLOOD,) * 8), directed(colours=(SKY,) * 8)
    assert blood.mood.from_ is sky.mood.from_ is Source.PICTURE
    assert blood.mood.valence < -0.2 < 0.2 < sky.mood.valence
    assert blood.style.id != sky.style.id
    assert blood.style.id not in ("acoustic", "corporate", "funk")
    assert (blood.key.mode, sky.key.mode) != ("major", "minor")


def test_grey_footage_without_motion_says_little_and_is_not_sure() -> None:
    brief = directed(colours=(GREY,) * 8)
    assert brief.style.from_ is brief.mood.from_ is Source.DEFAULT
    assert brief.mood.sureness == brief.style.sureness == 0


def test_words_outrank_the_picture_and_the_picture_can_be_ignored() -> None:
    told = directed("joyful and bright", colours=(BLOOD,) * 8)
    assert told.mood.from_ is Source.WORDS
    assert told.mood.valence > 0.3
    ignored = directed(colours=(BLOOD,) * 8, ignore_picture=True)
    assert dataclasses.replace(ignored, shots=()) == dataclasses.replace(
        directed(colours=(SKY,) * 8, ignore_picture=True), shots=()
    )


def test_shots_that_look_otherwise_have_other_energies_and_valences() -> None:
    brief = directed(colours=(SKY, SKY, SKY, BLOOD, BLOOD, BLOOD))
    assert brief.shots[0].valence > brief.shots[-1].valence
    assert {shot.from_ for shot in brief.shots} == {Source.PICTURE}
    assert max(range(6), key=lambda shot: brief.shots[shot].change or 0) == 3


def test_an_arc_in_words_is_the_arc_of_the_shots_and_of_the_brief() -> None:
    brief = directed("start quiet and build to a huge climax")
    energies = [shot.energy for shot in brief.shots]
    assert energies == sorted(energies)
    assert energies[-1] - energies[0] > 0.5
    assert len(brief.arc) >= 4
    assert (brief.arc[0].at_s, brief.arc[-1].at_s) == (0.0, 24.0)
    assert {point.from_ for point in brief.arc} == {Source.WORDS}


@pytest.mark.parametrize(("words", "arc"), [("builds slowly", Arc.RISE), ("steady energy throughout", Arc.STEADY)])
def test_the_plan_names_the_arc_that_words_ask_for_whatever_the_seed(words: str, arc: Arc) -> None:
    request, _ = film([GREY] * 4, shot_frames=100, direction=Direction(prompt=words))
    for seed in (1, 2):
        asked = dataclasses.replace(request, seed=seed)
        assert plan_as_briefed(asked, direct(asked), weigh_cuts(asked.sheet)).arc is arc


def test_without_an_arc_in_words_or_with_one_like_none_that_has_a_name_the_seed_draws_it() -> None:
    assert arc_of_words(directed("bright and joyful")) is None
    assert arc_of_words(directed("slowly fades away")) is None


def test_words_on_a_shot_are_that_shots() -> None:
    asked = Direction(shot_words=("", "no drums", "", "sad", "", ""))
    request, jpegs = film([GREY] * 6, shot_frames=100, direction=asked)
    brief = direct(request, jpegs)
    assert brief.instruments.without == ()
    assert brief.shots[1].without == ("drums",)
    assert brief.shots[3].valence < min(brief.shots[0].valence, -0.3)
    plan = plan_as_briefed(request, brief, weigh_cuts(request.sheet))
    drums = next(part for part in compose(plan).parts if part.name == "drums")
    begin, end = plan.shot_starts_samples[1], plan.shot_starts_samples[2]
    bar_samples = plan.beats[4].samples - plan.beats[0].samples
    assert not [note for note in drums.notes if begin + bar_samples / 2 < note.start_samples < end - bar_samples / 2]
    assert drums.notes


def test_an_editors_own_numbers_for_shots_stand() -> None:
    brief = directed("very quiet", shot_energies=(0.9, None, None, None, None, 0.1))
    assert (brief.shots[0].energy, brief.shots[0].from_) == (0.9, Source.EDITOR)
    assert (brief.shots[5].energy, brief.shots[5].from_) == (0.1, Source.EDITOR)
    assert brief.shots[2].energy < 0.5


def test_the_plan_is_what_the_brief_says() -> None:
    request, jpegs = film(
        [GREY] * 6, shot_frames=100, direction=Direction(prompt="solo piano in A minor, 84 bpm, fades out at the end")
    )
    brief = direct(request, jpegs)
    plan = plan_as_briefed(request, brief, weigh_cuts(request.sheet))
    assert (plan.style, plan.mood, plan.key) == (brief.style.id, brief.mood.word, "A minor")
    assert plan.casting == casting_of(brief, request.sheet)
    assert plan.shot_energies == tuple(shot.energy for shot in brief.shots)
    assert followed(request.direction, brief).tempo_bpm == (brief.tempo_bpm.low, brief.tempo_bpm.high)
    bpm = 60 * 48_000 / np.median(np.diff([beat.samples for beat in plan.beats]))
    assert 82 < bpm < 86
    assert plan.ending in (Ending.RING_OUT, Ending.FADE)


def _earlier(request: ScoreRequest, brief: MusicBrief) -> EarlierTake:
    plan = plan_as_briefed(request, brief, weigh_cuts(request.sheet))
    beats = TrackedBeats(tuple(beat.samples for beat in plan.beats), ())

    class Tracker:
        tracker_id, licence_note = "plan", ""

    report = measure_alignment(request.sheet, beats, Tracker())  # type: ignore[arg-type]
    return EarlierTake(1, request.sheet, plan, report, "sketch", direction=request.direction, brief=brief)


def test_a_refit_keeps_the_earlier_brief_but_for_new_shots() -> None:
    request, jpegs = film([SKY, GREY, SKY, GREY], shot_frames=100, rate=Fraction(25))
    brief = direct(request, jpegs)
    again, more = film([SKY, GREY, SKY, GREY, BLOOD], shot_frames=100, rate=Fraction(25))
    again = dataclasses.replace(again, recut=Recut(_earlier(request, brief)))
    kept = direct(again, more)
    fresh = direct(dataclasses.replace(again, recut=None), more)
    assert fresh.mood.valence != brief.mood.valence
    for name in ("style", "tempo_bpm", "key", "meter", "mood", "instruments", "density"):
        assert getattr(kept, name) == getattr(brief, name)
    assert len(kept.shots) == 5
    assert kept.shots[4].valence == fresh.shots[4].valence
    assert [shot.energy for shot in kept.shots[:4]] == [shot.energy for shot in brief.shots]


def test_other_words_for_the_whole_are_another_brief() -> None:
    request, jpegs = film([SKY] * 4, shot_frames=100)
    brief = direct(request, jpegs)
    asked = dataclasses.replace(request.direction, prompt="dark and menacing")
    again = dataclasses.replace(request, direction=asked, recut=Recut(_earlier(request, brief)))
    assert direct(again, jpegs).mood.valence < 0 < brief.mood.valence


def test_a_pan_is_the_cameras_and_a_dancer_is_an_objects_movement() -> None:
    random = np.random.default_rng(3)
    scene = np.kron(random.random((20, 40)), np.ones((4, 4)))[..., None].repeat(3, 2).astype(np.float32)
    pan = [scene[10:46, 10 + 3 * frame : 74 + 3 * frame] for frame in range(4)]
    still = [scene[10:46, 10:74].copy() for _ in range(4)]
    for frame, picture in enumerate(still):
        picture[8:28, 10 + 8 * frame : 24 + 8 * frame] = 1.0
    camera, unmoved = movement(pan, 0.04), movement([still[0]] * 4, 0.04)
    dancer = movement(still, 0.04)
    assert camera is not None
    assert dancer is not None
    assert unmoved is not None
    assert camera[0] == pytest.approx(3 / 64 / 0.04, rel=0.1)
    assert camera[1] < dancer[1]
    assert unmoved == (0.0, 0.0)
    assert movement(still[:1], 0.04) is None


def test_the_readmes_example_does_what_it_says() -> None:
    request, jpegs = film(
        [GREY] * 12, shot_frames=75, direction=Direction(prompt="restless, then open and hopeful", style="synthwave")
    )
    brief = direct(request, jpegs)
    assert brief.style.id == "synthwave"
    assert not brief.not_understood
    first, last = brief.shots[:6], brief.shots[6:]
    assert max(shot.valence for shot in first) < 0 < min(shot.valence for shot in last)
    plan = plan_as_briefed(request, brief, weigh_cuts(request.sheet))
    piece = compose(plan)
    middle = plan.duration_samples // 2
    tonics = [
        {
            chord.root
            for chord in piece.chords
            if (chord.start_samples >= middle) is late and chord.numeral in ("I", "i")
        }
        for late in (False, True)
    ]
    majors = [chord.start_samples >= middle for chord in piece.chords if chord.numeral.startswith("I")]
    assert any(majors)
    assert tonics[0] != tonics[1]


def test_a_phrase_that_means_a_mood_and_names_none_is_left_to_the_encoder() -> None:
    brief = directed("a lake at dawn before anyone is awake")
    assert brief.mood.word == "calm"
    assert not directed("a kettle in the office kitchen").understood
