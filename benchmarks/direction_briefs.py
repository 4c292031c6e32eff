"""All sets of prompts at once, judged on the briefs alone: seconds a set, for who mends the grammar.

    python benchmarks/direction_briefs.py [--sets heldout_eighteenth ...] [--save FILE] [--against FILE]

What `direction.py` reads off notes and sound is read off the brief and the band that it casts. No tempo is planned and
no arc is heard, so that the figures differ from those on the sound by a few prompts; they show what got worse.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from direction import (
    INVERTED,
    LEAST_CORRELATION,
    MISSED,
    NAMED,
    OBEYED,
    OTHER_NAMES,
    Verdict,
    edit,
    unchanged,
    verdict_of,
)

from vem_core.composer.casting import cast_style, voices_of
from vem_core.composer.instruments import is_played_by
from vem_core.composer.style import DRUM_KEYS, Style
from vem_core.composer.styles import list_styles, style_by_id
from vem_core.contract.brief import MusicBrief
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.direction import direct
from vem_core.direction.following import casting_of

SETS = Path(__file__).parent.parent / "tests" / "core" / "direction"


@dataclass(frozen=True)
class Read:
    """What a prompt's brief says, beside that of no prompt, and the style as it casts it."""

    brief: MusicBrief
    plain: MusicBrief
    band: Style

    @property
    def patches(self) -> set[str]:
        return {patch for part in self.band.parts for patch in part.patches}


def judge(entry: dict[str, Any], sheet: CutSheet, plain: MusicBrief) -> Verdict:
    """The verdict on one prompt."""
    brief = direct(ScoreRequest(sheet, Direction(prompt=entry["prompt"])))
    band = cast_style(style_by_id(brief.style.id), casting_of(brief, sheet), list_styles())
    found = [(name, _CHECKS[name](wanted, Read(brief, plain, band))) for name, wanted in entry["expect"].items()]
    return verdict_of(entry, found, brief)


def _tempo(wanted: list[float], read: Read) -> str:
    low, high = wanted[0] * 0.99, wanted[1] * 1.01
    bpm, plain = ((brief.tempo_bpm.low + brief.tempo_bpm.high) / 2 for brief in (read.brief, read.plain))
    if low <= bpm <= high:
        return OBEYED
    middle = (low + high) / 2
    return INVERTED if (bpm - plain) * (middle - plain) < 0 and abs(bpm / plain - 1) > 0.15 else MISSED


def _key(wanted: list[str], read: Read) -> str:
    return OBEYED if [read.brief.key.tonic, read.brief.key.mode] == wanted else MISSED


def _beats(wanted: int, read: Read) -> str:
    return OBEYED if read.brief.meter.beats == wanted else MISSED


def _style(wanted: list[str], read: Read) -> str:
    return OBEYED if read.brief.style.id in {OTHER_NAMES.get(name, name) for name in wanted} else MISSED


def _not_style(wanted: list[str], read: Read) -> str:
    return INVERTED if read.brief.style.id in wanted else OBEYED


def _sounds(name: str, read: Read) -> bool:
    name = OTHER_NAMES.get(name, name)
    drums = read.band.drums
    if name == "drums":
        return drums is not None
    if keys := voices_of(name):
        voices = [voice for voice, key in DRUM_KEYS.items() if key in keys]
        return drums is not None and any(getattr(groove, voice) for groove in drums.grooves for voice in voices)
    return any(is_played_by(patch, name) for patch in read.patches)


def _has(wanted: list[str], read: Read) -> str:
    without = any(name in read.brief.instruments.without for name in wanted)
    return OBEYED if all(_sounds(name, read) for name in wanted) else INVERTED if without else MISSED


def _lacks(wanted: list[str], read: Read) -> str:
    sounding = [name for name in wanted if _sounds(name, read)]
    asked = {*read.brief.instruments.with_, *read.brief.instruments.only}
    return OBEYED if not sounding else INVERTED if asked & set(sounding) else MISSED


