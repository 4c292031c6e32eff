"""`vem models`: which models are here, which could be, and whether one that was installed is whole."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import textwrap

from vem_core.contract.command import Command
from vem_core.contract.errors import ModelMissing
from vem_core.resources.local_models import LOCAL_MODELS, LocalModel, LocalRole, local_model, local_models_folder
from vem_core.resources.registry import ModelEntry, read_registry

_WIDTH = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what can be asked, and its options."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(ask="list")
    asks = parser.add_subparsers(dest="ask", metavar="check")
    check = asks.add_parser("check", help="read a model's folder strictly, and note the hashes of its files")
    check.add_argument("model", choices=[model.id for model in LOCAL_MODELS], metavar="ID",
                       help=", ".join(model.id for model in LOCAL_MODELS))  # fmt: skip
    check.add_argument("--accept", action="store_true", help="its files were replaced on purpose: note the new ones")


def run(arguments: argparse.Namespace) -> int:
    """List the models, or check one. Raises ModelMissing, WeightsDamaged for one that is not whole."""
    if arguments.ask == "check":
        return _check(local_model(arguments.model), arguments.accept)
    sys.stdout.write(_as_json() if arguments.json else _as_text())
    return 0


def _as_json() -> str:
    listing = {
        "folder": str(local_models_folder()),
        "bundled": [
            {"id": entry.id, "version": entry.version, "role": entry.role, "licence": entry.licence}
            for entry in read_registry().models
        ],
        "local": [
            {**dataclasses.asdict(model), "folder": str(model.folder), "installed": model.is_there,
             "commands": [source.command(model.id) for source in model.sources]}
            for model in LOCAL_MODELS
        ],
    }  # fmt: skip
    return json.dumps(listing, ensure_ascii=False, indent=2) + "\n"


def _as_text() -> str:
    lines = ["Installed", *(f"  {line}" for line in _bundled(read_registry().models))]
    there = [model for model in LOCAL_MODELS if model.is_there]
    lines += [f"  {model.id:<16} {model.folder} (`vem models check {model.id}` reads it)" for model in there]
    lines += ["", "Can be installed: fetch on any machine with a network, then put the folder where it says"]
    for model in LOCAL_MODELS:
        if not model.is_there:
            lines += _offer(model)
    return "\n".join(lines) + "\n"


def _bundled(entries: tuple[ModelEntry, ...]) -> list[str]:
    sketch = f"{'sketch':<16} part of the program: composer and synthesiser, nothing to install"
    return [sketch, *(f"{entry.id:<16} {entry.version}, {entry.role}, {entry.licence}" for entry in entries)]


def _offer(model: LocalModel) -> list[str]:
    from vem_core.delivery.rights import caution_before

    lines = [f"  {model.id:<16} {model.name} ({model.role.value}), {model.licence}"]
    texts = [model.note, caution_before(model.id) if model.role is LocalRole.MUSIC else ""]
    for text in filter(None, texts):
        lines += textwrap.wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")
    for source in model.sources:
        note = f", {source.note}" if source.note else ""
        lines += [f"    {source.what}, {source.size_gb:g} GB{note}:", f"      {source.command(model.id)}"]
    return [*lines, f"    into: {model.folder}"]


def _check(model: LocalModel, accept: bool) -> int:
    from vem_core.resources.noted_hashes import noted_sha256

    if not model.is_there:
        raise ModelMissing(
            f"{model.name} is not installed: there is nothing in {model.folder}.",
            hint=f"Fetch it elsewhere ({model.sources[0].command(model.id)}) and copy it there.",
            model=model.id,
        )
    sys.stdout.write(f"{model.name} in {model.folder}\n")
    if model.role is LocalRole.MUSIC:
        from vem_core.backbones.folders import check_model_folder

        for part in check_model_folder(model.id):
            size = f"{part.parameters / 1e6:.1f} M parameters" if part.parameters else "ok"
            sys.stdout.write(f"  {part.name:<20} {size}\n")
    elif model.role is LocalRole.PARSER:
        from vem_core.parsing.qwen import check_folder as check_qwen

        sys.stdout.write(f"  {check_qwen(model.folder)} tensors\n")
    else:
        from vem_core.parsing.eyes.zero_shot import check_folder

        sys.stdout.write(f"  {check_folder(model.folder)} tensors\n")
    digest = noted_sha256(model.id, model.folder, accept_changes=accept)
    sys.stdout.write(f"It is whole. Its hash: {digest}\n")
    return 0


COMMAND = Command("List the models, those that can be installed too; check one.", add_arguments, run)
