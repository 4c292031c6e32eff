"""Metres, tempi in beats a minute and times: what is written by a rule rather than by a word."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vem_core.direction.lexicon import Lexicon
from vem_core.direction.tokens import Token

LOWEST_BPM, HIGHEST_BPM = 30, 300
STATED_SPREAD, ABOUT_SPREAD = 0.015, 0.04
"""How far from a stated tempo the music may go, in both directions; "about" allows more."""

_LIKELY_BPM = (40.0, 220.0)
"""Where a number that names no unit may be a tempo."""

SIGNS = frozenset(",;.!，、；。！—–…")

OPEN_SPAN_BPM = 30
"""How far a range goes on that is open at one end ("at least 120")."""

_SECONDS = {"en": "seconds|second|secs|sec|s", "zh": "秒", "ja": "秒", "es": "segundos|segundo|s",
            "de": "sekunden|sekunde|sek|s", "fr": "secondes|seconde|s"}  # fmt: skip


@dataclass(frozen=True)
class Found:
    length: int  # in tokens
    numbers: tuple[float, ...]
    bare: bool = False  # a tempo without a unit: it counts only where the text speaks of music
    bound: str = ""  # of a tempo that is open at one end: "below", "above"
    led: bool = False  # of a tempo: "about", "between", "at most", or two numbers
    sure: bool = False  # of a tempo: two numbers and a limit


def match_meter(tokens: Sequence[Token], at: int) -> Found | None:
    """ "3/4": beats over a fourth or an eighth. It counts only in the company of music."""
    if not tokens[at].is_number:
        return None
    texts = [token.text for token in tokens[at : at + 4]]
    if len(texts) < 3 or texts[1] != "/" or not (texts[0].isdecimal() and texts[2] in ("4", "8")):
        return None
    beats = int(texts[0])
    if not 2 <= beats <= 12 or (len(texts) > 3 and texts[3] in ("of", "de", "der", "des")):
        return None
    return Found(3, (float(beats), float(texts[2])))


def match_tempo(lexicon: Lexicon, tokens: Sequence[Token], at: int) -> Found | None:
    """ "120 bpm", "between 80 and 90 BPM", "Tempo um 70", "テンポは120", "never slower than 100 bpm", "比90快"."""
    if not _may_begin_tempo(lexicon, tokens, at):
        return None
    start = at
    lead, at = _tempo_lead(lexicon, tokens, at)
    part, at = _part_of_ten(lexicon, tokens, at)
    length, low = lexicon.number(tokens, at)
    if low is None or (part and low % 10):
        return None
    at += length
    high, at = _second_number(lexicon, tokens, at)
    if part:
        at += at < len(tokens) and tokens[at].text == "s"
        low, high = low + _PARTS_OF_TEN[part][0], low + _PARTS_OF_TEN[part][1]
    tail, at = _tempo_tail(lexicon, tokens, at, compared="compare" in lead)
    bound = _bound(lead, tail)
    multiple = next((MULTIPLES[kind] for kind in (*lead, *tail) if kind in MULTIPLES), 1.0)
    low, high = low * multiple, None if high is None else high * multiple
    if ("compare" in lead or "bound_no" in lead) and not bound:
        return None
    bare = not {"bpm", "tempo_before"} & {*lead, *tail}
    if not LOWEST_BPM <= low <= HIGHEST_BPM or (bare and not _stands_alone(lexicon, tokens, start, at, low)):
        return None
    about = "about" in (*lead, *tail) or multiple != 1
    if bound and high is None and (top := _other_bound(lexicon, tokens, at, bound)) is not None:
        high, at = top
    return Found(
        at - start,
        _tempo_range(low, high, bound, about=about and multiple == 1),
        bare,
        bound if high is None else "",
        led=bool(bound or about or "set_to" in lead or high is not None),
        sure=bool(bound and high is not None and not part),
    )


_PARTS_OF_TEN = {"decade_low": (0, 4), "decade_mid": (4, 6), "decade_high": (7, 10)}
"""Where in ten beats a minute "the low 90s", "Mitte 90" and "high 80s" are."""


def _part_of_ten(lexicon: Lexicon, tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """Which part of ten a word before a number names, and the place after it: "low 90s", "the mid-nineties" not."""
    for kind in _PARTS_OF_TEN:
        length, after = _skip(lexicon, tokens, at, kind)
        if length and lexicon.number(tokens, after)[1] is not None:
            return kind, after
    return "", at


def _other_bound(lexicon: Lexicon, tokens: Sequence[Token], at: int, bound: str) -> tuple[float, int] | None:
    """The other end of a range right behind the one, and the place after it: "90以上100以下"."""
    length, number = lexicon.number(tokens, at)
    tail, after = _tempo_tail(lexicon, tokens, at + length, compared=False) if length else ([], at)
    if number is None or _bound([], tail) in ("", bound):
        return None
    return number, after


_LEADING = ("tempo_before", "below", "above", "bound_no", "compare", "between", "set_to", "about", "doubled", "halved")
_TRAILING = ("bpm", "about", "below_after", "above_after", "doubled_after", "halved_after")
MULTIPLES = {"doubled": 2.0, "halved": 0.5, "doubled_after": 2.0, "halved_after": 0.5}
"""What a tempo is multiplied by: "half of 144", "double 65", "BPM55の倍"."""

COMPARED = ("slower_after", "faster_after")


def _tempo_lead(lexicon: Lexicon, tokens: Sequence[Token], at: int) -> tuple[list[str], int]:
    """The kinds of the words that lead to a tempo's number, in order, and the place after them."""
    lead: list[str] = []
    for _ in range(5):
        kind, at = _first_of(lexicon, tokens, at, _LEADING)
        if not kind:
            break
        lead.append(kind)
        if kind == "tempo_before" and at < len(tokens) and tokens[at].text in (":", "="):
            at += 1
    return lead, at


