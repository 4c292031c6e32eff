"""What can go wrong between us and Resolve, beside what the contract's tree has.

    InputError
    └── ResolveError                     Resolve cannot be used as it is now
        ├── ScriptingMissing             its scripting module is not on this machine, or not for this Python
        ├── ResolveClosed                it does not answer: closed, the free edition, or the preference is off
        ├── NothingOpen                  no project, or no timeline in it
        └── ConnectionLost               it stopped answering in the middle

A score that cannot be placed is an OutputError, as it is with files.
"""

from __future__ import annotations

from vem_core.contract.errors import InputError


class ResolveError(InputError):
    code = "input.resolve"


class ScriptingMissing(ResolveError):
    code = "input.resolve.scripting-missing"
    default_hint = "Run `vem resolve doctor`. Without Resolve Studio, export the timeline as OTIO and score that file."


class ResolveClosed(ResolveError):
    code = "input.resolve.closed"
    default_hint = (
        "Start DaVinci Resolve Studio, and set Preferences > System > General > External scripting using to Local. "
        "The free edition does not answer other programs: in it, Workspace > Scripts > VeM Score - send timeline "
        "(`vem resolve install` puts it there), or export its timeline as OTIO and score that file."
    )


class NothingOpen(ResolveError):
    code = "input.resolve.nothing-open"
    default_hint = "Open a project and a timeline in Resolve, then try again."


class ConnectionLost(ResolveError):
    code = "input.resolve.lost"
    default_hint = "See that Resolve still runs, then try again."
