"""A text as atoms: each known phrase with what it may mean, each key, metre and tempo, and the words nobody knows."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vem_core.direction.absent import with_those_who_play
from vem_core.direction.atom import Atom
from vem_core.direction.company import in_company, of_music
from vem_core.direction.concessions import without_concessions
from vem_core.direction.ellipses import without_asides
from vem_core.direction.exact import (
    COMPARED,
    MULTIPLES,
    Bars,
    match_bar,
    match_meter,
    match_share,
    match_shot,
    match_tempo,
    match_time,
)
from vem_core.direction.keys import match_key
from vem_core.direction.levels import match_decibels
from vem_core.direction.lexicon import CONTENT, LOANED, Lexicon, lexicon_of
from vem_core.direction.multiples import with_multiples
from vem_core.direction.names import without_names
from vem_core.direction.signs import with_signs
from vem_core.direction.term import Term
from vem_core.direction.tokens import Token, fold
from vem_core.direction.typos import with_typos

_ENDS = frozenset(".!?;:。！？；：\n")
_PAUSES = frozenset(',，、/()[]"«»“”…')


def read_atoms(
    text: str,
    language: str,
    labels: Mapping[str, float] | None = None,
    shots_s: Sequence[float] = (),
    bars: Bars | None = None,
) -> list[Atom]:
    """The atoms of a text in a language.

    `labels` are the names of moments on the timeline and `shots_s` where its shots begin, in seconds; `bars` the bars
    of the music, where they are known.
    """
    lexicon = lexicon_of(language)
    tokens = lexicon.tokens(text)
    named = {_label_tokens(lexicon, name): at_s for name, at_s in (labels or {}).items() if len(name.strip()) > 2}
    atoms: list[Atom] = []
    at = 0
    while at < len(tokens):
        length, atom = _atom_at(lexicon, tokens, at, named, shots_s, bars, atoms)
        atoms.append(atom)
        at += length
    if language != "en":
        atoms = _with_english(text, atoms)
    atoms = without_names(with_typos(_whole_katakana(atoms), text, language), text, lexicon)
    atoms = with_those_who_play(with_signs(_with_corrected_tempi(atoms, text), text))
    atoms = without_asides(without_concessions(_with_orders(atoms)))
    return with_multiples(_with_bare_tempi(of_music(in_company(atoms, text))))


def _atom_at(
    lexicon: Lexicon,
    tokens: Sequence[Token],
    at: int,
    labels: Mapping[tuple[str, ...], float],
    shots_s: Sequence[float],
    bars: Bars | None,
    before: Sequence[Atom],
) -> tuple[int, Atom]:
    """The atom that begins at a token, and how many tokens it has; `before` it stand those atoms."""
    token = tokens[at]
    known, terms = _phrase_at(lexicon, tokens, at, before)
    exact = _exact(lexicon, tokens, at, labels, shots_s, bars)
    if exact is not None and (exact[0] > known or (exact[0] == known and not exact[1].is_a("seconds"))):
        return exact
    length = max(known, 1)
    if any(term.kind == "plain" for term in terms):
        trade = tuple(term for term in terms if term.kind == "trade")
        return length, Atom(token.start, tokens[at + length - 1].end, trade, is_plain=True)
    if not terms:
        sign = "stop" if token.text in _PAUSES else "end" if token.text in _ENDS else ""
        if sign:
            terms = (Term("pause" if sign == "stop" else "end", token.text),)
        elif not (token.is_word or token.is_number or token.is_cjk):
            terms = (Term("stop", token.text),)
    elif token.text in _PAUSES | _ENDS:  # in German a full stop is the sign of an ordinal too
        terms = (*terms, Term("pause" if token.text in _PAUSES else "end", token.text))
    last = tokens[at + length - 1]
    script = "katakana" if token.is_katakana else "cjk" if token.is_cjk else ""
    return length, Atom(token.start, last.end, terms, script=script)


def _clause_so_far(atoms: Sequence[Atom]) -> Iterator[Atom]:
    return itertools.takewhile(
        lambda atom: not atom.is_a("pause") and atom.value("end") in (None, ":"), reversed(atoms)
    )


def _phrase_at(
    lexicon: Lexicon, tokens: Sequence[Token], at: int, before: Sequence[Atom]
) -> tuple[int, tuple[Term, ...]]:
    """The longest phrase at a place that does not matter beside something else only; `before` it stand those atoms.

    In "que no dé pena", "no" is a "no"; "plus doux" is a mood where no player stands before it.
    """
    length, terms = lexicon.longest(tokens, at)
    if not length or any(term.kind not in _BESIDE_OTHERS for term in terms):
        return length, terms
    played = any(each.is_a("instrument") for each in _clause_so_far(before))
    beside = _BESIDE_NUMBERS if played else _BESIDE_OTHERS
    while length and all(term.kind in beside for term in terms):
        length, terms = lexicon.longest(tokens[: at + length - 1], at)
    return length, terms


_BESIDE_NUMBERS = frozenset(("bound_no", "compare", *COMPARED, *MULTIPLES))
_BESIDE_OTHERS = _BESIDE_NUMBERS | {"lower_after", "raise_after"}


def _exact(
    lexicon: Lexicon,
    tokens: Sequence[Token],
    at: int,
    labels: Mapping[tuple[str, ...], float],
    shots_s: Sequence[float],
    bars: Bars | None,
) -> tuple[int, Atom] | None:
    """A key, a metre, a tempo in numbers, a time, a shot, a bar or a named moment that begins here."""
    if not labels and not lexicon.may_begin_exact(tokens[at]):
        return None

    def atom(
        kind: str, length: int, *, weak: bool, numbers: tuple[float, ...] = (), names: tuple[str, ...] = ()
    ) -> tuple[int, Atom]:
        span = tokens[at].start, tokens[at + length - 1].end
        return length, Atom(*span, (Term(kind, "", weak),), numbers, names)

    if decibels := match_decibels(tokens, at):
        return atom(decibels[1], decibels[0], weak=False, numbers=(decibels[2],))
    if shots_s and (shot := match_shot(lexicon, tokens, at, shots_s)):
        return atom("seconds", shot.length, weak=False, numbers=shot.numbers)
    if bars is not None and (bar := match_bar(lexicon, tokens, at, bars)):
        return atom("seconds", bar.length, weak=False, numbers=bar.numbers)
    if share := match_share(lexicon, tokens, at):
        span = tokens[at].start, tokens[at + share[0] - 1].end
        return share[0], Atom(*span, (Term("place", f"{share[1]:g}"),))
    if found := match_key(lexicon, tokens, at):
        return atom("key_value", found.length, weak=found.weak, names=(found.tonic, found.mode))
    if tempo := match_tempo(lexicon, tokens, at):
        kind = "bpm_bare" if tempo.bare else "bpm_value"
        length, found_at = atom(kind, tempo.length, weak=tempo.bare, numbers=tempo.numbers, names=(tempo.bound,))
        led = ((Term("led", ""),) if tempo.led else ()) + ((Term("pace", ""),) if tempo.sure else ())
        return length, replace(found_at, terms=(*found_at.terms, *led))
    if meter := match_meter(tokens, at):
        return atom("meter_value", meter.length, weak=True, numbers=meter.numbers)
    if time := match_time(lexicon.language, lexicon, tokens, at):
        return atom("seconds", time.length, weak=False, numbers=time.numbers)
    for name, at_s in labels.items():
        if name and tuple(token.text for token in tokens[at : at + len(name)]) == name:
            return atom("label", len(name), weak=False, numbers=(at_s,))
    return None


def _label_tokens(lexicon: Lexicon, name: str) -> tuple[str, ...]:
    return tuple(token.text for token in lexicon.tokens(name))


def _with_english(text: str, atoms: Sequence[Atom]) -> list[Atom]:
    """Words that the language does not know, read as English: "chill beats ohne Bass", 要 synthwave 的 vibe.

    What says something of music counts, and small words; a "no" or an "only" where such a phrase follows.
    """
    english = lexicon_of("en")
    found: list[Atom] = []
    at = 0
    while at < len(atoms):
        if atoms[at].is_known or atoms[at].is_plain or not text[atoms[at].start].isascii():
            found.append(atoms[at])
            at += 1
            continue
        tokens = english.tokens(text[atoms[at].start :])
        length, terms = english.longest(tokens, 0)
        end = atoms[at].start + (tokens[length - 1].end if length else 0)
        count = sum(atom.start < end for atom in atoms[at:])
        led = at + count < len(atoms) and (atoms[at + count].is_content or not atoms[at + count].is_known)
        plain = any(term.kind == "plain" for term in terms)  # "drone shot"
        terms = () if plain else terms
        kept = tuple(term for term in terms if term.kind in LOANED) or tuple(
            term for term in terms if term.kind in _SMALL_LOANS or (led and term.kind in _LEADING_LOANS)
        )
        if (kept or plain) and count:
            end = max(atom.end for atom in atoms[at : at + count])
            found.append(Atom(atoms[at].start, end, kept, is_plain=plain))
            at += count
        else:
            found.append(atoms[at])
            at += 1
    return found


_SMALL_LOANS = frozenset(("music", "stop", "determiner", "slightly", "very"))
_LEADING_LOANS = frozenset(("no", "wide_no", "only", "with", "solo"))


def _with_orders(atoms: Sequence[Atom]) -> list[Atom]:
    """Words that take out, and mean something weak besides, as what takes out: "enlève le violon".

    Without its accent it might be a lively piece: "plutôt enlevé".
    """
    kept = list(atoms)
    for at, atom in enumerate(atoms):
        if not (atom.is_a("removing") and atom.is_content and atom.is_weak):
            continue
        following = next((other for other in atoms[at + 1 :] if not other.is_a("determiner")), None)
        if following is not None and following.is_content:
            kept[at] = replace(atom, terms=tuple(term for term in atom.terms if term.kind not in CONTENT))
    return kept


def _whole_katakana(atoms: list[Atom]) -> list[Atom]:
    """Runs of katakana that hold an unknown piece are unknown as a whole: a block is no rock."""
    kept = list(atoms)
    at = 0
    if not any(atom.script == "katakana" for atom in atoms):
        return kept
    while at < len(kept):
        end = at
        while (
            end < len(kept) and kept[end].script == "katakana" and (end == at or kept[end].start == kept[end - 1].end)
        ):
            end += 1
        if end > at + 1 and any(not atom.is_known for atom in kept[at:end]):
            kept[at:end] = [Atom(kept[at].start, kept[end - 1].end, script="katakana")]
            end = at + 1
        at = max(end, at + 1)
    return kept


def _with_bare_tempi(atoms: Sequence[Atom]) -> list[Atom]:
    """Numbers without a unit are tempi where something else in the text is of music, and unknown elsewhere."""
    if not any(atom.is_a("bpm_bare") for atom in atoms):
        return list(atoms)
    musical = any(atom.is_content and not atom.is_a("bpm_bare", "seconds", "label") for atom in atoms)
    nothing_else = not musical and _is_nothing_but_a_tempo(atoms)
    stated = any(atom.is_a("bpm_value") and not any(atom.names) for atom in atoms)
    kept = []
    for at, atom in enumerate(atoms):
        if atom.is_a("bpm_bare"):
            free = not stated or any(atom.names)  # a limit counts beside a tempo: "90 bpm, 100 at most"
            counts = (musical or (nothing_else and atom.is_a("led"))) and (free or _is_corrected(atoms, at))
            terms = (Term("bpm_value", ""),) if counts else ()
            atom = replace(atom, terms=terms)
        kept.append(atom)
    return kept


def _called_back(atoms: Sequence[Atom], text: str) -> int | None:
    """The place behind a number that was a tempo before and is named again: "165 bpm. Sorry, scratch the 165 ..."."""
    stated: set[str] = set()
    for at, atom in enumerate(atoms):
        written = text[atom.start : atom.end]
        if atom.is_a("bpm_value"):
            stated |= set(re.findall(r"\d+", written))
        elif written in stated and not atom.is_known:
            return at + 1
    return None


def _stands_alone(atoms: Sequence[Atom], at: int) -> bool:
    """ "120 bpm. Hmm, no, 100": whether nothing but signs stands on both sides of a "no"."""
    return at > 0 and atoms[at - 1].is_a("pause", "end") and _ends(atoms, at + 1)


def _ends(atoms: Sequence[Atom], at: int) -> bool:
    return at >= len(atoms) or atoms[at].is_a("pause", "end")


_SLOWEST, _FASTEST = 40, 220
_NEAR = 0.015
"""Share by which a number of its own may be missed, either way."""


_CORRECTING = ("correction", "no", "reported", "reported_after", "led")


def _with_corrected_tempi(atoms: Sequence[Atom], text: str) -> list[Atom]:
    """A number that follows a correction of a tempo as one: "95 bpm. Sorry, I misspoke: 105"."""
    kept, stated, corrected = list(atoms), False, False
    called = _called_back(atoms, text)
    if called is None and not any(atom.is_a(*_CORRECTING) for atom in atoms):
        return kept
    for at, atom in enumerate(atoms):
        stated = stated or atom.is_a("bpm_value")
        if called is not None and at >= called:
            corrected = atoms[at - 1].is_a("pause", "end", "stop") and _ends(atoms, at + 1)
        number = text[atom.start : atom.end]
        if atom.is_a("correction") or _is_bare_no(atoms, at):
            corrected = stated
        elif stated and _is_reported(atoms, at, text):
            low, high = atom.numbers or (int(number) * (1 - _NEAR), int(number) * (1 + _NEAR))
            kept[at] = replace(atom, terms=(Term("bpm_value", ""),), numbers=(low, high), names=("",))
            begin = next((i for i in range(at - 1, -1, -1) if atoms[i].is_a("bpm_value")), 0)
            for i in range(begin + 1, at):  # "120 bpm. No, the client says 128"
                kept[i] = replace(atoms[i], terms=(Term("stop", ""),)) if _is_bare_no(atoms, i) else kept[i]
        elif corrected and not atom.is_known and number.isdecimal() and _SLOWEST <= int(number) <= _FASTEST:
            near = (int(number) * (1 - _NEAR), int(number) * (1 + _NEAR))
            kept[at] = replace(atom, terms=(Term("bpm_value", ""),), numbers=near, names=("",))
        elif not atom.is_a("pause", "end", "stop"):
            corrected = False
    return kept


def _is_bare_no(atoms: Sequence[Atom], at: int) -> bool:
    return atoms[at].is_a("no") and _stands_alone(atoms, at)


def _is_reported(atoms: Sequence[Atom], at: int, text: str) -> bool:
    """ "No, she came back with 112", 先方から112と言われました: a number of its own that somebody named."""
    number = text[atoms[at].start : atoms[at].end]
    bare = not atoms[at].is_known and number.isdecimal() and _SLOWEST <= int(number) <= _FASTEST
    if not bare and not atoms[at].is_a("bpm_bare"):
        return False
    if at + 1 < len(atoms) and atoms[at + 1].is_a("reported_after"):
        return True
    led = at > 0 and atoms[at - 1].is_a("reported")
    bound = any(atoms[at].names)
    led = led or (atoms[at].is_a("led") and not bound and not number[:1].isascii())  # 导演改成104
    closed = _ends(atoms, at + 1) or (atoms[at + 1].is_a("correction", "reported") and _ends(atoms, at + 2))
    return closed and (led or (at > 1 and atoms[at - 1].is_a("stop", "end") and atoms[at - 2].is_a("reported")))


def _is_corrected(atoms: Sequence[Atom], at: int) -> bool:
    """Whether a number takes the place of the tempo before it: "140 bpm, or no, make it 128", "150 bpm, mejor 140"."""
    reset = atoms[at].is_a("led")
    for place in range(at - 1, -1, -1):
        before = atoms[place]
        if before.is_a("correction", "prefer") and not before.is_content:
            return True
        if before.is_a("no") and _stands_alone(atoms, place):
            return True
        if before.is_a("bpm_value") and reset:
            return True
        if before.is_a("bpm_value", "key_value", "genre", "instrument", "mood"):
            return False
    return False


def _is_nothing_but_a_tempo(atoms: Sequence[Atom]) -> bool:
    """Whether a text is about a tempo: "so um die hundert, höchstens 102", "speed it up, between 96 and 100".

    Its numbers are led to as tempi, there are two of them or a word about pace beside, and hardly anything else.
    """
    numbers = [atom for atom in atoms if atom.is_a("bpm_bare")]
    others = [atom for atom in atoms if not atom.is_a("bpm_bare")]
    strange = sum(not atom.is_known for atom in others)
    plain = not any(atom.is_content or atom.is_a("trade", "shot") for atom in others)
    paced = any(atom.is_a("pace", "tempo_before", "tempo", "music") for atom in atoms)
    led = [atom for atom in numbers if atom.is_a("led")]
    return plain and bool(led) and ((len(led) > 1 and strange <= 1) or (paced and strange <= 2))


def folded_words(text: str, language: str) -> list[str]:
    """The words of a text, folded: what languages are told by."""
    return [fold(word, language) for word in re.findall(r"[^\W\d_]+", text)]
