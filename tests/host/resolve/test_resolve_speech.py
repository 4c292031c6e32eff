"""Who speaks when in the open Resolve timeline."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile

from fakes.fake_resolve import FakeStudio
from fakes.resolve_project import Item, Track
from fakes.voices import laid_out, vocoded
from vem_core.contract.cut_sheet import Span
from vem_plugin.resolve.host import ResolveStudioHost


@pytest.mark.parametrize(("name", "heard"), [("Dialogue", True), ("Music", False)])
def test_speech_comes_from_the_exported_audio_tracks(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path, name: str, heard: bool
) -> None:
    edit = studio.edits[0]
    edit.audio[0].items.clear()
    path = tmp_path / "vo.wav"
    soundfile.write(path, laid_out(4.0, [(1.0, vocoded(1.5))]), 48_000, subtype="PCM_16")
    edit.audio.append(
        Track(name, items=[Item("vo", edit.start, edit.start + 90, studio.add_media(str(path)), kind="audio")])
    )
    speech = host.read_speech()
    assert speech.notices == ()
    if not heard:
        assert speech.spans == ()
        return
    (span,) = speech.spans
    assert abs(span.start_frames - 24) <= 3
    assert abs(span.end_excl_frames - 60) <= 3
    assert span.label == "Dialogue"


def test_without_an_export_nobody_is_heard(studio: FakeStudio, host: ResolveStudioHost) -> None:
    studio.exports = False
    assert host.read_speech().spans == ()


def test_a_missing_dialogue_file_counts_whole(host: ResolveStudioHost) -> None:
    speech = host.read_speech()  # of `dialogue.wav`, which is not on this machine
    assert speech.spans == (Span(0, 50, "Audio 1"),)
    assert "not found" in speech.notices[0]
