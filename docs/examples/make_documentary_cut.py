"""Make the two-minute cut of docs/editors/documentary.md: footage, narration, a temp track, markers, a timeline.

    python docs/examples/make_documentary_cut.py FOLDER

Needs espeak-ng for the narrator (apt install espeak-ng, brew install espeak-ng). Everything else is drawn and played by
VeM Score itself; the same call makes the same files.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import opentimelineio as otio
import soundfile
import soxr

from vem_core.audio.files import write_audio
from vem_core.audio.mastering import master
from vem_core.composer.composition import compose
from vem_core.contract.cut_sheet import Cut, CutSheet, Shot
from vem_core.contract.request import Direction
from vem_core.rhythm.planner import plan_score
from vem_core.synth import render
from vem_plugin.demo.footage import RATE, REELS, write_reel

FRAMES_A_SECOND = int(RATE)
REEL_FRAMES = 12 * FRAMES_A_SECOND
START_FRAMES = 3600 * FRAMES_A_SECOND
DURATION_FRAMES = 120 * FRAMES_A_SECOND

# Seconds of each shot, cut by feel: slow under the narrator, quicker at the mill, still where the letter is read.
SHOTS_S = (6.5, 4.2, 3.4, 5.1, 2.9, 2.6, 4.4, 3.1, 2.2, 1.9, 1.6, 1.8, 2.4, 3.7, 4.9, 3.2,
           6.3, 4.8, 2.7, 2.1, 1.7, 1.5, 1.9, 2.3, 3.3, 4.1, 5.2, 3.6, 4.7, 5.4, 6.2)  # fmt: skip

NARRATION = (
    (8.0, "In the spring of nineteen twenty four the river rose above the old bridge."),
    (17.5, "Nobody in the village had ever seen the water so high."),
    (50.0, "They carried what they could to the church on the hill, and waited."),
    (86.0, "When it went down at last, the mill was gone, and with it the only road to the valley."),
)
SILENCE_S = (62.0, 68.5)
PUNCH_S, LOGO_S = 33.4, 115.5


def main(folder: Path) -> Path:
    """Write everything into `folder` and return the timeline's path."""
    media = folder / "media"
    media.mkdir(parents=True, exist_ok=True)
    for reel in REELS:
        write_reel(reel, REEL_FRAMES, media / f"{reel.name}.mp4")
    write_narration(media / "narration.wav")
    write_temp_track(media / "temp.wav")
    path = folder / "flood.otio"
    otio.adapters.write_to_file(timeline(), str(path))
    return path


def timeline() -> otio.schema.Timeline:
    """Picture, a narrator's lane, a temp track, and what the editor marked."""
    made = otio.schema.Timeline("The flood", global_start_time=time(START_FRAMES))
    picture = otio.schema.Track("Video 1", kind=otio.schema.TrackKind.Video)
    for index, (start, end) in enumerate(itertools.pairwise(cut_frames())):
        reel = REELS[index % len(REELS)]
        source = (37 * index) % (REEL_FRAMES - (end - start))
        reference = otio.schema.ExternalReference(f"media/{reel.name}.mp4", span(0, REEL_FRAMES))
        picture.append(otio.schema.Clip(f"flood {index + 1}", reference, span(source, end - start)))
    made.tracks.extend([picture, lane("Narration", "narration.wav"), lane("Music (temp)", "temp.wav")])
    first, last = (round(edge * FRAMES_A_SECOND) for edge in SILENCE_S)
    for name, start, length in (
        ("punch", round(PUNCH_S * FRAMES_A_SECOND), 1),
        ("music out", first, last - first),
        ("logo", round(LOGO_S * FRAMES_A_SECOND), 1),
    ):
        made.tracks.markers.append(otio.schema.Marker(name, span(start, length)))
    return made


def cut_frames() -> list[int]:
    """Where the shots begin, and the end: the seconds above, stretched to two minutes exactly."""
    edges = np.cumsum((0.0, *SHOTS_S)) / sum(SHOTS_S) * DURATION_FRAMES
    return [round(edge) for edge in edges]


def write_narration(path: Path) -> None:
    """The narrator's lines at their seconds, about -20 LUFS, on a room that is nearly silent."""
    program = shutil.which("espeak-ng")
    if program is None:
        sys.exit("The narrator is espeak-ng, which is not installed.")
    whole = np.random.default_rng(0).standard_normal(120 * 48_000).astype(np.float32) * 2e-4
    for number, (second, text) in enumerate(NARRATION):
        line = path.with_name(f"line{number}.wav")
        subprocess.run([program, "-s", "135", "-w", str(line), text], check=True)
        said, rate_hz = soundfile.read(line, dtype="float32")
        said = soxr.resample(said, rate_hz, 48_000)
        first = round(second * 48_000)
        whole[first : first + len(said)] += said * np.float32(0.1 / np.sqrt(np.mean(said**2)))
        line.unlink()
    soundfile.write(path, whole, 48_000, subtype="PCM_24")


def write_temp_track(path: Path) -> None:
    """Library music that knows nothing of this cut: 44.1 kHz, as it comes from a shop."""
    edges = range(0, DURATION_FRAMES + 1, DURATION_FRAMES // 4)
    sheet = CutSheet(
        "", RATE, 0, DURATION_FRAMES, tuple(Shot(edge, DURATION_FRAMES // 4) for edge in edges[:-1]),
        tuple(Cut(edge) for edge in edges[1:-1]),
    )  # fmt: skip
    direction = Direction(shot_energies=(0.3, 0.55, 0.4, 0.7), tempo_bpm=(92, 92), key="D minor")
    plan = plan_score(sheet, direction, 11, tempo_range_bpm=(92, 92), style="documentary", mood="grave")
    mix, _ = master(render(compose(plan), 11).mix, -18.0, -1.0)
    write_audio(path, mix)
    slower = soxr.resample(mix.T, 48_000, 44_100)
    soundfile.write(path, slower, 44_100, subtype="PCM_16")


def lane(name: str, file: str) -> otio.schema.Track:
    """A sound file on a lane of its own, as long as the film."""
    reference = otio.schema.ExternalReference(f"media/{file}", span(0, DURATION_FRAMES))
    track = otio.schema.Track(name, kind=otio.schema.TrackKind.Audio)
    track.append(otio.schema.Clip(file, reference, span(0, DURATION_FRAMES)))
    return track


def time(frames: int) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frames, FRAMES_A_SECOND)


def span(start: int, length: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(time(start), time(length))


if __name__ == "__main__":
    sys.stdout.write(f"{main(Path(sys.argv[1]))}\n")
