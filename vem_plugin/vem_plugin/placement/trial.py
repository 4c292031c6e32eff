"""What can be known of the target before minutes of work go into the music: it is written for trial."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterable
from pathlib import Path

import opentimelineio as otio

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import OutputError
from vem_plugin.placement.writing import write_timeline

_AUDIO = "vem-trial.wav"


def check_format(timeline: otio.schema.Timeline, sheet: CutSheet, suffix: str) -> None:
    """Refuse a format that cannot hold this timeline with music on a lane, by writing it so. Raises OutputError."""
    tried = copy.deepcopy(timeline)
    span = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, float(sheet.rate)),
        otio.opentime.RationalTime(sheet.duration_frames, float(sheet.rate)),
    )
    lane = otio.schema.Track("VeM Score", kind=otio.schema.TrackKind.Audio)
    lane.append(otio.schema.Clip(_AUDIO, otio.schema.ExternalReference(f"/{_AUDIO}", span), span))
    tried.tracks.append(lane)
    with tempfile.TemporaryDirectory(prefix="vem-trial-") as folder:
        write_timeline(tried, Path(folder, f"trial{suffix}"), _AUDIO)


def refuse_input(target: Path, inputs: Iterable[Path]) -> None:
    """Refuse to write over what is read. Raises OutputError."""
    for path in inputs:
        if _is_same(target, path):
            raise OutputError(f"{target} is read here, so it is not written over.", hint="Choose another name.")


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one of them is not there
        return False
