"""Keys as people write them: "A minor", "Es-Dur", "si bemol mayor", "降E大调", "dorisch auf D", "キーはG"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vem_core.direction.exact import SIGNS
from vem_core.direction.lexicon import Lexicon
from vem_core.direction.tokens import Token

_SHORT_KEY = re.compile(r"([A-G])([#b♯♭]?)m|([a-g])([#♯])m")
_KEY_IS = re.compile(r"(?:key|tonart|tonalite|tonalidad|キー|調|调|主音)(?:[:：は]|of|is|de|ist|est|es|是|为)?")
"""What says that a note behind it is a key, its tokens joined: "key: G", "キーはG"."""


@dataclass(frozen=True)
class FoundKey:
    length: int
    tonic: str
    mode: str
    weak: bool


def match_key(lexicon: Lexicon, tokens: Sequence[Token], at: int) -> FoundKey | None:
    """ "A minor", "Es-Dur", "si bemol mayor", "降E大调": a note, its accidental, its mode."""
    start = at
    if not lexicon.may_begin_key(tokens[at]):
        return None
    if (short := _SHORT_KEY.fullmatch(tokens[at].raw)) is not None:
        note, sign = short[1] or short[3], short[2] or short[4] or ""
        return FoundKey(1, note.upper() + {"♯": "#", "♭": "b"}.get(sign, sign), "minor", weak=True)
    if (led := _key_behind_its_mode(lexicon, tokens, at)) is not None:
        return led
    notes, signs = lexicon.notes, lexicon.signs
    sign = ""
    if tokens[at].is_cjk and tokens[at].text in signs:
        sign, at = signs[tokens[at].text], at + 1
    if at >= len(tokens) or (note := _note(tokens[at], notes)) is None:
        return None
    at += 1
    at = _skip_dash(tokens, at)
    if not sign and at < len(tokens):
        length, found = _longest_word(lexicon, signs, tokens, at)
        sign, at = found or "", at + length
    at = _skip_dash(tokens, at)
    modes = lexicon.modes
    if sign and (sign == "#" or tokens[start].raw[0].isupper()):
        modes = modes | {"m": "minor"}
    length, mode = _longest_word(lexicon, modes, tokens, at)
    if mode is None and (_names_a_key(tokens, start, sign or note[1:]) or _is_said_to_be_the_key(tokens, start, at)):
        mode = "major"
    if mode is None:
        return None
    article = tokens[start].text in _WORDS_TOO and not (sign or mode not in ("major", "minor"))
    ordinary = article and (not tokens[start].raw[0].isupper() or note == "A")  # "a minor delay"
    return FoundKey(at + length - start, note + sign, mode, weak=ordinary and not tokens[start].is_cjk)


_WORDS_TOO = frozenset(("a", "la", "si", "mi", "sol", "e", "d"))
"""Notes that are words of everyday beside "major" and "minor"; no such word has an accidental or is Dorian."""


def _names_a_key(tokens: Sequence[Token], start: int, sign: str) -> bool:
    """ "In B flat": a note with its accidental behind such a word is the major key."""
    return bool(sign) and start > 0 and tokens[start - 1].text in ("in", "key", "en")


def _is_said_to_be_the_key(tokens: Sequence[Token], start: int, end: int) -> bool:
    """ "Key: Eb", "キーはG": a note with a capital that ends its clause, behind a word for key."""
    if not tokens[start].raw[0].isupper() or (end < len(tokens) and tokens[end].text not in SIGNS | {"/", "で", ")"}):
        return False
    before = [token.text for token in tokens[max(start - 3, 0) : start]]
    return any(_KEY_IS.fullmatch("".join(before[i:])) is not None for i in range(len(before)))


def _key_behind_its_mode(lexicon: Lexicon, tokens: Sequence[Token], at: int) -> FoundKey | None:
    """ "Dorian on D", "mode dorien sur ré", "dorisch auf D": a church mode, a small word, and its note."""
    length, mode = _longest_word(lexicon, lexicon.modes, tokens, at)
    after = at + length + 1
    if not length or mode in (None, "major", "minor") or after >= len(tokens):
        return None
    after += tokens[after - 1].text == "mode"  # "dorian mode on D"
    note = _note(tokens[after], lexicon.notes) if after < len(tokens) and tokens[after - 1].text in _ON else None
    if note is None or (len(note) == 1 and tokens[after].text in _WORDS_TOO and tokens[after].raw.islower()):
        return None
    length, sign = _longest_word(lexicon, lexicon.signs, tokens, after + 1)
    return FoundKey(after + 1 + length - at, note + (sign or ""), mode or "", weak=False)


_ON = frozenset(("on", "of", "in", "sur", "de", "en", "sobre", "auf", "von", "の"))
"""What stands between a mode and its note."""


def _note(token: Token, notes: dict[str, str]) -> str | None:
    """The note of a token: its name, or a letter with its accidental ("bb", "eb")."""
    if token.text in notes:
        return notes[token.text]
    if len(token.text) > 2 and token.text.endswith("b") and token.text[:-1] in notes:  # "sib", "mib"
        return f"{notes[token.text[:-1]]}b"
    match = re.fullmatch(r"([a-g])b", token.text)
    return f"{match[1].upper()}b" if match and token.raw[0].isupper() else None


def _longest_word(lexicon: Lexicon, words: dict[str, str], tokens: Sequence[Token], at: int) -> tuple[int, str | None]:
    """How many tokens the longest of some words at a place has, and what it stands for; a star ends a stem."""
    best: tuple[int, str | None] = (0, None)
    first = tokens[at].text if at < len(tokens) else ""
    for word, value in words.items():
        pieces, is_stem = lexicon.key_word(word)
        if not pieces or (first != pieces[0] and not (is_stem and first.startswith(pieces[0]))):
            continue
        same = is_stem or [token.text for token in tokens[at : at + len(pieces)]] == list(pieces)
        if same and len(pieces) > best[0]:
            best = len(pieces), value
    return best


def _skip_dash(tokens: Sequence[Token], at: int) -> int:
    return at + 1 if at < len(tokens) and tokens[at].text in ("-", "‑", "–") else at
