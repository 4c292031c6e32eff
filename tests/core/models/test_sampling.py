"""Windows, noise, guidance, inpainting and the transformer that they serve."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from vem_core.contract.errors import Cancelled, ContractError, GenerationError
from vem_core.models.adapter import TransitionBeatAdapter
from vem_core.models.conditioning import on_device
from vem_core.models.denoising import Held, Step
from vem_core.models.features import LEAD_SHEET_CHANNELS, RHYTHM_CHANNELS, FrameCues
from vem_core.models.sampling import (
    Conditions,
    GuidedVelocity,
    SamplingSettings,
    guidance_pulls,
    noise_levels,
    sample,
    seeded_noise,
)
from vem_core.models.scene_encoder import ContinuousTime, SceneCues
from vem_core.models.scenes import scene_index
from vem_core.models.transformer import VemTransformer, flow_loss, noised, rotate, rotations
from vem_core.models.windows import Window, blend_weights, plan_windows

CHANNELS = 8


def tiny_transformer(**changes: object) -> VemTransformer:
    torch.manual_seed(0)
    module = VemTransformer(
        latent_channels=CHANNELS,
        width=32,
        depth=2,
        heads=2,
        text_width=12,
        visual_width=5,
        scene_every=1,
        **changes,
    )
    torch.nn.init.normal_(module.out.weight, std=0.1)
    return module.eval()


def tiny_adapter(features: int) -> TransitionBeatAdapter:
    torch.manual_seed(1)
    adapter = TransitionBeatAdapter(features=features, hidden=8, width=32, depth=2)
    torch.nn.init.normal_(adapter.out.weight, std=0.2)
    return adapter.eval()


def conditions(latents: int, starts: list[float], seed: int = 0) -> Conditions:
    random = torch.Generator().manual_seed(seed)
    shots = len(starts)
    at = torch.tensor([starts]) / 25
    scene = SceneCues(
        torch.randn(1, 3, 12, generator=random),
        torch.randn(1, shots, 12, generator=random),
        torch.randn(1, shots, 5, generator=random),
        torch.ones(1, shots, dtype=torch.bool),
        at,
        torch.ones(1, shots),
    )
    frames = FrameCues(
        torch.randn(1, len(LEAD_SHEET_CHANNELS), latents, generator=random),
        torch.randn(1, len(RHYTHM_CHANNELS), latents, generator=random),
        torch.zeros(1, 4, latents),
        torch.zeros(1, 0, latents),
    )
    return Conditions(scene, scene_index(np.array(starts), np.zeros(shots), latents), frames)


def scheduler() -> FlowMatchEulerDiscreteScheduler:
    return FlowMatchEulerDiscreteScheduler()


@given(st.integers(1, 3000), st.integers(2, 300), st.data())
@settings(max_examples=100, deadline=None)
def test_windows_cover_everything_and_their_shares_sum_to_one(latents: int, window: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, window - 1))
    windows = plan_windows(latents, window, overlap)
    total = torch.zeros(latents)
    for place, share in zip(windows, blend_weights(windows, overlap), strict=True):
        assert 0 <= place.first < place.last_excl <= latents
        assert place.length == min(window, latents)
        total[place.first : place.last_excl] += share
    torch.testing.assert_close(total, torch.ones(latents))
    assert all(later.first <= earlier.last_excl - overlap for earlier, later in itertools.pairwise(windows))


def test_a_longer_timeline_begins_with_the_same_windows_and_noise() -> None:
    short, long = plan_windows(1000, 256, 64), plan_windows(1500, 256, 64)
    assert long[: len(short) - 1] == short[:-1]
    assert torch.equal(seeded_noise(5, 8, 1500)[..., :1000], seeded_noise(5, 8, 1000))


def test_noise_is_standard_normal_and_depends_on_the_seed() -> None:
    noise = seeded_noise(1, 16, 5000)
    assert float(noise.mean()) == pytest.approx(0, abs=0.02)
    assert float(noise.std()) == pytest.approx(1, abs=0.02)
    assert not torch.equal(noise, seeded_noise(2, 16, 5000))
    # Neighbouring blocks are not each other's copies.
    assert abs(float((noise[..., :64] * noise[..., 64:128]).mean())) < 0.15


def test_rotary_attention_sees_distances_only() -> None:
    torch.manual_seed(0)
    query, key = torch.randn(1, 1, 1, 16), torch.randn(1, 1, 1, 16)
    angles = rotations(40, 16, torch.device("cpu"))
    cosines, sines = angles.cos(), angles.sin()

    def score(query_at: int, key_at: int) -> float:
        at_query, at_key = slice(query_at, query_at + 1), slice(key_at, key_at + 1)
        turned = rotate(query, (cosines[at_query], sines[at_query])), rotate(key, (cosines[at_key], sines[at_key]))
        return float((turned[0] * turned[1]).sum())

    assert score(3, 7) == pytest.approx(score(30, 34), abs=1e-4)
    assert score(3, 7) != pytest.approx(score(3, 9), abs=1e-4)


def test_continuous_time_tells_nearby_instants_apart() -> None:
    torch.manual_seed(0)
    embed = ContinuousTime(16)
    seconds = torch.tensor([0.0, 0.04, 1.0, 1.04, 60.0, 10_800.0])
    out = embed(seconds)
    assert bool(torch.isfinite(out).all())
    assert all(float((a - b).detach().norm()) > 1e-3 for a, b in itertools.combinations(out, 2))


def test_the_flow_is_a_straight_line_with_its_velocity() -> None:
    torch.manual_seed(0)
    latents, noise = torch.randn(2, 3, 4), torch.randn(2, 3, 4)
    at, later = (noised(latents, noise, torch.full((2,), sigma)) for sigma in (0.3, 0.8))
    torch.testing.assert_close((later - at) / 0.5, noise - latents)
    assert float(flow_loss(noise - latents, latents, noise)) == 0.0


@pytest.mark.parametrize(
    ("device", "dtype"),
    [("cpu", torch.float32), pytest.param("cuda", torch.bfloat16, marks=[pytest.mark.gpu, pytest.mark.slow])],
)
def test_the_cpu_computes_in_full_precision_and_cuda_in_half(device: str, dtype: torch.dtype) -> None:
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    transformer, told = tiny_transformer().to(device), on_device(conditions(64, [0.0]), torch.device(device))
    seen: set[torch.dtype] = set()
    for module in transformer.modules():
        if isinstance(module, torch.nn.Linear):
            module.register_forward_hook(lambda module, given, made: seen.add(made.dtype))
    velocity = GuidedVelocity(transformer, None, told, SamplingSettings(guidance=1.0))
    seen.clear()
    made = velocity(torch.zeros(1, CHANNELS, 64, device=device), 0.5, Window(0, 64))
    assert seen == {dtype}
    assert made.dtype == torch.float32


def test_the_true_velocity_leads_back_to_the_latents() -> None:
    torch.manual_seed(0)
    latents, noise = torch.randn(1, CHANNELS, 700), seeded_noise(0, CHANNELS, 700)

    def velocity(part: Tensor, sigma: float, window: Window) -> Tensor:
        return (noise - latents)[..., window.first : window.last_excl]

    made = sample(velocity, noise, scheduler(), SamplingSettings(steps=4))
    torch.testing.assert_close(made, latents, atol=1e-4, rtol=1e-3)


def test_the_flow_goes_towards_the_better_guess() -> None:
    torch.manual_seed(0)
    latents, noise = torch.randn(1, CHANNELS, 300), seeded_noise(0, CHANNELS, 300)
    guesses = []

    def velocity(part: Tensor, sigma: float, window: Window) -> Tensor:
        return torch.zeros_like(part)

    def improve(guess: Tensor) -> Tensor:
        guesses.append(guess)
        return latents

    made = sample(velocity, noise, scheduler(), SamplingSettings(steps=4), improve=improve)
    assert len(guesses) == 4
    torch.testing.assert_close(made, latents, atol=1e-4, rtol=1e-3)


def curved(steps: int, shift: float) -> float:
    """The error after so many steps of a flow whose end is known: x' = x from sigma 1 to 0, so x(0) = x(1) / e."""
    noise = torch.ones(1, 1, 8)
    made = sample(lambda part, *_: part, noise, scheduler(), SamplingSettings(steps=steps, shift=shift))
    return abs(float(made.mean()) - math.exp(-1))


