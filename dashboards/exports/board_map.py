"""The heat map on paper: groups down to departments, measures of the board, every state with its mark."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards import words
from dashboards.exports.board_measure import board_level
from dashboards.exports.paper import Data
from dashboards.heat_rows import Figures
from dashboards.heat_table import heat_figures
from dashboards.language import say
from dashboards.selection import heat_groups
from dashboards.theme import ramp_step
from dashboards.waves import NO_FIGURE, Figure, Group, Measure, State, Wave

_RAMP = ("0–19", "20–39", "40–59", "60–79", "80+")


def heat_parts(wave: Wave, measures: Sequence[Measure]) -> Data | None:
    """The map; None where all measures are shares, which have no place on a scale of 0 to 100."""
    columns = [measure for measure in measures if not measure.is_share]
    if not columns:
        return None
    groups = heat_groups(wave, board_level(wave))
    figures = heat_figures(wave, groups)
    return {
        "title": say("heat_title"),
        "lead": say("board_map_lead"),
        "group": say("column_group"),
        "columns": [
            {"name": words.narrow(each.name), "direction": words.direction(each.is_high_worse)} for each in columns
        ],
        "rows": [_row(wave, group, columns, figures) for group in groups],
        "low_strain": say("low_strain"),
        "high_strain": say("high_strain"),
        "ramp": list(_RAMP),
        "note": say("ramp_note"),
        "marks": [
            ["hidden", "", say("hidden")],
            ["absent", "–", say("not_asked")],
            ["bound", "≥86", say("legend_bound")],
            ["low", "57", say("legend_low")],
        ],
    }


def _row(wave: Wave, group: Group, columns: Sequence[Measure], figures: Figures) -> Data:
    found = [figures.get((group.group_id, measure.measure_id), NO_FIGURE) for measure in columns]
    is_all_hidden = all(figure.state is State.HIDDEN for figure in found)
    shown = wave.nearest_shown(group) if is_all_hidden else None
    return {
        "name": say("other_name") if group.kind == "other" else group.name,
        "note": _note(wave, group),
        "depth": min(group.depth, 3),
        "inner": group.level != "team",
        "hidden": words.counted_in(shown.name if shown else None) if is_all_hidden else "",
        "cells": [_cell(group, measure, figure) for measure, figure in zip(columns, found, strict=True)],
    }


def _note(wave: Wave, group: Group) -> str:
    if group.kind == "pooled":
        return words.pooled(len(group.member_unit_ids))
    parent = wave.group(group.parent_id or "") if group.kind == "other" else None
    return say("rest_of", parent=parent.name) if parent else ""


def _cell(group: Group, measure: Measure, figure: Figure) -> Data:
    """Kind, text and step of one cell; a hidden one holds no digit."""
    if figure.state is State.HIDDEN:
        return {"kind": "hidden", "text": "", "step": 0}
    if figure.value is None:
        return {"kind": "absent", "text": "" if group.kind == "other" else "–", "step": 0}
    step = ramp_step(figure.value, measure.is_high_worse)
    if figure.is_bound:
        return {"kind": "bound", "text": f"{words.BOUND_SIGNS[figure.state]}{figure.value}", "step": step}
    return {"kind": "low" if group.is_low_response else "shown", "text": str(figure.value), "step": step}
