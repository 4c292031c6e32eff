"""`python -m vem_plugin` is `vem`."""

import sys

from vem_plugin.cli import main

sys.exit(main())
