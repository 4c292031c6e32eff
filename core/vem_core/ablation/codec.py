"""The VAE and aligner that all arms share, taken from a trained model instead of trained here."""

from __future__ import annotations

from pathlib import Path

from vem_core.contract.errors import InputError, ModelMissing
from vem_core.models.base import VemModel, shipped_sha256
from vem_core.models.pipeline import VemPipeline
from vem_core.models.weights_file import WEIGHTS_FILE
from vem_core.resources.registry import read_registry, verified_folder

SHARED = ("vae", "aligner")


def model_folder(model: str) -> Path:
    """The folder of a model that ships, by its id, or of a saved one. Raises ModelMissing, WeightsDamaged."""
    folder = Path(model)
    if (folder / VemPipeline.config_name).is_file():
        return folder
    try:
        return verified_folder(read_registry().entry(model))
    except ModelMissing as error:
        raise ModelMissing(
            f"There is no model {model!r}.", hint="Name one that ships (vem-mini), or a folder of `vem export`."
        ) from error


def borrow_codec(folder: Path, model: str, fresh: VemPipeline) -> None:
    """Leave a model's VAE and aligner in a training folder, as their stages would; `fresh` says what must fit.

    Raises InputError where the folder has others, or where they do not fit the preset; ModelMissing, WeightsDamaged.
    """
    trained = VemPipeline.from_pretrained(model_folder(model))
    for part in SHARED:
        module: VemModel = getattr(trained, part)
        own: VemModel = getattr(fresh, part)
        if _shapes(module) != _shapes(own):
            raise InputError(f"The {part} of {model} does not fit this preset.", hint="Choose --preset small or mini.")
        if not (folder / part / WEIGHTS_FILE).is_file():
            module.save_pretrained(folder / part)
        elif shipped_sha256({part: type(own).from_pretrained(folder / part)}) != shipped_sha256({part: module}):
            raise InputError(
                f"{folder} has another {part} than {model}.", hint="Leave --codec-of out, or take a new folder."
            )


def _shapes(module: VemModel) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
