"""Receiving a submission: multipart parts streamed to disk, each bounded, hashed and looked at before it counts."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from PIL import Image
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from vem_core.contract.codec import content_hash, dumps, loads
from vem_core.contract.errors import ContractError, LimitExceeded
from vem_core.contract.request import ScoreRequest
from vem_core.contract.service import JobRequest, JobSubmission, kept_sounds_of, sheet_of, sounds_of, thumbnails_of
from vem_core.server.settings import Limits

_THUMBNAIL_NAME = re.compile(r"([0-9a-f]{64})(\.jpg)?", re.ASCII)
_SOUND_NAME = re.compile(r"([0-9a-f]{64})(\.wav)?", re.ASCII)
_WAV_STARTS = (b"RIFF", b"RF64")
_PIECE_BYTES = 512 * 1024
_JPEG_START = b"\xff\xd8\xff"


@dataclass
class _Part:
    """The part that is being received."""

    headers: dict[str, str] = field(default_factory=dict)
    name: str = ""
    file_name: str = ""
    data: IO[bytes] = field(default_factory=io.BytesIO)
    limit_bytes: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)  # of what came so far
    head: bytes = b""  # its first four bytes


class UploadReceiver:
    """Takes a multipart body apart into `folder`: the request to request.json, each JPEG to thumbnails/<sha256>.jpg,
    each sound of the take before to a .wav beside them.

    No more than one part is held in memory, sounds not at all, and no part beyond its limit.
    """

    def __init__(self, boundary: bytes, folder: Path, limits: Limits) -> None:
        self.folder = folder
        self._limits = limits
        self._part = _Part()
        self._header_name = b""
        self._header_value = b""
        self._submission: bytes | None = None
        self._thumbnails: set[str] = set()
        self._sounds: set[str] = set()
        self._other_sounds: set[str] = set()  # those that are no WAV: to be heard, not to be kept
        self._received = {"thumbnail": 0, "sound": 0}  # parts, however often the same file was among them
        self._complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._take_header_name,
                "on_header_value": self._take_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._take_data,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    async def receive(self, body: AsyncIterator[bytes]) -> JobSubmission:
        """Read the whole body. Raises ContractError, LimitExceeded, OSError.

        All work on it is done in threads: other clients' calls go on meanwhile.
        """
        try:
            async for piece in _gathered(_without_stalls(body, self._limits.stall_s), _PIECE_BYTES):
                await asyncio.to_thread(self._parser.write, piece)
            return await asyncio.to_thread(self._finish)
        except MultipartParseError as error:
            raise ContractError("The multipart body is malformed.") from error
        finally:
            self._part.data.close()

    def _finish(self) -> JobSubmission:
        self._parser.finalize()
        if not self._complete:
            raise ContractError("The upload ended before its end; nothing was kept.")
        if self._submission is None:
            raise ContractError("The submission has no part `job`.", field="job")
        submission = loads(JobSubmission, self._submission)
        check_size(submission.request, self._limits)
        self._check_thumbnails(submission.request)
        self._check_sounds(submission.request)
        (self.folder / "request.json").write_text(dumps(submission.request), encoding="utf-8")
        return submission

    def _check_thumbnails(self, request: JobRequest) -> None:
        named = thumbnails_of(request)
        missing = sorted(named - self._thumbnails)
        if missing:
            raise ContractError(f"The request names {len(missing)} thumbnails that were not sent.", first=missing[0])
        if self._thumbnails - named:
            raise ContractError("Thumbnails were sent that the request does not name.")

    def _check_sounds(self, request: JobRequest) -> None:
        if sounds_of(request) != self._sounds:
            raise ContractError("The sounds that were sent are not those that the request names.", field="recut")
        if isinstance(request, ScoreRequest) and self._other_sounds & kept_sounds_of(request):
            raise ContractError("A sound is not a WAV file.", field="sound")

    def _begin_part(self) -> None:
        self._part = _Part()

    def _take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._part.headers[self._header_name.decode("latin-1").lower()] = self._header_value.decode("latin-1")
        self._header_name = self._header_value = b""

    def _end_headers(self) -> None:
        kind, options = parse_options_header(self._part.headers.get("content-disposition", ""))
        part = self._part
        part.name = options.get(b"name", b"").decode("latin-1") if kind == b"form-data" else ""
        part.file_name = options.get(b"filename", b"").decode("latin-1")
        if part.name == "job":
            if self._submission is not None:
                raise ContractError("The submission has two parts `job`.", field="job")
            part.limit_bytes = self._limits.json_bytes
        elif part.name == "thumbnail":
            self._count("thumbnail", self._limits.thumbnails)
            if _THUMBNAIL_NAME.fullmatch(part.file_name) is None:
                raise ContractError("The file name of a thumbnail must be the SHA-256 of its bytes.", field="thumbnail")
            part.limit_bytes = self._limits.thumbnail_bytes
        elif part.name == "sound":
            self._count("sound", self._limits.sounds)
            if _SOUND_NAME.fullmatch(part.file_name) is None:
                raise ContractError("The file name of a sound must be the SHA-256 of its bytes.", field="sound")
            part.limit_bytes = self._limits.sound_bytes
            part.data = (self.folder / "thumbnails" / f"{part.file_name[:64]}.wav").open("wb")
        else:
            raise ContractError("A submission has the parts `job`, `thumbnail` and `sound`, and no others.")

    def _count(self, name: str, limit: int) -> None:
        self._received[name] += 1
        if self._received[name] > limit:
            raise LimitExceeded(f"More than {limit} {name}s were sent.")

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.data.tell() + end - start > part.limit_bytes:
            raise LimitExceeded(f"The part `{part.name}` is larger than {part.limit_bytes} bytes.", part=part.name)
        part.data.write(data[start:end])
        part.digest.update(data[start:end])
        part.head = (part.head + data[start : min(end, start + 4)])[:4]

    def _end_part(self) -> None:
        if self._part.name == "sound":
            self._end_sound()
            self._part = _Part()
            return
        self._part.data.seek(0)
        data = self._part.data.read()
        if self._part.name == "job":
            self._submission = data
        else:
            sha256 = self._part.file_name[:64]
            if self._part.digest.hexdigest() != sha256:
                raise ContractError(f"The thumbnail {sha256[:12]}… was damaged on its way.", field="thumbnail")
            check_jpeg(data, self._limits.thumbnail_pixels)
            (self.folder / "thumbnails" / f"{sha256}.jpg").write_bytes(data)
            self._thumbnails.add(sha256)
        self._part = _Part()

    def _end_sound(self) -> None:
        part, sha256 = self._part, self._part.file_name[:64]
        part.data.close()
        if part.digest.hexdigest() != sha256:
            raise ContractError(f"The sound {sha256[:12]}… was damaged on its way.", field="sound")
        self._sounds.add(sha256)
        if part.head not in _WAV_STARTS:
            self._other_sounds.add(sha256)

    def _end(self) -> None:
        self._complete = True


async def _gathered(chunks: AsyncIterator[bytes], piece_bytes: int) -> AsyncIterator[bytes]:
    """The same bytes in fewer pieces: each costs a change of thread."""
    gathered = bytearray()
    async for chunk in chunks:
        gathered += chunk
        if len(gathered) >= piece_bytes:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


async def _without_stalls(body: AsyncIterator[bytes], stall_s: float) -> AsyncIterator[bytes]:
    """The chunks of a body, as long as they keep coming. Raises ContractError for a sender that fell silent."""
    chunks = aiter(body)
    while True:
        try:
            yield await asyncio.wait_for(anext(chunks), stall_s)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise ContractError(f"Nothing was sent for {stall_s:.0f} s; nothing was kept.") from error


def open_multipart(content_type: str, folder: Path, limits: Limits) -> UploadReceiver:
    """A receiver for a body of that content type. Raises ContractError unless it is multipart/form-data."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 1 <= len(boundary) <= 70:  # RFC 2046, 5.1.1
        raise ContractError("A submission is multipart/form-data with a boundary.", field="content-type")
    return UploadReceiver(boundary, folder, limits)