def _tempo_tail(lexicon: Lexicon, tokens: Sequence[Token], at: int, *, compared: bool) -> tuple[list[str], int]:
    """The kinds of the words behind a tempo's number, and the place after them."""
    joined = lexicon.language in ("zh", "ja")
    kinds = (*(COMPARED if compared else ()), *_TRAILING, *(("below", "above") if joined else ()))
    tail: list[str] = []
    for _ in range(4):
        kind, after = _first_of(lexicon, tokens, at, [kind for kind in kinds if kind == "about" or kind not in tail])
        if not kind and at < len(tokens) and tokens[at].text in _COMMAS:  # "between 85 and 90, no more"
            kind, after = _first_of(lexicon, tokens, at + 1, ("below_after", "above_after"))
            kind = kind if after >= len(tokens) or tokens[after].text in SIGNS else ""
        if not kind:
            break
        tail.append(kind)
        at = after
    return tail, at


_COMMAS = frozenset((",", "，", "、"))


def _first_of(lexicon: Lexicon, tokens: Sequence[Token], at: int, kinds: Sequence[str]) -> tuple[str, int]:
    """The kind of the longest phrase that stands here, and the place after it; the first of the kinds that tie."""
    found = [(_skip(lexicon, tokens, at, kind), kind) for kind in kinds]
    (length, after), kind = max(found, key=lambda each: each[0][0], default=((0, at), ""))
    return (kind, after) if length else ("", at)


def _bound(lead: Sequence[str], tail: Sequence[str]) -> str:
    """Whether a number is the most or the least: "below", "above", or neither; each "not" turns it round."""
    sides = {"below": "below", "above": "above", "slower": "below", "faster": "above"}
    told = [sides[kind.removesuffix("_after")] for kind in (*lead, *tail) if kind.removesuffix("_after") in sides]
    if not told:
        return ""
    turned = sum(kind == "bound_no" for kind in lead) % 2
    return told[-1] if not turned else {"below": "above", "above": "below"}[told[-1]]


def _stands_alone(lexicon: Lexicon, tokens: Sequence[Token], start: int, end: int, low: float) -> bool:
    """Whether a number without a unit is all that its clause says at that place: "funk, 105ish, no horns"."""
    likely = _LIKELY_BPM[0] <= low <= _LIKELY_BPM[1]
    before = start
    while before > 0 and tokens[before - 1].text in _FILLERS:
        before -= 1
    led = before == 0 or tokens[before - 1].text in SIGNS or tokens[start].is_word
    while end < len(tokens) and tokens[end].text in _POLITE:
        end += 1
    return likely and led and (end >= len(tokens) or _ends_clause(lexicon, tokens, end))


_FILLERS = frozenset((
    "ok", "okay", "so", "right", "well", "hey", "hi", "yeah", "yes", "sure", "maybe", "say", "also", "ja", "na", "gut",
    "nun", "bon", "alors", "ben", "oui", "pues", "vale", "bueno", "si",
))  # fmt: skip
_POLITE = frozenset((
    "please", "pls", "plz", "thanks", "thx", "bitte", "danke", "stp", "svp", "merci", "porfa", "gracias", "ok", "okay",
))  # fmt: skip
"""What may stand before a tempo and behind it in a clause that says nothing else: "ok so 110, funky", "70 please"."""


def _ends_clause(lexicon: Lexicon, tokens: Sequence[Token], at: int) -> bool:
    """Whether a clause ends before a token: a sign, a dash with a space before it, "but", "and"."""
    if tokens[at].text in SIGNS | {"で"} or lexicon.may_begin(tokens[at], "contrast", "and"):
        return True
    return tokens[at].text == "-" and at > 0 and tokens[at].start > tokens[at - 1].end


