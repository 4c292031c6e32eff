"""Cores to test against."""

from fakes.core_fixtures import core_rig, real_core, shared_core

__all__ = ["core_rig", "real_core", "shared_core"]
