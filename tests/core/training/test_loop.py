"""The training loop: averaged weights, a clock, records of progress, and a state that survives a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from vem_core.contract.errors import GenerationError
from vem_core.training.checkpoints import load_state
from vem_core.training.computing import Computing, Precision
from vem_core.training.loop import Schedule, TrainingPaused, train
from vem_core.training.progress import ProgressLog
from vem_core.training.state import Average, TrainingState

SCHEDULE = Schedule(30, 1e-2, warm_up_steps=2, report_steps=5)
TRUTH = torch.tensor([[1.0, -2.0, 0.5]])


def regression() -> nn.Module:
    torch.manual_seed(0)
    return nn.Linear(3, 1)


def loss_of(network: nn.Module):  # type: ignore[no-untyped-def]
    def loss_of_batch(batch: int) -> Tensor:
        inputs = torch.randn(16, 3)
        return (network(inputs) - inputs @ TRUTH.T).square().mean()

    return loss_of_batch


def saved_in(folder: Path) -> TrainingState:
    state = load_state(folder)
    assert state is not None
    return state


def quiet(step: int, loss: float) -> None:
    pass


def test_the_average_is_left_in_the_network(tmp_path: Path) -> None:
    network, state = regression(), tmp_path / "state"
    train(network, loss_of(network), SCHEDULE, state, quiet)
    saved = saved_in(state)
    assert torch.equal(network.weight, saved.average["weight"])
    assert not torch.equal(saved.network["weight"], saved.average["weight"])


def test_the_average_follows_the_weights_and_forgets_the_first_ones() -> None:
    """Against the sum written out."""
    network, decay = nn.Linear(1, 1, bias=False), 0.9
    with torch.no_grad():
        network.weight.fill_(100.0)
    average = Average(network, decay)
    expected, values = 100.0, [float(value) for value in range(40)]
    for step, value in enumerate(values):
        with torch.no_grad():
            network.weight.fill_(value)
        average.follow(network, step)
        keep = min(decay, (1 + step) / (10 + step))
        expected = keep * expected + (1 - keep) * value
    assert float(average.weights["weight"]) == pytest.approx(expected, rel=1e-5)
    assert expected < 40


def test_accumulated_batches_make_one_step_of_their_mean() -> None:
    network, by_hand = regression(), regression()
    schedule = replace(SCHEDULE, steps=1, averaging=0.0)
    drawn: list[int] = []

    def noted(batch: int) -> Tensor:
        drawn.append(batch)
        return loss_of(network)(batch)

    train(network, noted, schedule, None, quiet, computing=Computing(accumulate=3))
    assert drawn == [0, 1, 2]
    losses = []
    for batch in drawn:
        torch.manual_seed(batch)
        losses.append(loss_of(by_hand)(batch))
    optimiser = torch.optim.AdamW(by_hand.parameters(), schedule.rate(0), weight_decay=schedule.weight_decay)
    torch.stack(losses).mean().backward()
    nn.utils.clip_grad_norm_(by_hand.parameters(), schedule.longest_gradient)
    optimiser.step()
    torch.testing.assert_close(network.weight, by_hand.weight)


@pytest.mark.parametrize(("precision", "seen"), [(Precision.AUTO, torch.float32), (Precision.BFLOAT16, torch.bfloat16)])
def test_a_processor_computes_in_bfloat16_only_where_it_is_told_to(precision: Precision, seen: torch.dtype) -> None:
    network, kinds = regression(), set()

    def loss_of_batch(batch: int) -> Tensor:
        said = network(torch.randn(16, 3))
        kinds.add(said.dtype)
        return said.float().square().mean()

    train(network, loss_of_batch, SCHEDULE, None, quiet, half=True, computing=Computing(precision))
    assert kinds == {seen}
    assert network.weight.dtype is torch.float32


def test_training_with_a_time_ends_when_it_is_over_and_slows_down_towards_it() -> None:
    network, steps = regression(), []
    schedule = replace(SCHEDULE, steps=10**9, seconds=0.3, report_steps=1)
    train(network, loss_of(network), schedule, None, lambda step, loss: steps.append(step))
    assert 1 <= steps[-1] < 10**6
    assert schedule.rate(10, 0.0) == pytest.approx(1e-2)
    assert schedule.rate(10, 0.3) == pytest.approx(1e-4)


def test_the_time_that_a_run_has_had_is_kept(tmp_path: Path) -> None:
    network, state = regression(), tmp_path / "state"
    train(network, loss_of(network), replace(SCHEDULE, steps=10**9, seconds=0.2), state, quiet)
    before = saved_in(state)
    again = regression()
    train(again, loss_of(again), replace(SCHEDULE, steps=10**9, seconds=0.2), state, quiet)
    assert saved_in(state).step == before.step
    assert torch.equal(again.weight, network.weight)


def test_a_paused_run_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    state, whole, network = tmp_path / "state", regression(), regression()
    train(whole, loss_of(whole), SCHEDULE, None, quiet)
    pauses = 0
    while True:
        try:
            train(network, loss_of(network), SCHEDULE, state, quiet, until=0.0)
            break
        except TrainingPaused:
            pauses += 1
            assert saved_in(state).step == pauses * SCHEDULE.report_steps
    assert pauses == SCHEDULE.steps // SCHEDULE.report_steps - 1
    assert torch.equal(network.weight, whole.weight)


def test_progress_is_written_down_and_drawn(tmp_path: Path) -> None:
    network, log = regression(), ProgressLog(tmp_path, "line")
    train(
        network, loss_of(network), SCHEDULE, None, quiet, log=log, check=lambda: (network.weight - TRUTH).square().sum()
    )
    found = log.read()
    assert [row.step for row in found] == [5, 10, 15, 20, 25, 30]
    assert found[-1].loss < found[0].loss
    assert found[-1].held_out == pytest.approx((network.weight - TRUTH).square().sum().item())
    assert all(row.steps_per_s > 0 and row.rate > 0 for row in found)
    assert log.picture.read_bytes().startswith(b"\x89PNG")


def test_what_was_logged_after_the_state_is_forgotten(tmp_path: Path) -> None:
    network, log, state = regression(), ProgressLog(tmp_path, "line"), tmp_path / "state"
    train(network, loss_of(network), replace(SCHEDULE, steps=10), state, quiet, log=log)
    with log.path.open("a") as file:
        file.write(json.dumps(log.read()[-1]._replace(step=15)._asdict()) + "\n" + '{"step": 20, "lo')
    again = regression()
    train(again, loss_of(again), SCHEDULE, state, quiet, log=log)
    assert [row.step for row in log.read()] == [5, 10, 15, 20, 25, 30]


def test_tensorboard_shows_the_same_where_it_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    network, log = regression(), ProgressLog(tmp_path, "line")
    for steps in (15, 30):  # gone on with once
        train(network, loss_of(network), replace(SCHEDULE, steps=steps), tmp_path / "state", quiet, log=log)
    shown = EventAccumulator(str(log.events)).Reload()
    assert [(event.step, event.value) for event in shown.Scalars("loss")] == [
        (row.step, pytest.approx(row.loss)) for row in log.read()
    ]


def test_a_loss_that_is_no_number_stops_training_and_spares_the_state(tmp_path: Path) -> None:
    network, state = regression(), tmp_path / "state"
    train(network, loss_of(network), replace(SCHEDULE, steps=10), state, quiet)
    with pytest.raises(GenerationError, match="out of range"):
        train(network, lambda batch: network.weight.sum() * torch.inf, SCHEDULE, state, quiet)
    assert saved_in(state).step == 10


def product_of_three() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 200), nn.Tanh(), nn.Linear(200, 200), nn.Tanh(), nn.Linear(200, 1))


def train_on_products(state: Path | None) -> nn.Module:
    """Writes its state after every other step."""
    network = product_of_three()

    def loss_of_batch(batch: int) -> Tensor:
        inputs = torch.randn(64, 3)
        return (network(inputs) - inputs.prod(1, keepdim=True)).square().mean()

    schedule = Schedule(160, 1e-3, warm_up_steps=5, report_steps=2)

    def tell(step: int, loss: float) -> None:
        sys.stdout.write(f"{step}\n")
        sys.stdout.flush()

    train(network, loss_of_batch, schedule, state, tell)
    return network


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    """Killed as by `kill -9`, at a moment that nobody chose, while it writes its state every other step."""
    state = tmp_path / "killed"
    process = subprocess.Popen(
        [sys.executable, __file__, str(state)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)] == ["2\n", "4\n"]  # so the state of step 2 is on disk
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert 2 <= saved_in(state).step < 160
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    resumed, whole = train_on_products(state), train_on_products(None)
    torch.set_num_threads(threads)
    for weights, same in zip(resumed.parameters(), whole.parameters(), strict=True):
        assert torch.equal(weights, same)


if __name__ == "__main__":
    torch.set_num_threads(1)
    train_on_products(Path(sys.argv[1]))
