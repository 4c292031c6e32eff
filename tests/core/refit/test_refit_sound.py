"""Re-scores with `sketch`: kept samples bit for bit, joints like bar lines, and what happens without the old sound."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from fakes.recuts import random_recut, rebuilt, recut_along_bars, sourced_edit, trimmed
from fakes.seams import Seam, seam_at
from vem_core.audio.files import read_pcm
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.types import Pcm
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.recut import EarlierSound, EarlierTake, FrameRange, Recut, Variation
from vem_core.contract.request import Delivery, Direction, ScoreRequest
from vem_core.contract.result import KeptSpan, ScoreResult
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.refit.splice import ENTRANCE_SAMPLES, FADE_SAMPLES, MadeSpan, carried_spans, made_spans, splice


class Made(NamedTuple):
    request: ScoreRequest
    result: ScoreResult
    folder: Path

    @property
    def mix(self) -> bytes:
        return (self.folder / "mix.wav").read_bytes()

    @property
    def sound(self) -> Pcm:
        return read_pcm(self.folder / "mix.wav")


def make(request: ScoreRequest, folder: Path, parts: dict[str, bytes] | None = None) -> Made:
    folder.mkdir(parents=True, exist_ok=True)
    return Made(request, score_timeline(Job(request, parts or {}, folder, lambda *progress: None)), folder)


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Forty seconds of trailer music with stems."""
    direction, delivery = Direction(style="trailer"), Delivery(stems=True, midi=True)
    request = ScoreRequest(sourced_edit(21, cuts=16), direction, delivery, model="sketch", seed=5)
    return make(request, tmp_path_factory.mktemp("take"))


def again(
    take: Made, sheet: CutSheet, folder: Path, *, sounds: bool = True, stems: bool = False, **recut: object
) -> Made:
    result = take.result
    files = [file for file in result.files if file.role == "mix" or (stems and file.role.startswith("stem:"))]
    parts = {file.sha256: (take.folder / file.name).read_bytes() for file in files} if sounds else {}
    mix = result.file("mix")
    assert mix is not None
    earlier = EarlierTake(
        take=1,
        sheet=take.request.sheet,
        plan=result.plan,
        report=result.report,
        model=result.model,
        gain_db=mix.gain_db,
        levels=mix.levels,
        sounds=tuple(EarlierSound(file.role, file.sha256) for file in files) if sounds else (),
    )
    delivery = dataclasses.replace(take.request.delivery, stems=stems, midi=stems)
    asked = dataclasses.replace(take.request, sheet=sheet, delivery=delivery, recut=Recut(earlier, **recut))  # type: ignore[arg-type]
    return make(asked, folder, parts)


def kept_of(made: Made) -> tuple[KeptSpan, ...]:
    assert made.result.refit is not None
    return made.result.refit.kept


def assert_identical(before: Pcm, after: Pcm, kept: tuple[KeptSpan, ...]) -> None:
    for span in kept:
        length = span.end_excl_samples - span.start_samples
        old = before[span.earlier_samples : span.earlier_samples + length]
        np.testing.assert_array_equal(after[span.start_samples : span.end_excl_samples], old)


def test_an_unchanged_sheet_gives_the_same_file_byte_for_byte(take: Made, tmp_path: Path) -> None:
    same = again(take, take.request.sheet, tmp_path)
    assert same.mix == take.mix
    assert same.result.plan == take.result.plan
    assert same.result.report == take.result.report
    assert same.result.refit is not None
    assert same.result.refit.summary == "Keeps all of take 1."


@pytest.mark.parametrize("seed", range(4))
def test_kept_samples_are_identical_and_the_length_is_exact(take: Made, tmp_path: Path, seed: int) -> None:
    new = random_recut(take.request.sheet, 700 + seed, changes=2)
    made = again(take, new, tmp_path)
    assert kept_of(made)
    assert_identical(take.sound, made.sound, kept_of(made))
    assert len(made.sound) == made.result.plan.duration_samples


