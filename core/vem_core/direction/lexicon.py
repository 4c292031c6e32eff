"""The lexicon: which words of a language mean what, read from the TOML files beside it.

`lexicon/en.toml` and its five sisters hold words, `any.toml` what musicians write in every language; `wanted.toml` and
`trades.toml` say, language by language, what puts in and takes out, and what is of editing and offices; `genres.toml`,
`moods.toml` and `styles.toml` hold what does not depend on a language. In a list of words, `?` marks one that counts
only in the company of music, and `*` stands for the rest of a word.
"""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from vem_core.direction.likenesses import compared
from vem_core.direction.numerals import number_words
from vem_core.direction.term import Term
from vem_core.direction.tokens import Token, tokenise

LANGUAGES = ("en", "zh", "ja", "es", "de", "fr")
MOST_WORDS = 16
"""Tokens of the longest phrase that is looked for; a character is a token in Chinese and Japanese."""

_SHORTEST_STEM = 4
"""Letters that are left of an inflected word at least: "bass" is no plural."""

_REMEMBERED = 8192
"""Phrases whose meaning is kept: names of clips have the same words over and over."""

_TEXTS_REMEMBERED = 256
"""Texts whose tokens are kept: a text is looked at to tell its language, and then read."""


@dataclass(frozen=True)
class Genre:
    """A kind of music, and the installed style that is nearest."""

    id: str
    style: str  # empty: it says nothing of the style
    near: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    mood: str = ""
    beats: int | None = None
    is_topic: bool = False  # what a film is about or for, rather than a kind of music
    is_family: bool = False  # many kinds of music

    @property
    def styles(self) -> tuple[str, ...]:
        """What is meant where the genre is refused."""
        return self.members or ((self.style,) if self.style else ())


