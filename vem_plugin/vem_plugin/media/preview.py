"""A small movie of the picture with the music, so that a person can watch how the cuts are met."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.container
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageDraw, ImageFont

from vem_core.contract.atomic import make_folder, replacing
from vem_core.contract.cut_sheet import Cut, CutKind, CutSheet
from vem_core.contract.errors import OutputError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_plugin.files.containers import open_container
from vem_plugin.files.locating import MediaLocator
from vem_plugin.media.library import MediaLibrary
from vem_plugin.media.picture import Picture
from vem_plugin.timeline.sheet import ReadCutSheet
from vem_plugin.timeline.shot_media import MediaKind, ShotMedia

WIDTH, HEIGHT = 640, 360

_ENCODERS = (("libx264", {"preset": "superfast", "crf": "23"}), ("mpeg4", {"q": "4"}))
"""In order of preference: FFmpeg can be built without x264, which is under the GPL."""

_AUDIO_BIT_RATE = 192_000
_CARD_GREY, _TITLE_GREY = (64, 64, 64), (24, 24, 24)


def write_preview(read: ReadCutSheet, sheet: CutSheet, locator: MediaLocator, audio: Path, target: Path) -> None:
    """Write an MP4 of `sheet` (the read timeline's sheet or a crop of it) with `audio`, at the timeline's rate.

    Transitions are shown as dissolves. A shot without a picture shows a card with its name. Raises OutputError.
    """
    make_folder(target.parent)
    try:
        with replacing(target) as partial, _Pictures(read, sheet, locator) as pictures:
            _encode(pictures, sheet.rate, audio, partial)
    except av.error.FFmpegError as error:
        raise OutputError(f"The preview {target} cannot be written: {error.strerror}.", path=str(target)) from error


def _encode(pictures: _Pictures, rate: Fraction, audio: Path, target: Path) -> None:
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        video = _video_stream(container, rate)
        sound = container.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="stereo")
        sound.bit_rate = _AUDIO_BIT_RATE
        samples = _audio_frames(audio)
        heard_s = Fraction(0)
        for number, image in enumerate(pictures):
            frame = VideoFrame.from_ndarray(np.asarray(image), format="rgb24")
            frame.pts, frame.time_base = number, 1 / rate
            container.mux(video.encode(frame))
            while heard_s <= number / rate and (chunk := next(samples, None)) is not None:
                container.mux(sound.encode(chunk))
                heard_s += Fraction(chunk.samples, SAMPLE_RATE_HZ)
        for chunk in samples:
            container.mux(sound.encode(chunk))
        container.mux(video.encode())
        container.mux(sound.encode())


def _video_stream(container: av.container.OutputContainer, rate: Fraction) -> VideoStream:
    codec, options = next((name, options) for name, options in _ENCODERS if name in av.codecs_available)
    stream = cast(VideoStream, container.add_stream(codec, rate=rate, options=dict(options)))
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    stream.time_base = 1 / rate
    return stream


def _audio_frames(path: Path) -> Iterator[AudioFrame]:
    """The file's sound as the AAC encoder takes it."""
    resampler = AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE_HZ)
    with open_container(path) as container:
        stream: AudioStream = container.streams.audio[0]
        for frame in container.decode(stream):
            yield from resampler.resample(frame)
    yield from resampler.resample(None)


class _Pictures:
    """The sheet's images in order, one a record frame. Use as a context manager."""

    def __init__(self, read: ReadCutSheet, sheet: CutSheet, locator: MediaLocator) -> None:
        self._read, self._sheet = read, sheet
        self._offset_frames = sheet.start_frames - read.sheet.start_frames
        # Both sides of a dissolve may show one medium: each reads on by itself, in a library of its own.
        self._libraries = (MediaLibrary(locator), MediaLibrary(locator))
        self._stretches = {media: index for index, media in enumerate(read.media)}
        self._last: dict[ShotMedia, tuple[int, Image.Image]] = {}

    def __enter__(self) -> _Pictures:
        return self

    def __exit__(self, *exception: object) -> None:
        for library in self._libraries:
            library.__exit__(*exception)

    def __iter__(self) -> Iterator[Image.Image]:
        dissolves = [cut for cut in self._sheet.cuts if cut.kind is CutKind.DISSOLVE and cut.extent_frames > 1]
        for record_frames in range(self._sheet.duration_frames):
            while dissolves and record_frames >= _dissolve_start(dissolves[0]) + dissolves[0].extent_frames:
                dissolves.pop(0)
            if dissolves and record_frames >= _dissolve_start(dissolves[0]):
                yield self._dissolved(dissolves[0], record_frames)
            else:
                yield self._image(self._media_at(record_frames), record_frames)

    def _dissolved(self, cut: Cut, record_frames: int) -> Image.Image:
        share = (record_frames - _dissolve_start(cut) + 0.5) / cut.extent_frames
        before = self._image(self._media_at(cut.record_frames - 1), record_frames)
        after = self._image(self._media_at(cut.record_frames), record_frames)
        return Image.blend(before, after, share)

    def _media_at(self, record_frames: int) -> ShotMedia:
        return self._read.media_at(record_frames + self._offset_frames)

    def _image(self, media: ShotMedia, record_frames: int) -> Image.Image:
        """What a stretch shows, also beyond its own ends, as a dissolve needs it."""
        timeline_frames = record_frames + self._offset_frames
        source_frame = media.source_frame(timeline_frames)
        held = self._last.get(media)
        if held is not None and held[0] == source_frame:
            return held[1]
        library = self._libraries[self._stretches[media] % 2]
        image = library.draw(media, timeline_frames, _framed) or self._card(media)
        self._last = {key: value for key, value in self._last.items() if key is not media}
        self._last[media] = (source_frame, image)
        if len(self._last) > 2:
            del self._last[next(iter(self._last))]
        return image

    def _card(self, media: ShotMedia) -> Image.Image:
        """What stands for a shot without a picture: its name on grey; black for black."""
        if media.kind is MediaKind.BLACK:
            return Image.new("RGB", (WIDTH, HEIGHT))
        name = self._read.sheet.shots[media.shot].name or media.name
        image = Image.new("RGB", (WIDTH, HEIGHT), _TITLE_GREY if media.kind is MediaKind.GENERATOR else _CARD_GREY)
        font = ImageFont.load_default(size=26)
        ImageDraw.Draw(image).text((WIDTH / 2, HEIGHT / 2), name[:48], font=font, fill=(200, 200, 200), anchor="mm")
        return image


def _framed(picture: Picture) -> Image.Image:
    return picture.letterboxed(WIDTH, HEIGHT)


def _dissolve_start(cut: Cut) -> int:
    return cut.record_frames - cut.extent_frames // 2
