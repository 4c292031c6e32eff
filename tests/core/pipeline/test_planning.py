"""What the transition-beat aligner says of a film steers its plan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from fakes.film import film
from vem_core.compute.model_store import ModelStore
from vem_core.contract.errors import ModelMissing, WeightsDamaged
from vem_core.contract.request import Device, ScoreRequest
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.aligner_network import AlignerNetwork
from vem_core.models.cut_beats import beat_probabilities
from vem_core.models.weights_file import WEIGHTS_FILE
from vem_core.parsing.strips import CutStrips
from vem_core.pipeline import planning
from vem_core.pipeline.job import Job
from vem_core.rhythm.weights import ALIGNER_SHARE, weigh_cuts

COLOURS = ((200, 40, 30), (20, 60, 180), (90, 90, 90))


def tiny(folder: Path) -> AlignerNetwork:
    torch.manual_seed(3)
    TransitionBeatAligner(size=(8, 8), widths=(4, 8)).save_pretrained(folder)
    return AlignerNetwork.load(folder)


def job_on(request: ScoreRequest, pictures: dict[str, bytes], models: ModelStore, folder: Path) -> Job[ScoreRequest]:
    return Job(request, pictures, folder, lambda *progress: None, models)


def test_the_network_without_diffusers_is_the_aligner(tmp_path: Path) -> None:
    network = tiny(tmp_path)
    aligner = TransitionBeatAligner.from_pretrained(tmp_path)
    strips = torch.rand(5, 3, 8, 8, 8)
    with torch.inference_mode():
        for ours, theirs in zip(network(strips), aligner(strips), strict=True):
            assert torch.equal(ours, theirs)


def test_a_damaged_aligner_is_named(tmp_path: Path) -> None:
    tiny(tmp_path)
    path = tmp_path / WEIGHTS_FILE
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(WeightsDamaged, match="weights are not those"):
        AlignerNetwork.load(tmp_path)


def test_each_strip_is_answered_for_its_own_cut_whoever_stands_beside_it(tmp_path: Path) -> None:
    network, threads = tiny(tmp_path), torch.get_num_threads()
    frames = np.random.default_rng(0).random((11, 3, 8, 8, 8), np.float32)
    cuts = np.array([0, 1, 2, 4, 5, 6, 7, 8, 10, 11, 12])
    found = beat_probabilities(network, CutStrips(cuts, frames), 14)
    assert [cut for cut, said in enumerate(found) if said is None] == [3, 9, 13]
    for row, cut in enumerate(cuts):
        alone = beat_probabilities(network, CutStrips(np.array([0]), frames[row : row + 1]), 1)[0]
        assert alone is not None
        assert found[cut] == pytest.approx(alone, abs=1.01e-4)
    assert torch.get_num_threads() == threads


def test_the_aligner_moves_the_weights_by_its_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request, pictures = film([COLOURS[0], COLOURS[1], COLOURS[2]], shot_frames=[48, 48, 48])
    plain = weigh_cuts(request.sheet, planning.shot_pictures(request, pictures))
    monkeypatch.setattr(planning, "bundled_aligner", lambda models: tiny(tmp_path))
    monkeypatch.setattr(planning, "beat_probabilities", lambda aligner, strips, cuts: (1.0, None))
    first, second = planning.cut_weights(request, job_on(request, pictures, ModelStore(), tmp_path))
    assert first == pytest.approx(plain[0] + ALIGNER_SHARE * (1 - plain[0]))
    assert second == plain[1]


def test_without_strips_or_weights_nothing_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request, pictures = film([COLOURS[0], COLOURS[1]], shot_frames=[48, 48])
    models = ModelStore()
    bare = ScoreRequest(request.sheet, request.direction, device=Device.CPU)
    assert planning.cut_weights(bare, job_on(bare, {}, models, tmp_path)) == weigh_cuts(request.sheet)
    assert "aligner" not in models.roles

    def none(models: ModelStore) -> AlignerNetwork:
        raise ModelMissing("not installed")

    monkeypatch.setattr(planning, "bundled_aligner", none)
    plain = weigh_cuts(request.sheet, planning.shot_pictures(request, pictures))
    assert planning.cut_weights(request, job_on(request, pictures, models, tmp_path)) == plain
