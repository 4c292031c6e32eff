"""Cores to test against."""

from fakes.core_fixtures import core_rig, shared_core

__all__ = ["core_rig", "shared_core"]
