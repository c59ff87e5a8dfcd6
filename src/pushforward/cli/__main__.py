"""`python -m pushforward.cli`."""

import sys

from pushforward.cli import main

sys.exit(main())
