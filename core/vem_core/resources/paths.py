"""Where the files that ship with the product lie: weights, cards, models.json."""

from __future__ import annotations

from pathlib import Path

_INSTALLED = Path(__file__).parents[1] / "_resources"  # where the wheel puts them
_CHECKOUT = Path(__file__).resolve().parents[3] / "resources"


def resource_path(name: str) -> Path:
    """The path of a bundled file, such as "weights/beats-1.0.safetensors"; it need not exist."""
    return (_INSTALLED if _INSTALLED.is_dir() else _CHECKOUT) / name
