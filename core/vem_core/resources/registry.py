"""`resources/models.json`: which weights ship with the product, with their size, hash, licence and card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vem_core.contract.codec import loads, to_json
from vem_core.contract.errors import ContractError, ModelMissing, WeightsDamaged
from vem_core.resources.paths import resource_path


@dataclass(frozen=True)
class ModelFile:
    file: str  # relative to the model's folder
    bytes: int
    sha256: str


@dataclass(frozen=True)
class ModelEntry:
    """One model. `folder` and `card` are relative to the resources folder."""

    id: str
    version: str  # retrained: new minor version; changed tensors: new major; a version is never overwritten
    role: str
    folder: str
    files: tuple[ModelFile, ...]
    licence: str
    card: str
    gates_met_on: tuple[str, ...] = ()  # kinds of device ("cpu", "cuda") on which every gate of the card is met

    @property
    def sha256(self) -> str:
        """One hash for the whole model."""
        return hashlib.sha256("\n".join(f"{file.sha256} {file.file}" for file in self.files).encode()).hexdigest()


@dataclass(frozen=True)
class ModelRegistry:
    """Raises ContractError if an id occurs twice."""

    schema_label: ClassVar[str] = "ModelRegistry.1"

    models: tuple[ModelEntry, ...] = ()

    def __post_init__(self) -> None:
        ids = [model.id for model in self.models]
        if len(set(ids)) != len(ids):
            raise ContractError("a model is registered twice")

    def entry(self, model_id: str) -> ModelEntry:
        """Raises ModelMissing if that model does not ship."""
        for model in self.models:
            if model.id == model_id:
                return model
        raise ModelMissing(f"The weights of {model_id} are not installed.", model=model_id)

    def with_entry(self, entry: ModelEntry) -> ModelRegistry:
        """The registry with that model in place of an older version of it, or of what was known of it before.

        Raises ContractError for the same version with other files.
        """
        others = tuple(model for model in self.models if model.id != entry.id)
        same = [model for model in self.models if (model.id, model.version) == (entry.id, entry.version)]
        if same and same[0].files != entry.files:
            raise ContractError(f"{entry.id} {entry.version} is registered already; a version is never overwritten")
        return ModelRegistry(tuple(sorted((*others, entry), key=lambda model: model.id)))


def read_registry(path: Path | None = None) -> ModelRegistry:
    """The registry in a file; the bundled one by default."""
    return loads(ModelRegistry, (path or resource_path("models.json")).read_bytes())


def registry_text(registry: ModelRegistry) -> str:
    """The one spelling of a registry's file."""
    return json.dumps(to_json(registry), indent=2, ensure_ascii=False) + "\n"


def describe_files(folder: Path) -> tuple[ModelFile, ...]:
    """All files of a model's folder, as the registry lists them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(ModelFile(path.relative_to(folder).as_posix(), path.stat().st_size, _sha256(path)) for path in files)


def verified_folder(entry: ModelEntry, root: Path | None = None) -> Path:
    """The folder of a registered model, each file checked.

    Raises ModelMissing for a file that is not there, WeightsDamaged (details: reason) for one that is not the
    registered one.
    """
    folder = resource_path(entry.folder) if root is None else root / entry.folder
    for file in entry.files:
        path = folder / file.file
        if not path.is_file():
            raise ModelMissing(f"{entry.id} is not whole: {file.file} is missing.", model=entry.id, file=str(path))
        if path.stat().st_size != file.bytes:
            raise WeightsDamaged(
                f"{entry.id} is damaged: {file.file} has {path.stat().st_size} bytes, not {file.bytes}.",
                reason="truncated",
                file=str(path),
            )
        if _sha256(path) != file.sha256:
            raise WeightsDamaged(f"{entry.id} is damaged: {file.file} was altered.", reason="hash", file=str(path))
    return folder


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
