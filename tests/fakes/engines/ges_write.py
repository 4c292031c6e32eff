"""`python3 ges_write.py PROJECT.xges NUM/DEN LENGTH=MOVIE...`: GES lays movies in a row and saves the project.

Run by the distribution's own Python. Lengths are frames; each movie is shown from its sixth frame on.
"""

import pathlib
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GES", "1.0")
from gi.repository import GES, Gst  # noqa: E402

IN_POINT_FRAMES = 6


def main(project_path: str, rate: str, *shots: str) -> int:
    Gst.init(None)
    GES.init()
    numerator, denominator = map(int, rate.split("/"))

    def nanoseconds(frames: int) -> int:
        return (frames * denominator * Gst.SECOND + numerator // 2) // numerator

    timeline = GES.Timeline.new_audio_video()
    for track in timeline.get_tracks():
        if track.props.track_type == GES.TrackType.VIDEO:
            caps = f"video/x-raw,width=320,height=180,framerate={rate}"
            track.set_restriction_caps(Gst.Caps.from_string(caps))
    layer = timeline.append_layer()
    position = 0
    for shot in shots:
        length, movie = shot.split("=", 1)
        asset = GES.UriClipAsset.request_sync(pathlib.Path(movie).as_uri())
        begins, ends = nanoseconds(position), nanoseconds(position + int(length))
        layer.add_asset(asset, begins, nanoseconds(IN_POINT_FRAMES), ends - begins, GES.TrackType.UNKNOWN)
        position += int(length)
    timeline.commit()
    return 0 if timeline.save_to_uri(pathlib.Path(project_path).as_uri(), None, True) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
