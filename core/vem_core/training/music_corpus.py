"""A piece of the corpus as the stages of the music model take it: spectrogram, sound, conditions, strips.

What conditions a piece in words, stands in several wordings.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from vem_core.audio.types import Audio
from vem_core.composer.piece import Part
from vem_core.composer.styles import style_by_id
from vem_core.contract.parse import Parse
from vem_core.contract.request import ScoreRequest
from vem_core.corpus.labels import CorpusLabels, PieceId, parse_of
from vem_core.corpus.pieces import make_piece
from vem_core.corpus.sound import play
from vem_core.models.conditioning import parse_index
from vem_core.models.features import LeadSheet, Transition, lead_sheet_features, rhythm_features
from vem_core.models.score import score_features
from vem_core.models.spectrogram import Spectrogram
from vem_core.parsing.numbers import encode_parse, texts_of
from vem_core.parsing.strips import cut_strips
from vem_core.parsing.text import TextEncoder
from vem_core.parsing.wording import look_words
from vem_core.training.example_shards import MusicExample

WORDINGS = 4
"""Of every piece: two with the editor's words and the pictures', one with the editor's alone, one with the pictures'
alone, as of an editor who wrote nothing."""

STRIP_FRAMES, STRIP_SIZE = 8, (56, 56)


@dataclass(frozen=True)
class Recipe:
    """How pieces are composed and played here."""

    window_latents: int = 320
    styles: tuple[str, ...] = ()  # none: all in turn
    soundfont: Path | None = None  # plays the acoustic parts of half the pieces
    encoder_folder: Path | None = None  # of the text encoder; None: the installed package


def make_example(piece: PieceId, recipe: Recipe, encoder: TextEncoder) -> MusicExample:
    """The piece of that number, composed, played, mastered and described."""
    made = make_piece(piece, recipe.window_latents, recipe.styles, soundfont=recipe.soundfont is not None)
    audio = play(made.piece, made.finish, made.seed, recipe.soundfont)
    return example_of(made.labels, audio, made.jpegs, encoder, made.piece.parts)


def example_of(
    labels: CorpusLabels,
    audio: Audio,
    jpegs: Mapping[str, bytes],
    encoder: TextEncoder,
    parts: Sequence[Part] = (),
) -> MusicExample:
    """What there is to learn from a sample: `audio` is of `labels.window`, all else is cut to it.

    `parts` is the score, where it is known: shards of samples do not hold it.
    """
    first, last_excl = labels.window.first_latent, labels.window.first_latent + labels.window.latents
    padded = np.zeros((2, labels.window.duration_samples), np.float32)
    padded[:, : audio.shape[1]] = audio
    mix = torch.from_numpy(padded)
    with torch.inference_mode():
        coded = Spectrogram()(mix[None])[0]
    wordings = wordings_of(labels)
    encoder.encode([text for parse in wordings for text in texts_of(parse)])  # at once; then they are known
    told = [encode_parse(parse, encoder) for parse in wordings]
    parse = parse_of(labels, 0)
    index = parse_index(parse)
    transitions = [Transition(cue.position_latents, cue.extent_latents) for cue in parse.transitions]
    strips = cut_strips(ScoreRequest(labels.sheet, thumbnails=labels.thumbnails), jpegs, STRIP_FRAMES, STRIP_SIZE)
    lead_sheet = lead_sheet_features(labels.plan, LeadSheet(labels.chords, labels.density), index)
    if not labels.chords:  # recorded music: nobody wrote its harmony down
        lead_sheet = torch.zeros_like(lead_sheet)
    inside = slice(first, last_excl)
    return MusicExample(
        sound=(mix.clamp(-1, 1) * 32_767).round().short(),
        coded=coded.half(),
        overall_text=torch.from_numpy(np.stack([wording.overall_text for wording in told])).half(),
        shot_text=torch.from_numpy(np.stack([wording.shot_text for wording in told])).half(),
        shot_visual=torch.from_numpy(told[0].shot_visual),
        visual_known=torch.from_numpy(told[0].visual_known),
        start_s=torch.from_numpy(told[0].start_s),
        duration_s=torch.from_numpy(told[0].duration_s),
        shots=index.shots[0, inside],
        log_share=index.log_share[0, inside],
        lead_sheet=lead_sheet[0, :, inside],
        rhythm=rhythm_features(labels.plan, transitions)[0, :, inside],
        score=score_features(parts, index.shots.shape[1])[0, :, inside],
        strips=torch.from_numpy((strips.frames * 255).round().astype(np.uint8)),
        strip_at=torch.tensor([transitions[cut].position_latents - first for cut in strips.cuts]),
        on_beat=torch.tensor([labels.cuts[cut].on_beat for cut in strips.cuts], dtype=torch.bool),
    )


def wordings_of(labels: CorpusLabels) -> list[Parse]:
    """The piece's parses, `WORDINGS` of them."""
    whole = parse_of(labels, 0)
    looks = tuple(
        dataclasses.replace(shot, description=", ".join(look_words(shot.visual))) for shot in whole.storyboard
    )
    plan = labels.plan
    words = style_by_id(plan.style).words[:4] if plan.style else ()
    tags = tuple(tag for tag in dict.fromkeys((plan.style, plan.mood, *words)) if tag)  # as the parser's are
    overall = dataclasses.replace(whole.overall, theme="", tags=tags)
    unsaid = dataclasses.replace(whole, storyboard=looks, overall=overall)
    return [whole, parse_of(labels, 1), parse_of(labels, 2, with_looks=False), unsaid]
