"""What sounds like music in names of people, firms and streets is none; capitals alone prove nothing."""

from __future__ import annotations

import pytest

from vem_core.direction import read_words


@pytest.mark.parametrize(
    "text",
    [
        "interview with Mrs Sharp in her flat",
        "ask Viola in accounts",
        "the client is Bass & Partners",
        "Harper Street, exterior",
        "interview de M. Basson, bureau du directeur",
        "rue de la Harpe, extérieur jour",
        "entrevista en la calle Viola",
        "Interview mit Frau Moll in der Harfenstraße",
        "太鼓橋の空撮",
        "鼓楼大街外景",
        "音声は別録り",
        "Bass Pro Shops, parking lot",
    ],
)
def test_names_ask_for_nothing(text: str) -> None:
    assert read_words(text).is_empty


@pytest.mark.parametrize(
    ("text", "with_"),
    [
        ("Piano and Strings, please", ["piano", "strings"]),
        ("some Jazz with Piano", ["piano"]),
        ("PIANO AND DRUMS", ["piano", "drums"]),
        ("Klavier und Geige", ["piano", "violin"]),
        ("太鼓と笛", ["drums", "flute"]),
    ],
)
def test_capitals_alone_make_no_names(text: str, with_: list[str]) -> None:
    assert list(read_words(text).with_) == with_


def test_a_name_beside_music_leaves_the_music() -> None:
    said = read_words("for Mrs Harper: calm piano, no drums")
    assert (said.with_, said.without) == (("piano",), ("drums",))


@pytest.mark.parametrize(
    "text",
    [
        'the sign says "Jazz Bar", can you blur it',
        "Der Titel lautet „Tango für zwei“, bitte größer",
        "Titre définitif validé par la chaîne : « Blues de Camargue ». Merci de corriger le carton du début.",
        "El rótulo de la tienda ahora pone «Rocanrol, peluquería canina»",
        "片名《青春圆舞曲》的字幕要放大一号",
        "テロップは「ロックな男」に変更",
    ],
)
def test_what_a_sign_or_a_title_says_asks_for_nothing(text: str) -> None:
    assert read_words(text).is_empty


@pytest.mark.parametrize(
    ("text", "genre"),
    [
        ('the client wrote: "jazz please"', "jazz"),
        ("像《蓝色多瑙河圆舞曲》那样的音乐", "waltz"),
    ],
)
def test_quotation_marks_alone_make_no_titles(text: str, genre: str) -> None:
    assert genre in [wish.genre for wish in read_words(text).genres]
