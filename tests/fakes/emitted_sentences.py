"""Every place of the code where a sentence for an editor is made, found by the syntax tree.

Such a place is the message or the hint of an error, whatever becomes a notice, a warning, a reason or a caution by name
(assigned, appended, passed, yielded or returned by a function of such a name), and what is said or reported as
progress. What stands there is followed to its literals: through conditions, sums, lists, local and module constants and
functions of the same module. What comes from a parameter, an attribute or another module was made at another place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NAMES = {"notices", "notice", "warnings", "warning", "notes", "reason", "caution", "summary", "cannot", "advice"}
_MAKERS = re.compile(r"_?(.*_)?(notices|notice|warnings|warning|sentences|disagreements|reason|summary|caution)")
_SAYERS = {"say", "_say", "noticed", "warn"}
_GAP = "{}"
_DEEPEST = 6


@dataclass(frozen=True)
class Emission:
    """A template that is said somewhere: its gaps are {}."""

    where: str
    template: str


def emissions(root: Path, errors: frozenset[str], left_out: frozenset[str]) -> Iterator[Emission]:
    """All of the modules under `root` but those in which a part of the path, or the path, is left out."""
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        if left_out & {*inside.parts, inside.with_suffix("").as_posix()}:
            continue
        module = _Module(ast.parse(path.read_text(encoding="utf-8")), errors)
        for node in module.said():
            for template in module.templates(node):
                yield Emission(f"{inside}:{node.lineno}", template)


class _Module:
    def __init__(self, tree: ast.Module, errors: frozenset[str]) -> None:
        self._tree, self._errors = tree, errors
        self._functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        self._assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._assigned.setdefault(target.id, []).append(node.value)
            elif (
                isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr)
                and isinstance(node.target, ast.Name)
                and node.value is not None
            ):
                self._assigned.setdefault(node.target.id, []).append(node.value)

    def said(self) -> Iterator[ast.expr]:
        """The expressions that become sentences."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call):
                yield from self._said_by_call(node)
            elif isinstance(node, ast.FunctionDef) and _MAKERS.fullmatch(node.name):
                yield from _given_by(node)
            elif isinstance(node, ast.ClassDef):
                yield from (
                    each.value
                    for each in node.body
                    if isinstance(each, ast.Assign | ast.AnnAssign)
                    and each.value is not None
                    and ast.unparse(each).startswith("default_hint")
                )
        for name in _NAMES:
            yield from self._assigned.get(name, ())

    def _said_by_call(self, call: ast.Call) -> Iterator[ast.expr]:
        name = _name_of(call.func)
        if name in self._errors:
            yield from call.args[:1]
            yield from (word.value for word in call.keywords if word.arg == "hint")
        elif name in _SAYERS:
            yield from call.args
        elif name == "on_progress" and len(call.args) == 4:
            yield call.args[3]
        elif (
            name in ("append", "extend")
            and isinstance(call.func, ast.Attribute)
            and _name_of(call.func.value) in _NAMES
        ):
            yield from call.args
        yield from (word.value for word in call.keywords if word.arg in _NAMES)

    def templates(self, node: ast.expr, depth: int = 0, seen: frozenset[str] = frozenset()) -> set[str]:
        """What an expression may say, as far as it is said here."""
        if depth > _DEEPEST:
            return set()
        deeper = [
            (part, seen) for part in _parts_of(node)
        ]  # fmt: skip
        if isinstance(node, ast.Constant):
            return {node.value} if isinstance(node.value, str) and node.value else set()
        if isinstance(node, ast.JoinedStr):
            said = "".join(str(part.value) if isinstance(part, ast.Constant) else _GAP for part in node.values)
            return {said} if said.replace(_GAP, "").strip() else set()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = (self.templates(side, depth + 1, seen) for side in (node.left, node.right))
            if not (left and right) or any(isinstance(side, ast.Tuple | ast.List) for side in (node.left, node.right)):
                return left | right
            return {f"{one}{other}" for one in left for other in right}
        if isinstance(node, ast.Name) and node.id not in seen:
            deeper = [(value, seen | {node.id}) for value in self._assigned.get(node.id, ())]
        if isinstance(node, ast.Call) and (name := _name_of(node.func)) in self._functions and name not in seen:
            deeper = [(value, seen | {name}) for value in _given_by(self._functions[name])]
        return {said for part, known in deeper for said in self.templates(part, depth + 1, known)}


def _parts_of(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return node.elts
    if isinstance(node, ast.Starred):
        return [node.value]
    if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
        return [node.elt]
    if isinstance(node, ast.Dict):
        return list(node.values)
    if isinstance(node, ast.Subscript):
        return [node.value]
    return []


def _given_by(function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
            yield node.value


def _name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
