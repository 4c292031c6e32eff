"""What an audio lane or clip is for, by the words that editors and programs give it."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from typing import Any

from vem_plugin.timeline.dialect import entries


class Role(enum.StrEnum):
    """What a piece of sound is there for."""

    SPEECH = "speech"
    MUSIC = "music"
    EFFECTS = "effects"
    UNKNOWN = "unknown"


_WORDS = {
    Role.SPEECH: """
        dialog dialogue dialogs dia dlg dx vo v/o voice voices voiceover narration narrator narr commentary adr speech
        speaker interview interviews itv talk talent host presenter lav lavalier lapel boom sprache kommentar
    """,
    Role.MUSIC: "music mx mus score song songs temp soundtrack bgm ost stinger musik musique musica guide",
    Role.EFFECTS: """
        sfx fx effects effect foley amb ambience ambiance ambient atmo atmos atmosphere roomtone tone wild bg
        backgrounds
        whoosh noise nat natsound
    """,
}
_ROLE_OF_WORD = {word: role for role, words in _WORDS.items() for word in words.split()}
_ROLE_KEYS = frozenset({"role", "audiorole", "roles", "audioroles", "subrole", "tracktype", "audiotype"})
_SPLIT = re.compile(r"[^a-z/]+|(?<=[a-z])(?=[0-9])")
_DEEPEST = 4


def role_of_name(name: str) -> Role:
    """The role that a lane's or clip's name tells: "DX 1" is speech, "A3" is unknown. The first telling word wins."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower().replace("voice over", "voiceover")
    for word in _SPLIT.split(spaced.replace("room tone", "roomtone")):
        role = _ROLE_OF_WORD.get(word)
        if role is not None:
            return role
    return Role.UNKNOWN


def role_in_metadata(metadata: Any) -> Role:
    """The role that Final Cut and others state in a clip's metadata ("dialogue.dialogue-1")."""
    return next((role for role in _stated(metadata, 0) if role is not Role.UNKNOWN), Role.UNKNOWN)


def first_known(roles: Iterable[Role]) -> Role:
    """The first role that says something."""
    return next((role for role in roles if role is not Role.UNKNOWN), Role.UNKNOWN)


def _stated(metadata: Any, depth: int) -> Iterable[Role]:
    for key, value in entries(metadata):
        if isinstance(value, str) and re.sub(r"[^a-z]", "", key.lower()) in _ROLE_KEYS:
            yield role_of_name(value)
        elif depth < _DEEPEST and isinstance(value, Mapping):
            yield from _stated(value, depth + 1)
