"""What is heard on a temp track fills what nobody said: below controls, words and markers, above names and pictures."""

from __future__ import annotations

import dataclasses

from fakes.film import film
from vem_core.contract.brief import MusicBrief, Source
from vem_core.contract.request import Direction
from vem_core.contract.temp_track import TempTrack
from vem_core.direction import direct
from vem_core.direction.following import followed

HEARD = TempTrack((118.0, 126.0), "D minor", 0.1, (0.2, None, 0.9), ("house", "techno"))
SKY = (120, 190, 250)


def directed(names: tuple[str, ...] = (), **own: object) -> MusicBrief:
    direction = dataclasses.replace(Direction(), **own).following(HEARD)  # type: ignore[arg-type]
    request, jpegs = film([SKY] * 3, shot_frames=200, direction=direction, names=names)
    return direct(request, jpegs)


def test_it_fills_what_nobody_said_and_says_so() -> None:
    brief = directed()
    sources = {brief.style.from_, brief.tempo_bpm.from_, brief.key.from_, brief.shots[0].from_, brief.arc[0].from_}
    assert sources == {Source.TEMP_TRACK}
    assert (brief.style.id, brief.key.tonic, brief.key.mode) == ("house", "D", "minor")
    assert (brief.tempo_bpm.low, brief.tempo_bpm.high) == (118.0, 126.0)
    assert (brief.shots[0].energy, brief.shots[2].energy) == (0.2, 0.9)
    assert brief.shots[1].from_ is not Source.TEMP_TRACK  # it is silent there
    assert brief.mood.from_ is Source.PICTURE  # a temp track tells no mood


def test_words_outrank_it() -> None:
    brief = directed(prompt="slow jazz in C major at 70 bpm, starts loud and gets quiet")
    assert brief.style.id == "jazz"
    assert brief.style.from_ is brief.tempo_bpm.from_ is brief.key.from_ is Source.WORDS
    assert brief.tempo_bpm.high < 80
    assert brief.shots[0].energy > brief.shots[2].energy
    assert not brief.conflicts
    assert directed(prompt="only piano").style.from_ is not Source.TEMP_TRACK


def test_controls_outrank_it_and_the_planner_takes_what_the_brief_says() -> None:
    brief = directed(style="ambient", key="C major", shot_energies=(0.7, None, None))
    assert (brief.style.id, brief.style.from_) == ("ambient", Source.EDITOR)
    assert (brief.key.tonic, brief.key.from_) == ("C", Source.EDITOR)
    assert [shot.energy for shot in brief.shots][::2] == [0.7, 0.9]
    assert brief.shots[0].from_ is Source.EDITOR
    assert followed(Direction().following(HEARD), brief).tempo_bpm == (118.0, 126.0)


def test_it_outranks_the_names_of_clips() -> None:
    named = directed(names=("techno club", "techno club", "techno club"))
    assert (named.style.id, named.style.from_) == ("house", Source.TEMP_TRACK)


def test_one_energy_for_the_whole_leaves_no_curve_to_it() -> None:
    brief = directed(energy=0.5)
    assert Source.TEMP_TRACK not in {shot.from_ for shot in brief.shots}
