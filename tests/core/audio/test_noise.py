"""Noise, clipping and hum are told where they were planted, and loud music is not taken for any of them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vem_core.audio.mastering import master
from vem_core.audio.noise import MOST_DB, Noise, measure_noise
from vem_core.corpus.filters import Filters
from vem_core.corpus.labels import PieceId
from vem_core.corpus.pieces import make_piece
from vem_core.corpus.sound import play
from vem_core.corpus.splits import Split

Sound = NDArray[np.float32]
FILTERS = Filters()


@pytest.fixture(scope="module", params=["techno", "string-quartet"])
def music(request: pytest.FixtureRequest) -> Sound:
    """Eight seconds, peak 1."""
    made = make_piece(PieceId(Split.TRAIN, 5, 0 if request.param == "techno" else 5), 200, (request.param,))
    audio = play(made.piece, made.finish, made.seed, None)[:, : 8 * 48_000]
    return np.asarray(audio / np.abs(audio).max(), np.float32)


def planted(music: Sound, fault: NDArray[np.float64], level_db: float) -> Noise:
    """What is measured with the fault so far below the programme, both halved lest they clip."""
    gain = 10 ** (level_db / 20) * np.sqrt(np.square(music).mean() / np.square(fault).mean())
    return measure_noise(np.asarray((music + gain * fault) / 2, np.float32))


def hum(samples: int, mains_hz: float) -> NDArray[np.float64]:
    instants = np.arange(samples) / 48_000
    return np.asarray(
        [sum(share * np.sin(2 * np.pi * mains_hz * times * instants) for times, share in ((1, 1), (2, 0.5), (3, 0.5)))]
    )


def test_music_has_none_however_loud(music: Sound) -> None:
    loud = master(music, -7.0, -0.1)[0]
    for version in (music, loud, music / 20, np.tanh(2 * music)):
        noise = measure_noise(np.asarray(version, np.float32))
        assert noise.snr_db > 25
        assert noise.clipped_share < FILTERS.most_clipped / 2
        assert noise.hum_hz == 0


@pytest.mark.parametrize("slope", [0.0, -0.5])  # white, pink
def test_planted_noise_is_measured(music: Sound, slope: float) -> None:
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(music.shape))
    hertz = np.maximum(np.fft.rfftfreq(music.shape[1], 1 / 48_000), 20)
    noise = np.fft.irfft(spectrum * hertz**slope, music.shape[1])
    found = planted(music, noise, -13).snr_db
    assert found == pytest.approx(13, abs=2)
    assert found < FILTERS.least_snr_db
    assert planted(music, noise, -30).snr_db > FILTERS.least_snr_db


def test_clipping_is_told_from_loudness(music: Sound) -> None:
    assert measure_noise(np.clip(2 * music, -1, 1)).clipped_share > 10 * FILTERS.most_clipped
    softer = measure_noise(0.4 * np.clip(2 * music, -1, 1))  # and turned down afterwards
    assert softer.clipped_share > 10 * FILTERS.most_clipped


@pytest.mark.parametrize("mains_hz", [50.0, 59.95])
def test_hum_is_told_where_music_does_not_cover_it(mains_hz: float) -> None:
    made = make_piece(PieceId(Split.TRAIN, 5, 5), 200, ("string-quartet",))
    music = play(made.piece, made.finish, made.seed, None)[:, : 8 * 48_000]
    found = planted(music, hum(music.shape[1], mains_hz), -35)
    assert found.hum_hz == round(mains_hz)
    assert found.hum_db == pytest.approx(-35, abs=4)
    note = hum(music.shape[1], 49.0)  # the lowest G of a piano is none
    assert planted(music, note, -35).hum_hz == 0


def test_silence_and_a_moment_have_none() -> None:
    assert measure_noise(np.zeros((2, 480_000), np.float32)) == Noise(MOST_DB, 0.0, 0, -MOST_DB)
    assert measure_noise(np.ones((2, 4_800), np.float32)).snr_db == MOST_DB
