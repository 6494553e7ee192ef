"""`make test`: the tests on the installed wheel, and one line that says what was skipped and why.

With CI=true a skip is a failure: the gate installs what would be skipped for. Two workers share the files of tests;
`ARGS="-n 0"` runs them one after the other. Files marked `slow` are run by `ARGS="-m slow"`, which the gate does too.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

# Behind site-packages: `flows` is the installed wheel, `tests` is this folder.
sys.path.append(str(Path(__file__).parents[1]))

WORKERS_N = 2
"""More would start several Prefect servers and browsers at once, which small machines do not bear."""


class SkipReport:
    """Counts skips by reason."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self._note(report.longrepr)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._note(report.longrepr)

    def _note(self, longrepr: object) -> None:
        reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
        self.reasons[str(reason).removeprefix("Skipped: ")] += 1


def main() -> int:
    """Run pytest; its exit code, or 1 for a skip in CI."""
    skips = SkipReport()
    shared = ["-n", str(WORKERS_N), "--dist", "loadfile"]
    chosen = [] if "-m" in sys.argv else ["-m", "not slow"]
    code = int(pytest.main(["-q", "-p", "no:cacheprovider", *shared, *chosen, *sys.argv[1:]], plugins=[skips]))
    if skips.reasons:
        print("skipped: " + "; ".join(f"{n} because {reason}" for reason, n in sorted(skips.reasons.items())))
        if os.environ.get("CI") == "true":
            print("CI=true: a skip is a failure")
            return code or 1
    else:
        print("skipped: nothing")
    return code


if __name__ == "__main__":
    sys.exit(main())
