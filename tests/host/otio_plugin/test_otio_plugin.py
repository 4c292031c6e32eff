"""Our OpenTimelineIO plugin: as the library loads it, and through its own command-line tools."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from fakes.edits import write_edit
from fakes.takes import make_take
from vem_core.contract.codec import loads
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_plugin.client import session
from vem_plugin.otio_plugin import manifest_path, plugin_manifest, scoring
from vem_plugin.otio_plugin.moved_media import link_media_reference
from vem_plugin.placement.broadcast_wave import sound_sha256
from vem_plugin.placement.lane import find_lanes, placed_takes
from vem_plugin.scoring.soundfonts import read_soundfont

LENGTHS = (24, 30, 20, 26)
TOOLS = Path(sys.executable).parent
HOOK = "vem_score_on_write"


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """OpenTimelineIO with our manifest on its path."""
    monkeypatch.setenv("OTIO_PLUGIN_MANIFEST_PATH", str(manifest_path()))
    otio.plugins.manifest.ActiveManifest(force_reload=True)
    yield
    monkeypatch.undo()
    otio.plugins.manifest.ActiveManifest(force_reload=True)


class QuickCore:
    """A core that delivers noise, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.requests: list[ScoreRequest] = []
        self.hashed = False  # whether its files can be recognised by their sound

    def score(
        self, request: ScoreRequest, attachments: Mapping[str, bytes], folder: Path, on_progress: object
    ) -> ScoreResult:
        self.requests.append(request)
        result = make_take(request.sheet, folder, seed=request.seed).result
        if not self.hashed:
            return result
        files = (dataclasses.replace(file, sound_sha256=sound_sha256(folder / file.name)) for file in result.files)
        return dataclasses.replace(result, files=tuple(files))


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> QuickCore:
    quick = QuickCore()
    monkeypatch.setattr(session, "core_session", lambda: contextlib.nullcontext(quick))
    return quick


@pytest.fixture
def edit(tmp_path: Path) -> Path:
    return write_edit(tmp_path / "edit.otio", LENGTHS)


def convert(source: Path, target: Path, **hook_arguments: object) -> Any:
    """What otioconvert does; the timeline that came out of it."""
    timeline = otio.adapters.read_from_file(str(source))
    otio.adapters.write_to_file(timeline, str(target), hook_function_argument_map=hook_arguments)
    return otio.adapters.read_from_file(str(target))


def test_the_manifest_gives_each_piece_where_the_package_has_it() -> None:
    manifest = plugin_manifest()
    pieces = [*manifest.media_linkers, *manifest.hook_scripts, *manifest.schemadefs]
    assert [piece.name for piece in pieces] == ["vem_moved_media", HOOK, "vem_score_state"]
    for piece in pieces:
        assert Path(piece.filepath).parent == Path(scoring.__file__).parent
        assert Path(piece.filepath).is_file()


def test_the_manifest_itself_names_files_beside_it() -> None:
    manifest = otio.plugins.manifest.manifest_from_file(str(manifest_path()))
    for piece in (*manifest.media_linkers, *manifest.hook_scripts, *manifest.schemadefs):
        assert Path(piece.module_abs_path()).is_file()


def test_a_manifest_on_the_path_and_an_installed_one_run_each_piece_once(plugged: None) -> None:
    assert len(plugin_manifest().hook_scripts) == 0
    assert list(otio.hooks.scripts_attached_to("pre_adapter_write")).count(HOOK) == 1


def test_other_manifests_on_the_path_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.json").write_text('{"OTIO_SCHEMA": "PluginManifest.1", "hook_scripts": [{"name": "x"}]}')
    (tmp_path / "broken.json").write_text("{")
    paths = [tmp_path / "other.json", tmp_path / "broken.json", tmp_path / "missing.json"]
    monkeypatch.setenv("OTIO_PLUGIN_MANIFEST_PATH", os.pathsep.join(map(str, paths)))
    assert len(plugin_manifest().hook_scripts) == 1


def test_nothing_is_scored_unasked(plugged: None, core: QuickCore, edit: Path, tmp_path: Path) -> None:
    written = convert(edit, tmp_path / "out.otio")
    convert(edit, tmp_path / "out2.otio", vem_score=0, vem_prompt="calm")
    assert core.requests == []
    assert written.to_json_string() == otio.adapters.read_from_file(str(edit)).to_json_string()
    assert not list(tmp_path.glob("*.vem"))


