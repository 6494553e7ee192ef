"""The same answers must not be released twice under two names: the difference would give single people away.

PRIVACY 4: a second release of a wave is a second tree over the same people. A wave id alone does not tell
waves apart, so the answers are compared with those of other released waves, as long as their stores exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LEAST_ROWS = 5
LEAST_DISTINCT = 0.8
REPEATED_SHARE = 0.5
Hashes = npt.NDArray[np.uint64]


def answer_columns(con: DuckDBPyConnection) -> list[str]:
    """Columns of `response` by which rows are compared."""
    return sorted(name for name in con.table("response").columns if name != "breakdown")


def row_hashes(con: DuckDBPyConnection, columns: list[str]) -> Hashes:
    """One hash a respondent over the named columns of `response`, in no particular order."""
    import duckdb

    hashed = duckdb.FunctionExpression("hash", *[duckdb.ColumnExpression(name) for name in columns])
    rows = con.table("response").select(hashed.alias("row_hash")).fetchnumpy()["row_hash"]
    return np.asarray(rows, dtype=np.uint64)


def is_repeated(rows: Hashes, others: Hashes) -> bool:
    """Whether so many rows recur that it cannot be chance. Rows must be mostly unlike each other to tell."""
    if min(len(rows), len(others)) < LEAST_ROWS:
        return False
    for hashes in (rows, others):
        if len(np.unique(hashes)) < LEAST_DISTINCT * len(hashes):
            return False
    common = np.intersect1d(rows, others)
    return len(common) >= REPEATED_SHARE * min(len(rows), len(others))
