"""`python -m vem_core.server`: what a client starts when no core is running."""

from __future__ import annotations

import argparse
import sys

from vem_core.contract.errors import VemError
from vem_core.server.arguments import add_serve_arguments, settings_from_arguments
from vem_core.server.serving import serve


def main() -> int:
    """Run a core with the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m vem_core.server", description="Run the inference core.")
    add_serve_arguments(parser)
    try:
        return serve(settings_from_arguments(parser.parse_args()))
    except VemError as error:
        sys.stderr.write(f"{error.message}\n")
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
