"""Which parsers there are."""

from __future__ import annotations

from pathlib import Path

from vem_core.contract.errors import ModelMissing
from vem_core.parsing.base import CachedParser, Parser

PARSER_IDS = ("bundled", "qwen2.5-vl")


def parser_by_id(
    parser_id: str = "bundled", *, folder: Path | None = None, cache: Path | None = None, device: str = "cpu"
) -> Parser:
    """The parser with that id; `folder` holds Qwen2.5-VL's files, `cache` keeps what was parsed.

    Raises ModelMissing for an id that does not exist, or for Qwen2.5-VL without a folder.
    """
    parser = _make(parser_id, folder, device)
    return parser if cache is None else CachedParser(parser, cache)


def _make(parser_id: str, folder: Path | None, device: str) -> Parser:
    if parser_id == "bundled":
        from vem_core.parsing.bundled import BundledParser

        return BundledParser()
    if parser_id != "qwen2.5-vl":
        raise ModelMissing(f"There is no parser {parser_id!r}; there are: {', '.join(PARSER_IDS)}.")
    if folder is None:
        raise ModelMissing("Qwen2.5-VL needs the folder that holds its files.", hint="Or use the bundled parser.")
    from vem_core.parsing.qwen import Qwen25VlParser

    return Qwen25VlParser(folder, device=device)
