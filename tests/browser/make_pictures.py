"""`make pictures`: the pictures of README and docs, from a demo release that passed its audit.

Run: python -m tests.browser.make_pictures OUT_DIR
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from dashboards.actions import Action, save_action

# Invented, as all of the demo; their effects are computed from the demo's releases like any other.
ACTIONS = (
    Action(
        "A second nurse on nights",
        date(2026, 6, 20),
        date(2026, 7, 1),
        "Director of nursing",
        "running",
        ("acute-wards",),
        ("bo1", "ee1"),
        "Two posts until March, then a look at what came of it.",
    ),
    Action(
        "Supervision moved into working hours",
        date(2026, 6, 5),
        date(2026, 7, 15),
        "Head of therapies",
        "running",
        ("adult-community",),
        ("sup2",),
    ),
    Action("Quiet rooms on every floor", date(2026, 9, 3), date(2026, 10, 1), "Estates", "done", (), ("wlb1",)),
)


def main() -> int:
    """Make the demo in a temporary folder, audit it again, write some actions down, take the pages."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures").resolve()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "demo"
        quorum = [sys.executable, "-m", "flows.cli"]
        subprocess.run([*quorum, "demo", "--no-serve", "--dir", str(workspace)], check=True)
        subprocess.run([*quorum, "--workspace", str(workspace), "audit"], check=True)
        for action in ACTIONS:
            save_action(workspace / "data" / "actions.sqlite3", action)
        take = [sys.executable, "-m", "tests.browser.take_pictures", str(workspace), str(out)]
        return subprocess.run(take, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
