"""Names of people, firms and streets: what sounds like music in them is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vem_core.direction.atom import Atom
from vem_core.direction.lexicon import Lexicon

_NAMED = ("instrument", "genre", "mood", "mode", "level", "density")
"""Kinds whose words people, streets and firms bear as names."""

_TITLE_CASE = 0.6
"""Share of a text's words with a capital from which capitals say nothing of names."""

_QUOTES = (("«", "»"), ("„", "“"), ("“", "”"), ("《", "》"), ("「", "」"), ("『", "』"), ('"', '"'))
_BEFORE_A_TITLE = 8
"""Phrases between a word for a title and its quotation mark."""

_OPENING = frozenset(".!?:;\"'«“„(-–—>→⇒")


def without_names(atoms: Sequence[Atom], text: str, lexicon: Lexicon) -> list[Atom]:
    """The atoms with names made unknown, and what may be one made a word that needs the company of music.

    Sure are "Bass & Söhne", "Mrs Sharp", "rue de la Harpe", "Harfenstraße", "太鼓橋" and "张琴女士". A capital amid a
    sentence may be a name in languages that write common nouns small: "ask Viola in accounts".
    """
    kept = list(atoms)
    capitals_tell = lexicon.language in ("en", "es", "fr") and not _is_title_case(text)
    for at, atom in enumerate(atoms):
        if not atom.is_a(*_NAMED) and not (atom.script and atom.is_a("tempo")):  # "快板桥村" is a village
            continue
        if _is_name(atoms, at, text, lexicon):
            kept[at] = Atom(atom.start, atom.end, script=atom.script)
        elif capitals_tell and _has_capital_amid(atom, text):
            kept[at] = replace(atom, terms=tuple(term._replace(weak=True) for term in atom.terms))
    return kept


def _is_name(atoms: Sequence[Atom], at: int, text: str, lexicon: Lexicon) -> bool:
    atom = atoms[at]
    written = text[atom.start : atom.end]
    if _is_quoted_title(atoms, at, text):
        return True
    if atom.script:
        return _bears_a_title(atoms, at, text)
    if not written[:1].isupper():
        return False
    if lexicon.name_tails and written.casefold().endswith(lexicon.name_tails):
        return True
    if at + 1 < len(atoms) and atoms[at + 1].is_a("title_after") and text[atoms[at + 1].start].isupper():
        return True
    return _follows_title(atoms, at, text) or _is_firm(atoms, at, text) or _follows_building(atoms, at, text)


def _is_quoted_title(atoms: Sequence[Atom], at: int, text: str) -> bool:
    """片名《青春圆舞曲》, 'the sign says "Jazz Bar"': in quotation marks, close behind a word for a title or a sign."""
    atom = atoms[at]
    for opening, closing in _QUOTES:
        begin = text.rfind(opening, 0, atom.start)
        if begin < 0 or closing in text[begin + 1 : atom.start] or closing not in text[atom.end :]:
            continue
        before = [other for other in atoms[:at] if other.end <= begin][-_BEFORE_A_TITLE:]
        if any(other.is_a("work") for other in before):
            return True
    return False


def _bears_a_title(atoms: Sequence[Atom], at: int, text: str) -> bool:
    """ "張琴女士", "琴音ちゃん": a title right behind a name of one or two pieces; "株式会社ロックハウス": before.

    A number may stand between it and its room ("ワルツ203号室"), a dot in it ("メゾン・ワルツ").
    """
    for step, most in ((1, 2), (-1, 3)):
        edge, before = at, at + step
        for _ in range(most):
            if not 0 <= before < len(atoms) or not _touch(atoms[edge], atoms[before]):
                break
            written = text[atoms[before].start : atoms[before].end]
            if not atoms[before].script and not (step > 0 and written.isdecimal()):
                break
            if atoms[before].is_a("title_after" if step > 0 else "title"):
                return True
            dotted = step < 0 and written in _DOTS
            if atoms[before].is_a("stop") or (step < 0 and atoms[before].script != "katakana" and not dotted):
                break
            edge, before = before, before + step
    return False


_DOTS = ("・", "･")


def _touch(one: Atom, other: Atom) -> bool:
    return one.end == other.start or other.end == one.start


def _follows_title(atoms: Sequence[Atom], at: int, text: str) -> bool:
    """ "Mrs Sharp", "M. Basson", "rue de la Harpe": a title, then nothing but small words, capitals and full stops."""
    for before in reversed(atoms[max(at - 3, 0) : at]):
        if before.is_a("title"):
            return True
        written = text[before.start : before.end]
        if not (written == "." or before.is_a("determiner", "stop") or written[:1].isupper()):
            return False
    return False


def _follows_building(atoms: Sequence[Atom], at: int, text: str) -> bool:
    """ "Résidence La Valse", "Edificio Tango": a word for a building right before, articles aside."""
    for before in reversed(atoms[max(at - 3, 0) : at]):
        if before.is_a("building"):
            return text[before.start].isupper()
        if not before.is_a("determiner", "stop"):
            return False
    return False


def _is_firm(atoms: Sequence[Atom], at: int, text: str) -> bool:
    """Whether an ampersand joins it to another word with a capital that nobody knows: "Bass & Söhne"."""
    for sign, other in ((at + 1, at + 2), (at - 1, at - 2)):
        if 0 <= other < len(atoms) and text[atoms[sign].start : atoms[sign].end] == "&":
            return text[atoms[other].start].isupper() and not atoms[other].is_known
    return False


def _has_capital_amid(atom: Atom, text: str) -> bool:
    before = text[: atom.start].rstrip()
    return text[atom.start].isupper() and bool(before) and before[-1] not in _OPENING and not _is_shouted(atom, text)


def _is_shouted(atom: Atom, text: str) -> bool:
    return atom.end - atom.start > 1 and text[atom.start : atom.end].isupper()


def _is_title_case(text: str) -> bool:
    words = [word for word in text.split() if word[:1].isalpha()]
    return sum(word[0].isupper() for word in words) > _TITLE_CASE * len(words)
