"""States that a torn write cannot hurt, written while training goes on."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch

from vem_core.contract.errors import InputError, OutputError
from vem_core.training import checkpoints
from vem_core.training.checkpoints import CheckpointWriter, latest_checkpoint, load_state, read_record
from vem_core.training.loop import TrainingPaused, train
from vem_core.training.state import TrainingState

from .test_loop import SCHEDULE, loss_of, quiet, regression


def state_of(step: int) -> TrainingState:
    weights = {"weight": torch.full((3, 4), float(step))}
    moments = {0: {"exp_avg": torch.full((3, 4), step / 2), "step": torch.tensor(float(step))}}
    return TrainingState(weights, {name: value / 4 for name, value in weights.items()}, moments, step, step / 8)


def write(folder: Path, *steps: int) -> list[Path]:
    with CheckpointWriter(folder) as writer:
        for step in steps:
            writer.save(state_of(step))
    return sorted(folder.glob("step-*.safetensors"))


def loaded(folder: Path) -> TrainingState:
    state = load_state(folder)
    assert state is not None
    return state


def test_a_state_comes_back_whole(tmp_path: Path) -> None:
    write(tmp_path, 7)
    state, same = loaded(tmp_path), state_of(7)
    assert torch.equal(state.network["weight"], same.network["weight"])
    assert torch.equal(state.average["weight"], same.average["weight"])
    assert state.moments[0].keys() == same.moments[0].keys()
    assert (state.step, state.elapsed_s) == (7, 7 / 8)
    assert load_state(tmp_path / "nothing") is None


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    assert [path.name for path in write(tmp_path, 1, 2, 3)] == [
        "step-0000000002.safetensors",
        "step-0000000003.safetensors",
    ]
    assert [checkpoint.step for checkpoint in read_record(tmp_path).checkpoints] == [2, 3]


@pytest.mark.parametrize("kind", ["shortened", "changed", "gone", "empty"])
def test_a_torn_state_is_recognised_and_the_one_before_is_taken(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    last = write(tmp_path, 1, 2)[-1]
    data = bytearray(last.read_bytes())
    if kind == "gone":
        last.unlink()
    elif kind == "changed":
        data[-5] ^= 1
        last.write_bytes(data)
    else:
        last.write_bytes(data[: len(data) // 2] if kind == "shortened" else b"")
    assert loaded(tmp_path).step == 1
    assert "damaged" in capsys.readouterr().err


def test_a_state_that_was_never_recorded_is_not_taken(tmp_path: Path) -> None:
    """As after a kill between the state and its record; it is swept away later."""
    write(tmp_path, 1)
    stray = tmp_path / "step-0000000009.safetensors"
    stray.write_bytes(b"half a state")
    assert loaded(tmp_path).step == 1
    write(tmp_path, 2)
    assert not stray.exists()


def test_when_all_are_damaged_nobody_begins_again_in_silence(tmp_path: Path) -> None:
    for path in write(tmp_path, 1, 2):
        path.write_bytes(b"")
    with pytest.raises(InputError, match="none of its checkpoints") as caught:
        latest_checkpoint(tmp_path)
    assert "Delete it" in caught.value.hint
    (tmp_path / checkpoints.RECORD).write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        load_state(tmp_path)


def test_a_damaged_checkpoint_costs_its_steps_and_nothing_else(tmp_path: Path) -> None:
    whole, network = regression(), regression()
    train(whole, loss_of(whole), SCHEDULE, None, quiet)
    train(network, loss_of(network), SCHEDULE, tmp_path, quiet)
    last = latest_checkpoint(tmp_path)
    assert last is not None
    last.write_bytes(last.read_bytes()[:-1])
    again = regression()
    train(again, loss_of(again), SCHEDULE, tmp_path, quiet)
    assert torch.equal(again.weight, whole.weight)
    assert loaded(tmp_path).step == SCHEDULE.steps


def test_steps_are_taken_while_a_state_is_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is held up until training has come further; the state is nevertheless of its own step."""
    further, steps, write_state = threading.Event(), [], checkpoints.write_state

    def slowly(path: Path, state: TrainingState) -> None:
        assert further.wait(60), "training waited for the disk"
        write_state(path, state)

    def tell(step: int, loss: float) -> None:
        steps.append(step)
        if step == SCHEDULE.steps - SCHEDULE.report_steps:
            further.set()

    monkeypatch.setattr(checkpoints, "write_state", slowly)
    seen: list[TrainingState] = []
    monkeypatch.setattr(CheckpointWriter, "save", _only_first(CheckpointWriter.save, seen))
    network, paused = regression(), regression()
    train(network, loss_of(network), SCHEDULE, tmp_path / "held up", tell)
    monkeypatch.undo()
    assert steps[-1] == SCHEDULE.steps
    with pytest.raises(TrainingPaused):
        train(paused, loss_of(paused), SCHEDULE, tmp_path / "paused", quiet, until=0.0)
    first, same = loaded(tmp_path / "held up"), loaded(tmp_path / "paused")
    assert first.step == same.step == SCHEDULE.report_steps
    assert torch.equal(first.network["weight"], same.network["weight"])
    assert not torch.equal(first.network["weight"], network.weight)


def _only_first(save, seen):  # type: ignore[no-untyped-def] # a wrapped method
    def saving(self: CheckpointWriter, state: TrainingState) -> None:
        if not seen:
            seen.append(state)
            save(self, state)

    return saving


def test_a_second_state_waits_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that at most one copy waits in memory, however slow the disk."""
    writing, free = threading.Event(), threading.Event()
    write_state = checkpoints.write_state

    def slowly(path: Path, state: TrainingState) -> None:
        writing.set()
        assert free.wait(60)
        write_state(path, state)

    monkeypatch.setattr(checkpoints, "write_state", slowly)
    with CheckpointWriter(tmp_path) as writer:
        writer.save(state_of(1))
        assert writing.wait(60)
        second = threading.Thread(target=writer.save, args=(state_of(2),))
        second.start()
        second.join(0.2)
        assert second.is_alive()
        free.set()
        second.join(60)
        assert read_record(tmp_path).checkpoints[0].step == 1
    assert loaded(tmp_path).step == 2


def test_a_disk_that_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, state: TrainingState) -> None:
        raise OutputError("the disk is full")

    monkeypatch.setattr(checkpoints, "write_state", refuse)
    with pytest.raises(OutputError, match="full"):
        write(tmp_path, 1, 2)
