"""`python -m vem_plugin.resolve.probe`: what this Python sees of Resolve, as one line of JSON.

A process of its own, because the native module of one Resolve can crash the Python of another.
"""

from __future__ import annotations

import json
import sys

from vem_core.contract.errors import VemError
from vem_plugin.resolve.errors import ScriptingMissing
from vem_plugin.resolve.folders import resolve_folders
from vem_plugin.resolve.scripting import load_scripting_module, talking


def main() -> int:
    """Print what was seen; the keys are those of `doctor.Seen`."""
    seen: dict[str, str] = {}
    try:
        module = load_scripting_module(resolve_folders())
        seen["module"] = str(getattr(module, "__file__", "") or "built in")
        with talking():
            resolve = module.scriptapp("Resolve")
            if resolve is not None:
                seen["product"] = resolve.GetProductName() or ""
                seen["version"] = resolve.GetVersionString() or ""
                manager = resolve.GetProjectManager()
                project = None if manager is None else manager.GetCurrentProject()
                timeline = None if project is None else project.GetCurrentTimeline()
                seen["project"] = "" if project is None else project.GetName() or ""
                seen["timeline"] = "" if timeline is None else timeline.GetName() or ""
    except ScriptingMissing as error:
        seen["module_error"] = error.message
    except VemError as error:
        seen["error"] = error.message
    sys.stdout.write(json.dumps(seen) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
