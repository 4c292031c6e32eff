"""A training loop that can stop and go on at any step, alone or in a team.

Beside the weights that are trained it keeps their running average, which is what training leaves in the network: it is
steadier than the last step's weights, and what held-out checks and releases use.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from vem_core.contract.errors import GenerationError
from vem_core.training.checkpoints import CheckpointWriter, load_state
from vem_core.training.computing import Computing
from vem_core.training.progress import ProgressLog, TrainingProgress
from vem_core.training.rotation import MIB, Share
from vem_core.training.state import Average, TrainingState, split_like, whole
from vem_core.training.team import ALONE, Team


@dataclass(frozen=True)
class Schedule:
    """How long and how fast. The rate goes up in a line, then down along half a cosine to a hundredth.

    With `seconds` training ends when they are over, if the steps are not over before, and the rate falls with whichever
    is further on. What is learned then depends on the speed of the machine.
    """

    steps: int
    learning_rate: float
    warm_up_steps: int = 50
    weight_decay: float = 1e-4
    longest_gradient: float = 1.0
    report_steps: int = 50  # between reports
    averaging: float = 0.999  # of the weights, from step to step; less in the first thousand steps
    seconds: float | None = None
    save_every_s: float = 0.0  # at the next report; 0: at each

    def rate(self, step: int, elapsed_s: float = 0.0) -> float:
        """The learning rate of a step."""
        if step < self.warm_up_steps:
            return self.learning_rate * (step + 1) / self.warm_up_steps
        share = (step - self.warm_up_steps) / max(1, self.steps - self.warm_up_steps)
        if self.seconds is not None:
            share = max(share, min(1.0, elapsed_s / self.seconds))
        return self.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))

    def timed(self, minutes: float) -> Schedule:
        """The same with a time instead of a number of steps."""
        return replace(self, seconds=60 * minutes, steps=10**9)

    def is_over(self, step: int, elapsed_s: float) -> bool:
        """Whether that step is one too many."""
        return step >= self.steps or (self.seconds is not None and elapsed_s >= self.seconds)


Report = Callable[[int, float], None]
"""Called with (steps done, mean loss since the last call)."""

Check = Callable[[], Tensor]
"""Loss on what training never sees, with the averaged weights in the network."""


class TrainingPaused(Exception):
    """The time of this call is over; what was learned is on disk, and the next call goes on from there."""


@dataclass(frozen=True)
class Bookkeeping:
    """Where a run keeps its state and says how it goes, and with what it computes."""

    state: Path | None  # a folder
    report: Report
    team: Team = ALONE
    log: ProgressLog | None = None
    until: float = math.inf  # see `train`
    memory_bytes: int = 2048 * MIB  # that a process may hold of the corpus
    computing: Computing = Computing()

    def share(self, clips: int, seed: int) -> Share:
        """What this process may hold and draws."""
        return Share(self.memory_bytes, clips, seed, self.team.rank, self.team.count)

    def train(
        self,
        network: nn.Module,
        loss_of_batch: Callable[[int], Tensor],
        schedule: Schedule,
        *,
        check: Check | None = None,
        half: bool = False,
    ) -> None:
        """`train` with these books."""
        train(
            network,
            loss_of_batch,
            schedule,
            self.state,
            self.report,
            team=self.team,
            log=self.log,
            check=check,
            half=half,
            until=self.until,
            computing=self.computing,
        )


def train(
    network: nn.Module,
    loss_of_batch: Callable[[int], Tensor],
    schedule: Schedule,
    state: Path | None,
    report: Report,
    *,
    team: Team = ALONE,
    log: ProgressLog | None = None,
    check: Check | None = None,
    half: bool = False,
    until: float = math.inf,
    computing: Computing = Computing(),
) -> None:
    """Train a network in place by AdamW. With `state`, go on from that folder's last state, and keep it up to date.

    `loss_of_batch` draws a batch from its number alone and answers its loss; a step has one batch, or as many as are
    accumulated, for each process of the team. Random numbers are seeded by the batch too, so that stopping and going on
    changes nothing. `half` says that bfloat16 suits the network where `computing` leaves it open and the device has it.
    `check` is asked whenever the state is saved.

    Raises GenerationError if the loss is no longer a number: the state on disk is then of an earlier step.
    Raises TrainingPaused, after saving, at the first report later than `until` on the monotonic clock.
    """
    if team.device.type == "cuda":
        torch.set_float32_matmul_precision(computing.matmul_precision)
    last = None if state is None else load_state(state)
    if last is not None:
        network.load_state_dict(last.network)
    objective = team.wrap(_Objective(network, loss_of_batch, computing.autocasts(team.device, half), team.device))
    run = _Run(network, schedule, team, computing)
    if last is not None:
        run.resume(last)
    network.train()
    with contextlib.ExitStack() as open_files:
        if log is not None:
            log.begin(run.step)
            open_files.callback(log.close)
        checkpoints = None
        if state is not None and team.leads:
            checkpoints = open_files.enter_context(CheckpointWriter(state))
        while not schedule.is_over(run.step, run.elapsed_s):
            run.take_step(objective)
            if run.step % schedule.report_steps == 0 or schedule.is_over(run.step, run.elapsed_s):
                progress = run.measure()
                over, paused = schedule.is_over(run.step, run.elapsed_s), run.is_past(until)
                saves = run.is_save_due() or over or paused
                if saves:
                    progress = progress._replace(held_out=run.check(check, objective))
                    if state is not None:
                        whole = run.state()
                        if checkpoints is not None:
                            checkpoints.save(whole)
                if team.leads:
                    if log is not None:
                        log.add(progress, draw=saves)
                    report(progress.step, progress.loss)
                if paused and not over:
                    raise TrainingPaused
    run.leave_average()
    network.eval()


class _Objective(nn.Module):
    """The loss as a module, so that a wrapper around it sees every parameter's gradient."""

    def __init__(
        self, network: nn.Module, loss_of_batch: Callable[[int], Tensor], half: bool, device: torch.device
    ) -> None:
        super().__init__()
        self.network = network
        self._loss_of_batch, self._half, self._device = loss_of_batch, half, device.type

    def forward(self, batch: int) -> Tensor:
        with torch.autocast(self._device, torch.bfloat16, enabled=self._half):
            return self._loss_of_batch(batch)