@pytest.mark.parametrize("shift", [1.0, 2.0])
def test_twice_the_steps_leave_a_quarter_of_the_error(shift: float) -> None:
    assert curved(64, shift) < 0.3 * curved(32, shift)
    assert curved(8, shift) < 0.05


def test_noise_levels_go_from_one_to_zero_in_steps_that_all_count() -> None:
    even = noise_levels(scheduler(), SamplingSettings(steps=4, shift=1.0))
    assert even == pytest.approx([1, 0.75, 0.5, 0.25, 0])
    shifted = noise_levels(scheduler(), SamplingSettings(steps=4, shift=2.0))
    assert shifted == pytest.approx([2 * sigma / (1 + sigma) for sigma in even])


def test_noise_levels_leave_the_scheduler_as_it_was() -> None:
    own = scheduler()
    before = own.sigmas.clone()
    noise_levels(own, SamplingSettings(steps=4, shift=3.0))
    assert own.shift == 1.0
    assert torch.equal(own.sigmas, before)


def test_a_guess_to_improve_holds_what_is_kept() -> None:
    latents, noise = torch.ones(1, CHANNELS, 300), seeded_noise(0, CHANNELS, 300)
    keep = torch.arange(300) < 120

    def improve(guess: Tensor) -> Tensor:
        assert torch.equal(guess[..., keep], latents[..., keep])
        return guess

    def velocity(part: Tensor, sigma: float, window: Window) -> Tensor:
        return part

    made = sample(velocity, noise, scheduler(), SamplingSettings(steps=4), Held.where(keep, latents), improve=improve)
    assert torch.equal(made[..., keep], latents[..., keep])


