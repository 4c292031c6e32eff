"""A checkpoint of the old form is read as data: what is not tensors is refused, and nothing is run."""

from __future__ import annotations

import pickle  # noqa: TID251 - to write what must not be read
import pickletools
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from vem_core.contract.errors import WeightsDamaged
from vem_core.parsing.eyes.checkpoint import read_legacy_checkpoint


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint") / "small.pth"
    torch.save(_network().state_dict(), path, _use_new_zipfile_serialization=False)
    return path


def _network() -> nn.Module:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))
    turned = torch.randn(3, 3, 3, 4).permute(3, 2, 0, 1)  # lies in memory as TensorFlow's kernels do
    network[0].weight = nn.Parameter(turned)
    return network


def test_every_tensor_is_read_as_it_was_written(written: Path) -> None:
    read, state = read_legacy_checkpoint(written), _network().state_dict()
    assert read.keys() == state.keys()
    for name, tensor in state.items():
        np.testing.assert_array_equal(read[name], tensor.numpy())


class _Runs:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (self.path,))  # type: ignore[return-value]


def test_code_in_a_checkpoint_is_refused_and_not_run(written: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    data = written.read_bytes()
    head = sum(len(pickle.dumps(value, 2)) for value in (0x1950A86A20F9469CFC6C, 1001))
    bad = tmp_path / "bad.pth"
    bad.write_bytes(data[:head] + pickle.dumps(_Runs(run), 2) + data[head:])
    with pytest.raises(WeightsDamaged, match="no weights that can be read"):
        read_legacy_checkpoint(bad)
    assert not run.exists()


def test_the_state_may_name_nothing_else(written: Path, tmp_path: Path) -> None:
    data = written.read_bytes()
    assert b"torch._utils\n_rebuild_tensor_v2\n" in data
    bad = tmp_path / "bad.pth"
    bad.write_bytes(data.replace(b"torch._utils\n_rebuild_tensor_v2\n", b"os\nsystem\n"))
    with pytest.raises(WeightsDamaged, match="it names os system"):
        read_legacy_checkpoint(bad)


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-1], lambda data: data + b"\0",
                                    lambda data: b"PK\x03\x04" + data])  # fmt: skip
def test_what_is_cut_short_or_too_long_is_refused(written: Path, tmp_path: Path, damage: object) -> None:
    bad = tmp_path / "bad.pth"
    bad.write_bytes(damage(written.read_bytes()))  # type: ignore[operator]
    with pytest.raises(WeightsDamaged):
        read_legacy_checkpoint(bad)


@settings(max_examples=150)
@given(st.data())
def test_damaged_bytes_give_numbers_or_a_sentence(
    written: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(written.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    bad = tmp_path_factory.getbasetemp() / "damaged.pth"
    bad.write_bytes(whole)
    try:
        read = read_legacy_checkpoint(bad)
    except WeightsDamaged:
        return
    assert all(isinstance(values, np.ndarray) for values in read.values())


def test_the_reader_knows_no_opcode_that_imports_or_calls_beyond_the_two() -> None:
    from vem_core.parsing.eyes import checkpoint

    known = checkpoint._STEPS.keys() | checkpoint._LITERALS
    assert known <= {opcode.name for opcode in pickletools.opcodes}
    assert not known & {"INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "STACK_GLOBAL"}
