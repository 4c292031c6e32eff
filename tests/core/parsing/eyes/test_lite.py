"""EfficientNet-Lite0: our network against the published one, and what it says of pictures of nothing and of a film."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

from fakes.film import film
from fakes.pictures import PICTURES, disc, gradient, noise
from vem_core.contract.codec import dumps
from vem_core.contract.errors import WeightsDamaged
from vem_core.direction import direct, sight
from vem_core.parsing.eyes.base import SURE, Glance
from vem_core.parsing.eyes.lite import LiteEyes, bundled_weights
from vem_core.parsing.eyes.network import SIDE
from vem_core.parsing.pictures import Picture

pytestmark = pytest.mark.skipif(bundled_weights() is None, reason="the extra `eyes` is not installed")

REFERENCE = json.loads(Path(__file__).with_name("lite_reference.json").read_text())


@pytest.fixture(scope="module")
def eyes() -> LiteEyes:
    return LiteEyes()


def sure(glance: Glance) -> list[str]:
    return [word for word, sureness in glance.content if sureness >= SURE]


@pytest.mark.parametrize("name", PICTURES)
def test_its_answers_are_the_published_network_s(eyes: LiteEyes, name: str) -> None:
    pixels = torch.from_numpy(np.ascontiguousarray(PICTURES[name]((SIDE, SIDE)).transpose(2, 0, 1)))[None]
    with torch.inference_mode():
        logits = eyes._load()(pixels)[0].numpy()
    assert np.abs(logits - REFERENCE[name]).max() < 2e-3
    assert np.argmax(logits) == np.argmax(REFERENCE[name])


def test_nothing_is_said_of_pictures_of_nothing(eyes: LiteEyes) -> None:
    noises = [noise(seed, steepness=steepness) for seed in range(3) for steepness in (0.0, 1.2)]
    shown = [*noises, *map(gradient, range(3)), *map(disc, range(3))]
    blood = np.zeros((144, 256, 3), np.float32) + np.array([0.18, 0.01, 0.01], np.float32)
    assert [sure(eyes.glance(picture)) for picture in (*shown, blood, blood * 0)] == [[]] * (len(shown) + 2)


def test_a_real_film_s_shot_of_a_bird_is_one_of_an_animal(eyes: LiteEyes, real_media: Path) -> None:
    frames = frames_at(real_media / "big_buck_bunny_480p_30s.mp4", (3, 19.5, 28))
    assert [sure(eyes.glance(frame)) for frame in frames] == [[], ["animals"], []]


def frames_at(path: Path, seconds: tuple[float, ...]) -> list[Picture]:
    with av.open(str(path)) as container:
        found = [frame.to_image() for frame in container.decode(video=0) if frame.time in seconds]
    return [np.asarray(image.resize(LiteEyes.size, Image.Resampling.BILINEAR), np.float32) / 255 for image in found]


def test_the_same_request_gives_the_same_brief_byte_for_byte(
    eyes: LiteEyes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sight, "open_eyes", lambda parser: eyes)
    request, jpegs = film([(10, 90, 200), (46, 2, 2), (110, 110, 110)], noise=0.2)
    briefs = []
    for run in ("one", "two"):  # each with a cache of its own: nothing is remembered
        monkeypatch.setenv("VEM_CACHE", str(tmp_path / run))
        briefs.append(dumps(direct(request, jpegs)))
    assert briefs[0] == briefs[1]


def test_another_file_under_its_name_is_refused(tmp_path: Path) -> None:
    weights = tmp_path / "efficientnet-lite0-57934424.pth"
    weights.write_bytes(b"\x80\x02.")
    with pytest.raises(WeightsDamaged, match="not the file that was published"):
        LiteEyes(weights).glance(disc(0))
