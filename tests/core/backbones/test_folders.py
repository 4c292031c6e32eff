"""Models from a user's folders: read strictly, in both layouts; what is wrong with one is said in a sentence."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from fakes.tiny_backbones import MODELS, quiet, tiny_pipeline, write_official_ace
from vem_core.backbones.ace_official import coded_silence, diffusers_name
from vem_core.backbones.folders import check_model_folder, open_model_folder
from vem_core.backbones.layouts import skeleton_of
from vem_core.commands import models as models_command
from vem_core.compute.strict_weights import compare_tensors
from vem_core.contract.errors import ModelMissing, WeightsDamaged
from vem_core.resources.local_models import LOCAL_MODELS
from vem_core.resources.noted_hashes import noted_sha256

WEIGHTS = "transformer/diffusion_pytorch_model.safetensors"


@pytest.fixture
def ace(folders: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of a whole ACE-Step folder, to be damaged."""
    return shutil.copytree(folders["ace-step-1.5"], tmp_path / "ace-step-1.5")


@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_whole_folder_is_whole(model: str, folders: dict[str, Path]) -> None:
    parts = dict(check_model_folder(model, folders[model]))
    network = "unet" if model == "audioldm2" else "transformer"
    assert parts[network] > 10_000
    assert parts["vae"] > 10_000


def refusal(folder: Path) -> str:
    with pytest.raises((ModelMissing, WeightsDamaged)) as caught:
        list(check_model_folder("ace-step-1.5", folder))
    return caught.value.message


def change_weights(path: Path, **changed: torch.Tensor | None) -> None:
    tensors = load_file(path)
    for name, tensor in changed.items():
        tensors.pop(name.replace("__", "."), None)
        if tensor is not None:
            tensors[name.replace("__", ".")] = tensor
    save_file(tensors, path)


def test_what_a_folder_lacks_or_has_too_many_is_named(ace: Path) -> None:
    change_weights(ace / WEIGHTS, layers__0__mlp__up_proj__weight=None)
    assert "lacks layers.0.mlp.up_proj.weight" in refusal(ace)


def test_a_stray_tensor_is_named(ace: Path) -> None:
    change_weights(ace / WEIGHTS, stray=torch.zeros(2))
    assert "stray too many" in refusal(ace)


def test_a_tensor_of_another_shape_is_named(ace: Path) -> None:
    change_weights(ace / WEIGHTS, layers__0__mlp__up_proj__weight=torch.zeros(2, 2))
    assert "layers.0.mlp.up_proj.weight is (2, 2), not (64, 32)" in refusal(ace)


def test_a_file_cut_short_is_said(ace: Path) -> None:
    path = ace / WEIGHTS
    path.write_bytes(path.read_bytes()[:5000])
    assert "cut short" in refusal(ace)


def test_a_missing_part_is_said(ace: Path) -> None:
    shutil.rmtree(ace / "vae")
    assert "vae/config.json is missing" in refusal(ace)


def test_a_part_of_transformers_is_held_to_the_same(ace: Path) -> None:
    change_weights(ace / "text_encoder" / "model.safetensors", norm__weight=None)
    assert "text_encoder" in refusal(ace)
    assert "lacks norm.weight" in refusal(ace)


def test_a_pickle_is_not_read(ace: Path) -> None:
    (ace / WEIGHTS).rename(ace / "transformer" / "diffusion_pytorch_model.bin")
    assert "pickle" in refusal(ace)


def test_a_missing_shard_is_said(ace: Path) -> None:
    (ace / WEIGHTS).rename(ace / "transformer" / "part-1.safetensors")
    index = {"weight_map": {"a": "part-1.safetensors", "b": "../../part-2.safetensors"}}
    (ace / WEIGHTS).with_suffix(".safetensors.index.json").write_text(json.dumps(index))
    assert "part-2.safetensors is missing" in refusal(ace)


def test_the_folder_of_another_model_is_said(folders: dict[str, Path]) -> None:
    assert "another model: StableAudio3Pipeline" in refusal(folders["stable-audio-3"])


def test_an_empty_folder_and_none_say_how_to_get_one(tmp_path: Path) -> None:
    assert "does not hold ACE-Step 1.5" in refusal(tmp_path)
    with pytest.raises(ModelMissing, match="not installed") as caught:
        open_model_folder("ace-step-1.5", tmp_path / "nowhere")
    assert "vem models" in caught.value.hint


def test_values_that_are_not_numbers_are_refused(ace: Path) -> None:
    change_weights(ace / WEIGHTS, layers__0__mlp__up_proj__weight=torch.full((64, 32), float("nan")))
    with pytest.raises(WeightsDamaged, match="not numbers"):
        open_model_folder("ace-step-1.5", ace).load("transformer")


