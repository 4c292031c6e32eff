"""madmom 0.16.1 (2018) beside today's Python and numpy, its files untouched.

It asks for names that have left `collections` and numpy, and for `pkg_resources`. They are lent to it while it is
imported and taken back, so that no other package sees them; what it looks up later it finds in stand-ins for numpy that
only its own modules hold.
"""

from __future__ import annotations

import collections
import collections.abc
import contextlib
import doctest
import functools
import importlib
import importlib.metadata
import sys
import types
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from vem_core.contract.errors import CoreError

_LEFT_NUMPY = {
    "float": float,
    "int": int,
    "bool": bool,
    "object": object,
    "complex": complex,
    "str": str,
    "in1d": np.isin,
}
_LEFT_COLLECTIONS = ("MutableSequence", "Mapping", "Iterable")
_MODULES = ("features.beats", "features.downbeats", "features.tempo", "features.onsets", "audio.signal")


class Madmom(NamedTuple):
    """The modules of madmom that we use."""

    downbeats: Any
    signal: Any


@functools.cache
def load_madmom() -> Madmom:
    """madmom, ready to work. Raises CoreError where it is not installed or cannot be loaded."""
    try:
        with _old_names_lent(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Everything is imported here: a module imported later would miss the names.
            modules = {name: importlib.import_module(f"madmom.{name}") for name in _MODULES}
    except ImportError as error:
        raise CoreError(
            f"The beat tracker madmom is not installed ({error}).",
            hint="pip install --no-build-isolation 'vem-score[madmom]' (needs a C compiler), or use --tracker auto.",
        ) from error
    stand_in = _numpy_with(_LEFT_NUMPY)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "madmom" and getattr(module, "np", None) is np:
            vars(module)["np"] = stand_in
    downbeats = modules["features.downbeats"]
    vars(downbeats)["np"] = _numpy_with({**_LEFT_NUMPY, "asarray": _asarray_of_paths})
    return Madmom(downbeats, modules["audio.signal"])


@contextlib.contextmanager
def _old_names_lent() -> Iterator[None]:
    checker = doctest.OutputChecker  # madmom replaces it for the whole process
    added: list[tuple[Any, str]] = []
    for module, names in (
        (collections, {name: getattr(collections.abc, name) for name in _LEFT_COLLECTIONS}),
        (np, _LEFT_NUMPY),
    ):
        for name, value in names.items():
            if name not in vars(module):
                setattr(module, name, value)
                added.append((module, name))
    lent = _packages() if "pkg_resources" not in sys.modules else None
    if lent is not None:
        sys.modules["pkg_resources"] = lent
    try:
        yield
    finally:
        doctest.OutputChecker = checker  # type: ignore[misc]
        for module, name in added:
            delattr(module, name)
        if lent is not None:
            sys.modules.pop("pkg_resources", None)


def _packages() -> types.ModuleType:
    """As much of `pkg_resources`, gone from setuptools 82, as madmom asks for its own version."""
    module = types.ModuleType("pkg_resources")
    module.get_distribution = lambda name: types.SimpleNamespace(  # type: ignore[attr-defined]
        version=importlib.metadata.version(name)
    )
    return module


class _StandIn(types.ModuleType):
    """A module with some names of its own; all others are numpy's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def _numpy_with(names: dict[str, Any]) -> types.ModuleType:
    module = _StandIn("numpy")
    vars(module).update(names)
    return module


def _asarray_of_paths(values: Any, *arguments: Any, **options: Any) -> Any:
    """`np.asarray`, and for the decoder's list of (path, log-probability) tuples, which is ragged, an object array."""
    ragged = isinstance(values, list) and values and isinstance(values[0], tuple) and len(values[0]) == 2
    if not (ragged and isinstance(values[0][0], np.ndarray)):
        return np.asarray(values, *arguments, **options)
    table = np.empty((len(values), 2), object)
    for row, (path, log_probability) in enumerate(values):
        table[row, 0], table[row, 1] = path, log_probability
    return table
