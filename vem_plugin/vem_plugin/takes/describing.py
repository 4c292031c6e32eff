"""What a take's WAVs say of themselves, so that each explains itself wherever it ends up."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from fractions import Fraction

from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import AudioFormat, ScoreRequest
from vem_core.contract.result import AudioFile
from vem_core.contract.time import timecode
from vem_plugin.placement.broadcast_extension import (
    BroadcastExtension,
    coding_history,
    time_reference_samples,
    umid_of,
)
from vem_plugin.placement.broadcast_wave import ChunkPayloads, PcmFormat
from vem_plugin.placement.cue_points import cue_chunks, score_cues
from vem_plugin.placement.generated_mark import digital_source_type, mark_chunks, mark_sentence
from vem_plugin.placement.ixml import SoundNotes, ixml_bytes
from vem_plugin.placement.loudness_values import loudness_values
from vem_plugin.placement.state import MIX, PlacedTake
from vem_plugin.placement.state_chunk import CHUNK_NAME, pack_state
from vem_plugin.takes.names import DELIVERED

_SIDES = {1: ("",), 2: (" L", " R")}


@dataclass(frozen=True)
class SelfDescription:
    """What is written about a take into each of its WAVs."""

    placed: PlacedTake
    drop_frame: bool
    originated: datetime.datetime
    state: bytes  # of the state chunk; empty: there shall be none
    marked: bool = True  # it says to machines that it was generated

    @classmethod
    def of(
        cls,
        placed: PlacedTake,
        *,
        drop_frame: bool,
        originated: datetime.datetime,
        with_state: bool = True,
        marked: bool = True,
    ) -> SelfDescription:
        """The description of a take; `with_state` puts into the files what it takes to score again."""
        return cls(placed, drop_frame, originated, pack_state(placed) if with_state else b"", marked)

    def extension(self, file: AudioFile, form: PcmFormat) -> BroadcastExtension:
        """The `bext` chunk of one file."""
        result, sheet = self.placed.result, self.placed.request.sheet
        mix = result.file(MIX)
        levels = mix.levels if mix is not None and file.role == f"{DELIVERED}{MIX}" else file.levels
        return BroadcastExtension(
            time_reference_samples=self._time_reference(form.sample_rate_hz),
            description=f"{sheet.name or 'Timeline'}: {file.role}, model {result.model}, seed {result.seed}",
            originator_reference=result.request_sha256[:32],
            originated=self.originated,
            coding_history=coding_history(form.sample_rate_hz, form.bits, form.channels, result.tool_version),
            umid=umid_of(_identity(file)),
            loudness=loudness_values(file, levels),
        )

    def chunks(self, file: AudioFile, form: PcmFormat, samples: int, name: str) -> ChunkPayloads:
        """The other chunks of one file, of so many samples, that will be called `name`."""
        result = self.placed.result
        cues = score_cues(result, samples, form.sample_rate_hz, file.handle_samples)
        state = [(CHUNK_NAME, self.state)] if self.state else []
        mark = mark_chunks(result) if self.marked else []
        return [(b"iXML", ixml_bytes(self._notes(file, form, name))), *cue_chunks(cues), *mark, *state]

    def _notes(self, file: AudioFile, form: PcmFormat, name: str) -> SoundNotes:
        request, result = self.placed.request, self.placed.result
        sheet, plan = request.sheet, result.plan
        family = [other for other in result.files if _is_wave(other)]
        part = file.role.removeprefix(DELIVERED).removeprefix("stem:")
        mark = (mark_sentence(result), digital_source_type(result.model)) if self.marked else None
        ends = (sheet.start_frames, sheet.start_frames + sheet.duration_frames)
        return SoundNotes(
            project=sheet.name or "Timeline",
            scene="-".join(timecode(frame, sheet.rate, drop_frame=self.drop_frame) for frame in ends),
            take=self.placed.take,
            note=f"{_kind_of(request, plan)}; {part}; model {result.model}, seed {result.seed}",
            track_names=[f"{part}{side}" for side in _sides(form.channels)],
            rate=sheet.rate,
            drop_frame=self.drop_frame,
            time_reference_samples=self._time_reference(form.sample_rate_hz),
            sample_rate_hz=form.sample_rate_hz,
            bits=form.bits,
            file=name,
            sound_sha256=_identity(file),
            family_sha256=result.request_sha256,
            family_size=len(family),
            file_index=1 + next((index for index, other in enumerate(family) if other.name == file.name), 0),
            generated=mark,
        )

    def _time_reference(self, sample_rate_hz: int) -> int:
        sheet = self.placed.request.sheet
        rate: Fraction = sheet.rate
        first = max(0, sheet.start_frames - self.placed.request.delivery.handle_before_frames)
        return time_reference_samples(first, rate, drop_frame=self.drop_frame, sample_rate_hz=sample_rate_hz)


def _kind_of(request: ScoreRequest, plan: ScorePlan) -> str:
    if request.music is not None:
        return f"{request.music.name}, {plan.key}"
    return f"{plan.style}, {plan.mood}, {plan.key}"


def _identity(file: AudioFile) -> str:
    return file.sound_sha256 or file.sha256


def _is_wave(file: AudioFile) -> bool:
    return file.name.lower().endswith(f".{AudioFormat.WAV.value}")


def _sides(channels: int) -> tuple[str, ...]:
    return _SIDES.get(channels) or tuple(f" {number}" for number in range(1, channels + 1))
