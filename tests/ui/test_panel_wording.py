"""Every sentence of the host side and the core is tried in a window: without options, and in Chinese."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.panel import Panel
from vem_core.contract.errors import DirectionError
from vem_core.contract.parse import HUES, VisualContent
from vem_core.parsing.eyes.content import content_words
from vem_core.parsing.wording import look_words
from vem_ui.document.wording import for_window, load_catalogue, speak

ROOT = Path(__file__).resolve().parents[2]
NOT_FOR_WINDOWS = ("commands", "cli.py", "training", "corpus", "evaluation", "judging", "otio_plugin")


UNSEEN = (*NOT_FOR_WINDOWS, "server", "ablation", "models", "api.py", "asking.py", "helping.py")
UNSEEN_FILES = ("resolve/doctor", "resolve/installing", "resolve/probe", "resolve/menu_script", "contract/codec")
"""Where sentences are made that no window shows: servers' answers to other programs, and what terminals print."""

NOT_A_SENTENCE = {
    "What is unset can only be left out.",
    "{} cannot be sent: numbers must be finite.",
    "{} is not part of the contract.",
    "Write http://127.0.0.1:PORT.",
    "Call the core by 127.0.0.1 or localhost, not from a web page; or start it with --allow-host.",
    "Standard output cannot be written: {}.",
    "The editor calls it: {}. ",
    "The editor wants: {}. ",
}
"""What programmers and terminals read."""


def templates() -> set[str]:
    """The templates of the sentences that a window may be given, gaps as {}."""
    found = set()
    for folder in ("vem_plugin/vem_plugin", "core/vem_core"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            inside = path.relative_to(ROOT / folder)
            if any(part in UNSEEN for part in inside.parts) or str(inside.with_suffix("")) in UNSEEN_FILES:
                continue
            found |= set(_said_in(ast.parse(path.read_text(encoding="utf-8"))))
    return found - NOT_A_SENTENCE


def _said_in(tree: ast.Module) -> Iterator[str]:
    apart = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            apart |= {id(part) for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        if id(node) in apart or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        text = _text(node, "{}")
        if (
            " " in text.strip()
            and len(text) > 12
            and text.rstrip()[-1] in ".!?"
            and (text[0].isupper() or text[0] == "{")
        ):
            yield text


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


def _text(node: ast.expr, gap: str = "X") -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else gap for part in node.values)
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


def test_every_sentence_has_chinese_words_and_no_option() -> None:
    catalogue = load_catalogue("zh_CN")
    assert catalogue is not None
    missing = {text for text in templates() if not re.search("[\u4e00-\u9fff]", catalogue.worded(filled(text)) or "")}
    assert missing - ONLY_A_GAP == set()
    path = ROOT / "ui/vem_ui/translations/sentences_zh_CN.json"
    words = json.loads(path.read_text(encoding="utf-8"))["sentences"].values()
    assert [text for text in words if "--" in text] == []


ONLY_A_GAP = {"{} If that is wrong, give the rate with --rate."}
"""What is left of it in a window is the sentence that fills its gap."""


def filled(template: str) -> str:
    """A template with something in its gaps."""
    return re.sub(r"\{[^{}]*\}|%[srd]", "x", template)


@pytest.fixture
def chinese() -> Iterator[None]:
    """Windows speak Chinese."""
    speak("zh_CN")
    yield
    speak("en")


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("2 edges of titles and adjustment layers left out. --keep-overlays counts them.",
         "忽略字幕和调整图层的 2 个边界。"),
        ("No pictures from a.mov: not found (say with --media where to look).", "没有来自 a.mov 的画面：未找到。"),
        ("/a/b.wav cannot be read: Permission denied.", "无法读取 /a/b.wav：没有权限。"),
        ("Nothing of this is known.", "Nothing of this is known."),
    ],
)  # fmt: skip
def test_sentences_are_worded_with_their_parameters(said: str, shown: str) -> None:
    assert for_window(said) == shown


def test_what_a_picture_shows_and_looks_like_has_chinese_words() -> None:
    catalogue = load_catalogue("zh_CN")
    assert catalogue is not None
    looks = {
        word
        for value in (0.05, 0.3, 0.5, 0.7, 0.95)
        for hue in range(len(HUES))
        for word in look_words(
            VisualContent(True, value, value, value, 2 * value - 1, value, value, hues=tuple(
                float(each == hue) for each in range(len(HUES))
            ))
        )
    }  # fmt: skip
    assert {"dark", "vivid", "cold", "moving", "magenta"} <= looks
    words = looks | {word.says for word in content_words()}
    assert {word for word in words if not re.search("[\u4e00-\u9fff]", catalogue.named(word))} == set()
