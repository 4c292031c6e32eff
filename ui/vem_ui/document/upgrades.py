"""States that earlier versions of the panel kept beside a timeline, brought up to date."""

from __future__ import annotations

import json
from typing import Any

_LABEL = "PanelState.2"
_USUAL: dict[str, Any] = {
    "prompt": "",
    "style": None,
    "mood": None,
    "key": None,
    "tempo_bpm": None,
    "bend": "natural",
    "energy": None,
    "shot_energies": [],
    "shot_words": [],
    "ending": "ring-out",
    "beat_offset_ms": 0.0,
    "hit_tolerance_ms": None,
    "loudness_lufs": -16.0,
    "true_peak_dbtp": -1.0,
    "stems": False,
    "midi": False,
    "format": "wav",
    "sample_rate_hz": 48000,
    "handle_before_frames": 0,
    "handle_after_frames": 0,
    "bake_level": True,
    "model": "auto",
    "device": "auto",
    "seed": 0,
    "room_depth_db": 8.0,
    "room_attack_s": 0.3,
    "room_release_s": 0.9,
    "room_thin": True,
}
"""The defaults when states without a label were written."""


def upgraded_state(text: bytes) -> bytes:
    """The JSON of a state with the label of this version; text that is not one is given back as it is.

    A state without a label held whole values, of which nobody knows what was set: what is the default counts as unset.
    """
    try:
        fields = json.loads(text)
    except ValueError:
        return text
    if not isinstance(fields, dict) or "schema" in fields:
        return text
    direction, delivery = fields.pop("direction", {}), fields.pop("delivery", {})
    room = direction.pop("room", {})
    values = direction | delivery | {f"room_{name}": value for name, value in room.items()}
    values |= {name: fields.pop(name) for name in ("model", "device", "seed") if name in fields}
    asked = {name: value for name, value in values.items() if value != _USUAL.get(name)}
    return json.dumps({"schema": _LABEL, **fields, "asked": {"schema": "Wishes.1", **asked}}).encode()
