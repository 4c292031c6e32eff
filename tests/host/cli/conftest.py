"""Cores to test against."""

from fakes.core_fixtures import core_rig, no_core, real_core, shared_core, warm_core

__all__ = ["core_rig", "no_core", "real_core", "shared_core", "warm_core"]
