"""Which eyes there are: the user's own models first, then the small network, then none."""

from __future__ import annotations

from vem_core.parsing.eyes.base import Eyes
from vem_core.parsing.eyes.lite import LiteEyes, bundled_weights
from vem_core.resources.local_models import local_models_folder

ZERO_SHOT = ("siglip", "clip")
"""Folders of a user's models that are looked for, the first that is there first."""


def open_eyes(parser: str = "bundled") -> Eyes | None:
    """The eyes that look at this machine's pictures; None where nothing is installed. No weights are loaded yet.

    Who parses by Qwen2.5-VL looks by it. Raises ModelMissing, WeightsDamaged for a folder of another model.
    """
    own = local_models_folder()
    if parser == "qwen2.5-vl" and (own / parser).is_dir():
        from vem_core.parsing.eyes.qwen_eyes import QwenEyes

        return QwenEyes(own / parser)
    for name in ZERO_SHOT:
        if (own / name).is_dir():
            from vem_core.parsing.eyes.zero_shot import ZeroShotEyes

            return ZeroShotEyes(own / name)
    return LiteEyes() if bundled_weights() is not None else None
