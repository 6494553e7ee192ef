"""`python -m tests.year`: a year of twelve monthly waves on a clock of its own, checked against what has to happen.

Approvals, a file of another system, a file with few of the answers, a late file, a lost key, a declined release, a wave
on the staff page, one that is pulled from a survey tool which is busy at first, and a shred for every wave. Prints the
year and a table; exit 1 where something is not as it has to be.
"""

from __future__ import annotations

import datetime
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from flows import clock, log
from flows.operate.approval import open_questions
from flows.operate.rehearsal import BAD, FEW, LAST_DAY, LATE, WAVES, play, start_rehearsal
from flows.operate.rehearsed_day import rehearsed_day
from flows.publish.read import list_releases, read_public_key
from flows.zones import Zones
from tests.integration.release_without_prefect import quorum
from tests.unit.collect.survey_server import SurveyServer
from tests.year_sources import ON_PAGE, PULLED, answer_on_page, pulled_wave, put_on_staff_page

BUDGET_SECONDS = 120
LOST = "2027-10"
APPROVED_FROM = datetime.date(2027, 6, 1)
PRINTED_ON, FREE_AGAIN = datetime.date(2027, 9, 1), datetime.date(2027, 11, 14)


def play_year(root: Path) -> list[str]:
    """Play it with a steward who answers; the lines of the year."""
    start_rehearsal(root)
    with pulled_wave(root) as tool:
        put_on_staff_page(root)
        return _play_on(root, tool)


def _play_on(root: Path, tool: SurveyServer) -> list[str]:
    zones, lines = Zones(root), []
    lost_on, until = datetime.date(2027, 10, 14), LAST_DAY
    while rehearsed_day(zones) < LAST_DAY or not lines:
        today = rehearsed_day(zones)
        until = min(
            day for day in (APPROVED_FROM, PRINTED_ON, lost_on, FREE_AGAIN, LAST_DAY) if day > today or day == LAST_DAY
        )
        for played in play(root, until):
            lines += played.lines
        for asked in open_questions(zones):
            lines += _answer(root, asked.wave_id, asked.questions)
        today = rehearsed_day(zones)
        if today == PRINTED_ON + datetime.timedelta(days=1):
            lines.append(answer_on_page(root, today))
        if today > FREE_AGAIN:
            tool.fault = ""
        if today > APPROVED_FROM and "after_approval" not in zones.settings_file.read_text("utf-8"):
            text = zones.settings_file.read_text("utf-8").replace('"by_itself"', '"after_approval"')
            zones.settings_file.write_text(text, "utf-8")
    return lines


def _answer(root: Path, wave_id: str, questions: tuple[str, ...]) -> list[str]:
    """Decline the file with few answers and bring the whole one; lose one key before approving; approve the rest."""
    zones = Zones(root)
    if wave_id == FEW and "low_response" in questions:
        said = quorum("approve", "--wave", wave_id, "--decline", "--yes", "--workspace", root)
        whole = (root / "post" / f"{wave_id}.csv").read_bytes()
        (root / "exports" / f"{wave_id}.csv").write_bytes(whole)
        return said.out.splitlines()
    if wave_id == LOST and not log.has_event(zones, "key_lost", wave_id):
        zones.wave_key_file(wave_id).unlink()
        said = quorum("keys", "lost", "--wave", wave_id, "--yes", "--workspace", root)
        return (
            said.out.splitlines() + quorum("approve", "--wave", wave_id, "--yes", "--workspace", root).out.splitlines()
        )
    return quorum("approve", "--wave", wave_id, "--yes", "--workspace", root).out.splitlines()


def faults_of(root: Path) -> list[str]:
    """What is not as it has to be after the year."""
    zones = Zones(root)
    events = Counter((entry["event"], entry.get("wave_id")) for entry in log.entries(zones))
    shelf = list_releases(zones.released, read_public_key(zones.public_key_file))
    with clock.rehearsing(LAST_DAY):
        doctor = quorum("doctor", "--workspace", root)
    checks = {
        "every wave is released once": all(events["released", wave_id] == 1 for wave_id in WAVES),
        "every release verifies": [found.manifest.wave_id for found in shelf.releases] == list(WAVES),
        "every wave is shredded once": all(events["shredded", wave_id] == 1 for wave_id in WAVES),
        "no answers are left": not list(zones.wave_store("x").parent.glob("*")),
        "no storage key is left": not list(zones.wave_key_file("x").parent.glob("*")),
        "the file of another system stopped its wave once": events["wave_stopped", BAD] == 1,
        "the late wave was asked about": events["wave_late", LATE] == 1,
        "few answers were asked about and declined": events["release_declined", FEW] == 1,
        "seven waves from June on were approved": all(events["release_approved", wave_id] for wave_id in WAVES[5:]),
        "the lost key was given up and the wave came again": events["key_lost", LOST] == 1,
        "the staff page was opened, closed, mixed and destroyed": all(
            events[name, ON_PAGE] == 1
            for name in ("survey_opened", "survey_closed", "batch_mixed", "ballots_destroyed")
        ),
        "the busy survey tool was asked again": (events["duty_failed", PULLED], events["pulled", PULLED]) == (2, 1),
        "every release has its trends": all((zones.derived / wave_id).exists() for wave_id in WAVES),
        "plans were saved before their waves opened": len(list(zones.plan_file("x").parent.glob("*.json"))) == 12,
        "doctor finds no fault": doctor.code == 0,
    }
    return [f"{'good' if is_good else 'FAULT':6} {name}" for name, is_good in checks.items()]


def main() -> int:
    """Play, print, judge."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "year"
        for line in play_year(root):
            print(line)
        verdicts = faults_of(root)
    seconds = time.monotonic() - started
    print("\n".join(verdicts))
    print(f"{len(WAVES)} waves in {seconds:.0f} s (budget {BUDGET_SECONDS} s)")
    return int(any(verdict.startswith("FAULT") for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
