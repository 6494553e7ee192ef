"""What makes a wave stop with a question: sentences about the whole organisation, never about a team."""

from __future__ import annotations

from dataclasses import dataclass

from flows.publish.read import list_releases
from flows.wave_report import RunResult
from flows.workbench import Workbench

MANY_SET_ASIDE = 0.05
MANY_FAULTS = 0.02
MANY_CROWDED = 0.10
FAR_FEWER = 0.5


@dataclass(frozen=True, slots=True)
class Question:
    """Why a release waits: a word for logs and settings, and a sentence for stewards."""

    word: str
    text: str


QUESTIONS = {
    "low_response": "Few of all people answered. Is the file complete, and was everybody asked?",
    "set_aside": "More than a twentieth of the rows were set aside. Are the unit labels those of units.csv?",
    "value_faults": "More than a fiftieth of the answers lie outside their codes. Is the column map right?",
    "crowded": "More than a tenth of the teams have more answers than people. Is units.csv up to date?",
    "far_fewer": "Fewer than half as many answered as in the last wave. Is the file complete?",
    "items_missing": "Questions that were planned for this wave are not in the file. Is it the right file?",
    "approval": "The settings ask for an approval of every release.",
}


def questions_of(bench: Workbench, result: RunResult) -> tuple[Question, ...]:
    """Every reason to ask before this wave is released; empty where nothing looks wrong."""
    checked, schedule = result.checked, bench.settings.schedule
    account, validated = checked.account, checked.validated
    eligible_n = bench.plan.units.eligible_n
    answers_n = sum(item.answered_n + item.faults_n for item in validated.items)
    words = {
        "low_response": account.accepted * 100 < schedule.low_response_pct * eligible_n,
        "set_aside": account.quarantined > MANY_SET_ASIDE * account.read,
        "value_faults": validated.value_faults_n > MANY_FAULTS * answers_n,
        "crowded": validated.crowded_units_n > MANY_CROWDED * len(bench.plan.units.units),
        "far_fewer": account.accepted < FAR_FEWER * _accepted_last(bench),
        "items_missing": not set(bench.plan.battery) <= set(checked.collected.items),
        "approval": schedule.release == "after_approval",
    }
    return tuple(Question(word, QUESTIONS[word]) for word, is_asked in words.items() if is_asked)


def _accepted_last(bench: Workbench) -> int:
    """Answers of the last release of another wave; 0 where there is none."""
    from flows.keys import signers

    shelf = list_releases(bench.zones.released, signers(bench.zones))
    others = [found.manifest for found in shelf.releases if found.manifest.wave_id != bench.wave_id]
    return int(others[-1].counts["accepted"]) if others else 0
