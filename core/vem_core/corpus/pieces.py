"""From a piece's number to the piece: film, plan, notes, pictures, words, labels. Nothing is heard yet."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from vem_core.composer.composition import compose
from vem_core.composer.piece import Piece
from vem_core.composer.styles import choose_key, list_styles, style_by_id, tempo_range
from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Bend, Ending, Landing, ScorePlan
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.time import LATENT_RATE_HZ, SAMPLE_RATE_HZ, SAMPLES_PER_LATENT, sample_of_frame
from vem_core.corpus.captions import caption_film, caption_shot, several
from vem_core.corpus.edits import PROFILES, Edit, EditProfile, draw_edit
from vem_core.corpus.labels import CorpusLabels, CutLabel, PieceId, ShotLabel, Window
from vem_core.corpus.moods import MOODS, Mood
from vem_core.corpus.pictures import draw_thumbnails
from vem_core.corpus.sound import Finish, vary_sound
from vem_core.corpus.splits import piece_seed, tempi_of, tonics_of
from vem_core.corpus.storyboards import ShotContent, draw_storyboard
from vem_core.rhythm.planner import plan_score

T = TypeVar("T")

FILM_WORDINGS, SHOT_WORDINGS = 4, 3

WINDOWS_PER_PIECE = (0.4, 0.35, 0.25)
"""Shares of the pieces that last one, two and three windows."""

_PROMINENCE = {True: (6.0, 2.0), False: (2.0, 6.0)}
_OFF_BEAT_PROMINENCE = (3.0, 4.0)
"""Parameters of the beta distributions of a cut's prominence: on a beat, not on one, on an off-beat."""

_TEMPO_ROOM = 0.02  # around the tempo that a film was cut to
_BENDS: tuple[tuple[Bend | None, float], ...] = ((None, 0.6), (Bend.STEADY, 0.25), (Bend.FREE, 0.15))
"""Shares of degrees of bending; None is the style's own."""

_ENDINGS = ((Ending.RING_OUT, 0.5), (Ending.LAST_FRAME, 0.2), (Ending.FADE, 0.15), (Ending.CUT, 0.15))


@dataclass(frozen=True)
class CorpusPiece:
    """A piece ready to be played. `labels.window` is the whole piece."""

    labels: CorpusLabels
    jpegs: Mapping[str, bytes]  # of all thumbnails, by SHA-256
    piece: Piece
    finish: Finish
    seed: int  # of the sound


def make_piece(
    piece_id: PieceId,
    window_latents: int | None,
    styles: tuple[str, ...] = (),
    *,
    soundfont: bool = False,
) -> CorpusPiece:
    """The piece of that number; the same arguments give the same piece.

    With `window_latents` it lasts one to three windows, without it as long as a film of its kind. Styles (default: all)
    take turns. Raises ContractError for a style that has no tempo in the split, DirectionError for an unknown one.
    """
    seed = piece_seed(piece_id.split, piece_id.seed, piece_id.index)
    rng = np.random.default_rng(seed)
    names = styles or tuple(style.id for style in list_styles())
    style = names[piece_id.index % len(names)]
    profile = PROFILES[rng.integers(len(PROFILES))]
    mood = MOODS[rng.integers(len(MOODS))]
    tempi_bpm, tempo_bpm = _draw_tempo(rng, piece_id, style)
    duration_s = _draw_duration_s(rng, profile, window_latents)
    edit = draw_edit(rng, profile, duration_s, tempo_bpm, f"{piece_id.split} {piece_id.seed}-{piece_id.index}")
    contents = draw_storyboard(rng, edit, profile, mood)
    if edit.cut_to_music:
        tempi_bpm = (max(tempi_bpm[0], tempo_bpm * (1 - _TEMPO_ROOM)), min(tempi_bpm[1], tempo_bpm * (1 + _TEMPO_ROOM)))
    tonics = tonics_of(piece_id.split)
    key = f"{tonics[rng.integers(len(tonics))]} {choose_key(style, seed, mood.key_hint).partition(' ')[2]}"
    direction = Direction(
        tempo_bpm=tempi_bpm,
        bend=_draw(rng, _BENDS),
        key=key,
        shot_energies=tuple(content.energy for content in contents),
        ending=_draw(rng, _ENDINGS),
    )
    sheet, plan = _plan(edit, direction, seed, style, mood)
    piece, finish = vary_sound(compose(plan), rng, mood.valence, soundfont=soundfont)
    labels, jpegs = _label(rng, piece_id, dataclasses.replace(edit, sheet=sheet), contents, plan, piece, mood, finish)
    return CorpusPiece(labels, jpegs, piece, finish, seed)


def _draw_tempo(rng: np.random.Generator, piece_id: PieceId, style: str) -> tuple[tuple[float, float], float]:
    """A range that the piece may use, and the tempo in it."""
    ranges = tempi_of(piece_id.split, *tempo_range(style))
    if not ranges:
        raise ContractError(f"the style {style!r} has no tempo in the split {piece_id.split.value!r}")
    widths = np.array([high - low for low, high in ranges])
    low, high = ranges[rng.choice(len(ranges), p=widths / widths.sum())]
    return (low, high), float(rng.uniform(low, high))


def _draw_duration_s(rng: np.random.Generator, profile: EditProfile, window_latents: int | None) -> float:
    if window_latents is None:
        return float(rng.uniform(*profile.lengths_s))
    windows = 1 + int(rng.choice(len(WINDOWS_PER_PIECE), p=WINDOWS_PER_PIECE))
    return windows * window_latents / LATENT_RATE_HZ


