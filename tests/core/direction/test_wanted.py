"""Whether a thing is wanted: putting in, taking out, bounds, senses, slips of the pen, and what nobody can tell."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vem_core.direction import read_words
from vem_core.direction.typos import is_one_slip


@pytest.mark.parametrize(
    ("prompt", "with_", "without"),
    [
        ("lose the piano, bring in some strings", ["strings"], ["piano"]),
        ("take the drums out and add a harp", ["harp"], ["drums"]),
        ("get rid of the bass. Add drums.", ["drums"], ["bass"]),
        ("swap the piano for strings", ["strings"], ["piano"]),
        ("saca el piano y pon unas cuerdas", ["strings"], ["piano"]),
        ("quita la batería, por favor, y el bajo", [], ["drums", "bass"]),
        ("la guitarra fuera, un arpa en su lugar", ["harp"], ["guitar"]),
        ("cambia el piano por un violín", ["violin"], ["piano"]),
        ("lass das Klavier weg, nimm eine Harfe dazu", ["harp"], ["piano"]),
        ("weg mit den Drums, Geige rein", ["violin"], ["drums"]),
        ("Schlagzeug rein und Klavier raus", ["drums"], ["piano"]),
        ("ersetze das Klavier durch eine Gitarre", ["guitar"], ["piano"]),
        ("enlève le piano et ajoute une harpe", ["harp"], ["piano"]),
        ("remplace le piano par une guitare", ["guitar"], ["piano"]),
        ("vire la guitare électrique, mets une acoustique à la place", ["acoustic-guitar"], ["electric-guitar"]),
        ("把钢琴去掉，加上吉他", ["guitar"], ["piano"]),
        ("去掉鼓，加点弦乐", ["strings"], ["drums"]),
        ("鼓不要，要钢琴", ["piano"], ["drums"]),
        ("把钢琴换成吉他", ["guitar"], ["piano"]),
        ("ドラム外して、ハープを足して", ["harp"], ["drums"]),
        ("ストリングス入れて、ドラムは抜いてください", ["strings"], ["drums"]),
        ("ピアノ抜き、代わりにギター", ["guitar"], ["piano"]),
        ("ドラムをギターに変えて", ["guitar"], ["drums"]),
        ("funk, sin vientos", [], ["winds"]),
    ],
)
def test_what_is_put_in_and_taken_out_is_told_apart(prompt: str, with_: list[str], without: list[str]) -> None:
    said = read_words(prompt)
    assert (list(said.with_), list(said.without), said.only) == (with_, without, ())


@pytest.mark.parametrize(
    "prompt",
    [
        "cello and piano, nothing else",
        "chelo y piano, nada más",
        "Cello und Klavier, sonst nichts",
        "violoncelle et piano, rien d'autre",
        "大提琴和钢琴，其他都不要",
        "チェロとピアノ、他はなし",
    ],
)
def test_nothing_else_leaves_the_named_instruments_alone(prompt: str) -> None:
    said = read_words(prompt)
    assert (sorted(said.only), said.with_, said.without) == (["cello", "piano"], (), ())


@pytest.mark.parametrize(
    "prompt", ["anything but techno", "todo menos techno", "alles außer Techno", "tout sauf la techno",
               "除了科技舞曲都可以", "テクノ以外で"]
)  # fmt: skip
def test_anything_but_refuses(prompt: str) -> None:
    said = read_words(prompt)
    assert "techno" in {wish.genre for wish in said.refused_genres}
    assert "techno" not in {wish.genre for wish in said.genres}


@pytest.mark.parametrize(
    "prompt", ["not sure about the drums", "no sé si batería", "nicht sicher ob Schlagzeug", "不确定要不要鼓",
               "pas sûr de la batterie", "ドラムを入れるかどうか"]
)  # fmt: skip
def test_a_wish_that_nobody_can_tell_is_named_and_not_acted_on(prompt: str) -> None:
    said = read_words(prompt)
    assert said.with_ == said.only == said.without == ()
    assert said.not_understood


@pytest.mark.parametrize(
    ("prompt", "low", "high"),
    [
        ("funk, 105ish, no horns", 100, 110),
        ("rock, no faster than 110", 80, 110),
        ("piano, 100 tops", 70, 100),
        ("lentito, eh, que no pase de 70", 40, 70),
        ("rock, no más de 120", 90, 120),
        ("Mäßig bewegt, so zwischen 90 und 100", 90, 100),
        ("ruhiges Klavier, höchstens 80", 50, 80),
        ("quatre-vingt-dix à la noire", 88, 92),
        ("piano, pas plus de 80", 50, 80),
        ("piano doux, environ quatre-vingt-dix", 86, 94),
        ("BPM一百三到一百四", 130, 140),
        ("钢琴，不超过九十", 60, 90),
        ("テンポは90まで、ピアノ", 60, 90),
        ("静かなピアノ、90くらい", 86, 94),
    ],
)
def test_bounds_and_rough_tempi_hold_without_a_unit_beside_music(prompt: str, low: float, high: float) -> None:
    stated = [wish for wish in read_words(prompt).tempos if wish.stated]
    assert len(stated) == 1
    assert low <= stated[0].numbers[0] <= stated[0].numbers[1] <= high


@pytest.mark.parametrize(
    "prompt",
    ["between 90 and 100", "no more than 70 people, sad piano", "sad piano, in 90 seconds", "reel 2, 60 of them, calm"],
)
def test_a_number_alone_or_of_something_else_is_no_tempo(prompt: str) -> None:
    assert not any(wish.stated for wish in read_words(prompt).tempos)


@pytest.mark.parametrize(
    "prompt",
    [
        "El señor bajo con gafas es el alcalde",
        "la batería de la cámara estaba al 5 %",
        "la batterie du drone était vide",
        "Der Auftakt der Messe ist am 12. Mai, Datum einblenden",
        "Die Firma Bass & Söhne",
        "fade in the title at the top",
        "the taxi horns in the street",
    ],
)
def test_musical_words_in_other_trades_ask_for_nothing(prompt: str) -> None:
    said = read_words(prompt)
    assert said.is_empty
    assert said.not_understood


@pytest.mark.parametrize(
    ("prompt", "meaning"),
    [("80er Syntwave", "style synthwave"), ("uplifitng", "mood uplifting"), ("melancholc mood", "mood melancholic")],
)
def test_one_slip_in_a_long_word_is_forgiven(prompt: str, meaning: str) -> None:
    assert meaning in {each.meaning for each in read_words(prompt).understood}


@settings(max_examples=100, deadline=None)
@given(st.text("abcdef", min_size=2, max_size=9), st.data())
def test_a_slip_is_one_edit(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    assert is_one_slip(word[:at] + word[at + 1 :], word)
    assert is_one_slip(word[:at] + "x" + word[at:], word)
    assert is_one_slip(word[:at] + "x" + word[at + 1 :], word)
    assert not is_one_slip(word, word)
    assert not is_one_slip(word[:at] + "xyz" + word[at + 1 :], word)


@pytest.mark.parametrize(
    ("prompt", "energies"),
    [
        ("ça démarre fort, creux au milieu, et final en apothéose", [0.85, 0.12, 1.0]),
        ("leise am Anfang, Einbruch in der Mitte, lauter Schluss", [0.2, 0.12, 0.85]),
        ("quiet start, dip in the middle, huge finish", [0.2, 0.12, 1.0]),
        ("starts quiet and hopeful, builds to a wild dance at night, then calm until the end", [0.2, 0.85, 0.2]),
        ("だんだん静かになって、最後は消えるように", [0.9, 0.12, 0.12]),
    ],
)
def test_arcs_are_read_point_by_point(prompt: str, energies: list[float]) -> None:
    points = dict(read_words(prompt).arc)
    assert [points[place] for place in (0.0, 0.5, 1.0)] == pytest.approx(energies)


@pytest.mark.parametrize(
    "prompt", ["seven eight", "a siete tiempos", "Siebenachteltakt", "à sept temps", "七拍子", "7拍子で"]
)
def test_seven_beats_are_counted_in_every_language(prompt: str) -> None:
    assert [beats for beats, _ in read_words(prompt).meters] == [7]
