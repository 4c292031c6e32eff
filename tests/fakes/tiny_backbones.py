"""Tiny random backbones in the layouts that the real ones are published in, and the pipelines that they belong to."""

from __future__ import annotations

import contextlib
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from vem_core.backbones.ace_step import AceStep
from vem_core.backbones.audioldm import AudioLdm
from vem_core.backbones.base import Backbone
from vem_core.backbones.folders import open_model_folder
from vem_core.backbones.parts import Parts
from vem_core.backbones.stable_audio import StableAudio
from vem_core.compute.devices import ChosenDevice

WORDS = "piano strings drums sad happy calm rain city night warm epic tension of the music".split()  # noqa: SIM905
MODELS: dict[str, type[Backbone]] = {"ace-step-1.5": AceStep, "stable-audio-3": StableAudio, "audioldm2": AudioLdm}


def tiny_pipeline(model: str, *, distilled: bool = True, depth: int = 3) -> Any:
    """The pipeline of a tiny random model; `distilled`: turbo, ping-pong."""
    torch.manual_seed(0)
    with quiet():
        if model == "ace-step-1.5":
            return _ace_step(distilled, depth)
        return _stable_audio(distilled, depth) if model == "stable-audio-3" else _audioldm()


def write_tiny(model: str, folder: Path, *, distilled: bool = True, depth: int = 3) -> Path:
    """A folder as diffusers writes it."""
    with quiet():
        tiny_pipeline(model, distilled=distilled, depth=depth).save_pretrained(folder)
    return folder


def open_tiny(folder: Path, model: str) -> Backbone:
    """The backbone in a folder, read as real ones are."""
    return MODELS[model](Parts(open_model_folder(model, folder), ChosenDevice("cpu")))


def write_official_ace(folder: Path, pipeline: Any) -> Path:
    """A folder as the authors of ACE-Step publish it, by their names, pickle and all."""
    network = folder / "acestep-v15-turbo"
    network.mkdir(parents=True)
    tensors: dict[str, torch.Tensor] = {}
    heads = {"transformer": "decoder", "condition_encoder": "encoder"}
    heads |= {"audio_tokenizer": "tokenizer", "audio_token_detokenizer": "detokenizer"}
    for part, head in heads.items():
        for name, tensor in getattr(pipeline, part).state_dict().items():
            if name != "silence_latent":
                theirs = _official_name(name)
                tensors[theirs if name == "null_condition_emb" else f"{head}.{theirs}"] = tensor.contiguous()
    save_file(tensors, network / "model.safetensors")
    (network / "silence_latent.pt").write_bytes(b"a pickle that nobody reads")
    config = {**pipeline.condition_encoder.config, **pipeline.transformer.config, "is_turbo": True}
    (network / "config.json").write_text(json.dumps({**config, "architectures": ["Other"]}, default=str))
    with quiet():
        pipeline.vae.save_pretrained(folder / "vae")
        pipeline.text_encoder.save_pretrained(folder / "Qwen3-Embedding-0.6B")
        pipeline.tokenizer.save_pretrained(folder / "Qwen3-Embedding-0.6B")
    return folder