def test_a_hook_argument_scores(plugged: None, core: QuickCore, edit: Path, tmp_path: Path) -> None:
    before = edit.read_bytes()
    written = convert(edit, tmp_path / "out.otio", vem_score=1, vem_prompt="calm sea", vem_seed=7, vem_style="ambient")
    (request,) = core.requests
    assert (request.direction.prompt, request.direction.style, request.seed) == ("calm sea", "ambient", 7)
    assert [cut.record_frames for cut in request.sheet.cuts] == [24, 54, 74]
    (lane,) = find_lanes(written)
    assert lane[0].media_reference.target_url == str(tmp_path / "out.vem" / "out-take1.wav")
    assert Path(lane[0].media_reference.target_url).is_file()
    assert placed_takes(written)[0].request == request
    assert edit.read_bytes() == before


def test_a_timeline_brings_wishes_along_and_is_scored_once_a_cut(
    plugged: None, core: QuickCore, edit: Path, tmp_path: Path
) -> None:
    timeline = otio.adapters.read_from_file(str(edit))
    timeline.metadata["vem_score"] = {"on_write": {"prompt": "dawn", "seed": 5}}
    given = timeline.to_json_string()
    target = tmp_path / "out.otio"
    asked = {"hook_function_argument_map": {"vem_score": 1, "vem_seed": 7}}
    otio.adapters.write_to_file(timeline, str(target), **asked)
    assert timeline.to_json_string() == given, "the caller's own timeline was changed"
    assert (core.requests[0].direction.prompt, core.requests[0].seed) == ("dawn", 7)
    scored = convert(target, target, vem_score=1, vem_seed=7)
    assert len(core.requests) == 1
    del scored.tracks[0][-1]
    otio.adapters.write_to_file(scored, str(target), **asked)
    assert [len(request.sheet.cuts) for request in core.requests] == [3, 2]
    (lane,) = find_lanes(otio.adapters.read_from_file(str(target)))
    assert [Path(clip.media_reference.target_url).name for clip in lane] == ["out-take2.wav"]


@pytest.mark.parametrize(
    "told", [True, 1, "yes", {"prompt": "dawn"}, {"output": "/elsewhere", "model": "sketch"}, [1], {}]
)
def test_a_timeline_never_starts_anything(
    plugged: None, core: QuickCore, edit: Path, tmp_path: Path, told: object
) -> None:
    timeline = otio.adapters.read_from_file(str(edit))
    timeline.metadata["vem_score"] = {"on_write": told}
    otio.adapters.write_to_file(timeline, str(tmp_path / "out.otio"))
    assert core.requests == []
    assert not list(tmp_path.rglob("*.vem"))


def test_a_timeline_names_no_files_and_what_it_says_wrongly_is_left_out(
    plugged: None, core: QuickCore, edit: Path, tmp_path: Path
) -> None:
    timeline = otio.adapters.read_from_file(str(edit))
    font = {"path": str(tmp_path / "x.sf2"), "sha256": "0" * 64}
    told = {"output": str(tmp_path / "elsewhere"), "soundfont": font, "parse": "/etc/passwd", "track_name": "Dialogue",
            "seed": "many", "energy": 7, "style": "ambient", "afresh": True}  # fmt: skip
    timeline.metadata["vem_score"] = {"on_write": told}
    otio.adapters.write_to_file(timeline, str(tmp_path / "out.otio"), hook_function_argument_map={"vem_score": 1})
    (request,) = core.requests
    assert (request.direction.style, request.direction.energy, request.seed) == ("ambient", None, 0)
    assert (request.soundfont, request.parse) == (None, None)
    assert (tmp_path / "out.vem" / "out-take1.wav").is_file()
    assert not (tmp_path / "elsewhere").exists()
    assert [lane.name for lane in find_lanes(otio.adapters.read_from_file(str(tmp_path / "out.otio")))] == ["VeM Score"]


