"""Qwen2.5-VL as eyes: asked which content words a picture shows, and how it feels."""

from __future__ import annotations

from pathlib import Path

from vem_core.compute.devices import choose_device
from vem_core.contract.request import Device
from vem_core.parsing.eyes.base import Glance
from vem_core.parsing.eyes.content import content_by_id
from vem_core.parsing.pictures import Picture
from vem_core.parsing.qwen import PICTURE_SIZE, QwenSpeaker, json_object

_MOST_SHOWN = 3
_MOST_NEW_TOKENS = 60
_ASK = (
    "This is a frame of a film. Which of these does it clearly show: {words}? How does it feel? Answer with JSON only: "
    '{{"shows": ["none to three of these words"], "valence": -1.0 to 1.0, "arousal": -1.0 to 1.0}}'
)


class QwenEyes:
    """Qwen2.5-VL in `folder`; greedy, so that a picture is seen alike each time on one device."""

    size = PICTURE_SIZE

    def __init__(self, folder: Path, device: Device = Device.AUTO) -> None:
        self.eyes_id = f"qwen2.5-vl-1:{folder.name}"
        self._folder, self._device = folder, device
        self._speaker: QwenSpeaker | None = None

    def glance(self, picture: Picture) -> Glance:
        """See `Eyes.glance`. What is not the JSON that was asked for says nothing."""
        if self._speaker is None:
            self._speaker = QwenSpeaker.load(self._folder, choose_device(self._device), _MOST_NEW_TOKENS)
        return read_glance(self._speaker.answer(_ASK.format(words=", ".join(content_by_id())), [picture]))

    def unload(self) -> None:
        """See `Eyes.unload`."""
        if self._speaker is not None:
            self._speaker.unload()
            self._speaker = None


def read_glance(answer: str) -> Glance:
    """The glance in an answer; nothing if it is not the JSON that was asked for."""
    fields = json_object(answer)
    if fields is None or fields.keys() != {"shows", "valence", "arousal"}:
        return Glance()
    shows, felt = fields["shows"], (fields["valence"], fields["arousal"])
    if not isinstance(shows, list) or len(shows) > _MOST_SHOWN:
        return Glance()
    if any(not isinstance(word, str) or word not in content_by_id() for word in shows):
        return Glance()
    if any(isinstance(value, bool) or not isinstance(value, int | float) or not -1 <= value <= 1 for value in felt):
        return Glance()
    return Glance(tuple((word, 1.0) for word in dict.fromkeys(shows)), (float(felt[0]), float(felt[1])))
