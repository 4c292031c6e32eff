"""The stages of the music model on the tiny preset: they go downhill, repeat themselves, go on where they stopped, and
what they leave behind is a pipeline that plays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vem_core.contract.errors import InputError
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.features import LEAD_SHEET_CHANNELS, RHYTHM_CHANNELS, FrameCues, without_energy
from vem_core.models.pipeline import VemPipeline
from vem_core.models.presets import untrained_pipeline
from vem_core.models.sampling import SamplingSettings
from vem_core.models.scene_encoder import SceneCues
from vem_core.resources.registry import ModelRegistry, verified_folder
from vem_core.training.aligner import (
    AlignerTraining,
    CutCounts,
    LabelledStrips,
    calibrate,
    count_cuts,
    hold_strips,
    judge_aligner,
    train_aligner,
)
from vem_core.training.clips import Clips, hold_pieces
from vem_core.training.diffusion import (
    DiffusionTraining,
    draw_levels,
    flow_objective,
    train_adapter,
    train_transformer,
)
from vem_core.training.encoding import encode_shards
from vem_core.training.example_shards import (
    FIELDS,
    ExampleShard,
    MusicExample,
    read_examples,
)
from vem_core.training.loop import Bookkeeping, Schedule
from vem_core.training.music_corpus import WORDINGS
from vem_core.training.packed_latents import (
    Draw,
    LatentExample,
    PackedLatents,
    cut_clips,
    pack_latents,
    read_latents,
)
from vem_core.training.preparing import render_music
from vem_core.training.release import assemble_pipeline, checkpoint_pipeline, write_release
from vem_core.training.rotation import FOR_EVER, Held, Share
from vem_core.training.vae import VaeTraining, train_vae
from vem_core.training.vocoder import VocoderTraining, train_vocoder

from .conftest import PIECES, RECIPE, HashEncoder

SHORT = Schedule(8, 3e-3, warm_up_steps=1, report_steps=4)
DIFFUSION = DiffusionTraining(SHORT, clips=2, clip_latents=48)
CPU = torch.device("cpu")


ALL = Share(FOR_EVER, clips=2)


def whole(shard: ExampleShard) -> MusicExample:
    (example,) = read_examples(shard, FIELDS)
    return example


def silent() -> Bookkeeping:
    return Bookkeeping(None, lambda step, loss: None)


def listing(losses: list[float]) -> Bookkeeping:
    return Bookkeeping(None, lambda step, loss: losses.append(loss))


@pytest.fixture(scope="module")
def trained_vae(corpus: list[ExampleShard], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    pipeline = untrained_pipeline("tiny")
    train_vae(pipeline.vae, corpus, VaeTraining(SHORT, clips=2, clip_latents=32), silent(), corpus)
    pipeline.vae.save_pretrained(folder / "vae")
    return folder


@pytest.fixture(scope="module")
def examples(corpus: list[ExampleShard], trained_vae: Path) -> list[LatentExample]:
    pipeline = untrained_pipeline("tiny")
    vae = type(pipeline.vae).from_pretrained(trained_vae / "vae")
    encoded = encode_shards(corpus, vae, pipeline.aligner, trained_vae / "latents")
    return [example for shard in encoded for example in read_latents(shard)]


@pytest.fixture(scope="module")
def packed(examples: list[LatentExample]) -> PackedLatents:
    return pack_latents(examples, 48)


def test_a_piece_of_the_corpus_is_told_in_full(corpus: list[ExampleShard]) -> None:
    kept = whole(corpus[0])
    latents, shots = kept.lead_sheet.shape[1], len(kept.start_s)
    assert kept.sound.shape == (2, 1920 * latents)
    assert kept.coded.shape == (398, 4 * latents)
    assert kept.rhythm.shape[-1] == len(kept.shots) == latents
    assert kept.shot_text.shape == (WORDINGS, shots, 384)
    assert kept.overall_text.shape == (WORDINGS, 3, 384)
    assert int(kept.sound.abs().max()) > 3000
    assert len(kept.strips) == len(kept.strip_at) == len(kept.on_beat) == shots - 1
    assert kept.strips.float().std() > 10


def test_rendering_again_reads_what_is_there(corpus: list[ExampleShard]) -> None:
    said: list[str] = []
    assert render_music(corpus[0].path.parent, PIECES, RECIPE, said.append, encoder=HashEncoder()) == corpus
    assert said == []


def clips_of(corpus: list[ExampleShard], latents: int, seed: int = 0, *, sound: bool = False) -> Clips:
    with hold_pieces(corpus, latents, ALL, CPU, sound=sound) as held:
        return Clips(held.at(0), latents, seed)


def test_the_clips_of_a_batch_depend_on_its_number_alone(corpus: list[ExampleShard]) -> None:
    clips = clips_of(corpus, 32)
    assert clips.begins(5, 4) == clips_of(corpus, 32).begins(5, 4)
    assert clips.begins(5, 4) != clips.begins(6, 4)
    assert clips.begins(5, 4) != clips_of(corpus, 32, seed=1).begins(5, 4)
    with pytest.raises(InputError, match="lasts"):
        clips_of(corpus, 5_000)


def test_a_clip_is_a_stretch_of_its_piece(corpus: list[ExampleShard]) -> None:
    clips = clips_of(corpus, 32, sound=True)
    whole_pieces = [whole(shard) for shard in corpus]
    second = whole_pieces[0].lead_sheet.shape[1]
    for begin, coded, sound in zip(
        [3, second + 5], clips.coded([3, second + 5]), clips.sound([3, second + 5]), strict=True
    ):
        piece, first = (whole_pieces[0], begin) if begin < second else (whole_pieces[1], begin - second)
        assert torch.equal(coded, piece.coded[:, 4 * first : 4 * (first + 32)].float())
        assert torch.equal(sound, piece.sound[:, 1920 * first : 1920 * (first + 32)].float() / 32_767)


def test_sound_and_spectrogram_of_a_clip_are_of_one_moment(corpus: list[ExampleShard]) -> None:
    from vem_core.models.spectrogram import Spectrogram

    clips = clips_of(corpus, 60, sound=True)
    begins = clips.begins(3, 2)
    coded, sound = clips.coded(begins), clips.sound(begins)
    again = Spectrogram()(sound)
    inside = slice(20, -20)  # beyond the clip there was more sound
    assert (again[..., inside] - coded[..., inside]).abs().mean() < 0.01


def test_latents_are_scaled_for_the_diffusion_model(examples: list[LatentExample]) -> None:
    both = torch.cat([example.latents for example in examples], dim=-1)
    torch.testing.assert_close(both.std(dim=1), torch.ones(8), atol=0.15, rtol=0)


def test_the_vocoder_goes_downhill_and_goes_on(corpus: list[ExampleShard], tmp_path: Path) -> None:
    losses: list[float] = []
    training = VocoderTraining(Schedule(12, 3e-3, warm_up_steps=1, report_steps=4), clips=3, clip_latents=8)
    whole, halves = untrained_pipeline("tiny").vocoder, untrained_pipeline("tiny").vocoder
    train_vocoder(whole, corpus, training, listing(losses))
    assert losses[-1] < losses[0]

    class Stopped(Exception):
        pass

    def stop(step: int, loss: float) -> None:
        if step == 4:
            raise Stopped

    state = tmp_path / "state"
    with pytest.raises(Stopped):
        train_vocoder(halves, corpus, training, Bookkeeping(state, stop))
    again = untrained_pipeline("tiny", seed=9).vocoder
    train_vocoder(again, corpus, training, Bookkeeping(state, lambda step, loss: None))
    for weights, same in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(weights, same)


def test_clips_of_different_edits_become_one_batch(examples: list[LatentExample], packed: PackedLatents) -> None:
    """A clip in a batch is heard as it is by itself, whatever the others need."""
    transformer = untrained_pipeline("tiny").transformer.eval()
    torch.nn.init.normal_(transformer.out.weight, std=0.1)
    second = examples[0].latents.shape[1]
    draw = Draw(
        packed.begins[[10, 30, second - 40]],
        torch.tensor([0, 3, 1]).numpy(),
        torch.tensor([0.0, 60.0, 0.0]).numpy(),
        torch.tensor([True, False, True]).numpy(),
    )
    noise, sigma = torch.randn(3, 8, 48), torch.tensor([0.2, 0.5, 0.9])

    def velocity(rows: list[int]) -> torch.Tensor:
        _, conditioning = cut_clips(packed, Draw(*(part[rows] for part in draw)), 48)
        tokens = transformer.encode_scene(conditioning.scene)
        return transformer(noise[rows], sigma[rows], conditioning.frames.lead_sheet, tokens, conditioning.shots)

    with torch.no_grad():
        together = velocity([0, 1, 2])
        for row in range(3):
            torch.testing.assert_close(together[row : row + 1], velocity([row]), atol=1e-5, rtol=1e-4)


def test_a_clip_is_what_the_piece_says_of_it(examples: list[LatentExample], packed: PackedLatents) -> None:
    """Against a slow reading of the example itself."""
    row, first = 1, 7
    example, conditioning = examples[row], examples[row].conditioning
    at = int(examples[0].latents.shape[1]) + first
    draw = Draw(*(torch.tensor([value]).numpy() for value in (at, 2, 5.0, True)))
    latents, conditions = cut_clips(packed, draw, 48)
    assert torch.equal(latents[0], example.latents[:, first : first + 48])
    assert torch.equal(conditions.frames.aligner[0], example.aligner[:, first : first + 48])
    for latent in range(48):
        for slot in range(conditioning.shots.shape[1]):
            share = conditioning.log_share[first + latent, slot]
            assert conditions.shots.log_share[0, latent, slot] == share
            if share > -torch.inf:
                shot = int(conditioning.shots[first + latent, slot])
                here = int(conditions.shots.shots[0, latent, slot])
                assert torch.equal(conditions.scene.shot_text[0, here], conditioning.shot_text[2, shot].float())
                assert conditions.scene.start_s[0, here] == conditioning.start_s[shot] + 5.0
                assert conditions.scene.duration_s[0, here] == conditioning.duration_s[shot]
    assert torch.equal(conditions.scene.overall_text[0], conditioning.overall_text[2].float())


def test_what_was_encoded_is_kept_by_the_weights_that_encoded_it(
    corpus: list[ExampleShard], trained_vae: Path, tmp_path: Path
) -> None:
    vae = type(untrained_pipeline("tiny").vae).from_pretrained(trained_vae / "vae")
    first = encode_shards(corpus, vae, None, tmp_path)
    written = [shard.path.stat().st_mtime_ns for shard in first]
    again = encode_shards(corpus, vae, None, tmp_path)
    assert [shard.path.stat().st_mtime_ns for shard in again] == written
    assert len(list(tmp_path.iterdir())) == 1
    other_vae = untrained_pipeline("tiny", seed=5).vae.eval()
    other = encode_shards(corpus, other_vae, None, tmp_path)
    assert not torch.equal(next(read_latents(first[0])).latents, next(read_latents(other[0])).latents)
    assert len(list(tmp_path.iterdir())) == 2


def test_no_clip_reaches_from_one_piece_into_the_next(examples: list[LatentExample], packed: PackedLatents) -> None:
    ends = packed.begins + 47
    assert (packed.piece[packed.begins] == packed.piece[ends]).all()
    assert len(packed.begins) == sum(example.latents.shape[1] - 47 for example in examples)


def test_the_aligners_features_stand_at_their_cuts(examples: list[LatentExample], corpus: list[ExampleShard]) -> None:
    for example, shard in zip(examples, corpus, strict=True):
        conditioning: MusicExample = whole(shard)
        near = torch.zeros(example.aligner.shape[1], dtype=torch.bool)
        for position in conditioning.strip_at.tolist():
            near[max(0, int(position) - 7) : int(position) + 8] = True
        assert example.aligner[:, near].any()
        assert not example.aligner[:, ~near].any()


def test_the_adapter_stage_leaves_the_transformer_alone(packed: PackedLatents) -> None:
    pipeline = untrained_pipeline("tiny")
    transformer, adapter = pipeline.transformer, pipeline.adapter
    losses: list[float] = []
    training = replace(DIFFUSION, schedule=Schedule(60, 5e-3, warm_up_steps=1, report_steps=20))
    train_transformer(transformer, None, Held.whole(packed), training, listing(losses))
    assert losses[-1] < losses[0]
    assert not adapter.out.weight.any()
    before = {name: tensor.clone() for name, tensor in transformer.state_dict().items()}
    train_adapter(adapter, transformer, Held.whole(packed), DIFFUSION, silent())
    assert all(torch.equal(before[name], tensor) for name, tensor in transformer.state_dict().items())
    assert bool(adapter.out.weight.any())


def test_many_levels_lie_where_it_is_decided_what_sounds() -> None:
    random = np.random.default_rng(0)
    plain, denser = (draw_levels(random, 100_000, share) for share in (0.0, 0.3))
    assert float((plain > 0.9).mean()) == pytest.approx(0.014, abs=0.002)
    assert float((denser > 0.9).mean()) == pytest.approx(0.7 * 0.014 + 0.1, abs=0.005)
    assert float((denser < 0.5).mean()) == pytest.approx(0.35, abs=0.01)
    finer = draw_levels(random, 100_000, 0.15, 0.4)
    assert float((finer < 0.4).mean()) == pytest.approx(0.45 * 0.343 + 0.4 * 0.8, abs=0.005)
    assert float((finer > 0.9).mean()) == pytest.approx(0.45 * 0.014 + 0.05, abs=0.005)
    assert denser.min() >= 0
    assert denser.max() <= 1


def test_a_hidden_plan_keeps_harmony_and_says_so(examples: list[LatentExample]) -> None:
    conditioning = examples[0].conditioning
    told = (conditioning.lead_sheet, conditioning.rhythm, examples[0].aligner, conditioning.score.float())
    frames = FrameCues(*(part[None].expand(2, -1, -1).contiguous() for part in told))
    sheet, less = frames.lead_sheet, without_energy(frames, torch.tensor([True, False])).lead_sheet
    row = LEAD_SHEET_CHANNELS.index
    assert torch.equal(less[1], sheet[1])
    assert not less[0, row("energy")].any()
    assert not less[0, row("density")].any()
    assert torch.equal(less[0, : row("chord change")], sheet[0, : row("chord change")])
    assert less[0, row("told")].unique().tolist() == [0.5]


def test_mood_and_energy_are_hidden_from_the_network_in_their_share_of_clips(packed: PackedLatents) -> None:
    pipeline = untrained_pipeline("tiny")
    told: list[float] = []
    worded: list[bool] = []

    def watch(module: object, given: tuple[torch.Tensor, ...]) -> None:
        told.extend(given[2][:, LEAD_SHEET_CHANNELS.index("told")].mean(-1).tolist())

    def read(module: object, given: tuple[SceneCues, ...]) -> None:
        worded.extend(given[0].overall_text.flatten(1).any(-1).tolist())

    pipeline.transformer.register_forward_pre_hook(watch)
    pipeline.transformer.scene.register_forward_pre_hook(read)
    training = replace(DIFFUSION, clips=16, hide_lead_sheet=0.0, hide_energy=0.5, hide_mood=0.5)
    objective = flow_objective(pipeline.transformer, None, Held.whole(packed), training)
    for batch in range(10):
        objective(batch)
    hidden = np.array(told) == 0.5
    assert float(hidden.mean()) == pytest.approx(0.5, abs=0.15)
    assert float(np.mean(worded)) == pytest.approx(0.5, abs=0.15)
    assert abs(np.corrcoef(hidden, worded)[0, 1]) < 0.3


def test_words_of_shots_and_the_rhythm_are_hidden_while_pictures_and_the_aligner_stay(packed: PackedLatents) -> None:
    pipeline = untrained_pipeline("tiny")
    described: list[bool] = []
    seen: list[bool] = []
    counted: list[bool] = []

    def read(module: object, given: tuple[SceneCues, ...]) -> None:
        described.extend(given[0].shot_text.flatten(1).any(-1).tolist())
        seen.extend(given[0].visual_known.any(-1).tolist())

    def follow(module: object, given: tuple[torch.Tensor, ...]) -> None:
        first = len(LEAD_SHEET_CHANNELS)
        counted.extend(given[0][:, first : first + len(RHYTHM_CHANNELS)].flatten(1).any(-1).tolist())

    pipeline.transformer.scene.register_forward_pre_hook(read)
    pipeline.adapter.register_forward_pre_hook(follow)
    training = replace(DIFFUSION, clips=16, hide_pictures=0.0, hide_shot_words=0.5, hide_rhythm=0.5)
    objective = flow_objective(pipeline.transformer, pipeline.adapter, Held.whole(packed), training)
    for batch in range(10):
        objective(batch)
    assert float(np.mean(described)) == pytest.approx(0.5, abs=0.15)
    assert float(np.mean(counted)) == pytest.approx(0.5, abs=0.15)
    assert abs(np.corrcoef(described, counted)[0, 1]) < 0.3
    assert all(seen)


def test_joint_training_moves_both_and_its_last_state_is_a_pipeline(packed: PackedLatents, trained_vae: Path) -> None:
    pipeline, books = untrained_pipeline("tiny"), Bookkeeping(trained_vae / "ldm-state", lambda step, loss: None)
    with pytest.raises(InputError, match="no state of ldm"):
        checkpoint_pipeline(trained_vae, "tiny", "ldm")
    train_transformer(pipeline.transformer, pipeline.adapter, Held.whole(packed), DIFFUSION, books, packed)
    assert bool(pipeline.adapter.out.weight.any())
    assert bool(pipeline.transformer.out.weight.any())
    read, step = checkpoint_pipeline(trained_vae, "tiny", "ldm")
    assert step == SHORT.steps
    for part in ("transformer", "adapter"):
        trained, same = getattr(pipeline, part).state_dict(), getattr(read, part).state_dict()
        assert all(torch.equal(trained[name], same[name]) for name in trained)


def test_the_aligner_learns_and_its_probabilities_come_true() -> None:
    torch.manual_seed(0)
    aligner = TransitionBeatAligner(size=(16, 16), widths=(4, 8), feature_width=6)
    strips = torch.randint(0, 60, (96, 3, 8, 16, 16), dtype=torch.uint8)
    hits = torch.arange(96) % 3 == 0
    bright = hits ^ (torch.arange(96) % 11 == 0)  # one in eleven is not what it looks like
    strips[bright, :, 4:] += 190
    cuts = LabelledStrips(strips, hits)
    losses: list[float] = []
    training = AlignerTraining(Schedule(40, 1e-2, warm_up_steps=1, report_steps=8), strips=8)
    train_aligner(aligner, Held.whole(cuts), CutCounts(96, int(hits.sum())), training, listing(losses))
    assert losses[-1] < losses[0]
    before = judge_aligner(aligner, [cuts])
    calibrate(aligner, [cuts])
    after = judge_aligner(aligner, [cuts])
    assert after.auc == pytest.approx(before.auc)
    assert after.auc > 0.8
    assert after.calibration_error < 0.05 < before.calibration_error
    with pytest.raises(InputError, match="nothing to tell apart"):
        train_aligner(aligner, Held.whole(cuts), CutCounts(96, 0), training, silent())


def test_the_corpus_has_strips_of_both_kinds(corpus: list[ExampleShard]) -> None:
    with hold_strips(corpus, ALL, CPU) as held:
        cuts = held.at(0)
    assert 0 < int(cuts.hits.sum()) < len(cuts.hits)
    assert count_cuts(corpus) == CutCounts(len(cuts.hits), int(cuts.hits.sum()))
    assert torch.equal(cuts.strips[: len(whole(corpus[0]).strips)], whole(corpus[0]).strips)
    with pytest.raises(InputError, match="No piece"):
        count_cuts([shard.of(()) for shard in corpus])


def test_what_training_leaves_is_a_pipeline_that_plays(
    trained_vae: Path, packed: PackedLatents, tmp_path: Path
) -> None:
    untrained_pipeline("tiny").transformer.save_pretrained(trained_vae / "transformer")
    pipeline = assemble_pipeline(trained_vae, "tiny")
    assert pipeline.vocoder is None
    entry = write_release(pipeline, tmp_path, "0.1")
    loaded = VemPipeline.from_pretrained(verified_folder(ModelRegistry((entry,)).entry("vem-mini"), tmp_path))
    draw = Draw(*(torch.tensor([value]).numpy() for value in (0, 0, 0.0, True)))
    conditioning = cut_clips(packed, draw, 48)[1]
    made = loaded(conditioning, duration_samples=48 * 1920, seed=0, settings=SamplingSettings(steps=1))
    assert made.audio.shape == (2, 48 * 1920)
