"""LanguageBind (Zhu et al. 2024, MIT): film beside sound, from the folders of its two towers.

`FOLDER/video` and `FOLDER/audio` hold LanguageBind_Video_FT and LanguageBind_Audio_FT, each as `config.json` and
`model.safetensors`; the published weights are pickles and have to be converted. The versions with LoRA weights are not
read. Where the original crops and flips at random, this takes the middle; where it hears one channel, this hears both.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from vem_core.audio.types import Audio
from vem_core.contract.errors import ModelMissing
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.judging.encoders.base import Frames, Vector, read_config, unit
from vem_core.judging.encoders.languagebind_tower import Tower, TowerConfig

_MEAN = (0.48145466, 0.4578275, 0.40821073)
_DEVIATION = (0.26862954, 0.26130258, 0.27577711)
_FRAME_SAMPLES, _HOP_SAMPLES, _FFT_SAMPLES, _LOWEST_HZ = 400, 160, 512, 20  # Kaldi's filter banks at 16 kHz
_KALDI_FLOOR = 1.192092955078125e-07


@dataclass(frozen=True)
class SoundForm:
    """How the audio tower wants its sound."""

    sample_rate_hz: int
    mel_bins: int
    length_frames: int
    mean: float
    deviation: float


@dataclass(frozen=True)
class LanguageBind:
    """The two towers."""

    video: Tower
    audio: Tower
    frames_wanted: int
    picture_size: int
    sound: SoundForm

    @classmethod
    def load(cls, folder: Path) -> LanguageBind:
        """The towers of a folder. Raises ModelMissing where one is missing, damaged, or holds unmerged LoRA weights."""
        video, video_config = _load_tower(folder / "video")
        audio, audio_config = _load_tower(folder / "audio")
        sound = SoundForm(
            int(audio_config.get("audio_sample_rate", 16_000)),
            int(audio_config.get("num_mel_bins", 112)),
            int(audio_config.get("target_length", 1036)),
            float(audio_config.get("audio_mean", -4.2677393)),
            float(audio_config.get("audio_std", 4.5689974)),
        )
        return cls(
            video, audio, int(video_config.get("num_frames", 8)), int(video_config.get("image_size", 224)), sound
        )

    @torch.inference_mode()
    def embed_film(self, frames: Frames) -> Vector:
        """(frames, height, width, 3) RGB, `frames_wanted` of them: the shorter side scaled, the middle square seen."""
        pictures = torch.stack([_picture(frame, self.picture_size) for frame in frames])
        return unit(self.video(pictures.unsqueeze(0))[0].numpy())

    @torch.inference_mode()
    def embed_sound(self, audio: Audio) -> Vector:
        """(2, T) sound at 48 kHz: its beginning, middle and end of ten seconds are the tower's three channels."""
        return unit(self.audio(mel_picture(audio, self.sound)[None, None])[0].numpy())


