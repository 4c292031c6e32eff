"""A real core to listen with."""

from fakes.core_fixtures import real_core, warm_core

__all__ = ["real_core", "warm_core"]
