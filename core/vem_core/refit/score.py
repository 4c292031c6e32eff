"""The sound of a re-score: what changed is played, and joined to what stays of the take before."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from vem_core.audio.mastering import MasterGain, master_gain
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.pcm import audio_of, pcm_of
from vem_core.audio.tape import let_go, silent
from vem_core.audio.types import Audio, Pcm, Rendering
from vem_core.contract.attachments import source_of
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import AudioError
from vem_core.contract.plan import ScorePlan
from vem_core.contract.progress import OnProgress, Stage
from vem_core.contract.recut import EarlierTake, Recut
from vem_core.contract.request import Delivery, ScoreRequest
from vem_core.contract.result import KeptSpan, Refit
from vem_core.contract.time import SAMPLE_RATE_HZ, frame_of_sample, sample_of_frame, timecode
from vem_core.delivery.files import MasteredSound, Measured
from vem_core.generation.base import Generator, InpaintingGenerator, MusicAround, SpanGenerator
from vem_core.generation.played_piece import PlayedPiece
from vem_core.refit.levels import levels_after_refit
from vem_core.refit.measure import CONTEXT_SAMPLES, beats_after_refit
from vem_core.refit.plan import RefittedPlan
from vem_core.refit.splice import WAY_IN_SAMPLES, MadeSpan, carried_spans, made_spans, similarities, splice
from vem_core.rhythm.correction import correct_stretch
from vem_core.rhythm.tracking.base import BeatTracker
from vem_core.rhythm.warping import warp_rendering

MIX = "mix"

_TEMPO_FAMILY = 0.1
"""How far the tempo of a piece that must be planned anew may lie from what it was."""


def sounds_of(request: ScoreRequest, attachments: Mapping[str, bytes], model_id: str) -> dict[str, PackedSound]:
    """The earlier take's sounds by role, where all that is asked for came along and this model made it; or nothing.

    `attachments` holds what came with the request by its SHA-256.
    """
    recut = request.recut
    if recut is None or recut.earlier.model != model_id or recut.earlier.gain_db is None:
        return {}
    wanted = [sound for sound in recut.earlier.sounds if sound.role == MIX or request.delivery.stems]
    try:
        sounds = {
            sound.role: PackedSound.of_file(source_of(attachments, sound.sha256))
            for sound in wanted
            if sound.sha256 in attachments
        }
    except AudioError:
        return {}
    complete = MIX in sounds and (len(sounds) > 1 or not request.delivery.stems)
    samples, one_frame = samples_of(recut.earlier), sample_of_frame(1, recut.earlier.sheet.rate)
    fits = all(samples <= len(sound) <= samples + one_frame for sound in sounds.values())  # silence may fill a frame
    return {role: sound.first(samples) for role, sound in sounds.items()} if complete and fits else {}


def samples_of(earlier: EarlierTake) -> int:
    """How long the files of a take are, handles included."""
    handles = earlier.handle_before_frames + earlier.handle_after_frames
    if not handles:
        return earlier.plan.duration_samples
    return sample_of_frame(earlier.sheet.duration_frames + handles, earlier.sheet.rate)


def same_piece(request: ScoreRequest) -> ScoreRequest:
    """A request without the take before, for the piece that it is: its style, mood, key and family of tempi."""
    assert request.recut is not None
    plan, direction = request.recut.earlier.plan, request.direction
    periods = np.diff([beat.samples for beat in plan.beats])
    tempo_bpm = direction.tempo_bpm
    if tempo_bpm is None and len(periods):
        bpm = 60 * SAMPLE_RATE_HZ / float(np.median(periods))
        tempo_bpm = (max(20.0, bpm * (1 - _TEMPO_FAMILY)), min(400.0, bpm * (1 + _TEMPO_FAMILY)))
    family = dataclasses.replace(
        direction, style=plan.style or direction.style, mood=plan.mood, key=plan.key, tempo_bpm=tempo_bpm
    )
    return dataclasses.replace(request, direction=family, recut=None)


def refit_score(
    request: ScoreRequest,
    refitted: RefittedPlan,
    sounds: Mapping[str, PackedSound],
    generator: Generator,
    tracker: BeatTracker,
    on_progress: OnProgress,
    scratch: Path | None = None,
) -> PlayedPiece:
    """Play what the refitted plan regenerates, join it to the kept sound, and hear the beats of the whole.

    `sounds` are the earlier take's, by role; there must be a mix. Long sound lies in the folder `scratch`, if given.
    Raises GenerationError, or what `on_progress` raises.
    """
    assert request.recut is not None
    earlier = request.recut.earlier
    plan, kept = refitted.plan, refitted.kept
    all_made, carried = made_spans(kept, plan.duration_samples), carried_spans(kept)
    made = [span for span in all_made if span.start_samples not in carried]
    sounds = dict(sounds)
    joined: dict[str, list[tuple[MadeSpan, Pcm]]] = {role: [] for role in sounds}
    warnings: tuple[str, ...] = ()
    device, midi = "cpu", None
    replayed = isinstance(generator, SpanGenerator)
    renderings = list(_renderings(generator, request, plan, made, sounds[MIX], kept, on_progress, scratch))
    if not generator.keeps_time:
        renderings = _on_their_beats(
            renderings, made, sounds[MIX], kept, plan, tracker, earlier, request.delivery, scratch
        )
    for number, (span, rendering) in enumerate(zip(made, renderings, strict=True)):
        gain = mastered_as_before(rendering, request.delivery, earlier)
        for role in _roles(rendering, request, sounds):
            if role not in sounds:  # a part that did not play before
                sounds[role] = PackedSound.silent(len(sounds[MIX]), sounds[MIX].channels, scratch)
                joined[role] = [(other, 0 * sound) for other, sound in joined[MIX][:number]]
            joined[role].append((span, pcm_of(_of_role(rendering, role, gain))))
        warnings, device, midi = rendering.warnings, rendering.device, rendering.midi
    for role in sounds:
        joined[role] += [(span, sounds[role][at : at + WAY_IN_SAMPLES]) for span, at in carried.values()]
    on_progress(Stage.MEASURE, 0, 1, "Measuring the beats on what changed")
    similar = similarities(sounds[MIX], kept, joined[MIX])
    spliced = {
        role: splice(
            sounds[role],
            kept,
            joined[role],
            plan.duration_samples,
            similarity=similar,
            replayed=replayed,
            rings=refitted.keeps_ring,
            folder=scratch,
        )
        for role in sounds
    }
    tracked = beats_after_refit(spliced[MIX], kept, all_made, earlier.report, tracker)
    if request.delivery.midi and midi is None and replayed:
        moment = MadeSpan(0, SAMPLE_RATE_HZ // 10, 0)
        midi = next(_renderings(generator, request, plan, [moment], sounds[MIX], kept, on_progress, scratch)).midi
    mix = Measured(*levels_after_refit(spliced[MIX], kept, earlier.levels), earlier.gain_db)
    return PlayedPiece(
        plan=plan,
        sound=MasteredSound(spliced, mix, midi if request.delivery.midi else None),
        tracked=tracked,
        device=device,
        warnings=tuple(dict.fromkeys(warnings)),
        refit=Refit(earlier.take, kept, summary_of(request.recut, refitted, request.sheet)),
    )


def summary_of(recut: Recut, refitted: RefittedPlan, sheet: CutSheet) -> str:
    """What a re-score keeps and what it regenerates, in one line."""
    return summary_of_kept(recut, refitted.kept, refitted.plan.duration_samples, sheet)


def summary_of_kept(recut: Recut, kept: Sequence[KeptSpan], duration_samples: int, sheet: CutSheet) -> str:
    """What a re-score keeps of music of that length, in one line; timecodes are the sheet's."""
    take = f"take {recut.earlier.take}"
    made = made_spans(kept, duration_samples)
    if not made:
        return f"Keeps all of {take}."
    if not kept:
        return regenerated_whole(recut)
    kept_samples = sum(span.end_excl_samples - span.start_samples for span in kept)
    share = math.floor(100 * kept_samples / duration_samples)
    where = [_between(span, sheet) for span in made]
    listed = ", ".join(where[:3]) + (f" and {len(where) - 3} more" if len(where) > 3 else "")
    return f"Keeps {share} % of {take} sample for sample; regenerates {listed}."


