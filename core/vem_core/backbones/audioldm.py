"""AudioLDM 2, the backbone of VeM's paper: 16 kHz mono, log-mel in, HiFi-GAN out, DDIM over a U-Net."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vem_core.backbones.base import Backbone, Prompts, hooks
from vem_core.backbones.parts import Parts
from vem_core.backbones.words import EVERYBODY, Words, join_sets, said_in, share_bias, shares_for
from vem_core.models.denoising import Level
from vem_core.models.windows import blend_weights, plan_windows

_BANDS, _FFT, _HOP, _TOP_HZ, _FLOOR = 64, 1024, 160, 8000.0, 1e-5
_TEXTS = ("text_encoder", "text_encoder_2", "projection_model", "language_model")


class AudioLdm(Backbone):
    """See `Backbone`. Trained on 10.24 s, so that music is made in windows of that length."""

    model_id, network = "audioldm2", "unet"
    sample_rate_hz = 16_000
    window_latents, overlap_latents = 256, 64
    # With gradient checkpointing diffusers 0.42.1 hands the padding of T5 to the self-attention of this U-Net.
    reruns_blocks = False

    def __init__(self, parts: Parts, guidance: float = 3.5) -> None:
        super().__init__(parts)
        self.guidance = guidance
        with parts.use("vae") as vae:
            self._scale = float(vae.config.scaling_factor)
            self._frames = 2 ** (len(vae.config.block_out_channels) - 1)  # of the mel spectrogram, in one latent
            self.latent_shape = (vae.config.latent_channels, _BANDS // self._frames)
        self.samples_per_latent = self._frames * _HOP
        kept = float(parts.plain("scheduler").final_alpha_cumprod)
        self.end = Level(kept**0.5, (1 - kept) ** 0.5, 0.0)

    @torch.no_grad()
    def encode(self, sound: Tensor) -> Tensor:
        """See `Backbone.encode`. Window by window: its autoencoder's memory grows with the square of the length."""
        mel = log_mel(sound).to(self.parts.device)
        with self.parts.use("vae") as vae:
            return self._windowed(lambda part: vae.encode(part).latent_dist.mode() * self._scale, mel, self._frames, 1)

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """See `Backbone.decode`."""
        with self.parts.use("vae") as vae:
            mel = self._windowed(lambda part: vae.decode(part / self._scale).sample, latents, 1, self._frames)
        with self.parts.use("vocoder") as vocoder:
            sound: Tensor = vocoder(mel[0]).reshape(1, -1)[:, : latents.shape[2] * self.samples_per_latent]
            return sound

    @torch.no_grad()
    def words(self, prompts: Prompts) -> Words:
        """See `Backbone.words`: eight tokens of the language model, and those of Flan-T5."""
        from diffusers import AudioLDM2Pipeline

        models = []
        for name in _TEXTS:
            with self.parts.use(name) as model:
                models.append(model.to(self.parts.device))
        tokenizers = (self.parts.plain("tokenizer"), self.parts.plain("tokenizer_2"))
        pipeline = AudioLDM2Pipeline(None, *models, *tokenizers, None, None, None, None)
        kind = self.parts.dtype(self.network)

        def said(caption: str, shot: int) -> Words:
            text, mask, generated = pipeline.encode_prompt(caption, self.parts.device, 1, False)
            return Words({"generated": said_in(shot, generated.to(kind)), "text": said_in(shot, text.to(kind), mask)})

        shots = [said(caption, shot) for shot, caption in enumerate(prompts.captions)]
        sets = {name: join_sets([each.sets[name] for each in shots]) for name in ("generated", "text")}
        nothing = None if self.guidance == 1 else self._nothing(pipeline, prompts.captions[0], kind)
        for name in _TEXTS:
            if self.parts.offloads:
                with self.parts.use(name):
                    pass
        return Words(sets, nothing=nothing)

    def levels(self, start: float = 1.0, steps: int | None = None) -> list[Level]:
        """See `Backbone.levels`: DDIM's."""
        scheduler = self.parts.plain("scheduler")
        scheduler.set_timesteps(steps or 200)
        kept = [(float(scheduler.alphas_cumprod[time]), float(time)) for time in scheduler.timesteps.tolist()]
        levels = [Level(share**0.5, (1 - share) ** 0.5, time) for share, time in kept]
        return [level for level in levels if level.share <= start] or levels[-1:]

    def predict(self, network: Any, latents: Tensor, level: Level, words: Words, context: Tensor | None) -> Tensor:
        """See `Backbone.predict`: the noise."""
        kind, text = self.parts.dtype(self.network), words.sets["text"]
        made: Tensor = network(
            latents.to(kind),
            torch.tensor(int(level.time), device=latents.device),
            encoder_hidden_states=words.sets["generated"].tokens,
            encoder_hidden_states_1=text.tokens,
            encoder_attention_mask_1=text.mask,
            return_dict=False,
        )[0]
        return made.float()

    def clean(self, latents: Tensor, level: Level, prediction: Tensor) -> Tensor:
        """See `Backbone.clean`."""
        return (latents - level.noise * prediction) / level.clean

    def prediction(self, clean: Tensor, noise: Tensor) -> Tensor:
        """See `Backbone.prediction`."""
        return noise

    def hearing(self, network: Any, words: Words, shares: Tensor) -> AbstractContextManager[None]:
        """See `Backbone.hearing`. Rows of its tokens are time by frequency, and each level of the U-Net halves both."""
        sets = {each.tokens.shape[1]: each for each in words.sets.values()}
        latents, bands = shares.shape[0], self.latent_shape[1]
        sides = [(-(-latents // 2**depth), -(-bands // 2**depth)) for depth in range(8)]

        def told(module: nn.Module, given: Any, named: dict[str, Any]) -> Any:
            asking, heard = given[0] if given else named["hidden_states"], named["encoder_hidden_states"]
            time, frequency = next(side for side in sides if side[0] * side[1] == asking.shape[1])
            bias = share_bias(shares_for(shares, time), sets[heard.shape[1]].shots)
            bias = bias.repeat_interleave(frequency, 0)[None].to(asking)
            padding = named.get("attention_mask")  # (1, 1, S), of T5's padding
            return given, {**named, "attention_mask": bias if padding is None else bias + padding}

        crossed = [
            module
            for name, module in network.named_modules()
            if name.endswith("attn2") and getattr(module, "is_cross_attention", False)
        ]
        return hooks([module.register_forward_pre_hook(told, with_kwargs=True) for module in crossed])

    def norms(self, network: Any) -> Sequence[nn.Module]:
        """See `Backbone.norms`."""
        return [module.norm1 for module in network.modules() if type(module).__name__ == "BasicTransformerBlock"]

    def _nothing(self, pipeline: Any, caption: str, kind: torch.dtype) -> Words:
        """What guidance goes away from: the pipeline's own empty prompt, padded as the caption is."""
        text, mask, generated = pipeline.encode_prompt(caption, self.parts.device, 1, True)
        sets = {
            "generated": said_in(EVERYBODY, generated[:1].to(kind)),
            "text": said_in(EVERYBODY, text[:1].to(kind), mask[:1]),
        }
        return Words(sets)

    def _windowed(self, function: Callable[[Tensor], Tensor], signal: Tensor, taken: int, given: int) -> Tensor:
        """A function of (1, C, taken x L, F) to (1, C', given x L, F'), window by window, cross-faded."""
        windows = plan_windows(signal.shape[2] // taken, self.window_latents, self.overlap_latents)
        whole: Tensor | None = None
        for window, share in zip(windows, blend_weights(windows, self.overlap_latents), strict=True):
            made = function(signal[:, :, window.first * taken : window.last_excl * taken])
            if whole is None:
                whole = made.new_zeros(*made.shape[:2], windows[-1].last_excl * given, made.shape[3])
            weights = share.repeat_interleave(given).to(made)[:, None]
            whole[:, :, window.first * given : window.last_excl * given] += made * weights
        assert whole is not None
        return whole


def log_mel(sound: Tensor) -> Tensor:
    """Sound (channels, T) at 16 kHz as AudioLDM's log-mel (1, 1, T / 160, 64).

    Slaney bands to 8 kHz, a window of 1,024 samples, magnitudes, natural logarithm of at least 1e-5.
    """
    from transformers.audio_utils import mel_filter_bank

    bank = mel_filter_bank(_FFT // 2 + 1, _BANDS, 0.0, _TOP_HZ, 16_000, norm="slaney", mel_scale="slaney")
    around = (_FFT - _HOP) // 2
    padded = F.pad(sound.mean(0)[None, None], (around, around), mode="reflect")[0, 0]
    window = torch.hann_window(_FFT)
    spectrum = torch.stft(padded, _FFT, _HOP, _FFT, window, center=False, return_complex=True).abs()
    return (torch.from_numpy(bank).float().T @ spectrum).clamp_min(_FLOOR).log().T[None, None]
