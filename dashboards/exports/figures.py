"""The figures of a page as rows: one row a wave, group, breakdown value and measure, every state in a column.

Rows come from waves as a visitor sees them (`access.scoped_wave`), in whole points as the pages show them, so that a
file holds what the page shows and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from dashboards.levels import levels_of
from dashboards.waves import NO_FIGURE, Figure, Group, Measure, State, Wave, read_figure, whole
from flows.publish.contract import ALL
from flows.trend.read import Derived

Row = dict[str, Any]
SCHEMA: dict[str, pl.DataType] = {
    "page": pl.String(),
    "wave_id": pl.String(),
    "closes_on": pl.Date(),
    "release_id": pl.String(),
    "policy": pl.String(),
    "signature": pl.String(),
    "group_id": pl.String(),
    "group_name": pl.String(),
    "parent_group_id": pl.String(),
    "level": pl.String(),
    "kind": pl.String(),
    "response_band": pl.String(),
    "breakdown_id": pl.String(),
    "breakdown_value": pl.String(),
    "measure_id": pl.String(),
    "measure_name": pl.String(),
    "direction": pl.String(),
    "unit": pl.String(),
    "state": pl.String(),
    "value": pl.Int64(),
    "low": pl.Int64(),
    "high": pl.Int64(),
    "respondents_n": pl.Int64(),
    "at_risk_state": pl.String(),
    "at_risk_pct": pl.Int64(),
    "counted_in_group_id": pl.String(),
    "level_line": pl.Int64(),
    "level_low": pl.Int64(),
    "level_high": pl.Int64(),
    "change": pl.String(),
    "change_since": pl.String(),
    "comparison": pl.String(),
}
PARTICIPATION = "participation"
SIGNATURES = {True: "checked", False: "signer_not_checked"}


def policy_words(wave: Wave) -> str:
    """Preset and least group sizes of the release: `standard, 5 / 10 / 20`."""
    sizes = " / ".join(str(wave.manifest.k[tier]) for tier in ("work", "sensitive", "guarded"))
    return f"{wave.manifest.preset}, {sizes}"


def release_row(page: str, wave: Wave) -> Row:
    """What every row says about the release that it is from."""
    manifest = wave.manifest
    return {
        "page": page,
        "wave_id": wave.wave_id,
        "closes_on": manifest.closes_on,
        "release_id": manifest.release_id,
        "policy": policy_words(wave),
        "signature": SIGNATURES[wave.is_signature_trusted],
    }


def cell_rows(
    page: str,
    wave: Wave,
    groups: Sequence[Group],
    measures: Sequence[Measure],
    derived: Derived | None = None,
    figures: Mapping[tuple[str, str], Figure] | None = None,
) -> list[Row]:
    """Every group with every measure; a pair that is in neither release nor `figures` has the state no_data."""
    figures = wave.figures([group.group_id for group in groups]) if figures is None else figures
    rows = []
    for group in groups:
        for measure in measures:
            figure = figures.get((group.group_id, measure.measure_id), NO_FIGURE)
            rows.append(
                {**release_row(page, wave), **_group(wave, group, figure), **_measure(measure), **_figure(figure)}
            )
    return _with_words(rows, wave, derived)


def series_rows(
    page: str, waves: Sequence[Wave], group: Group, measure: Measure, derived: Derived | None, has_level: bool
) -> list[Row]:
    """One group and measure over all waves; `has_level`: with the lasting level, as the chart draws it."""
    rows: list[Row] = []
    for wave in waves:
        here = wave.group(group.group_id)
        if here is not None:
            rows += cell_rows(page, wave, [here], [measure], derived)
            continue
        pool = wave.pool_of(group.group_id)
        counted = {"counted_in_group_id": pool.group_id if pool else None}
        absent = {**_group(wave, group, NO_FIGURE), **counted, "response_band": None}
        rows.append({**release_row(page, wave), **absent, **_measure(measure), **_figure(NO_FIGURE)})
    levels = {level.place: level for level in levels_of(derived, waves, group.group_id, measure.measure_id)}
    for place, row in enumerate(rows):
        if has_level and place in levels:
            level = levels[place]
            row |= {"level_line": whole(level.line), "level_low": whole(level.low), "level_high": whole(level.high)}
    return rows


def breakdown_rows(page: str, wave: Wave, measure: Measure) -> list[Row]:
    """Rows of one measure by the wave's breakdown."""
    rows = []
    for cell in wave.breakdown_rows(measure.measure_id):
        group = wave.group(cell["group_id"])
        if group is None:
            continue
        figure = read_figure(cell, measure.is_share)
        by = {"breakdown_id": cell["breakdown_id"], "breakdown_value": cell["breakdown_value"]}
        rows.append(
            {**release_row(page, wave), **_group(wave, group, figure), **by, **_measure(measure), **_figure(figure)}
        )
    return rows


def participation_rows(page: str, wave: Wave, groups: Sequence[Group]) -> list[Row]:
    """People who answered and the band, as far as the release gives them."""
    rows = []
    for group in groups:
        is_shown = group.respondents_n is not None
        figure = Figure(State.SHOWN if is_shown else State.HIDDEN, respondents_n=group.respondents_n)
        named = {"measure_id": PARTICIPATION, "measure_name": PARTICIPATION, "unit": "people"}
        rows.append({**release_row(page, wave), **_group(wave, group, figure), **named, **_figure(figure)})
    return rows


def frame_of(rows: Collection[Row]) -> pl.DataFrame:
    """The rows as a table with every column, in their order."""
    return pl.DataFrame([{name: row.get(name) for name in SCHEMA} for row in rows], schema=SCHEMA)


def _group(wave: Wave, group: Group, figure: Figure) -> Row:
    counted = wave.nearest_shown(group) if figure.state is State.HIDDEN else None
    return {
        "group_id": group.group_id,
        "group_name": group.name,
        "parent_group_id": group.parent_id,
        "level": group.level,
        "kind": group.kind,
        "response_band": group.response_band,
        "breakdown_id": ALL,
        "breakdown_value": ALL,
        "counted_in_group_id": counted.group_id if counted else None,
    }


def _measure(measure: Measure) -> Row:
    return {
        "measure_id": measure.measure_id,
        "measure_name": measure.name,
        "direction": "higher_is_worse" if measure.is_high_worse else "higher_is_better",
        "unit": "percent" if measure.is_share else "points",
    }


def _figure(figure: Figure) -> Row:
    return {
        "state": figure.state.value,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "respondents_n": figure.respondents_n,
        "at_risk_state": figure.at_risk_state.value,
        "at_risk_pct": figure.at_risk_pct,
    }


def _with_words(rows: list[Row], wave: Wave, derived: Derived | None) -> list[Row]:
    """The rows with what the trend engine says of a change in this wave, and beside the organisation."""
    if derived is None or derived.wave_id != wave.wave_id or not rows:
        return rows
    groups, measures = {row["group_id"] for row in rows}, {row["measure_id"] for row in rows}
    changes = derived.changes(groups, measures)
    comparisons = derived.comparisons(groups, measures)
    for row in rows:
        key = (row["group_id"], row["measure_id"])
        change, comparison = changes.get(key), comparisons.get(key)
        if change is not None and change.wave_id == wave.wave_id:
            row |= {"change": str(change.label), "change_since": change.since_wave_id}
        if comparison is not None:
            row["comparison"] = comparison.label
    return rows
