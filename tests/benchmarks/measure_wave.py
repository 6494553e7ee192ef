"""One wave from its file to its release, step by step, in this process; costs and counts go out as JSON.

Prefect is left out: its start costs the same for every wave. Run by `bench.py`, one process a size.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import duckdb

from flows.commands.init import init_workspace
from flows.plan import freeze
from flows.steps import (
    aggregate_step,
    audit_step,
    checks_json,
    collect_step,
    publish_step,
    score_step,
    stage_step,
    validate_step,
)
from flows.workbench import open_workbench, sources_of
from surveys.load import load_catalogue
from tests.benchmarks.meter import Meter
from tests.benchmarks.wave_maker import BATTERY, SIZES, make_wave

WAVE_ID = "bench"
REFERENCE = "DuckDB reads and groups"
REFERENCE_RUNS = 3


def bare_read(path: Path) -> None:
    """What the wave is compared with: DuckDB's own reading of the file, and the mean and count of each item a team."""
    figures = ", ".join(f"avg({item}), count({item})" for item in BATTERY)
    with duckdb.connect() as con:
        con.execute(f"select unit_id, {figures} from read_csv($path) group by unit_id", {"path": str(path)}).fetchall()


def measure(size_name: str, root: Path, meter: Meter) -> None:
    """Make a wave, read it bare, and bring it from collect to publish."""
    init_workspace(root)
    respondents_n = make_wave(SIZES[size_name], load_catalogue(), root)
    answers = root / "answers.csv"
    meter.count(respondents_n=respondents_n, bytes_n=answers.stat().st_size)
    for _ in range(REFERENCE_RUNS):
        with meter.step(REFERENCE):
            bare_read(answers)
    run_steps(root, answers, meter)


def run_steps(root: Path, answers: Path, meter: Meter) -> None:
    """The steps as the flow takes them, each opening the workbench and the encrypted store anew."""
    with meter.step("collect"):
        bench = open_workbench(root, WAVE_ID)
        sources = sources_of(bench, [str(answers)])
        with bench.new_store() as con:
            collected = collect_step(con, bench, sources)
    with meter.step("import Great Expectations"):
        importlib.import_module("great_expectations.expectations")
    with meter.step("validate"):
        bench = open_workbench(root, WAVE_ID)
        with bench.store() as con:
            validate_step(con, bench, collected, sources)
        freeze(bench.zones, bench.plan)
    for name, step in (("score", score_step), ("aggregate", lambda con, _bench: aggregate_step(con))):
        with meter.step(name):
            bench = open_workbench(root, WAVE_ID)
            with bench.store() as con:
                step(con, bench)
    with meter.step("protect"):
        bench = open_workbench(root, WAVE_ID)
        with bench.store() as con:
            protected = stage_step(con, bench)
    meter.count(groups_shown_n=protected.shown_n, groups_hidden_n=protected.hidden_n)
    with meter.step("audit"):
        bench = open_workbench(root, WAVE_ID)
        with bench.store() as con:
            report = audit_step(con, bench, bench.zones.staging(WAVE_ID))
    with meter.step("publish"):
        bench = open_workbench(root, WAVE_ID)
        with bench.store() as con:
            publish_step(con, bench, checks_json(report))


def main() -> None:
    """Measure one size, named first; the second argument is the file for the costs, beside which the workspace lies.

    The folder belongs to the process that started this one, which removes it even where this one is ended.
    """
    out = Path(sys.argv[2])
    measure(sys.argv[1], out.parent / "workspace", Meter(out))


if __name__ == "__main__":
    main()
