"""Parses that an editor changed, from files."""

from __future__ import annotations

from pathlib import Path

from vem_core.contract.codec import loads
from vem_core.contract.errors import InputError
from vem_core.contract.foreign_files import MAX_TEXT_BYTES, read_regular
from vem_core.contract.parse import Parse


def read_parse(path: Path) -> Parse:
    """The parse in a file. Raises InputError, ContractError naming the field that is wrong."""
    try:
        return loads(Parse, read_regular(path, MAX_TEXT_BYTES))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