def mean_duration_s(window_latents: int | None) -> float:
    """How long a piece lasts in the mean over a corpus: see `make_piece`."""
    if window_latents is None:
        return float(np.mean([profile.lengths_s for profile in PROFILES]))
    windows = sum(count * share for count, share in enumerate(WINDOWS_PER_PIECE, start=1))
    return windows * window_latents / LATENT_RATE_HZ


def _plan(edit: Edit, direction: Direction, seed: int, style: str, mood: Mood) -> tuple[CutSheet, ScorePlan]:
    """The plan, and the sheet that it is of: a climax is given up where the tempo cannot serve it and the ending."""
    sheet = edit.sheet
    plan = _plan_sheet(sheet, edit, direction, seed, style, mood)
    if not plan.unmet:
        return sheet, plan
    cuts = tuple(dataclasses.replace(cut, wish=Wish.AUTO) for cut in sheet.cuts)
    sheet = dataclasses.replace(sheet, cuts=cuts)
    direction = dataclasses.replace(direction, ending=Ending.RING_OUT)
    return sheet, _plan_sheet(sheet, edit, direction, seed, style, mood)


def _plan_sheet(sheet: CutSheet, edit: Edit, direction: Direction, seed: int, style: str, mood: Mood) -> ScorePlan:
    return plan_score(
        sheet,
        direction,
        seed,
        tempo_range_bpm=tempo_range(style),
        style=style,
        mood=mood.word,
        weights=edit.weights,
        traits=style_by_id(style).rhythm,
    )


def _label(
    rng: np.random.Generator,
    piece_id: PieceId,
    edit: Edit,
    contents: tuple[ShotContent, ...],
    plan: ScorePlan,
    piece: Piece,
    mood: Mood,
    finish: Finish,
) -> tuple[CorpusLabels, dict[str, bytes]]:
    from vem_core.models.features import latent_count, lead_sheet_of
    from vem_core.parsing.pictures import look_at_shots

    cuts = _label_cuts(rng, edit.sheet, plan)
    thumbnails, jpegs = draw_thumbnails(edit.sheet, contents, [cut.prominence for cut in cuts])
    visuals = look_at_shots(ScoreRequest(edit.sheet, thumbnails=thumbnails), jpegs)
    style = style_by_id(plan.style).name.lower()
    mean_energy = float(np.mean(plan.shot_energies))
    shots = tuple(
        ShotLabel(
            several(SHOT_WORDINGS, lambda content=content: caption_shot(rng, content)),  # type: ignore[misc]
            content.place.id,
            content.scene,
            visual,
        )
        for content, visual in zip(contents, visuals, strict=True)
    )
    labels = CorpusLabels(
        piece=piece_id,
        window=Window(0, latent_count(plan.duration_samples)),
        profile=edit.profile,
        cut_to_music=edit.cut_to_music,
        sheet=edit.sheet,
        plan=plan,
        tempo_bpm=_mean_bpm(plan),
        chords=piece.chords,
        density=lead_sheet_of(piece).density,
        energy=latent_energies(edit.sheet, plan),
        mood_words=tuple(mood.said[place] for place in rng.permutation(len(mood.said))[:2]),
        captions=several(FILM_WORDINGS, lambda: caption_film(rng, edit.profile, mood, style, mean_energy)),
        shots=shots,
        cuts=cuts,
        finish=finish,
        patches=tuple(sorted({part.patch for part in piece.parts})),
        thumbnails=thumbnails,
    )
    return labels, jpegs


def _label_cuts(rng: np.random.Generator, sheet: CutSheet, plan: ScorePlan) -> tuple[CutLabel, ...]:
    labels = []
    for cut, hit in zip(sheet.cuts, (hit for hit in plan.hits if not hit.event), strict=True):
        heard = hit.beat is not None and hit.beat <= plan.final_beat
        on_beat = heard and hit.landing in (Landing.DOWNBEAT, Landing.BEAT)
        shape = _OFF_BEAT_PROMINENCE if heard and hit.landing is Landing.OFF_BEAT else _PROMINENCE[on_beat]
        extent = sample_of_frame(cut.extent_frames, sheet.rate)
        prominence = float(rng.beta(*shape)) / (1 + cut.extent_frames / float(sheet.rate))
        labels.append(CutLabel(hit.target_samples, cut.kind, extent, hit.landing, on_beat, round(prominence, 4)))
    return tuple(labels)


def latent_energies(sheet: CutSheet, plan: ScorePlan) -> tuple[float, ...]:
    """The plan's energy in each latent frame; over a dissolve it moves from one shot's to the next's."""
    from vem_core.models.features import LEAD_SHEET_CHANNELS, LeadSheet, latent_count, lead_sheet_features
    from vem_core.models.scenes import scene_index

    starts = np.array(plan.shot_starts_samples) / SAMPLES_PER_LATENT
    extents = [sample_of_frame(cut.extent_frames, sheet.rate) / SAMPLES_PER_LATENT for cut in sheet.cuts]
    index = scene_index(starts, np.array([0.0, *extents]), latent_count(plan.duration_samples))
    row = lead_sheet_features(plan, LeadSheet(), index)[0, LEAD_SHEET_CHANNELS.index("energy")]
    return tuple(round(value, 4) for value in row.tolist())


def _mean_bpm(plan: ScorePlan) -> float:
    beats = [beat.samples for beat in plan.beats]
    return round(60 * SAMPLE_RATE_HZ * (len(beats) - 1) / (beats[-1] - beats[0]), 3) if len(beats) > 1 else 0.0


def _draw(rng: np.random.Generator, shares: tuple[tuple[T, float], ...]) -> T:
    place = rng.choice(len(shares), p=[share for _, share in shares])
    return shares[place][0]
