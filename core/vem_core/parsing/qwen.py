"""Qwen2.5-VL as a parser: a multimodal language model that looks at the shots and says what they show.

It runs from a local folder in the layout of transformers, is loaded when a timeline is parsed and dropped afterwards,
so that the music model has the memory. What it answers is checked: anything but the JSON that was asked for falls back
to the bundled parser's words for that shot, with a warning.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from vem_core.compute.devices import ChosenDevice, choose_device, empty_caches
from vem_core.compute.strict_weights import load_transformers, read_json, stored_tensors
from vem_core.contract.errors import ModelMissing, WeightsDamaged
from vem_core.contract.parse import GlobalCues, Parse, StoryboardCue
from vem_core.contract.request import Device, ScoreRequest, ThumbnailUse
from vem_core.parsing.base import Parser
from vem_core.parsing.bundled import BundledParser
from vem_core.parsing.pictures import Picture, read_thumbnail

PICTURE_SIZE = (224, 140)
PICTURES_PER_SHOT = 3
LONGEST_DESCRIPTION = 240
SHOTS_IN_SUMMARY = 40

_ASK_SHOT = (
    "These are frames of one shot of a film, in order. {words}Describe the shot for a composer: who or what is seen, "
    'what happens, how it feels. Answer with JSON only: {{"description": "one sentence"}}'
)
_ASK_WHOLE = (
    "A film has these shots, in order:\n{shots}\n{words}Say what its music should know. Answer with JSON only: "
    '{{"theme": "a few words", "atmosphere": "a few words", "emotion": "one word", '
    '"tags": ["up to six music style tags"]}}'
)
_PROMPT = (
    "<|im_start|>system\nYou help a composer.<|im_end|>\n<|im_start|>user\n{pictures}{text}<|im_end|>\n"
    "<|im_start|>assistant\n"
)
_PICTURE = "<|vision_start|>{pads}<|vision_end|>"
_PAD = "<|image_pad|>"


class Qwen25VlParser:
    """Qwen2.5-VL in `folder`. Greedy decoding: the same pictures and words give the same parse on one device.

    Raises ModelMissing from `parse` if the folder does not hold the model.
    """

    def __init__(
        self, folder: Path, *, device: Device = Device.CPU, base: Parser | None = None, most_new_tokens: int = 160
    ) -> None:
        self.parser_id = f"qwen2.5-vl-1:{folder.name}"
        self._folder, self._device = folder, device
        self._base = base or BundledParser()
        self._most_new_tokens = most_new_tokens

    def parse(self, request: ScoreRequest, attachments: Mapping[str, bytes]) -> Parse:
        """See `Parser.parse`."""
        parse = self._base.parse(request, attachments)
        speaker = QwenSpeaker.load(self._folder, choose_device(self._device), self._most_new_tokens)
        try:
            storyboard, silent = self._describe(speaker, parse, request, attachments)
            overall, understood = self._summarise(speaker, parse, storyboard, request)
        finally:
            speaker.unload()
        warnings = list(parse.warnings)
        if silent:
            warnings.append(f"The language model gave no usable description of {silent} of {len(storyboard)} shots.")
        if not understood:
            warnings.append("The language model gave no usable summary of the film.")
        return dataclasses.replace(
            parse, parser=self.parser_id, overall=overall, storyboard=storyboard, warnings=tuple(warnings)
        )

    def _describe(
        self, speaker: QwenSpeaker, parse: Parse, request: ScoreRequest, attachments: Mapping[str, bytes]
    ) -> tuple[tuple[StoryboardCue, ...], int]:
        pictures = shot_pictures(request, attachments)
        storyboard, silent = [], 0
        for cue, shown in zip(parse.storyboard, pictures, strict=True):
            if not shown:
                storyboard.append(cue)
                continue
            words = f"The editor calls it: {cue.description}. " if cue.description else ""
            description = read_description(speaker.answer(_ASK_SHOT.format(words=words), shown))
            silent += description is None
            kept = (description, cue.description) if description else (cue.description,)
            storyboard.append(dataclasses.replace(cue, description="; ".join(part for part in kept if part)))
        return tuple(storyboard), silent

    def _summarise(
        self, speaker: QwenSpeaker, parse: Parse, storyboard: tuple[StoryboardCue, ...], request: ScoreRequest
    ) -> tuple[GlobalCues, bool]:
        told = [f"{number}. {cue.description}" for number, cue in enumerate(storyboard, 1) if cue.description]
        words = f"The editor wants: {request.direction.prompt}. " if request.direction.prompt else ""
        text = _ASK_WHOLE.format(shots="\n".join(told[:SHOTS_IN_SUMMARY]), words=words)
        cues = read_global_cues(speaker.answer(text, []))
        if cues is None:
            return parse.overall, False
        return keep_directions(cues, parse.overall, request), True


class QwenSpeaker:
    """The loaded model: pictures and a question in, text out."""

    def __init__(self, model: Any, tokenizer: Any, images: Any, most_new_tokens: int) -> None:
        self._model, self._tokenizer, self._images = model, tokenizer, images
        self._most_new_tokens = most_new_tokens

    @classmethod
    def load(cls, folder: Path, device: ChosenDevice, most_new_tokens: int) -> QwenSpeaker:
        """Load from a local folder, in the precision that the device is good at.

        Raises ModelMissing, WeightsDamaged.
        """
        from transformers import AutoTokenizer, Qwen2_5_VLForConditionalGeneration
        from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

        check_folder(folder)
        model = load_transformers(Qwen2_5_VLForConditionalGeneration, folder, getattr(torch, device.half))
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        images = Qwen2VLImageProcessorPil.from_pretrained(folder, local_files_only=True)
        return cls(model.to(device.device).eval(), tokenizer, images, most_new_tokens)

    def answer(self, question: str, pictures: list[Picture]) -> str:
        """What the model says to a question about some pictures, decoded greedily."""
        seen = self._see(pictures)
        pads = [_PICTURE.format(pads=_PAD * count) for count in seen.pop("tokens", [])]
        asked = _PROMPT.format(pictures="".join(pads), text=without_marks(question))
        tokens = self._tokenizer(asked, return_tensors="pt")
        ids = tokens["input_ids"].to(self._model.device)
        if pictures:
            seen["mm_token_type_ids"] = (ids == self._tokenizer.convert_tokens_to_ids(_PAD)).long()
        with torch.inference_mode():
            out = self._model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=self._most_new_tokens,
                do_sample=False,
                **seen,
            )
        return str(self._tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))

    def unload(self) -> None:
        """Give the memory back before the music model needs it."""
        self._model = None
        gc.collect()
        empty_caches(torch)

    def _see(self, pictures: list[Picture]) -> dict[str, Any]:
        if not pictures:
            return {}
        frames = [Image.fromarray((picture * 255).round().astype(np.uint8)) for picture in pictures]
        seen = self._images(images=frames, return_tensors="pt")
        merged = self._images.merge_size**2
        return {
            "pixel_values": seen["pixel_values"].to(self._model.device, self._model.dtype),
            "image_grid_thw": seen["image_grid_thw"].to(self._model.device),
            "tokens": [int(grid.prod()) // merged for grid in seen["image_grid_thw"]],
        }


def without_marks(text: str) -> str:
    """A text without the marks that a conversation is made of, such as `<|im_end|>`: names from files are data."""
    return re.sub(r"<\|+|\|+>", " ", text)


def check_folder(folder: Path) -> int:
    """How many tensors a folder of Qwen2.5-VL holds, read off their headers. Raises ModelMissing, WeightsDamaged."""
    for name in ("config.json", "preprocessor_config.json", "tokenizer.json", "*.safetensors"):
        if not any(folder.glob(name)):
            raise ModelMissing(
                f"There is no Qwen2.5-VL in {folder}: {name} is missing.",
                hint="Put the model's files there, or parse with the bundled parser.",
                file=str(folder / name),
            )
    if read_json(folder / "config.json").get("model_type") != "qwen2_5_vl":
        raise WeightsDamaged(f"{folder} holds another model than Qwen2.5-VL.", reason="class", file=str(folder))
    return len(stored_tensors(folder))


def shot_pictures(request: ScoreRequest, attachments: Mapping[str, bytes]) -> list[list[Picture]]:
    """Up to three pictures of each shot, in order, spread over it."""
    pictures: list[list[Picture]] = [[] for _ in request.sheet.shots]
    for thumbnail in sorted(request.thumbnails, key=lambda each: each.record_frames):
        if thumbnail.use is ThumbnailUse.SHOT:
            picture = read_thumbnail(thumbnail, attachments, PICTURE_SIZE)
            if picture is not None:
                pictures[thumbnail.shot].append(picture)
    return [_spread(shown) for shown in pictures]


def _spread(shown: list[Picture]) -> list[Picture]:
    if len(shown) <= PICTURES_PER_SHOT:
        return shown
    places = np.linspace(0, len(shown) - 1, PICTURES_PER_SHOT).round().astype(int)
    return [shown[place] for place in places]


def read_description(answer: str) -> str | None:
    """The description in an answer; None if it is not the JSON that was asked for."""
    fields = json_object(answer)
    if fields is None or fields.keys() != {"description"}:
        return None
    return _phrase(fields["description"], LONGEST_DESCRIPTION)


def read_global_cues(answer: str) -> GlobalCues | None:
    """The global cues in an answer; None if it is not the JSON that was asked for."""
    fields = json_object(answer)
    if fields is None or fields.keys() != {"theme", "atmosphere", "emotion", "tags"}:
        return None
    theme, atmosphere, emotion = (_phrase(fields[name], 120) for name in ("theme", "atmosphere", "emotion"))
    tags = fields["tags"]
    if theme is None or atmosphere is None or emotion is None or not isinstance(tags, list) or len(tags) > 12:
        return None
    phrases = [_phrase(tag, 40) for tag in tags]
    if any(phrase is None for phrase in phrases):
        return None
    return GlobalCues(theme, atmosphere, emotion, "", tuple(phrase for phrase in phrases if phrase))


def keep_directions(cues: GlobalCues, bundled: GlobalCues, request: ScoreRequest) -> GlobalCues:
    """The model's cues, except where the editor decided: a style or mood that was asked for stands."""
    return dataclasses.replace(
        cues,
        style=bundled.style,
        emotion=request.direction.mood or cues.emotion,
        tags=tuple(dict.fromkeys((*((bundled.style,) if bundled.style else ()), *cues.tags))),
    )


def json_object(answer: str) -> dict[str, Any] | None:
    """The object in an answer, bare or in a fenced block."""
    fenced = re.fullmatch(r"\s*```(?:json)?\s*(.*?)\s*```\s*", answer, re.DOTALL)
    try:
        value = json.loads(fenced[1] if fenced else answer)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _phrase(value: object, longest: int) -> str | None:
    if not isinstance(value, str):
        return None
    words = " ".join(value.split())
    return words if 0 < len(words) <= longest else None
