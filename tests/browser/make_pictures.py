"""`make pictures`: the pictures of README and docs, from a demo release that passed its audit.

Run: python -m tests.browser.make_pictures OUT_DIR
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

TAKE = Path(__file__).with_name("take_pictures.py")


def main() -> int:
    """Make the demo in a temporary folder, audit it again, take every page."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures").resolve()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "demo"
        quorum = [sys.executable, "-m", "flows.cli"]
        subprocess.run([*quorum, "demo", "--no-serve", "--dir", str(workspace)], check=True)
        subprocess.run([*quorum, "--workspace", str(workspace), "audit"], check=True)
        return subprocess.run(
            [
                sys.executable,
                str(TAKE),
                str(workspace / "data" / "released"),
                str(out),
                "--demo",
                "--key",
                str(workspace / "keys" / "release.pub"),
                "--heat-map-query",
                "level=team",
                "--trend-query",
                "group=inp-fern&measure=bo1",
            ],
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
