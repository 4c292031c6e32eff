"""The adapter of a backbone learns when, on tiny random models; the backbone stays as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from fakes.tiny_backbones import open_tiny, write_tiny
from vem_core.backbones.adapter import FEATURES, BackboneAdapter
from vem_core.backbones.base import Prompts
from vem_core.backbones.rendering import noise_for
from vem_core.contract.errors import InputError
from vem_core.rhythm.tracking.base import TrackedBeats
from vem_core.training import backbone_adapter
from vem_core.training.backbone_adapter import AdapterExample, is_exact, keep_example, kept_example, train_adapter
from vem_core.training.loop import Schedule
from vem_core.training.team import ALONE

LATENTS = 48


@pytest.mark.parametrize(
    "model", ["ace-step-1.5", *(pytest.param(name, marks=pytest.mark.slow) for name in ("audioldm2", "stable-audio-3"))]
)
def test_the_loss_falls_and_only_the_adapter_learns(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone = open_tiny(write_tiny(model, tmp_path / "model", distilled=False, depth=2), model)
    features = torch.zeros(1, len(FEATURES), LATENTS)
    features[0, 0, ::12] = 1.0
    latents = 0.1 * noise_for(backbone, 1, LATENTS)
    latents[:, :, ::12] += 2.0  # music whose beats show
    shares = torch.stack([torch.ones(LATENTS), torch.zeros(LATENTS)], dim=-1)
    shares[LATENTS // 2 :] = torch.tensor([0.0, 1.0])
    words = backbone.words(Prompts(("sad piano", "epic drums"), 4.0))
    path = tmp_path / "take.safetensors"
    keep_example(path, AdapterExample(latents, features, shares, words))
    read = kept_example(path, torch.device("cpu"))
    assert torch.equal(read.latents, latents)
    assert read.words.sets.keys() == words.sets.keys()
    with backbone.parts.use(backbone.network) as network:
        before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    losses: list[float] = []
    monkeypatch.setattr(backbone_adapter, "_say", lambda text: losses.append(float(text.rsplit(" ", 1)[1])))
    schedule = Schedule(24, 2e-2, warm_up_steps=2, report_steps=8)
    adapter = train_adapter(backbone, [path], schedule, tmp_path, ALONE)
    assert losses[-1] < losses[0]
    with backbone.parts.use(backbone.network) as network:
        assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
        assert all(tensor.grad is None for tensor in network.parameters())
    adapter.save(tmp_path / "adapter.safetensors")
    again = BackboneAdapter.load(tmp_path / "adapter.safetensors")
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), adapter.parameters(), strict=True))


class Hears:
    """A tracker that hears beats where it is told."""

    tracker_id, licence_note = "fake", ""

    def __init__(self, beats: list[int]) -> None:
        self.beats = beats

    def track(self, audio: np.ndarray) -> TrackedBeats:
        return TrackedBeats(tuple(self.beats), ())


def test_only_takes_whose_beats_are_exact_are_learnt_from() -> None:
    from fakes.film import film
    from vem_core.contract.request import Direction
    from vem_core.rhythm.planner import plan_score

    request, _ = film([(1, 2, 3)] * 3, direction=Direction(style="house"))
    plan = plan_score(request.sheet, request.direction, 0, tempo_range_bpm=(116, 128), style="house", mood="hopeful")
    beats, silence = [beat.samples for beat in plan.beats], np.zeros((2, 10), np.float32)
    assert is_exact(Hears(beats), silence, plan)
    assert is_exact(Hears([beat + 300 for beat in beats]), silence, plan)
    assert not is_exact(Hears([beat + 1000 for beat in beats]), silence, plan)
    assert not is_exact(Hears(beats[: len(beats) // 2]), silence, plan)
    assert not is_exact(Hears([]), silence, plan)


def test_without_an_exact_take_there_is_nothing_to_learn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import argparse

    from vem_core.training.adapter import COMMAND

    write_tiny("ace-step-1.5", tmp_path / "models" / "ace-step-1.5", depth=1)
    monkeypatch.setenv("VEM_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("VEM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(backbone_adapter, "is_exact", lambda tracker, sound, plan: False)
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    words = [str(tmp_path / "run"), "--backbone", "ace-step-1.5", "--pieces", "1", "--device", "cpu"]
    with pytest.raises(InputError, match="nothing to learn"):
        COMMAND.run(parser.parse_args(words))
    assert [path.suffix for path in (tmp_path / "run" / "ace-step-1.5-takes").iterdir()] == [".refused"]
