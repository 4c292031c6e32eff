"""The grammar: what words ask for, in six languages, and what they do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vem_core.composer.instruments import instruments
from vem_core.contract.brief import MOST_PROMPT_CHARACTERS
from vem_core.contract.errors import DirectionError
from vem_core.direction import read_words
from vem_core.direction.languages import language_of
from vem_core.direction.lexicon import LANGUAGES, genres, lexicon_of, moods
from vem_core.direction.numerals import number_words

PROMPTS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "prompts.json").read_text(encoding="utf-8"))
WITHOUT_MUSIC = [entry["prompt"] for entry in PROMPTS if entry["kind"] == "none"]


@pytest.mark.parametrize("entry", PROMPTS, ids=lambda entry: entry["id"])
def test_the_language_of_a_prompt_is_told_where_it_says_anything(entry: dict[str, Any]) -> None:
    if entry["kind"] != "none" and not read_words(entry["prompt"]).is_empty:
        universal = language_of(entry["prompt"]) == "en" and entry["prompt"].isascii()
        assert universal or language_of(entry["prompt"]) == entry["language"]


@pytest.mark.parametrize("prompt", WITHOUT_MUSIC)
def test_words_without_musical_content_ask_for_nothing_and_are_said_to_be_not_understood(prompt: str) -> None:
    said = read_words(prompt)
    assert said.is_empty
    assert said.not_understood


@pytest.mark.parametrize(
    ("prompt", "only", "with_", "without"),
    [
        ("sad solo piano", ["piano"], [], []),
        ("only strings", ["strings"], [], []),
        ("nothing but drums", ["drums"], [], []),
        ("bass and drums only", ["bass", "drums"], [], []),
        ("piano and cello duet", ["piano", "cello"], [], []),
        ("a rock track with a guitar solo", [], ["guitar"], []),
        ("no drums, bass or guitar", [], [], ["drums", "bass", "guitar"]),
        ("without piano, guitar and choir", [], [], ["piano", "guitar", "choir"]),
        ("no drums, piano and strings", [], ["piano", "strings"], ["drums"]),
        ("no drums, only piano", ["piano"], [], ["drums"]),
        ("neither drums nor bass", [], [], ["drums", "bass"]),
        ("keep the drums out", [], [], ["drums"]),
        ("more strings, fewer drums", [], ["strings"], []),
        ("not too many strings", [], [], []),
        ("piano instead of guitar", [], ["piano"], ["guitar"]),
        ("strings, but no violins", [], ["strings"], ["violin"]),
        ("no melody, no beat", [], [], ["melody", "drums"]),
        ("sans percussions, avec du piano et des violons", [], ["piano", "violin"], ["percussion"]),
        ("weder Schlagzeug noch Bass", [], [], ["drums", "bass"]),
        ("statt Klavier lieber Gitarre", [], ["guitar"], ["piano"]),
        ("trauriges Soloklavier", ["piano"], [], []),
        ("sin guitarra ni piano, solo percusión", ["percussion"], [], ["guitar", "piano"]),
        ("只用钢琴和小提琴", ["piano", "violin"], [], []),
        ("鋼琴獨奏，不要鼓", ["piano"], [], ["drums"]),
        ("ベースとドラムのみ", ["bass", "drums"], [], []),
        ("ドラムとベースなし", [], [], ["drums", "bass"]),
        ("ピアノの代わりにギター", [], ["guitar"], ["piano"]),
        ("ブロックとトラックの話", [], [], []),  # a block holds no rock
    ],
)
def test_only_with_and_without_reach_what_they_should(
    prompt: str, only: list[str], with_: list[str], without: list[str]
) -> None:
    said = read_words(prompt)
    assert (sorted(said.only), sorted(said.with_), sorted(said.without)) == (
        sorted(only),
        sorted(with_),
        sorted(without),
    )


@pytest.mark.parametrize(
    ("prompt", "genre"),
    [
        ("house", "house"),
        ("not techno, rather house", "house"),
        ("A house in the country with three bedrooms and a garage", None),
        ("The trap he set himself", None),
        ("trap beats", "trap"),
        ("rock for a surf film", "rock"),
        ("the rock by the sea", None),
        ("I hate techno. Give me jazz.", "jazz"),
        ("ロックじゃなくてポップで", "pop"),
        ("kein Techno, lieber Funk", "funk"),
    ],
)
def test_a_word_is_a_genre_only_in_the_company_of_music(prompt: str, genre: str | None) -> None:
    found = read_words(prompt).genres
    assert (found[-1].genre if found else None) == genre


@pytest.mark.parametrize(
    ("prompt", "low", "high"),
    [
        ("120 bpm", 118, 122),
        ("between 80 and 90 BPM", 80, 90),
        ("under 100 bpm", 70, 100),
        ("80 BPM or slower", 50, 80),
        ("at least 120 bpm", 120, 150),
        ("tempo: 96", 94, 98),
        ("cent vingt battements par minute", 118, 122),
        ("hundertzwanzig bpm", 118, 122),
        ("一百二十拍每分钟", 118, 122),
        ("テンポは120", 118, 122),
        ("entre 130 y 140 bpm", 130, 140),
    ],
)
def test_stated_tempi_are_read_to_within_two_beats_a_minute(prompt: str, low: float, high: float) -> None:
    tempos = [wish for wish in read_words(prompt).tempos if wish.stated]
    assert len(tempos) == 1
    assert low <= tempos[0].numbers[0] <= tempos[0].numbers[1] <= high


@pytest.mark.parametrize("prompt", ["24 fps, 4K", "3 bedrooms", "120 km/h", "in 2024", "room 120", "at 14:30"])
def test_other_numbers_are_no_tempi(prompt: str) -> None:
    assert read_words(prompt).tempos == ()


@pytest.mark.parametrize(
    ("prompt", "tonic", "mode"),
    [
        ("in A minor", "A", "minor"),
        ("F#m", "F#", "minor"),
        ("Bb major", "Bb", "major"),
        ("D dorian", "D", "dorian"),
        ("H-Moll", "B", "minor"),
        ("in fis-Moll", "F#", "minor"),
        ("en si bemol mayor", "Bb", "major"),
        ("en fa dièse majeur", "F#", "major"),
        ("降E大调", "Eb", "major"),
        ("イ短調で", "A", "minor"),
        ("変ロ長調", "Bb", "major"),
    ],
)
def test_keys_are_read_as_each_language_writes_them(prompt: str, tonic: str, mode: str) -> None:
    assert [(key[0], key[1]) for key in read_words(prompt).keys] == [(tonic, mode)]


def test_a_minor_problem_is_no_key() -> None:
    assert read_words("a minor problem at the plant").is_empty


@pytest.mark.parametrize(
    ("prompt", "arc"),
    [
        ("start quiet and build to a huge climax", "up"),
        ("beginnt leise und steigert sich bis zum Schluss", "up"),
        ("从强到弱，慢慢消失", "down"),
        ("最後は静かに終わる、最初は激しく", "down"),
        ("sube hasta la mitad y luego se calma", "hill"),
        ("loud start then quiet", "down"),
        ("from calm to intense", "up"),
        ("von leise zu laut", "up"),
        ("fade in", "up"),
        ("だんだん静かになる", "down"),
        ("laut am Anfang, leise in der Mitte, laut am Ende", "valley"),
    ],
)
def test_arcs_go_where_the_words_say(prompt: str, arc: str) -> None:
    points = dict(read_words(prompt).arc)
    first, last, middle = points[0.0], points[1.0], points.get(0.5, 0.5)
    shape = {"up": first < last, "down": first > last, "hill": middle > max(first, last),
             "valley": middle < min(first, last)}  # fmt: skip
    assert shape[arc]


def test_a_named_moment_is_where_its_marker_stands() -> None:
    said = read_words("drops at the logo", labels={"Logo": 12.5})
    assert max(said.arc, key=lambda point: point[1])[0] == pytest.approx(1012.5)


def test_moods_after_then_follow_the_ones_before() -> None:
    said = read_words("restless, then open and hopeful")
    assert [(wish.mood, wish.phase) for wish in said.moods] == [("restless", 0), ("open", 1), ("hopeful", 1)]


def test_too_long_a_prompt_is_refused_in_a_sentence() -> None:
    with pytest.raises(DirectionError, match="at most 2,000"):
        read_words("la " * MOST_PROMPT_CHARACTERS)


def test_a_script_that_nobody_here_reads_is_not_understood() -> None:
    said = read_words("Музыка для фильма")
    assert said.is_empty
    assert said.not_understood == ("Музыка для фильма",)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error_and_the_same_twice(text: str) -> None:
    said = read_words(text)
    assert said == read_words(text)
    for words in said.not_understood:
        assert words in " ".join(text.split())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LANGUAGES), st.data())
def test_every_word_of_an_instrument_is_refused_by_a_no(language: str, data: st.DataObject) -> None:
    no = {"en": "no {}", "zh": "不要{}", "ja": "{}なし", "es": "sin {}", "de": "ohne {}", "fr": "sans {}"}[language]
    word = {"en": "drums", "zh": "鼓", "ja": "ドラム", "es": "batería", "de": "Schlagzeug", "fr": "batterie"}[language]
    other = data.draw(st.sampled_from(["piano", "drums"]))
    piano = {"zh": "钢琴", "ja": "ピアノ", "de": "Klavier"}.get(language, "piano")
    said = read_words(no.format(word if other == "drums" else piano))
    assert said.without == (other,)
    assert said.with_ == said.only == ()


def test_the_lexicons_name_only_what_there_is() -> None:
    for language in LANGUAGES:
        lexicon = lexicon_of(language)
        for terms in lexicon._phrases.values():
            for term in terms:
                known = {"instrument": set(instruments()), "genre": set(genres()), "mood": set(moods())}
                assert term.value in known.get(term.kind, {term.value}), (language, term)
    for genre in genres().values():
        assert not genre.mood or genre.mood in moods()


def test_the_lexicon_is_as_wide_as_it_should_be() -> None:
    assert len(genres()) >= 60
    assert len(instruments()) >= 60
    assert len(moods()) >= 80


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_written_in_one_way_only(language: str) -> None:
    words = number_words(language)
    assert set(words.values()) == set(range(1, 300))