def check_jpeg(data: bytes, max_pixels: int) -> None:
    """Refuse what is not a JPEG, or is one of too many pixels, by its header alone: nothing is decoded.

    Raises ContractError, LimitExceeded.
    """
    if not data.startswith(_JPEG_START):
        raise ContractError("A thumbnail is not a JPEG.", field="thumbnail")
    try:
        with _open_jpeg(io.BytesIO(data)) as image:
            width, height = image.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LimitExceeded(f"A thumbnail has more than {max_pixels} pixels.") from error
    except Exception as error:  # Pillow's readers raise whatever their arithmetic trips over
        raise ContractError("A thumbnail's JPEG header cannot be read.", field="thumbnail") from error
    if width * height > max_pixels:
        raise LimitExceeded(f"A thumbnail of {width} x {height} has more than {max_pixels} pixels.")


def check_size(request: JobRequest, limits: Limits) -> None:
    """Refuse a request whose score could not be made in reasonable time and space. Raises LimitExceeded."""
    sheet = sheet_of(request)
    if not 1 <= sheet.rate <= 1000:
        raise LimitExceeded("The frame rate must lie between 1 and 1000.", field="sheet.rate")
    if sheet.duration_frames > limits.duration_s * sheet.rate:
        raise LimitExceeded(f"The timeline is longer than {limits.duration_s // 3600} hours.", field="sheet")
    if max(len(sheet.shots), len(sheet.events), len(sheet.dropped)) > limits.shots:
        raise LimitExceeded(f"The timeline has more than {limits.shots} shots or markers.", field="sheet")
    if len(thumbnails_of(request)) > limits.thumbnails:
        raise LimitExceeded(f"The request names more than {limits.thumbnails} thumbnails.", field="thumbnails")


def request_sha256(request: JobRequest) -> str:
    """The hash by which a request is recognised."""
    return content_hash(request)


def _open_jpeg(file: IO[bytes]) -> Image.Image:
    return Image.open(file, formats=["JPEG"])
