"""`vem core serve|status|stop|doctor`: the inference core by hand. Other parts add actions: `install` is the host's."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import sys
from pathlib import Path

from vem_core.contract.command import Command

ACTIONS = "vem.core.actions"
"""The group of entry points that add actions: functions of argparse's subparsers, each of which sets `act`."""

_GIB = 1024**3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the four actions and their options."""
    from vem_core.server.arguments import add_serve_arguments

    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    serve = actions.add_parser("serve", help="run a core until Ctrl-C or `vem core stop`")
    add_serve_arguments(serve)
    status = actions.add_parser("status", help="say whether a core is running, on what, and what it is doing")
    status.add_argument("--json", action="store_true", help="print one JSON object")
    stop = actions.add_parser("stop", help="stop the core that is running")
    stop.add_argument("--force", action="store_true", help="cancel its jobs first")
    stop.add_argument("--unload", action="store_true", help="only have it give its memory back")
    doctor = actions.add_parser("doctor", help="look at everything that a core needs")
    doctor.add_argument("--report", action="store_true", help="print a report to paste into a bug report")
    doctor.add_argument("--state-folder", type=Path, metavar="FOLDER", help="where jobs lie")
    doctor.add_argument("--log-folder", type=Path, metavar="FOLDER", help="where logs lie")
    for action in (status, stop, doctor):
        action.add_argument("--session-file", type=Path, metavar="FILE", help="of the core that is meant")
    for entry in importlib.metadata.entry_points(group=ACTIONS):
        entry.load()(actions)


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says."""
    if hasattr(arguments, "act"):  # another part's
        status: int = arguments.act(arguments)
        return status
    actions = {"serve": _serve, "status": _status, "stop": _stop, "doctor": _doctor}
    return actions[arguments.action](arguments)


def _serve(arguments: argparse.Namespace) -> int:
    from vem_core.server.arguments import settings_from_arguments
    from vem_core.server.serving import serve

    return serve(settings_from_arguments(arguments), _announce)


def _announce(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    error = line.get("error")
    if isinstance(error, dict):
        sys.stderr.write(f"vem: {error['message']}\n     {error['hint']}\n")


def _status(arguments: argparse.Namespace) -> int:
    from vem_core.contract.codec import to_json
    from vem_core.server.control import RunningCore

    core = RunningCore.find(_session_file(arguments))
    if core is None:
        sys.stdout.write("null\n" if arguments.json else "No core is running. One is started when it is needed.\n")
        return 0
    hello = core.hello()
    if arguments.json:
        sys.stdout.write(json.dumps(to_json(hello)) + "\n")
        return 0
    free = hello.device.memory_free_bytes
    memory = f", {free / _GIB:.1f} GiB free" if free is not None else ""
    sys.stdout.write(
        f"Core {hello.version} (process {hello.pid}, port {core.session.port}) has been up for "
        f"{_duration(hello.uptime_s)}.\n"
        f"device  {hello.device.name}{memory}\n"
        f"models  {', '.join(model.id for model in hello.models)}{'' if hello.loaded else ' (not in memory)'}\n"
        f"jobs    {hello.jobs_running} running, {hello.jobs_queued} waiting\n"
    )
    return 0


def _stop(arguments: argparse.Namespace) -> int:
    from vem_core.server.control import RunningCore

    core = RunningCore.find(_session_file(arguments))
    if core is None:
        sys.stdout.write("No core is running.\n")
    elif arguments.unload:
        core.unload()
        sys.stdout.write("The core gives its memory back.\n")
    else:
        core.stop(force=arguments.force)
        sys.stdout.write(f"The core (process {core.session.pid}) has ended.\n")
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from vem_core.contract.findings import Verdict
    from vem_core.server.doctor import examine, report_text
    from vem_core.server.settings import Settings

    given = {name: getattr(arguments, name) for name in ("state_folder", "log_folder", "session_file")}
    settings = Settings(**{name: path for name, path in given.items() if path is not None})
    findings = []
    for finding in examine(settings):
        findings.append(finding)
        if not arguments.report:
            advice = f"\n         -> {finding.advice}" if finding.advice else ""
            sys.stdout.write(f"{finding.verdict:<8} {finding.topic}: {finding.says}{advice}\n")
            sys.stdout.flush()
    if arguments.report:
        sys.stdout.write(report_text(settings, findings))
    return 5 if any(finding.verdict is Verdict.PROBLEM for finding in findings) else 0


def _session_file(arguments: argparse.Namespace) -> Path:
    from vem_core.server.folders import default_session_file

    return arguments.session_file or default_session_file()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


COMMAND = Command("Install, run, look at, stop or examine the inference core.", add_arguments, run)