def regenerated_whole(recut: Recut) -> str:
    """The line of a re-score that keeps no sample."""
    return f"Regenerates everything, as the same piece as take {recut.earlier.take}."


def _between(span: MadeSpan, sheet: CutSheet) -> str:
    start, end = (
        timecode(sheet.start_frames + frame_of_sample(at, sheet.rate), sheet.rate, drop_frame=sheet.drop_frame)
        for at in (span.start_samples, span.end_excl_samples)
    )
    return f"{start}-{end}"


def _renderings(
    generator: Generator,
    request: ScoreRequest,
    plan: ScorePlan,
    made: Sequence[MadeSpan],
    mix: PackedSound,
    kept: Sequence[KeptSpan],
    on_progress: OnProgress,
    scratch: Path | None,
) -> Iterator[Rendering]:
    """The made spans with their leads, as the model can play them: a stretch, within what stays, or all of it."""
    words = "Making what changed"
    stretches = [span.played for span in made]

    def report(done: int, steps: int) -> None:
        on_progress(Stage.GENERATE, done, steps, words)

    if isinstance(generator, InpaintingGenerator):
        assert request.recut is not None
        around = MusicAround(_as_played(mix, request.recut.earlier, scratch), tuple(kept))
        yield from generator.generate_between(request, plan, stretches, around, report)
    elif isinstance(generator, SpanGenerator):
        for number, stretch in enumerate(stretches):
            report(number, len(stretches))
            yield generator.generate_span(request, plan, stretch, lambda done, steps: None)
    elif stretches:
        whole = generator.generate(request, plan, report)
        for start, end in stretches:
            stems = {name: stem[:, start:end] for name, stem in whole.stems.items()}
            yield dataclasses.replace(whole, mix=whole.mix[:, start:end], stems=stems)


