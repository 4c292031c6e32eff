"""The interface of eyes, and what they say."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from vem_core.parsing.pictures import Picture

SURE = 0.8
"""How sure eyes must be of a content word before it is said. Calibrated on photographs (see
docs/engineers/direction.md): below it EfficientNet-Lite0 is wrong as often as right."""

HALF_SURE = 0.5
"""How sure they must be of it in another picture of the shot, where there is one."""


class Glance(NamedTuple):
    """What one picture shows. `content`: ids of content words and how sure each is, 0..1, the surest first."""

    content: tuple[tuple[str, float], ...] = ()
    affect: tuple[float, float] | None = None  # valence and arousal, -1..1, of eyes that can tell moods


class Eyes(Protocol):
    """Looks at one picture at a time.

    `eyes_id` changes whenever the same picture may be seen differently.
    """

    eyes_id: str
    size: tuple[int, int]  # width and height of the pictures that are shown to it

    def glance(self, picture: Picture) -> Glance:
        """What a picture at `size` shows. Loads when first used. Raises ModelMissing, WeightsDamaged."""
        ...

    def unload(self) -> None:
        """Free what was loaded; it is loaded again when needed."""
        ...
