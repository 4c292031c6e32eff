"""Every sentence of the host side and the core is known to both front ends: by code and parameters, with words of each.

The code of a sentence is its template. Two nets catch a sentence that a window has no words for: every text of the code
that reads like one (`templates`), and every place where one is made, whatever it reads like (`emissions`).
"""

from __future__ import annotations

import ast
import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.emitted_sentences import Emission, emissions
from fakes.panel import Panel
from vem_core.contract import errors
from vem_core.contract.errors import DirectionError
from vem_core.contract.parse import HUES, VisualContent
from vem_core.parsing.eyes.content import content_words
from vem_core.parsing.wording import look_words
from vem_plugin.resolve.errors import ResolveError
from vem_ui.document.wording import Catalogue, Notice, for_window, load_catalogue, speak

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("vem_plugin/vem_plugin", "core/vem_core")
NOT_FOR_WINDOWS = ("commands", "cli.py", "training", "corpus", "evaluation", "judging", "otio_plugin")
LANGUAGES = ("en", "zh_CN")
IN_A_TERMINAL = re.compile(
    r"(?<![\w-])--[a-z]|`|pip install"
    r"|\bvem (?:score|watch|batch|core|takes|styles|data|train|panel|presets|models|sounds|resolve)\b"
)
"""What only helps in a terminal: options, commands, and how packages are installed."""


UNSEEN = (*NOT_FOR_WINDOWS, "server", "ablation", "models", "api.py", "asking.py", "helping.py")
UNSEEN_FILES = ("resolve/doctor", "resolve/installing", "resolve/probe", "resolve/menu_script", "contract/codec")
"""Where sentences are made that no window shows: servers' answers to other programs, and what terminals print."""

MADE_FOR_OTHERS = (
    *("contract/brief", "contract/parse", "contract/plan", "contract/cut_sheet", "contract/recut", "contract/service"),
    *("contract/variants", "contract/tasks", "contract/errors", "placement/state", "rhythm/planner_targets"),
    *("composer", "resources/registry", "backbones/layouts", "backbones/anchors", "backbones/adapter", "musicnn"),
)
"""Where messages are refused that no editor wrote: what programs send each other, styles and models as files."""

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


def _text(node: ast.expr, gap: str = "X") -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else gap for part in node.values)
    return ""


@functools.cache
def emitted() -> tuple[Emission, ...]:
    """All that is said anywhere in the host side and the core, and may reach a window."""
    kinds = frozenset(_names(errors.VemError))
    left_out = frozenset((*UNSEEN, *UNSEEN_FILES, *MADE_FOR_OTHERS))
    found = [each for folder in FOLDERS for each in emissions(ROOT / folder, kinds, left_out)]
    return tuple(each for each in found if " " in each.template and re.search("[A-Za-z]{2}", each.template))


def _names(kind: type[errors.VemError]) -> Iterator[str]:
    yield kind.__name__
    for narrower in kind.__subclasses__():
        yield from _names(narrower)


def catalogue_of(language: str) -> Catalogue:
    catalogue = load_catalogue(language)
    assert catalogue is not None
    return catalogue


