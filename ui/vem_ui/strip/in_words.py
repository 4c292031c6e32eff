"""What stands on the strip, in words: for tool tips and for screen readers."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from vem_core.contract.cut_sheet import Event, Wish
from vem_core.contract.time import timecode
from vem_ui.strip.model import StripModel


def wish_in_words(wish: Wish) -> str:
    """What a wish asks for."""
    return {
        Wish.AUTO: QCoreApplication.translate("StripView", "auto: on a beat if the music can"),
        Wish.HIT: QCoreApplication.translate("StripView", "hit: must land on a beat"),
        Wish.DROP: QCoreApplication.translate("StripView", "drop: must land on a downbeat, the climax"),
        Wish.IGNORE: QCoreApplication.translate("StripView", "ignore: the music pays no attention"),
    }[wish]


def how_to_wish() -> str:
    """How a wish is given with the mouse."""
    return QCoreApplication.translate("StripView", "Click to change the wish; right-click for all of them.")


def cut_in_words(model: StripModel, index: int) -> str:
    """Where a cut stands, its wish, how near its beat is, and its marker; a line each."""
    cut = model.cuts[index]
    lines = [timecode_at(model, cut.record_frames), wish_in_words(cut.wish)]
    if cut.error_ms is not None:
        frames = cut.error_ms / 1000 * float(model.sheet.rate)
        nearest = QCoreApplication.translate("StripView", "nearest beat {ms:+.1f} ms, {frames:+.2f} frames")
        lines.append(nearest.format(ms=cut.error_ms, frames=frames))
    if model.sheet.cuts[index].label:
        lines.append(model.sheet.cuts[index].label)
    return "\n".join(lines)


def numbered_cut(model: StripModel, index: int) -> str:
    """Which cut it is of how many."""
    text = QCoreApplication.translate("StripView", "cut {number} of {cuts}")
    return text.format(number=index + 1, cuts=len(model.cuts))


def event_in_words(model: StripModel, event: Event) -> str:
    """Where a marked moment inside a shot stands, its wish and its words; a line each."""
    where = timecode_at(model, event.record_frames)
    return "\n".join(text for text in (where, wish_in_words(event.wish), event.label) if text)


def shot_in_words(model: StripModel, shot: int) -> str:
    """A shot's number, name and words."""
    entry = model.sheet.shots[shot]
    return "\n".join(text for text in (f"{shot + 1}  {entry.name}", ", ".join(entry.words)) if text)


def energy_in_words(model: StripModel, shot: int) -> str:
    """How energetic a shot is, and how that is changed."""
    energy = model.energies[shot] if model.energies else None
    chosen = QCoreApplication.translate("StripView", "chosen by the tool")
    level = chosen if energy is None else f"{energy:.0%}"
    name = model.sheet.shots[shot].name
    which = f"{shot + 1} ({name})" if name else f"{shot + 1}"
    text = QCoreApplication.translate(
        "StripView", "Energy of shot {shot}: {level}. Drag to change it; inside a selection, of all its shots."
    )
    return text.format(shot=which, level=level)


def read_out(model: StripModel, frames: float) -> str:
    """What is at a record frame: which cut, its wish, its beat; or which shot."""
    cut = model.nearest_cut(frames)
    if cut is not None and abs(model.cut_frames[cut] - frames) < 0.5:
        return ", ".join([numbered_cut(model, cut), *cut_in_words(model, cut).split("\n")])
    shots = model.sheet.shots
    shot = model.shots_between(frames, frames + 1e-6).start
    where = QCoreApplication.translate("StripView", "shot {number} of {shots}").format(
        number=shot + 1, shots=len(shots)
    )
    return ", ".join(part for part in (where, shots[shot].name, timecode_at(model, int(frames))) if part)


def timecode_at(model: StripModel, record_frames: int) -> str:
    """The timecode of a record frame."""
    sheet = model.sheet
    return timecode(sheet.start_frames + record_frames, sheet.rate, drop_frame=sheet.drop_frame)