def mel_picture(audio: Audio, form: SoundForm) -> Tensor:
    """Log-mel bands as a picture (3, mel bins, frames); shorter sound is repeated, then filled up with silence."""
    mono = soxr.resample(audio.mean(axis=0), SAMPLE_RATE_HZ, form.sample_rate_hz, quality="HQ")
    longest = form.length_frames * form.sample_rate_hz // 100
    if len(mono) < longest:
        mono = np.tile(mono, max(1, longest // len(mono)))
        mono = np.pad(mono, (0, longest - len(mono)))
    bands = _kaldi_bands(mono - mono.mean(), form)  # T M
    spare = len(bands) - form.length_frames
    thirds = np.array_split(np.arange(max(1, spare + 1)), 3)
    starts = [int(third[0]) if len(third) else 0 for third in thirds]
    chunks = []
    for start in starts:
        chunk = bands[start : start + form.length_frames]
        chunks.append(np.pad(chunk, ((0, form.length_frames - len(chunk)), (0, 0))))
    return (torch.from_numpy(np.stack(chunks)).float().transpose(1, 2) - form.mean) / form.deviation


def _kaldi_bands(mono: np.ndarray, form: SoundForm) -> np.ndarray:
    from transformers.audio_utils import spectrogram, window_function

    bands = spectrogram(
        mono,
        window_function(_FRAME_SAMPLES, "hann", periodic=False),
        frame_length=_FRAME_SAMPLES,
        hop_length=_HOP_SAMPLES,
        fft_length=_FFT_SAMPLES,
        power=2.0,
        center=False,
        preemphasis=0.97,
        mel_filters=_mel_filters(form.mel_bins, form.sample_rate_hz),
        log_mel="log",
        mel_floor=_KALDI_FLOOR,
        remove_dc_offset=True,
    )
    return np.asarray(bands.T)


@functools.cache  # one small constant table
def _mel_filters(bins: int, rate_hz: int) -> np.ndarray:
    from transformers.audio_utils import mel_filter_bank

    return np.asarray(
        mel_filter_bank(
            num_frequency_bins=_FFT_SAMPLES // 2 + 1,
            num_mel_filters=bins,
            min_frequency=_LOWEST_HZ,
            max_frequency=rate_hz // 2,
            sampling_rate=rate_hz,
            norm=None,
            mel_scale="kaldi",
            triangularize_in_mel_space=True,
        )
    )


def _picture(frame: np.ndarray, size: int) -> Tensor:
    image = Image.fromarray(frame)
    scale = size / min(image.size)
    scaled = (max(size, round(image.width * scale)), max(size, round(image.height * scale)))
    image = image.resize(scaled, Image.Resampling.BILINEAR)
    left, top = (image.width - size) // 2, (image.height - size) // 2
    pixels = np.asarray(image.crop((left, top, left + size, top + size)), np.float32) / 255
    return torch.from_numpy((pixels - np.array(_MEAN, np.float32)) / np.array(_DEVIATION, np.float32)).permute(2, 0, 1)


def _load_tower(folder: Path) -> tuple[Tower, dict[str, Any]]:
    config = read_config(folder)
    vision = config.get("vision_config")
    if not isinstance(vision, dict):
        raise ModelMissing(f"The config.json of {folder} describes no LanguageBind tower.")
    try:
        tensors = {
            name: tensor
            for name, tensor in load_file(folder / "model.safetensors").items()
            if name.startswith(("vision_model.", "visual_projection.")) and not name.endswith("position_ids")
        }
        if any("lora" in name for name in tensors):
            raise ModelMissing(
                f"{folder} holds LoRA weights apart from the model's.",
                hint="Take the fully tuned version (LanguageBind_..._FT), or merge them.",
            )
        tower = Tower(_tower_config(vision, config, len(tensors["vision_model.embeddings.position_embedding.weight"])))
        tower.load_state_dict(tensors)
    except (KeyError, ValueError, TypeError, RuntimeError, SafetensorError, OSError) as error:
        raise ModelMissing(f"No LanguageBind tower can be loaded from {folder}: {error}.") from error
    return tower.eval(), vision


def _tower_config(vision: dict[str, Any], config: dict[str, Any], positions: int) -> TowerConfig:
    return TowerConfig(
        hidden_size=int(vision["hidden_size"]),
        intermediate_size=int(vision["intermediate_size"]),
        num_hidden_layers=int(vision["num_hidden_layers"]),
        num_attention_heads=int(vision["num_attention_heads"]),
        patch_size=int(vision["patch_size"]),
        projection_dim=int(config["projection_dim"]),
        positions=positions,
        num_frames=int(vision.get("num_frames", 1)),
        add_time_attn=bool(vision.get("add_time_attn", False)),
        hidden_act=str(vision.get("hidden_act", "gelu")),
        layer_norm_eps=float(vision.get("layer_norm_eps", 1e-5)),
    )
