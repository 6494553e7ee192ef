"""The account of a wave: what became of every row that was read. An invariant, not a report (CONTRACTS: input)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from flows.collect.collect import CollectSummary
from flows.errors import ExportRefused, WorkspaceError
from flows.validate.validate import ValidateSummary

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PARTS = ("accepted", "quarantined", "test", "incomplete", "duplicate", "late", "blank", "other_wave")


@dataclass(frozen=True, slots=True)
class Account:
    """Counts of rows, in the whole organisation."""

    read: int
    accepted: int
    quarantined: int
    test: int
    incomplete: int
    duplicate: int
    late: int
    blank: int
    other_wave: int

    def __post_init__(self) -> None:
        if self.read != sum(self.part(name) for name in PARTS):
            raise WorkspaceError(
                "the account of rows does not add up: "
                f"{self.read} read, {' + '.join(f'{self.part(name)} {name}' for name in PARTS)}. "
                "This is a fault of Quorum. Nothing was released; please report it."
            )

    def part(self, name: str) -> int:
        """Rows of one kind."""
        return int(getattr(self, name))


@dataclass(frozen=True, slots=True)
class WaveFacts:
    """What the store remembers of a collection for the steps after it: counts and kinds, no row."""

    account: Account
    source_grade: str
    items: tuple[str, ...]
    faults: Mapping[str, int]
    input_digest: str


def refuse_lopsided(account: Account) -> None:
    """Raises ExportRefused where nothing was accepted, or more was set aside than accepted."""
    if account.accepted == 0 or account.quarantined > account.accepted:
        raise ExportRefused(
            f"{account.accepted:,} rows accepted, {account.quarantined:,} set aside: that is no wave to release, and a "
            "release is final. `quorum check` names the unit labels that are no unit; mend the map or the file."
        )


def account_of(collected: CollectSummary, validated: ValidateSummary) -> Account:
    """Put the counts of both steps together. Raises WorkspaceError where a row is lost or doubled."""
    return Account(
        read=collected.read_n,
        accepted=validated.accepted_n,
        quarantined=validated.quarantined_n + sum(collected.set_aside.values()),
        blank=validated.blank_n,
        **{name: collected.apart[name] for name in ("test", "incomplete", "duplicate", "late", "other_wave")},
    )


def faults_of(collected: CollectSummary, validated: ValidateSummary) -> dict[str, int]:
    """Reasons of quarantine and value faults, with their counts."""
    faults = {**validated.quarantined, **collected.set_aside}
    if validated.value_faults_n:
        faults["value_outside_code_set"] = validated.value_faults_n
    return dict(sorted(faults.items()))


def remember(con: DuckDBPyConnection, facts: WaveFacts) -> None:
    """Keep the facts in the wave's store."""
    con.execute("create or replace table wave_fact (content varchar)")
    con.execute("insert into wave_fact values ($content)", {"content": json.dumps(asdict(facts))})


def recall(con: DuckDBPyConnection) -> WaveFacts:
    """The facts as they were kept. Raises WorkspaceError where a run was cut off before it kept them."""
    is_kept = con.execute("select count(*) from duckdb_tables() where table_name = 'wave_fact'").fetchone()
    row = con.execute("select content from wave_fact").fetchone() if is_kept == (1,) else None
    if row is None:
        raise WorkspaceError(
            "a run of this wave was cut off before its answers were judged. Run it again from its export."
        )
    raw: dict[str, Any] = json.loads(row[0])
    return WaveFacts(
        account=Account(**raw["account"]),
        source_grade=raw["source_grade"],
        items=tuple(raw["items"]),
        faults=raw["faults"],
        input_digest=raw["input_digest"],
    )
