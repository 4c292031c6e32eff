"""`python3 ges_render.py PROJECT.xges RENDER.mkv NUM/DEN`: GES, Pitivi's engine, renders a project.

Run by the distribution's own Python, which has the bindings; standard library and gi alone.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GES", "1.0")
gi.require_version("GstPbutils", "1.0")
from gi.repository import GES, GLib, Gst, GstPbutils  # noqa: E402

PATIENCE_S = 120


def main(project_path: str, render_path: str, rate: str) -> int:
    Gst.init(None)
    GES.init()
    loop = GLib.MainLoop()
    problems: list[str] = []

    def give_up() -> bool:
        problems.append(f"not done within {PATIENCE_S} s")
        loop.quit()
        return False

    GLib.timeout_add_seconds(PATIENCE_S, give_up)
    timeline = loaded(project_path, loop, problems)
    if not problems:
        render(timeline, render_path, rate, loop, problems)
    for problem in problems:
        sys.stderr.write(problem + "\n")
    return 1 if problems else 0


def loaded(path: str, loop: "GLib.MainLoop", problems: "list[str]") -> "GES.Timeline":
    """A project's timeline, complete only once the project says so."""
    project = GES.Project.new(Gst.filename_to_uri(path))
    timeline = project.extract()

    def note(text: str) -> None:
        problems.append(text)
        loop.quit()

    project.connect("loaded", lambda *_: loop.quit())
    project.connect("error-loading-asset", lambda _, error, name, kind: note(f"{name}: {error.message}"))
    project.connect("missing-uri", lambda _, error, asset: note(f"missing: {asset.get_id()}"))
    loop.run()
    return timeline


def render(timeline: "GES.Timeline", path: str, rate: str, loop: "GLib.MainLoop", problems: "list[str]") -> None:
    caps = Gst.Caps.from_string(f"video/x-raw,width=320,height=180,framerate={rate}")
    for track in timeline.get_tracks():
        if track.props.track_type == GES.TrackType.VIDEO:
            track.set_restriction_caps(caps)  # or it renders 30 frames a second, whatever the project says
    pipeline = GES.Pipeline()
    pipeline.set_timeline(timeline)
    pipeline.set_render_settings(Gst.filename_to_uri(path), profile())
    pipeline.set_mode(GES.PipelineFlags.RENDER)
    bus = pipeline.get_bus()
    bus.add_signal_watch()

    def hear(_bus: "Gst.Bus", message: "Gst.Message") -> None:
        if message.type == Gst.MessageType.ERROR:
            problems.append(str(message.parse_error()))
        if message.type in (Gst.MessageType.ERROR, Gst.MessageType.EOS):
            loop.quit()

    bus.connect("message", hear)
    pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    pipeline.set_state(Gst.State.NULL)


def profile() -> "GstPbutils.EncodingContainerProfile":
    """Matroska of JPEGs and plain PCM: what is played is in it sample by sample."""
    container = GstPbutils.EncodingContainerProfile.new("render", None, Gst.Caps.from_string("video/x-matroska"), None)
    picture = GstPbutils.EncodingVideoProfile.new(Gst.Caps.from_string("image/jpeg"), None, None, 0)
    picture.set_variableframerate(False)
    container.add_profile(picture)
    sound = Gst.Caps.from_string("audio/x-raw,format=S16LE,rate=48000,channels=2")
    container.add_profile(GstPbutils.EncodingAudioProfile.new(sound, None, None, 0))
    return container


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
