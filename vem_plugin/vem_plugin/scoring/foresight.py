"""Before the button: what a re-score would keep, in words, and what a new piece would do instead."""

from __future__ import annotations

import dataclasses
import math

from vem_core.contract.outlook import PieceOutlook, RecutOutlook
from vem_core.contract.request import ScoreRequest
from vem_core.contract.time import timecode
from vem_plugin.client.attachments import Attachments
from vem_plugin.client.base import CoreClient, OnProgress
from vem_plugin.scoring.own_music import music_files
from vem_plugin.scoring.refitting import Following


def foresee(client: CoreClient, following: Following, on_progress: OnProgress) -> RecutOutlook:
    """What a core would keep of the take that a request follows; nothing is made, and of sounds only own music is sent.

    Raises what the core raises.
    """
    request = following.request
    assert request.recut is not None
    has_sound = bool(request.recut.earlier.sounds)
    silent = dataclasses.replace(request.recut.earlier, sounds=())
    asked = dataclasses.replace(request, recut=dataclasses.replace(request.recut, earlier=silent))
    attachments = Attachments(following.attachments.pictures, music_files(asked))
    outlook = client.outlook(asked, attachments, on_progress)
    if has_sound:
        return outlook
    pieces = tuple(dataclasses.replace(piece, kept_share=0.0, new_bars=((1, piece.bars),)) for piece in outlook.pieces)
    return dataclasses.replace(outlook, kept_share=0.0, pieces=pieces, reason=" ".join(following.notices))


def known_outlook(following: Following) -> RecutOutlook | None:
    """The outlook that needs no core: nothing changed, or there is no take to follow; None: a core has to say."""
    if following.unchanged is not None:
        return RecutOutlook(following.unchanged.take, 0, 1.0, reason="Nothing changed.")
    if following.request.recut is None:
        return RecutOutlook(None, 0, 0.0, reason=following.reason)
    return None


def in_words(outlook: RecutOutlook, request: ScoreRequest) -> tuple[str, ...]:
    """The outlook in sentences: the whole first, then each piece where there are several, then a new start."""
    if outlook.take is None:
        return (outlook.reason,)
    return (*_kept(outlook, request), *_compared(outlook), *outlook.notices)


def _kept(outlook: RecutOutlook, request: ScoreRequest) -> tuple[str, ...]:
    if outlook.reason:
        return (outlook.reason,)
    shots = f"{outlook.changed_shots} shot{'' if outlook.changed_shots == 1 else 's'} changed"
    head = f"{shots}: {_percent(outlook.kept_share)} of take {outlook.take} stays"
    if len(outlook.pieces) == 1:
        return (f"{head}{_new(outlook.pieces[0])}.",)
    return (f"{head}.", *(_of_piece(piece, request) for piece in outlook.pieces))


def _of_piece(piece: PieceOutlook, request: ScoreRequest) -> str:
    sheet = request.sheet
    start, end = (
        timecode(sheet.start_frames + frame, sheet.rate, drop_frame=sheet.drop_frame)
        for frame in (piece.start_frames, piece.end_excl_frames)
    )
    return f"{start}-{end}: {_percent(piece.kept_share)} stays{_new(piece)}."


def _new(piece: PieceOutlook) -> str:
    if not piece.new_bars:
        return ""
    runs = [f"{first}" if first == last else f"{first}-{last}" for first, last in piece.new_bars]
    listed = runs[0] if len(runs) == 1 else f"{', '.join(runs[:-1])} and {runs[-1]}"
    one = len(runs) == 1 and piece.new_bars[0][0] == piece.new_bars[0][1]
    return f"; bar {listed} is new" if one else f"; bars {listed} are new"


def _compared(outlook: RecutOutlook) -> tuple[str, ...]:
    cuts = sum(piece.cuts for piece in outlook.pieces)
    if not cuts:
        return ()
    met, anew = (
        sum(getattr(piece, name) for piece in outlook.pieces) for name in ("cuts_met", "cuts_met_from_scratch")
    )
    return (f"It would meet {met} of {cuts} cuts; a new piece (--afresh) would meet {anew}, and keep nothing.",)


def _percent(share: float) -> str:
    """Rounded down: nothing is promised that is not kept."""
    return f"{math.floor(100 * share + 1e-9)} %"
