"""Columns and types of the release files (CONTRACTS section 5), shared by writer, reader and auditor."""

from __future__ import annotations

import polars as pl

CONTRACT_VERSION = 1

CELLS: dict[str, pl.DataType] = {
    "wave_id": pl.String(),
    "group_id": pl.String(),
    "breakdown_id": pl.String(),
    "breakdown_value": pl.String(),
    "measure_id": pl.String(),
    "status": pl.String(),
    "respondents_n": pl.Int64(),
    "score_mean": pl.Float64(),
    "mean_low": pl.Float64(),
    "mean_high": pl.Float64(),
    "at_risk_pct": pl.Float64(),
    "is_mean_bounded": pl.Boolean(),
    "is_pct_bounded": pl.Boolean(),
}
CELLS_KEY = ("wave_id", "group_id", "breakdown_id", "breakdown_value", "measure_id")

GROUPS: dict[str, pl.DataType] = {
    "wave_id": pl.String(),
    "group_id": pl.String(),
    "parent_group_id": pl.String(),
    "group_name": pl.String(),
    "level": pl.String(),
    "kind": pl.String(),
    "member_unit_ids": pl.List(pl.String()),
    "respondents_n": pl.Int64(),
    "response_band": pl.String(),
}
GROUPS_KEY = ("wave_id", "group_id")

MEASURES: dict[str, pl.DataType] = {
    "measure_id": pl.String(),
    "name": pl.String(),
    "construct": pl.String(),
    "instrument_id": pl.String(),
    "instrument_version": pl.Int64(),
    "tier": pl.String(),
    "direction": pl.String(),
    "native_min": pl.Float64(),
    "native_max": pl.Float64(),
    "validated": pl.Boolean(),
    "note": pl.String(),
    "phi": pl.Float64(),
    "phi_basis": pl.String(),
}
MEASURES_KEY = ("measure_id",)

TABLES: dict[str, dict[str, pl.DataType]] = {"cells": CELLS, "groups": GROUPS, "measures": MEASURES}
ALL = "all"
OTHER_VALUE = "other:"
STATUS_PUBLISHED = "published"
STATUS_SUPPRESSED = "suppressed"
RESPONSE_BANDS = ("<50", "50-69", "70-84", ">=85")
LEVELS = ("organisation", "division", "department", "team")
KINDS = ("unit", "pooled", "other")
