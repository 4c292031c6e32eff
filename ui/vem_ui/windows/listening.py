"""What the player plays of a window: the active take and the film's own sound, both at their places."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QObject

from vem_core.contract.time import sample_of_frame
from vem_plugin.sound.lanes import AudioLane
from vem_ui.document.controller import Controller
from vem_ui.document.style_preview import PREVIEW_S
from vem_ui.document.takes import StoredTake
from vem_ui.playback.film_sound import FilmSound, lanes_reader
from vem_ui.playback.growing_sound import GrowingSound
from vem_ui.playback.mix import Fader
from vem_ui.playback.player import Player, matched_gains_db
from vem_ui.playback.take_sound import TakeSound

MUSIC, FILM, STYLE = "music", "film", "style"
"""The names in the mix; the last is a style that is tried."""


class Listening(QObject):
    """Keeps the player's mix as the document is. A change of take keeps the place, so that takes are compared there."""

    def __init__(self, controller: Controller, player: Player, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller, self._player = controller, player
        self._music: tuple[Path, float, int] | None = None  # file, level and place
        self._lanes: tuple[AudioLane, ...] = ()
        self._loops = False
        self._before_s: float | None = None  # where the playhead was when a style began to be tried
        self._shown: StoredTake | None = None
        self._growing: GrowingSound | None = None  # the music that is being made
        self._wants_growing = False
        controller.busy_changed.connect(self._follow_making)
        controller.complete.connect(self._hear_more)
        player.playing_changed.connect(self._end_style)
        controller.sound.changed.connect(self.show_film)
        controller.document.state_changed.connect(self.show_film)
        controller.document.state_changed.connect(lambda: self.show_loop(self._loops))

    def show_take(self, stored: StoredTake | None) -> None:
        """Play another take, all takes as loud as the quietest; it outranks music that is being made."""
        if stored is not self._shown:
            self._shown = stored
            self._stop_growing()
        if self._growing is not None:
            return
        state = self._controller.document.state
        level_db = 0.0
        if stored is not None:
            shelf = [self._controller.shelf.get(record) for record in state.takes]
            gains = matched_gains_db([None if take is None else take.loudness_lufs for take in shelf])
            level_db = gains[state.active_take or 0]
        wanted = None if stored is None else (stored.mix, level_db, stored.first_frames)
        if wanted != self._music:
            self._music = wanted
            self._player.put(MUSIC, None if stored is None else _sound_of(stored, level_db))
        self.show_range()

    def _follow_making(self, busy: bool) -> None:
        if not busy:
            self._stop_growing()
            self.show_take(self._controller.active_take())
        self._wants_growing = busy

    def _hear_more(self, first_frames: int, pcm: bytes) -> None:
        """Play the music that is being made as far as it is there; at once, if nothing is played yet."""
        reading = self._controller.document.reading
        if reading is None or not self._wants_growing:
            return
        if self._growing is not None:
            self._growing.append(pcm)
            return
        self._growing = growing = GrowingSound(_sample_of(first_frames, reading.sheet.rate))
        growing.append(pcm)
        self._music = None
        self._player.put(MUSIC, growing)
        if not self._player.playing:
            if not growing.start_s <= self._player.position_s < growing.end_s:
                self._player.seek(max(0.0, growing.start_s))
            self._player.play()

    def _stop_growing(self) -> None:
        """Play no more of the music that is being made: there is something else to be heard, or it is not made."""
        self._wants_growing = False
        if self._growing is not None:
            self._growing = None
            self._player.put(MUSIC, None)

    def show_film(self) -> None:
        """Play the timeline's own sound, once it is known what lies there; not a temp track that is switched off."""
        document, reading = self._controller.document, self._controller.sound.reading
        lanes = () if reading is None else reading.lanes
        muted = document.state.temp_track.muted_lane
        heard = tuple(lane for lane in lanes if lane.number != muted)
        if heard == self._lanes:
            return
        self._lanes = heard
        timeline = document.reading
        if timeline is None or not heard:
            self._player.put(FILM, None)
            return
        film = FilmSound(lanes_reader(heard, self._controller.locate, timeline.sheet.rate))
        film.prepare(0)
        self._player.put(FILM, film)

    def try_style(self, wave: Path) -> None:
        """Play a style by itself; when it ends or is paused, everything is as it was."""
        self._player.pause()
        self._before_s = self._player.position_s
        self._player.put(STYLE, TakeSound(wave, 0, 0.0))
        self._player.mix.set_fader(STYLE, Fader(soloed=True))
        self._player.range_s = (0.0, PREVIEW_S)
        self._player.seek(0.0)
        self._player.play()

    def _end_style(self, playing: bool) -> None:
        if playing or self._before_s is None:
            return
        before_s, self._before_s = self._before_s, None
        self._player.mix.set_fader(STYLE, Fader())
        self._player.put(STYLE, None)
        self._player.range_s = (0.0, 0.0)
        self.show_range()
        self._player.seek(before_s)

    def show_loop(self, loops: bool) -> None:
        """Play the selection, or everything, again and again; or once."""
        self._loops = loops
        reading, span = self._controller.document.reading, self._controller.document.state.selection
        self._player.loop = None
        if reading is None or not loops:
            return
        first, end_excl = (0, reading.sheet.duration_frames)
        if span is not None:
            first, end_excl = span.start_frames, span.end_excl_frames
        self._player.loop = (float(first / reading.sheet.rate), float(end_excl / reading.sheet.rate))

    def show_range(self) -> None:
        """What can be played: the timeline, and the handles of the music around it."""
        reading, stored = self._controller.document.reading, self._controller.active_take()
        if reading is None:
            return
        first, end_excl, rate = 0, reading.sheet.duration_frames, reading.sheet.rate
        self._player.frame_rate = rate
        if stored is not None:
            first = min(first, stored.first_frames)
            end_excl = max(end_excl, stored.first_frames + stored.duration_frames)
        self._player.range_s = (float(first / rate), float(end_excl / rate))


def _sound_of(stored: StoredTake, level_db: float) -> TakeSound:
    return TakeSound(stored.mix, _sample_of(stored.first_frames, stored.take.request.sheet.rate), level_db)


def _sample_of(frames: int, rate: Fraction) -> int:
    """The sample of a record frame that may lie before the timeline, as handles do."""
    return -sample_of_frame(-frames, rate) if frames < 0 else sample_of_frame(frames, rate)
