"""The music VAE and the vocoder: shapes, seams, losses, and that a few steps of training go downhill."""

from __future__ import annotations

import math

import pytest
import torch

from vem_core.models.chunks import apply_in_chunks, plan_chunks
from vem_core.models.spectrogram import HOP_SAMPLES, frame_spectra, mid_side
from vem_core.models.vae import MusicVAE, Posterior, kl_divergence, vae_loss
from vem_core.models.vocoder import LOUDEST_LOG, Vocoder, spectral_loss

BANDS = 10


def small_vae() -> MusicVAE:
    torch.manual_seed(0)
    return MusicVAE(bands=BANDS, latent_channels=4, width=12, encoder_blocks=2, decoder_blocks=2).eval()


def small_vocoder() -> Vocoder:
    torch.manual_seed(0)
    return Vocoder(bands=BANDS, width=12, blocks=2).eval()


@pytest.mark.parametrize(("length", "chunk", "reach"), [(10, 4, 2), (8, 4, 0), (3, 10, 5), (1, 1, 1)])
def test_chunks_tile_and_read_their_neighbours(length: int, chunk: int, reach: int) -> None:
    pieces = plan_chunks(length, chunk, reach)
    assert [piece.first for piece in pieces] == list(range(0, length, chunk))
    assert pieces[-1].last_excl == length
    assert all(piece.read_first == max(0, piece.first - reach) for piece in pieces)
    assert all(piece.read_last_excl == min(length, piece.first + chunk + reach) for piece in pieces)


def test_a_chunk_that_reads_too_little_shows() -> None:
    """The twin of the seam tests: they would notice."""
    vae, latents = small_vae(), torch.randn(1, 4, 40)
    with torch.no_grad():
        whole = vae.reconstruct(latents)
        short = apply_in_chunks(vae.reconstruct, latents, chunk=16, reach=1, ratio=(1, 4))
    assert not torch.allclose(whole, short, atol=1e-5)


@pytest.mark.parametrize("latents", [1, 7, 50])
def test_the_vae_has_no_seams(latents: int) -> None:
    vae = small_vae()
    coded = torch.randn(2, BANDS, 4 * latents)
    with torch.no_grad():
        vae.measure_latents(torch.randn(3, 4, 100) * 2 + 1)
        whole = (vae.posterior(coded).mean - vae.latent_mean) / vae.latent_std
        torch.testing.assert_close(vae.encode_latents(coded, chunk_latents=16), whole, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(
            vae.decode_latents(whole, chunk_latents=16),
            vae.reconstruct(vae.posterior(coded).mean),
            atol=1e-5,
            rtol=1e-4,
        )


@pytest.mark.parametrize("frames", [1, 30, 130])
def test_the_vocoder_has_no_seams(frames: int) -> None:
    vocoder, coded = small_vocoder(), torch.randn(1, BANDS, frames)
    with torch.no_grad():
        whole, pieces = vocoder(coded), vocoder.render(coded, chunk_frames=32)
    assert whole.shape == (1, 2, HOP_SAMPLES * frames)
    torch.testing.assert_close(pieces, whole, atol=1e-6, rtol=1e-4)


def test_what_the_vocoder_makes_of_steady_frames_repeats_every_hop() -> None:
    """Alike frames give alike pieces of sound: whatever the weights, a held tone comes out on multiples of 100 Hz."""
    vocoder, steady = small_vocoder(), torch.randn(1, BANDS, 1).expand(-1, -1, 80)
    with torch.no_grad():
        sound = vocoder(steady)
    edge = vocoder.reach_frames * HOP_SAMPLES
    inside = sound[..., edge:-edge]
    assert float(inside.abs().max()) > 0
    torch.testing.assert_close(inside[..., HOP_SAMPLES:], inside[..., :-HOP_SAMPLES], atol=1e-5, rtol=1e-4)


def test_scaled_latents_have_unit_variance() -> None:
    vae = small_vae()
    coded = torch.randn(4, BANDS, 400)
    with torch.no_grad():
        vae.measure_latents(vae.posterior(coded).mean)
        latents = vae.encode_latents(coded)
    torch.testing.assert_close(latents.std(dim=(0, 2)), torch.ones(4), atol=1e-3, rtol=1e-3)


def test_the_kl_divergence_agrees_with_torch() -> None:
    torch.manual_seed(0)
    posterior = Posterior(torch.randn(2, 3, 4), torch.randn(2, 3, 4))
    exact = torch.distributions.kl_divergence(
        torch.distributions.Normal(posterior.mean, torch.exp(0.5 * posterior.log_variance)),
        torch.distributions.Normal(0.0, 1.0),
    )
    torch.testing.assert_close(kl_divergence(posterior), exact.mean())


def test_a_perfect_reconstruction_costs_only_its_divergence() -> None:
    coded = torch.randn(1, BANDS, 8)
    standard = Posterior(torch.zeros(1, 4, 2), torch.zeros(1, 4, 2))
    assert float(vae_loss(coded, coded, standard, kl_weight=1.0)) == pytest.approx(0.0, abs=1e-6)
    assert float(vae_loss(coded + 1, coded, standard, kl_weight=1.0)) == pytest.approx(2.0, abs=1e-5)


def test_the_spectral_loss_hears_pitch_noise_and_a_lost_side() -> None:
    instants = torch.arange(48_000) / 48_000
    note = torch.sin(2 * math.pi * 440 * instants)
    other = torch.sin(2 * math.pi * 466 * instants)
    stereo = torch.stack([note, 0.5 * note])[None]
    assert float(spectral_loss(stereo, stereo)) == 0.0
    shifted = torch.sin(2 * math.pi * 440 * instants + 1.0)
    in_phase = spectral_loss(torch.stack([shifted, 0.5 * shifted])[None], stereo)
    assert float(in_phase) < 0.5 * float(spectral_loss(torch.stack([other, 0.5 * other])[None], stereo))
    mono = torch.stack([0.75 * note, 0.75 * note])[None]
    assert float(spectral_loss(mono, stereo)) > 2 * float(in_phase)


@pytest.mark.parametrize("what", ["vae", "vocoder"])
def test_training_goes_downhill(what: str) -> None:
    torch.manual_seed(0)
    coded = torch.randn(1, BANDS, 24)
    module = (small_vae() if what == "vae" else small_vocoder()).train()
    optimiser = torch.optim.AdamW(module.parameters(), lr=3e-3)
    sound = 0.3 * torch.randn(1, 2, 24 * HOP_SAMPLES)
    losses = []
    for _ in range(20):
        if isinstance(module, MusicVAE):
            posterior = module.posterior(coded)
            noise = torch.randn_like(posterior.mean)
            loss = vae_loss(module.reconstruct(posterior.sample(noise)), coded, posterior, kl_weight=1e-3)
        else:
            loss = spectral_loss(module(coded), sound, windows=(512,))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.9 * losses[0]


def test_the_vocoder_can_be_as_loud_as_sound_gets_and_no_guess_is_infinite() -> None:
    loud = torch.sin(2 * math.pi * 1000 * torch.arange(48_000) / 48_000).expand(1, 2, -1)
    spectra = frame_spectra(mid_side(loud), small_vocoder().hann)
    assert float(spectra.abs().max()) < math.exp(LOUDEST_LOG)
    vocoder = small_vocoder()
    with torch.no_grad():
        vocoder.head.bias.fill_(1e6)
        assert bool(torch.isfinite(vocoder(torch.randn(1, BANDS, 20))).all())
