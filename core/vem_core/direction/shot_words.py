"""What words say of single shots: the editor's in the panel, markers and notes, and the names of clips."""

from __future__ import annotations

from collections.abc import Sequence

from vem_core.contract.brief import MOST_PROMPT_CHARACTERS, Source
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.direction import Direction
from vem_core.direction.grammar import read_words
from vem_core.direction.wishes import Said
from vem_core.parsing.wording import readable_name


def said_of_shots(sheet: CutSheet, direction: Direction) -> tuple[tuple[Said, ...], ...]:
    """What is said of each shot, the most deliberate first; what says nothing of music is left out."""
    given = direction.shot_words or ("",) * len(sheet.shots)
    labels = ("", *(cut.label for cut in sheet.cuts))
    found = []
    for shot, words, label in zip(sheet.shots, given, labels, strict=True):
        texts = [(words, Source.WORDS), (label, Source.MARKER)]
        texts += [(each, Source.MARKER) for each in shot.words]
        texts.append((readable_name(shot.name), Source.CLIP_NAME))
        said = [read_words(text[:MOST_PROMPT_CHARACTERS], source) for text, source in texts if text.strip()]
        found.append(tuple(each for each in said if not each.is_empty))
    return tuple(found)


def label_times_s(sheet: CutSheet) -> dict[str, float]:
    """The names of moments that words may refer to ("drops at the logo"), in seconds: markers, notes, clips."""
    times: dict[str, float] = {}
    rate = float(sheet.rate)
    for shot in reversed(sheet.shots):
        for name in (readable_name(shot.name), *shot.words):
            if name.strip():
                times[name] = shot.start_frames / rate
    named = [(cut.label, cut.record_frames) for cut in sheet.cuts]
    named += [(event.label, event.record_frames) for event in sheet.events]
    times |= {label: frames / rate for label, frames in named if label.strip()}
    return times


def shot_times_s(sheet: CutSheet) -> tuple[float, ...]:
    """Where the shots begin, in seconds: what "from shot 9 on" refers to."""
    return tuple(float(shot.start_frames / sheet.rate) for shot in sheet.shots)


def together(said: Sequence[Said]) -> list[Said]:
    """What is said of any shot, each saying once, in the order of its first shot."""
    return list(dict.fromkeys(said))
