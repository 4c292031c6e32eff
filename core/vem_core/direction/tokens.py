"""A text as tokens: words, numbers, signs, and single characters where a script writes no spaces."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

_CJK = "\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff66-\uff9f"
_TOKEN = re.compile(rf"\d+(?:\.\d+|,\d(?!\d))?|[{_CJK}]|(?:(?![{_CJK}])[^\W\d_])+|[^\s\w]|_")
_IDEOGRAPH = re.compile(f"[{_CJK}]")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_DIGITS = frozenset("0123456789")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word and where it stands in the text, [start, end)."""

    text: str
    raw: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it begins with a letter of any script."""
        return self.text[0].isalpha()

    @property
    def is_number(self) -> bool:
        """Whether the whole of it is a number."""
        text = self.text
        plain = text[0] in _DIGITS and text.isascii()
        return plain and (text.isdecimal() or _NUMBER.fullmatch(text) is not None)

    @property
    def is_katakana(self) -> bool:
        """Whether the whole of it is katakana, which Japanese writes loan words in."""
        return not self.text.isascii() and _KATAKANA.fullmatch(self.text) is not None

    @property
    def is_cjk(self) -> bool:
        """Whether it is a single character of a script that puts no spaces between words."""
        return not self.text.isascii() and _IDEOGRAPH.fullmatch(self.text) is not None


def tokenise(text: str, language: str, traditional: dict[str, str] | None = None) -> tuple[Token, ...]:
    """The tokens of a text, folded as the language's lexicon is: `traditional` maps characters to simplified ones."""
    found = []
    for match in _TOKEN.finditer(text):
        if match[0] in "'’" or (match[0] in "-‑" and _inside_a_word(text, match.start())):
            continue
        folded = fold(match[0], language)
        if traditional:
            folded = "".join(traditional.get(character, character) for character in folded)
        found += [Token(folded, match[0], match.start(), match.end())] if folded else []
    return tuple(found)


def _inside_a_word(text: str, at: int) -> bool:
    """Whether a dash joins a word to the letter or number before it: "hip-hop", "8-bit"; not "80-90"."""
    return 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalpha()


@functools.lru_cache(maxsize=8192)
def fold(word: str, language: str) -> str:
    """A word in the form that words are compared in: narrow, small, without accents; German umlauts as two letters."""
    if word.isascii():
        return word.casefold()
    word = unicodedata.normalize("NFKC", word).casefold()
    if language == "de":
        word = word.translate(_UMLAUTS)
    bare = "".join(part for part in unicodedata.normalize("NFD", word) if not "\u0300" <= part <= "\u036f")
    return unicodedata.normalize("NFC", bare).replace("œ", "oe")


def has_kana(text: str) -> bool:
    """Whether there is hiragana or katakana in a text, which only Japanese has."""
    return re.search(r"[\u3041-\u3096\u30a1-\u30fa]", text) is not None


def has_han(text: str) -> bool:
    """Whether there are Chinese characters in a text; Japanese has them too."""
    return re.search(r"[\u3400-\u4dbf\u4e00-\u9fff]", text) is not None