def test_stems_are_kept_like_the_mix_and_still_sum_to_it(take: Made, tmp_path: Path) -> None:
    shots = list(take.request.sheet.shots)
    shots[7] = trimmed(shots[7], tail_frames=10)
    made = again(take, rebuilt(take.request.sheet, shots), tmp_path, stems=True)
    stems = {file.role: read_pcm(tmp_path / file.name) for file in made.result.files if file.role.startswith("stem:")}
    for role, sound in stems.items():
        file = take.result.file(role)
        if file is not None:
            assert_identical(read_pcm(take.folder / file.name), sound, kept_of(made))
    total = sum(sound.astype(np.float64) for sound in stems.values())
    difference = np.abs(total - made.sound) / 2**31
    assert difference.max() < 1e-5
    assert made.result.file("midi") is not None


def test_new_sound_begins_in_the_sound_of_what_stands_before_it(take: Made, tmp_path: Path) -> None:
    """A varied range plays from the same notes up to its first bar line: there the take before goes on to a hair."""
    shot = take.request.sheet.shots[8]
    where = FrameRange(shot.start_frames, shot.end_excl_frames)
    made = again(take, take.request.sheet, tmp_path, varied=(Variation(where, 77),))
    first, second = kept_of(made)
    assert first.start_samples == first.earlier_samples == 0
    between = slice(first.end_excl_samples, second.start_samples)
    assert not np.array_equal(made.sound[between], take.sound[between])


def test_other_words_at_one_shot_are_other_music_there_and_nowhere_else(take: Made, tmp_path: Path) -> None:
    shots = list(take.request.sheet.shots)
    shots[8] = dataclasses.replace(shots[8], words=("calm at last",))
    made = again(take, dataclasses.replace(take.request.sheet, shots=tuple(shots)), tmp_path)
    first, second = kept_of(made)
    assert_identical(take.sound, made.sound, kept_of(made))
    between = slice(first.end_excl_samples, second.start_samples)
    difference = (made.sound[between] - take.sound[between].astype(np.float64)) / 2**31
    assert np.sqrt(np.mean(difference**2)) > 0.02


def test_joints_are_no_rougher_than_bar_lines(take: Made, tmp_path: Path) -> None:
    lines = [beat.samples for beat in take.result.plan.beats if beat.number == 1]
    untouched = [seam for at in lines if (seam := seam_at(take.sound, at)) is not None]
    joints: list[Seam] = []
    for seed in range(3):
        made = again(take, random_recut(take.request.sheet, 800 + seed, changes=1), tmp_path / str(seed))
        spans = made_spans(kept_of(made), len(made.sound))
        edges = {edge for span in spans for edge in (span.start_samples, span.end_excl_samples)}
        joints += [seam for at in edges if (seam := seam_at(made.sound, at)) is not None]
    assert joints
    for name in Seam._fields:
        values = [getattr(seam, name) for seam in untouched]
        assert max(getattr(seam, name) for seam in joints) <= 1.25 * max(values), name


def test_bars_that_come_to_stand_beside_each_other_go_on_as_they_did(take: Made, tmp_path: Path) -> None:
    """Shots from bar line to bar line are taken out or moved: kept bars give way to each other, nothing is played."""
    rate, beats = take.request.sheet.rate, take.result.plan.beats
    lines = [float(beat.samples * rate / 48_000) for beat in beats if beat.number == 1]
    untouched = [seam for beat in beats if (seam := seam_at(take.sound, beat.samples)) is not None]
    met = 0
    for seed in range(6):
        new = recut_along_bars(take.request.sheet, lines, seed)
        assert new is not None
        made = again(take, new, tmp_path / str(seed), stems=True)
        stems = [read_pcm(made.folder / file.name) for file in made.result.files if file.role.startswith("stem:")]
        total = sum(stem.astype(np.float64) for stem in stems)
        assert np.abs(total - made.sound).max() / 2**31 < 1e-5
        for span, at in carried_spans(kept_of(made)).values():
            met += 1
            before = take.sound[at : at + 480].astype(np.float64)
            heard = made.sound[span.start_samples : span.start_samples + 480]
            assert np.abs(heard - before).max() < 0.01 * np.abs(before).max()
            for early in (0, 3_120, 9_600):
                seam = seam_at(made.sound, span.end_excl_samples - early)
                assert seam is None or seam.click <= 1.25 * max(line.click for line in untouched)
    assert met >= 2


