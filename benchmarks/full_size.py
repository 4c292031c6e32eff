"""ACE-Step 1.5 in its real size with random weights, through the loader that real ones take, on this machine.

    python benchmarks/full_size.py --folder SCRATCH [--seconds 12] [--steps 8]

The folder is written first (6 GB, bfloat16, diffusers' layout) and removed at the end. Its sound is noise; what is
shown is that the whole ladder runs: strict loading, memory, time of each stage, cancelling within a step, letting go.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.dont_write_bytecode = True

from fakes.film import film  # noqa: E402
from fakes.tiny_backbones import word_tokenizer  # noqa: E402
from vem_core.backbones.latency import ace_step_cost, evaluate_ace_step, measured_share  # noqa: E402
from vem_core.backbones.layouts import ACE_PARTS  # noqa: E402
from vem_core.compute.strict_weights import skeleton  # noqa: E402
from vem_core.contract.errors import Cancelled  # noqa: E402
from vem_core.contract.request import Device, Direction  # noqa: E402
from vem_core.generation.backbone import BackboneGenerator, BackboneSettings  # noqa: E402
from vem_core.generation.means import Means  # noqa: E402
from vem_core.models.costs import matrix_peak  # noqa: E402
from vem_core.rhythm.planner import plan_score  # noqa: E402

SIZES: dict[str, dict[str, Any]] = {
    "vae": {
        "encoder_hidden_size": 128, "downsampling_ratios": [2, 4, 4, 6, 10], "channel_multiples": [1, 2, 4, 8, 16],
        "decoder_channels": 128, "decoder_input_channels": 64, "sampling_rate": 48_000,
    },
    "transformer": {"is_turbo": True},
    "condition_encoder": {},
}  # fmt: skip
TEXT = {
    "vocab_size": 151_669, "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28,
    "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128,
}  # fmt: skip


def random_tensors(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Numbers of the usual size for every tensor, in bfloat16; one stretch of noise again and again."""
    noise = torch.randn(1_000_003).to(torch.bfloat16)
    made = {}
    for name, tensor in module.state_dict().items():
        if tensor.ndim < 2:
            made[name] = torch.full(tensor.shape, 0.0 if name.endswith("bias") else 1.0, dtype=torch.bfloat16)
            continue
        count = tensor.numel()
        scale = (tensor[0].numel()) ** -0.5
        made[name] = (noise.repeat(-(-count // len(noise)))[:count] * scale).reshape(tensor.shape)
    return made


def write_folder(folder: Path) -> None:
    """The folder, part by part."""
    from transformers import Qwen3Config, Qwen3Model

    folder.mkdir(parents=True)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "AceStepPipeline"}))
    for spec in ACE_PARTS:
        place = folder / spec.name
        place.mkdir()
        if spec.name == "tokenizer":
            word_tokenizer().save_pretrained(place)
        elif spec.name == "text_encoder":
            config = Qwen3Config(**TEXT)
            config.save_pretrained(place)
            save_file(random_tensors(skeleton(lambda config=config: Qwen3Model(config))), place / "model.safetensors",
                      metadata={"format": "pt"})  # fmt: skip
        else:
            sizes = SIZES[spec.name]
            (place / "config.json").write_text(json.dumps(sizes))
            network = skeleton(lambda spec=spec, sizes=sizes: spec.load_class()(**sizes))
            save_file(random_tensors(network), place / "diffusion_pytorch_model.safetensors")
        gc.collect()


def peak_gb() -> float:
    """The most memory that this process ever took."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """Write, load, play, cancel, let go."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--keep", action="store_true", help="leave the folder there")
    arguments = parser.parse_args()
    found: dict[str, Any] = {}

    def say(name: str, value: object) -> None:
        found[name] = value
        print(f"{name}: {value}", flush=True)

    began = time.monotonic()
    if not arguments.folder.exists():
        write_folder(arguments.folder)
    say("written s", round(time.monotonic() - began, 1))
    generator = BackboneGenerator("ace-step-1.5", Means(Device.CPU), folder=arguments.folder,
                                  settings=BackboneSettings(steps=arguments.steps))  # fmt: skip
    frames = round(25 * arguments.seconds / 3)
    request, _ = film([(9, 9, 9)] * 3, shot_frames=frames, direction=Direction(style="house", mood="hopeful"))
    plan = plan_score(request.sheet, request.direction, 0, tempo_range_bpm=(116, 128), style="house", mood="hopeful")
    stamp, used = time.monotonic(), time.process_time()
    backbone = generator.backbone
    with backbone.parts.use("vae"), backbone.parts.use("transformer") as network:
        say("loaded s", round(time.monotonic() - stamp, 1))
        say("peak after loading GB", round(peak_gb(), 2))
        latents = round(25 * arguments.seconds)
        cost = ace_step_cost(arguments.seconds)
        peak = matrix_peak(torch.device("cpu"))
        with torch.no_grad():
            seconds, share = measured_share(lambda: wide_evaluation(network, latents), cost.evaluation, peak)
    say("one evaluation", {"cpu s": round(seconds, 1), "TFLOP": round(cost.evaluation, 3),
                           "matrix GFLOP/s": round(peak), "share of peak": round(share, 2)})  # fmt: skip

    def cancel(done: int, total: int) -> None:
        raise Cancelled("enough")

    try:
        generator.anchored_latents(request, plan, cancel)
    except Cancelled:
        say("cancelled", "within the first step")
    steps: list[float] = []
    stamp, used = time.monotonic(), time.process_time()
    made, sound = generator.anchored_latents(request, plan, lambda done, total: steps.append(time.process_time()))
    say("played", {"s": round(time.monotonic() - stamp, 1), "cpu s": round(time.process_time() - used, 1),
                   "cpu s a step": round(float(np.diff(steps).mean()), 1), "latents": tuple(made.shape),
                   "samples": sound.shape, "finite": bool(np.isfinite(sound).all())})  # fmt: skip
    say("peak GB", round(peak_gb(), 2))
    if not arguments.keep:
        shutil.rmtree(arguments.folder)


def wide_evaluation(network: Any, latents: int) -> Any:
    """One evaluation in float32, as the generator asks for it."""
    return evaluate_ace_step(network, latents, torch.float32)


if __name__ == "__main__":
    main()
