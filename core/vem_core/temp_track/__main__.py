"""`python -m vem_core.temp_track AUDIO SHEET`: listen to a temp track and print a `TempTrack.1`.

The half of `vem score --temp-track follow` that needs the core's packages.
"""

from __future__ import annotations

import sys
from pathlib import Path

from vem_core.contract.codec import dumps, loads
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import InputError, VemError


def main(words: list[str]) -> int:
    """Listen and print; the exit status is that of the error, whose sentence goes to the standard error."""
    from vem_core.audio.files import read_audio
    from vem_core.rhythm.tracking import tracker_by_id
    from vem_core.temp_track.listening import listen

    try:
        audio, sheet = Path(words[0]), Path(words[1])
        heard = listen(read_audio(audio), _read_sheet(sheet), tracker_by_id("auto"))
    except VemError as error:
        sys.stderr.write(f"vem: {error.message}\n")
        return error.exit_status
    sys.stdout.write(dumps(heard) + "\n")
    return 0


def _read_sheet(path: Path) -> CutSheet:
    try:
        return loads(CutSheet, path.read_bytes())
    except OSError as error:
        raise InputError(f"The cut sheet {path} cannot be read: {error.strerror}.") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
