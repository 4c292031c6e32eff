"""Numbers as people write them out, from 1 to 299: what tempi and metres need, in six languages."""

from __future__ import annotations

import functools

_EN = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
       "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ES = ("", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece",
       "catorce", "quince", "dieciseis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno",
       "veintidos", "veintitres", "veinticuatro", "veinticinco", "veintiseis", "veintisiete", "veintiocho",
       "veintinueve")  # fmt: skip
_ES_TENS = ("", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
_DE = ("", "ein", "zwei", "drei", "vier", "fuenf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwoelf",
       "dreizehn", "vierzehn", "fuenfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn")  # fmt: skip
_DE_TENS = ("", "", "zwanzig", "dreissig", "vierzig", "fuenfzig", "sechzig", "siebzig", "achtzig", "neunzig")
_FR = ("", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
       "quatorze", "quinze", "seize", "dix sept", "dix huit", "dix neuf")  # fmt: skip
_FR_TENS = ("", "", "vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre vingt", "quatre vingt")
_HAN = "零一二三四五六七八九"


@functools.cache
def number_words(language: str) -> dict[str, int]:
    """How the language writes the numbers from 1 to 299, each way that is common; words are folded."""
    writers = {"en": _english, "es": _spanish, "de": _german, "fr": _french, "zh": _chinese, "ja": _han}
    writer = writers.get(language)
    if writer is None:
        return {}
    return {words: number for number in range(1, 300) for words in writer(number)}


def _english(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    small = _EN[rest] if rest < 20 else f"{_EN_TENS[rest // 10]} {_EN[rest % 10]}".strip()
    if not hundreds:
        return [small]
    heads = [f"{_EN[hundreds]} hundred", *(["a hundred"] if hundreds == 1 else [])]
    if not rest:
        return heads
    return [f"{head} {joint}{small}" for head in heads for joint in ("", "and ")] + [f"{_EN[hundreds]} {small}"] * (
        rest >= 10
    )


def _spanish(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    small = _ES[rest] if rest < 30 else " y ".join(part for part in (_ES_TENS[rest // 10], _ES[rest % 10]) if part)
    if not hundreds:
        return [small]
    head = {1: "ciento" if rest else "cien", 2: "doscientos"}[hundreds]
    return [f"{head} {small}".strip()]


def _german(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    small = _DE[rest] if rest < 20 else f"{_DE[rest % 10]}{'und' if rest % 10 else ''}{_DE_TENS[rest // 10]}"
    small = "eins" if rest == 1 else small
    if not hundreds:
        return [small]
    heads = ["hundert", "einhundert"] if hundreds == 1 else ["zweihundert"]
    return [head + small for head in heads]


def _french(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    head = {0: "", 1: "cent", 2: "deux cents" if not rest else "deux cent"}[hundreds]
    if rest < 20:
        small = [_FR[rest]]
    else:
        tens = rest // 10
        unit = rest - 10 * (6 if tens == 7 else 8 if tens == 9 else tens)
        name = _FR_TENS[tens]
        small = [f"{name} {_FR[unit]}".strip()]
        small += [f"{name} et {_FR[unit]}"] if unit in (1, 11) else []
        small += ["quatre vingts"] if rest == 80 else []
    return [f"{head} {each}".strip() for each in small]


def _chinese(number: int) -> list[str]:
    """As `_han`, but that the last ten may be left out: 一百三 is 130, where 103 is 一百零三."""
    hundreds, rest = divmod(number, 100)
    if not hundreds or not rest:
        return _han(number)
    if rest < 10:
        return [words for words in _han(number) if "零" in words]
    short = [f"{_HAN[hundreds]} 百 {_HAN[rest // 10]}"] if rest % 10 == 0 else []
    return _han(number) + short


def _han(number: int) -> list[str]:
    """As single characters with spaces, since these scripts are read by character."""
    hundreds, rest = divmod(number, 100)
    tens, unit = divmod(rest, 10)
    small = (("十" if tens == 1 else f"{_HAN[tens]}十") if tens else "") + (_HAN[unit] if unit else "")
    if not hundreds:
        return [" ".join(small)]
    heads = ["百", "一百"] if hundreds == 1 else [f"{_HAN[hundreds]}百"]
    inner = f"零{small}" if rest and not tens else f"一{small}" if tens == 1 else small
    return [" ".join(head + each) for head in heads for each in {inner, small}]