class _Run:
    """Where training is: network, optimiser, average, clock."""

    def __init__(self, network: nn.Module, schedule: Schedule, team: Team, computing: Computing) -> None:
        self.network, self.schedule, self.team, self.computing = network, schedule, team, computing
        self.optimiser = torch.optim.AdamW(
            network.parameters(), weight_decay=schedule.weight_decay, fused=team.device.type in ("cuda", "cpu")
        )
        self.average = Average(network, schedule.averaging, on_cpu=computing.average_on_cpu)
        self.step, self.elapsed_s = 0, 0.0
        self._losses: list[Tensor] = []
        self._steps = 0  # since the last report
        self._resumed_s = 0.0
        self._started = self._saved = self._measured = time.monotonic()

    def resume(self, state: TrainingState) -> None:
        """Go on from a state whose weights are in the network already."""
        parameters = list(self.network.parameters())
        moments = {
            index: {name: split_like(parameters[index], value) for name, value in values.items()}
            for index, values in state.moments.items()
        }
        self.optimiser.load_state_dict({"state": moments, "param_groups": self.optimiser.state_dict()["param_groups"]})
        self.average.resume(self.network, state.average)
        self.step, self._resumed_s = state.step, state.elapsed_s
        self.elapsed_s = state.elapsed_s

    def state(self) -> TrainingState:
        """Everything, whole; where weights are split among the team, all must ask at the same point."""
        network = {name: whole(value.detach()) for name, value in self.network.state_dict().items()}
        average = {name: whole(value) for name, value in self.average.weights.items()}
        moments = {
            index: {name: whole(value) for name, value in values.items()}
            for index, values in self.optimiser.state_dict()["state"].items()
        }
        return TrainingState(network, average, moments, self.step, self.elapsed_s)

    def leave_average(self) -> None:
        """The averaged weights in the network, whole on every process."""
        self.average.copy_to(self.network)
        self.team.unwrap(self.network)

    def take_step(self, objective: nn.Module) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.rate(self.step, self.elapsed_s)
        self.optimiser.zero_grad()
        parts = self.computing.accumulate
        for part in range(parts):
            batch = (self.step * parts + part) * self.team.count + self.team.rank
            torch.manual_seed(batch)
            with self.team.reducing(objective, part == parts - 1):
                loss = objective(batch)
                (loss / parts if parts > 1 else loss).backward()
            self._losses.append(loss.detach())
        nn.utils.clip_grad_norm_(self.network.parameters(), self.schedule.longest_gradient)
        self.optimiser.step()
        self.average.follow(self.network, self.step)
        self.step += 1
        self._steps += 1
        if self.team.count == 1:  # a team agrees on the time when it reports
            self.elapsed_s = self._resumed_s + time.monotonic() - self._started

    def measure(self) -> TrainingProgress:
        """Progress since the last call."""
        loss = self.team.mean(torch.stack(self._losses).mean())
        if not math.isfinite(loss):
            raise GenerationError(
                f"Training ran out of range before step {self.step}.",
                hint="Run it again with a lower --rate; it goes on from the last state on disk.",
            )
        self.elapsed_s = self.team.agree(self._resumed_s + time.monotonic() - self._started)
        now = time.monotonic()
        speed = self._steps / max(now - self._measured, 1e-9)
        self._measured, self._steps = now, 0
        self._losses.clear()
        return TrainingProgress(
            self.step, loss, self.schedule.rate(self.step - 1, self.elapsed_s), speed, self.elapsed_s
        )

    def is_save_due(self) -> bool:
        due = self.team.agree(float(time.monotonic() - self._saved >= self.schedule.save_every_s)) > 0
        if due:
            self._saved = time.monotonic()
        return due

    def is_past(self, until: float) -> bool:
        """Whether a time on the leader's monotonic clock is over."""
        return self.team.agree(float(time.monotonic() >= until)) > 0

    def check(self, check: Check | None, objective: nn.Module) -> float | None:
        """The held-out loss of the averaged weights."""
        if check is None:
            return None
        trained = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        self.average.copy_to(self.network)
        self.network.eval()
        with torch.no_grad(), self.team.gathered(objective):
            loss = self.team.mean(check())
        self.network.load_state_dict(trained)
        self.network.train()
        return loss
