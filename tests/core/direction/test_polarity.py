"""Whether an instrument is wanted, in the ways that people say it: 1,100 sentences of six languages.

`wanted.json` holds them: what takes drums out, what leaves a piano alone, what exchanges drums for a piano, and what
keeps drums in. The grammar was mended on them; what they hold is that none is ever turned into its opposite.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vem_core.direction import read_words

SENTENCES: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parent / "wanted.json").read_text(encoding="utf-8")
)
LANGUAGES = sorted(SENTENCES)
LEAST_OBEYED = 0.95


def _wishes(sentence: str) -> tuple[set[str], set[str], set[str]]:
    """What the sentence puts in, takes out and leaves alone."""
    said = read_words(sentence)
    return {*said.with_, *said.only}, set(said.without), set(said.only)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_refused_never_plays(language: str) -> None:
    read = [_wishes(sentence) for sentence in SENTENCES[language]["out"]]
    assert not any("drums" in inside for inside, _, _ in read)
    assert sum("drums" in outside for _, outside, _ in read) >= LEAST_OBEYED * len(read)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_plays_alone_is_never_refused(language: str) -> None:
    read = [_wishes(sentence) for sentence in SENTENCES[language]["only"]]
    assert not any("piano" in outside for _, outside, _ in read)
    assert sum(alone == {"piano"} for _, _, alone in read) >= 0.9 * len(read)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_exchange_goes_one_way(language: str) -> None:
    read = [_wishes(sentence) for sentence in SENTENCES[language]["exchanged"]]
    assert not any("drums" in inside or "piano" in outside for inside, outside, _ in read)
    assert sum("piano" in inside and "drums" in outside for inside, outside, _ in read) >= LEAST_OBEYED * len(read)


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_negations_put_in(language: str) -> None:
    read = [_wishes(sentence) for sentence in SENTENCES[language]["kept"]]
    assert not any("drums" in outside for _, outside, _ in read)
    assert sum("drums" in inside for inside, _, _ in read) >= 0.9 * len(read)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("I do not want to hear a single ukulele", "ukulele"),
        ("we don't need a single guitar in this", "guitar"),
        ("no single guitar", "guitar"),
        ("kein einziges Klavier bitte", "piano"),
        ("no quiero oír ni un solo tambor", "drums"),
        ("je ne veux pas entendre un seul piano", "piano"),
        ("indie pop joyeuse, par contre personne qui siffle", "whistling"),
        ("The piano, even if it is a kids film, I'd rather leave out.", "piano"),
        ("Auf Glockenspiel würde ich in diesem Film, auch wenn er für Kinder ist, gern verzichten.", "glockenspiel"),
        ("Le piano, même si tout le monde l'aime, on s'en passe", "piano"),
        ("配乐中不得出现钢琴", "piano"),
    ],
)
def test_not_a_single_one_and_refusals_behind_a_concession(text: str, without: str) -> None:
    said = read_words(text)
    assert without in said.without
    assert without not in (*said.with_, *said.only)