def test_the_authors_layout_gives_the_same_networks_and_reads_no_pickle(tmp_path: Path) -> None:
    pipeline = tiny_pipeline("ace-step-1.5")
    folder = open_model_folder("ace-step-1.5", write_official_ace(tmp_path / "official", pipeline))
    for part in ("transformer", "condition_encoder", "vae", "text_encoder"):
        assert folder.check(part) > 0
        ours, theirs = folder.load(part).state_dict(), getattr(pipeline, part).state_dict()
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours if name != "silence_latent")
    coded = folder.load("condition_encoder").silence_latent
    short = pipeline.vae.encode(torch.zeros(1, 2, 1920 * 200)).latent_dist.mode().transpose(1, 2)
    torch.testing.assert_close(coded_silence(pipeline.vae, 200), short, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(coded[:, :40], short[:, :40], atol=1e-5, rtol=1e-4)
    assert coded.shape == pipeline.condition_encoder.silence_latent.shape


def test_the_authors_layout_without_its_text_encoder_says_so(tmp_path: Path) -> None:
    folder = write_official_ace(tmp_path / "official", tiny_pipeline("ace-step-1.5"))
    shutil.rmtree(folder / "Qwen3-Embedding-0.6B")
    assert "Qwen3-Embedding-0.6B is missing" in refusal(folder)


def test_the_real_sizes_of_ace_step_have_the_authors_names() -> None:
    from diffusers import AceStepTransformer1DModel
    from diffusers.pipelines.ace_step.modeling_ace_step import AceStepConditionEncoder

    network = skeleton_of(AceStepTransformer1DModel, {}, "transformer")
    assert 1.5e9 < sum(tensor.numel() for tensor in network.parameters()) < 1.6e9
    attention = ("q_proj", "k_proj", "v_proj", "o_proj")
    layer = [f"{kind}_attn.{name}.weight" for kind in ("self", "cross") for name in (*attention, "q_norm", "k_norm")]
    layer += [f"mlp.{name}_proj.weight" for name in ("gate", "up", "down")] + ["scale_shift_table"]
    layer += [f"{name}.weight" for name in ("self_attn_norm", "cross_attn_norm", "mlp_norm")]
    names = [f"decoder.layers.{number}.{name}" for number in range(24) for name in layer]
    whole = ("proj_in.1", "proj_out.1", "condition_embedder")
    names += [f"decoder.{name}.{kind}" for name in whole for kind in ("weight", "bias")]
    for time in ("time_embed", "time_embed_r"):
        lines = ("linear_1", "linear_2", "time_proj")
        names += [f"decoder.{time}.{line}.{kind}" for line in lines for kind in ("weight", "bias")]
    names += ["decoder.norm_out.weight", "decoder.scale_shift_table"]
    assert {diffusers_name(name)[1] for name in names} == network.state_dict().keys()
    encoder = skeleton_of(AceStepConditionEncoder, {}, "condition_encoder")
    assert diffusers_name("null_condition_emb") == ("condition_encoder", "null_condition_emb")
    assert diffusers_name("encoder.lyric_encoder.layers.0.self_attn.q_proj.weight")[1] in encoder.state_dict()


def test_another_models_tensors_are_told_from_missing_ones() -> None:
    with pytest.raises(WeightsDamaged, match="another model's"):
        compare_tensors({"a": (1,), "b": (1,)}, {"c": (1,), "d": (1,)}, "part")


def test_a_replaced_file_is_noticed_until_it_is_accepted(ace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEM_CACHE", str(ace.parent / "cache"))
    first = noted_sha256("ace-step-1.5", ace)
    assert noted_sha256("ace-step-1.5", ace) == first
    change_weights(ace / WEIGHTS, scale_shift_table=torch.ones(1, 2, 32))
    with pytest.raises(WeightsDamaged, match="not what it was") as caught:
        noted_sha256("ace-step-1.5", ace)
    assert "--accept" in caught.value.hint
    second = noted_sha256("ace-step-1.5", ace, accept_changes=True)
    assert second == noted_sha256("ace-step-1.5", ace) != first


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    models_command.add_arguments(parser)
    with quiet():
        return models_command.run(parser.parse_args(words))


def test_models_lists_what_there_is_and_how_to_get_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VEM_MODELS", str(tmp_path))
    assert run() == 0
    text = capsys.readouterr().out
    for model in LOCAL_MODELS:
        assert f"into: {tmp_path / model.id}" in text
        assert model.licence in text
    assert "1,000,000 US dollars" in " ".join(text.split())
    assert run("--json") == 0
    assert json.loads(capsys.readouterr().out)["local"][0]["installed"] is False
    with pytest.raises(ModelMissing, match="not installed"):
        run("check", "ace-step-1.5")


def test_models_checks_what_is_installed(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VEM_MODELS", str(folders["ace-step-1.5"].parent))
    monkeypatch.setenv("VEM_CACHE", str(tmp_path))
    assert run("check", "ace-step-1.5") == 0
    assert "It is whole" in capsys.readouterr().out
    assert run() == 0
    assert "vem models check ace-step-1.5" in capsys.readouterr().out