def _on_their_beats(
    renderings: Sequence[Rendering],
    made: Sequence[MadeSpan],
    sound: PackedSound,
    kept: Sequence[KeptSpan],
    plan: ScorePlan,
    tracker: BeatTracker,
    earlier: EarlierTake,
    delivery: Delivery,
    scratch: Path | None,
) -> list[Rendering]:
    """What a model made of a plan, brought onto its beats; the tracker hears it between the music that stays."""
    mixes = [pcm_of(mastered_as_before(rendering, delivery, earlier).apply(rendering.mix)) for rendering in renderings]
    pieces = list(zip(made, mixes, strict=True))
    draft = splice(sound, kept, pieces, plan.duration_samples, replayed=False, folder=scratch)
    corrected = []
    for span, rendering in zip(made, renderings, strict=True):
        first = max(0, span.start_samples - CONTEXT_SAMPLES)
        start, end = span.played
        beats = tuple(
            dataclasses.replace(beat, samples=beat.samples - start)
            for beat in plan.beats
            if span.start_samples < beat.samples < end
        )
        own = dataclasses.replace(plan, duration_samples=end - start, beats=beats)
        heard = audio_of(draft[first : end + CONTEXT_SAMPLES])
        warp = correct_stretch(heard, (start - first, end - first), own, tracker)
        corrected.append(rendering if warp is None else warp_rendering(rendering, warp))
    return corrected


def _as_played(mix: PackedSound, earlier: EarlierTake, scratch: Path | None) -> Audio:
    """The earlier take's mix at the level that its model played it at."""
    sound = silent(len(mix), mix.channels, scratch)
    factor, at = np.float32(10 ** (-(earlier.gain_db or 0.0) / 20)), 0
    for block in mix.audio():
        sound[:, at : at + block.shape[1]] = block * factor
        at += block.shape[1]
        let_go(sound)
    return sound


def mastered_as_before(rendering: Rendering, delivery: Delivery, earlier: EarlierTake) -> MasterGain:
    """What mastering does to new sound of a take: the gain is the take's, the limiter works."""
    return master_gain(rendering.mix, delivery.loudness_lufs, delivery.true_peak_dbtp, gain_db=earlier.gain_db)


def _roles(rendering: Rendering, request: ScoreRequest, sounds: Mapping[str, PackedSound]) -> list[str]:
    stems = [f"stem:{name}" for name in rendering.stems] if request.delivery.stems else []
    return list(dict.fromkeys((*sounds, *stems)))


def _of_role(rendering: Rendering, role: str, gain: MasterGain) -> Audio:
    """The mastered mix or stem; silence where a stem has nothing to play in this stretch."""
    if role == MIX:
        return gain.apply(rendering.mix)
    stem = rendering.stems.get(role.removeprefix("stem:"))
    return gain.apply(stem) if stem is not None else 0 * rendering.mix
