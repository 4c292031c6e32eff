"""Who is let in, by what name, with what: refused quickly and in words."""

from __future__ import annotations

import io
import json
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

from fakes.core_rig import CoreRig, wait_until
from fakes.requests import small_jpeg, small_request
from vem_core.contract.codec import dumps, to_json
from vem_core.contract.service import JobSubmission, is_job_id
from vem_core.server.settings import Limits

PATHS = [
    ("GET", "/v1/hello"),
    ("GET", "/v1/models"),
    ("POST", "/v1/jobs"),
    ("GET", f"/v1/jobs/{uuid.UUID(int=1)}"),
    ("GET", f"/v1/jobs/{uuid.UUID(int=1)}/events"),
    ("POST", "/v1/shutdown"),
    ("GET", "/v1/openapi.json"),
    ("GET", "/"),
]


@pytest.fixture(scope="module")
def http(shared_core: CoreRig) -> Iterator[httpx.Client]:
    with shared_core.raw() as client:
        yield client


def refused(response: httpx.Response, status: int) -> str:
    """The error's code, once status and form are as they should be."""
    assert response.status_code == status, response.text
    error = response.json()
    assert set(error) == {"code", "message", "hint", "details"}
    assert " " in error["message"]
    return str(error["code"])


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize("token", [None, "", "Bearer", "Bearer wrong", "Bearer \u00e9", "Basic dTpw"])
def test_wrong_token_opens_nothing(http: httpx.Client, method: str, path: str, token: str | None) -> None:
    headers = {} if token is None else {"Authorization": token.encode("latin-1")}
    with httpx.Client(base_url=http.base_url, trust_env=False) as stranger:
        response = stranger.request(method, path, headers=headers)
    assert refused(response, 401) == "core.not-authorised"
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "0.0.0.0", "[::2]", ""])
def test_foreign_host_name_is_refused(http: httpx.Client, host: str) -> None:
    assert refused(http.get("/v1/hello", headers={"Host": host}), 403) == "core.not-authorised.source"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "127.0.0.1", "[::1]:4"])