class Lexicon:
    """The phrases of one language, those of every language, and its number words."""

    def __init__(self, language: str) -> None:
        self.language = language
        data = _table(language)
        grammar: dict[str, str] = data["grammar"]
        pairs = grammar.pop("traditional", "").split()
        self.traditional = {pair[0]: pair[1] for pair in pairs if pair[0] != pair[1]}
        self.compounds = tuple(part.strip() for part in grammar.pop("compounds", "").split(",") if part.strip())
        self.privative = tuple(filter(None, _words(grammar.pop("privative", ""))))
        elided = [pair.split() for pair in _words(grammar.pop("elisions", "")) if pair]
        self.elisions = {pair[0]: pair[1] for pair in elided}
        self.inflections = tuple(filter(None, _words(grammar.pop("inflections", ""))))
        self.common = frozenset(_words(grammar.pop("common", "")))
        self.by_little = tuple(filter(None, _words(grammar.pop("by_little", ""))))  # written as in texts, unfolded
        self.by_much = tuple(filter(None, _words(grammar.pop("by_much", ""))))
        self.name_tails = tuple(filter(None, _words(grammar.pop("name_tail", ""))))
        self.ordinals = {
            form: place
            for place, forms in enumerate(_words(grammar.pop("ordinals", "")), 1)
            for form in forms.split("/")
        }
        key = data.pop("key")
        self.notes = {word: note for note, words in key["notes"].items() for word in _words(words)}
        self.sharps, self.flats = set(_words(key["sharp"])), set(_words(key["flat"]))
        self.signs = dict.fromkeys(self.flats, "b") | dict.fromkeys(self.sharps, "#")
        self.modes = {word: mode for mode in ("major", "minor") for word in _words(key[mode])}
        self.modes |= {word: mode for mode, words in key["modes"].items() for word in _words(words)}
        self.modes |= {"major": "major", "minor": "minor"}
        self.mode_starts = {re.split("[ *]", word)[0] for word, mode in self.modes.items() if mode not in _PLAIN_MODES}
        self.key_word = functools.cache(self._key_word)
        self._phrases: dict[str, tuple[Term, ...]] = {}  # by tokens with blanks between
        self._begun: dict[str, frozenset[str]] = {}  # kinds of the phrases that a token begins
        self._open_begun: dict[str, set[str]] = defaultdict(set)  # the same by two letters, of phrases with a star
        self._open_reach = 1  # tokens of the longest phrase with a star
        self._reach: dict[str, int] = {}  # tokens of the longest phrase by its first token
        self._open: dict[str, list[tuple[tuple[str, ...], Term]]] = defaultdict(list)
        for kind, value, words in itertools.chain(_entries(data), _shared_entries(language)):
            self._add(kind, value, words)
        for mode, words in key["mode_alone"].items():
            self._add("mode", mode, words)
        self._numbers = number_words(language)
        self._number_starts = {words.partition(" ")[0] for words in self._numbers}
        self._exact_starts: dict[str, bool] = {}  # whether a key, a number or what leads to one may begin so
        self._tokens = functools.lru_cache(_TEXTS_REMEMBERED)(self._find_tokens)
        self._longest = functools.lru_cache(_REMEMBERED)(self._find_longest)

    def tokens(self, text: str) -> tuple[Token, ...]:
        """The text's tokens, compounds taken apart ("Soloklavier")."""
        return self._tokens(text)

    def _find_tokens(self, text: str) -> tuple[Token, ...]:
        """As `tokens`."""
        found: list[Token] = []
        for token in tokenise(text, self.language, self.traditional):
            found += self._parts(token)
        return tuple(found)

    def _key_word(self, word: str) -> tuple[tuple[str, ...], bool]:
        """The tokens of a word of a key, and whether it is the stem of many."""
        return tuple(token.text for token in self.tokens(word.removesuffix("*"))), word.endswith("*")

    def longest(self, tokens: Sequence[Token], at: int) -> tuple[int, tuple[Term, ...]]:
        """How many tokens the longest known phrase at a place has, and what it may mean; 0 where there is none."""
        if at >= len(tokens):
            return 0, ()
        first = tokens[at].text
        reach = max(self._reach.get(first, 1), self._open_reach if first[:2] in self._open else 1)
        return self._longest(tuple([token.text for token in tokens[at : at + min(reach, MOST_WORDS)]]))

    def _find_longest(self, texts: tuple[str, ...]) -> tuple[int, tuple[Term, ...]]:
        """As `longest`, of the texts of as many tokens as a phrase that begins with the first can have."""
        for length in range(len(texts), 0, -1):
            window = texts[:length]
            terms = list(self._phrases.get(" ".join(window), ()))
            if not any(term.kind == "stop" for term in terms):  # "borracho" is no "borr*"
                terms += [term for phrase, term in self._open.get(window[0][:2], ()) if _covers(phrase, window)]
            if terms := terms or self._inflected(window):
                return length, tuple(terms)
        return compared(texts[0], self.language, self._phrases, lambda word: self._find_longest((word,))[1])

    def _inflected(self, window: tuple[str, ...]) -> list[Term]:
        """The instruments that a phrase in another number or case names: "accordions", "des Dudelsacks"."""
        word = window[-1]
        for ending in self.inflections:
            stem = word.removesuffix(ending)
            if len(stem) >= _SHORTEST_STEM and stem != word:
                terms = self._phrases.get(" ".join((*window[:-1], stem)), ())
                if terms and all(term.kind == "instrument" for term in terms):
                    return list(terms)
        return []

    def knows_by_heart(self, tokens: Sequence[Token], at: int, length: int) -> bool:
        """Whether a phrase stands in the lexicon as it is written, not by its stem alone."""
        return " ".join([token.text for token in tokens[at : at + length]]) in self._phrases

    def may_begin(self, token: Token, *kinds: str) -> bool:
        """Whether a phrase of one of these kinds, none of CONTENT, may begin with a token: quicker than to look."""
        begun, open_begun = self._begun.get(token.text), self._open_begun.get(token.text[:2])
        return (begun is not None and not begun.isdisjoint(kinds)) or (
            open_begun is not None and not open_begun.isdisjoint(kinds)
        )

    def may_begin_exact(self, token: Token) -> bool:
        """Whether a key, a number, or a word that leads to a number or a time may begin with a token."""
        text = token.text
        known = self._exact_starts.get(text)
        if known is None:
            lead = self.may_begin(token, *_BEFORE_NUMBERS) or self.may_begin_key(token)
            known = lead or token.is_number or text in _SIGNED or text in self._number_starts or text in self.ordinals
            self._exact_starts[text] = known
        return known

    def may_begin_key(self, token: Token) -> bool:
        """Whether a note, an accidental or a key in short ("Am") may begin with a token."""
        text = token.text
        return text in self.notes or text[-1] in "bm" or text in self.signs or text in self.mode_starts

    def single_words(self, least: int) -> Iterator[tuple[str, Term]]:
        """The genres, moods and instruments of one word that has at least so many letters and no other trade."""
        for phrase, terms in self._phrases.items():
            if len(phrase) >= least and " " not in phrase:
                yield from (
                    (phrase, term) for term in terms if term.kind in ("genre", "mood", "instrument") and not term.weak
                )

    def number(self, tokens: Sequence[Token], at: int) -> tuple[int, float | None]:
        """How many tokens the number at a place has, and the number; 0 and None where there is none."""
        if at >= len(tokens):
            return 0, None
        if tokens[at].is_number:
            return 1, float(tokens[at].text.replace(",", "."))
        if tokens[at].text not in self._number_starts:
            return 0, None
        texts = [token.text for token in tokens[at : at + 6] if token.text != "-"]
        for length in range(len(texts), 0, -1):
            number = self._numbers.get(" ".join(texts[:length]))
            if number is not None:
                dashes = sum(token.text == "-" for token in tokens[at : at + length])
                return length + dashes, float(number)
        return 0, None

    def _parts(self, token: Token) -> list[Token]:
        """A compound as its parts where both are known, or the token itself."""
        text = token.text
        if self.privative and text.endswith(self.privative) and (pieces := self._without_suffix(token)):
            return pieces
        if len(text) < 8 or not self.compounds or self.longest([token], 0)[0]:
            return [token]
        for part in self.compounds:
            for cut in {len(part), len(text) - len(part)}:
                head, tail = text[:cut], text[cut:]
                if part not in (head, tail) or len(tail) < 3:
                    continue
                pieces = [
                    Token(head, token.raw[:cut], token.start, token.start),
                    Token(tail, token.raw, token.start, token.end),
                ]
                if all(self.longest([piece], 0)[0] for piece in pieces):
                    return pieces
        return [token]

    def _without_suffix(self, token: Token) -> list[Token]:
        """ "Schlagzeugfrei", "bassless": the instrument, and the first of the suffixes that mean without it."""
        for suffix in self.privative:
            head = token.text.removesuffix(suffix)
            if head == token.text or len(head) < 4 or self._phrases.get(token.text):
                continue
            known, terms = self.longest([Token(head, head, token.start, token.start)], 0)
            if known and any(term.kind == "instrument" for term in terms):
                first = Token(head, token.raw[: len(token.raw) - len(suffix)], token.start, token.start)
                return [first, Token(self.privative[0], token.raw, token.start, token.end)]
        return []

    def _add(self, kind: str, value: str, words: str) -> None:
        """Add a list of phrases; a single character that says something by itself is a word of other trades too."""
        sure, weak = (Term(kind, value),), (Term(kind, value, weak=True),)  # shared by all of the list
        content = kind in CONTENT
        begins = frozenset(() if content else (kind,))
        plain = _PLAIN_LIST.fullmatch(words) is not None
        phrases, begun, reach = self._phrases, self._begun, self._reach
        for phrase in self._listed(words) if begins and self.elisions else words.split(","):
            phrase = phrase.strip()
            marked = phrase[:1] == "?"
            if marked:
                phrase = phrase[1:]
            if not plain or "\n" in phrase:
                phrase = " ".join(_phrase_tokens(phrase, self.language, self.traditional))
            if not phrase:
                continue
            meaning = weak if marked or (content and len(phrase) == 1) else sure
            if "*" in phrase:
                self._enter_open(tuple(phrase.split()), kind, meaning[0])
                continue
            known = phrases.setdefault(phrase, meaning)
            if known is not meaning:
                if meaning[0] in known:
                    continue
                phrases[phrase] = known + meaning
            first, _, rest = phrase.partition(" ")
            if begins:
                kinds = begun.setdefault(first, begins)
                if kinds is not begins and not begins <= kinds:
                    begun[first] = kinds | begins
            if rest and (length := rest.count(" ") + 2) > reach.get(first, 1):
                reach[first] = length

    def _listed(self, words: str) -> Iterator[str]:
        """The entries of a list of grammar, and each that may lose its last vowel without it: "sans le", "sans l"."""
        for entry in words.split(","):
            yield entry
            head, _, last = entry.strip().rpartition(" ")
            if last in self.elisions:
                yield f"{head} {self.elisions[last]}"

    def _enter_open(self, tokens: tuple[str, ...], kind: str, term: Term) -> None:
        """Enter what a phrase may mean of which a word stands for all that begin so."""
        self._open[tokens[0][:2]].append((tokens, term))
        if kind not in CONTENT:
            self._open_begun[tokens[0][:2]].add(kind)
        self._open_reach = max(self._open_reach, len(tokens))


