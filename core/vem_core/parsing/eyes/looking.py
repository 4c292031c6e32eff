"""Looking at shots: at one picture of each, and at a second one where the first is sure of something."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from vem_core.contract.parse import VisualContent
from vem_core.contract.request import ScoreRequest, Thumbnail, ThumbnailUse
from vem_core.parsing.eyes.base import HALF_SURE, SURE, Eyes, Glance
from vem_core.parsing.eyes.remembered import remembered_glances
from vem_core.parsing.pictures import read_thumbnail

NOTHING = Glance()


def with_content(visual: VisualContent, glance: Glance) -> VisualContent:
    """What a shot looks like, with what it shows."""
    return replace(visual, content=tuple(word for word, _ in glance.content)) if visual.known else visual


def look_at_content(request: ScoreRequest, attachments: Mapping[str, bytes], eyes: Eyes | None) -> tuple[Glance, ...]:
    """What every shot of a request shows; NOTHING where there are no eyes, no picture, or nothing that is sure.

    Glances are remembered by the thumbnails' hashes, on disk too. Raises ModelMissing, WeightsDamaged.
    """
    if eyes is None:
        return (NOTHING,) * len(request.sheet.shots)
    with remembered_glances(eyes.eyes_id) as known:

        def glance_at(thumbnail: Thumbnail) -> Glance:
            if thumbnail.sha256 not in known:
                picture = read_thumbnail(thumbnail, attachments, eyes.size)
                known[thumbnail.sha256] = NOTHING if picture is None else eyes.glance(picture)
            return known[thumbnail.sha256]

        try:
            return tuple(_of_shot(stills, glance_at) for stills in _stills(request, attachments))
        finally:
            eyes.unload()  # the model of music needs the memory


def _of_shot(stills: Sequence[Thumbnail], glance_at: Callable[[Thumbnail], Glance]) -> Glance:
    """What one shot shows: what one of its pictures says surely and another one does not deny."""
    if not stills:
        return NOTHING
    first = glance_at(stills[len(stills) // 3])
    sure = [(word, sureness) for word, sureness in first.content if sureness >= SURE]
    if sure and len(stills) > 1:
        again = dict(glance_at(stills[2 * len(stills) // 3]).content)
        sure = [(word, sureness) for word, sureness in sure if again.get(word, 0.0) >= HALF_SURE]
    return Glance(tuple(sure), first.affect)


def _stills(request: ScoreRequest, attachments: Mapping[str, bytes]) -> list[list[Thumbnail]]:
    """The pictures of each shot in order of time, without strips and placeholders."""
    stills: list[list[Thumbnail]] = [[] for _ in request.sheet.shots]
    for thumbnail in sorted(request.thumbnails, key=lambda each: each.record_frames):
        there = thumbnail.use is ThumbnailUse.SHOT and not thumbnail.placeholder and thumbnail.sha256 in attachments
        if there:
            stills[thumbnail.shot].append(thumbnail)
    return stills