def click_track(rate_hz: int, samples: int, bpm: float = 96.0) -> torch.Tensor:
    """Clicks on the beat over a chord, (2, samples)."""
    t = np.arange(samples) / rate_hz
    sound = sum(0.1 * np.sin(2 * np.pi * tone * t) for tone in (220.0, 277.2, 329.6))
    since = np.mod(t, 60 / bpm)
    sound = sound + 0.6 * np.exp(-since / 0.004) * np.sin(2 * np.pi * 1800 * since)
    return torch.from_numpy(np.stack([sound, 0.9 * sound]).astype(np.float32))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Neither bars nor remarks of the libraries: what is small on purpose surprises them."""
    from transformers.utils import logging as transformers_logging

    before, verbosity = logging.root.manager.disable, transformers_logging.get_verbosity()
    transformers_logging.disable_progress_bar()
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
        transformers_logging.set_verbosity(verbosity)


def _official_name(name: str) -> str:
    names = {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out.0": "o_proj"}
    for ours, theirs in {**names, "norm_q": "q_norm", "norm_k": "k_norm"}.items():
        name = name.replace(f".{ours}.", f".{theirs}.")
    return name.replace("proj_in_conv.", "proj_in.1.").replace("proj_out_conv.", "proj_out.1.")


def _random_everywhere(module: Any) -> Any:
    """Layers that start at zero would hide what a hook does."""
    with torch.no_grad():
        for tensor in module.parameters():
            if tensor.ndim > 1 and float(tensor.abs().sum()) == 0:
                tensor.normal_(0, 0.05)
    return module.eval()


def word_tokenizer() -> Any:
    """A tokenizer of the words in `WORDS`."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {"<pad>": 0, "</s>": 1, "<unk>": 2, "<s>": 3}
    vocabulary |= {word: number for number, word in enumerate(WORDS, len(vocabulary))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    marks = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "bos_token": "<s>"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=256, **marks)


def _ace_step(turbo: bool, depth: int) -> Any:
    from diffusers import (
        AceStepPipeline,
        AceStepTransformer1DModel,
        AutoencoderOobleck,
        FlowMatchEulerDiscreteScheduler,
    )
    from diffusers.pipelines.ace_step import modeling_ace_step as ace
    from transformers import Qwen3Config, Qwen3Model

    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
    small = {"hidden_size": 32, "intermediate_size": 64, **heads}
    text = Qwen3Config(
        vocab_size=64, hidden_size=16, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, head_dim=8,
    )  # fmt: skip
    vae = AutoencoderOobleck(
        encoder_hidden_size=16, downsampling_ratios=[2, 4, 4, 6, 10], channel_multiples=[1] * 5,
        decoder_channels=16, decoder_input_channels=8, sampling_rate=48_000,
    )  # fmt: skip
    network = AceStepTransformer1DModel(
        **small, num_hidden_layers=depth, in_channels=24, audio_acoustic_hidden_dim=8,
        patch_size=2, sliding_window=16, is_turbo=turbo,
    )  # fmt: skip
    conditions = ace.AceStepConditionEncoder(
        **small, text_hidden_dim=16, timbre_hidden_dim=8,
        num_lyric_encoder_hidden_layers=1, num_timbre_encoder_hidden_layers=1,
    )  # fmt: skip
    conditions.silence_latent.normal_(0, 0.1)
    codes = {"audio_acoustic_hidden_dim": 8, "num_attention_pooler_hidden_layers": 1}
    return AceStepPipeline(
        _random_everywhere(vae),
        Qwen3Model(text).eval(),
        word_tokenizer(),
        _random_everywhere(network),
        _random_everywhere(conditions),
        FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
        _random_everywhere(ace.AceStepAudioTokenizer(**small, **codes, fsq_dim=32)),
        _random_everywhere(ace.AceStepAudioTokenDetokenizer(**small, **codes)),
    )


def _stable_audio(distilled: bool, depth: int) -> Any:
    import diffusers
    from diffusers.pipelines.stable_audio_3.modeling_stable_audio_3 import StableAudio3DurationEmbedder
    from transformers import T5GemmaConfig, T5GemmaEncoderModel

    text: dict[str, Any] = {"vocab_size": 64, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}
    text |= {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8, "pad_token_id": 0}
    config = T5GemmaConfig(
        encoder=text, decoder=dict(text), is_encoder_decoder=False, pad_token_id=0, vocab_size=64
    )  # fmt: skip
    vae = diffusers.AutoencoderSAME(
        encoder_channels=16, encoder_c_mults=(2,), encoder_transformer_depths=(1,), latent_dim=8, dim_heads=8
    )
    network = diffusers.StableAudio3DiTModel(
        io_channels=8, embed_dim=32, depth=depth, num_heads=4, cond_token_dim=16, global_cond_dim=16,
        local_add_cond_dim=9, timestep_features_dim=16, num_memory_tokens=8,
    )  # fmt: skip
    return diffusers.StableAudio3Pipeline(
        _random_everywhere(vae),
        T5GemmaEncoderModel(config).eval(),
        word_tokenizer(),
        StableAudio3DurationEmbedder(output_dim=16, fourier_dim=16).eval(),
        _random_everywhere(network),
        diffusers.FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0, stochastic_sampling=distilled),
    )


