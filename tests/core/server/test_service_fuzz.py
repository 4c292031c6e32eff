"""Whatever is sent: an answer in time, and never a 5xx."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema

from fakes.core_rig import CoreRig
from fakes.requests import small_jpeg, small_request
from vem_core.contract.codec import dumps, loads, to_json
from vem_core.contract.errors import ContractError, LimitExceeded
from vem_core.contract.request import ScoreRequest
from vem_core.contract.service import JobSubmission
from vem_core.server.settings import Limits
from vem_core.server.upload import check_jpeg

PATIENCE_S = 20.0
BOUNDED = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def http(shared_core: CoreRig) -> Iterator[httpx.Client]:
    with shared_core.raw() as client:
        yield client


@pytest.fixture(scope="module")
def described(http: httpx.Client) -> BaseSchema:
    """The running core's own description, without the call that ends it."""
    schema = schemathesis.openapi.from_dict(http.get("/v1/openapi.json").json())
    schema.config.base_url = str(http.base_url)
    return schema.exclude(path="/v1/shutdown")


def test_no_described_call_breaks_the_core(described: BaseSchema, http: httpx.Client) -> None:
    headers = {"Authorization": http.headers["authorization"]}
    tried = []
    for operation in (result.ok() for result in described.get_all_operations()):

        @given(case=operation.as_strategy())
        @BOUNDED
        def check(case: schemathesis.Case) -> None:
            response = case.call(headers=headers, timeout=PATIENCE_S)
            case.validate_response(response, checks=[not_a_server_error])

        check()
        tried.append(operation.label)
    assert len(tried) >= 9


POOL = [str(uuid.UUID(int=number)) for number in range(1, 4)]
ACTIONS = ["submit", "submit other", "status", "cancel", "delete", "result", "file", "events", "unload"]


@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(POOL)), min_size=5, max_size=25))
@settings(BOUNDED, max_examples=6)
def test_no_order_of_calls_breaks_the_core(http: httpx.Client, walk: list[tuple[str, str]]) -> None:
    for action, job in walk:
        response = _act(http, action, job)
        assert response.status_code < 500, (action, response.text)
        if response.status_code >= 400:
            assert set(response.json()) == {"code", "message", "hint", "details"}
    for job in POOL:
        assert http.delete(f"/v1/jobs/{job}").status_code in (204, 404)


def _act(http: httpx.Client, action: str, job: str) -> httpx.Response:
    match action:
        case "submit" | "submit other":
            request, jpegs = small_request("steps=3 pause=0.01", seed=len(action))
            body = dumps(JobSubmission(job, request)).encode()
            files = [("job", ("job.json", body, "application/json"))]
            files += [("thumbnail", (name, jpeg, "image/jpeg")) for name, jpeg in jpegs.items()]
            return http.post("/v1/jobs", files=files)
        case "cancel":
            return http.post(f"/v1/jobs/{job}/cancel")
        case "delete":
            return http.delete(f"/v1/jobs/{job}")
        case "result":
            return http.get(f"/v1/jobs/{job}/result")
        case "file":
            return http.get(f"/v1/jobs/{job}/files/mix.wav")
        case "events":
            return http.get(f"/v1/jobs/{job}/events")
        case "unload":
            return http.post("/v1/unload")
        case _:
            return http.get(f"/v1/jobs/{job}")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


WHOLE = to_json(small_request(shots=2)[0])


@given(place=st.sampled_from([place for place in places(WHOLE) if place]), value=json_values)
@settings(BOUNDED, max_examples=100)
def test_codec_answers_any_change_with_a_request_or_a_contract_error(place: tuple[Any, ...], value: object) -> None:
    message = json.loads(json.dumps(WHOLE))
    parent = message
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = value
    with contextlib.suppress(ContractError):
        request = loads(ScoreRequest, json.dumps(message))
        assert loads(ScoreRequest, dumps(request).encode()) == request


@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
@settings(BOUNDED, max_examples=60)
def test_codec_answers_any_bytes_with_a_contract_error(text: bytes) -> None:
    with pytest.raises(ContractError):
        loads(ScoreRequest, text)


@given(cut=st.integers(0, 300), flips=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=8))
@settings(BOUNDED, max_examples=60)
def test_any_damaged_picture_is_taken_or_refused_in_words(cut: int, flips: list[tuple[int, int]]) -> None:
    jpeg = bytearray(small_jpeg(7))
    for position, value in flips:
        jpeg[position % len(jpeg)] = value
    with contextlib.suppress(ContractError, LimitExceeded):  # anything else would be a 500
        check_jpeg(bytes(jpeg[: len(jpeg) - cut]), Limits().thumbnail_pixels)


BODY_TYPES = ["multipart/form-data; boundary=x", "multipart/form-data", "application/json"]


@given(st.binary(max_size=400), st.sampled_from(BODY_TYPES))
@settings(BOUNDED, max_examples=30)
def test_any_body_is_answered(http: httpx.Client, body: bytes, kind: str) -> None:
    dressed = b'--x\r\nContent-Disposition: form-data; name="job"\r\n\r\n' + body + b"\r\n--x--\r\n"
    for content in (body, dressed):
        response = http.post("/v1/jobs", content=content, headers={"Content-Type": kind}, timeout=PATIENCE_S)
        assert 400 <= response.status_code < 500