def test_a_soundfont_that_a_timeline_remembers_counts_by_its_hash(
    plugged: None, core: QuickCore, edit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its path is a stranger's: it is not so much as looked at, unless the same font was named on this machine."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    convert(edit, tmp_path / "out.otio", vem_score=1)
    timeline = otio.adapters.read_from_file(str(tmp_path / "out.otio"))
    mine, theirs = tmp_path / "mine.sf2", tmp_path / "theirs.sf2"
    content = b"RIFF that no other test names: what was named is known as long as the process lives"
    mine.write_bytes(content)
    theirs.write_bytes(content)
    (lane,) = find_lanes(timeline)
    state = json.loads(lane[0].metadata["vem_score"]["state"])
    digest = hashlib.sha256(content).hexdigest()
    state["request"]["soundfont"] = {"path": str(theirs), "sha256": digest}
    lane[0].metadata["vem_score"]["state"] = json.dumps(state)
    del timeline.tracks[0][-1]
    for known in (None, mine):
        if known is not None:
            read_soundfont(known)
        otio.adapters.write_to_file(timeline, str(tmp_path / "out.otio"), hook_function_argument_map={"vem_score": 1})
    assert [request.soundfont and request.soundfont.path for request in core.requests[1:]] == [
        None,
        str(mine.resolve()),
    ]


def test_a_recut_keeps_the_piece(plugged: None, core: QuickCore, edit: Path, tmp_path: Path) -> None:
    scored = convert(edit, tmp_path / "out.otio", vem_score=1, vem_style="house", vem_seed=7)
    first = core.requests[0]
    del scored.tracks[0][-1]
    otio.adapters.write_to_file(scored, str(tmp_path / "out.otio"), hook_function_argument_map={"vem_score": 1})
    recut = core.requests[1].recut
    assert recut is not None
    assert (recut.earlier.take, recut.earlier.sheet, recut.earlier.plan.style) == (1, first.sheet, "house")
    assert [sound.role for sound in recut.earlier.sounds] == ["mix"]
    assert core.requests[1].seed == 7
    assert (tmp_path / "out.vem" / "out-take1.wav").is_file()


def test_the_words_of_a_shot_go_with_it_when_two_are_swapped(
    plugged: None, core: QuickCore, edit: Path, tmp_path: Path
) -> None:
    words = ["a harbour at dawn", "the storm", "", "home"]
    scored = convert(edit, tmp_path / "out.otio", vem_score=1, vem_style="house", vem_shot_words=words)
    assert core.requests[0].direction.shot_words == tuple(words)
    pictures = scored.tracks[0]
    second = pictures.pop(1)
    pictures.insert(0, second)
    otio.adapters.write_to_file(scored, str(tmp_path / "out.otio"), hook_function_argument_map={"vem_score": 1})
    assert core.requests[1].recut is not None
    assert core.requests[1].direction.shot_words == ("the storm", "a harbour at dawn", "", "home")


def test_tags_that_an_editor_stripped_come_back(plugged: None, core: QuickCore, edit: Path, tmp_path: Path) -> None:
    core.hashed = True
    written = convert(edit, tmp_path / "out.otio", vem_score=1)
    (lane,) = written.audio_tracks()
    stripped = written.deepcopy()
    stripped.metadata.clear()
    (bare,) = stripped.audio_tracks()
    bare.name = "A1"
    for thing in (bare, *bare):
        thing.metadata.clear()
    otio.adapters.write_to_file(stripped, str(tmp_path / "out.otio"), hook_function_argument_map={})
    again = convert(tmp_path / "out.otio", tmp_path / "out.otio", vem_score=1)
    (named,) = again.audio_tracks()
    assert len(core.requests) == 1
    (before,), (after,) = placed_takes(written), placed_takes(again)
    assert (after.take, after.audio, after.result) == (before.take, before.audio, before.result)
    assert named.metadata["vem_score"] == lane.metadata["vem_score"]


def test_a_damaged_state_is_an_error_and_changes_nothing(
    plugged: None, core: QuickCore, edit: Path, tmp_path: Path
) -> None:
    scored = convert(edit, tmp_path / "out.otio", vem_score=1)
    (lane,) = find_lanes(scored)
    lane[0].metadata["vem_score"]["state"] = "{}"
    (tmp_path / "out.vem" / "out-take1.json").unlink()
    with pytest.raises(otio.exceptions.OTIOError, match="damaged"):
        otio.adapters.write_to_file(scored, str(tmp_path / "out.otio"), hook_function_argument_map={"vem_score": 1})
    assert len(core.requests) == 1


@pytest.mark.parametrize("asked", ["1", "yes", '{"seed": 3}'])
def test_the_environment_asks(
    plugged: None, core: QuickCore, edit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setenv("VEM_SCORE_ON_WRITE", asked)
    written = convert(edit, tmp_path / "out.otio")
    assert len(find_lanes(written)) == 1
    assert core.requests[0].seed == (3 if "seed" in asked else 0)
    convert(tmp_path / "out.otio", tmp_path / "out.otio")
    assert len(core.requests) == 1


def test_a_score_that_lost_its_lane_is_made_again_as_it_was(
    plugged: None, core: QuickCore, edit: Path, tmp_path: Path
) -> None:
    scored = convert(edit, tmp_path / "out.otio", vem_score=1, vem_prompt="calm sea", vem_seed=7)
    scored.tracks.remove(find_lanes(scored)[0])
    otio.adapters.write_to_file(scored, str(tmp_path / "bare.otio"))
    convert(tmp_path / "bare.otio", tmp_path / "again.otio", vem_score=1, vem_style="house")
    first, second = core.requests
    assert (second.direction.prompt, second.seed, second.direction.style) == ("calm sea", 7, "house")
    assert second.thumbnails == first.thumbnails


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vem_tempo": 120}, "knows no wish 'tempo'"),
        ({"vem_seed": "many"}, "'seed' cannot be 'many'"),
        ({"vem_prompt": 12}, "'prompt' cannot be 12"),
    ],
)
def test_wishes_that_make_no_sense_are_named(
    plugged: None, core: QuickCore, edit: Path, tmp_path: Path, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(otio.exceptions.OTIOError, match=message):
        convert(edit, tmp_path / "out.otio", vem_score=1, **arguments)
    assert not (tmp_path / "out.otio").exists()


def test_failures_are_opentimelineios_own(plugged: None, core: QuickCore, tmp_path: Path) -> None:
    empty = otio.schema.Timeline("empty", tracks=[otio.schema.Track(kind="Video")])
    with pytest.raises(otio.exceptions.OTIOError, match="video tracks are empty"):
        otio.adapters.write_to_file(empty, str(tmp_path / "x.otio"), hook_function_argument_map={"vem_score": 1})
    with pytest.raises(otio.exceptions.OTIOError, match="not a SerializableCollection"):
        otio.adapters.write_to_file(
            otio.schema.SerializableCollection(), str(tmp_path / "x.otio"), hook_function_argument_map={"vem_score": 1}
        )


def test_a_text_has_no_folder(plugged: None, core: QuickCore, edit: Path, tmp_path: Path) -> None:
    timeline = otio.adapters.read_from_file(str(edit))
    arguments: dict[str, object] = {"vem_score": 1}
    with pytest.raises(otio.exceptions.OTIOError, match="no file beside which"):
        otio.adapters.write_to_string(timeline, hook_function_argument_map=arguments)
    arguments["vem_output"] = str(tmp_path / "takes")
    text = otio.adapters.write_to_string(timeline, hook_function_argument_map=arguments)
    assert len(find_lanes(otio.adapters.read_from_string(text))) == 1
    assert (tmp_path / "takes" / "edit-take1.wav").is_file()


PLAIN = """
import json, sys
import opentimelineio as otio
assert "vem_score_state" not in otio.schema.schemadef.available_schemadef_names()
timeline = otio.adapters.read_from_file(sys.argv[1])
assert timeline.metadata["vem_score"]["state"].is_unknown_schema
copied = timeline.deepcopy()
copied.name = "renamed"
otio.adapters.write_to_file(copied, sys.argv[2])
"""


def test_a_plain_opentimelineio_passes_the_state_on_unharmed(
    plugged: None, core: QuickCore, edit: Path, tmp_path: Path
) -> None:
    scored_path, through = tmp_path / "out.otio", tmp_path / "through.otio"
    convert(edit, scored_path, vem_score=1, vem_prompt="calm sea")
    environment = {**os.environ, "OTIO_DISABLE_ENTRYPOINTS_PLUGINS": "1", "OTIO_PLUGIN_MANIFEST_PATH": ""}
    subprocess.run([sys.executable, "-c", PLAIN, str(scored_path), str(through)], env=environment, check=True)
    before, after = (json.loads(path.read_text()) for path in (scored_path, through))
    assert before["metadata"]["vem_score"]["state"]["OTIO_SCHEMA"] == "VemScoreState.1"
    assert after.pop("name") == "renamed"
    assert after == {name: value for name, value in before.items() if name != "name"}
    timeline = otio.adapters.read_from_file(str(through))
    state = timeline.metadata["vem_score"]["state"]
    assert state.take == 1
    assert loads(ScoreRequest, state.request) == core.requests[0]


def test_moved_media_are_found(plugged: None, tmp_path: Path) -> None:
    edit = write_edit(tmp_path / "edit.otio", (24, 30))
    (tmp_path / "new place" / "offline").mkdir(parents=True)
    moved = tmp_path / "new place" / "offline" / "1.mov"
    moved.touch()
    timeline = otio.adapters.read_from_file(
        str(edit),
        media_linker_name="vem_moved_media",
        media_linker_argument_map={"folders": str(tmp_path / "new place")},
    )
    first, second = timeline.find_clips()
    assert first.media_reference.target_url == "offline/0.mov"
    assert second.media_reference.target_url == str(moved)
    assert second.media_reference.available_range.duration.value == 130
    moved.unlink()
    assert link_media_reference(second, {"folders": ""}) is None


def test_media_that_are_there_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, elsewhere = tmp_path / "a.mov", tmp_path / "x" / "a.mov"
    elsewhere.parent.mkdir()
    here.touch()
    elsewhere.touch()
    monkeypatch.setenv("VEM_MEDIA_FOLDERS", str(elsewhere.parent))
    clip = otio.schema.Clip("a", otio.schema.ExternalReference(str(here)))
    assert link_media_reference(clip) is None
    here.unlink()
    linked = link_media_reference(clip)
    assert linked is not None
    assert linked.target_url == str(elsewhere)
    stills = otio.schema.ImageSequenceReference("/gone/x", "a.", ".png")
    assert link_media_reference(otio.schema.Clip("b", stills)) is None
    monkeypatch.setenv("VEM_MEDIA_FOLDERS", str(tmp_path))
    linked = link_media_reference(otio.schema.Clip("b", stills))
    assert linked is not None
    assert linked.target_url_base == f"{elsewhere.parent}{os.sep}"
    assert linked.name_prefix == "a."


def run_tool(tool: str, *words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    path = shutil.which(tool, path=str(TOOLS))
    if path is None:
        pytest.skip(f"{tool} is not installed")
    environment = {**os.environ, "OTIO_PLUGIN_MANIFEST_PATH": str(manifest_path()), **variables}
    return subprocess.run([path, *map(str, words)], env=environment, capture_output=True, text=True, check=False)


def test_otioconvert_relinks_and_says_what_is_wrong(tmp_path: Path) -> None:
    edit = write_edit(tmp_path / "edit.otio", (24, 30))
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "0.mov").touch()
    out = tmp_path / "out.otio"
    linker = ("-m", "vem_moved_media", "-M", f"folders={tmp_path / 'media'}")
    done = run_tool("otioconvert", "-i", edit, "-o", out, *linker)
    assert done.returncode == 0, done.stderr
    first = next(iter(otio.adapters.read_from_file(str(out)).find_clips()))
    assert first.media_reference.target_url == str(tmp_path / "media" / "0.mov")
    done = run_tool("otioconvert", "-i", edit, "-o", tmp_path / "no.otio", "-H", "vem_score=1", "-H", "vem_tempo=3")
    assert done.returncode == 1
    assert "VeM Score knows no wish 'tempo'" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "no.otio").exists()


