"""`own-music`: the user's own track, played as the plan has it. Nothing is made; it is cut, stretched and joined."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from vem_core.audio.types import Rendering
from vem_core.compute.model_store import ModelStore
from vem_core.contract.errors import InputError
from vem_core.contract.own_music import OWN_MUSIC
from vem_core.contract.plan import ScorePlan
from vem_core.contract.progress import StepCallback
from vem_core.contract.request import ScoreRequest
from vem_core.own_music.loading import LoadedSong, load_song
from vem_core.own_music.playing import play_song
from vem_core.rhythm.tracking.registry import tracker_by_id


class OwnMusicGenerator:
    """Plays a song bar by bar. The plan says which of its bars play; the same plan gives the same sound."""

    model_id = OWN_MUSIC
    model_sha256 = ""
    keeps_time = True

    def __init__(self, attachments: Mapping[str, bytes], models: ModelStore) -> None:
        self._attachments = attachments
        self._models = models

    def generate(self, request: ScoreRequest, plan: ScorePlan, on_step: StepCallback) -> Rendering:
        """The song as the plan has it, with its stems where the request's delivery asks for them. Raises AudioError."""
        return self.generate_span(request, plan, (0, plan.duration_samples), on_step)

    def generate_span(
        self, request: ScoreRequest, plan: ScorePlan, span: tuple[int, int], on_step: StepCallback
    ) -> Rendering:
        """The samples [start, end) of `generate`. All of it is played: a song is played faster than it is heard."""
        loaded = self._song(request)
        start, end = span
        wanted = loaded.stems if request.delivery.stems else {}
        steps = 1 + len(wanted)
        stems = {}
        for number, (name, sound) in enumerate(wanted.items()):
            on_step(number, steps)
            stems[name] = play_song(sound, loaded.song, plan)[:, start:end]
        if stems and loaded.adds_up:
            mix = np.sum(list(stems.values()), axis=0)
        else:
            mix = play_song(loaded.sound, loaded.song, plan)[:, start:end]
        on_step(steps, steps)
        return dataclasses.replace(Rendering(mix, stems), warnings=_warnings(loaded, request))

    def _song(self, request: ScoreRequest) -> LoadedSong:
        if request.music is None:
            raise InputError("There is no music to fit.", hint="Name it: --music SONG.wav")
        tracker = self._models.get("beat tracker", "auto", lambda: tracker_by_id("auto"))
        return load_song(request.music, self._attachments, self._models, tracker)


def _warnings(loaded: LoadedSong, request: ScoreRequest) -> tuple[str, ...]:
    if not (loaded.stems and request.delivery.stems) or loaded.adds_up:
        return ()
    return ("The stems do not add up to the song: the mix is the song's own.",)
