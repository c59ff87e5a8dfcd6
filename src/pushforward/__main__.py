"""`python -m pushforward`: the command line."""

import sys

from pushforward.cli import main

sys.exit(main())
