"""`python -m vem_core.training STAGE ...`: `vem train` from a checkout that is not installed."""

from __future__ import annotations

import argparse
import sys

from vem_core.contract.errors import VemError
from vem_core.training import stages


def main() -> int:
    """Run a stage; an error is a sentence and a status, as in `vem`."""
    parser = argparse.ArgumentParser(prog="python -m vem_core.training")
    stages.add_arguments(parser)
    try:
        return stages.run(parser.parse_args())
    except VemError as error:
        sys.stderr.write(f"{error.message} {error.hint}".rstrip() + "\n")
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
