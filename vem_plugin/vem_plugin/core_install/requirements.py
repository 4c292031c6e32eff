"""What a core needs, in the order in which it is installed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname

from vem_core.contract.errors import InputError

DISTRIBUTION = "vem-score"
_TORCH_NAME, _TORCH_VERSION = "torch", "2.13.0"
TORCH = f"{_TORCH_NAME}=={_TORCH_VERSION}"
"""First and pinned: any later step that has to choose a torch would choose the newest."""

_AGAIN = "Run `vem core bundle` again, into an empty folder."


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

    def check_wheels(self, names: Iterable[str]) -> None:
        """Raise InputError unless torch and this version are among the wheels' names, and nothing is there twice."""
        projects = [name.split("-", 2)[:2] for name in names]
        there = dict(projects)
        for project, version in ((_TORCH_NAME, _TORCH_VERSION), (DISTRIBUTION.replace("-", "_"), self.version)):
            if there.get(project, "").partition("+")[0] != version:
                raise InputError(f"Among the wheels is no {project} {version}.", hint=_AGAIN)
        twice = sorted({project for project, _ in projects if [name for name, _ in projects].count(project) > 1})
        if twice:
            raise InputError(f"{twice[0]} is among the wheels more than once.", hint=_AGAIN)


def torch_wheels(folder: Path) -> list[str]:
    """The wheels of the pinned torch in a folder: asked for by their files, no other build of it is chosen later."""
    return [str(path) for path in sorted(folder.glob(f"{_TORCH_NAME}-{_TORCH_VERSION}*.whl"))]


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
