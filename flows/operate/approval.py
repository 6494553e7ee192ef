"""Questions and their answers in the log: what was asked about a wave, and what a steward said to that very input."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from flows import log
from flows.account import Account
from flows.errors import UsageError
from flows.operate.questions import Question
from flows.wave_report import RunResult
from flows.zones import Zones


class Answer(Enum):
    """What a steward said."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that stands in the log, with counts of the whole organisation, and its answer so far."""

    wave_id: str
    questions: tuple[str, ...]
    counts: Mapping[str, int]
    input_digest: str
    answer: Answer


def ask(zones: Zones, wave_id: str, result: RunResult, questions: Sequence[Question], input_digest: str) -> None:
    """Put the question into the log, with what a steward needs to judge it."""
    account = result.checked.account
    log.append(
        zones,
        "release_asked",
        wave_id=wave_id,
        questions=[question.word for question in questions],
        counts={
            **{name: account.part(name) for name in Account.__dataclass_fields__},
            "groups_shown": result.protected.shown_n,
            "audit_checks_passed": sum(check.passed for check in result.audited.checks),
        },
        input_digest=input_digest,
    )


def asked_about(zones: Zones, wave_id: str) -> Asked | None:
    """The last question about a wave, and its answer; None where nothing was asked since it was last collected."""
    found: Asked | None = None
    for entry in log.entries(zones):
        if entry.get("wave_id") != wave_id:
            continue
        if entry["event"] == "release_asked":
            found = Asked(wave_id, tuple(entry["questions"]), entry["counts"], str(entry["input_digest"]), Answer.OPEN)
        elif entry["event"] in ("release_approved", "release_declined") and found is not None:
            answer = Answer.APPROVED if entry["event"] == "release_approved" else Answer.DECLINED
            found = Asked(wave_id, found.questions, found.counts, found.input_digest, answer)
        elif entry["event"] == "released":
            found = None
    return found


def open_questions(zones: Zones) -> list[Asked]:
    """Every question without an answer."""
    waves = {str(entry["wave_id"]) for entry in log.entries(zones) if entry["event"] == "release_asked"}
    found = [asked_about(zones, wave_id) for wave_id in sorted(waves)]
    return [asked for asked in found if asked is not None and asked.answer is Answer.OPEN]


def answer_question(zones: Zones, wave_id: str, *, is_approved: bool, by: str | None = None) -> Asked:
    """Log a steward's answer. Raises UsageError where nothing is asked about this wave."""
    asked = asked_about(zones, wave_id)
    if asked is None or asked.answer is not Answer.OPEN:
        waiting = ", ".join(each.wave_id for each in open_questions(zones)) or "none"
        raise UsageError(f"nothing is asked about wave {wave_id}. Waves that wait for an answer: {waiting}.")
    log.append(
        zones,
        "release_approved" if is_approved else "release_declined",
        wave_id=wave_id,
        by=by or getpass.getuser(),
        input_digest=asked.input_digest,
    )
    return asked
