"""What the music shall be, and its plan: the one place between parse and plan that decides on style, key and tempo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from vem_core.composer.style import Style
from vem_core.composer.styles import DEFAULT_STYLE, choose_key, choose_style, style_by_id, tempo_range
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import ScoreRequest, ThumbnailUse
from vem_core.parsing.pictures import Picture, motion_between, read_thumbnail
from vem_core.pipeline.job import Work
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.weights import weigh_cuts

STYLE_TEMPO_ROOM = 0.1
"""How far a tempo that nobody asked for may leave its style's range. On twelve random edits (24 cuts, median 2.2 s) it
takes `natural` in a style of 116 to 128 BPM from 0.62 of the cuts on beats to 0.83."""

_MOTION_SIZE = (32, 32)  # motion is a mean over the picture: more pixels only cost


def plan_piece(work: Work) -> ScorePlan:
    """The plan of one piece. Raises DirectionError."""
    request = work.request
    style = style_for(request)
    mood = request.direction.mood or (request.parse.overall.emotion if request.parse else "") or style.mood
    return plan_score(
        request.sheet,
        request.direction,
        request.seed,
        tempo_range_bpm=tempo_range_for(request, style),
        style=style.id,
        mood=mood,
        weights=cut_weights(work),
        key=request.direction.key or choose_key(style, request.seed, mood),
    )


def cut_weights(work: Work) -> tuple[float, ...]:
    """How much each cut of the request's sheet matters to the music, 0..1."""
    return weigh_cuts(work.request.sheet, shot_pictures(work.request, work.attachments))


def style_for(request: ScoreRequest) -> Style:
    """The style that was asked for by name, or else by the words of the prompt, the mood and the shots.

    Raises DirectionError for a name that does not exist.
    """
    direction = request.direction
    named = direction.style or (request.parse.overall.style if request.parse else "")
    if named:
        return style_by_id(named)
    shot_words = (word for shot in request.sheet.shots for word in shot.words)
    asked = f"{direction.prompt} {direction.mood or ''}"
    written = " ".join((*direction.shot_words, *shot_words))
    return style_by_id(choose_style(asked) or choose_style(written) or DEFAULT_STYLE)


def tempo_range_for(request: ScoreRequest, style: Style) -> tuple[float, float]:
    """The editor's tempo range in BPM, or else the style's with some room on either side."""
    low_bpm, high_bpm = tempo_range(style)
    return request.direction.tempo_bpm or (low_bpm * (1 - STYLE_TEMPO_ROOM), high_bpm * (1 + STYLE_TEMPO_ROOM))


def shot_pictures(request: ScoreRequest, attachments: Mapping[str, bytes]) -> dict[int, list[bytes]]:
    """The JPEGs of each shot in order of time, without strips and placeholders; a shot may have none."""
    pictures: dict[int, list[bytes]] = defaultdict(list)
    for thumbnail in sorted(request.thumbnails, key=lambda thumbnail: thumbnail.record_frames):
        if thumbnail.use is ThumbnailUse.SHOT and not thumbnail.placeholder and thumbnail.sha256 in attachments:
            pictures[thumbnail.shot].append(attachments[thumbnail.sha256])
    return pictures


def shot_motion(request: ScoreRequest, attachments: Mapping[str, bytes]) -> tuple[float, ...] | None:
    """How much moves in each shot, 0..1, from its pictures and the strip after its first cut.

    A shot that cannot be told has the mean of the others; None where none can.
    """
    moving: dict[int, list[Picture]] = defaultdict(list)
    for thumbnail in sorted(request.thumbnails, key=lambda thumbnail: thumbnail.record_frames):
        start = request.sheet.shots[thumbnail.shot].start_frames
        if thumbnail.use is ThumbnailUse.STRIP and thumbnail.record_frames >= start:
            picture = read_thumbnail(thumbnail, attachments, _MOTION_SIZE)
            if picture is not None:
                moving[thumbnail.shot].append(picture)
    told = {shot: motion_between(pictures) for shot, pictures in moving.items() if len(pictures) > 1}
    if not told:
        return None
    mean = sum(told.values()) / len(told)
    return tuple(told.get(shot, mean) for shot in range(len(request.sheet.shots)))
