"""A text as atoms: each known phrase with what it may mean, each key, metre and tempo, and the words nobody knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from vem_core.direction.atom import EXACT, Atom
from vem_core.direction.exact import Bars, match_bar, match_key, match_meter, match_shot, match_tempo, match_time
from vem_core.direction.lexicon import CONTENT, Lexicon, Term, lexicon_of
from vem_core.direction.names import without_names
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
        length, atom = _atom_at(lexicon, tokens, at, named, shots_s, bars)
        atoms.append(atom)
        at += length
    if language not in ("en", "zh", "ja"):
        atoms = _with_english(text, atoms)
    atoms = without_names(with_typos(_whole_katakana(atoms), text, language), text, lexicon)
    return _with_bare_tempi(_in_company(atoms, text))


def _atom_at(
    lexicon: Lexicon,
    tokens: Sequence[Token],
    at: int,
    labels: Mapping[tuple[str, ...], float],
    shots_s: Sequence[float],
    bars: Bars | None,
) -> tuple[int, Atom]:
    token = tokens[at]
    known, terms = lexicon.longest(tokens, at)
    exact = _exact(lexicon, tokens, at, labels, shots_s, bars)
    if exact is not None and (exact[0] > known or (exact[0] == known and not exact[1].is_a("seconds"))):
        return exact
    length = max(known, 1)
    if any(term.kind == "plain" for term in terms):
        return length, Atom(token.start, tokens[at + length - 1].end)
    if not terms:
        sign = "stop" if token.text in _PAUSES else "end" if token.text in _ENDS else ""
        if sign:
            terms = [Term("pause" if sign == "stop" else "end", token.text)]
        elif not (token.is_word or token.is_number or token.is_cjk):
            terms = [Term("stop", token.text)]
    elif token.text in _PAUSES:
        terms = [*terms, Term("pause", token.text)]
    last = tokens[at + length - 1]
    script = "katakana" if token.is_katakana else "cjk" if token.is_cjk else ""
    return length, Atom(token.start, last.end, tuple(terms), script=script)


def _exact(
    lexicon: Lexicon,
    tokens: Sequence[Token],
    at: int,
    labels: Mapping[tuple[str, ...], float],
    shots_s: Sequence[float],
    bars: Bars | None,
) -> tuple[int, Atom] | None:
    """A key, a metre, a tempo in numbers, a time, a shot, a bar or a named moment that begins here."""

    def atom(
        kind: str, length: int, *, weak: bool, numbers: tuple[float, ...] = (), names: tuple[str, ...] = ()
    ) -> tuple[int, Atom]:
        span = tokens[at].start, tokens[at + length - 1].end
        return length, Atom(*span, (Term(kind, "", weak),), numbers, names)

    if shots_s and (shot := match_shot(lexicon, tokens, at, shots_s)):
        return atom("seconds", shot.length, weak=False, numbers=shot.numbers)
    if bars is not None and (bar := match_bar(lexicon, tokens, at, bars)):
        return atom("seconds", bar.length, weak=False, numbers=bar.numbers)
    if found := match_key(lexicon, tokens, at):
        return atom("key_value", found.length, weak=found.weak, names=(found.tonic, found.mode))
    if tempo := match_tempo(lexicon, tokens, at):
        return atom("bpm_bare" if tempo.bare else "bpm_value", tempo.length, weak=tempo.bare, numbers=tempo.numbers)
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
    """Words that the language does not know, read as English where that is music for sure: "chill beats ohne Bass"."""
    english = lexicon_of("en")
    found: list[Atom] = []
    at = 0
    while at < len(atoms):
        if atoms[at].is_known:
            found.append(atoms[at])
            at += 1
            continue
        tokens = english.tokens(text[atoms[at].start :])
        length, terms = english.longest(tokens, 0)
        content = tuple(term for term in terms if term.kind in ("genre", "instrument", "mood") and not term.weak)
        end = atoms[at].start + (tokens[length - 1].end if length else 0)
        spanned = [atom for atom in atoms[at:] if atom.start < end]
        if content and spanned:
            found.append(Atom(atoms[at].start, max(atom.end for atom in spanned), content))
            at += len(spanned)
        else:
            found.append(atoms[at])
            at += 1
    return found


def _whole_katakana(atoms: list[Atom]) -> list[Atom]:
    """Runs of katakana that hold an unknown piece are unknown as a whole: a block is no rock."""
    kept = list(atoms)
    at = 0
    while at < len(kept):
        end = at
        while (
            end < len(kept) and kept[end].script == "katakana" and (end == at or kept[end].start == kept[end - 1].end)
        ):
            end += 1
        if end > at and any(not atom.is_known for atom in kept[at:end]):
            kept[at:end] = [Atom(kept[at].start, kept[end - 1].end, script="katakana")]
            end = at + 1
        at = max(end, at + 1)
    return kept


def _with_bare_tempi(atoms: Sequence[Atom]) -> list[Atom]:
    """Numbers without a unit are tempi where something else in the text is of music, and unknown elsewhere."""
    musical = any(atom.is_content and not atom.is_a("bpm_bare", "seconds", "label") for atom in atoms)
    stated = any(atom.is_a("bpm_value") for atom in atoms)
    kept = []
    for atom in atoms:
        if atom.is_a("bpm_bare"):
            terms = (Term("bpm_value", ""),) if musical and not stated else ()
            atom = replace(atom, terms=terms)
        kept.append(atom)
    return kept


def clauses(atoms: Sequence[Atom]) -> list[list[int]]:
    """The indices of the atoms of each clause: what commas, full stops, "but" and "then" set apart."""
    parts: list[list[int]] = [[]]
    for index, atom in enumerate(atoms):
        if atom.is_a("pause", "end") or (atom.is_a("contrast", "then") and not atom.is_a("stop")):
            parts.append([])
            if atom.is_a("contrast", "then"):
                parts[-1].append(index)
        else:
            parts[-1].append(index)
    return [part for part in parts if part]


def _in_company(atoms: list[Atom], text: str) -> list[Atom]:
    """The atoms with words of other trades made unknown where nothing around them is of music.

    A word that has company is company itself: "pop" vouches for the "rock" beside it.
    """
    sure = list(atoms)
    spoken = any(atom.is_a("mood", "level") and not atom.is_weak for atom in atoms)
    weak = [
        (clause, place) for clause in clauses(atoms) for place in range(len(clause)) if atoms[clause[place]].is_weak
    ]
    strange = {id(clause): any(not atoms[index].is_known for index in clause) for clause, _ in weak}
    doubted = list(weak)
    for _ in range(3):
        left = []
        for clause, place in doubted:
            vouched = _is_vouched_for(sure, clause, place, spoken=spoken)
            if vouched or _has_company(sure, clause, place, strange=strange[id(clause)], text=text):
                terms = tuple(replace(term, weak=False) for term in atoms[clause[place]].terms)
                sure[clause[place]] = replace(atoms[clause[place]], terms=terms)
            else:
                left.append((clause, place))
        if len(left) == len(doubted):
            break
        doubted = left
    for clause, place in doubted:
        atom = atoms[clause[place]]
        others = tuple(term for term in atom.terms if term.kind not in CONTENT and term.kind not in EXACT)
        sure[clause[place]] = replace(atom, terms=others)
    return [_as_weak(atom, before) for atom, before in zip(sure, atoms, strict=True)]


def _as_weak(atom: Atom, before: Atom) -> Atom:
    """An atom that was vouched for, still known to be a word of other trades."""
    return before if atom.terms and before.is_weak and atom.is_content else atom


def _is_vouched_for(atoms: Sequence[Atom], clause: Sequence[int], place: int, *, spoken: bool) -> bool:
    """Whether a clause says that it is of music, whatever else stands in it.

    An instrument beside another ("bajo con guitarra"), or a movement to somewhere in a text that speaks of moods
    ("starts calm, builds to a dance").
    """
    atom = atoms[clause[place]]
    after = atoms[clause[place + 1]] if place + 1 < len(clause) else None
    if atom.is_a("move"):
        return spoken and place == 0 and after is not None and after.is_a("to_word")
    others = (atoms[index] for index in clause if index != clause[place])
    return atom.is_a("instrument") and any(
        other.is_a("instrument", "genre", "key_value") and not other.is_weak for other in others
    )


def _has_company(atoms: Sequence[Atom], clause: Sequence[int], place: int, *, strange: bool, text: str) -> bool:
    neighbours = [atoms[clause[at]] for at in (place - 1, place + 1) if 0 <= at < len(clause)]
    after = atoms[clause[place + 1]] if place + 1 < len(clause) else None
    before = atoms[clause[place - 1]] if place else None
    if any(_is_musical(neighbour) for neighbour in neighbours) or _is_judged(atoms, clause, place):
        return True
    if strange:
        if atoms[clause[place]].is_a("key_value") and before is not None and (after is None or after.is_known):
            return text[before.start : before.end].casefold() in ("in", "en", "key", "of")
        opens = place == 0 and after is not None and after.is_a("stop") and not after.is_a("determiner")
        genre = atoms[clause[place]].is_a("genre")
        return genre and opens and re.match(r"\s*(for|with)\b", text[atoms[clause[place]].end :]) is not None
    return before is None or not (before.is_a("determiner") and atoms[clause[place]].is_a("genre"))


def _is_judged(atoms: Sequence[Atom], clause: Sequence[int], place: int) -> bool:
    """Whether a word that puts in or takes out governs an instrument: "odia la batería", not "la batería de la cámara"."""
    if not atoms[clause[place]].is_a("instrument"):
        return False
    behind = [atoms[index] for index in clause[place + 1 :] if not atoms[index].is_a("stop", "determiner")]
    if behind and not behind[0].is_known:
        return False
    before = [atoms[index] for index in clause[:place] if not atoms[index].is_a("determiner")]
    return bool(before) and before[-1].is_a(*_JUDGING) or bool(behind) and behind[0].is_a("no_after", "insist")


_JUDGING = ("no", "no_after", "removing", "swap", "insist", "only")


def _is_musical(atom: Atom) -> bool:
    led = atom.is_a("music", "no", "soft_no", "too", "no_after", "soft_after", "only", "solo", "insist", "swap")
    return led or (atom.is_content and not atom.is_weak and not atom.is_a("seconds", "label"))


def folded_words(text: str, language: str) -> list[str]:
    """The words of a text, folded: what languages are told by."""
    return [fold(word, language) for word in re.findall(r"[^\W\d_]+", text)]
