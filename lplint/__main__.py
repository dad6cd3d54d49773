"""`python -m lplint`."""

import sys

from lplint.cli import main

sys.exit(main())
