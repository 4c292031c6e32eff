"""From a training folder to a pipeline on disk, and from there to what ships: weights, card, registry."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from torch import Tensor

from vem_core.contract.errors import InputError
from vem_core.evaluation.held_out import judged_styles
from vem_core.evaluation.results import SCHEMA, rows_of, rows_table
from vem_core.models.adapter import TransitionBeatAdapter
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.base import VemModel, shipped_sha256
from vem_core.models.pipeline import VemPipeline
from vem_core.models.presets import untrained_pipeline
from vem_core.models.transformer import VemTransformer
from vem_core.models.vae import MusicVAE
from vem_core.models.vocoder import Vocoder
from vem_core.models.weights_file import WEIGHTS_FILE
from vem_core.resources.registry import ModelEntry, describe_files, read_registry, registry_text
from vem_core.training.checkpoints import load_state, state_folder

MOST_BYTES, MOST_FILE_BYTES = 32_000_000, 16_000_000
DISPERSION_FILE = "dispersion.json"  # of a training folder
LEAST_PIECES = 50
"""That an evaluation must have heard before `auto` trusts it."""

LEAST_STYLES = 8
"""In which an ear from outside must not hear a model behind `sketch` before `auto` trusts it."""

HEARD_FILE = "cards/vem-mini-outside-ear.json"
BEGIN, END = "<!-- measured: vem export -->", "<!-- end of what is measured -->"


def assemble_pipeline(
    folder: Path, preset: str, own: Path | None = None, trained: Mapping[str, VemModel] | None = None
) -> VemPipeline:
    """The pipeline of a training folder's finished stages; `own` is where transformer and adapter lie, if elsewhere,
    and `trained` has those of them that are given as they are.

    Transformer and VAE must be there. An absent vocoder leaves Griffin-Lim, an absent adapter or aligner one that
    changes nothing. Raises ModelMissing, WeightsDamaged.
    """
    fresh, given = untrained_pipeline(preset), dict(trained or {})
    own = folder if own is None else own
    adapter, aligner, vocoder = own / "adapter", folder / "aligner", folder / "vocoder"
    if "transformer" not in given:
        given["transformer"] = VemTransformer.from_pretrained(own / "transformer")
    if "adapter" not in given:
        given["adapter"] = TransitionBeatAdapter.from_pretrained(adapter) if _there(adapter) else fresh.adapter.eval()
    return VemPipeline(
        transformer=given["transformer"],
        adapter=given["adapter"],
        vae=MusicVAE.from_pretrained(folder / "vae"),
        aligner=TransitionBeatAligner.from_pretrained(aligner) if _there(aligner) else fresh.aligner.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vocoder=Vocoder.from_pretrained(vocoder) if _there(vocoder) else None,
        dispersion=_kept_dispersion(folder),
    )


def keep_dispersion(folder: Path, pipeline: VemPipeline, factors: Sequence[tuple[float, float]]) -> None:
    """Leave the factors of `Dispersion` in the training folder, or with the saved model, that a pipeline is of."""
    pipeline.register_to_config(dispersion=[list(each) for each in factors])
    if (folder / VemPipeline.config_name).is_file():
        pipeline.save_config(folder)
    else:
        kept = {"model_sha256": shipped_sha256(pipeline.components), "factors": pipeline.config.dispersion}
        (folder / DISPERSION_FILE).write_text(json.dumps(kept) + "\n", encoding="utf-8")


def dispersion_is_known(folder: Path, pipeline: VemPipeline) -> bool:
    """Whether the factors that a training folder keeps were measured with these weights."""
    return _read_dispersion(folder).get("model_sha256") == shipped_sha256(pipeline.components)


def _kept_dispersion(folder: Path) -> list[tuple[float, float]]:
    return [tuple(each) for each in _read_dispersion(folder).get("factors", [])]


def _read_dispersion(folder: Path) -> dict[str, Any]:
    """What a training folder keeps of its factors. A bare list of them does not say whose they are."""
    path = folder / DISPERSION_FILE
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found if isinstance(found, dict) else {"factors": found}


def checkpoint_pipeline(folder: Path, preset: str, stage: str) -> tuple[VemPipeline, int]:
    """The pipeline with the averaged weights of the last state of `ldm` or `adapter`, and its step.

    Another process may be training them meanwhile. Raises InputError where there is no such state, ModelMissing.
    """
    state = load_state(state_folder(folder, stage))
    if state is None:
        raise InputError(f"{folder} has no state of {stage} yet.", hint=f"`vem train {stage} {folder}` saves them.")
    weights = state.network | state.average
    fresh = untrained_pipeline(preset)
    parts: dict[str, VemModel]
    if stage == "adapter":
        parts = {"adapter": fresh.adapter}
        named = {"adapter": weights}
    else:  # a list of the transformer and, where they learn jointly, the adapter
        named = {part: _under(f"{place}.", weights) for place, part in enumerate(("transformer", "adapter"))}
        parts = {part: getattr(fresh, part) for part, own in named.items() if own}
    for part, module in parts.items():
        module.load_state_dict(named[part])
        module.eval()
    return assemble_pipeline(folder, preset, trained=parts), state.step


def _under(prefix: str, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def load_any(folder: Path | None, preset: str) -> VemPipeline:
    """The pipeline of a training folder, of a saved model, or the bundled one. Raises ModelMissing, WeightsDamaged."""
    if folder is None:
        from vem_core.generation.vem_mini import bundled_weights

        return VemPipeline.from_pretrained(bundled_weights())
    if (folder / VemPipeline.config_name).is_file():
        return VemPipeline.from_pretrained(folder)
    return assemble_pipeline(folder, preset)


def write_release(
    pipeline: VemPipeline, resources: Path, version: str, gates_met_on: tuple[str, ...] = ()
) -> ModelEntry:
    """Save at half precision under `resources`/weights; the entry for the registry.

    Raises InputError if it is larger than what may ship.
    """
    folder = f"weights/vem-mini-{version}"
    pipeline.save_pretrained(resources / folder, dtype=torch.float16)
    files = describe_files(resources / folder)
    if sum(file.bytes for file in files) > MOST_BYTES or max(file.bytes for file in files) > MOST_FILE_BYTES:
        raise InputError(
            f"The model has {sum(file.bytes for file in files) / 1e6:.1f} MB; at most {MOST_BYTES // 10**6} MB may "
            f"ship, in files of at most {MOST_FILE_BYTES // 10**6} MB.",
            hint="Choose a smaller preset, or leave the vocoder out.",
        )
    return ModelEntry(
        "vem-mini", version, "music", folder, files, "Apache-2.0", "cards/vem-mini.md", tuple(sorted(gates_met_on))
    )


@dataclass(frozen=True)
class CardFacts:
    """What the card says that no evaluation knows."""

    version: str
    data: str
    reproduce: str


def fill_card(text: str, evaluations: dict[str, str], facts: CardFacts) -> str:
    """The card with the table of each kind of device between its marks, by the evaluations' JSON.

    Raises InputError for a card without the marks.
    """
    if BEGIN not in text or END not in text:
        raise InputError(f"The card lacks the marks {BEGIN} and {END}.")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    tables = [f"{_heading(evaluation)}\n\n{rows_table(rows_of(evaluation))}" for evaluation in evaluations.values()]
    filled = f"{before}{BEGIN}\n\n" + "\n\n".join(tables) + f"\n\n{END}{after}"
    filled = re.sub(r"\| version \|.*\|", f"| version | {facts.version} |", filled)
    for heading, words in (("## Data and its licence", facts.data), ("## Reproduce", facts.reproduce)):
        filled = _replace_section(filled, heading, words)
    return filled


def _heading(evaluation: str) -> str:
    found = json.loads(evaluation)
    if found.get("schema") != SCHEMA:
        raise InputError("That is no evaluation: it was not written by `vem evaluate`.")
    gates = "every gate is met" if found["gates_met"] else "not every gate is met"
    sampler = ", ".join(f"{name} {value}" for name, value in found["settings"].items())
    pieces = f"{found['pieces']} held-out pieces"
    if found.get("styles"):
        pieces += f" in {len(found['styles'])} styles ({', '.join(found['styles'])})"
    return f"On {found['machine']} ({found['device']}), {pieces}, sampled with {sampler}: {gates}."


def _replace_section(text: str, heading: str, words: str) -> str:
    if not words or heading not in text:
        return text
    before, rest = text.split(heading)
    following = rest.find("\n## ")
    after = rest[following:] if following >= 0 else "\n"
    return f"{before}{heading}\n\n{words}\n{after}"


def export(
    folder: Path,
    preset: str,
    resources: Path,
    evaluations: list[Path],
    facts: CardFacts,
    heard: Path | None = None,
) -> ModelEntry:
    """Write weights, card, evaluation and registry under `resources`.

    Of a version that is there with these very weights, card, evaluation and the registry's gates are written anew, as a
    later evaluation may say more. The model may be what `auto` means on a kind of device only where an evaluation of
    these weights meets every gate there, and an ear from outside (`heard`, what `benchmarks/listening.py --models
    sketch vem-mini --json` printed) does not hear it behind `sketch` in enough styles. Raises InputError for an
    evaluation of other weights, a version that is there with others, or a model too large.
    """
    told = {path: path.read_text(encoding="utf-8") for path in evaluations}
    by_device = {json.loads(text)["device"]: text for text in told.values()}
    registry = read_registry(resources / "models.json")
    pipeline = load_any(folder, preset)
    _check_weights(folder, pipeline, by_device)
    outside = None if heard is None else heard.read_text(encoding="utf-8")
    level = outside is not None and len(_styles_not_behind(outside, pipeline)) >= LEAST_STYLES
    met = tuple(device for device, text in by_device.items() if level and is_fit_for_auto(json.loads(text)))
    known = [model for model in registry.models if (model.id, model.version) == ("vem-mini", facts.version)]
    if known:
        entry = _of_the_same_weights(known[0], pipeline, resources, met)
    else:
        entry = write_release(pipeline, resources, facts.version, met)
    card = resources / entry.card
    card.write_text(fill_card(card.read_text(encoding="utf-8"), by_device, facts), encoding="utf-8")
    for device, text in by_device.items():
        (resources / "cards" / f"vem-mini-{device}.json").write_text(text, encoding="utf-8")
    if outside is not None:
        (resources / HEARD_FILE).write_text(outside, encoding="utf-8")
    (resources / "models.json").write_text(registry_text(registry.with_entry(entry)), encoding="utf-8")
    return entry


def is_fit_for_auto(evaluation: dict[str, Any]) -> bool:
    """Whether a model may be what `auto` means: every gate met on enough pieces of every style that may be asked of it.

    An evaluation from before styles could be chosen is of all of them.
    """
    judged = set(evaluation.get("styles") or judged_styles())
    enough = evaluation["pieces"] >= LEAST_PIECES and judged >= set(judged_styles())
    return bool(evaluation["gates_met"]) and enough


def _styles_not_behind(heard: str, pipeline: VemPipeline) -> list[str]:
    """The styles in which an ear from outside hears a model of these weights not behind `sketch`."""
    found = json.loads(heard)
    if not isinstance(found, dict) or "not_behind" not in found:
        raise InputError("That is not what `benchmarks/listening.py --models sketch vem-mini --json` printed.")
    if found["models"][:1] != ["sketch"] or found["weights"].get("vem-mini") != shipped_sha256(pipeline.components):
        raise InputError("That was heard of other weights, or not beside `sketch`.", hint="Let it listen again.")
    return list(found["not_behind"]["vem-mini"])


def _check_weights(folder: Path, pipeline: VemPipeline, evaluations: dict[str, str]) -> None:
    """An evaluation must be of a model of the same tensors, and of the same factors of dispersion."""
    own = shipped_sha256(pipeline.components), [list(each) for each in pipeline.dispersion.factors]
    for text in evaluations.values():
        found = json.loads(text)
        if (found["model_sha256"], found["settings"].get("dispersion", [])) != own:
            raise InputError(
                f"That evaluation is of other weights than those in {folder}.", hint="Run `vem evaluate` on it again."
            )


def _of_the_same_weights(
    known: ModelEntry, pipeline: VemPipeline, resources: Path, gates_met_on: tuple[str, ...]
) -> ModelEntry:
    shipped = VemPipeline.from_pretrained(resources / known.folder)
    released, given = ((shipped_sha256(model.components), model.dispersion.factors) for model in (shipped, pipeline))
    if released != given:
        raise InputError(f"vem-mini {known.version} is there with other weights; a version is never overwritten.")
    return replace(known, gates_met_on=tuple(sorted(gates_met_on)))


def _there(folder: Path) -> bool:
    return (folder / WEIGHTS_FILE).is_file()
