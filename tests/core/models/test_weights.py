"""What lies on disk: the same bytes for the same weights, and an error in words for anything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers.configuration_utils import register_to_config

from vem_core.contract.errors import ModelMissing, WeightsDamaged
from vem_core.models.base import VemModel
from vem_core.models.weights_file import WEIGHTS_FILE, pack_weights, read_header


class Small(VemModel):
    @register_to_config
    def __init__(self, width: int = 3) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(width, 2)


class Other(Small):
    pass


def saved(folder: Path, width: int = 3) -> Small:
    torch.manual_seed(0)
    module = Small(width)
    module.save_pretrained(folder)
    return module


def test_a_round_trip_changes_nothing(tmp_path: Path) -> None:
    module = saved(tmp_path, width=4)
    loaded = Small.from_pretrained(tmp_path)
    assert loaded.config.width == 4
    assert not loaded.training
    assert all(
        torch.equal(a, b) for a, b in zip(module.state_dict().values(), loaded.state_dict().values(), strict=True)
    )


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    saved(tmp_path / "one")
    saved(tmp_path / "two")
    assert (tmp_path / "one" / WEIGHTS_FILE).read_bytes() == (tmp_path / "two" / WEIGHTS_FILE).read_bytes()


def test_half_precision_is_stored_and_widened(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = Small()
    module.save_pretrained(tmp_path, dtype=torch.float16)
    loaded = Small.from_pretrained(tmp_path)
    assert loaded.layer.weight.dtype == torch.float32
    torch.testing.assert_close(loaded.layer.weight, module.layer.weight.half().float())


def test_the_header_says_what_the_file_holds(tmp_path: Path) -> None:
    saved(tmp_path)
    header = read_header(tmp_path / WEIGHTS_FILE)
    assert header.class_name == "Small"
    assert header.config == {"width": 3}


def damage(folder: Path, how: str) -> None:
    path = folder / WEIGHTS_FILE
    data = path.read_bytes()
    tensors = {"layer.weight": torch.zeros(2, 3), "layer.bias": torch.zeros(2)}
    if how == "truncated":
        path.write_bytes(data[:-5])
    elif how == "hash":
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif how == "format":
        path.write_bytes(b"PK\x03\x04" + data)
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "missing-key":
        path.write_bytes(pack_weights({"layer.weight": tensors["layer.weight"]}, "Small", {"width": 3}))
    elif how == "unknown-key":
        path.write_bytes(pack_weights({**tensors, "extra": torch.zeros(1)}, "Small", {"width": 3}))
    elif how == "shape":
        path.write_bytes(pack_weights({**tensors, "layer.bias": torch.zeros(5)}, "Small", {"width": 3}))
    elif how == "not-finite":
        path.write_bytes(pack_weights({**tensors, "layer.bias": torch.full((2,), torch.nan)}, "Small", {"width": 3}))
    elif how == "class":
        path.write_bytes(pack_weights(tensors, "Other", {"width": 3}))
    elif how == "config":
        (folder / "config.json").write_text(json.dumps({"_class_name": "Small", "width": 8}))


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("truncated", "truncated"),
        ("hash", "hash"),
        ("format", "format"),
        ("empty", "format"),
        ("missing-key", "missing-key"),
        ("unknown-key", "unknown-key"),
        ("shape", "shape"),
        ("not-finite", "not-finite"),
        ("class", "class"),
        ("config", "config"),
    ],
)
def test_each_damage_is_told_apart(tmp_path: Path, how: str, reason: str) -> None:
    saved(tmp_path)
    damage(tmp_path, how)
    with pytest.raises(WeightsDamaged) as caught:
        Small.from_pretrained(tmp_path)
    assert caught.value.details["reason"] == reason
    assert WEIGHTS_FILE in caught.value.message


def test_an_absent_file_is_a_missing_model(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        Small.from_pretrained(tmp_path / "nowhere")
