"""Where files lie: what ships with the product (weights, cards, models.json), and what is remembered here."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from vem_core.contract.service import APP_NAME

_INSTALLED = Path(__file__).parents[1] / "_resources"  # where the wheel puts them
_CHECKOUT = Path(__file__).resolve().parents[3] / "resources"


def resource_path(name: str) -> Path:
    """The path of a bundled file, such as "weights/beats-1.1/beats.safetensors"; it need not exist."""
    return (_INSTALLED if _INSTALLED.is_dir() else _CHECKOUT) / name


def cache_folder(name: str) -> Path:
    """Where what is remembered of one kind is kept; `VEM_CACHE` may name another folder than the user's."""
    chosen = os.environ.get("VEM_CACHE")
    return (Path(chosen) if chosen else platformdirs.user_cache_path(APP_NAME)) / name
