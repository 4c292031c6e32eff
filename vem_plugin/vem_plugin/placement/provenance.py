"""The provenance of a take, as text beside it: what made the music, under which licences, what may be done with it, and
what to answer where somebody claims it.
"""

from __future__ import annotations

import datetime
import re
import textwrap

from vem_core.contract.request import Direction
from vem_core.contract.result import Rights
from vem_core.contract.time import timecode
from vem_plugin.placement.cue_sheet import cues_of
from vem_plugin.placement.generated_mark import digital_source_type
from vem_plugin.placement.state import MIX, PlacedTake

SUFFIX = "-rights.txt"
_WIDTH = 100
_FILE_HASH = re.compile(r"^(SHA-256 of the file: +)[0-9a-f]{64}$", re.MULTILINE)


def provenance_text(
    placed: PlacedTake, audio_sha256: str, made: datetime.datetime, *, marked: bool = True, signed: bool = False
) -> str:
    """The text of the file beside a take whose WAV has that SHA-256; empty where the core did not state its rights.

    `marked`: the WAV says to machines that it was generated; `signed`: a certificate vouches for that.
    """
    request, result = placed.request, placed.result
    rights = result.rights
    if rights is None:
        return ""
    lines = _rows({
        "music": placed.audio,
        "timeline": request.sheet.name or "(no name)",
        "made on": made.strftime("%Y-%m-%d %H:%M %Z").strip(),
        "made with": f"VeM Score {result.tool_version}",
        "model": f"{result.model}{f', weights SHA-256 {result.model_sha256}' if result.model_sha256 else ''}",
        "licence of the model": rights.model_licence,
        "what it learnt from": rights.data_licence,
        "seed": str(result.seed),
        "prompt": request.direction.prompt or "(none)",
        "style, mood, key": f"{result.plan.style}, {result.plan.mood}, {result.plan.key}",
        "request": f"SHA-256 {result.request_sha256}",
    })  # fmt: skip
    lines += ["", *textwrap.wrap(rights.statement, _WIDTH)]
    for note in rights.notes:
        lines += ["", *textwrap.wrap(f"Note: {note}", _WIDTH)]
    if request.direction != Direction() and request.direction.shot_words:
        lines += ["", "Words were given for single shots; the score's JSON has them."]
    lines += ["", "PROOF", *_proof(placed, audio_sha256)]
    lines += ["", "CUES", *_cues(placed)]
    lines += ["", "ATTRIBUTION", *_attribution(placed)]
    lines += ["", "IF SOMEBODY CLAIMS THIS MUSIC", *_dispute(placed, rights, made)]
    lines += ["", "THE MARK", *_mark(placed, marked, signed)]
    return "\n".join(lines) + "\n"


def with_file_hash(text: str, audio_sha256: str) -> str:
    """A rights text with another SHA-256 of the WAV: silence was added after it."""
    return _FILE_HASH.sub(rf"\g<1>{audio_sha256}", text)


def _rows(rows: dict[str, str], width: int = 22) -> list[str]:
    return [f"{f'{name}:':<{width}}{value}" for name, value in rows.items()]


def _proof(placed: PlacedTake, audio_sha256: str) -> list[str]:
    mix = placed.result.file(MIX)
    samples = "" if mix is None else mix.sound_sha256 or mix.sha256
    return [
        *_rows({"SHA-256 of the file": audio_sha256, "SHA-256 of its samples": samples}, 24),
        "",
        *textwrap.wrap(
            "The second is of the PCM samples alone and stays when the file's metadata are rewritten. The request, the "
            "seed and the model above make the same music again, sample by sample, on any machine.",
            _WIDTH,
        ),
    ]


def _cues(placed: PlacedTake) -> list[str]:
    sheet = placed.request.sheet
    return [
        f"{number:>3}  in {timecode(sheet.start_frames + cue.start_frames, sheet.rate, drop_frame=sheet.drop_frame)}"
        f"  out {timecode(sheet.start_frames + cue.end_excl_frames, sheet.rate, drop_frame=sheet.drop_frame)}"
        f"{f'  {cue.label}' if cue.label else ''}"
        for number, cue in enumerate(cues_of(sheet), start=1)
    ]


def _attribution(placed: PlacedTake) -> list[str]:
    result = placed.result
    return [
        "None is asked for by VeM Score. If you name it, or a platform asks whether AI was used:",
        f"    Music: generated with VeM Score {result.tool_version} (model {result.model})",
    ]


def _dispute(placed: PlacedTake, rights: Rights, made: datetime.datetime) -> list[str]:
    if not rights.paid_work:
        return ["See the statement above before you answer: not every use of this music is allowed."]
    result = placed.result
    text = (
        f'"The music in this video was generated for it on {made:%Y-%m-%d} by a computer program, VeM Score '
        f"{result.tool_version} (model {result.model}, seed {result.seed}). It was not cut, sampled or covered from a "
        f"recording. The licence of the model allows its use here: {rights.model_licence}. I can provide the original "
        '24-bit file, its SHA-256, and the request from which the same music is made again."'
    )
    return ["To paste into the dispute form:", *textwrap.wrap(text, _WIDTH)]


def _mark(placed: PlacedTake, marked: bool, signed: bool) -> list[str]:
    source = digital_source_type(placed.result.model)
    if marked:
        return [
            "The WAV says to machines that it was generated, in XMP, LIST INFO and iXML:",
            source,
            *(["A signed manifest in it says the same (C2PA content credentials)."] if signed else []),
            "Nothing is hidden in the sound.",
        ]
    return ["The machine-readable mark was left out of the WAV, as was asked for:", source]
