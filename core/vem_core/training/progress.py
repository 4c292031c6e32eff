"""How a training run goes: lines on disk, a picture of its loss, and TensorBoard's event files where that is there."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class TrainingProgress(NamedTuple):
    """A run at a report."""

    step: int
    loss: float  # mean since the last report
    rate: float
    steps_per_s: float
    elapsed_s: float
    held_out: float | None = None  # the averaged weights' loss on what training never sees


class ProgressLog:
    """`NAME-progress.jsonl` in a folder, one `TrainingProgress` a line, and `NAME-loss.png` beside it.

    Where tensorboard is installed, the same goes to `tensorboard/NAME/`.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.path = folder / f"{name}-progress.jsonl"
        self.picture = folder / f"{name}-loss.png"
        self.events = folder / "tensorboard" / name
        self._board: SummaryWriter | None = None

    def begin(self, step: int) -> None:
        """Forget what was logged beyond the step that training goes on from."""
        self._write([line for line in self.read() if line.step <= step])
        if importlib.util.find_spec("tensorboard") is not None:
            from torch.utils.tensorboard import SummaryWriter

            self.close()
            self._board = SummaryWriter(str(self.events), purge_step=step + 1)

    def close(self) -> None:
        """Write no more."""
        if self._board is not None:
            self._board.close()
            self._board = None

    def read(self) -> list[TrainingProgress]:
        """What was logged; a line that a kill cut short is left out."""
        if not self.path.is_file():
            return []
        found = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(TrainingProgress(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return found

    def add(self, progress: TrainingProgress, *, draw: bool) -> None:
        """Write a line, and draw the picture anew where that is wanted: it takes longer than many a step."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(progress._asdict()) + "\n")
        if self._board is not None:
            for name, value in progress._asdict().items():
                if name != "step" and value is not None:
                    self._board.add_scalar(name, value, progress.step)
            self._board.flush()
        if draw:
            self.draw()

    def draw(self) -> None:
        """The loss over the steps as a PNG."""
        from matplotlib.figure import Figure  # no pyplot: it keeps global state and looks for a display

        found = self.read()
        if not found:
            return
        figure = Figure(figsize=(7, 3.2), dpi=110, layout="constrained")
        axes = figure.subplots()
        axes.plot([entry.step for entry in found], [entry.loss for entry in found], color="#9aa7c4", label="training")
        held = [(entry.step, entry.held_out) for entry in found if entry.held_out is not None]
        if held:
            axes.plot(*zip(*held, strict=True), color="#c4442e", marker="o", markersize=3, label="held out, averaged")
        last = found[-1]
        axes.set_title(
            f"{self.name}: step {last.step}, {last.elapsed_s / 60:.1f} min, {last.steps_per_s:.1f} steps/s", fontsize=9
        )
        axes.set_xlabel("step")
        axes.set_ylabel("loss")
        if min(entry.loss for entry in found) > 0:
            axes.set_yscale("log")
        axes.grid(alpha=0.25, which="both")
        axes.legend(fontsize=8)
        beside = self.picture.with_suffix(".part")
        figure.savefig(beside, format="png")
        beside.replace(self.picture)

    def _write(self, lines: list[TrainingProgress]) -> None:
        beside = self.path.with_suffix(".part")
        beside.write_text("".join(json.dumps(line._asdict()) + "\n" for line in lines), encoding="utf-8")
        beside.replace(self.path)
