"""Which measure sees which planted fault: writes docs/records/planted-faults.md.

    python benchmarks/planted_faults.py

On small films whose music fits them in every way, and with ears that hear exactly what was put in (tests/fakes): what
is shown is what each measure can see at best, not how well musicnn, CLAP or a beat tracker hear.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fakes.toy_films import tone_taggers, toy_ears, toy_takes  # noqa: E402
from vem_core.judging.faults import effects_of_all, effects_table  # noqa: E402

HEAD = """# Which measure sees which fault

<!-- Written by benchmarks/planted_faults.py. Do not edit. -->

Six small films whose music fits them in every way, then the same with one thing wrong. In each cell is what the measure
says and the mean change; *blind* means that the 95 % interval over films holds zero, or that the change is too small
to matter. Ears that hear exactly what was put in stand in for musicnn, CLAP, LanguageBind and the beat tracker: the
table shows what each measure can see at best.

Read the row of TBIoU: music of another film, half a beat late and reversed cuts leave it where it was. FAD and IS, too,
cannot tell that every film got another's music: they look at the set. What sees alignment is the share of cuts met
within a frame, and of the whole table only the picture curve sees that loudness follows another film.

"""


def main() -> int:
    ears = toy_ears(taggers=tone_taggers())
    page = HEAD + effects_table(effects_of_all(toy_takes(ears), ears)) + "\n"
    (ROOT / "docs/records/planted-faults.md").write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
