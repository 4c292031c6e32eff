"""Direction: words and pictures in, one `MusicBrief` out, which planner, composer and models follow.

>>> from vem_core.direction import read_words
>>> said = read_words("sad solo piano, no drums, 120 bpm")
>>> said.only, said.without, said.tempos[0].numbers
(('piano',), ('drums',), (118.2, 121.8))
"""

from vem_core.direction.director import direct
from vem_core.direction.grammar import read_words

__all__ = ["direct", "read_words"]