def _may_begin_tempo(lexicon: Lexicon, tokens: Sequence[Token], at: int) -> bool:
    """Whether a number, or a word that leads to one, stands here: most phrases need no closer look."""
    if lexicon.number(tokens, at)[1] is not None or _part_of_ten(lexicon, tokens, at)[0]:
        return True
    return lexicon.may_begin(tokens[at], *_LEADING) and bool(_first_of(lexicon, tokens, at, _LEADING)[0])


def _tempo_range(low: float, high: float | None, bound: str, *, about: bool) -> tuple[float, float]:
    if high is not None and LOWEST_BPM <= high <= HIGHEST_BPM:
        return min(low, high), max(low, high)
    span = low * 2 * ABOUT_SPREAD if about else OPEN_SPAN_BPM  # "about 100, no more"
    if bound == "below":
        return round(max(low - span, LOWEST_BPM), 2), low
    if bound == "above":
        return low, round(low + span, 2)
    spread = ABOUT_SPREAD if about else STATED_SPREAD
    return round(low * (1 - spread), 2), round(low * (1 + spread), 2)


def _second_number(lexicon: Lexicon, tokens: Sequence[Token], at: int) -> tuple[float | None, int]:
    joined, after = _skip(lexicon, tokens, at, "range")
    listed = not joined and at < len(tokens) and tokens[at].text in (",", "、")  # "one-ten, one-twelve"
    if not joined and not listed:
        return None, at
    length, number = lexicon.number(tokens, after + listed)
    if number is None or number < LOWEST_BPM:
        return None, at
    end = after + listed + length
    if listed and not _ends_a_list(lexicon, tokens, end):
        return None, at
    return number, end


def _ends_a_list(lexicon: Lexicon, tokens: Sequence[Token], at: int) -> bool:
    """Whether a list of two tempi ends here, with the end of the clause or a unit."""
    return at >= len(tokens) or tokens[at].text in SIGNS or bool(_skip(lexicon, tokens, at, "bpm")[0])


def match_time(language: str, lexicon: Lexicon, tokens: Sequence[Token], at: int) -> Found | None:
    """ "10 seconds", "0:30": an instant of the film; a stretch has a second number, where it ends.

    "The first 20 seconds" and "0-20s" have 20 and 0, "20-40s" has 20 and 40, "the last 5 seconds" 5 and infinity.
    """
    if (clock := _clock(tokens, at)) is not None:
        joined, after = _skip(lexicon, tokens, at + 3, "range")
        end = _clock(tokens, after) if joined else None
        return Found(3, (clock,)) if end is None else Found(after + 3 - at, _stretch(clock, end))
    begun, after = _skip(lexicon, tokens, at, "first_of")
    ending, after = (0, after) if begun else _skip(lexicon, tokens, at, "last_of")
    length, number = lexicon.number(tokens, after)
    if number is None:
        return None
    after += length
    joined, later = (0, after) if begun or ending else _skip(lexicon, tokens, after, "range")
    length, second = lexicon.number(tokens, later) if joined else (0, None)
    after = later + length if second is not None else after
    between, after = _skip(lexicon, tokens, after, "first_of")
    closing, after = (0, after) if between else _skip(lexicon, tokens, after, "last_of")
    if after >= len(tokens) or not re.fullmatch(_SECONDS[language], tokens[after].text):
        return None
    if ending or closing:
        return Found(after + 1 - at, (number, math.inf))
    if second is not None:
        return Found(after + 1 - at, _stretch(number, second))
    return Found(after + 1 - at, (number, 0.0) if begun or between else (number,))


def _clock(tokens: Sequence[Token], at: int) -> float | None:
    """The seconds that "1:30" stands for; None for anything else."""
    texts = [token.text for token in tokens[at : at + 3]]
    if len(texts) == 3 and texts[1] == ":" and texts[0].isdecimal() and re.fullmatch(r"[0-5]\d", texts[2]):
        return 60.0 * int(texts[0]) + int(texts[2])
    return None


def _stretch(begin: float, end: float) -> tuple[float, float]:
    return (begin, end) if begin else (end, 0.0)


