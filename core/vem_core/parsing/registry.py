"""Which parsers there are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vem_core.contract.errors import ModelMissing
from vem_core.contract.parse import Parse
from vem_core.contract.request import Device, ScoreRequest
from vem_core.parsing.base import CachedParser, Parser
from vem_core.parsing.bundled import BundledParser
from vem_core.parsing.eyes.registry import open_eyes
from vem_core.parsing.text import MiniLmEncoder, TextEncoder
from vem_core.resources.local_models import local_models_folder
from vem_core.resources.paths import cache_folder

PARSER_IDS = ("bundled", "qwen2.5-vl")


def parse_request(request: ScoreRequest, attachments: Mapping[str, bytes], encoder: TextEncoder | None = None) -> Parse:
    """The parse that the editor handed back, or else that of the request's parser, from the cache where it is known.

    Raises ModelMissing for a parser that is not there.
    """
    if request.parse is not None:
        return request.parse
    parser = parser_by_id(request.parser, cache=default_cache_folder(), device=request.device, encoder=encoder)
    return parser.parse(request, attachments)


def default_cache_folder() -> Path:
    """Where parses are kept."""
    return cache_folder("parses")


def parser_by_id(
    parser_id: str = "bundled",
    *,
    folder: Path | None = None,
    cache: Path | None = None,
    device: Device = Device.CPU,
    encoder: TextEncoder | None = None,
) -> Parser:
    """The parser with that id; `cache` keeps what was parsed.

    `folder` holds Qwen2.5-VL's files; by default `qwen2.5-vl` in `local_models_folder`. `encoder` is the text encoder
    (default: a new one). Raises ModelMissing for an id that does not exist, or for Qwen2.5-VL without its files.
    """
    parser = _make(parser_id, folder, device, encoder or MiniLmEncoder())
    return parser if cache is None else CachedParser(parser, cache)


def _make(parser_id: str, folder: Path | None, device: Device, encoder: TextEncoder) -> Parser:
    if parser_id == "bundled":
        return BundledParser(encoder, open_eyes())
    if parser_id != "qwen2.5-vl":
        raise ModelMissing(f"There is no parser {parser_id!r}; there are: {', '.join(PARSER_IDS)}.")
    folder = folder or local_models_folder() / parser_id
    if not folder.is_dir():
        hint = "Put Qwen2.5-VL's files there (config, tokenizer, safetensors), or use the parser `bundled`."
        raise ModelMissing(f"There is no folder {folder}.", hint=hint, parser=parser_id)
    from vem_core.parsing.qwen import Qwen25VlParser

    return Qwen25VlParser(folder, device=device, base=BundledParser(encoder, open_eyes()))
