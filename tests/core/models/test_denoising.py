"""The sampler that every backbone shares: its update, what is held, its windows; and vem-mini's own in its terms."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from vem_core.contract.errors import Cancelled, ContractError, GenerationError
from vem_core.models.denoising import Held, Level, Step, denoise
from vem_core.models.sampling import seeded_noise
from vem_core.models.windows import Window, plan_windows

LEVELS = [Level(1 - sigma, sigma, sigma) for sigma in (1.0, 0.75, 0.5, 0.25)]
NOISE = seeded_noise(1, 4, 40)
GOAL = seeded_noise(2, 4, 40)


def towards_goal(latents: Tensor, level: Level, window: Window) -> Tensor:
    """A model that half knows where it goes."""
    goal = GOAL[..., window.first : window.last_excl]
    return goal + 0.1 * level.share * torch.tanh(latents)


def test_it_ends_at_the_last_guess() -> None:
    made = denoise(lambda latents, level, window: GOAL[..., window.first : window.last_excl], LEVELS, NOISE)
    assert torch.equal(made, GOAL)


def test_a_schedule_that_ends_in_noise_keeps_some() -> None:
    end = Level(0.9, 0.1, 0.0)
    made = denoise(lambda latents, level, window: GOAL, LEVELS, NOISE, end=end)
    torch.testing.assert_close(made, 0.9 * GOAL + 0.1 * NOISE)


def test_fresh_noise_is_taken_at_every_step_but_the_last() -> None:
    taken: list[int] = []

    def fresh(number: int) -> Tensor:
        taken.append(number)
        return seeded_noise(10 + number, 4, 40)

    denoise(towards_goal, LEVELS, NOISE, fresh=fresh)
    assert taken == [0, 1, 2]


def test_what_is_held_lies_on_its_own_line_until_its_release() -> None:
    seen: dict[float, Tensor] = {}

    def guess(latents: Tensor, level: Level, window: Window) -> Tensor:
        seen[level.share] = latents.clone()
        return towards_goal(latents, level, window)

    sketch = seeded_noise(3, 4, 40)
    release = torch.ones(40)
    release[10], release[20] = 0.0, 0.5
    made = denoise(guess, LEVELS, NOISE, start=sketch, held=Held(sketch, release))
    assert torch.equal(made[..., 10], sketch[..., 10])
    assert not torch.equal(made[..., 20], sketch[..., 20])
    for share, latents in seen.items():
        line = (1 - share) * sketch + share * NOISE
        torch.testing.assert_close(latents[..., 10], line[..., 10])
        if share >= 0.5:  # held above its release, and so set on its line at it
            torch.testing.assert_close(latents[..., 20], line[..., 20])
    free = denoise(towards_goal, LEVELS, NOISE, start=sketch, held=Held(sketch, torch.ones(40)))
    assert torch.equal(free, denoise(towards_goal, LEVELS, NOISE, start=sketch))


def test_windows_blend_and_those_held_to_the_end_are_not_computed() -> None:
    windows = plan_windows(40, 16, 4)
    whole = denoise(towards_goal, LEVELS, NOISE)
    steps: list[Step] = []
    torch.testing.assert_close(
        denoise(towards_goal, LEVELS, NOISE, windows=windows, overlap=4, on_step=steps.append), whole
    )
    assert [step.done for step in steps] == list(range(1, 4 * len(windows) + 1))
    assert {step.total for step in steps} == {4 * len(windows)}
    release = torch.zeros(40)
    release[:5] = 1.0
    few: list[Window] = []

    def watched(latents: Tensor, level: Level, window: Window) -> Tensor:
        few.append(window)
        return towards_goal(latents, level, window)

    denoise(watched, LEVELS, NOISE, windows=windows, overlap=4, held=Held(GOAL, release))
    assert set(few) == {windows[0]}


def test_a_better_guess_is_gone_towards() -> None:
    made = denoise(towards_goal, LEVELS, NOISE, improve=lambda guess, level: torch.zeros_like(guess))
    assert torch.equal(made, torch.zeros_like(NOISE))


def test_it_stops_within_a_step_and_refuses_what_cannot_be() -> None:
    def stop(step: Step) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        denoise(towards_goal, LEVELS, NOISE, on_step=stop)
    with pytest.raises(ContractError):
        denoise(towards_goal, [], NOISE)
    with pytest.raises(ContractError):
        denoise(towards_goal, LEVELS, NOISE, held=Held(GOAL[..., 1:], torch.ones(39)))
    with pytest.raises(GenerationError, match="out of range"):
        denoise(lambda latents, level, window: latents * float("nan"), LEVELS, NOISE)
