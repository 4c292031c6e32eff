"""Whole pieces: stems, seeds, blocks that stay the same, echoes, ducking, ends."""

from __future__ import annotations

import dataclasses
import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.signal
import torch

from vem_core.composer.piece import Channel, Master, Part
from vem_core.contract.errors import Cancelled, ContractError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth import render
from vem_core.synth.kept import forget_all
from vem_core.synth.mixer import TEXTURE_STEM
from vem_core.synth.room import Reverb, Room, impulse_response
from vem_core.synth.stretches import ScratchBuffers
from vem_core.synth.tempo import BeatClock, ducking_curve
from vem_core.synth.textures import render_texture
from vem_core.synth.tone import on_device, random_source


def test_stems_sum_to_the_mix(make: Any) -> None:
    piece = make.band()
    rendering = render(piece, 3)
    assert set(rendering.stems) == {"drums", "bass", "pad", "line", TEXTURE_STEM}
    assert rendering.mix.shape == (2, piece.duration_samples)
    assert rendering.mix.dtype == np.float32
    together = np.sum(list(rendering.stems.values()), axis=0)
    assert np.abs(together - rendering.mix).max() < 1e-6
    assert all(stem.any() for stem in rendering.stems.values())


def test_the_same_seed_gives_the_same_samples_with_or_without_stems(make: Any) -> None:
    piece = make.band(3.0)
    first = render(piece, 3)
    forget_all()
    again = render(piece, 3, stems=False)
    np.testing.assert_array_equal(first.mix, again.mix)
    assert not again.stems


@pytest.mark.parametrize("stretch_samples", [1_920, 30_000, 10**9])
def test_stretches_of_any_length_give_the_same_samples(stretch_samples: int, make: Any, tmp_path: Path) -> None:
    piece = make.band(5.0)
    whole = render(piece, 3)
    played = render(piece, 3, folder=tmp_path, stretch_samples=stretch_samples)
    assert isinstance(played.mix, np.memmap)
    np.testing.assert_array_equal(played.mix, whole.mix)
    assert list(played.stems) == list(whole.stems)
    for name, stem in whole.stems.items():
        np.testing.assert_array_equal(played.stems[name], stem)


def test_a_texture_in_stretches_is_the_texture() -> None:
    whole = render_texture("vinyl", 700_000, 5)  # longer than its loop
    edges = [0, 5, 19_000, 47_990, 48_100, 576_100, 690_000, 700_000]
    parts = [render_texture("vinyl", 700_000, 5, stretch=edge) for edge in itertools.pairwise(edges)]
    assert torch.equal(torch.cat(parts, 1), whole)


def test_ducking_in_stretches_is_the_ducking() -> None:
    clock, kicks = BeatClock(tuple(range(0, 480_000, 24_000))), list(range(700, 480_000, 24_000))
    whole = ducking_curve(kicks, clock, 480_000)
    parts = [ducking_curve(kicks, clock, 60_000, start=start) for start in range(0, 480_000, 60_000)]
    assert torch.equal(torch.cat(parts), whole)


def test_another_seed_is_another_performance(make: Any) -> None:
    piece = make.band(3.0)
    assert not np.array_equal(render(piece, 3, stems=False).mix, render(piece, 4, stems=False).mix)


def test_a_change_early_on_leaves_later_bars_bit_for_bit(make: Any) -> None:
    plain = render(make.band(14.0), 3)
    changed = render(make.band(14.0, extra=((0.6, 0.3, 76, 0.9), (1.1, 0.3, 88, 0.9))), 3)
    assert not np.array_equal(plain.mix[:, : 2 * SAMPLE_RATE_HZ], changed.mix[:, : 2 * SAMPLE_RATE_HZ])
    settled = 9 * SAMPLE_RATE_HZ  # past the echoes, the room's blocks and the compressor's memory
    np.testing.assert_array_equal(plain.mix[:, settled:], changed.mix[:, settled:])
    np.testing.assert_array_equal(plain.stems["drums"][:, settled:], changed.stems["drums"][:, settled:])


@pytest.mark.parametrize("patch", ["stab.chord", "strings.solo", "keys.piano", "keys.electric", "guitar.drive"])
def test_a_short_note_sounds_the_same_beside_longer_ones(patch: str, make: Any) -> None:
    short, long = (0.0, 0.2, 60, 0.8), (1.9, 3.0, 60, 0.8)
    alone, beside = (render(make.solo(patch, *notes), 0).mix for notes in ([short], [short, long]))
    before = round(1.85 * SAMPLE_RATE_HZ)
    np.testing.assert_allclose(beside[:, :before], alone[:, :before], atol=2e-6)


def test_no_notes_are_silence_and_no_room_makes_any(make: Any) -> None:
    piece = make.piece([Part("keys", "keys.piano", ())], 1.0, Master())
    assert not render(piece, 0).mix.any()
    assert not render(dataclasses.replace(piece, parts=()), 0).mix.any()


