"""The stages of the music model on the tiny preset: they go downhill, repeat themselves, go on where they stopped, and
what they leave behind is a pipeline that plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vem_core.contract.errors import InputError
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.pipeline import VemPipeline
from vem_core.models.presets import untrained_pipeline
from vem_core.models.registry import ModelRegistry, verified_folder
from vem_core.models.sampling import Conditions, SamplingSettings
from vem_core.training.aligner import AlignerTraining, train_aligner
from vem_core.training.diffusion import (
    DiffusionTraining,
    LatentExample,
    collate,
    cut_conditions,
    draw_clips,
    encode_corpus,
    train_adapter,
    train_transformer,
)
from vem_core.training.loop import Schedule
from vem_core.training.music_corpus import SHOT_WORDS, draw_spans, kept_example, render_music
from vem_core.training.release import assemble_pipeline, write_release
from vem_core.training.vae import VaeTraining, train_vae
from vem_core.training.vocoder import VocoderTraining, train_vocoder

SHORT = Schedule(8, 3e-3, warm_up_steps=1, report_steps=4)
DIFFUSION = DiffusionTraining(SHORT, clips=2, clip_latents=48)


class HashEncoder:
    encoder_id = "hash"
    width = 384

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = [np.random.default_rng(list(text.encode())).standard_normal(384) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), 384)


def silent(step: int, loss: float) -> None:
    pass


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return render_music(tmp_path_factory.mktemp("music"), [0, 1], HashEncoder(), lambda _: None)


@pytest.fixture(scope="module")
def trained_vae(corpus: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    pipeline = untrained_pipeline("tiny")
    train_vae(pipeline.vae, corpus, VaeTraining(SHORT, clips=2, clip_latents=32), None, silent)
    pipeline.vae.save_pretrained(folder / "vae")
    return folder


@pytest.fixture(scope="module")
def examples(corpus: list[Path], trained_vae: Path) -> list[LatentExample]:
    pipeline = untrained_pipeline("tiny")
    vae = type(pipeline.vae).from_pretrained(trained_vae / "vae")
    return encode_corpus(corpus, vae, pipeline.aligner.config.feature_width, shortest=48)


def test_a_piece_of_the_corpus_is_told_in_full(corpus: list[Path]) -> None:
    kept = kept_example(corpus[0])
    latents = kept.shots.shots.shape[1]
    assert kept.sound.shape == (2, 1920 * latents)
    assert kept.coded.shape[1] == 4 * latents
    assert kept.lead_sheet.shape[-1] == kept.rhythm.shape[-1] == latents
    assert kept.scene.shot_text.shape[1] == kept.scene.start_s.shape[1] == 7
    assert int(kept.sound.abs().max()) > 3000
    assert sum(len(words) for words in SHOT_WORDS) == len({word for words in SHOT_WORDS for word in words})


def test_rendering_again_reads_what_is_there(corpus: list[Path]) -> None:
    said: list[str] = []
    assert render_music(corpus[0].parent, [0, 1], HashEncoder(), said.append) == corpus
    assert said == []


def test_the_clips_of_a_step_depend_on_its_number_alone(corpus: list[Path]) -> None:
    assert draw_spans(corpus, 5, 0, 4, 32) == draw_spans(corpus, 5, 0, 4, 32)
    assert draw_spans(corpus, 5, 0, 4, 32) != draw_spans(corpus, 6, 0, 4, 32)


def test_latents_are_scaled_for_the_diffusion_model(examples: list[LatentExample]) -> None:
    both = torch.cat([example.latents for example in examples], dim=-1)
    torch.testing.assert_close(both.std(dim=(0, 2)), torch.ones(8), atol=0.15, rtol=0)


def test_the_vocoder_goes_downhill_and_goes_on(corpus: list[Path], tmp_path: Path) -> None:
    losses: list[float] = []
    training = VocoderTraining(SHORT, clips=1, clip_latents=8)
    whole, halves = untrained_pipeline("tiny").vocoder, untrained_pipeline("tiny").vocoder
    train_vocoder(whole, corpus, training, None, lambda _, loss: losses.append(loss))
    assert losses[-1] < losses[0]

    class Stopped(Exception):
        pass

    def stop(step: int, loss: float) -> None:
        if step == 4:
            raise Stopped

    state = tmp_path / "state.safetensors"
    with pytest.raises(Stopped):
        train_vocoder(halves, corpus, training, state, stop)
    again = untrained_pipeline("tiny", seed=9).vocoder
    train_vocoder(again, corpus, training, state, silent)
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_clips_of_different_edits_become_one_batch(examples: list[LatentExample]) -> None:
    """A clip in a batch is heard as it is by itself."""
    transformer = untrained_pipeline("tiny").transformer.eval()
    torch.nn.init.normal_(transformer.out.weight, std=0.1)
    alone = [
        cut_conditions(examples[0].conditions, 10, 58),
        cut_conditions(examples[1].conditions, 100, 148, later_s=60.0),
        cut_conditions(examples[0].conditions, 30, 78),
    ]
    noise, sigma = torch.randn(3, 8, 48), torch.tensor([0.2, 0.5, 0.9])

    def velocity(told: Conditions, rows: slice) -> torch.Tensor:
        tokens = transformer.encode_scene(told.scene)
        return transformer(noise[rows], sigma[rows], told.frames.lead_sheet, tokens, told.shots)

    with torch.no_grad():
        together = velocity(collate(alone), slice(0, 3))
        for row, told in enumerate(alone):
            made = velocity(told, slice(row, row + 1))
            torch.testing.assert_close(together[row : row + 1], made, atol=1e-5, rtol=1e-4)


def test_clips_are_drawn_with_only_the_shots_they_hear(examples: list[LatentExample]) -> None:
    latents, told = draw_clips(examples, replace(DIFFUSION, clips=6), np.random.default_rng(0))
    assert latents.shape == (6, 8, 48)
    assert told.scene.start_s.shape[1] <= 5
    assert int(told.shots.shots.max()) < told.scene.start_s.shape[1]


def test_the_adapter_stage_leaves_the_transformer_alone(examples: list[LatentExample]) -> None:
    pipeline = untrained_pipeline("tiny")
    transformer, adapter = pipeline.transformer, pipeline.adapter
    losses: list[float] = []
    training = replace(DIFFUSION, schedule=Schedule(60, 5e-3, warm_up_steps=1, report_steps=20))
    train_transformer(transformer, None, examples, training, None, lambda _, loss: losses.append(loss))
    assert losses[-1] < losses[0]
    assert not adapter.out.weight.any()
    before = {name: tensor.clone() for name, tensor in transformer.state_dict().items()}
    train_adapter(adapter, transformer, examples, DIFFUSION, None, silent)
    assert all(torch.equal(before[name], tensor) for name, tensor in transformer.state_dict().items())
    assert bool(adapter.out.weight.any())


def test_joint_training_moves_both(examples: list[LatentExample]) -> None:
    pipeline = untrained_pipeline("tiny")
    train_transformer(pipeline.transformer, pipeline.adapter, examples, DIFFUSION, None, silent)
    assert bool(pipeline.adapter.out.weight.any())
    assert bool(pipeline.transformer.out.weight.any())


def test_the_aligner_learns_and_refuses_one_sided_data() -> None:
    torch.manual_seed(0)
    aligner = TransitionBeatAligner(size=(16, 16), widths=(4, 8), feature_width=6)
    strips = torch.randint(0, 60, (24, 3, 8, 16, 16), dtype=torch.uint8)
    hits = (torch.arange(24) % 3 == 0).float()
    strips[hits.bool(), :, 4:] += 190
    losses: list[float] = []
    training = AlignerTraining(Schedule(24, 1e-2, warm_up_steps=1, report_steps=8), strips=8)
    train_aligner(aligner, strips, hits, training, None, lambda _, loss: losses.append(loss))
    assert losses[-1] < 0.7 * losses[0]
    with pytest.raises(InputError, match="nothing to tell apart"):
        train_aligner(aligner, strips, torch.zeros(24), training, None, silent)


def test_what_training_leaves_is_a_pipeline_that_plays(
    trained_vae: Path, examples: list[LatentExample], tmp_path: Path
) -> None:
    untrained_pipeline("tiny").transformer.save_pretrained(trained_vae / "transformer")
    pipeline = assemble_pipeline(trained_vae, "tiny")
    assert pipeline.vocoder is None
    entry = write_release(pipeline, tmp_path, "0.1")
    loaded = VemPipeline.from_pretrained(verified_folder(ModelRegistry((entry,)).entry("vem-mini"), tmp_path))
    told = cut_conditions(examples[0].conditions, 0, 50)
    made = loaded(told, duration_samples=96_000, seed=0, settings=SamplingSettings(steps=1))
    assert made.audio.shape == (2, 96_000)
