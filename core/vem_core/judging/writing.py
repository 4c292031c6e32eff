"""A judgement as files: Markdown, JSON, CSV and a picture, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

from vem_core.contract.atomic import explaining, replacing
from vem_core.judging.judgement import Judgement, to_text
from vem_core.judging.tables import draw, to_csv, to_markdown


def write_judgement(judgement: Judgement, folder: Path, name: str = "judgement") -> None:
    """Write the four files into a folder, which is made. Raises OutputError."""
    with explaining(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for ending, text in (("md", to_markdown(judgement)), ("json", to_text(judgement)), ("csv", to_csv(judgement))):
        with replacing(folder / f"{name}.{ending}") as partial:
            partial.write_text(text, encoding="utf-8")
    with replacing(folder / f"{name}.png") as partial:
        draw(judgement).save(partial, format="PNG")