def without_words(language: str, template: str) -> bool:
    """Whether a window of a language has no words of its own for a template that needs them."""
    worded = catalogue_of(language).worded(filled(template))
    if language == "en":  # is as it was said, where that names nothing of a terminal's
        return bool(IN_A_TERMINAL.search(filled(template) if worded is None else worded))
    return not re.search("[\u4e00-\u9fff]", worded or "") or bool(IN_A_TERMINAL.search(worded or ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_that_is_made_anywhere_is_worded(language: str) -> None:
    assert ResolveError.__name__ in set(_names(errors.VemError))
    assert len({each.template for each in emitted()}) > 450
    missing = {each for each in emitted() if without_words(language, each.template)}
    assert {each for each in missing if each.template not in ONLY_PARTS | NOT_A_SENTENCE} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_that_reads_like_a_sentence_is_worded(language: str) -> None:
    assert {text for text in templates() if without_words(language, text)} == set()


ONLY_PARTS = {"{}{}. {}"}
"""Made of what is said elsewhere, with hardly a word between."""

NEW_CODE = """
_LATER = "it can be done later"
class Odd(TimelineError):
    default_hint = "default hint here"
def read(path, rate):
    notices = [f"{path} has an odd rate"]
    notices.append("local " + ("slow rate" if rate < 12 else "fast rate"))
    if rate < 1:
        raise Odd(f"no rate in {path}", hint=_LATER)
    return Reading(notices=(*notices, _about(rate)))
def _about(rate):
    return f"about {rate} a second"
"""


def test_a_new_sentence_is_found_wherever_it_is_made(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(NEW_CODE)
    found = {each.template for each in emissions(tmp_path, frozenset({"Odd"}), frozenset())}
    assert found == {
        "{} has an odd rate",
        "local slow rate",
        "local fast rate",
        "no rate in {}",
        "it can be done later",
        "default hint here",
        "about {} a second",
    }
    assert all(without_words("zh_CN", template) for template in found)


VALUES = ("Day 2 mix_01.mov", "12.5", "25", "Take 3", "C:\\\\x\\\\z.wav", "don't")
HARD = ("/Films/A: B (1).mov", "12.5", "Take 3, mix", "C:\\\\x y\\\\z.wav", "don't", "50 %")


def codes_with_values(values: tuple[str, ...]) -> Iterator[tuple[str, list[str], str]]:
    """Each code with gaps, what is put into them, and the sentence that it makes."""
    sentences = json.loads((ROOT / "ui/vem_ui/translations/sentences_zh_CN.json").read_text(encoding="utf-8"))
    for code in sentences["sentences"]:
        given = [values[index % len(values)] for index, _ in enumerate(GAP.findall(code))]
        if given:
            rest = iter(given)
            yield code, given, GAP.sub(lambda _: next(rest), code)  # noqa: B023  # is used at once


GAP = re.compile(r"\{[^{}]*\}|%[srd]")
TOUCHING = re.compile(r"\{[^{}]*\} ?\{")


def test_a_sentence_tells_its_code_and_its_parameters() -> None:
    catalogue, read = catalogue_of("zh_CN"), 0
    for code, given, sentence in codes_with_values(VALUES):
        if TOUCHING.search(code) or code.startswith("{}/"):  # nothing says where one ends and the next begins
            continue
        assert catalogue.identify(sentence) == Notice(code, tuple(given)), code
        read += 1
    assert read > 300


def test_a_code_is_told_from_all_others_whatever_its_parameters_hold() -> None:
    catalogue = catalogue_of("zh_CN")
    told = {code for code, _, said in codes_with_values(HARD) if (it := catalogue.identify(said)) and it.code == code}
    assert {code for code, _, _ in codes_with_values(HARD)} - told == {"{} cannot be used: {}."}  # or folder/file


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("No pictures from a.mov: not found (say with --media where to look).", "No pictures from a.mov: not found."),
        ("2 edges of titles and adjustment layers left out. --keep-overlays counts them.",
         "2 edges of titles and adjustment layers left out."),
        ("The lane is gone. Unlock it, or score with another --track-name.", "The lane is gone. Unlock it."),
        ("Two hits are a well-known 5 -- 7 frames apart.", "Two hits are a well-known 5 -- 7 frames apart."),
    ],
)  # fmt: skip
def test_what_happened_is_still_said(said: str, shown: str) -> None:
    assert for_window(said) == shown


def test_a_hint_for_a_terminal_is_the_windows_own(panel: Panel) -> None:
    hint = "Leave out --variants, or --from, --lock and --vary."
    panel.window.controller.failed.emit(DirectionError("Nothing can be locked.", hint=hint))
    assert panel.said == "Nothing can be locked. Make variants of the whole piece, with nothing locked."


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
