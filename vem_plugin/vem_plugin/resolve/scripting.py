"""Finding and loading Resolve's scripting module, and asking it for the running Resolve."""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import cast

from vem_core.contract.errors import VemError
from vem_plugin.resolve import api
from vem_plugin.resolve.errors import ConnectionLost, ResolveClosed, ScriptingMissing
from vem_plugin.resolve.folders import ResolveFolders, resolve_folders

LOG = logging.getLogger(__name__)

MODULE_NAME = "fusionscript"
WRAPPER_NAME = "DaVinciResolveScript"


def connect(folders: ResolveFolders | None = None) -> api.Resolve:
    """The running Resolve Studio. Raises ScriptingMissing, ResolveClosed."""
    module = load_scripting_module(folders or resolve_folders())
    with talking():
        resolve = module.scriptapp("Resolve")
    if resolve is None:
        raise ResolveClosed("DaVinci Resolve does not answer.")
    return resolve


def load_scripting_module(folders: ResolveFolders) -> api.ScriptingModule:
    """The native module, or failing that the Python file around it that Resolve installs. Raises ScriptingMissing.

    The native one goes first: the file around it finds it by the same paths, and older ones import modules that Python
    3.12 no longer has. `sys.path` stays as it is.
    """
    candidates = find_scripting_files(folders)
    if not candidates:
        raise ScriptingMissing("DaVinci Resolve's scripting module is not on this machine.")
    reasons = []
    for path in candidates:
        try:
            return cast(api.ScriptingModule, _load(path))
        except Exception as error:  # a border: native code of another Python fails in many ways
            LOG.info("%s cannot be loaded", path, exc_info=True)
            reasons.append(f"{path.name}: {error}")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise ScriptingMissing(
        f"DaVinci Resolve's scripting module cannot be loaded by Python {version} ({'; '.join(reasons)})."
    )


def find_scripting_files(folders: ResolveFolders) -> list[Path]:
    """The files that may be loaded, likeliest first."""
    wrappers = (folder / f"{WRAPPER_NAME}.py" for folder in folders.modules)
    return [path for path in (*folders.libraries, *wrappers) if path.is_file()]


def _load(path: Path) -> ModuleType:
    name = path.stem
    if name in sys.modules:
        return sys.modules[name]
    loader: importlib.machinery.SourceFileLoader | importlib.machinery.ExtensionFileLoader
    if path.suffix == ".py":
        loader = importlib.machinery.SourceFileLoader(name, str(path))
    else:
        loader = importlib.machinery.ExtensionFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    if spec is None:
        raise ImportError(f"{path} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    if not callable(getattr(module, "scriptapp", None)):
        raise ImportError(f"{path} has no scriptapp")
    return module


@contextlib.contextmanager
def talking() -> Iterator[None]:
    """Turns what a broken connection looks like in the block into ConnectionLost.

    The objects of a Resolve that is gone answer None to every name, so the next call raises TypeError; its transport
    may raise anything else.
    """
    try:
        yield
    except VemError:
        raise
    except Exception as error:  # a border: to Resolve's process
        LOG.info("A call of Resolve failed", exc_info=True)
        raise ConnectionLost("DaVinci Resolve stopped answering.", reason=str(error)) from error
