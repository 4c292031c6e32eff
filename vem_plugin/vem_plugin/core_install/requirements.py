"""What a core needs, in the order in which it is installed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname

DISTRIBUTION = "vem-score"
TORCH = "torch==2.13.0"
"""First and pinned: any later step that has to choose a torch would choose the newest."""


@dataclass(frozen=True)
class Requirements:
    """What is asked of pip or uv; the project itself is that of this version, or the checkout that this runs from."""

    project: str  # "vem-score[core]==0.1.0", or "/path/to/checkout[core]"
    version: str

    @classmethod
    def of_this(cls) -> Requirements:
        """Those of the core that belongs to this program."""
        found = distribution(DISTRIBUTION)
        checkout = _checkout(found.read_text("direct_url.json"))
        name = f"{checkout}[core]" if checkout else f"{DISTRIBUTION}[core]=={found.version}"
        return cls(name, found.version)

    def steps(self) -> Iterator[list[str]]:
        """What is installed, step by step."""
        yield [TORCH]
        yield [TORCH, self.project]

    def from_wheels(self) -> list[str]:
        """The same as one step, where every wheel is at hand."""
        return [TORCH, f"{DISTRIBUTION}[core]=={self.version}"]


def _checkout(direct_url: str | None) -> str:
    """The folder that this program was installed from; empty: it came as a wheel from somewhere."""
    try:
        url = json.loads(direct_url or "{}").get("url", "")
    except (ValueError, AttributeError):
        return ""
    parsed = urlparse(url)
    if parsed.scheme != "file" or re.search(r"\.(whl|tar\.gz|zip)$", parsed.path):
        return ""
    return url2pathname(unquote(parsed.path))
