"""Content credentials: a signed C2PA manifest in a WAV or FLAC that says that the music was generated, and by what.

Optional: it needs the library `c2pa-python` (extra `c2pa`) and a certificate of the user's own, since a signature says
who vouches. Nothing is fetched: no time stamp is asked of anybody, and the manifest lies in the file itself.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from pathlib import Path
from typing import Any

from vem_core.contract.atomic import explaining, replacing
from vem_core.contract.errors import InputError
from vem_core.contract.foreign_files import MAX_TEXT_BYTES, open_regular, read_regular
from vem_core.contract.result import ScoreResult
from vem_plugin.placement.generated_mark import digital_source_type, mark_sentence

CERTIFICATE, KEY = "certificate.pem", "key.pem"
"""What a folder of credentials holds: the chain, one's own certificate first, and its key without a password."""

MEDIA_TYPES = {".wav": "audio/wav", ".flac": "audio/flac"}
_EC_ALGORITHMS = {256: "es256", 384: "es384", 521: "es512"}


def check_credentials(folder: Path) -> None:
    """Raise InputError where a folder's certificate could not sign, before anything is made."""
    if importlib.util.find_spec("c2pa") is None:
        raise InputError(
            "Content credentials need the library c2pa-python, which is not installed.",
            hint="pip install vem-score[c2pa], or leave out --credentials.",
        )
    _algorithm_of(_read(folder / KEY))
    _read(folder / CERTIFICATE)


def sign(audio: Path, result: ScoreResult, folder: Path) -> None:
    """Put a signed manifest into a WAV or FLAC, in place. The samples stay. Raises InputError, OutputError."""
    c2pa = importlib.import_module("c2pa")
    kind, chain, key = MEDIA_TYPES[audio.suffix.lower()], _read(folder / CERTIFICATE), _read(folder / KEY)
    algorithm = _algorithm_of(key).encode()
    try:
        info = c2pa.C2paSignerInfo(alg=algorithm, sign_cert=chain, private_key=key, ta_url=None)
        with (
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(manifest_of(audio, result)) as builder,
            replacing(audio) as partial,
            open_regular(audio) as reader,
            partial.open("w+b") as writer,
        ):
            builder.sign(signer, kind, reader, writer)
    except c2pa.C2paError as error:
        raise InputError(
            f"{folder / CERTIFICATE} cannot sign: {error}.",
            hint="A chain that C2PA accepts is needed, of a certificate for signing documents or e-mail.",
        ) from error


def read_manifest(audio: Path) -> dict[str, Any]:
    """What a file's manifest says, with how its signature was judged; empty where it has none. Raises InputError."""
    c2pa = importlib.import_module("c2pa")
    with explaining(audio), open_regular(audio) as reader:
        try:
            found: dict[str, Any] = json.loads(c2pa.Reader(MEDIA_TYPES[audio.suffix.lower()], reader).json())
        except c2pa.C2paError as error:
            if "ManifestNotFound" in str(error):
                return {}
            raise InputError(f"The content credentials of {audio.name} cannot be read: {error}.") from error
    return found


def manifest_of(audio: Path, result: ScoreResult) -> str:
    """The manifest before it is signed, as JSON: made by a program, which one, of which kind."""
    tool = {"name": "VeM Score", "version": result.tool_version}
    created = {
        "action": "c2pa.created",
        "digitalSourceType": digital_source_type(result.model),
        "softwareAgent": tool,
        "description": mark_sentence(result),
    }
    actions = {"label": "c2pa.actions.v2", "data": {"actions": [created]}}
    kind = MEDIA_TYPES[audio.suffix.lower()]
    return json.dumps({"claim_generator_info": [tool], "title": audio.name, "format": kind, "assertions": [actions]})


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, MAX_TEXT_BYTES)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}.",
            hint=f"A folder of content credentials holds {CERTIFICATE} and {KEY}.",
        ) from error


def _algorithm_of(key: bytes) -> str:
    """The name of the algorithm that a private key signs with, in C2PA's words."""
    serialization = importlib.import_module("cryptography.hazmat.primitives.serialization")  # c2pa-python needs it
    try:
        loaded = serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError) as error:
        raise InputError(f"{KEY} is no private key without a password.") from error
    if hasattr(loaded, "curve") and loaded.key_size in _EC_ALGORITHMS:
        return _EC_ALGORITHMS[loaded.key_size]
    if hasattr(loaded, "key_size"):
        return "ps256"
    return "ed25519"
