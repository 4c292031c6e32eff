"""Our pieces for any program that uses OpenTimelineIO: a hook that scores on write, the score's state as a schema, a
linker for moved media.

`plugin.json` at the top of the repository names them, and can be put on OTIO_PLUGIN_MANIFEST_PATH as it is; the wheel
carries it in this folder. `plugin_manifest` is what OpenTimelineIO asks an installed package for.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import opentimelineio as otio

MANIFEST_NAME = "plugin.json"
_INSTALLED = Path(__file__).with_name(MANIFEST_NAME)
_CHECKOUT = Path(__file__).resolve().parents[3] / MANIFEST_NAME


def manifest_path() -> Path:
    """The manifest of this installation."""
    return _INSTALLED if _INSTALLED.is_file() else _CHECKOUT


def plugin_manifest() -> otio.plugins.manifest.Manifest:
    """The manifest, with the pieces where this package has them.

    Empty where OTIO_PLUGIN_MANIFEST_PATH names it as well, since OpenTimelineIO would run each piece twice.
    """
    manifest = otio.plugins.manifest.manifest_from_file(str(manifest_path()))
    if any(_names_our_pieces(Path(path), manifest) for path in _manifests_by_path()):
        return otio.plugins.manifest.Manifest()
    for piece in (*manifest.media_linkers, *manifest.hook_scripts, *manifest.schemadefs):
        piece.filepath = str(Path(__file__).with_name(Path(piece.filepath).name))
    return manifest


def _manifests_by_path() -> list[str]:
    return [path for path in os.environ.get("OTIO_PLUGIN_MANIFEST_PATH", "").split(os.pathsep) if path]


def _names_our_pieces(path: Path, manifest: otio.plugins.manifest.Manifest) -> bool:
    """Whether a manifest, of this checkout or another, brings the same hook."""
    try:
        scripts = json.loads(path.read_text(encoding="utf-8")).get("hook_scripts", [])
        names = {script["name"] for script in scripts}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False
    return bool(names & {script.name for script in manifest.hook_scripts})
