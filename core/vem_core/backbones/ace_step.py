"""ACE-Step 1.5: 48 kHz stereo on our own grid of 25 latents a second; rectified flow in 8 (turbo) or 50 steps."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from vem_core.backbones.base import Backbone, Prompts, hooks
from vem_core.backbones.parts import Parts
from vem_core.backbones.words import EVERYBODY, Words, join_sets, said_in, share_bias, shares_for
from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT
from vem_core.models.denoising import Held, Level

_TIMBRE_LATENTS = 750  # 30 s of silence stand for "no reference"
_LYRICS = "[Instrumental]"


class AceStep(Backbone):
    """See `Backbone`. `guidance` is that of base and sft; turbo has its own in its weights."""

    model_id, network = "ace-step-1.5", "transformer"
    sample_rate_hz, samples_per_latent = SAMPLE_RATE_HZ, SAMPLES_PER_LATENT
    window_latents, overlap_latents = 6000, 250

    def __init__(self, parts: Parts, guidance: float = 7.0) -> None:
        super().__init__(parts)
        with parts.use(self.network) as network:
            config = network.config
        self.latent_shape = (config.audio_acoustic_hidden_dim,)
        self.is_turbo = bool(config.is_turbo) or config.model_version == "turbo"
        self.guidance = 1.0 if self.is_turbo else guidance

    @torch.no_grad()
    def encode(self, sound: Tensor) -> Tensor:
        """See `Backbone.encode`."""
        with self.parts.use("vae") as vae:
            vae.enable_tiling()
            coded: Tensor = vae.encode(sound[None].to(self.parts.device)).latent_dist.mode()
            return coded

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """See `Backbone.decode`. Not brought to a peak: music that is kept would change its level."""
        with self.parts.use("vae") as vae:
            vae.enable_tiling()
            sound: Tensor = vae.decode(latents).sample[0]
            return sound

    @torch.no_grad()
    def words(self, prompts: Prompts) -> Words:
        """See `Backbone.words`. Lyrics and timbre stand once, for all; then each shot's whole caption."""
        encoded = self._encoded(prompts)
        sets, kind, device = [], self.parts.dtype("condition_encoder"), self.parts.device
        with self.parts.use("condition_encoder") as conditions:
            for shot, (text, text_mask, lyrics, lyrics_mask) in enumerate(encoded):
                packed, _ = conditions(
                    text_hidden_states=text.to(kind),
                    text_attention_mask=text_mask,
                    lyric_hidden_states=lyrics.to(kind),
                    lyric_attention_mask=lyrics_mask,
                    refer_audio_acoustic_hidden_states_packed=conditions.silence_latent[:, :_TIMBRE_LATENTS].to(kind),
                    refer_audio_order_mask=torch.zeros(1, dtype=torch.long, device=device),
                )
                common = packed.shape[1] - text.shape[1]  # lyrics, and one token of timbre
                if shot == 0:
                    sets.append(said_in(EVERYBODY, packed[:, :common]))
                sets.append(said_in(shot, packed[:, common:]))
            nothing = Words({"text": said_in(EVERYBODY, conditions.null_condition_emb.to(kind))})
        return Words({"text": join_sets(sets)}, nothing=None if self.guidance == 1 else nothing)

    def levels(self, start: float = 1.0, steps: int | None = None) -> list[Level]:
        """See `Backbone.levels`. Turbo knows the levels of its own eight steps only, so they are kept to."""
        count, shift = (steps or 8, 3.0) if self.is_turbo else (steps or 50, 1.0)
        line = torch.linspace(1.0, 0.0, count + 1)
        sigmas = (shift * line / (1 + (shift - 1) * line))[:-1].tolist()
        first = min(range(count), key=lambda number: abs(sigmas[number] - start))
        return [Level(1 - sigma, sigma, sigma) for sigma in sigmas[first:]]

    def context(self, latents: int, kept: Held | None) -> Tensor:
        """See `Backbone.context`: what stays, silence where new music is wanted, and which is which ("repaint")."""
        with self.parts.use("condition_encoder") as conditions:
            silence = conditions.silence_latent.float().transpose(1, 2)
        heard = silence.repeat(1, 1, -(-latents // silence.shape[2]))[..., :latents].to(self.parts.device)
        wanted = torch.ones_like(heard)
        if kept is not None:
            stays = kept.to_the_end.to(heard.device)
            heard, wanted = torch.where(stays, kept.latents.to(heard), heard), wanted.masked_fill(stays, 0.0)
        return torch.cat([heard, wanted], dim=1)

    def predict(self, network: Any, latents: Tensor, level: Level, words: Words, context: Tensor | None) -> Tensor:
        """See `Backbone.predict`."""
        assert context is not None
        kind = self.parts.dtype(self.network)
        time = torch.full((1,), level.time, dtype=kind, device=latents.device)
        made: Tensor = network(
            hidden_states=latents.transpose(1, 2).to(kind),
            timestep=time,
            timestep_r=time,
            encoder_hidden_states=words.sets["text"].tokens,
            context_latents=context.transpose(1, 2).to(kind),
            return_dict=False,
        )[0]
        return made.transpose(1, 2).float()

    def combine(self, told: Tensor, untold: Tensor, remembered: dict[str, Any]) -> Tensor:
        """See `Backbone.combine`: projected guidance with momentum (APG), as the base model is meant to be guided."""
        from diffusers.guiders.adaptive_projected_guidance import MomentumBuffer, normalized_guidance

        momentum = remembered.setdefault("momentum", MomentumBuffer(momentum=-0.75))
        guided: Tensor = normalized_guidance(
            pred_cond=told,
            pred_uncond=untold,
            guidance_scale=self.guidance - 1.0,
            momentum_buffer=momentum,
            eta=0.0,
            norm_threshold=2.5,
            use_original_formulation=True,
            norm_dim=(2,),
        )
        return guided

    def hearing(self, network: Any, words: Words, shares: Tensor) -> AbstractContextManager[None]:
        """See `Backbone.hearing`. A token of its network is two latents."""

        def told(module: nn.Module, given: Any, named: dict[str, Any]) -> Any:
            asking = named["hidden_states"]
            bias = share_bias(shares_for(shares, asking.shape[1]), words.sets["text"].shots)
            return given, {**named, "attention_mask": bias.to(asking)[None, None]}

        return hooks([layer.cross_attn.register_forward_pre_hook(told, with_kwargs=True) for layer in network.layers])

    def norms(self, network: Any) -> Sequence[nn.Module]:
        """See `Backbone.norms`."""
        return [layer.self_attn_norm for layer in network.layers]

    def _encoded(self, prompts: Prompts) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
        """Each caption's text and lyrics with their masks, from the pipeline's own formatting of them."""
        from diffusers import AceStepPipeline

        with self.parts.use("text_encoder") as encoder:
            pipeline = AceStepPipeline(None, encoder, self.parts.plain("tokenizer"), None, None, None)
            return [
                pipeline.encode_prompt(
                    caption,
                    _LYRICS,
                    self.parts.device,
                    audio_duration=prompts.seconds,
                    bpm=prompts.bpm,
                    keyscale=prompts.key,
                    timesignature=str(prompts.beats_per_bar),
                )
                for caption in prompts.captions
            ]
