#!/usr/bin/env python3
"""Write the golden cut lists anew: `python tests/host/timeline/regenerate_golden.py FOLDER`.

FOLDER holds the timelines that real editors wrote. Look at the difference before you commit it: the frames were checked
by hand, by adding up the lengths in each file's own text.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from vem_plugin.timeline.reading import read_timeline_file
from vem_plugin.timeline.sheet import read_cut_sheet

GOLDEN = Path(__file__).resolve().parent / "golden"


def cut_list(path: Path) -> dict[str, Any]:
    """What a golden file keeps of a timeline."""
    sheet = read_cut_sheet(read_timeline_file(path)).sheet
    return {
        "rate": f"{sheet.rate.numerator}/{sheet.rate.denominator}",
        "start_frames": sheet.start_frames,
        "duration_frames": sheet.duration_frames,
        "conformed": sheet.conformed,
        "cuts": [cut.record_frames for cut in sheet.cuts],
        "dissolves": [
            [cut.record_frames, cut.record_frames if cut.nominal_frames is None else cut.nominal_frames]
            for cut in sheet.cuts
            if cut.extent_frames
        ],
        "dropped": [[boundary.record_frames, boundary.reason.value] for boundary in sheet.dropped],
        "black": [shot.start_frames for shot in sheet.shots if not shot.picture],
    }


def as_text(cuts: dict[str, Any]) -> str:
    """One line for each entry, so that a difference is easy to read."""
    return "{\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in cuts.items()) + "\n}\n"


def main(folder: Path) -> int:
    for golden in sorted(GOLDEN.glob("*.json")):
        golden.write_text(as_text(cut_list(folder / golden.stem)), encoding="utf-8")
        sys.stdout.write(f"{golden.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
