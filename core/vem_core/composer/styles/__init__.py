"""The styles that are built in, and the choice among them.

>>> style_by_id("house").name
'House'
"""

from __future__ import annotations

import functools
import re
import tomllib
from importlib import resources

from vem_core.audio.chroma import PITCH_CLASSES
from vem_core.composer.chance import chance
from vem_core.composer.keys import Key
from vem_core.composer.style import Style
from vem_core.contract.codec import from_json
from vem_core.contract.errors import ContractError, DirectionError

DEFAULT_STYLE = "cinematic"
"""What is played where no word says anything of a style."""


_LIGHT = {
    "bright",
    "happy",
    "joyful",
    "uplifting",
    "hopeful",
    "optimistic",
    "warm",
    "triumphant",
    "playful",
    "cheerful",
}
_SHADE = {"dark", "sad", "tense", "melancholic", "angry", "eerie", "sombre", "somber", "mysterious", "ominous"}


def load_style(text: str, name: str) -> Style:
    """The style in a TOML text; `name` is what errors call it.

    Raises ContractError naming the place that is missing, unknown, of the wrong type or unreadable.
    """
    try:
        return from_json(Style, tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as error:
        raise ContractError(f"{name} is not TOML: {error}.") from error


def list_styles() -> tuple[Style, ...]:
    """Every built-in style, by id."""
    return tuple(_styles().values())


def style_by_id(style_id: str) -> Style:
    """The style of that id. Raises DirectionError if there is none."""
    try:
        return _styles()[style_id]
    except KeyError:
        raise DirectionError(f"There is no style {style_id!r}.", hint=f"Styles: {', '.join(_styles())}.") from None


def tempo_range(style: str | Style) -> tuple[float, float]:
    """The lowest and highest tempo of a style, in BPM. Raises DirectionError for an unknown id."""
    sheet = style if isinstance(style, Style) else style_by_id(style)
    return sheet.tempo.low_bpm, sheet.tempo.high_bpm


def default_mood(style: str | Style) -> str:
    """The mood of a style where nobody asks for one. Raises DirectionError for an unknown id."""
    return (style if isinstance(style, Style) else style_by_id(style)).mood


def choose_key(style: str | Style, seed: int, mood: str = "") -> str:
    """A key for a piece where nobody asks for one, such as "Eb lydian": the style's likelier modes come more often.

    A mood of light or of shade leaves only the modes on its side. Raises DirectionError for an unknown id.
    """
    sheet = style if isinstance(style, Style) else style_by_id(style)
    dice = chance(seed, "key", sheet.id)
    tonic = dice.choice(PITCH_CLASSES)
    words = set(re.findall(r"[a-z]+", mood.lower()))
    wanted = {True} if words & _LIGHT else {False} if words & _SHADE else {True, False}
    modes = [mode for mode in sheet.modes if Key.parse(f"C {mode}").is_major in wanted] or list(sheet.modes)
    mode = dice.choices(modes, [0.5**place for place in range(len(modes))])[0]
    return f"{tonic} {mode}"


def choose_style(words: str) -> str | None:
    """The id of the style that a brief asks for, by its words; None where nothing in it says.

    A style's own name counts most, then phrases over single words, then more words over fewer.
    """
    text = f" {' '.join(_stem(word) for word in re.findall(r'[a-z0-9]+', words.lower()))} "
    scores = {
        style.id: sum(_score(phrase, text) for phrase in (style.id, style.name, *style.words))
        for style in list_styles()
    }
    best = max(scores, key=lambda style_id: scores[style_id])
    return best if scores[best] > 0 else None


def _score(phrase: str, text: str) -> float:
    words = [_stem(word) for word in re.findall(r"[a-z0-9]+", phrase.lower())]
    return len(words) ** 1.5 if f" {' '.join(words)} " in text else 0.0


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


@functools.cache
def _styles() -> dict[str, Style]:
    files = sorted(
        (entry for entry in resources.files(__name__).iterdir() if entry.name.endswith(".toml")),
        key=lambda entry: entry.name,
    )
    styles = [load_style(entry.read_text(encoding="utf-8"), entry.name) for entry in files]
    return {style.id: style for style in styles}
