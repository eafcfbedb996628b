"""``python -m pnfilter``."""

import os
import sys

# Python looks for modules in the working folder first, and that may be anyone's repository. Nothing
# else is imported before this, as it would be looked for there.
try:
    if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:  # noqa: PTH109
        del sys.path[0]
except OSError:
    pass  # The working folder is gone, and so is what was in it.

from pnfilter.cli import main

if __name__ == "__main__":
    sys.exit(main())
