"""Figures as CSV and Parquet. The same rows give the same bytes; no text of a file can act as a formula."""

from __future__ import annotations

import io

import polars as pl

# What a spreadsheet may take for the start of a formula, also after blanks and in its wide East Asian forms.
_FORMULA = r"^[\s\u0000-\u001f\u00a0\ufeff]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]"
QUOTE = "'"


def as_csv(frame: pl.DataFrame) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it; a text that looks like a formula is led by an apostrophe."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    safe = frame.with_columns(_without_formulas(name) for name in texts)
    return safe.write_csv(include_bom=True, line_terminator="\r\n").encode("utf-8")


def _without_formulas(name: str) -> pl.Expr:
    is_formula = pl.col(name).str.contains(_FORMULA)
    return pl.when(is_formula).then(pl.concat_str(pl.lit(QUOTE), pl.col(name))).otherwise(pl.col(name)).alias(name)


def as_parquet(frame: pl.DataFrame, about: dict[str, str]) -> bytes:
    """The same rows as Parquet; `about` (page, wave, policy, release) stands in the file's own notes, too."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False, metadata=about)
    return buffer.getvalue()
