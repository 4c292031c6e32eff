"""Loudness that follows the plan: at every step the sampler's guess is brought to the level that its energy asks for.

Left to itself a sample wanders: two draws from the same conditions differ by a decibel of short-term loudness, about as
much as the music they learnt from moves with its energy. Loudness can be steered without another network, because gain
is one direction in the VAE's latents: so many decibels more are so many steps along it, wherever one stands. The guess
is decoded, its loudness read and compared with the wanted one, and the difference taken along that direction: a
projection on a measurement, as in denoising diffusion null-space models (Wang et al. 2023), so that later steps fit the
timbre to the level.
"""

from __future__ import annotations

import itertools

import numpy as np
import scipy.signal
import torch
import torch.nn.functional as F
from torch import Tensor

from vem_core.audio.k_weighting import k_weighting
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.models.features import LEAD_SHEET_CHANNELS
from vem_core.models.spectrogram import FRAMES_PER_LATENT, BandLayout, band_groups, from_log
from vem_core.models.vae import MusicVAE

ENERGY_DB = 16.0
"""How much louder music is at full energy than at none. Least squares over 300 pieces of the corpus, each about its own
mean, gives 18 dB, and 13 where the density of notes is told beside it, which adds little (R² .43 and .50)."""

SMOOTHING_LATENTS = 25
"""Half of the Hann window over which loudness is read: beats and hits keep their dynamics, bars follow the plan."""

_LEAST_ANCHOR_LATENTS = 50
_PIECES_AT_ONCE = 16  # of the decoder: most pieces of music are measured in one go, an hour in bounded memory
_MOST_DB = 6.0  # of one correction
_DB_PER_CODED = 50.0
_PROBE_DB, _PROBE_LATENTS = 3.0, 64
_ENERGY, _AFTER, _TOLD = (LEAD_SHEET_CHANNELS.index(name) for name in ("energy", "after the last hit", "told"))


class LevelGuidance:
    """Brings guesses (1, C, L) to the level that a lead sheet (1, P, L) asks for, where it is told.

    How loud the whole is stays open: wanted are only its rises and falls. `keep` (L,), where given, says which latents
    stand: those are left as they are, and the rest is brought to their level. After the last hit the music rings out as
    it likes.
    """

    def __init__(self, vae: MusicVAE, lead_sheet: Tensor, keep: Tensor | None = None) -> None:
        self.vae = vae
        rows = lead_sheet[0].float()
        self.steered = (rows[_TOLD] > 0.5) & (rows[_AFTER] < 0.5)  # (L,)
        keep = torch.zeros_like(self.steered) if keep is None else keep.to(self.steered.device)
        standing = keep & self.steered
        self.free = ~keep
        self.anchor = standing if int(standing.sum()) >= _LEAST_ANCHOR_LATENTS else self.steered
        self.wanted_db = ENERGY_DB * self._smooth(rows[_ENERGY])
        self.louder = gain_direction(vae)
        self.weights = band_weights().to(lead_sheet.device)

    def __call__(self, guess: Tensor) -> Tensor:
        """A guess (1, C, L) at the wanted level."""
        if not bool(self.steered.any()):
            return guess
        lacking = self.wanted_db - self.loudness_db(guess)
        lacking = (lacking - lacking[self.anchor].mean()).clamp(-_MOST_DB, _MOST_DB)
        return guess + self.louder * (_held(lacking, self.steered) * self.free)

    def loudness_db(self, latents: Tensor) -> Tensor:
        """K-weighted short-term loudness of latents (1, C, L), up to a constant: (L,) dB."""
        return 10 * self._smooth(self._power(latents)).clamp_min(1e-10).log10()

    def _smooth(self, curve: Tensor) -> Tensor:
        """A curve (L,) under a Hann window, of which only what is steered counts."""
        counted = self.steered.to(curve)
        return _under_window(curve * counted) / _under_window(counted).clamp_min(1e-6)

    def _power(self, latents: Tensor) -> Tensor:
        pieces = self.vae.decode_pieces(latents.float())
        powers = []
        while some := list(itertools.islice(pieces, _PIECES_AT_ONCE)):
            powers.append(self._power_of(torch.cat(some, dim=-1)))
        return torch.cat(powers)

    def _power_of(self, coded: Tensor) -> Tensor:
        frames = from_log(coded)[0].square()  # (bands, 4 L)
        return (self.weights @ frames).unflatten(0, (-1, FRAMES_PER_LATENT)).mean(1)


def gain_direction(vae: MusicVAE) -> Tensor:
    """(C, 1): what one decibel more is in scaled latents, read off the encoder in the midst of mean music."""
    device = vae.latent_mean.device
    music = vae.decode_latents(torch.zeros(1, vae.config.latent_channels, _PROBE_LATENTS, device=device))
    louder = vae.encode_latents(music + _PROBE_DB / _DB_PER_CODED) - vae.encode_latents(music)
    return louder[0, :, _PROBE_LATENTS // 2, None] / _PROBE_DB


def band_weights() -> Tensor:
    """(2 * bands,): what each band's power adds to loudness: its width, and the K-weighting of ITU-R BS.1770.

    A band's power is a mean over the bins of its window; what lies in it is that times its width in the window's
    equivalent noise bandwidths (Hann's is 1.5 bins), for a tone as for noise.
    """
    layout = BandLayout()
    centres = layout.centres_hz()
    _, response = scipy.signal.sosfreqz(k_weighting(), worN=centres, fs=SAMPLE_RATE_HZ)
    noise_hz = np.concatenate(
        [np.full(len(one.filters), 1.5 * SAMPLE_RATE_HZ / one.window) for one in band_groups(layout)]
    )
    return torch.from_numpy(np.tile(np.gradient(centres) / noise_hz * np.abs(response) ** 2, 2)).float()


def _under_window(curve: Tensor) -> Tensor:
    window = torch.hann_window(2 * SMOOTHING_LATENTS + 1, periodic=False, device=curve.device)[None, None]
    return F.conv1d(curve[None, None], window, padding=SMOOTHING_LATENTS)[0, 0]


def _held(curve: Tensor, where: Tensor) -> Tensor:
    """A curve (L,) as it is `where` it counts; elsewhere what it last was there."""
    places = torch.where(where, torch.arange(len(curve), device=curve.device), -1)
    return curve[places.cummax(0).values.clamp_min(int(where.nonzero()[0]))]
