"""What an editor asks of the music: for the whole piece, and shot by shot."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from vem_core.contract.errors import ContractError
from vem_core.contract.plan import AccentBudget, Bend, Ending
from vem_core.contract.temp_track import TempTrack


@dataclass(frozen=True)
class SpeechRoom:
    """How music makes room for speech. Raises ContractError for values out of range."""

    depth_db: float = 8.0  # how much softer the music is under speech than outside it; 0: it takes no notice
    attack_s: float = 0.3  # how long it takes to go down; it is down when the speech begins
    release_s: float = 0.9  # how long it takes to come back, from the end of the speech to a beat
    thin: bool = True  # fewer parts and no lead under speech, where the model composes

    def __post_init__(self) -> None:
        if not 0 <= self.depth_db <= 40:
            raise ContractError("the room for speech lies between 0 and 40 dB")
        if not (0.05 <= self.attack_s <= 5 and 0.05 <= self.release_s <= 10):
            raise ContractError("the attack lies between 0.05 and 5 s, the release between 0.05 and 10 s")


@dataclass(frozen=True)
class Direction:
    """What the editor asks of the music. None leaves the choice to the tool.

    Raises ContractError for an empty tempo range or an energy outside 0..1.
    """

    prompt: str = ""
    style: str | None = None  # id of a style, as `vem styles` lists them
    mood: str | None = None
    key: str | None = None  # "A minor"
    tempo_bpm: tuple[float, float] | None = None  # lowest and highest
    bend: Bend | None = None  # None: as the style does
    accents: AccentBudget = AccentBudget.SOME
    energy: float | None = None  # overall intensity, 0..1
    shot_energies: tuple[float | None, ...] = ()  # one a shot, or none at all
    shot_words: tuple[str, ...] = ()  # one a shot, or none at all
    ending: Ending = Ending.RING_OUT
    room: SpeechRoom = SpeechRoom()
    beat_offset_ms: float = 0.0  # how far from its cut a beat shall fall: negative is early
    hit_tolerance_ms: float | None = None  # how far off a beat may be and still meet its cut; None: one frame
    ignore_picture: bool = False  # what the shots look like decides nothing
    temp_track: TempTrack | None = None  # what stands above as it was heard there is not the editor's, who outranks it

    def __post_init__(self) -> None:
        if self.tempo_bpm is not None and not 20 <= self.tempo_bpm[0] <= self.tempo_bpm[1] <= 400:
            raise ContractError("the tempo range must go up, and lie between 20 and 400 BPM")
        for energy in (self.energy, *self.shot_energies):
            if energy is not None and not 0 <= energy <= 1:
                raise ContractError("an energy lies between 0 and 1")
        if not -500 <= self.beat_offset_ms <= 500:
            raise ContractError("beats lie at most half a second before or after their cuts")
        if self.hit_tolerance_ms is not None and not 5 <= self.hit_tolerance_ms <= 200:
            raise ContractError("the tolerance of a hit lies between 5 and 200 ms")

    def following(self, heard: TempTrack) -> Direction:
        """With what was heard on a temp track wherever it leaves a choice, shot by shot for the energies."""
        energies = self.shot_energies
        if self.energy is None:
            own = energies or (None,) * len(heard.shot_energies)
            energies = tuple(
                played if wished is None else wished for wished, played in zip(own, heard.shot_energies, strict=True)
            )
        return dataclasses.replace(
            self,
            tempo_bpm=self.tempo_bpm or heard.tempo_bpm,
            key=self.key or heard.key,
            style=self.style or heard.style,
            shot_energies=energies,
            temp_track=heard,
        )

    def leaving(self, heard: TempTrack) -> Direction:
        """Without what was heard, where it still stands as it was heard: what `following` did is undone."""
        energies = self.shot_energies
        if len(energies) == len(heard.shot_energies):
            energies = tuple(
                None if wished == played else wished
                for wished, played in zip(energies, heard.shot_energies, strict=True)
            )
        return dataclasses.replace(
            self,
            tempo_bpm=None if self.tempo_bpm == heard.tempo_bpm else self.tempo_bpm,
            key=None if self.key == heard.key else self.key,
            style=None if self.style == heard.style else self.style,
            shot_energies=energies if any(energy is not None for energy in energies) else (),
            temp_track=None,
        )