def test_a_seam_is_spread_over_the_overlap() -> None:
    """Windows that disagree by 1 must not jump by 1: the step from latent to latent stays about 1 / overlap."""
    noise = torch.zeros(1, 1, 700)

    def velocity(part: Tensor, sigma: float, window: Window) -> Tensor:
        return torch.full_like(part, float(window.first // 192))

    made = sample(velocity, noise, scheduler(), SamplingSettings(steps=1, window_latents=256, overlap_latents=64))
    assert float(made.diff(dim=-1).abs().max()) <= 1.1 / 64
    hard = sample(velocity, noise, scheduler(), SamplingSettings(steps=1, window_latents=256, overlap_latents=0))
    assert float(hard.diff(dim=-1).abs().max()) >= 1.0


def test_seams_do_not_show_in_the_models_latents() -> None:
    """The step between neighbours at window edges is as large as everywhere else."""
    latents = 400
    told = conditions(latents, [0.0, 90.0, 230.0])
    choice = SamplingSettings(steps=3, window_latents=96, overlap_latents=32)
    with torch.no_grad():
        velocity = GuidedVelocity(tiny_transformer(), None, told, choice)
        noise = seeded_noise(0, CHANNELS, latents)
        # Beside the noise, which jumps everywhere, only what the model added can show a seam.
        added = sample(velocity, noise, scheduler(), choice) - noise
    jumps = added.diff(dim=-1).norm(dim=1)[0]
    edges = {edge for window in plan_windows(latents, 96, 32) for edge in (window.first, window.last_excl)} - {
        0,
        latents,
    }
    at_edges = torch.stack([jumps[edge - 1] for edge in edges])
    assert float(at_edges.mean()) < 1.3 * float(jumps.mean())
    assert float(at_edges.max()) < float(jumps.quantile(0.999)) * 1.2


def make(held: Held | None = None, starts: list[float] | None = None, latents: int = 150, **choices: object) -> Tensor:
    told = conditions(latents, starts or [0.0, 40.0, 90.5])
    choice = SamplingSettings(steps=2, window_latents=64, overlap_latents=16, **choices)
    adapter = tiny_adapter(told.frames.stacked().shape[1])
    with torch.no_grad():
        velocity = GuidedVelocity(tiny_transformer(), adapter, told, choice)
        return sample(velocity, seeded_noise(3, CHANNELS, latents), scheduler(), choice, held)


def test_the_same_seed_gives_the_same_latents_bit_for_bit() -> None:
    assert torch.equal(make(), make())


def test_strength_zero_is_the_model_without_its_adapter() -> None:
    told = conditions(150, [0.0, 40.0, 90.5])
    choice = SamplingSettings(steps=2, window_latents=64, overlap_latents=16)
    with torch.no_grad():
        bare = sample(
            GuidedVelocity(tiny_transformer(), None, told, choice), seeded_noise(3, CHANNELS, 150), scheduler(), choice
        )
    assert torch.equal(make(adapter_strength=0.0), bare)
    assert not torch.equal(make(adapter_strength=1.0), bare)
    assert not torch.equal(make(adapter_strength=0.5), make(adapter_strength=1.0))


def test_guidance_agrees_with_its_formula() -> None:
    told = conditions(60, [0.0, 20.0, 41.0])
    transformer, window = tiny_transformer(), Window(0, 60)
    noise = seeded_noise(0, CHANNELS, 60)

    def evaluated(drop_overall: bool, drop_shots: bool) -> Tensor:
        tokens = transformer.encode_scene(told.scene, torch.tensor([drop_overall]), torch.tensor([drop_shots]))
        return transformer(noise, torch.tensor([0.7]), told.frames.lead_sheet, tokens, told.shots)

    with torch.no_grad():
        nothing, overall, everything = evaluated(True, True), evaluated(False, True), evaluated(False, False)
        plain = GuidedVelocity(transformer, None, told, SamplingSettings(guidance=1.0))
        torch.testing.assert_close(plain(noise, 0.7, window), everything, atol=1e-5, rtol=1e-4)
        pulled = GuidedVelocity(transformer, None, told, SamplingSettings(guidance=2.5))
        expected = nothing + 2.5 * (everything - nothing)
        torch.testing.assert_close(pulled(noise, 0.7, window), expected, atol=1e-5, rtol=1e-4)
        per_shot = GuidedVelocity(
            transformer, None, told, SamplingSettings(guidance=2.0, shot_guidance=(0.0, 1.0, 4.0))
        )
        strengths = torch.tensor([0.0] * 20 + [1.0] * 21 + [4.0] * 19)
        expected = nothing + 2.0 * (overall - nothing) + strengths * (everything - overall)
        torch.testing.assert_close(per_shot(noise, 0.7, window), expected, atol=1e-5, rtol=1e-4)


def test_guidance_holds_in_its_interval_and_costs_nothing_elsewhere() -> None:
    told, transformer = conditions(60, [0.0, 20.0, 41.0]), tiny_transformer()
    noise, window, batches = seeded_noise(0, CHANNELS, 60), Window(0, 60), []
    transformer.register_forward_hook(lambda module, given, made: batches.append(len(made)))
    with torch.no_grad():
        guided = GuidedVelocity(transformer, None, told, SamplingSettings(guidance=2.5, guided_sigmas=(0.3, 0.6)))
        plain = GuidedVelocity(transformer, None, told, SamplingSettings(guidance=1.0))
        for sigma, held in ((0.9, False), (0.6, True), (0.3, True), (0.1, False)):
            assert torch.equal(guided(noise, sigma, window), plain(noise, sigma, window)) != held
    assert batches[::2] == [1, 2, 2, 1]


def test_guidance_for_the_wrong_number_of_shots_is_refused() -> None:
    told = conditions(60, [0.0, 20.0])
    with pytest.raises(ContractError, match="2 shots"):
        guidance_pulls(SamplingSettings(shot_guidance=(1.0, 2.0, 3.0)), told.shots, 2)


def test_words_of_one_shot_change_no_latent_of_another() -> None:
    """Through cross-attention, with self-attention switched off."""
    told = conditions(60, [0.0, 20.0, 41.0])
    words = told.scene.shot_text.clone()
    words[:, 1] += 1.0
    other = told._replace(scene=told.scene._replace(shot_text=words))
    transformer, choice = tiny_transformer(self_attention=False), SamplingSettings(steps=3)
    with torch.no_grad():
        made = [
            sample(GuidedVelocity(transformer, None, each, choice), seeded_noise(0, CHANNELS, 60), scheduler(), choice)
            for each in (told, other)
        ]
    moved = (made[0] != made[1]).any(dim=1)[0]
    assert bool(moved[20:41].all())
    assert not bool(moved[:20].any() or moved[41:].any())


def test_what_is_kept_comes_back_bit_for_bit_and_the_rest_is_new() -> None:
    first = make()
    keep = torch.ones(150, dtype=torch.bool)
    keep[60:80] = False
    again = make(Held.where(keep, first), starts=[0.0, 30.0, 70.0])
    assert torch.equal(again[..., keep], first[..., keep])
    assert bool((again[..., ~keep] != first[..., ~keep]).any(dim=1).all())


def test_windows_with_nothing_new_are_not_computed() -> None:
    seen: list[int] = []

    def velocity(part: Tensor, sigma: float, window: Window) -> Tensor:
        seen.append(window.first)
        return torch.zeros_like(part)

    keep = torch.ones(1000, dtype=torch.bool)
    keep[500:520] = False
    noise = seeded_noise(0, CHANNELS, 1000)
    sample(velocity, noise, scheduler(), SamplingSettings(steps=2), Held.where(keep, noise))
    assert set(seen) == {384}


def test_progress_counts_up_and_cancel_stops_the_work() -> None:
    steps: list[Step] = []

    def watch(step: Step) -> None:
        steps.append(step)
        if step.done == 3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        sample(
            lambda part, *_: torch.zeros_like(part),
            seeded_noise(0, 8, 600),
            scheduler(),
            SamplingSettings(),
            None,
            watch,
        )
    assert [step.done for step in steps] == [1, 2, 3]
    assert steps[0].total == SamplingSettings().steps * len(plan_windows(600, 256, 64))
    assert steps[0].latents.shape == (1, 8, 600)


def test_numbers_out_of_range_are_an_error_in_words() -> None:
    def velocity(part: Tensor, sigma: float, window: Window) -> Tensor:
        return torch.full_like(part, math.nan)

    with pytest.raises(GenerationError, match="out of range"):
        sample(velocity, seeded_noise(0, 8, 50), scheduler(), SamplingSettings(steps=1))


@pytest.mark.parametrize(
    "held",
    [
        Held.where(torch.ones(149, dtype=torch.bool), torch.zeros(1, CHANNELS, 149)),
        Held.where(torch.ones(150, dtype=torch.bool), torch.full((1, CHANNELS, 150), math.nan)),
        Held.where(torch.ones(150, dtype=torch.bool), torch.zeros(1, CHANNELS + 1, 150)),
    ],
)
def test_unusable_latents_to_keep_are_refused(held: Held) -> None:
    with pytest.raises(ContractError, match="latents to hold"):
        make(held)


@pytest.mark.parametrize(
    "choices",
    [
        {"steps": 0},
        {"shift": 0.0},
        {"shift": math.nan},
        {"guided_sigmas": (0.8, 0.2)},
        {"guided_sigmas": (-0.1, 0.2)},
        {"adapter_strength": 1.5},
        {"overlap_latents": 256},
    ],
)
def test_impossible_settings_are_refused(choices: dict[str, object]) -> None:
    with pytest.raises(ContractError):
        SamplingSettings(**choices)  # type: ignore[arg-type]


def test_five_hundred_shots() -> None:
    starts = [float(4 * shot) for shot in range(500)]
    told = conditions(2000, starts)
    choice = SamplingSettings(steps=1, guidance=1.0)
    with torch.no_grad():
        velocity = GuidedVelocity(tiny_transformer(), None, told, choice)
        made = sample(velocity, seeded_noise(0, CHANNELS, 2000), scheduler(), choice)
    assert made.shape == (1, CHANNELS, 2000)
