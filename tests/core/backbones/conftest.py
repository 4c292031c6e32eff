"""Tiny random models, one of each kind, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.tiny_backbones import MODELS, open_tiny, write_tiny
from vem_core.backbones.base import Backbone


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each model, in diffusers' layout; distilled."""
    root = tmp_path_factory.mktemp("backbones")
    return {model: write_tiny(model, root / model) for model in MODELS}


SLOW = frozenset({"audioldm2"})
"""Models whose windows and vocoder take minutes even when tiny: their folders are read by the quick tests."""


@pytest.fixture(
    params=[pytest.param(model, marks=[pytest.mark.slow] if model in SLOW else []) for model in sorted(MODELS)]
)
def backbone(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Backbone:
    """Each of the three in turn, read from its folder."""
    return open_tiny(folders[request.param], request.param)
