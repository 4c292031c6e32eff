"""What the original musicnn makes of ten signals: writes musicnn_reference.json beside this file.

Not part of the project's environment. In one of its own (Python 3.11):

    pip install tensorflow-cpu==2.15.1 keras==2.15.0 numpy==1.26.4 protobuf==4.25.3 "setuptools<66" librosa==0.11.0
    pip install --no-deps musicnn==0.1.0
    python tests/core/musicnn/make_musicnn_reference.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import librosa
import numpy as np
import tensorflow.compat.v1 as tensorflow

sys.path.insert(0, str(Path(__file__).parents[2]))
from fakes.musicnn_signals import RATE_HZ, SIGNALS

np.float = float  # the original is older than numpy 1.24
from musicnn import configuration, models  # noqa: E402

PATCH = 187


def main() -> None:
    tensorflow.disable_v2_behavior()
    reference: dict[str, dict[str, dict[str, list[float]]]] = {}
    for training_set in ("MTT", "MSD"):
        tensorflow.reset_default_graph()
        patches = tensorflow.placeholder(tensorflow.float32, [None, PATCH, configuration.N_MELS])
        training = tensorflow.placeholder(tensorflow.bool)
        logits, *_, penultimate = models.define_model(patches, training, f"{training_set}_musicnn", 50)
        outputs = [tensorflow.sigmoid(logits), penultimate]
        session = tensorflow.Session()
        folder = Path(models.__file__).parent / f"{training_set}_musicnn"
        tensorflow.train.Saver().restore(session, f"{folder}/")
        reference[training_set] = {}
        for name, make in SIGNALS.items():
            tags, embedding = session.run(outputs, {patches: _patch(make()), training: False})
            reference[training_set][name] = {"tags": _rounded(tags[0]), "embedding": _rounded(embedding[0])}
    Path(__file__).with_name("musicnn_reference.json").write_text(json.dumps(reference) + "\n")


def _patch(sound: np.ndarray) -> np.ndarray:
    """The first patch (1, 187, 96), computed as musicnn's own extractor does."""
    bands = librosa.feature.melspectrogram(
        y=sound.astype(np.float32),
        sr=RATE_HZ,
        hop_length=configuration.FFT_HOP,
        n_fft=configuration.FFT_SIZE,
        n_mels=configuration.N_MELS,
    ).T.astype(np.float16)
    return np.log10(10000 * bands + 1)[None, :PATCH]


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 6) for value in values]


if __name__ == "__main__":
    main()