def _only(wanted: list[str], read: Read) -> str:
    stray = [patch for patch in read.patches if not any(is_played_by(patch, name) for name in wanted)]
    without = any(name in read.brief.instruments.without for name in wanted)
    return OBEYED if read.brief.instruments.only and not stray else INVERTED if without else MISSED


def _valence(wanted: list[float], read: Read) -> str:
    mood = read.brief.mood
    if wanted[0] <= mood.valence <= wanted[1]:
        return OBEYED
    return INVERTED if mood.valence * sum(wanted) < 0 and mood.sureness > 0 else MISSED


def _arousal(wanted: list[float], read: Read) -> str:
    mood, energy = read.brief.mood, float(np.mean([shot.energy for shot in read.brief.shots]))
    level = mood.arousal if mood.sureness > 0 else 2.5 * (energy - 0.55)
    return OBEYED if wanted[0] <= level <= wanted[1] else MISSED


def _arc(wanted: list[list[float]], read: Read) -> str:
    end_s = read.brief.arc[-1].at_s
    places = np.linspace(0, 1, 60)
    asked = np.interp(places, *zip(*wanted, strict=True))
    drawn = np.interp(places, [p.at_s / end_s for p in read.brief.arc], [p.energy for p in read.brief.arc])
    alike = float(np.corrcoef(asked, drawn)[0, 1]) if drawn.std() > 0 else 0.0
    return OBEYED if alike >= LEAST_CORRELATION else INVERTED if alike < -0.3 else MISSED


def _density(wanted: str, read: Read) -> str:
    value = read.brief.density.value
    if value is None:
        return MISSED
    return OBEYED if (value < 0.5) == (wanted == "sparse") else INVERTED


def _unchanged(_: bool, read: Read) -> str:
    return unchanged(read.brief, read.plain)


_CHECKS: dict[str, Callable[[Any, Read], str]] = {
    "tempo_bpm": _tempo, "key": _key, "beats": _beats, "style": _style, "not_style": _not_style, "has": _has,
    "lacks": _lacks, "only": _only, "valence": _valence, "arousal": _arousal, "arc": _arc, "density": _density,
    "unchanged": _unchanged,
}  # fmt: skip


def judge_sets(names: list[str]) -> Iterator[tuple[str, dict[str, Any], Verdict]]:
    """The set, the entry and the verdict of every prompt."""
    sheet = edit()
    plain = direct(ScoreRequest(sheet))
    for name in names:
        for entry in json.loads((SETS / f"{name}.json").read_text(encoding="utf-8")):
            yield name, entry, judge(entry, sheet, plain)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="*", help="names of files in tests/core/direction, without .json; default: all")
    parser.add_argument("--save", type=Path, help="write the verdicts here")
    parser.add_argument("--against", type=Path, help="show only what differs from verdicts that were saved")
    arguments = parser.parse_args()
    before = json.loads(arguments.against.read_text()) if arguments.against else {}
    counts: dict[str, Counter[str]] = {}
    found = {}
    names = arguments.sets or ["prompts", *sorted(path.stem for path in SETS.glob("heldout*.json"))]
    for name, entry, verdict in judge_sets(names):
        counts.setdefault(name, Counter())[verdict.verdict] += 1
        key = f"{name}/{verdict.id}"
        found[key] = verdict.verdict
        if verdict.verdict != before.get(key, OBEYED):
            was = f", was {before[key]}" if key in before else ""
            print(f"{key} {verdict.verdict}{was}: {entry['prompt']!r} ({', '.join(verdict.failed)})")
    for name, count in {**counts, "all": sum(counts.values(), Counter())}.items():
        total = sum(count.values())
        print(f"{name:<22}{total:>6}" + "".join(f"{count[v]:>6} {v}" for v in (OBEYED, NAMED, MISSED, INVERTED)))
    if arguments.save:
        arguments.save.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
