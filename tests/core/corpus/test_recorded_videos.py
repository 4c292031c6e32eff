"""Real movie files as training data: cuts, sound, beats, estimates, samples that can be learned from."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from fakes import movies
from fakes.musical_movies import BPM, CUTS, FRAMES, RATE, kicks, write_movie
from vem_core.contract.cut_sheet import CutKind
from vem_core.contract.errors import InputError, LimitExceeded
from vem_core.corpus.estimates import Estimates
from vem_core.corpus.film import read_sound, watch
from vem_core.corpus.filters import Filters
from vem_core.corpus.layouts import find_videos
from vem_core.corpus.recorded import RecordedFilm, in_one_cell, number_beats, paired, record_film
from vem_core.corpus.samples import CorpusSample, decode_sample, encode_sample
from vem_core.parsing.bundled import BundledParser
from vem_core.rhythm.tracking.spectral import SpectralTracker


class NoWords:
    encoder_id, width = "none", 384

    def encode(self, texts):  # type: ignore[no-untyped-def]
        return np.zeros((len(texts), 384), np.float32)


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("movies")
    (folder / "film.txt").write_text("colours that jump\n")
    return write_movie(folder / "film.mov", kicks(), dissolve=12)


@pytest.fixture(scope="module")
def film(movie: Path) -> RecordedFilm:
    item = find_videos(movie.parent).items[0]
    return record_film(item, 3, SpectralTracker(), BundledParser(NoWords()), Filters())


@pytest.fixture(scope="module")
def sample(film: RecordedFilm) -> CorpusSample:
    assert film.sample is not None
    return film.sample


def test_cuts_are_found_to_the_frame_and_a_dissolve_by_its_middle(movie: Path) -> None:
    film = watch(movie)
    assert (film.rate, film.frames, len(film.pictures)) == (Fraction(25), FRAMES, FRAMES)
    *cuts, dissolve = film.transitions
    assert [(cut.frame, cut.extent_frames) for cut in cuts] == [(cut, 0) for cut in CUTS[:-1]]
    assert abs(dissolve.frame - CUTS[-1]) <= 2
    assert dissolve.extent_frames == pytest.approx(12, abs=5)


def test_tags_in_another_encoding_than_utf_8_are_no_damage(tmp_path: Path) -> None:
    assert watch(movies.write_movie(tmp_path / "title.mov", 12, latin_title="Bühne")).frames == 12


def test_a_movie_is_opened_and_decoded_once(movie: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = av.open

    def count(file: object, *arguments: object, **options: object) -> object:
        opened.append(str(file))
        return real(file, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(av, "open", count)
    item = find_videos(movie.parent).items[0]
    assert record_film(item, 0, SpectralTracker(), BundledParser(NoWords()), Filters()).sample is not None
    assert opened == [str(movie)]


def test_sound_comes_out_as_long_as_it_went_in(movie: Path) -> None:
    assert read_sound(movie).shape[1] == FRAMES * 48_000 // RATE
    sound = watch(movie).sound
    assert sound is not None
    assert np.array_equal(sound, read_sound(movie))
    assert watch(movie, with_sound=False).sound is None


def test_a_recording_is_labelled_by_what_is_heard_and_seen(film: RecordedFilm, sample: CorpusSample) -> None:
    labels = sample.labels
    assert [cut.record_frames for cut in labels.sheet.cuts[:-1]] == list(CUTS[:-1])
    assert [cut.kind for cut in labels.cuts] == [CutKind.CUT] * 4 + [CutKind.DISSOLVE]
    assert labels.tempo_bpm == pytest.approx(BPM, rel=0.02)
    assert sum(cut.on_beat for cut in labels.cuts) >= len(CUTS) - 2
    assert film.measures.cuts_on_beats >= len(CUTS) - 2
    assert (film.measures.cuts, film.measures.dissolves, film.measures.cuts_paired) == (4, 1, 5)
    assert labels.captions == ("colours that jump",)
    assert all(shot.visual.known for shot in labels.shots)
    assert {thumbnail.sha256 for thumbnail in labels.thumbnails} == set(sample.jpegs)
    assert sum(thumbnail.use.value == "strip" for thumbnail in labels.thumbnails) == 8 * len(CUTS)


def test_estimates_stand_apart_from_what_is_known(sample: CorpusSample) -> None:
    labels = sample.labels
    assert (labels.chords, labels.density, labels.plan.style) == ((), (), "")
    estimates = labels.estimates
    assert isinstance(estimates, Estimates)
    assert estimates.tempo_confidence > 0.9
    heard = max(estimates.chords, key=lambda chord: chord.duration_samples)
    assert (heard.root, heard.quality) == (0, "maj")
    assert 0.5 < heard.confidence <= 1
    assert estimates.key
    assert estimates.key_confidence < 0.5  # three tones tell no key
    assert not estimates.key_given
    assert len(estimates.shots) == len(CUTS) + 1
    assert all(0 < shot.brightness < 1 and -1 <= shot.valence <= 1 for shot in estimates.shots)
    assert len(labels.energy) == labels.window.latents
    assert max(labels.energy) - min(labels.energy) > 0.5  # measured: it falls after each kick
    again = decode_sample(sample.key, encode_sample(sample).parts)
    assert again.labels == labels


def test_a_recording_can_be_learned_from(sample: CorpusSample) -> None:
    from vem_core.training.music_corpus import example_of

    example = example_of(sample.labels, sample.audio, sample.jpegs, NoWords())
    assert not example.lead_sheet.any()
    assert example.rhythm[0].sum() >= 15
    assert len(example.strips) == len(CUTS)
    assert int(example.on_beat.sum()) >= len(CUTS) - 2


def test_what_cannot_be_decoded_is_said(tmp_path: Path) -> None:
    mute = write_movie(tmp_path / "mute.mov", None)
    with pytest.raises(InputError, match="no sound"):
        read_sound(mute)
    assert watch(mute).sound is None
    with pytest.raises(LimitExceeded, match="longer than 5 s"):
        watch(mute, longest_s=5)
    (tmp_path / "broken.mp4").write_bytes(b"no movie at all")
    with pytest.raises(InputError, match="no picture"):
        watch(tmp_path / "broken.mp4")


def test_cuts_and_beats_meet_by_the_papers_two_rules() -> None:
    beats = [0, 24_000, 48_000]
    assert in_one_cell([2_999, 3_000, 24_100, 26_000], beats) == (True, False, True, True)
    assert in_one_cell([23_999], beats) == (False,)  # a sample early and in another cell: what one frame does not do
    assert paired([10_000, 12_000, 20_000, 71_000, 72_001], beats) == (True, True, False, True, False)
    assert paired([71_000], beats) == (True,)


def test_beats_are_counted_from_their_downbeats() -> None:
    beats = number_beats([10, 20, 30, 40, 50, 60, 70], {30, 70})
    assert [(beat.bar, beat.number) for beat in beats] == [(0, 3), (0, 4), (1, 1), (1, 2), (1, 3), (1, 4), (2, 1)]
    assert [(beat.bar, beat.number) for beat in number_beats([10, 20], {10})] == [(0, 1), (0, 2)]
