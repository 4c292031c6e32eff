"""Jobs that hear music instead of making it: what a temp track is like, and how music meets the cuts.

The music travels beside the request as a sound; the request names it by the SHA-256 of its bytes. It begins with the
sheet's first frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.cut_sheet import CutSheet


@dataclass(frozen=True)
class ListenRequest:
    """What is the music under this cut like? The answer is a `TempTrack.1`."""

    schema_label: ClassVar[str] = "ListenRequest.1"

    sheet: CutSheet
    sound: str  # SHA-256
    name: str = ""  # of the music, for sentences


@dataclass(frozen=True)
class MeasureRequest:
    """How does this music meet the cuts? The answer is a `Measurement.1`."""

    schema_label: ClassVar[str] = "MeasureRequest.1"

    sheet: CutSheet
    sound: str  # SHA-256
    name: str = ""  # of the music, for sentences
    tracker: str = "auto"
    fit: bool = False  # also bend the music to meet the cuts: `FITTED_FILE` of the result
    picture: bool = False  # also draw cuts, beats and onsets: `PICTURE_FILE` of the result


FITTED_FILE, PICTURE_FILE = "fitted.wav", "alignment.png"
"""Names of the files that a measurement may have."""
