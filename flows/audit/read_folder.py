"""Reading a release folder as an outsider would: three tables, their exact columns, and nothing else in the folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.publish.contract import CELLS_KEY, GROUPS_KEY, MEASURES_KEY, TABLES

KEYS: Mapping[str, tuple[str, ...]] = {"cells": CELLS_KEY, "groups": GROUPS_KEY, "measures": MEASURES_KEY}
ALLOWED_SUFFIXES = (".json", ".sig")
ALLOWED_METADATA = frozenset({"ARROW:schema"})


@dataclass(frozen=True, slots=True)
class ReleaseTables:
    """The three tables of a release, as they are in the folder."""

    cells: pl.DataFrame
    groups: pl.DataFrame
    measures: pl.DataFrame


def read_folder(folder: Path) -> tuple[ReleaseTables | None, list[str]]:
    """Tables of a folder, or none when one is missing, unreadable or of other columns; and every fault of the files."""
    faults = _foreign_files(folder)
    frames: dict[str, pl.DataFrame] = {}
    broken = False
    for name, columns in TABLES.items():
        frame, table_faults = _read_table(folder / f"{name}.parquet", name)
        faults += table_faults
        if frame is None or dict(frame.schema) != columns:
            broken = True
            faults += [] if frame is None else [f"{name}: {_schema_fault(frame, columns)}"]
            continue
        frames[name] = frame
        faults += _key_faults(frame, name)
    if broken:
        return None, faults
    return ReleaseTables(cells=frames["cells"], groups=frames["groups"], measures=frames["measures"]), faults


def _foreign_files(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    tables = {f"{name}.parquet" for name in TABLES}
    names = sorted(path.name for path in folder.iterdir())
    return [f"file {n}: not part of a release" for n in names if n not in tables and not n.endswith(ALLOWED_SUFFIXES)]


def _read_table(path: Path, name: str) -> tuple[pl.DataFrame | None, list[str]]:
    if not path.is_file():
        return None, [f"{name}: file missing"]
    try:
        metadata = pl.read_parquet_metadata(path)
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError):
        return None, [f"{name}: not a readable parquet file"]
    foreign = sorted(set(metadata) - ALLOWED_METADATA)
    return frame, [f"{name}: file metadata {key} is forbidden" for key in foreign]


def _schema_fault(frame: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> str:
    extra = [column for column in frame.columns if column not in columns]
    missing = [column for column in columns if column not in frame.columns]
    if extra:
        return f"forbidden column {', '.join(extra)}"
    if missing:
        return f"column {', '.join(missing)} is missing"
    return "columns are in another order or of another type"


def _key_faults(frame: pl.DataFrame, name: str) -> list[str]:
    """Keys present, unique and ascending: a table in any other order tells something by its order."""
    key = list(KEYS[name])
    if frame.height == 0:
        return [f"{name}: no rows"]
    if any(frame[column].null_count() for column in key):
        return [f"{name}: a key is null"]
    rows = frame.select(key)
    if rows.select(pl.struct(key).is_duplicated().any()).item():
        return [f"{name}: a key occurs twice"]
    return [] if rows.equals(rows.sort(key)) else [f"{name}: rows are not sorted by their key"]