def test_without_the_old_sound_the_same_piece_is_played_anew(take: Made, tmp_path: Path) -> None:
    shots = list(take.request.sheet.shots)
    shots[7] = trimmed(shots[7], tail_frames=10)
    made = again(take, rebuilt(take.request.sheet, shots), tmp_path, sounds=False)
    assert made.result.refit is not None
    assert made.result.refit.kept == ()
    assert made.result.refit.summary == "Regenerates everything, as the same piece as take 1."
    plan, before = made.result.plan, take.result.plan
    assert (plan.key, plan.style, plan.mood) == (before.key, before.style, before.mood)
    assert [beat.samples for beat in plan.beats][:8] == [beat.samples for beat in before.beats][:8]


def test_at_another_rate_the_piece_stays_in_its_key_and_family_of_tempi(take: Made, tmp_path: Path) -> None:
    made = again(take, dataclasses.replace(take.request.sheet, rate=take.request.sheet.rate + 1), tmp_path)
    periods = [
        np.median(np.diff([beat.samples for beat in plan.beats])) for plan in (take.result.plan, made.result.plan)
    ]
    assert made.result.plan.key == take.result.plan.key
    assert abs(np.log(periods[1] / periods[0])) < 0.12


def test_a_damaged_earlier_sound_is_not_used(take: Made, tmp_path: Path) -> None:
    broken = b"RIFF" + bytes(100)
    sha256 = hashlib.sha256(broken).hexdigest()
    mix = take.result.file("mix")
    assert mix is not None
    earlier = EarlierTake(1, take.request.sheet, take.result.plan, take.result.report, "sketch", gain_db=mix.gain_db,
                          sounds=(EarlierSound("mix", sha256),))  # fmt: skip
    asked = dataclasses.replace(take.request, recut=Recut(earlier))
    made = make(asked, tmp_path, {sha256: broken})
    assert made.result.refit is not None
    assert made.result.refit.kept == ()


def test_a_splice_touches_nothing_but_its_own_span() -> None:
    earlier = (np.random.default_rng(1).integers(-(2**22), 2**22, (80_000, 2)) << 8).astype(np.int32)
    kept = (KeptSpan(0, 20_000, 0), KeptSpan(60_000, 79_000, 61_000))
    (span,) = made_spans(kept, 79_000)
    assert span == MadeSpan(20_000, 60_000, 9_600)
    played = np.full((49_600, 2), 1 << 12, np.int32)
    sound = splice(PackedSound.of_pcm(earlier), kept, [(span, played)], 79_000)[:]
    assert_identical(earlier, sound, kept)
    inner = sound[20_000 + 240 : 60_000 - FADE_SAMPLES - ENTRANCE_SAMPLES]
    assert (inner == 1 << 12).all()
    np.testing.assert_array_equal(
        sound[60_000 - ENTRANCE_SAMPLES : 60_000], earlier[61_000 - ENTRANCE_SAMPLES : 61_000]
    )
    assert abs(int(sound[20_000, 0]) - int(sound[19_999, 0])) < 2**16


@pytest.mark.parametrize("alike", [True, False])
def test_new_sound_gives_way_at_an_even_level(alike: bool) -> None:
    dice = np.random.default_rng(2)
    earlier, other = ((dice.normal(0, 2**20, (80_000, 2)).astype(np.int64) << 8).astype(np.int32) for _ in range(2))
    kept = (KeptSpan(40_000, 80_000, 40_000),)
    made = (earlier if alike else other)[:40_000]
    sound = splice(PackedSound.of_pcm(earlier), kept, [(MadeSpan(0, 40_000, 0), made)], 80_000)[:]
    fading = sound[40_000 - ENTRANCE_SAMPLES - FADE_SAMPLES : 40_000 - ENTRANCE_SAMPLES].astype(np.float64)
    levels_db = 20 * np.log10(np.sqrt(np.mean(fading.reshape(10, -1) ** 2, axis=1)) / 2**28)
    assert np.abs(levels_db).max() < 0.3


def test_giving_way_adds_no_peak() -> None:
    earlier, other = (np.full((80_000, 2), value << 8, np.int32) for value in (2**21, 2**22))
    other[::2] *= -1  # nothing in common, and peaks that meet
    kept = (KeptSpan(40_000, 80_000, 40_000),)
    sound = splice(PackedSound.of_pcm(earlier), kept, [(MadeSpan(0, 40_000, 0), other[:40_000])], 80_000)[:]
    assert np.abs(sound).max() <= 2**30
