"""`vem brief TIMELINE`: what the music would be, and why, before any is made.

vem brief cut.otio --prompt "sad solo piano, no drums"     the brief, each value with where it came from
vem brief cut.otio --ignore-picture                        the same without a look at the pictures
vem brief cut.otio --json                                  one JSON object: MusicBrief.1
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator

from vem_core.contract.brief import MusicBrief, Source
from vem_core.contract.codec import to_json
from vem_core.contract.command import Command
from vem_plugin.commands.asking import add_asking_arguments, ask_core

_BECAUSE = {
    Source.EDITOR: "as set",
    Source.WORDS: "from the words",
    Source.MARKER: "from markers",
    Source.TEMP_TRACK: "from the temp track",
    Source.CLIP_NAME: "from the names of clips",
    Source.PICTURE: "from the picture",
    Source.PACE: "from the pace of the cuts",
    Source.DEFAULT: "nobody said",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem brief`."""
    add_asking_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Have the core direct the timeline, and print what it says."""
    brief = ask_core(arguments, lambda client: client.brief)
    if arguments.json:
        sys.stdout.write(json.dumps(to_json(brief), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(render_brief(brief))
    return 0


def render_brief(brief: MusicBrief) -> str:
    """The brief for a terminal: each value, where it came from, and how sure it is."""
    because = {"style": brief.style.because, "mood": brief.mood.because}
    lines = []
    for name, value, source, sureness in _values(brief):
        lines.append(f"{name:<12} {value:<34} {_origin(source, sureness)}")
        if because.get(name):
            lines.append(f"{'':<12} because of: {', '.join(because[name])}")
    lines += ["", f"{'arc':<12} " + "  ".join(f"{point.at_s:.1f} s {point.energy:.2f}" for point in brief.arc)]
    lines += _said(brief)
    return "\n".join(lines) + "\n"


def _said(brief: MusicBrief) -> Iterator[str]:
    if brief.understood:
        yield ""
        for understood in brief.understood:
            yield f"{'understood':<12} {understood.words!r}: {understood.meaning}"
    if brief.notices:
        yield ""
        yield from brief.notices


def _values(brief: MusicBrief) -> Iterator[tuple[str, str, Source, float]]:
    style, tempo, key, mood = brief.style, brief.tempo_bpm, brief.key, brief.mood
    asked = f" (for {style.asked})" if style.asked and style.asked != style.id else ""
    yield "style", style.id + asked, style.from_, style.sureness
    yield "tempo", f"{tempo.low:g} to {tempo.high:g} BPM", tempo.from_, tempo.sureness
    yield "key", " ".join(part for part in (key.tonic, key.mode) if part) or "open", key.from_, key.sureness
    yield "metre", f"{brief.meter.beats} beats to the bar", brief.meter.from_, brief.meter.sureness
    place = f"{mood.word} (valence {mood.valence:+.2f}, arousal {mood.arousal:+.2f})"
    yield "mood", place, mood.from_, mood.sureness
    players = brief.instruments
    for name, ids in (("only", players.only), ("with", players.with_), ("without", players.without)):
        if ids:
            yield name, ", ".join(ids), players.from_, players.sureness
    for level in players.levels:
        yield "level", f"{level.instrument} {level.change_db:+g} dB", level.from_, level.sureness
    if brief.density.value is not None:
        yield "density", f"{brief.density.value:g}", brief.density.from_, brief.density.sureness
    yield "ending", brief.ending.value.value, brief.ending.from_, brief.ending.sureness


def _origin(source: Source, sureness: float) -> str:
    unsure = " (not sure)" if source is Source.PICTURE and sureness < 0.3 else ""
    return _BECAUSE[source] + unsure


COMMAND = Command("Show what the music would be, and why.", add_arguments, run)
