"""Quarantine is counted, exported encrypted, and mended by rules before the release; no row is ever on screen."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from flows.steps import collect_step, validate_step
from flows.workbench import open_workbench, sources_of
from flows.zones import Zones, open_store
from tests.integration.release_without_prefect import ANSWERS, new_workspace, quorum, release, write_csv

WAVE = "w1"
LABEL = "Haus Drei"
ANSWER = "kaleidoskop-nebelkraehe"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wave whose run stopped before its release: 40 rows of units, 6 of a label that is none, 2 without a unit."""
    root = new_workspace(tmp_path_factory.mktemp("quarantine") / "workspace")
    teams = [unit for unit, n in ANSWERS.items() for _ in range(n)][:40]
    rows = [[unit, 1 + n % 5, 2] for n, unit in enumerate(teams)]
    rows += [[LABEL, ANSWER if n == 0 else 3, 2] for n in range(6)] + [["", 3, 2], ["", 4, 1]]
    export = write_csv(root / "november.csv", ("unit_id", "bo1", "st1"), rows)
    bench = open_workbench(root, WAVE)
    sources = sources_of(bench, [str(export)])
    with bench.new_store() as con:
        collected = collect_step(con, bench, sources)
    with bench.store() as con:
        validate_step(con, bench, collected, sources)
    return root


def _rules(root: Path, text: str) -> Path:
    path = root / "rules.yaml"
    path.write_text(text, "utf-8")
    return path


def test_quarantine_is_listed_by_reason_and_label_without_any_row(root: Path) -> None:
    said = quorum("quarantine", "list", "--wave", WAVE, "--workspace", root)
    assert (said.code, "8 rows in quarantine" in said.out, f'"{LABEL}" (6)' in said.out) == (0, True, True), said.text
    assert ANSWER not in said.text


def test_the_list_as_json_counts(root: Path) -> None:
    found = json.loads(quorum("quarantine", "list", "--json", "--wave", WAVE, "--workspace", root).out)
    assert found["faults"] == [{"reason": "missing_unit", "n": 2}, {"reason": "unknown_unit", "n": 6}]
    assert found["unknown_units"] == [{"label": LABEL, "n": 6}]


def test_the_export_is_encrypted_and_opens_with_the_key_of_the_wave_alone(root: Path) -> None:
    said = quorum("quarantine", "export", "--wave", WAVE, "--workspace", root)
    zones = Zones(root)
    path = zones.quarantine(WAVE)
    assert said.code == 0, said.text
    content = path.read_bytes()
    assert [text for text in (LABEL, ANSWER) if text in said.text or text.encode() in content] == []
    with pytest.raises(duckdb.Error), duckdb.connect(str(path), read_only=True) as con:
        con.execute("select count(*) from quarantine")
    with open_store(path, zones.wave_key_file(WAVE).read_text().strip(), zones.spill) as con:
        assert con.execute("select count(*) from quarantine").fetchone() == (8,)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no rules"),
        ("- x", "no rules"),
        ("unit: {}", 'unknown key "unit"'),
        (f"units: {{ {LABEL}: BRICH }}", "Nearest: BIRCH"),
        ("units: { ALDER: BIRCH }", "is a unit itself"),
        ("units: [a]", "no rules can be read"),
    ],
)
def test_rules_that_mean_nothing_are_refused(root: Path, text: str, says: str) -> None:
    said = quorum(
        "quarantine", "replay", "--wave", WAVE, "--workspace", root, _rules(root, text), root / "november.csv"
    )
    assert (said.code, says in said.err) == (11, True), said.text
    assert not Zones(root).unit_rules(WAVE).exists()


def test_rows_under_rules_are_accepted_and_the_run_uses_them_and_nothing_after_the_release(root: Path) -> None:
    rules = _rules(root, f"units: {{ {LABEL}: BIRCH }}\nmissing_unit: CEDAR\n")
    said = quorum("quarantine", "replay", "--wave", WAVE, "--workspace", root, rules, root / "november.csv")
    assert said.code == 0, said.text
    assert "48 read = 48 accepted + 0 quarantined" in said.out
    assert "8 before, 0 under these rules" in said.out
    release(root, WAVE, root / "november.csv")
    counts = json.loads((Zones(root).release(WAVE) / "manifest.json").read_text())["counts"]
    assert (counts["read"], counts["accepted"], counts["quarantined"]) == (48, 48, 0)
    late = quorum("quarantine", "replay", "--wave", WAVE, "--workspace", root, rules, root / "november.csv")
    assert (late.code, "is released" in late.err) == (15, True)


def test_a_wave_without_a_run_says_so(root: Path) -> None:
    said = quorum("quarantine", "list", "--wave", "w2", "--workspace", root)
    assert (said.code, "holds no answers yet" in said.err) == (14, True), said.text
