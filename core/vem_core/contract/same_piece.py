"""Whether a score that follows a re-cut is the same piece of music: decided here and nowhere else.

A take is the same piece where nothing that was asked of the *whole* piece is asked otherwise now. What is asked of
single shots, how the piece ends, how much room it makes for speech and how strictly a hit is judged can change within a
piece; so can the cut, the model, and the form of the files.

The host side asks before it sends anything, to say so in time and to leave the earlier sound at home; the core asks
again and plans a new piece where a caller sent a contradiction.
"""

from __future__ import annotations

import dataclasses

from vem_core.contract.direction import Direction
from vem_core.contract.recut import EarlierTake
from vem_core.contract.request import ScoreRequest

WITHIN_A_PIECE = frozenset({"shot_energies", "shot_words", "ending", "room", "hit_tolerance_ms", "temp_track"})
"""Fields of a direction that may change while the piece stays what it is. A field that is not named here may not."""

WHOLE_PIECE = tuple(field.name for field in dataclasses.fields(Direction) if field.name not in WITHIN_A_PIECE)
"""Fields of a direction that make the piece what it is."""

DESCRIPTION, SEED, MUSIC = "description", "seed", "music"


def contradictions(request: ScoreRequest) -> tuple[str, ...]:
    """The names of wishes for the whole piece that the take before contradicts; empty: the same piece, or no re-cut.

    Names are those of `Direction`'s fields, "seed", "music" for the user's own, and "description" for what the editor
    made of the whole parse.
    """
    if request.recut is None:
        return ()
    earlier = request.recut.earlier
    return (*_of_the_direction(request.direction, earlier), *_of_the_rest(request, earlier))


def new_piece_notice(request: ScoreRequest) -> str:
    """The sentence for an editor whose wishes ask for another piece than the take before; empty where they do not."""
    names = contradictions(request)
    if request.recut is None or not names:
        return ""
    spoken = ", ".join(name.removesuffix("_bpm").removesuffix("_ms").replace("_", " ") for name in names)
    return f"Other wishes than take {request.recut.earlier.take} had ({spoken}): a new piece is made."


def other_weights_notice(earlier: EarlierTake, model: str, model_sha256: str) -> str:
    """The sentence where the take before was played by other weights of the model that plays now; else empty."""
    if earlier.model != model or earlier.model_sha256 in ("", model_sha256):
        return ""
    return (
        f"Take {earlier.take} was played by other weights of {model} than are installed now: "
        "what is new is played by these, and may sound different from what stays."
    )


def as_new_piece(request: ScoreRequest) -> ScoreRequest:
    """The request without the take before, where its wishes contradict that; the request itself where they do not."""
    return dataclasses.replace(request, recut=None) if contradictions(request) else request


def _of_the_direction(asked: Direction, earlier: EarlierTake) -> list[str]:
    before = earlier.direction
    if before is None:
        return []
    return [name for name in WHOLE_PIECE if getattr(asked, name) != getattr(before, name)]


def _of_the_rest(request: ScoreRequest, earlier: EarlierTake) -> list[str]:
    overall = None if request.parse is None else request.parse.overall
    described = earlier.overall is not None and overall is not None and overall != earlier.overall
    reseeded = earlier.seed is not None and request.seed != earlier.seed
    other = (request.music and request.music.sha256) != (earlier.music and earlier.music.sha256)
    found = {DESCRIPTION: described, SEED: reseeded, MUSIC: other}
    return [name for name, differs in found.items() if differs]
