"""What collecting a large LimeSurvey export costs, next to DuckDB's bare read of the same file, in one run.

`python -m tests.benchmarks.measure_collect` makes an export of 1.2 million responses and prints both, with their ratio.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from flows.commands.init import init_workspace
from flows.steps import collect_step
from flows.workbench import open_workbench, sources_of
from surveys.load import load_catalogue
from tests.benchmarks.meter import Meter
from tests.benchmarks.wave_maker import BATTERY, WaveSize, make_wave

SIZE = WaveSize("1.2 million responses", divisions_n=20, departments_n=200, teams_n=2_000, people_per_team=600.0)
RUNS = 3
TARGET = 2.5


def make_export(root: Path) -> Path:
    """A LimeSurvey CSV with codes, every value quoted, and its map."""
    respondents_n = make_wave(SIZE, load_catalogue(), root)
    answers = pl.read_csv(root / "answers.csv")
    seeds = np.random.default_rng(1).integers(1, 2**31, respondents_n)
    names = {item: f"q{place}[SQ{place:03d}]" for place, item in enumerate(BATTERY)}
    export = pl.DataFrame({"id": np.arange(1, respondents_n + 1)}).with_columns(
        submitdate=pl.lit("1980-01-01 00:00:00"), lastpage=pl.lit(4), startlanguage=pl.lit("en"),
        seed=pl.Series(seeds), team=answers["unit_id"], **{name: answers[item] for item, name in names.items()},
    )  # fmt: skip
    path = root / "limesurvey.csv"
    export.write_csv(path, separator=";", quote_style="always", include_bom=True, line_terminator="\r\n")
    items = "".join(f'  {item}: {{ column: "{name}" }}\n' for item, name in names.items())
    (root / "maps" / "lime.yaml").write_text(f"tool: limesurvey\nunit: {{ column: team }}\nitems:\n{items}", "utf-8")
    return path


def main() -> None:
    """Measure and print: the least of several runs each, for work of others on the machine only adds to it."""
    with tempfile.TemporaryDirectory(prefix="quorum-bench-") as folder:
        root = Path(folder) / "workspace"
        init_workspace(root)
        export = make_export(root)
        meter = Meter(Path(folder) / "costs.json")
        bench = open_workbench(root, "bench")
        for _ in range(RUNS):
            with meter.step("bare read"), duckdb.connect() as con:
                con.execute("create table answers as select * from read_csv($path)", {"path": str(export)})
            with meter.step("collect"), bench.new_store() as con:
                collect_step(con, bench, sources_of(bench, [str(export)]))
        costs = json.loads(meter.out.read_text("utf-8"))["costs"]
    least = {
        (step, key): min(cost[key] for cost in costs if cost["step"] == step)
        for step in ("bare read", "collect")
        for key in ("wall_s", "cpu_s", "peak_mib")
    }
    for step in ("bare read", "collect"):
        wall_s, cpu_s, peak_mib = (least[step, key] for key in ("wall_s", "cpu_s", "peak_mib"))
        print(f"{step:<10} {wall_s:6.2f} s wall {cpu_s:6.2f} s cpu {peak_mib:6.0f} MiB")
    wall, cpu = (least["collect", key] / least["bare read", key] for key in ("wall_s", "cpu_s"))
    print(f"ratio {wall:.1f} wall, {cpu:.1f} cpu; target {TARGET}")


if __name__ == "__main__":
    main()
