"""``python -m pnfilter``."""

import os
import sys

# Python looks for modules in the working folder first, which may be a repository of someone else.
if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:  # noqa: PTH109 (pathlib would be looked for there)
    del sys.path[0]

from pnfilter.cli import main

if __name__ == "__main__":
    sys.exit(main())
