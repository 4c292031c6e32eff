"""The host side: reads an editor's timeline, talks to the inference core, places the music on a lane.

    from vem_plugin import score
    outcome = score("cut.otio", style="house", seed=7)
    print(outcome.placement.audio, outcome.result.report.with_off_beats.hit_rate_1_frame)

`docs/engineers/api.md` has the rest. Nothing is imported before it is asked for, not even of the standard library: with
`python -m vem_plugin` this runs while the folder that we stand in, which may be a stranger's, still comes first.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vem_plugin.api import FileHost as FileHost
    from vem_plugin.api import FileHostOptions as FileHostOptions
    from vem_plugin.api import Host as Host
    from vem_plugin.api import Listener as Listener
    from vem_plugin.api import LogListener as LogListener
    from vem_plugin.api import Order as Order
    from vem_plugin.api import Outcome as Outcome
    from vem_plugin.api import Placement as Placement
    from vem_plugin.api import ScoringSession as ScoringSession
    from vem_plugin.api import SilentListener as SilentListener
    from vem_plugin.api import VemError as VemError
    from vem_plugin.api import Wishes as Wishes
    from vem_plugin.api import score as score


_EXPORTED = (
    "FileHost", "FileHostOptions", "Host", "Listener", "LogListener", "Order", "Outcome", "Placement", "ScoringSession",
    "SilentListener", "VemError", "Wishes", "score",
)  # fmt: skip


def __getattr__(name: str) -> object:
    """What the public face exports, imported when it is first asked for."""
    import importlib

    if name in _EXPORTED:
        return getattr(importlib.import_module("vem_plugin.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
