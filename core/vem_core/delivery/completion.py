"""The last stage: everything that a score gets from its files alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from vem_core.audio.files import read_stretches
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.time import sample_of_frame
from vem_core.delivery.conversion import convert_files
from vem_core.delivery.downmix import check_downmix, downmix_warnings
from vem_core.delivery.rights import rights_of


def complete(result: ScoreResult, request: ScoreRequest, folder: Path) -> ScoreResult:
    """The result with its rights, the downmix check of its mix, and its files in the form that was asked for.

    `folder` holds the files that the result names. Raises AudioError, OutputError.
    """
    font = request.soundfont
    named = font is not None and not font.automatic  # those that are found by themselves are free for any work
    font_note = f"The SoundFont {Path(font.path).name} has a licence of its own." if font and named else ""
    rights = rights_of(result.model, result.report.tracker_licence_note, font_note)
    handle = sample_of_frame(request.delivery.handle_before_frames, request.sheet.rate)
    files = tuple(dataclasses.replace(file, handle_samples=handle) for file in result.files)
    mix = result.file("mix")
    new = _new_stretches(result, mix.samples) if mix is not None else []
    downmix = check_downmix(read_stretches(folder / mix.name, new)) if mix is not None and new else None
    return dataclasses.replace(
        result,
        files=(*files, *convert_files(files, request.delivery, folder)),
        warnings=(
            *([rights.statement] if rights.conditions or not rights.paid_work else []),
            *result.warnings,
            *(downmix_warnings(downmix) if downmix is not None else ()),
            *_missing(result, request),
        ),
        rights=rights,
        downmix=downmix,
    )


def _new_stretches(result: ScoreResult, samples: int) -> list[tuple[int, int]]:
    """What of a mix was not checked with an earlier take: the samples between those that it keeps."""
    kept = result.refit.kept if result.refit is not None else ()
    edges = [0, *(edge for span in kept for edge in (span.start_samples, span.end_excl_samples)), samples]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]


def _missing(result: ScoreResult, request: ScoreRequest) -> Iterator[str]:
    """What was asked for and did not come, because the model or the kind of score has none."""
    roles = {file.role for file in result.files}
    if request.delivery.stems and not any(role.startswith("stem:") for role in roles):
        yield f"The model {result.model} makes no stems; there is only the mix."
    if request.delivery.midi and "midi" not in roles:
        several = bool(request.sheet.silences or request.sheet.cue_starts)
        yield "A score of several pieces has no MIDI file." if several else f"The model {result.model} makes no MIDI."
