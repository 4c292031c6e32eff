"""A device that is not there is said in a sentence, whatever the model."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fakes.requests import small_request
from vem_core.contract.errors import ModelMissing
from vem_core.contract.request import Device
from vem_core.generation.registry import model_ids
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline


@pytest.mark.parametrize("model", ["auto", *model_ids()])
def test_cuda_without_cuda_is_a_sentence(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    request = dataclasses.replace(small_request()[0], model=model, device=Device.CUDA)
    with pytest.raises(ModelMissing, match="no CUDA device") as caught:
        score_timeline(Job(request, {}, tmp_path, lambda *progress: None))
    assert "--device" in caught.value.hint
