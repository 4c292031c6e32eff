"""The public face of the host side: what `from vem_plugin import ...` gives. `docs/engineers/api.md` describes it.

What is exported here keeps its names, its parameters and their meaning within a major version; everything else is the
house's own affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import ContractError, DirectionError, VemError
from vem_core.contract.recut import FrameRange
from vem_core.contract.wishes import Wishes
from vem_plugin.client.base import OpenCore
from vem_plugin.hosts.base import Host, Placement
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.scoring.listening import Listener, LogListener, SilentListener
from vem_plugin.scoring.order import Order
from vem_plugin.scoring.points import range_from_points, range_of_text
from vem_plugin.scoring.session import Outcome, ScoringSession
from vem_plugin.sound.temp_track import TempTrackUse

__all__ = [
    "FileHost",
    "FileHostOptions",
    "Host",
    "Listener",
    "LogListener",
    "Order",
    "Outcome",
    "Placement",
    "ScoringSession",
    "SilentListener",
    "VemError",
    "Wishes",
    "score",
]


def score(
    timeline: str | Path | Host,
    *,
    span: tuple[str | None, str | None] = (None, None),
    afresh: bool = False,
    lock: Sequence[str] = (),
    vary: Sequence[str] = (),
    temp_track: str = "leave",
    temp_lane: str | None = None,
    stem_lanes: bool = False,
    preview: Path | None = None,
    options: FileHostOptions | None = None,
    listener: Listener | None = None,
    open_core: OpenCore | None = None,
    **wishes: Any,
) -> Outcome:
    """Score a timeline and place the music on its lane, as `vem score` does.

    `timeline` is a file, or any `Host`. Keyword arguments that are not named above are wishes, by the names of
    `Wishes`: `style="house"`, `seed=7`, `stems=True`. What is not given is as the take before had it, or as the tool
    chooses.

    `span` is from where to where, each a timecode, seconds ("12.5s") or a record frame; `lock` and `vary` are ranges
    ("10s-12s", "shot 5") of what is scored. `temp_track` is "leave", "mute" or "follow". `options` say how a file is
    read and where its score goes; `open_core` gives a core other than the user's own. Whatever `listener.advance`
    raises cancels the job.

    Raises VemError, with a sentence for a person in `message` and what they can do in `hint`.
    """
    asked = _wishes(wishes, stem_lanes=stem_lanes)
    host = FileHost(Path(timeline), options or FileHostOptions()) if isinstance(timeline, str | Path) else timeline

    def make_order(sheet: CutSheet) -> Order:
        whole = FrameRange(*range_from_points(sheet, *span))
        scored = sheet.crop(whole.start_frames, whole.end_excl_frames)
        return Order(
            wishes=asked,
            span=whole,
            afresh=afresh,
            locked=tuple(range_of_text(scored, text) for text in lock),
            varied=tuple(range_of_text(scored, text) for text in vary),
            temp_track=TempTrackUse(temp_track),
            temp_lane=temp_lane,
            stem_lanes=stem_lanes,
            preview=preview,
        )

    return ScoringSession(host, listener, open_core).run(make_order)


def _wishes(named: dict[str, Any], *, stem_lanes: bool) -> Wishes:
    try:
        wishes = Wishes(**named)
    except TypeError as error:
        known = ", ".join(Wishes.__dataclass_fields__)
        raise DirectionError(f"VeM Score knows no such wish: {error}.", hint=f"It knows {known}.") from error
    except ContractError as error:
        raise DirectionError(f"This cannot be met: {error.message}.") from error
    return Wishes(stems=True).over(wishes) if stem_lanes else wishes
