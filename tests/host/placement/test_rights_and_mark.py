"""What lies beside a take for claims and societies, and what its WAVs say to machines about how they were made."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import hashlib
import json
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from fractions import Fraction
from pathlib import Path

import pytest

from fakes.takes import make_sheet, make_take
from vem_core.contract.cut_sheet import CueStart, CutSheet, Span
from vem_core.contract.result import Rights
from vem_plugin.placement.broadcast_wave import other_chunks, read_chunk, read_wave, sound_sha256
from vem_plugin.placement.cue_sheet import COLUMNS, MusicCue, cues_of
from vem_plugin.placement.generated_mark import digital_source_type
from vem_plugin.resolve.media import pad_to_samples
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.writing import Take, written_take

RIGHTS = Rights("Apache-2.0", "nothing", True, "The music is yours.", ())
DESCRIPTION = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"
SOURCE_TYPE = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
NTSC = Fraction(30000, 1001)


@pytest.fixture
def sheet() -> CutSheet:
    """Two stretches of music at 29.97 DF from 01:00:00;00, the second of two cues."""
    made = make_sheet(300, 600, 300, rate=NTSC, start_frames=107_892, name="=SUM(A1)")
    cues = (CueStart(900, "the chase"),)
    return dataclasses.replace(made, drop_frame=True, silences=(Span(300, 200),), cue_starts=cues)


def write(take: Take, folder: Path) -> OutputNames:
    names = OutputNames(folder / "out", "edit")
    with written_take(take, names, drop_frame=take.request.sheet.drop_frame, originated=datetime.datetime(2026, 3, 1)):
        return names


def take_of(sheet: CutSheet, folder: Path, rights: Rights = RIGHTS, **changes: object) -> Take:
    take = make_take(sheet, folder / "job", extras=True)
    return dataclasses.replace(take, result=dataclasses.replace(take.result, rights=rights), **changes)


def test_the_text_has_hashes_cues_attribution_and_an_answer_to_claims(sheet: CutSheet, tmp_path: Path) -> None:
    names = write(take_of(sheet, tmp_path), tmp_path)
    text = names.rights(1).read_text()
    assert hashlib.sha256(names.audio(1).read_bytes()).hexdigest() in text
    assert sound_sha256(names.audio(1)) in text
    assert "in 01:00:00;00  out 01:00:10;00" in text
    assert "in 01:00:30;00  out 01:00:40;00  the chase" in text
    assert "Music: generated with VeM Score" in text
    assert '"The music in this video was generated for it on 2026-03-01' in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 110


def test_a_licence_that_forbids_paid_work_gives_no_answer_to_claims(sheet: CutSheet, tmp_path: Path) -> None:
    rights = Rights("CC BY-NC-SA 4.0", "AudioSet", False, "Not for paid work.", ())
    text = write(take_of(sheet, tmp_path, rights), tmp_path).rights(1).read_text()
    assert "dispute form" not in text
    assert "not every use" in text


def test_the_cue_sheet_has_a_row_for_each_stretch_of_music(sheet: CutSheet, tmp_path: Path) -> None:
    names = write(take_of(sheet, tmp_path), tmp_path)
    with names.cue_sheet(1).open(newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == COLUMNS
    by_name = [dict(zip(header, row, strict=True)) for row in rows]
    assert [(row["Time in"], row["Time out"], row["Duration"]) for row in by_name] == [
        ("01:00:00;00", "01:00:10;00", "00:10"),
        ("01:00:16;20", "01:00:30;00", "00:13"),
        ("01:00:30;00", "01:00:40;00", "00:10"),
    ]
    assert by_name[2]["Music title"] == "the chase"
    assert by_name[0]["Production title"] == "'=SUM(A1)"  # or a spreadsheet runs it
    assert {row["Composer"] for row in by_name} == {""}


@pytest.mark.parametrize(
    ("silences", "starts", "cues"),
    [
        ((), (), [MusicCue(0, 100)]),
        ((Span(0, 20), Span(80, 20)), (), [MusicCue(20, 80)]),
        ((Span(0, 100),), (), []),
        ((), (0, 40), [MusicCue(0, 40, "x"), MusicCue(40, 100, "x")]),
    ],
)
def test_music_is_what_is_not_silent(silences: tuple[Span, ...], starts: tuple[int, ...], cues: list[MusicCue]) -> None:
    made = dataclasses.replace(
        make_sheet(100), silences=silences, cue_starts=tuple(CueStart(start, "x") for start in starts)
    )
    assert cues_of(made) == cues


def test_mix_and_stems_say_to_machines_that_they_were_generated(sheet: CutSheet, tmp_path: Path) -> None:
    take = take_of(sheet, tmp_path)
    names = write(take, tmp_path)
    for path in (names.audio(1), names.extra(1, take.result.files[1])):
        packet = read_chunk(path, b"_PMX", 1 << 16) or b""
        description = ElementTree.fromstring(packet.decode()).find(f".//{DESCRIPTION}")
        assert description is not None
        assert description.get(SOURCE_TYPE) == digital_source_type("sketch")
        lists = [payload[:4] for name, payload in other_chunks(path) if name == b"LIST"]
        assert lists == [b"adtl", b"INFO"]
        notes = ElementTree.fromstring(read_chunk(path, b"iXML", 1 << 20) or b"")
        assert notes.findtext("GENERATED/BY_AI") == "TRUE"
        assert notes.findtext("GENERATED/DIGITAL_SOURCE_TYPE") == digital_source_type("sketch")


def test_models_that_learnt_are_told_from_rules() -> None:
    assert digital_source_type("sketch").endswith("/algorithmicMedia")
    assert digital_source_type("vem-mini").endswith("/trainedAlgorithmicMedia")


def test_the_mark_can_be_left_out_and_the_sound_stays_the_same(sheet: CutSheet, tmp_path: Path) -> None:
    marked = write(take_of(sheet, tmp_path / "a"), tmp_path / "a")
    bare = write(take_of(sheet, tmp_path / "b", marked=False), tmp_path / "b")
    assert read_chunk(bare.audio(1), b"_PMX", 1 << 16) is None
    assert b"GENERATED" not in (read_chunk(bare.audio(1), b"iXML", 1 << 20) or b"")
    assert b"INFO" not in [payload[:4] for _, payload in other_chunks(bare.audio(1))]
    assert "was left out" in bare.rights(1).read_text()
    assert sound_sha256(bare.audio(1)) == sound_sha256(marked.audio(1))


def test_silence_that_is_added_keeps_the_chunks_and_restates_the_hash(sheet: CutSheet, tmp_path: Path) -> None:
    names = write(take_of(sheet, tmp_path), tmp_path)
    before = other_chunks(names.audio(1))
    pad_to_samples(names.audio(1), read_wave(names.audio(1)).samples + 1)
    assert other_chunks(names.audio(1)) == before
    assert hashlib.sha256(names.audio(1).read_bytes()).hexdigest() in names.rights(1).read_text()


def test_ffprobe_sees_the_mark(sheet: CutSheet, tmp_path: Path) -> None:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    audio = write(take_of(sheet, tmp_path), tmp_path).audio(1)
    command = ["ffprobe", "-v", "error", "-show_format", "-of", "json", str(audio)]
    tags = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["format"]["tags"]
    assert "generated by a computer program" in tags["comment"]