def _audioldm() -> Any:
    import diffusers
    import transformers as hf

    network = diffusers.AudioLDM2UNet2DConditionModel(
        sample_size=64, in_channels=8, out_channels=8, block_out_channels=(8, 16), layers_per_block=1,
        norm_num_groups=8, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=2,
        cross_attention_dim=([None, 16, 16], [None, 16, 16]),
    )  # fmt: skip
    vae = diffusers.AutoencoderKL(
        block_out_channels=[8] * 3, in_channels=1, out_channels=1, norm_num_groups=8, latent_channels=8,
        down_block_types=["DownEncoderBlock2D"] * 3, up_block_types=["UpDecoderBlock2D"] * 3, scaling_factor=0.42,
    )  # fmt: skip
    heard: dict[str, Any] = {"spec_size": 64, "window_size": 4, "num_mel_bins": 64, "intermediate_size": 16}
    heard |= {"depths": [1, 1], "num_attention_heads": [1, 1], "num_hidden_layers": 2, "hidden_size": 16}
    heard |= {"patch_size": 2, "patch_stride": 2, "patch_embed_input_channels": 4, "patch_embeds_hidden_size": 8}
    said: dict[str, Any] = {"vocab_size": 64, "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1}
    said |= {"num_attention_heads": 2, "max_position_embeddings": 600, "pad_token_id": 0}
    clap = hf.ClapConfig(
        text_config={**said, "projection_dim": 8}, audio_config={**heard, "projection_dim": 8}, projection_dim=8
    )
    letters = {mark: number for number, mark in enumerate(("<pad>", "<unk>", "<s>", "</s>", "<mask>"))}
    letters |= {letter: number for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz", len(letters))}
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("\u2581", -2.0)]
    vocoder = hf.SpeechT5HifiGanConfig(
        model_in_dim=64, sampling_rate=16_000, upsample_initial_channel=64, upsample_rates=[5, 4, 2, 2, 2],
        upsample_kernel_sizes=[16, 16, 8, 4, 4], resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1]],
        normalize_before=False,
    )  # fmt: skip
    gpt = hf.GPT2Config(n_embd=16, n_head=2, n_layer=1, vocab_size=64, bos_token_id=1, eos_token_id=1)
    gpt.max_new_tokens = 8
    return diffusers.AudioLDM2Pipeline(
        vae=_random_everywhere(vae),
        text_encoder=hf.ClapModel(clap).eval(),
        text_encoder_2=hf.T5EncoderModel(hf.T5Config(vocab_size=64, d_model=16, d_kv=8, d_ff=32, num_layers=1)).eval(),
        projection_model=diffusers.AudioLDM2ProjectionModel(8, 16, 16).eval(),
        language_model=hf.GPT2LMHeadModel(gpt).eval(),
        tokenizer=hf.RobertaTokenizer(vocab=letters, merges=[], model_max_length=32),
        tokenizer_2=hf.T5Tokenizer(
            vocab=[*pieces, *((f"\u2581{word}", -1.0) for word in WORDS)], extra_ids=4, model_max_length=32
        ),
        feature_extractor=hf.ClapFeatureExtractor(),
        unet=_random_everywhere(network),
        scheduler=_ddim(),
        vocoder=_random_everywhere(hf.SpeechT5HifiGan(vocoder)),
    )


def _ddim() -> Any:
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        beta_start=0.0015, beta_end=0.0195, beta_schedule="scaled_linear", clip_sample=False,
        set_alpha_to_one=False, steps_offset=1, num_train_timesteps=1000,
    )  # fmt: skip
