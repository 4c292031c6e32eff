"""The OpenAPI description, written from the contract's own dataclasses: what it says is what the codec accepts."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from fractions import Fraction
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from vem_core.contract.codec import SCHEMA_FIELD, wire_name
from vem_core.contract.progress import Progress
from vem_core.contract.service import RESULTS, CoreHello, JobSubmission, ModelInfo

_SIMPLE = {int: "integer", float: "number", str: "string", bool: "boolean"}
_MESSAGES = (CoreHello, ModelInfo, JobSubmission, Progress, *dict.fromkeys(RESULTS.values()))
_ERROR = {
    "type": "object",
    "required": ["code", "message", "hint", "details"],
    "properties": {
        "code": {"type": "string", "description": "stable; a longer code is a special case of its beginning"},
        "message": {"type": "string"},
        "hint": {"type": "string", "description": "what a person can do"},
        "details": {"type": "object"},
    },
}
_REFUSALS = {
    400: "The call cannot be served",
    401: "The token is missing or not the one of this core",
    403: "Called by a foreign host name, or from a web page",
    404: "There is no such job or file",
    409: "The job's state, or its id, does not allow this",
    413: "Too large",
    415: "A body of a kind that no call takes",
    422: "The message breaks the contract",
    429: "The queue is full",
    507: "The core's disk is full",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The application's OpenAPI document."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        components = document.setdefault("components", {})
        schemas: dict[str, Any] = {"Error": _ERROR}
        for message in _MESSAGES:
            schema_of(message, schemas)
        components["schemas"] = schemas
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
        for path in document["paths"].values():
            for operation in path.values():
                _add_refusals(operation)
        app.openapi_schema = document
    return app.openapi_schema


def schema_of(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of a contract type; dataclasses are added to `schemas` and referred to."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return {"anyOf": [schema_of(option, schemas) for option in arguments]}
    if kind is type(None):
        return {"type": "null"}
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return {"type": "array", "items": schema_of(arguments[0], schemas)}
    if origin is tuple:
        items = [schema_of(argument, schemas) for argument in arguments]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"type": "string", "enum": [member.value for member in kind]}
    if kind is Fraction:
        return {"type": "string", "pattern": r"^-?[0-9]+/[1-9][0-9]*$", "example": "24000/1001"}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _schema_of_dataclass(kind, schemas)
    return {"type": _SIMPLE[kind]}


def answers(message: type, *, status: int = 200) -> dict[str, Any]:
    """An operation that answers with one message of the contract."""
    return _answer(status, {"application/json": {"schema": _reference(message)}})


def answers_list_of(message: type) -> dict[str, Any]:
    """An operation that answers with an array of messages."""
    return _answer(200, {"application/json": {"schema": {"type": "array", "items": _reference(message)}}})


def answers_object(*, status: int = 200, **fields: str) -> dict[str, Any]:
    """An operation that answers with a flat object."""
    properties = {name: {"type": kind} for name, kind in fields.items()}
    schema = {"type": "object", "properties": properties, "required": list(fields)}
    return _answer(status, {"application/json": {"schema": schema}})


def answers_progress(*, status: int = 200) -> dict[str, Any]:
    """An operation that answers with a job's progress."""
    return answers(Progress, status=status)


def answers_result() -> dict[str, Any]:
    """The operation that answers with what a job made: the result of its task."""
    schema = {"oneOf": [_reference(result) for result in dict.fromkeys(RESULTS.values())]}
    return _answer(200, {"application/json": {"schema": schema}})


def answers_stream() -> dict[str, Any]:
    """The operation that streams progress."""
    content = {"text/event-stream": {"schema": {"type": "string", "description": "data: Progress.1, one per event"}}}
    header = {"name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "string"}}
    return _answer(200, content) | {"parameters": [header]}


def answers_file() -> dict[str, Any]:
    """The operation that sends a file."""
    return _answer(200, {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}})


def submission() -> dict[str, Any]:
    """The operation that takes a job: a multipart body with the request and its thumbnails."""
    schema = {
        "type": "object",
        "required": ["job"],
        "additionalProperties": False,
        "properties": {
            "job": _reference(JobSubmission),
            "thumbnail": {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "description": "JPEGs; the file name of each is the SHA-256 of its bytes",
            },
            "sound": {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "description": "WAVs of the take before, or music to be heard; each file's name is its SHA-256",
            },
        },
    }
    content = {"multipart/form-data": {"schema": schema, "encoding": {"job": {"contentType": "application/json"}}}}
    known = {"description": "The id already stands for this request", "content": _progress_content()}
    new = {"description": "The job is new, or begins again", "content": _progress_content()}
    return {"requestBody": {"required": True, "content": content}, "responses": {"200": known, "201": new}}


def _schema_of_dataclass(cls: type, schemas: dict[str, Any]) -> dict[str, Any]:
    if cls.__name__ not in schemas:
        schemas[cls.__name__] = {}  # ends recursion
        kinds = typing.get_type_hints(cls)
        fields = dataclasses.fields(cls)
        properties = {wire_name(field.name): schema_of(kinds[field.name], schemas) for field in fields}
        required = [wire_name(field.name) for field in fields if field.default is dataclasses.MISSING]
        label = getattr(cls, "schema_label", None)
        if label is not None:
            properties[SCHEMA_FIELD] = {"type": "string", "const": label}
            required.insert(0, SCHEMA_FIELD)
        schemas[cls.__name__] = {
            "type": "object",
            "description": (cls.__doc__ or "").strip().partition("\n")[0],
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }
    return _reference(cls)


def _reference(cls: type) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{cls.__name__}"}


def _progress_content() -> dict[str, Any]:
    return {"application/json": {"schema": _reference(Progress)}}


def _answer(status: int, content: dict[str, Any]) -> dict[str, Any]:
    return {"responses": {str(status): {"description": "Done", "content": content}}}


def _add_refusals(operation: dict[str, Any]) -> None:
    for status, description in _REFUSALS.items():
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        operation["responses"][str(status)] = {"description": description, "content": content}
