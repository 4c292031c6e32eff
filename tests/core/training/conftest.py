"""A corpus of two short pieces, shared by the tests of the stages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from vem_core.corpus.labels import PieceId
from vem_core.corpus.splits import Split
from vem_core.training.example_shards import ExampleShard
from vem_core.training.music_corpus import Recipe
from vem_core.training.preparing import render_music


class HashEncoder:
    """Texts as vectors that know nothing of meaning."""

    encoder_id = "hash"
    width = 384

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = [np.random.default_rng([1, *text.encode()]).standard_normal(384) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), 384)


PIECES = [PieceId(Split.TRAIN, 0, index) for index in (1, 8)]
RECIPE = Recipe(window_latents=110)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[ExampleShard]:
    """The shards of the pieces, one each."""
    return render_music(tmp_path_factory.mktemp("music"), PIECES, RECIPE, lambda _: None, encoder=HashEncoder())
