"""Stable Audio 3: 44.1 kHz stereo, 10.77 latents a second; distilled (8 ping-pong steps) or base (100, guided)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vem_core.backbones.base import Backbone, Prompts
from vem_core.backbones.parts import Parts
from vem_core.backbones.words import EVERYBODY, TokenSet, Words, join_sets, said_in, share_bias
from vem_core.models.chunks import apply_in_chunks
from vem_core.models.denoising import Held, Level

_LOWEST_LOG_SNR, _HIGHEST_LOG_SNR = -6.2, 2.0
_PIECE_LATENTS = 128  # of the autoencoder, whose memory grows with the square of a piece
_SMALL_WIDTH, _SMALL_S, _MEDIUM_S = 1024, 120, 380


class StableAudio(Backbone):
    """See `Backbone`. `guidance` is that of base; the distilled model has its own in its weights."""

    model_id, network = "stable-audio-3", "transformer"
    overlap_latents = 108

    def __init__(self, parts: Parts, guidance: float = 4.0) -> None:
        super().__init__(parts)
        with parts.use(self.network) as network, parts.use("vae") as vae:
            width, self.leading_tokens = network.config.embed_dim, network.config.num_memory_tokens or 0
            self.latent_shape, self._hears = (network.config.io_channels,), bool(network.config.local_add_cond_dim)
            self.sample_rate_hz, self.samples_per_latent = vae.config.sampling_rate, vae.downsampling_ratio
            self._reach = max(vae.config.encoder_transformer_depths)
        longest_s = _SMALL_S if width <= _SMALL_WIDTH else _MEDIUM_S
        self.window_latents = longest_s * self.sample_rate_hz // self.samples_per_latent
        self.renoises = bool(parts.plain("scheduler").config.stochastic_sampling)
        self.guidance = 1.0 if self.renoises else guidance

    @torch.no_grad()
    def encode(self, sound: Tensor) -> Tensor:
        """See `Backbone.encode`. In pieces that overlap by as much as the autoencoder reaches: equal to the whole."""
        with self.parts.use("vae") as vae:
            size, reach = _PIECE_LATENTS * self.samples_per_latent, self._reach * self.samples_per_latent
            ratio = (self.samples_per_latent, 1)
            sound = sound[None].to(self.parts.device)
            return apply_in_chunks(lambda x: vae.encode(x).latents, sound, chunk=size, reach=reach, ratio=ratio)

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """See `Backbone.decode`. In pieces, as `encode`."""
        with self.parts.use("vae") as vae:
            ratio = (1, self.samples_per_latent)
            return apply_in_chunks(
                lambda x: vae.decode(x).sample, latents, chunk=_PIECE_LATENTS, reach=self._reach, ratio=ratio
            )[0]

    @torch.no_grad()
    def words(self, prompts: Prompts) -> Words:
        """See `Backbone.words`. Each caption with its padding, which the model learnt to hear, and the duration."""
        from diffusers import StableAudio3Pipeline

        device = self.parts.device
        with self.parts.use("duration_embedder") as durations, self.parts.use("text_encoder") as encoder:
            pipeline = StableAudio3Pipeline(None, encoder, self.parts.plain("tokenizer"), durations, None, None)
            pooled = pipeline.encode_duration(prompts.seconds, device, 1, 1)

            def said(caption: str, shot: int) -> TokenSet:
                encoded, mask = pipeline.encode_prompt(caption, device, 1)
                tokens, mask = pipeline.prepare_cross_attention(encoded, mask, pooled)
                return said_in(shot, tokens, mask)

            text = join_sets([said(caption, shot) for shot, caption in enumerate(prompts.captions)])
            silent = None if self.guidance == 1 else Words({"text": said("", EVERYBODY)}, pooled)
        return Words({"text": text}, pooled, silent)

    def levels(self, start: float = 1.0, steps: int | None = None) -> list[Level]:
        """See `Backbone.levels`: even in log-SNR. It only falls, unlike the pipeline's own from a given sound."""
        count = steps or (8 if self.renoises else 100)
        line = torch.linspace(1.0, 0.0, count + 1)
        sigmas = torch.sigmoid(line * (_HIGHEST_LOG_SNR - _LOWEST_LOG_SNR) - _HIGHEST_LOG_SNR)[1:-1].tolist()
        return [Level(1 - sigma, sigma, sigma) for sigma in (start, *(sigma for sigma in sigmas if sigma < start))]

    def context(self, latents: int, kept: Held | None) -> Tensor | None:
        """See `Backbone.context`: which latents stay, and they themselves ("inpaint")."""
        if kept is None or not self._hears:
            return None
        stays = kept.to_the_end.float()
        return torch.cat([stays, kept.latents * stays], dim=1).to(self.parts.device)

    def predict(self, network: Any, latents: Tensor, level: Level, words: Words, context: Tensor | None) -> Tensor:
        """See `Backbone.predict`."""
        kind, text = self.parts.dtype(self.network), words.sets["text"]
        assert words.pooled is not None
        made: Tensor = network(
            latents.to(kind),
            torch.full((1,), level.time, device=latents.device),
            encoder_hidden_states=text.tokens.to(kind),
            global_hidden_states=words.pooled.to(kind),
            encoder_attention_mask=text.mask,
            local_add_cond=None if context is None else context.to(kind),
            return_dict=False,
        )[0]
        return made.float()

    @contextlib.contextmanager
    def hearing(self, network: Any, words: Words, shares: Tensor) -> Iterator[None]:
        """See `Backbone.hearing`. Its attention takes no mask by itself, so each block's is asked to."""
        told = ShotAttention(share_bias(shares, words.sets["text"].shots, self.leading_tokens))
        attentions = [block.cross_attn for block in network.transformer_blocks]
        before = [attention.processor for attention in attentions]
        for attention in attentions:
            attention.set_processor(told)
        try:
            yield
        finally:
            for attention, processor in zip(attentions, before, strict=True):
                attention.set_processor(processor)

    def norms(self, network: Any) -> Sequence[nn.Module]:
        """See `Backbone.norms`."""
        return [block.pre_norm for block in network.transformer_blocks]


class ShotAttention:
    """Its cross-attention, one softmax minus another where it is differential, with a bias (Q, S) on the logits."""

    _attention_backend, _parallel_config = None, None  # which diffusers looks for

    def __init__(self, bias: Tensor) -> None:
        self._bias = bias

    def __call__(self, attn: Any, hidden_states: Tensor, context: Tensor, context_mask: Tensor | None = None) -> Tensor:
        def heads(x: Tensor) -> Tensor:  # (B, Q, H D) to (B, H, Q, D)
            return x.unflatten(-1, (attn.heads, attn.dim_heads)).transpose(1, 2)

        maps = 2 if attn.use_differential else 1
        queries = attn.to_q(hidden_states).chunk(maps, dim=-1)
        *keys, value = attn.to_kv(context).chunk(maps + 1, dim=-1)
        bias, value = self._bias.to(hidden_states)[None, None], heads(value)
        heard = [
            F.scaled_dot_product_attention(attn.q_norm(heads(query)), attn.k_norm(heads(key)), value, attn_mask=bias)
            for query, key in zip(queries, keys, strict=True)
        ]
        out = heard[0] - heard[1] if maps == 2 else heard[0]
        mixed: Tensor = attn.to_out(out.transpose(1, 2).flatten(2))
        return mixed