@pytest.mark.slow
def test_otioconvert_and_otiotool_score_end_to_end(tmp_path: Path) -> None:
    """Real tools, a real core, real music."""
    own = {name: str(tmp_path / name) for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME")}
    for folder in own.values():
        Path(folder).mkdir(mode=0o700)
    edit, out, again = write_edit(tmp_path / "edit.otio", LENGTHS), tmp_path / "out.otio", tmp_path / "again.otio"
    asked = ("-H", "vem_score=1", "-H", "vem_prompt=calm sea", "-H", "vem_model=sketch")
    done = run_tool("otioconvert", "-i", edit, "-o", out, *asked, **own)
    assert done.returncode == 0, done.stderr
    (take,) = placed_takes(otio.adapters.read_from_file(str(out)))
    assert take.result.report.beats_samples
    assert (tmp_path / "out.vem" / "out-take1.wav").stat().st_size > 100 * 2000 * 6
    done = run_tool("otiotool", "--input", out, "--video-only", "--output", again, VEM_SCORE_ON_WRITE="1", **own)
    assert done.returncode == 0, done.stderr
    (second,) = placed_takes(otio.adapters.read_from_file(str(again)))
    assert second.request == take.request
    first_wav, second_wav = (tmp_path / name for name in ("out.vem/out-take1.wav", "again.vem/again-take1.wav"))
    assert sound_sha256(first_wav) == sound_sha256(second_wav)  # the rest of the file tells when it was made
