"""Table 4 on the tiny preset: arms are conditioned on what they say, begin alike, go on where they stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fakes.toy_films import toy_ears
from vem_core.ablation.arms import ARMS, arm_by_id
from vem_core.ablation.codec import SHARED, borrow_codec
from vem_core.ablation.films import film_set
from vem_core.ablation.parts import PARTS, difference, page_of
from vem_core.ablation.running import REAL, _transformer, judge_arms, play_arms, settings_of, train_arms, weigh_arms
from vem_core.contract.errors import InputError, ModelMissing
from vem_core.evaluation.held_out import held_out_piece
from vem_core.judging.distances import Interval
from vem_core.judging.judgement import Judged, Judgement, Pair
from vem_core.judging.measures import MEASURES, measure_by_id
from vem_core.judging.pictures import activity_curve
from vem_core.models.features import FrameCues
from vem_core.models.presets import untrained_pipeline
from vem_core.models.sampling import Conditions
from vem_core.models.scene_encoder import SceneCues
from vem_core.models.scenes import SceneIndex
from vem_core.models.weights_file import WEIGHTS_FILE
from vem_core.training.example_shards import ExampleShard
from vem_core.training.loop import Schedule
from vem_core.training.music_stage import MusicStage

from .conftest import HashEncoder


def conditions(clips: int = 2, shots: int = 3, latents: int = 5) -> Conditions:
    torch.manual_seed(0)
    scene = SceneCues(
        overall_text=torch.randn(clips, 4), shot_text=torch.randn(clips, shots, 4),
        shot_visual=torch.randn(clips, shots, 4), visual_known=torch.ones(clips, shots, dtype=torch.bool),
        start_s=torch.rand(clips, shots), duration_s=torch.rand(clips, shots),
    )  # fmt: skip
    own = torch.zeros(clips, latents, 1, dtype=torch.long)
    frames = FrameCues(*(torch.randn(clips, 2, latents) for _ in range(4)))
    return Conditions(scene, SceneIndex(own, torch.zeros(clips, latents, 1)), frames)


def test_the_unconditional_arm_knows_nothing_but_how_long_it_is() -> None:
    found = arm_by_id("unconditional").alter(conditions())
    for known in (found.scene.overall_text, found.scene.shot_text, found.scene.shot_visual, found.scene.start_s,
                  found.scene.duration_s, found.scene.visual_known, found.frames.lead_sheet):  # fmt: skip
        assert not known.any()


def test_plain_attention_hears_every_shot_alike() -> None:
    found = arm_by_id("hvp").alter(conditions()).shots
    assert found.shots.shape == (2, 5, 3)
    assert torch.allclose(found.log_share.exp().sum(dim=-1), torch.ones(2, 5))


def test_each_of_our_arms_lacks_just_its_part() -> None:
    whole = conditions()
    aligner, picture = (arm_by_id(each).alter(whole) for each in ("aligner-off", "picture-off"))
    assert not aligner.frames.aligner.any()
    assert torch.equal(aligner.frames.rhythm, whole.frames.rhythm)
    assert not picture.scene.visual_known.any()
    assert torch.equal(picture.scene.shot_text, whole.scene.shot_text)
    everything = arm_by_id("ours").alter(whole)
    assert everything is whole


def test_all_arms_begin_with_the_same_weights(tmp_path: Path) -> None:
    stage = MusicStage("ablation", tmp_path, [], [], "tiny", Schedule(2, 1e-3))
    first, *others = (_transformer(stage, arm).state_dict() for arm in ARMS)
    for other in others:
        assert all(torch.equal(first[name], other[name]) for name in first)
    assert _transformer(stage, arm_by_id("product-mask")).config.mask_form == "product"


def test_guidance_and_adapter_are_off_where_there_is_nothing_to_follow() -> None:
    assert settings_of(arm_by_id("unconditional")).guidance == 1.0
    assert settings_of(arm_by_id("hvp-sg")).adapter_strength == 0.0
    assert not any(settings_of(arm).level_guidance for arm in ARMS)
    with pytest.raises(InputError, match="no arm"):
        arm_by_id("everything")


@pytest.mark.slow
def test_arms_are_trained_played_and_judged_and_what_is_done_stays(corpus: list[ExampleShard], tmp_path: Path) -> None:
    arms = [arm_by_id(each) for each in ("unconditional", "product-mask")]
    stage = MusicStage("ablation", tmp_path, corpus, [], "tiny", Schedule(2, 1e-3), clips=2)
    stage.pipeline.vae.save_pretrained(tmp_path / "vae")
    stage.pipeline.aligner.save_pretrained(tmp_path / "aligner")
    train_arms(stage, arms)
    weights = [tmp_path / "ablation" / arm.id / "transformer" / WEIGHTS_FILE for arm in arms]
    written = [path.stat().st_mtime_ns for path in weights]
    assert [(path.parents[1] / "adapter").is_dir() for path in weights] == [False, True]
    train_arms(stage, arms)
    assert [path.stat().st_mtime_ns for path in weights] == written

    piece = held_out_piece(0)
    losses = weigh_arms(stage, arms[:1], 1, HashEncoder())
    assert list(losses) == ["unconditional"]
    more = weigh_arms(stage, arms, 1, HashEncoder())
    assert more.keys() == {arm.id for arm in arms}
    assert more["unconditional"] == losses["unconditional"]
    assert all(0 < loss < 10 for each in more.values() for loss in each)
    losses = more
    play_arms(stage, arms, [piece], HashEncoder())

    judgement = judge_arms(stage, arms, [piece], toy_ears())
    assert [row.name for row in judgement.systems] == [REAL, *(arm.name for arm in arms)]
    assert all(len(row.films) == 1 for row in judgement.systems)
    page = page_of(judgement, losses, "Two arms.")
    assert "| unconditional |" in page
    assert "scene mask" not in page  # its arms are not among these
    assert "no music was played" in page_of(None, losses, "Two arms.")


def test_a_pieces_film_shows_its_pictures_and_asks_for_its_tempo_and_style(tmp_path: Path) -> None:
    piece = held_out_piece(0)
    films = film_set([piece], tmp_path)
    (film,) = films.films
    video = films.video_of(film)
    assert video is not None
    assert film.tempo_bpm == pytest.approx(piece.labels.tempo_bpm, abs=0.01)
    assert piece.labels.plan.style in film.tags
    seen = activity_curve(film, video)
    assert len(seen) == int(film.duration_s * 2)
    assert seen.std() > 0.01
    written = video.stat().st_mtime_ns
    film_set([piece], tmp_path)
    assert video.stat().st_mtime_ns == written


def test_vae_and_aligner_are_borrowed_once_and_must_fit(tmp_path: Path) -> None:
    small = untrained_pipeline("small")
    borrow_codec(tmp_path, "vem-mini", small)
    written = {part: (tmp_path / part / WEIGHTS_FILE).stat().st_mtime_ns for part in SHARED}
    borrow_codec(tmp_path, "vem-mini", small)
    assert {part: (tmp_path / part / WEIGHTS_FILE).stat().st_mtime_ns for part in SHARED} == written
    with pytest.raises(InputError, match="does not fit"):
        borrow_codec(tmp_path, "vem-mini", untrained_pipeline("tiny"))
    with pytest.raises(ModelMissing, match="no model"):
        borrow_codec(tmp_path, "vem-maxi", small)
    small.vae.save_pretrained(tmp_path / "vae")
    with pytest.raises(InputError, match="another vae"):
        borrow_codec(tmp_path, "vem-mini", small)


def test_a_part_earns_what_its_arm_has_more_than_the_arm_without_it() -> None:
    arms = [arm_by_id(each) for each in ("unconditional", "tb", "hvp-sg")]
    figures = dict.fromkeys((measure.id for measure in MEASURES), None)
    rows = tuple(Judged(arm.name, "plain", ("a", "b"), (), (), figures) for arm in arms)
    pairs = tuple(
        Pair("unconditional", other, 2, {**figures, "kld": Interval(1.0, 0.5, 1.5), "biou": Interval(0.1, -0.2, 0.4)})
        for other in ("TB", "HVP, SG")
    )
    judgement = Judgement("Pieces", 2, {}, rows, pairs)
    tb = next(part for part in PARTS if part.with_it == "tb")
    assert difference(judgement, tb, measure_by_id("kld")) == Interval(-1.0, -1.5, -0.5)
    page = page_of(judgement, {"unconditional": [1.0, 1.1], "tb": [1.2, 1.4], "hvp-sg": [0.8, 0.9]}, "Three arms.")
    assert "| transition beats (TB), alone | **worse** +0.2500 [+0.2000, +0.3000] | - | **better** -1.000" in page
    assert "-0.100 [-0.400, +0.200]" in page  # no word, where zero is within
    assert "**better** -0.2000" in page
