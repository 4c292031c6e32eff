"""Our musicnn against the original, whose answers `make_musicnn_reference.py` wrote down."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fakes.musicnn_signals import RATE_HZ, SIGNALS
from vem_core.contract.errors import AudioError, ModelMissing
from vem_core.musicnn.checkpoint import read_checkpoint
from vem_core.musicnn.tagger import TRAINING_SETS, Tagger

REFERENCE = json.loads(Path(__file__).with_name("musicnn_reference.json").read_text())


@pytest.fixture(scope="module", params=TRAINING_SETS)
def tagger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    return Tagger.load(request.param, tmp_path_factory.mktemp("musicnn"))


@pytest.mark.parametrize("name", SIGNALS)
def test_activations_are_the_originals(tagger: Tagger, name: str) -> None:
    heard = tagger.hear(SIGNALS[name]()[None], RATE_HZ)
    expected = REFERENCE[tagger.training_set][name]
    assert np.abs(heard.tags[0] - expected["tags"]).max() < 1e-4
    assert np.abs(heard.embedding[0] - expected["embedding"]).max() < 1e-4


def test_a_tone_is_slow_music_and_noise_is_loud(tagger: Tagger) -> None:
    if tagger.training_set == "MTT":
        tone, noise = (tagger.hear(SIGNALS[name]()[None], RATE_HZ).tags[0] for name in ("middle tone", "noise"))
        slow, loud = tagger.labels.index("slow"), tagger.labels.index("loud")
        assert tone[slow] > noise[slow]
        assert noise[loud] > tone[loud]
    assert len(tagger.labels) == 50


def test_less_than_a_patch_is_said(tagger: Tagger) -> None:
    with pytest.raises(AudioError, match="three seconds"):
        tagger.hear(np.zeros((2, 2 * RATE_HZ), np.float32), RATE_HZ)


def test_the_second_load_reads_the_converted_file(tmp_path: Path) -> None:
    Tagger.load("MTT", tmp_path)
    (converted,) = tmp_path.iterdir()
    changed = converted.stat().st_mtime_ns
    Tagger.load("MTT", tmp_path)
    assert [path.stat().st_mtime_ns for path in tmp_path.iterdir()] == [changed]


@pytest.mark.parametrize(
    "damage", [b"", b"\x00" * 64, b"not a table of tensors, but long enough for a footer of its own"]
)
def test_a_damaged_checkpoint_is_named(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / ".index").write_bytes(damage)
    (tmp_path / ".data-00000-of-00001").write_bytes(b"")
    with pytest.raises(ModelMissing, match="no readable TensorFlow checkpoint"):
        read_checkpoint(tmp_path)
