"""What follows a brief: the direction that the planner takes, and the casting that the composer takes."""

from __future__ import annotations

import dataclasses

from vem_core.composer.style import Style
from vem_core.composer.styles import choose_key
from vem_core.contract.brief import MusicBrief, ShotBrief, Source
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.direction import Direction
from vem_core.contract.plan import Arc, Casting, ShotCasting
from vem_core.contract.request import ScoreRequest
from vem_core.contract.same_piece import contradictions
from vem_core.contract.sheet_diff import ShotChange, diff_sheets
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.direction.energies import arc_of_shots
from vem_core.rhythm.energy import nearest_arc

FEW_SHOTS = 8
LONG_SHOT = 0.2
"""An arc that is asked for runs on within shots where there are few of them, or one lasts this share of the piece."""

_SIDE = 0.12  # valence from which a shot is on the bright or the dark side


def followed(direction: Direction, brief: MusicBrief) -> Direction:
    """The direction with what the brief says in the editor's place: energies, tempo, ending."""
    tempo = (brief.tempo_bpm.low, brief.tempo_bpm.high)
    asked = brief.tempo_bpm.from_ in (Source.EDITOR, Source.WORDS)
    return dataclasses.replace(
        direction,
        shot_energies=tuple(shot.energy for shot in brief.shots),
        tempo_bpm=tempo if asked else direction.tempo_bpm,
        ending=brief.ending.value,
    )


def followed_after_recut(request: ScoreRequest, brief: MusicBrief) -> Direction:
    """The direction for a refit: new shots have the brief's energy, the others what the editor says of them."""
    direction = request.direction
    if request.recut is None:
        return direction
    wished = list(direction.shot_energies or (None,) * len(request.sheet.shots))
    for match in diff_sheets(request.recut.earlier.sheet, request.sheet).matches:
        if match.old is None and wished[match.new] is None:
            wished[match.new] = brief.shots[match.new].energy
    return dataclasses.replace(direction, shot_energies=tuple(wished) if any(e is not None for e in wished) else ())


def arc_of_words(brief: MusicBrief) -> Arc | None:
    """The arc that words ask for, where it is like one that has a name; None: the seed's."""
    end_s = brief.arc[-1].at_s
    if end_s <= 0 or not all(point.from_ is Source.WORDS for point in brief.arc):
        return None
    return nearest_arc([(point.at_s / end_s, point.energy) for point in brief.arc])


def key_of(brief: MusicBrief, style: Style, seed: int) -> str:
    """The key as a plan names it; what is open in the brief the seed chooses."""
    if brief.key.text is not None:
        return brief.key.text
    key = choose_key(style, seed, "" if brief.key.mode else brief.mood.word)
    tonic, _, mode = key.partition(" ")
    return f"{brief.key.tonic or tonic} {brief.key.mode or mode}"


def casting_of(brief: MusicBrief, sheet: CutSheet) -> Casting:
    """Who plays, how full and how bright it is, for the composer."""
    told = brief.mood.sureness > 0
    players = brief.instruments
    long_shot = max(shot.duration_frames for shot in sheet.shots) > LONG_SHOT * sheet.duration_frames
    shaped = any(point.from_ is Source.WORDS for point in brief.arc)
    arc = brief.arc if shaped and (len(sheet.shots) < FEW_SHOTS or long_shot) else ()
    return Casting(
        only=players.only,
        with_=players.with_,
        without=players.without,
        density=brief.density.value,
        levels=tuple((level.instrument, level.change_db) for level in players.levels),
        valence=round(brief.mood.valence, 2) if told else 0.0,
        shots=tuple(
            ShotCasting(index, shot.only, shot.with_, shot.without)
            for index, shot in enumerate(brief.shots)
            if shot.only or shot.with_ or shot.without
        ),
        shot_valences=shot_valences_of(brief),
        arc=tuple((round(point.at_s * SAMPLE_RATE_HZ), point.energy) for point in arc),
    )


def shot_valences_of(brief: MusicBrief) -> tuple[float, ...]:
    """Valence of each shot, where words put some on the bright side and others on the dark one; else none."""
    valences = tuple(shot.valence for shot in brief.shots)
    both = min(valences, default=0.0) < -_SIDE and max(valences, default=0.0) > _SIDE
    return valences if both and brief.mood.from_ in (Source.WORDS, Source.EDITOR) else ()


def kept_after_recut(request: ScoreRequest, fresh: MusicBrief) -> MusicBrief:
    """The earlier take's brief on the new edit: only shots that are new or changed have the fresh brief's values.

    The fresh brief itself, where there is no earlier one or the wishes ask for another piece.
    """
    recut = request.recut
    if recut is None or recut.earlier.brief is None or contradictions(request):
        return fresh
    earlier = recut.earlier.brief
    shots: list[ShotBrief] = list(fresh.shots)
    for match in diff_sheets(recut.earlier.sheet, request.sheet).matches:
        stays = match.old is not None and match.change is not ShotChange.INSERTED and match.old < len(earlier.shots)
        if stays and match.old is not None and fresh.shots[match.new].from_ not in (Source.EDITOR, Source.WORDS):
            shots[match.new] = earlier.shots[match.old]
    arc = arc_of_shots(request.sheet, [shot.energy for shot in shots], earlier.arc[0].from_)
    return dataclasses.replace(earlier, shots=tuple(shots), arc=arc, ending=fresh.ending)
