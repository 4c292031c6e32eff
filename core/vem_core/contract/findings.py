"""What `vem doctor` and `vem core doctor` say of a machine: one finding for each thing that was looked at."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Verdict(enum.StrEnum):
    OK = "ok"
    NOTE = "note"  # works, but not as well as it could
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    topic: str
    verdict: Verdict
    says: str
    advice: str = ""
