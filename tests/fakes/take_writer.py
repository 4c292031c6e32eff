"""A process that writes takes: `python tests/fakes/take_writer.py FOLDER MADE HOW_MANY SEED [fail]`.

Waits for a line on standard input, so that several can begin at once. With `fail` each take fails once all of its files
are written.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "vem_plugin"), str(ROOT / "tests")]


def main(folder: str, made: str, how_many: str, seed: str, fail: str = "") -> int:
    from fakes.takes import make_sheet, make_take
    from vem_plugin.takes.names import OutputNames
    from vem_plugin.takes.writing import written_take

    take = make_take(make_sheet(6, 6), Path(made), seed=int(seed), extras=True)
    names = OutputNames(Path(folder), "film")
    sys.stdin.readline()
    for _ in range(int(how_many)):
        with contextlib.suppress(RuntimeError), written_take(take, names) as written:
            if fail:
                raise RuntimeError("the timeline cannot be written")
            sys.stdout.write(f"{written.placed.take} {seed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
