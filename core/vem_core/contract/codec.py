"""A strict codec between frozen dataclasses and JSON.

The wire form is the dataclass's own shape: a field per name, tuples as arrays, fractions as "24000/1001", enumerations
as their values; `from_`, which Python would not have without its underscore, is "from". A class with a `schema_label`
writes it as the field `schema`; that label is read back, and earlier ones that `upgrades` knows. A field that is UNSET
is not written. What a message does not say, or says beyond its class, is an error that names the place: nothing is
guessed or dropped.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from vem_core.contract.errors import ContractError
from vem_core.contract.unset import UNSET, Unset
from vem_core.contract.upgrades import is_newer, upgraded

T = TypeVar("T")
SCHEMA_FIELD = "schema"


def to_json(message: object) -> Any:
    """A contract object as plain JSON values.

    Raises ContractError for a number that JSON cannot hold (NaN, infinity) or a type outside the contract.
    """
    if isinstance(message, Unset):
        raise ContractError("What is unset can only be left out.")
    if message is None or isinstance(message, bool | int | str):
        return message.value if isinstance(message, enum.Enum) else message
    if isinstance(message, float):
        if not math.isfinite(message):
            raise ContractError(f"{message} cannot be sent: numbers must be finite.")
        return message
    if isinstance(message, Fraction):
        return f"{message.numerator}/{message.denominator}"
    if isinstance(message, tuple):
        return [to_json(item) for item in message]
    if dataclasses.is_dataclass(message) and not isinstance(message, type):
        values = ((name, getattr(message, field)) for field, name in _names_of(type(message)))
        fields = {name: to_json(value) for name, value in values if value is not UNSET}
        label = getattr(message, "schema_label", None)
        return fields if label is None else {SCHEMA_FIELD: label, **fields}
    raise ContractError(f"{type(message).__name__} is not part of the contract.")


def from_json(cls: type[T], value: object, path: str = "") -> T:
    """The `cls` that plain JSON values describe.

    Fields that have a default may be left out. Raises ContractError naming the field that is missing, unknown, of the
    wrong type or out of range; its detail `newer` is true where a label is of a later version of this program.
    """
    return typing.cast(T, _decode(cls, value, path or cls.__name__))


def dumps(message: object) -> str:
    """Canonical JSON text: sorted keys, no spaces. Equal objects give equal text."""
    return json.dumps(to_json(message), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def loads(cls: type[T], text: str | bytes) -> T:
    """The `cls` in a JSON text. Raises ContractError for text that is not JSON or not a `cls`."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ContractError(f"This is not JSON: {error}.") from error
    return from_json(cls, value)


def content_hash(message: object) -> str:
    """SHA-256 (hex) of an object's canonical JSON."""
    return hashlib.sha256(dumps(message).encode()).hexdigest()


def wire_name(field: str) -> str:
    """A field's name in JSON: without the underscore of one that Python has a word for."""
    return field.removesuffix("_")


@functools.cache
def _names_of(cls: type) -> tuple[tuple[str, str], ...]:
    """The fields of a class, and their names in JSON."""
    return tuple((field.name, wire_name(field.name)) for field in dataclasses.fields(cls))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


@functools.cache
def _decoder_of(expected: Any) -> Callable[[Any, str], object]:
    """What makes a value of a type out of one of JSON; found once for each type, as long requests hold thousands."""
    origin = typing.get_origin(expected)
    if origin in (types.UnionType, typing.Union):
        return functools.partial(_decode_union, typing.get_args(expected))
    if origin is tuple:
        return functools.partial(_decode_tuple, typing.get_args(expected))
    if dataclasses.is_dataclass(expected) and isinstance(expected, type):
        return functools.partial(_decode_dataclass, _Shape.of(expected))
    if isinstance(expected, type) and issubclass(expected, enum.Enum):
        return functools.partial(_decode_enum, expected)
    if expected is Fraction:
        return _decode_fraction
    return functools.partial(_decode_plain, expected)


def _decode(expected: Any, value: object, path: str) -> object:
    return _decoder_of(expected)(value, path)


def _decode_plain(expected: Any, value: object, path: str) -> object:
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        return _finite(float(value) if abs(value) < 2**1000 else math.inf, path)
    if expected is float and isinstance(value, float):
        return _finite(value, path)
    if expected is str and isinstance(value, str):
        return _decode_text(value, path)
    if type(value) is expected:
        return value
    raise ContractError(f"{path} should be {_name(expected)}, not {_name(type(value))}.", field=path)


