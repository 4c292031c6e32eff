"""CutSync is what it says, and stays what it was."""

from __future__ import annotations

import hashlib
from collections import Counter
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from vem_core.judging.baselines import best_grid
from vem_core.judging.cutsync.building import REAL_EDITS, TEMPO_CLASSES_BPM, resampled
from vem_core.judging.cutsync.drawing import draw_film
from vem_core.judging.cutsync.manifest import MANIFEST, read_cutsync
from vem_core.judging.films import Film, FilmCut

VERSION_1_0 = "07e4d804e8a75f68c2d4144dcd71ea7f63cc53447bd9ec08d5e3d0b82996270d"
FILMS = read_cutsync().films


def test_a_version_never_changes() -> None:
    """Other cut lists are another version: a new file beside this one."""
    assert hashlib.sha256(MANIFEST.read_bytes()).hexdigest() == VERSION_1_0


def test_sixty_films_of_three_kinds() -> None:
    assert Counter(film.id.partition("-")[0] for film in FILMS) == {"random": 30, "swapped": 12, "real": 18}


def test_every_class_of_tempo_is_there_as_often() -> None:
    classes = Counter(
        place for film in FILMS for place, (low, high) in enumerate(TEMPO_CLASSES_BPM)
        if film.tempo_bpm is not None and low <= film.tempo_bpm < high
    )  # fmt: skip
    assert sum(classes.values()) == 60
    assert min(classes.values()) >= 10
    assert all(f"{film.tempo_bpm:.0f} BPM" in film.caption for film in FILMS)


def test_rates_dissolves_and_drop_frame_are_there() -> None:
    assert len({film.rate for film in FILMS}) == 6
    assert sum(film.drop_frame for film in FILMS) >= 6
    assert all(film.rate in (Fraction(30000, 1001), Fraction(60000, 1001)) for film in FILMS if film.drop_frame)
    assert 40 <= sum(cut.dissolve_frames > 0 for film in FILMS for cut in film.cuts) <= 120


def test_swapped_films_share_their_cuts_and_nothing_else() -> None:
    groups: dict[str, list[Film]] = {}
    for film in FILMS:
        if film.group:
            groups.setdefault(film.group, []).append(film)
    assert [len(group) for group in groups.values()] == [4, 4, 4]
    for group in groups.values():
        assert len({(film.rate, film.cuts) for film in group}) == 1
        assert len({film.caption for film in group}) == 4


def test_resampled_shots_have_the_real_edits_lengths() -> None:
    for statistics in REAL_EDITS:
        lengths = resampled(np.random.default_rng(0), statistics, 20_000.0)
        deciles = np.quantile(lengths, np.linspace(0, 1, 11))
        assert np.allclose(deciles[1:9], statistics.deciles_s[1:9], rtol=0.12)
        logs = np.log(lengths)
        assert abs(np.corrcoef(logs[1:], logs[:-1])[0, 1] - statistics.neighbours) < 0.08


def test_a_film_is_drawn_at_its_own_rate_and_length(tmp_path: Path) -> None:
    film = Film("drawn", Fraction(60000, 1001), 61, (FilmCut(30),), tags=("ambient", "calm"))
    draw_film(film, tmp_path / "drawn.mp4")
    with av.open(str(tmp_path / "drawn.mp4")) as movie:
        stream = movie.streams.video[0]
        assert stream.average_rate == film.rate
        assert sum(1 for _ in movie.decode(stream)) == 61


def test_the_best_grid_is_found() -> None:
    cuts = 0.2 + 0.5 * np.array([1, 3, 4, 9, 11])
    tempo, first = best_grid(cuts, 0.02)
    periods = (cuts - first) / (60 / tempo)
    assert (np.abs(periods - np.round(periods)) * 60 / tempo <= 0.02).all()
