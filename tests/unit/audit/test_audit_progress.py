"""How far an audit is, measure by measure."""

from __future__ import annotations

from pathlib import Path

from flows.audit.audit_release import audit_folder
from flows.progress import listening, report_part
from tests.builders import scale
from tests.red_team.organisation import K_RES, K, Organisation, Person


def _organisation() -> Organisation:
    scales = (scale("a"), scale("b"), scale("c"))
    roles = ("nursing", "therapy")
    people = [
        Person(unit, roles[at % 2], {one.measure_id: 1 + at % 3 for one in scales})
        for unit in ("T1", "T2")
        for at in range(24)
    ]
    return Organisation({"D": None, "T1": "D", "T2": "D"}, people, scales, roles)


def test_every_measure_is_told_and_once_more_where_it_has_a_breakdown(tmp_path: Path) -> None:
    organisation = _organisation()
    heard: list[tuple[int, int]] = []
    assert organisation.stage(tmp_path / "w1").passed
    audit_folder(tmp_path / "w1", organisation.confidential(), K, K_RES, lambda done, of: heard.append((done, of)))
    assert heard == [(at, 6) for at in range(6)]


def test_a_command_hears_the_parts_of_a_step_and_nobody_outside_its_block() -> None:
    heard: list[tuple[int, int]] = []
    report_part(1, 4)
    with listening(lambda _: None, lambda done, of: heard.append((done, of))):
        report_part(2, 4)
    report_part(3, 4)
    assert heard == [(2, 4)]