def _decode_union(options: tuple[Any, ...], value: object, path: str) -> object:
    if value is None and type(None) in options:
        return None
    concrete = [option for option in options if option not in (type(None), Unset)]
    if len(concrete) > 1:
        return _decode(_labelled(concrete, value, path), value, path)
    return _decode(concrete[0], value, path)


def _labelled(messages: list[Any], value: object, path: str) -> Any:
    """The one of several messages that a value's schema label names. Labels differ by more than their number."""
    label = str(value.get(SCHEMA_FIELD)) if isinstance(value, dict) else ""
    for message in messages:
        if message.schema_label.partition(".")[0] == label.partition(".")[0]:
            return message
    known = ", ".join(message.schema_label for message in messages)
    raise ContractError(f"{path} should carry one of the schemas {known}.", field=f"{path}.{SCHEMA_FIELD}")


def _decode_tuple(arguments: tuple[Any, ...], value: object, path: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise ContractError(f"{path} should be an array, not {_name(type(value))}.", field=path)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_decode(arguments[0], item, f"{path}[{index}]") for index, item in enumerate(value))
    if len(value) != len(arguments):
        raise ContractError(f"{path} should have {len(arguments)} items, not {len(value)}.", field=path)
    return tuple(
        _decode(kind, item, f"{path}[{index}]") for index, (kind, item) in enumerate(zip(arguments, value, strict=True))
    )


@dataclass(frozen=True)
class _Shape:
    """A dataclass as it is read: its schema label, the fields by their names in JSON, and which must be there."""

    cls: type
    label: str | None
    fields: Mapping[str, tuple[str, Any]]  # name in Python, type
    required: tuple[str, ...]

    @classmethod
    def of(cls, described: type) -> _Shape:
        kinds = typing.get_type_hints(described)
        fields = dataclasses.fields(described)
        nothing = dataclasses.MISSING
        return cls(
            described,
            getattr(described, "schema_label", None),
            {wire_name(field.name): (field.name, kinds[field.name]) for field in fields},
            tuple(
                wire_name(field.name)
                for field in fields
                if field.default is nothing and field.default_factory is nothing
            ),
        )


def _decode_dataclass(shape: _Shape, value: object, path: str) -> object:
    if not isinstance(value, dict):
        raise ContractError(f"{path} should be an object, not {_name(type(value))}.", field=path)
    fields = dict(value)
    label = shape.label
    if label is not None:
        found, fields = upgraded(fields.pop(SCHEMA_FIELD, None), fields, label)
        if found != label:
            raise ContractError(
                f"{path} should carry the schema {label}, not {found!r}.",
                field=f"{path}.{SCHEMA_FIELD}",
                newer=is_newer(found, label),
            )
    for name in fields:
        if name not in shape.fields:
            raise ContractError(f"{path} has no field {name!r}.", field=f"{path}.{name}")
    for name in shape.required:
        if name not in fields:
            raise ContractError(f"{path}.{name} is missing.", field=f"{path}.{name}")
    decoded = {}
    for name, item in fields.items():
        own, kind = shape.fields[name]
        decoded[own] = _decoder_of(kind)(item, f"{path}.{name}")
    try:
        return shape.cls(**decoded)
    except ContractError as error:
        raise ContractError(f"{path}: {error.message}", field=path) from error


def _decode_enum(cls: type[enum.Enum], value: object, path: str) -> enum.Enum:
    for member in cls:
        if type(value) is type(member.value) and value == member.value:
            return member
    renamed = cls._missing_(value)
    if isinstance(renamed, cls):  # what an earlier version wrote
        return renamed
    names = ", ".join(str(member.value) for member in cls)
    raise ContractError(f"{path} should be one of {names}, not {value!r}.", field=path)


def _decode_fraction(value: object, path: str) -> Fraction:
    if isinstance(value, str):
        numerator, slash, denominator = value.partition("/")
        if slash and numerator.lstrip("-").isdecimal() and denominator.isdecimal() and len(value) < 64:
            try:
                return Fraction(int(numerator), int(denominator))
            except (ZeroDivisionError, ValueError):
                pass
    raise ContractError(f'{path} should be a fraction such as "24000/1001", not {value!r}.', field=path)


def _decode_text(value: str, path: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:  # half a surrogate pair, which JSON can spell and UTF-8 cannot hold
            raise ContractError(f"{path} holds half a character.", field=path) from error
    return value


def _finite(value: float, path: str) -> float:
    if not math.isfinite(value):
        raise ContractError(f"{path} should be a finite number.", field=path)
    return value


def _name(kind: Any) -> str:
    names = {dict: "an object", list: "an array", str: "text", bool: "true or false", type(None): "null"}
    names |= {int: "a whole number", float: "a number"}
    return names.get(kind, getattr(kind, "__name__", str(kind)))
