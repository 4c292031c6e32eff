"""No option of the command line is said in a window: every sentence of the host side and the core is tried."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from fakes.panel import Panel
from vem_core.contract.errors import DirectionError
from vem_ui.document.wording import for_window

ROOT = Path(__file__).resolve().parents[2]
NOT_FOR_WINDOWS = ("commands", "cli.py", "training", "corpus", "evaluation", "judging", "otio_plugin")


def sentences() -> list[str]:
    """The texts of the code that speak of an option, as they would be said."""
    found = []
    for folder in ("vem_plugin/vem_plugin", "core/vem_core"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if any(part in NOT_FOR_WINDOWS for part in path.relative_to(ROOT).parts):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    texts = [_text(part) for part in (*node.args, *(word.value for word in node.keywords))]
                    found += [text for text in texts if " --" in text and " " in text.strip() and text[0].isupper()]
    return found


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
    return ""


def test_no_sentence_of_host_side_and_core_brings_an_option_into_a_window() -> None:
    tried = sentences()
    assert len(tried) > 5
    assert [text for text in tried if "--" in for_window(text)] == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("No pictures from a.mov: not found (say with --media where to look).", "No pictures from a.mov: not found."),
        ("2 cuts under titles were left out; --keep-overlays counts them.", "2 cuts under titles were left out."),
        ("Nobody speaks: no room. --duck 0 leaves it as it is.", "Nobody speaks: no room."),
        ("Two hits are a well-known 5 -- 7 frames apart.", "Two hits are a well-known 5 -- 7 frames apart."),
    ],
)  # fmt: skip
def test_what_happened_is_still_said(said: str, shown: str) -> None:
    assert for_window(said) == shown


def test_a_hint_for_a_terminal_is_not_shown(panel: Panel) -> None:
    panel.window.controller.failed.emit(DirectionError("Nothing can be locked.", hint="Score once without --lock."))
    assert panel.said == "Nothing can be locked."