CONTENT = ("tempo", "mood", "genre", "instrument", "level", "move", "density", "ending", "mode", "meter", "without")
"""Kinds that say something of the music; the others are the grammar between them."""

_KINDS = {"moods": "mood", "genres": "genre", "instruments": "instrument", "levels": "level", "moves": "move",
          "places": "place", "endings": "ending"}  # fmt: skip


def _entries(data: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Kind, value and words of every list of a language's table."""
    for section, table in data.items():
        if section in ("grammar", "numbers"):
            yield from ((name, "", words) for name, words in table.items() if words)
        else:
            kind = _KINDS.get(section, section)
            yield from ((kind, value, words) for value, words in table.items())


@functools.cache
def _shared_tables() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The tables that hold words of all languages: read once, whichever of them are read."""
    return _table("wanted"), _table("trades"), _table("any")


def _shared_entries(language: str) -> Iterator[tuple[str, str, str]]:
    """Kind, value and words of what the tables of all languages hold for one."""
    wanted, trades, musical = _shared_tables()
    for table in ({"grammar": wanted[language]}, {"grammar": trades[language]}, musical):
        yield from _entries(table)


_PLAIN_MODES = ("major", "minor")
_SIGNED = frozenset("+-−–")
_BEFORE_NUMBERS = (
    "tempo_before", "below", "above", "bound_no", "compare", "between", "set_to", "about", "doubled", "halved",
    "decade_low", "decade_mid", "decade_high", "first_of", "last_of", "shot", "bar", "last_shot", "nth_before",
)  # fmt: skip
"""Kinds of the words that a tempo, a time, a bar or a shot in numbers may begin with."""

_PLAIN_LIST = re.compile(r"[a-z ?,\n*]*")
"""Lists that are written as their tokens are: nothing in them has to be folded."""


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


def _phrase_tokens(phrase: str, language: str, traditional: dict[str, str]) -> tuple[str, ...]:
    """A phrase's tokens, a star kept on the token that it ends."""
    if phrase.isascii() and phrase.replace(" ", "").removesuffix("*").isalpha():  # most are: read in half the time
        return tuple(phrase.casefold().split())
    texts: list[str] = []
    for token in tokenise(phrase, language, traditional):
        if token.text == "*" and texts:
            texts[-1] += "*"
        else:
            texts.append(token.text)
    return tuple(texts)


def _covers(phrase: tuple[str, ...], window: tuple[str, ...]) -> bool:
    return len(phrase) == len(window) and all(
        word.startswith(known[:-1]) if known.endswith("*") else word == known
        for known, word in zip(phrase, window, strict=True)
    )


@functools.cache
def lexicon_of(language: str) -> Lexicon:
    """The lexicon of one of LANGUAGES."""
    return Lexicon(language)


def english_music(tokens: Sequence[Token], at: int) -> tuple[int, tuple[Term, ...]]:
    """How many tokens the English phrase for music at a place has, and what it means: any language may use it."""
    if not tokens[at].text.isascii() or not tokens[at].is_word:
        return 0, ()
    length, terms = lexicon_of("en").longest(tokens, at)
    content = tuple(term for term in terms if term.kind in LOANED)
    return (length, content) if content else (0, ())


LOANED = ("genre", "instrument", "mood")
"""Kinds whose English words are read amid other languages."""


@functools.cache
def genres() -> dict[str, Genre]:
    """The genres by id."""
    return {
        name: Genre(
            name,
            fields["style"],
            tuple(fields.get("near", ())),
            tuple(fields.get("members", ())),
            fields.get("mood", ""),
            fields.get("beats"),
            fields.get("topic", False),
            fields.get("family", False),
        )
        for name, fields in _table("genres").items()
    }


@functools.cache
def moods() -> dict[str, tuple[float, float]]:
    """Valence and arousal of each mood."""
    return {name: (float(pair[0]), float(pair[1])) for name, pair in _table("moods").items()}


@functools.cache
def style_places() -> dict[str, tuple[float, float]]:
    """Valence and arousal of the styles that the lexicon places."""
    return {name: (float(pair[0]), float(pair[1])) for name, pair in _table("styles")["places"].items()}


@functools.cache
def style_affinities() -> dict[str, frozenset[str]]:
    """The moods that each style is the usual answer to."""
    return {name: frozenset(names) for name, names in _table("styles")["affinity"].items()}


@functools.cache
def guests_of_styles() -> dict[str, frozenset[str]]:
    """The styles where one hears an instrument that hardly any style's own band has."""
    return {name: frozenset(styles) for name, styles in _table("styles")["guests"].items()}


@functools.cache
def text_of(name: str) -> str:
    """The text of one of the lexicon's files, as it is written."""
    path = resources.files("vem_core.direction") / "lexicon" / f"{name}.toml"
    return path.read_text(encoding="utf-8")


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(text_of(name))
