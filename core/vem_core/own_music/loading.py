"""A song as it came along with a job: read once, heard once, kept as loaded models are."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from vem_core.audio.files import read_audio
from vem_core.audio.types import Audio
from vem_core.compute.model_store import ModelStore
from vem_core.contract.attachments import source_of
from vem_core.contract.errors import AudioError
from vem_core.contract.own_music import OwnMusic
from vem_core.own_music.song import LONGEST_S, Song, read_song
from vem_core.rhythm.tracking.base import BeatTracker

_ADDS_UP_DB = -40.0
"""How far below the song the rest is that its stems leave, where they are its parts."""


@dataclass(frozen=True)
class LoadedSong:
    """A song, its sound, and that of its stems."""

    song: Song
    sound: Audio  # (2, T)
    stems: Mapping[str, Audio]  # each (2, T)
    adds_up: bool  # whether the stems sum to the sound


def load_song(
    music: OwnMusic, attachments: Mapping[str, bytes], models: ModelStore, tracker: BeatTracker
) -> LoadedSong:
    """The song that a request names, of what came along. Raises AudioError."""
    key = " ".join((tracker.tracker_id, *music.files, *(stem.name for stem in music.stems)))
    return models.get("own music", key, lambda: _load(music, attachments, tracker))


def _load(music: OwnMusic, attachments: Mapping[str, bytes], tracker: BeatTracker) -> LoadedSong:
    name = music.name or "The music"
    sound = _read(attachments, music.sha256, name)
    stems = {
        stem.name: _fitting(_read(attachments, stem.sha256, f"The stem {stem.name}"), sound) for stem in music.stems
    }
    song = read_song(sound, tracker.track(sound))
    return LoadedSong(song, sound, stems, bool(stems) and _adds_up(sound, stems))


def _read(attachments: Mapping[str, bytes], sha256: str, name: str) -> Audio:
    source = source_of(attachments, sha256)
    _refuse_albums(source, name)
    return read_audio(source, name)


def _refuse_albums(source: bytes | Path, name: str) -> None:
    try:
        info = soundfile.info(io.BytesIO(source) if isinstance(source, bytes) else str(source))
    except (soundfile.LibsndfileError, RuntimeError, OSError):
        return  # what is wrong with it is said when it is read
    if info.duration > LONGEST_S:
        raise AudioError(
            f"{name} lasts {info.duration / 60:.0f} minutes.",
            hint=f"Bring a track of {LONGEST_S // 60} minutes at most.",
        )


def _fitting(stem: Audio, sound: Audio) -> Audio:
    """A stem as long as the song: some programs cut the silence off its end."""
    stem = stem[:, : sound.shape[1]]
    return np.pad(stem, ((0, 0), (0, sound.shape[1] - stem.shape[1])))


def _adds_up(sound: Audio, stems: Mapping[str, Audio]) -> bool:
    rest = float(np.square(sound - np.sum(list(stems.values()), axis=0)).mean())
    return rest <= 10 ** (_ADDS_UP_DB / 10) * max(float(np.square(sound).mean()), 1e-12)
