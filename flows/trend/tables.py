"""Columns and words of the derived files (TRENDS 12), shared by the engine, the reader and the sentences."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

FILES = ("trend", "change", "compare")
DERIVED_VERSION = 1

DERIVED: dict[str, pl.DataType] = {
    "wave_id": pl.String(),
    "group_id": pl.String(),
    "measure_id": pl.String(),
    "line": pl.Float64(),
    "band_low": pl.Float64(),
    "band_high": pl.Float64(),
    "p_rose": pl.Float64(),
    "change": pl.Float64(),
    "label": pl.String(),
    "unusual": pl.Boolean(),
    "p_worst": pl.Float64(),
    "basis": pl.String(),
    "since_wave_id": pl.String(),
    "change_low": pl.Float64(),
    "change_high": pl.Float64(),
    "smallest_change": pl.Float64(),
    "worst": pl.String(),
}
DERIVED_KEY = ("measure_id", "group_id", "wave_id")


class Label(StrEnum):
    """What is said of a change (change.parquet) or of a difference (compare.parquet)."""

    CLEAR_RISE = "clear_rise"
    CLEAR_FALL = "clear_fall"
    POSSIBLE_RISE = "possible_rise"
    POSSIBLE_FALL = "possible_fall"
    NO_CLEAR_CHANGE = "no_clear_change"
    RESPONSE_DIFFERS = "response_differs"
    DIFFERS_HIGHER = "differs_higher"
    DIFFERS_LOWER = "differs_lower"
    NO_CLEAR_DIFFERENCE = "no_clear_difference"


class Worst(StrEnum):
    """How likely a group is among the fifth with most strain; nothing is said below one half."""

    LIKELY = "likely"
    POSSIBLE = "possible"


class Basis(StrEnum):
    """The section of the specification that a row rests on."""

    MANY_BOUNDS = "1.3"
    TWO_WAVES = "3.3"
    TREND = "4"
    COMPARISON = "5"


CLEAR = frozenset({Label.CLEAR_RISE, Label.CLEAR_FALL})
POSSIBLE = frozenset({Label.POSSIBLE_RISE, Label.POSSIBLE_FALL})