def test_a_part_that_rests_throughout_an_excerpt_is_silent_there(make: Any) -> None:
    parts = [
        Part("drums", "kit.house", make.notes((5.0, 0.1, 36, 0.9))),
        Part("keys", "keys.organ", make.notes((0, 8, 60, 0.8))),
    ]
    piece = make.piece(parts, 8.0)
    whole, excerpt = render(piece, 0), render(piece, 0, excerpt=(48_000, 96_000))
    assert not excerpt.stems["drums"].any()
    np.testing.assert_allclose(excerpt.mix, whole.mix[:, 48_000:96_000], atol=1e-6)


@pytest.mark.parametrize("samples", [1, 100, 4_801])
def test_very_short_scores_are_exact(samples: int, make: Any) -> None:
    piece = dataclasses.replace(make.band(1.0), duration_samples=samples)
    assert render(piece, 0).mix.shape == (2, samples)


def test_notes_outside_the_score_are_cut_at_its_edges(make: Any) -> None:
    events = [(-0.5, 1.0, 60, 0.8), (0.9, 5.0, 64, 0.8), (3.0, 1.0, 67, 0.8)]
    audio = render(make.solo("keys.organ", *events, length_s=1.0), 0).mix
    assert audio.shape == (2, SAMPLE_RATE_HZ)
    assert np.abs(audio[:, :480]).max() > 0.01  # the held note is under way


def test_the_score_ends_on_zero_and_fades_as_told(make: Any) -> None:
    held = make.solo("keys.organ", (0, 4.0, 60, 0.8), length_s=3.0)
    assert not render(held, 0).mix[:, -1].any()
    faded = render(dataclasses.replace(held, fade_out_samples=2 * SAMPLE_RATE_HZ), 0).mix
    levels = [np.sqrt(np.mean(part**2)) for part in np.array_split(faded, 6, axis=1)]
    assert levels[0] == pytest.approx(levels[1], rel=0.15)
    assert levels[1] > levels[2] > levels[3] > levels[4] > levels[5]


def test_a_hand_on_the_fader_follows_the_energy_in_the_whole_and_in_excerpts(make: Any) -> None:
    held = make.solo("keys.organ", (0, 4.0, 60, 0.8), length_s=4.0)
    flat = dataclasses.replace(held, brightness=((0, 0.2), (2 * SAMPLE_RATE_HZ, 1.0)))
    ridden = dataclasses.replace(flat, master=dataclasses.replace(flat.master, ride_db=6.0))
    plain, rode = (render(piece, 0) for piece in (flat, ridden))
    for at_s, db in ((0.5, -3.6), (1.0, -2.4), (3.0, 0.0)):  # 6 dB times what is missing to full brightness
        here = slice(round(at_s * SAMPLE_RATE_HZ), round(at_s * SAMPLE_RATE_HZ) + 64)
        np.testing.assert_allclose(rode.mix[:, here], plain.mix[:, here] * 10 ** (db / 20), rtol=0.01, atol=1e-4)
        np.testing.assert_allclose(rode.stems["solo"][:, here], rode.mix[:, here], atol=1e-6)
    excerpt = render(ridden, 0, excerpt=(50_000, 90_000)).mix
    np.testing.assert_allclose(excerpt, rode.mix[:, 50_000:90_000], atol=1e-5)


def test_a_louder_room_is_that_much_louder_and_the_dry_sound_as_before(make: Any) -> None:
    struck = make.solo("pluck.muted", (0, 0.1, 60, 0.9), length_s=2.0)
    sent = dataclasses.replace(
        struck, parts=(dataclasses.replace(struck.parts[0], channel=Channel(width=1.0, reverb=0.5)),)
    )
    dry = render(struck, 0).mix
    room, louder = (
        render(dataclasses.replace(sent, master=dataclasses.replace(sent.master, reverb_db=db)), 0).mix - dry
        for db in (0.0, 6.0)
    )
    np.testing.assert_allclose(louder, room * 10 ** (6 / 20), atol=1e-5)


def test_the_room_rings_out_and_falls_silent(make: Any) -> None:
    part = Part("keys", "pluck.muted", make.notes((0, 0.1, 60, 0.9)), Channel(reverb=1.0))
    audio = render(make.piece([part], 4.0, Master(reverb_s=1.0, drive=0, compression=0)), 0).mix
    level = [float(np.abs(part).max()) for part in np.array_split(audio, 16, axis=1)]
    assert level[2] > 0.001  # ringing after the note
    assert level[-1] < 1e-6


def test_parts_of_one_name_share_a_stem(make: Any) -> None:
    parts = [Part("keys", patch, make.notes((0, 0.5, 60, 0.8))) for patch in ("keys.piano", "keys.organ")]
    assert list(render(make.piece(parts, 1.0), 0).stems) == ["keys"]


def test_a_closed_hat_ends_an_open_one(make: Any) -> None:
    ringing = render(make.solo("kit.acoustic", (0, 0.1, 46, 0.9)), 0, stems=False).mix
    choked = render(make.solo("kit.acoustic", (0, 0.1, 46, 0.9), (0.2, 0.1, 42, 0.05)), 0, stems=False).mix
    late = slice(round(0.30 * SAMPLE_RATE_HZ), round(0.40 * SAMPLE_RATE_HZ))
    assert np.abs(choked[:, late]).max() < 0.1 * np.abs(ringing[:, late]).max()


