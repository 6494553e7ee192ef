"""LimeSurvey's JSON export: `{"responses": [{heading: value, ...}, ...]}`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.errors import ExportRefused

__all__ = ["JsonResponses", "read_json"]

MAX_JSON_BYTES = 512 * 2**20
"""JSON is read whole: a larger export is read as CSV, row by row."""


@dataclass(frozen=True, slots=True)
class JsonResponses:
    """The headings in the order of the file, and one record a response."""

    names: tuple[str, ...]
    rows: tuple[dict[str, Any], ...] = field(repr=False)

    def records(self) -> Iterator[list[str | None]]:
        """One list of texts a response, in the order of the headings; a heading that it lacks is null."""
        for row in self.rows:
            yield [_text(row.get(name)) for name in self.names]


def read_json(path: Path) -> JsonResponses:
    """The responses of a JSON file. Raises ExportRefused where it is none, has no responses, or nests values."""
    if path.stat().st_size > MAX_JSON_BYTES:
        raise ExportRefused(
            f"{path.name}: {path.stat().st_size // 2**20} MB of JSON; the most that is read is "
            f"{MAX_JSON_BYTES // 2**20} MB. Export the answers as CSV (UTF-8), which is read row by row."
        )
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ExportRefused(
            f"{path.name}: not valid JSON, or a heading stands twice in it. Export it again with question codes as "
            "headings, or as CSV (UTF-8)."
        ) from RuntimeError(type(error).__name__)
    rows = content.get("responses") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ExportRefused(
            f'{path.name}: JSON without a list "responses" of objects, as LimeSurvey writes it. '
            "Export the answers as CSV (UTF-8)."
        )
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
        if any(isinstance(value, dict | list) for value in row.values()):
            raise ExportRefused(
                f"{path.name}: a response holds a list or an object. Export the answers as CSV (UTF-8)."
            )
    return JsonResponses(tuple(names), tuple(rows))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value) or None
