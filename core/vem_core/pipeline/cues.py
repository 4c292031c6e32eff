"""Several pieces in one timeline: each is made by itself, and they are joined."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.request import ScoreRequest
from vem_core.contract.time import sample_of_frame
from vem_core.cues.cutting import CueSpan, cue_request, cue_spans, has_entrance, with_gaps_silent, without_entrance
from vem_core.cues.joining import PlacedPiece, entering_on_a_beat, join_pieces, progress_of_piece
from vem_core.cues.listening import AfterSilence
from vem_core.generation.played_piece import PlayedPiece
from vem_core.pipeline.job import Work
from vem_core.pipeline.plain import play_plainly
from vem_core.pipeline.planning import plan_piece
from vem_core.rhythm.planner_targets import beat_offset_samples


@dataclass(frozen=True)
class Cues:
    """Which stretches of a request's sheet are scored."""

    spans: tuple[CueSpan, ...]
    sheet: CutSheet  # silent where none of them is
    warnings: tuple[str, ...]

    @property
    def are_several(self) -> bool:
        """Whether one piece does not fill the whole sheet."""
        return len(self.spans) > 1 or bool(self.sheet.silences)


def read_cues(request: ScoreRequest) -> Cues:
    """The cues of a request. Raises DirectionError where silence leaves nothing to score."""
    spans, warnings = cue_spans(request.sheet)
    return Cues(spans, with_gaps_silent(request.sheet, spans), warnings)


def play_cues(work: Work, cues: Cues) -> PlayedPiece:
    """A piece for each cue, as one score of the whole sheet.

    Raises DirectionError, GenerationError, or what `on_progress` raises.
    """
    style = work.brief.style.id
    count = len(cues.spans)
    pieces = [
        _play_cue(
            dataclasses.replace(work, on_progress=progress_of_piece(work.on_progress, number, count)), span, style
        )
        for number, span in enumerate(cues.spans)
    ]
    joined = join_pieces(cues.sheet, pieces, beat_offset_samples(work.request.direction))
    return dataclasses.replace(joined, warnings=(*cues.warnings, *joined.warnings))


def _play_cue(work: Work, span: CueSpan, style: str) -> PlacedPiece:
    """One of several pieces of a score. The beat on its first frame is given up where it contradicts the marks."""
    own = cue_request(work.request, span, style)
    if span.start_frames > 0:
        work = dataclasses.replace(work, tracker=AfterSilence(work.tracker))
    plan = plan_piece(work.on(own))
    if plan.unmet and has_entrance(own):
        own = without_entrance(own)
        plan = plan_piece(work.on(own))
    work.preview.begin(sample_of_frame(span.start_frames, own.sheet.rate))
    piece = play_plainly(work.on(own), plan)
    if span.start_frames > 0:
        piece = entering_on_a_beat(piece)
    return PlacedPiece(span, piece, has_entrance(own))