def test_the_kick_pushes_the_pad_down_and_lets_it_back(make: Any) -> None:
    kick = Part("drums", "kit.house", make.notes((1.0, 0.1, 36, 0.8)), Channel(gain_db=-90))
    pad = Part("pad", "keys.organ", make.notes((0, 2.0, 60, 0.8)), Channel(sidechain=0.8))
    audio = render(make.piece([kick, pad], 2.0), 0).mix

    def level(start_s: float) -> float:
        return float(np.abs(audio[:, round(start_s * SAMPLE_RATE_HZ) :][:, :960]).max())

    assert level(1.01) < 0.4 * level(0.97)
    assert level(1.4) > 0.7 * level(0.97)


def test_echoes_keep_to_beats_that_bend(make: Any) -> None:
    beats = (0, 20_000, 44_000, 72_000, 104_000, 140_000)
    part = Part("line", "mallet.marimba", make.notes((20_000 / SAMPLE_RATE_HZ, 0.1, 84, 0.8)), Channel(delay=0.8))
    piece = dataclasses.replace(
        make.piece([part], 3.0, Master(reverb_s=0.2, delay_beats=1.0, drive=0, compression=0)), beat_samples=beats
    )
    power = render(piece, 0).mix.sum(0) ** 2
    for beat in beats[2:5]:
        assert power[beat : beat + 1_200].mean() > 20 * power[beat - 1_200 : beat].mean()


def test_the_beat_clock_goes_there_and_back() -> None:
    clock = BeatClock((10_000, 30_000, 54_000))
    for sample in (0, 10_000, 12_345, 30_000, 53_999, 54_000, 90_000):
        assert clock.sample_at(clock.beat_at(sample)) == sample
    assert clock.beat_at(10_000) == 0
    assert clock.beat_at(54_000 + 24_000) == 3
    assert BeatClock(()).beat_length_at(0) == SAMPLE_RATE_HZ / 2


def test_ducking_is_bounded_and_begins_at_the_kick() -> None:
    curve = ducking_curve([5_000, 9_000, 47_999], BeatClock(tuple(range(0, 48_000, 24_000))), 48_000).numpy()
    assert not curve[:5_001].any()
    assert curve.max() == 1
    assert curve.min() == 0
    assert np.abs(np.diff(curve)).max() < 0.01


@pytest.mark.parametrize("reverb_s", [0.5, 1.5, 3.0])
def test_the_room_has_its_reverberation_time(reverb_s: float) -> None:
    response = impulse_response(reverb_s, 0.5)
    np.testing.assert_allclose(np.sum(response**2, 1), 1.0, rtol=1e-3)
    assert abs(np.corrcoef(response)[0, 1]) < 0.15
    band = scipy.signal.sosfilt(
        scipy.signal.butter(4, [400, 1_200], "band", fs=SAMPLE_RATE_HZ, output="sos"), response[0]
    )
    decay_db = 10 * np.log10(np.cumsum(band[::-1] ** 2)[::-1] / np.sum(band**2))  # Schroeder 1965
    early, late = (int(np.flatnonzero(decay_db < level)[0]) for level in (-5, -35))
    assert 2 * (late - early) / SAMPLE_RATE_HZ == pytest.approx(reverb_s, rel=0.15)


def test_the_room_is_a_convolution() -> None:
    send = random_source("send").standard_normal((2, 200_000)).astype(np.float32)
    send[:, 70_000:140_000] = 0
    tracks = torch.cat([torch.ones(2, 200_000), on_device(send, "cpu")])
    wet = Reverb(Room(0.4, 0.5), ScratchBuffers()).play(tracks, last=True).numpy()
    plain = scipy.signal.fftconvolve(send, impulse_response(0.4, 0.5), axes=1)[:, :200_000]
    np.testing.assert_allclose(wet - 1, plain, atol=1e-4)


@pytest.mark.parametrize("name", ["vinyl", "tape"])
def test_beds_are_quiet_steady_and_longer_ones_begin_alike(name: str) -> None:
    short, long = (render_texture(name, seconds * SAMPLE_RATE_HZ, 5).numpy() for seconds in (3, 6))
    assert -62 < 20 * math.log10(np.sqrt(np.mean(short**2))) < -40
    np.testing.assert_array_equal(short[:, :96_000], long[:, :96_000])
    with pytest.raises(ContractError, match="radio"):
        render_texture("radio", 100, 0)


def test_progress_counts_up_and_cancels_at_once(make: Any) -> None:
    seen: list[tuple[int, int]] = []
    piece = make.band(1.0)
    render(piece, 0, on_step=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(len(piece.parts) + 2))
    assert {total for _, total in seen} == {len(piece.parts) + 2}

    def cancel(done: int, total: int) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        render(piece, 0, on_step=cancel)
