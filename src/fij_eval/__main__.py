"""Run the command line as ``python -m fij_eval``."""

import sys

from fij_eval.cli import main

sys.exit(main())