def match_share(lexicon: Lexicon, tokens: Sequence[Token], at: int) -> tuple[int, float] | None:
    """ "At 2/3", "until 60 %", "3/4 of the way": a place as a share of the piece, and how many tokens it has."""
    if not tokens[at].is_number:
        return None
    texts = [token.text for token in tokens[at : at + 4]]
    led = at > 0 and (tokens[at - 1].text in _AT or lexicon.may_begin(tokens[at - 1], "until", "since", "about"))
    if len(texts) > 1 and texts[1] == "%":
        share = float(texts[0].replace(",", ".")) / 100
        return (2, share) if led and 0 < share < 1 else None
    if len(texts) < 3 or texts[1] != "/" or not texts[0].isdecimal() or texts[2] not in ("3", "4"):
        return None
    share = int(texts[0]) / int(texts[2])
    told = (
        texts[2] == "3"
        or (led and tokens[at - 1].text in _AT_FOURTHS)
        or (len(texts) > 3 and texts[3] in ("of", "der", "des", "du", "de", "through"))
    )
    return (3, round(share, 2)) if told and share < 1 else None


_AT_FOURTHS = frozenset(
    ("at", "by", "until", "till", "bei", "bis", "aux", "los", "las", "hasta")
)  # "en 3/4" is a metre
_AT = frozenset(("at", "by", "bei", "a", "aux", "au", "las", "los", "les", "den", "到", "在", "约"))


class Bars(NamedTuple):
    """The bars of the piece as far as they are known before it is planned: all of one length."""

    length_s: float
    end_s: float  # of the film

    def start_s(self, number: int) -> float | None:
        """Where the bar of that number (from 1) begins; None where there is none."""
        start = (number - 1) * self.length_s
        return round(start, 3) if number >= 1 and start < self.end_s else None


def match_bar(lexicon: Lexicon, tokens: Sequence[Token], at: int, bars: Bars) -> Found | None:
    """ "Bar 9", "the ninth bar", "第九小节": where it begins; "the first eight bars", "the last four": a stretch.

    A stretch has a second number: where it begins, if it stands at the beginning, and where it ends otherwise.
    """
    for kind in ("first_of", "last_of"):
        begun, after = _skip(lexicon, tokens, at, kind)
        length, number = lexicon.number(tokens, after)
        between, after = _skip(lexicon, tokens, after + length, kind)
        counted, after = _skip(lexicon, tokens, after, "bar")
        if number and counted and (begun or between) and number * bars.length_s < bars.end_s:
            extent = round(number * bars.length_s, 3)
            stretch = (extent, 0.0) if kind == "first_of" else (round(bars.end_s - extent, 3), bars.end_s)
            return Found(after - at, stretch)
    leading, begin = _skip(lexicon, tokens, at, "bar")
    number, end = _ordinal(lexicon, tokens, begin, int(bars.end_s // bars.length_s))
    start_s = None if number is None else bars.start_s(number)
    if start_s is None:
        return None
    if leading:
        return Found(end - at, (start_s,))
    counts = tokens[at].is_number and tokens[end - 1].is_number  # "8 bars" is no eighth bar; "9小節目" is the ninth
    following, after = _skip(lexicon, tokens, end, "bar_nth" if counts else "bar")
    return Found(after - at, (start_s,)) if following else None


def match_shot(lexicon: Lexicon, tokens: Sequence[Token], at: int, shots_s: Sequence[float]) -> Found | None:
    """ "Shot 9", "the third shot", "第九个镜头", "9カット目": where a shot of the edit begins, in seconds."""
    start = at
    leading, at = _skip(lexicon, tokens, at, "shot")
    number, at = _ordinal(lexicon, tokens, at, len(shots_s))
    following, end = (0, at) if leading or number is None else _skip(lexicon, tokens, at, "shot")
    if number is None or not (leading or following) or not 1 <= number <= len(shots_s):
        return None
    return Found(end - start, (shots_s[number - 1],))


def _ordinal(lexicon: Lexicon, tokens: Sequence[Token], at: int, last: int) -> tuple[int | None, int]:
    """A number as it counts shots ("9", "9th", "ninth", "last", "第九个"), and the place after it."""
    if at < len(tokens) and tokens[at].text in lexicon.ordinals:
        return lexicon.ordinals[tokens[at].text], at + 1
    if (final := _skip(lexicon, tokens, at, "last_shot"))[0]:
        return last, final[1]
    _, at = _skip(lexicon, tokens, at, "nth_before")
    length, number = lexicon.number(tokens, at)
    if number is None or number != int(number):
        return None, at
    return int(number), _skip(lexicon, tokens, at + length, "nth_after")[1]


def _skip(lexicon: Lexicon, tokens: Sequence[Token], at: int, kind: str) -> tuple[int, int]:
    """How many tokens of a kind stand here, and the place after them."""
    if at >= len(tokens) or not lexicon.may_begin(tokens[at], kind):
        return 0, at
    length, terms = lexicon.longest(tokens, at)
    while length and not any(term.kind == kind for term in terms):
        length, terms = lexicon.longest(tokens[: at + length - 1], at)
    return length, at + length
