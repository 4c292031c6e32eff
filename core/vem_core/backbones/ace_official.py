"""ACE-Step 1.5 as its authors publish it: one file of weights for all its networks, under the names of their code.

    ace-step-1.5/acestep-v15-turbo/{config.json, model.safetensors}   decoder, encoder, tokenizer, detokenizer
    ace-step-1.5/vae/
    ace-step-1.5/Qwen3-Embedding-0.6B/

Their `silence_latent.pt` is a pickle and is not read: it is the autoencoder's coding of silence, and worked out here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from vem_core.backbones.layouts import ACE_PARTS, Reader, load_plain, numbers_in, skeleton_of
from vem_core.compute.strict_weights import (
    StoredTensor,
    check_strictly,
    fill_strictly,
    load_transformers,
    read_json,
    stored_tensors,
)
from vem_core.contract.errors import ModelMissing, WeightsDamaged
from vem_core.contract.time import SAMPLES_PER_LATENT

SILENCE = "silence_latent"
_SILENCE_CODED_LATENTS = 100  # as many as reach over both edges of the autoencoder, and a middle that repeats

_PREFIXES = {"decoder": "transformer", "encoder": "condition_encoder"}
_NOT_READ = ("tokenizer.", "detokenizer.")
_ATTENTION = {
    "q_proj": "to_q",
    "k_proj": "to_k",
    "v_proj": "to_v",
    "o_proj": "to_out.0",
    "q_norm": "norm_q",
    "k_norm": "norm_k",
}
# The wider decoder of XL keeps the 2B's encoder, whose sizes stand beside its own.
_ENCODER_SIZES = ("hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads", "head_dim")


def diffusers_name(name: str) -> tuple[str, str]:
    """A tensor's part and name in diffusers' classes, from its name in the authors' file; ("", name) if not needed."""
    if name == "null_condition_emb":
        return "condition_encoder", name
    if name.startswith(_NOT_READ):
        return "", name
    prefix, _, rest = name.partition(".")
    for theirs, here in _ATTENTION.items():
        rest = rest.replace(f".{theirs}.", f".{here}.")
    rest = rest.replace("proj_in.1.", "proj_in_conv.").replace("proj_out.1.", "proj_out_conv.")
    return _PREFIXES.get(prefix, prefix), rest


def is_official(folder: Path) -> bool:
    """Whether a folder has the authors' layout."""
    return any(_network_folders(folder))


class AceOfficialFolder:
    """See the module, and `ModelFolder`. Raises ModelMissing, WeightsDamaged from the constructor."""

    parts = tuple(spec.name for spec in ACE_PARTS)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._network = _network_folders(folder)[0]
        texts = sorted(path for path in folder.glob("Qwen3-Embedding*") if path.is_dir())
        if not texts:
            raise ModelMissing(
                f"{folder.name} is not whole: Qwen3-Embedding-0.6B is missing.",
                hint="Copy it from the authors' main repository, where it lies beside the model.",
                file=str(folder / "Qwen3-Embedding-0.6B"),
            )
        self._text = texts[0]
        self._specs = {spec.name: spec for spec in ACE_PARTS}

    def check(self, part: str) -> int:
        """See `ModelFolder.check`."""
        if self._specs[part].reader is not Reader.STRICT:
            loaded = self.load(part)
            return sum(tensor.numel() for tensor in loaded.parameters()) if part == "text_encoder" else 0
        module = self._skeleton(part)
        check_strictly(module, self._stored(part), part, (SILENCE,))
        return sum(tensor.numel() for tensor in module.parameters())

    def numbers(self, part: str) -> int:
        """See `ModelFolder.numbers`."""
        reader = self._specs[part].reader
        if reader is Reader.PLAIN:
            return 0
        return numbers_in(stored_tensors(self._text) if reader is Reader.TRANSFORMERS else self._stored(part))

    def load(self, part: str, dtype: torch.dtype | None = None) -> Any:
        """See `ModelFolder.load`."""
        spec = self._specs[part]
        if part == "text_encoder":
            return load_transformers(spec.load_class(), self._text, dtype)
        if part == "tokenizer":
            return load_plain(spec, self._text)
        module = fill_strictly(self._skeleton(part), self._stored(part), part, dtype, (SILENCE,))
        if part == "condition_encoder":
            silence = coded_silence(self.load("vae"), module.silence_latent.shape[1])
            module.silence_latent = silence.to(module.null_condition_emb.dtype)
        return module

    def _skeleton(self, part: str) -> Any:
        model_class = self._specs[part].load_class()
        if part == "vae":
            return skeleton_of(model_class, read_json(self.folder / "vae" / "config.json"), part)
        config = read_json(self._network / "config.json")
        if part == "transformer":
            config.setdefault("encoder_hidden_size", config.get("hidden_size"))
        else:
            config |= {size: config[f"encoder_{size}"] for size in _ENCODER_SIZES if config.get(f"encoder_{size}")}
            config["layer_types"] = None  # the decoder's; each encoder has its own, by its number of layers
        return skeleton_of(model_class, config, self._network.name)

    def _stored(self, part: str) -> dict[str, StoredTensor]:
        if part == "vae":
            return stored_tensors(self.folder / "vae")
        named = {diffusers_name(name): place for name, place in stored_tensors(self._network).items()}
        foreign = sorted({owner for owner, _ in named} - {"", *self.parts})
        if foreign:
            raise WeightsDamaged(
                f"{self._network.name} holds another model: its tensors begin with {foreign[0]}.",
                reason="another-model",
                file=str(self._network),
            )
        return {name: place for (owner, name), place in named.items() if owner == part}


@torch.no_grad()
def coded_silence(vae: Any, latents: int) -> torch.Tensor:
    """(1, latents, C): the autoencoder's coding of silence. Its middle repeats, so that little need be coded."""
    coded = vae.float().encode(torch.zeros(1, 2, _SILENCE_CODED_LATENTS * SAMPLES_PER_LATENT)).latent_dist.mode()
    coded, half = coded.transpose(1, 2), _SILENCE_CODED_LATENTS // 2
    middle = coded[:, half : half + 1].expand(-1, max(0, latents - _SILENCE_CODED_LATENTS), -1)
    return torch.cat([coded[:, :half], middle, coded[:, half:]], dim=1)[:, :latents].contiguous()


def _network_folders(folder: Path) -> list[Path]:
    """The folders with the authors' file of weights, `turbo` before others."""
    within = sorted(folder.glob("acestep-v15*")) if folder.is_dir() else []
    found = [path for path in (*within, folder) if (path / "config.json").is_file() and stored_here(path)]
    return sorted(found, key=lambda path: "turbo" not in path.name)


def stored_here(folder: Path) -> bool:
    """Whether a folder itself holds weights."""
    return any(folder.glob("model*.safetensors"))
