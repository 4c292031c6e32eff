"""The corpus as the stages of the music model take it: each piece's spectrogram, conditions and strips in one file.

Pieces come from `vem_core.corpus`, either composed and played here (`render_music`) or read from shards that
`vem data` wrote (`import_shards`). What conditions a piece in words, stands in several wordings.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from vem_core.audio.types import Audio
from vem_core.composer.styles import style_by_id
from vem_core.contract.parse import Parse
from vem_core.contract.processes import spawn_context
from vem_core.contract.request import ScoreRequest
from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT
from vem_core.corpus.labels import CorpusLabels, PieceId, parse_of
from vem_core.corpus.pieces import make_piece
from vem_core.corpus.sound import play
from vem_core.models.conditioning import parse_index
from vem_core.models.features import LeadSheet, Transition, lead_sheet_features, rhythm_features
from vem_core.models.spectrogram import Spectrogram
from vem_core.parsing.numbers import encode_parse
from vem_core.parsing.strips import cut_strips
from vem_core.parsing.text import MiniLmEncoder, TextEncoder
from vem_core.parsing.wording import look_words

WORDINGS = 4
"""Of every piece: two with the editor's words and the pictures', one with the editor's alone, one with the pictures'
alone, as of an editor who wrote nothing."""

STRIP_FRAMES, STRIP_SIZE = 8, (56, 56)


class MusicExample(NamedTuple):
    """A piece, or a window of one, with all that may condition the model. W wordings, N shots of the whole piece, K
    cuts with a strip; everything at the latent rate is of the window."""

    sound: Tensor  # (2, 1920 L) int16, padded with silence to whole latents
    coded: Tensor  # (bands, 4 L) float16, the spectrogram
    overall_text: Tensor  # (W, 3, E) float16
    shot_text: Tensor  # (W, N, E) float16
    shot_visual: Tensor  # (N, V)
    visual_known: Tensor  # (N,) bool
    start_s: Tensor  # (N,)
    duration_s: Tensor  # (N,)
    shots: Tensor  # (L, M) int64: the shots that each latent hears
    log_share: Tensor  # (L, M)
    lead_sheet: Tensor  # (P, L)
    rhythm: Tensor  # (P, L)
    strips: Tensor  # (K, 3, 8, 56, 56) uint8
    strip_at: Tensor  # (K,) where the strips' cuts lie, in latents from the window's start
    on_beat: Tensor  # (K,) bool: the aligner's target


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
    return example_of(made.labels, audio, made.jpegs, encoder)


def example_of(labels: CorpusLabels, audio: Audio, jpegs: Mapping[str, bytes], encoder: TextEncoder) -> MusicExample:
    """What there is to learn from a sample: `audio` is of `labels.window`, all else is cut to it."""
    first, last_excl = labels.window.first_latent, labels.window.first_latent + labels.window.latents
    padded = np.zeros((2, labels.window.duration_samples), np.float32)
    padded[:, : audio.shape[1]] = audio
    mix = torch.from_numpy(padded)
    with torch.inference_mode():
        coded = Spectrogram()(mix[None])[0]
    told = [encode_parse(parse, encoder) for parse in wordings_of(labels)]
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


def render_music(
    folder: Path,
    pieces: Sequence[PieceId],
    recipe: Recipe,
    say: Callable[[str], None],
    *,
    workers: int = 1,
    encoder: TextEncoder | None = None,
    tell_each: bool = False,
) -> list[Path]:
    """The files of those pieces, composed and played where they are not there yet, by so many processes.

    `encoder` (one process only) stands in for the recipe's. What `say` raises ends the work.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [piece for piece in pieces if not example_path(folder, piece).exists()]
    for done, _ in enumerate(_render(folder, missing, recipe, workers, encoder), 1):
        if tell_each or done % 10 == 0 or done == len(missing):
            say(f"rendered {done} of {len(missing)} pieces")
    return [example_path(folder, piece) for piece in pieces]


def example_path(folder: Path, piece: PieceId) -> Path:
    """Where a piece's example lies."""
    return folder / f"{piece.split.value}-{piece.seed}-{piece.index:06}.safetensors"


def _render(
    folder: Path, pieces: list[PieceId], recipe: Recipe, workers: int, encoder: TextEncoder | None
) -> Iterator[None]:
    if workers <= 1 or encoder is not None:
        known = encoder or _encoder(recipe.encoder_folder)
        for piece in pieces:
            keep_example(example_path(folder, piece), make_example(piece, recipe, known))
            yield
        return
    context = spawn_context()  # torch and fork do not agree
    pool = ProcessPoolExecutor(min(workers, max(1, len(pieces))), mp_context=context, initializer=_use_one_thread)
    try:
        futures: list[Future[None]] = [pool.submit(_render_one, folder, piece, recipe) for piece in pieces]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _render_one(folder: Path, piece: PieceId, recipe: Recipe) -> None:
    keep_example(example_path(folder, piece), make_example(piece, recipe, _encoder(recipe.encoder_folder)))


def _use_one_thread() -> None:
    torch.set_num_threads(1)


@lru_cache(maxsize=1)
def _encoder(folder: Path | None) -> TextEncoder:
    return MiniLmEncoder(folder)


def import_shards(
    folder: Path, corpus: Path, say: Callable[[str], None], encoder: TextEncoder | None = None
) -> list[Path]:
    """The samples of a corpus of shards as example files in `folder`, made where they are not there yet."""
    from vem_core.corpus.reader import CorpusReader

    folder.mkdir(parents=True, exist_ok=True)
    reader = CorpusReader(corpus, shuffle=False)
    known = encoder or MiniLmEncoder()
    paths: list[Path] = []
    for sample in reader.epoch(0):
        path = folder / f"{corpus.name}-{sample.key}.safetensors"
        if not path.exists():
            keep_example(path, example_of(sample.labels, sample.audio, sample.jpegs, known))
            say(f"read sample {len(paths) + 1} of {reader.index.samples}")
        paths.append(path)
    return paths


def keep_example(path: Path, example: MusicExample) -> None:
    """Write an example; half a file is never left under its name."""
    beside = path.with_suffix(".part")
    save_file({name: tensor.contiguous() for name, tensor in example._asdict().items()}, beside)
    beside.replace(path)


def kept_example(path: Path, *, without: Sequence[str] = ()) -> MusicExample:
    """Read an example; the fields named in `without` stay empty, which saves reading them."""
    with safe_open(path, framework="pt") as file:
        return MusicExample(
            *(torch.zeros(0) if name in without else file.get_tensor(name) for name in MusicExample._fields)
        )


def read_span(path: Path, name: str, first: int, last_excl: int) -> Tensor:
    """The span [first, last_excl) of one of an example's signals ("sound", "coded"), without reading the rest."""
    with safe_open(path, framework="pt") as file:
        return file.get_slice(name)[:, first:last_excl]


def span_length(path: Path, name: str) -> int:
    """Length of one of an example's signals."""
    with safe_open(path, framework="pt") as file:
        return int(file.get_slice(name).get_shape()[1])


def to_float(sound: Tensor | NDArray[np.int16]) -> Tensor:
    """16-bit sound as float32, nominal range -1..1."""
    return torch.as_tensor(sound).float() / 32_767


def seconds_of(paths: Sequence[Path]) -> float:
    """Seconds of music in some files."""
    return sum(span_length(path, "coded") for path in paths) * SAMPLES_PER_LATENT / 4 / SAMPLE_RATE_HZ
