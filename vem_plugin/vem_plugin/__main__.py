"""`python -m vem_plugin` is `vem`."""

import sys

if not sys.flags.safe_path:  # then the folder we stand in comes first, which may be a stranger's
    del sys.path[0]

from vem_plugin.cli import main

sys.exit(main())
