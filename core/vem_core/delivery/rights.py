"""What each model of music is licensed under, what it learnt from, and what may be done with its music.

A model that is not named here is treated as one whose music may not be used in paid work: nobody has said that it may.
"""

from __future__ import annotations

from dataclasses import dataclass

from vem_core.contract.own_music import OWN_MUSIC
from vem_core.contract.result import Rights

FREE = (
    "The music is yours: you may use, change, publish and sell it, in paid work too, without naming or paying anybody. "
    "No recording of another person's music is in it."
)
CONDITIONAL = (
    "Paid work with this music is allowed on conditions that you must meet yourself: {conditions} "
    "No recording of another person's music is in it."
)
NOT_PAID = "The licence of the model {model} forbids paid work: use this music for trials and private work only."
UNKNOWN = "Nobody has stated the licence of the model {model}: do not use this music in paid work before you know it."


@dataclass(frozen=True)
class ModelTerms:
    """The licences of a model and of its data, and whether paid work is allowed: always, on `conditions`, never."""

    licence: str
    data: str
    paid_work: bool
    conditions: tuple[str, ...] = ()  # that whoever uses the music must meet, in sentences; empty: none
    statement: str = ""  # in place of what is usually said


TERMS: dict[str, ModelTerms] = {
    "sketch": ModelTerms(
        "Apache-2.0 (composer, synthesiser and sounds are part of VeM Score)",
        "none: nothing was learnt; a SoundFont of your own, where you chose one, has its own licence",
        True,
    ),
    "vem-mini": ModelTerms(
        "Apache-2.0 (weights and code are part of VeM Score)",
        "music that VeM Score composed and rendered itself, Apache-2.0; the text encoder all-MiniLM-L6-v2, Apache-2.0",
        True,
    ),
    OWN_MUSIC: ModelTerms(
        "none: no model made this music",
        "none: it is a recording of yours, cut and stretched",
        True,
        statement="It is the music that you brought: what you may do with it, edits included, is what its own "
        "licence allows.",
    ),
    "ace-step-1.5": ModelTerms("MIT (weights and code)", "licensed and royalty-free music, as its authors state", True),
    "stable-audio-3": ModelTerms(
        "Stability AI Community License; text encoder under the Gemma terms of use",
        "licensed recordings, as its authors state",
        True,
        (
            "Stability AI's community licence is free only below a yearly revenue of 1,000,000 US dollars: above it "
            "you need a licence of theirs.",
            'Where the licence asks for it, say "Powered by Stability AI".',
        ),
    ),
    "audioldm2": ModelTerms("CC BY-NC-SA 4.0", "AudioSet, AudioCaps and others, for research", False),
}


def rights_of(model: str, *notes: str) -> Rights:
    """What a score by a model may be used for. `notes` are of other parts, such as the beat tracker; empty ones go."""
    terms = TERMS.get(model)
    kept = tuple(note for note in notes if note)
    if terms is None:
        return Rights("not stated", "not stated", False, UNKNOWN.format(model=model), kept)
    return Rights(terms.licence, terms.data, terms.paid_work, _statement(model, terms), kept, terms.conditions)


def caution_before(model: str) -> str:
    """What must be said before a model plays; empty where its music may be used for anything."""
    rights = rights_of(model)
    return rights.statement if rights.conditions or not rights.paid_work else ""


def _statement(model: str, terms: ModelTerms) -> str:
    if not terms.paid_work:
        return NOT_PAID.format(model=model)
    if terms.conditions:
        return CONDITIONAL.format(conditions=" ".join(terms.conditions))
    return terms.statement or FREE
