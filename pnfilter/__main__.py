"""``python -m pnfilter``."""

import sys

from pnfilter.cli import main

if __name__ == "__main__":
    sys.exit(main())
