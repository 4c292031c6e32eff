"""Random choices that know what they are for.

Each choice draws from a generator of its own, keyed by the seed and the identity of what is chosen (part, section, bar
inside the section). No stream is shared, so a bar that a re-cut adds or removes reshuffles nothing else.
"""

from __future__ import annotations

import hashlib
import random


def chance(seed: int, *identity: object) -> random.Random:
    """A generator that depends on the seed and the identity alone, the same on every machine."""
    text = "\x1f".join([str(seed), *(str(part) for part in identity)])
    return random.Random(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big"))
