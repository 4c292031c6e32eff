"""Finished scores without a core: a request, a result and a WAV that fit a cut sheet."""

from __future__ import annotations

import hashlib
import struct
from fractions import Fraction
from pathlib import Path

import numpy as np

from vem_core.contract.codec import content_hash
from vem_core.contract.cut_sheet import Cut, CutKind, CutSheet, Shot
from vem_core.contract.plan import Beat, Bend, Ending, Landing, ScorePlan
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.result import AlignmentReport, AlignmentTotals, AudioFile, CutAlignment, ScoreResult
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_plugin.hosts.base import Take

BEAT_SAMPLES = 24_000


def make_sheet(
    *durations: int, rate: Fraction = Fraction(24), start_frames: int = 86_400, name: str = "edit", dissolve: int = 0
) -> CutSheet:
    """A sheet of shots with those durations; `dissolve` makes each cut a dissolve of that extent."""
    starts = [sum(durations[:index]) for index in range(len(durations))]
    kind = CutKind.DISSOLVE if dissolve else CutKind.CUT
    return CutSheet(
        name=name,
        rate=rate,
        start_frames=start_frames,
        duration_frames=sum(durations),
        shots=tuple(
            Shot(start, duration, f"shot {index}")
            for index, (start, duration) in enumerate(zip(starts, durations, strict=True))
        ),
        cuts=tuple(Cut(start, kind, extent_frames=dissolve) for start in starts[1:]),
    )


def make_take(sheet: CutSheet, folder: Path | None, *, in_frames: int = 0, seed: int = 0, extras: bool = False) -> Take:
    """A take of a sheet whose every cut is hit, 120 BPM, with noise as its music; without a folder, no files."""
    request = ScoreRequest(sheet=sheet, direction=Direction(prompt="täke"), seed=seed)
    samples = sample_of_frame(sheet.duration_frames, sheet.rate)
    files = [] if folder is None else _write_files(folder, samples, seed, extras)
    beats = tuple(Beat(index * BEAT_SAMPLES, index // 4, index % 4 + 1) for index in range(samples // BEAT_SAMPLES + 1))
    targets = [sample_of_frame(cut.record_frames, sheet.rate) for cut in sheet.cuts]
    starts = tuple(sample_of_frame(shot.start_frames, sheet.rate) for shot in sheet.shots)
    totals = AlignmentTotals(1.0, 1.0, 1.0, 0.1, 0.2, 0.3, 0.0, 0.0)
    result = ScoreResult(
        request_sha256=content_hash(request),
        model="sketch",
        model_sha256="",
        device="cpu",
        seed=seed,
        tool_version="0.1.0",
        files=tuple(files),
        plan=ScorePlan(
            samples, beats, (), (), starts, (0.5,) * len(starts), "house", "calm", "A minor",
            Bend.GROOVE, Ending.RING_OUT, len(beats) - 1, seed,
        ),
        report=AlignmentReport(
            "fake", "", tuple(beat.samples for beat in beats), (), 120.0,
            tuple(
                CutAlignment(index, False, target, target, 0.0, 0.0, 0.0, Landing.BEAT, True, True, True)
                for index, target in enumerate(targets)
            ),
            totals, totals, 0.0,
        ),
    )  # fmt: skip
    return Take(request, result, folder or Path(), in_frames)


def write_wav24(path: Path, samples: int, seed: int = 0, channels: int = 2) -> bytes:
    """A plain 24-bit PCM WAV of a seeded noise; returns its sample bytes."""
    noise = np.random.default_rng(seed).integers(-(2**20), 2**20, (samples, channels), dtype=np.int32)
    data = noise.astype("<i4").tobytes()
    packed = np.frombuffer(data, np.uint8).reshape(-1, 4)[:, :3].tobytes()
    frame = 3 * channels
    head = struct.pack("<HHIIHH", 1, channels, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * frame, frame, 24)
    pad = b"\0" * (len(packed) % 2)
    body = b"WAVE" + b"fmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(packed)) + packed + pad
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return packed


def _write_files(folder: Path, samples: int, seed: int, extras: bool) -> list[AudioFile]:
    folder.mkdir(parents=True, exist_ok=True)
    files = [_audio_file(folder, "mix.wav", "mix", samples, seed)]
    if extras:
        (folder / "stems").mkdir(exist_ok=True)
        files.append(_audio_file(folder, "stems/drums.wav", "stem:drums", samples, seed + 1))
        (folder / "score.mid").write_bytes(b"MThd\0\0\0\6\0\0\0\1\0\x60")
        files.append(AudioFile("score.mid", "midi", "", 0, 0, 0, None, None))
    return files


def _audio_file(folder: Path, name: str, role: str, samples: int, seed: int) -> AudioFile:
    packed = write_wav24(folder / name, samples, seed)
    return AudioFile(name, role, hashlib.sha256(packed).hexdigest(), samples, SAMPLE_RATE_HZ, 2, -16.0, -1.0)
