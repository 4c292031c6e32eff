"""Table 4 as a page of the records: docs/records/table-4.md, from a folder in which `vem ablate` is done.

vem ablate FOLDER --preset small --codec-of vem-mini --pieces 72 --held-out 0 --steps 240 --clips 8 --rate 2e-3
python benchmarks/table_4.py FOLDER
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vem_core.ablation.running import PAGE

ROOT = Path(__file__).resolve().parents[1]
MARK = "<!-- Written by benchmarks/table_4.py. Do not edit. -->"
NOTE = """What an arm may know, and what came of it: [Judging](../engineers/judging.md#table-4). Where music was played,
*real* is the composer's own rendering, which KLD, BIoU and FAD compare with."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    page = (parser.parse_args().folder / "ablation" / PAGE).read_text(encoding="utf-8")
    head, _, rest = page.partition("\n\n")
    (ROOT / "docs/records/table-4.md").write_text(f"{head}\n\n{MARK}\n\n{NOTE}\n\n{rest}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