def test_loopback_host_names_are_served(http: httpx.Client, host: str) -> None:
    assert http.get("/v1/hello", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", ""])
def test_web_pages_are_refused(http: httpx.Client, origin: str) -> None:
    assert refused(http.post("/v1/unload", headers={"Origin": origin}), 403) == "core.not-authorised.source"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_body_of_another_kind_is_refused(http: httpx.Client, kind: str) -> None:
    response = http.post("/v1/jobs", content=b"{}", headers={"Content-Type": kind})
    assert refused(response, 415) == "contract.body"


def test_ten_gigabytes_are_refused_before_they_are_sent(shared_core: CoreRig) -> None:
    address = shared_core.address
    port = int(address.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(
            f"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {address.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {10 * 2**30}\r\n\r\n{{".encode()
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"input.too-large" in answer


def test_endless_json_part_is_refused_at_its_limit(http: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--xyz\r\nContent-Disposition: form-data; name="job"\r\n\r\n{"a":"'
        for _ in range(Limits().json_bytes // 2**16 + 4):
            yield b"a" * 2**16
        time.sleep(0.5)  # the answer is here by now; what follows is never read

    headers = {"Content-Type": "multipart/form-data; boundary=xyz"}
    try:
        response = http.post("/v1/jobs", content=endless(), headers=headers)
    except httpx.TransportError:
        return  # the core hung up while we were still sending
    assert refused(response, 413) == "input.too-large"


def post_job(
    http: httpx.Client, change: Callable[[dict[str, Any]], None] = lambda message: None, **thumbnails: bytes
) -> httpx.Response:
    request, jpegs = small_request()
    message = to_json(JobSubmission(str(uuid.uuid4()), request, "door"))
    change(message)
    files = [("job", ("job.json", json.dumps(message).encode(), "application/json"))]
    files += [("thumbnail", (name, jpeg, "image/jpeg")) for name, jpeg in (thumbnails or jpegs).items()]
    return http.post("/v1/jobs", files=files)


@pytest.mark.parametrize(
    "text", ["../../etc/passwd", "..", "/etc/passwd", "C:\\windows", "%2e%2e/x", "a\u0000b", "\ud800"]
)
def test_paths_in_every_field_lead_nowhere(http: httpx.Client, shared_core: CoreRig, text: str) -> None:
    def everywhere(value: object) -> object:
        if isinstance(value, dict):
            return {name: item if name == "schema" else everywhere(item) for name, item in value.items()}
        if isinstance(value, list):
            return [everywhere(item) for item in value]
        return text if isinstance(value, str) else value

    def in_free_text(message: dict[str, Any]) -> None:
        message["client"] = message["request"]["sheet"]["name"] = message["request"]["direction"]["prompt"] = text
        for shot in message["request"]["sheet"]["shots"]:
            shot["name"], shot["words"] = text, [text]

    def in_id(message: dict[str, Any]) -> None:
        message["id"] = text

    assert refused(post_job(http, lambda message: message.update(everywhere(message))), 422)  # type: ignore[call-overload]
    assert refused(post_job(http, in_id), 422)
    assert post_job(http, in_free_text).status_code in (201, 422)
    assert refused(post_job(http, **{text.encode("ascii", "replace").decode(): small_jpeg(0)}), 422)
    wait_until(lambda: http.get("/v1/hello").json()["jobs_running"] == 0)
    assert sorted(path.name for path in shared_core.state_folder.iterdir()) == ["incoming", "jobs", "lock"]
    assert not list((shared_core.state_folder / "incoming").iterdir())
    assert all(is_job_id(path.name) for path in (shared_core.state_folder / "jobs").iterdir())


@pytest.mark.parametrize(
    "path",
    [
        "/v1/jobs/..%2f..%2fetc",
        "/v1/jobs/../../etc/passwd",
        "/v1/jobs/{job}/files/..%2f..%2fjob.json",
        "/v1/jobs/{job}/files/../job.json",
        "/v1/jobs/{job}/files/%2fetc%2fpasswd",
        "/v1/jobs/{job}/files/result.json",
        "/v1/jobs/{job}/files/.hidden",
        "/v1/jobs/{job}/files/mix.wav%00",
        "/v1/jobs/{job}/files/mix.wav%0a",
    ],
)
def test_paths_in_addresses_lead_nowhere(http: httpx.Client, path: str) -> None:
    job = post_job(http).json()["job"]
    with http.stream("GET", f"/v1/jobs/{job}/events") as stream:
        stream.read()
    url = str(http.base_url).rstrip("/") + path.format(job=job)
    response = http.get(httpx.URL(url))
    assert response.status_code in (404, 422)
    assert b"root:" not in response.content
    assert b"JobRecord" not in response.content


def jpeg_of(width: int, height: int) -> bytes:
    """A tiny JPEG whose header claims any size: the header of a small one, rewritten."""
    jpeg = bytearray(small_jpeg(0))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(jpeg)


@pytest.mark.parametrize(("width", "height"), [(10_000, 10_000), (65_535, 65_535), (1_500_000 // 1000, 1500)])
def test_huge_pictures_are_refused_by_their_header(http: httpx.Client, width: int, height: int) -> None:
    picture = jpeg_of(width, height)
    assert len(picture) < 1000
    response = _post_picture(http, picture)
    assert refused(response, 413) == "input.too-large"


@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "BMP"])
def test_pictures_that_are_not_jpegs_are_refused(http: httpx.Client, kind: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, kind)
    assert refused(_post_picture(http, buffer.getvalue()), 422) == "contract"


def test_thumbnail_that_is_too_many_bytes_is_refused(http: httpx.Client) -> None:
    assert refused(_post_picture(http, small_jpeg(0) + bytes(Limits().thumbnail_bytes)), 413) == "input.too-large"


def test_damaged_thumbnail_is_refused(http: httpx.Client) -> None:
    _, jpegs = small_request()
    name = next(iter(jpegs))
    response = post_job(http, **(jpegs | {name: jpegs[name] + b"x"}))
    assert "damaged" in response.json()["message"]
    assert refused(response, 422) == "contract"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda message: message["request"]["sheet"].update(duration_frames=10**15), 422),
        (lambda message: message["request"]["sheet"].update(rate="1/1000000"), 413),
        (lambda message: message["request"].update(seed=2**64), 422),
        (lambda message: message["request"].update(surprise=1), 422),
        (lambda message: message.pop("request"), 422),
        (lambda message: message.update(schema="JobSubmission.2"), 422),
        (lambda message: message["request"].update(thumbnails=[]), 422),
    ],
)
def test_request_that_breaks_the_contract_is_refused(
    http: httpx.Client, change: Callable[[dict[str, Any]], None], status: int
) -> None:
    assert refused(post_job(http, change), status)


@pytest.mark.parametrize(
    "body", [b"", b"[" * 100_000, b"{" * 1000, b'{"a":' + b"9" * 5000 + b"}", b"\xff\xfe", b"null"]
)
def test_hostile_json_is_refused_in_words(http: httpx.Client, body: bytes) -> None:
    response = http.post("/v1/jobs", files=[("job", ("job.json", body, "application/json"))])
    assert refused(response, 422) == "contract"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--xyz",
        b"--xyz\r\n\r\nno headers\r\n--xyz--",
        b'--xyz\r\nContent-Disposition: form-data; name="job"\r\n\r\n{}',  # never ends
        b'--xyz\r\nContent-Disposition: form-data; name="evil"; filename="../../x"\r\n\r\nx\r\n--xyz--\r\n',
        b"--abc\r\nnot this boundary\r\n--abc--",
        b"--xyz\r\n" + b"A: b\r\n" * 100 + b"\r\nx\r\n--xyz--\r\n",
    ],
)
def test_broken_multipart_is_refused_in_words(http: httpx.Client, body: bytes) -> None:
    response = http.post("/v1/jobs", content=body, headers={"Content-Type": "multipart/form-data; boundary=xyz"})
    assert refused(response, 422) == "contract"


def test_two_requests_in_one_submission_are_refused(http: httpx.Client) -> None:
    request, _ = small_request()
    body = dumps(JobSubmission(str(uuid.uuid4()), request)).encode()
    part = ("job", ("job.json", body, "application/json"))
    assert refused(http.post("/v1/jobs", files=[part, part]), 422) == "contract"


def test_unknown_job_and_malformed_id_are_told_apart(http: httpx.Client) -> None:
    assert refused(http.get(f"/v1/jobs/{uuid.uuid4()}"), 404) == "core.job-unknown"
    assert refused(http.get("/v1/jobs/MY-JOB"), 422) == "contract"


def test_unknown_call_is_answered_in_the_same_form(http: httpx.Client) -> None:
    assert refused(http.get("/v2/everything"), 404)
    assert refused(http.put("/v1/hello"), 405)


def _post_picture(http: httpx.Client, picture: bytes) -> httpx.Response:
    import hashlib

    return post_job(http, **{hashlib.sha256(picture).hexdigest(): picture})
