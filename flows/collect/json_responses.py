"""JSON of survey tools, one response at a time: LimeSurvey, Qualtrics (also a line a response) and KoboToolbox.

Whatever the file holds, memory stays small: values, keys and depth of one response have limits, and the file is
walked through once for its headings and once for its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import ijson

from flows.collect.delimited import MAX_COLUMNS
from flows.collect.text_check import MAX_LINE_BYTES
from flows.errors import ExportRefused

__all__ = ["JsonResponses", "read_json"]

_DEEPEST = 6
_CHUNK_BYTES = 65_536
_INSTEAD = "Export the answers as CSV (UTF-8)."
_BOM = b"\xef\xbb\xbf"
_LISTS = {"responses": "limesurvey", "results": "kobo"}
_KOBO = ("_uuid", "_submission_time")

Events = Iterator[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class JsonResponses:
    """The headings in the order of the file, and the tool that wrote it; left_out: groups of repeated questions."""

    path: Path = field(repr=False)
    tool: str
    names: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    def records(self) -> Iterator[list[str | None]]:
        """One list of texts a response, in the order of the headings; a heading that it lacks is null."""
        for _, row in _rows(self.path):
            yield [_text(row.get(name)) for name in self.names]


class _TooMuch(Exception):
    """A limit that no survey reaches; the message says which."""


def read_json(path: Path) -> JsonResponses:
    """Tool and headings of a JSON file. Raises ExportRefused where it is none, has no responses, or is not whole."""
    names: dict[str, None] = {}
    left_out: dict[str, None] = {}
    tool = ""
    for tool_of_row, row in _rows(path):
        tool = tool_of_row
        left_out.update((name, None) for name, value in row.items() if isinstance(value, list))
        names.update((name, None) for name, value in row.items() if not isinstance(value, list))
        if len(names) > MAX_COLUMNS:
            raise ExportRefused(f"{path.name}: more than {MAX_COLUMNS} headings, the most that is read. {_INSTEAD}")
    if not names:
        raise ExportRefused(f"{path.name}: JSON without a single response. Export the answers again.")
    return JsonResponses(path, tool, tuple(name for name in names if name not in left_out), tuple(left_out))


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tool and answers of each response. Raises ExportRefused at the first thing that does not fit."""
    try:
        with path.open("rb") as file:
            events: Events = ijson.basic_parse(_Bounded(file), buf_size=_CHUNK_BYTES, multiple_values=True)
            for key, item in _items(path, events):
                yield _row(path, key, item)
    except _TooMuch as error:
        raise ExportRefused(f"{path.name}: {error}. {_INSTEAD}") from None
    except (ijson.JSONError, ValueError, ArithmeticError, StopIteration, RecursionError) as error:
        raise ExportRefused(
            f"{path.name}: not valid JSON, or a heading stands twice in it. Export it again with question codes as "
            "headings, or as CSV (UTF-8)."
        ) from RuntimeError(type(error).__name__)


def _items(path: Path, events: Events) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each response with the name of the list that holds it; empty for a file with one response a line."""
    has_list, items_n = False, 0
    for event, _ in events:
        if event != "start_map" or has_list:
            raise _TooMuch("JSON that is no single object with the answers")
        rest: dict[str, Any] = {}
        while (pair := next(events))[0] != "end_map":
            key = str(pair[1])
            event, value = next(events)
            if key in rest or (key in _LISTS and has_list):
                raise ValueError("a key stands twice")
            if key in _LISTS and event == "start_array":
                has_list = True
                for item in _list_items(events):
                    items_n += 1
                    yield key, item
            else:
                rest[key] = _value(events, event, value, _Budget())
        if has_list:
            _refuse_one_page(path, rest, items_n)
        elif "responseId" in rest and isinstance(rest.get("values"), dict):
            yield "", rest
        else:
            raise _TooMuch('JSON without a list "responses" of objects, as survey tools write it')


def _list_items(events: Events) -> Iterator[dict[str, Any]]:
    while (pair := next(events))[0] != "end_array":
        if pair[0] != "start_map":
            raise _TooMuch('JSON without a list "responses" of objects: an answer is no object')
        yield _value(events, *pair, _Budget())


def _refuse_one_page(path: Path, rest: Mapping[str, Any], items_n: int) -> None:
    """KoboToolbox gives a list page by page, with the number of all answers on each."""
    for key in ("next", "previous"):
        if rest.get(key):
            raise ExportRefused(
                f'{path.name}: one page of a longer list: its "{key}" names another page. Fetch all pages, '
                "or export the answers as CSV (UTF-8)."
            )
    claimed = rest.get("count")
    if claimed is not None and str(claimed) != str(items_n):
        raise ExportRefused(
            f'{path.name}: its "count" says {claimed} answers, and it holds {items_n:,}: a page is missing, '
            f"or the file was changed. Fetch it again. {_INSTEAD}"
        )


class _Budget:
    """What one response may hold."""

    def __init__(self) -> None:
        self.left_n = 4 * MAX_COLUMNS
        self.left_signs = 4 * MAX_LINE_BYTES

    def take(self, value: object) -> None:
        """Counts a key or a value. Raises _TooMuch at the end."""
        self.left_n -= 1
        self.left_signs -= len(value) if isinstance(value, str) else 8
        if self.left_n < 0 or self.left_signs < 0:
            raise _TooMuch(f"one response holds more than {MAX_COLUMNS} values, or longer ones than any survey")


def _value(events: Events, event: str, value: Any, budget: _Budget, depth: int = 0) -> Any:
    """The value that begins with this event, read to its end."""
    if depth > _DEEPEST:
        raise _TooMuch(f"JSON in which values are nested more than {_DEEPEST} deep")
    if event == "start_map":
        found: dict[str, Any] = {}
        while (pair := next(events))[0] != "end_map":
            key = str(pair[1])
            budget.take(key)
            if key in found:
                raise ValueError("a key stands twice")
            found[key] = _value(events, *next(events), budget, depth + 1)
        return found
    if event == "start_array":
        listed = []
        while (pair := next(events))[0] != "end_array":
            listed.append(_value(events, *pair, budget, depth + 1))
        return listed
    budget.take(value)
    return value


def _row(path: Path, key: str, item: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Tool and answers of one response; a list stands for a group of repeated questions."""
    values = item.get("values")
    if "responseId" in item and isinstance(values, dict):
        return "qualtrics", {name: _joined(path, value) for name, value in values.items()}
    if key == "results" and all(name in item for name in _KOBO):
        return "kobo", {name: _kobo(name, value) for name, value in item.items()}
    if any(isinstance(value, dict | list) for value in item.values()):
        raise ExportRefused(f"{path.name}: a response holds a list or an object. {_INSTEAD}")
    return "limesurvey", dict(item)


def _joined(path: Path, value: Any) -> Any:
    """The codes of an answer with several of them, as the CSV writes them."""
    if isinstance(value, list) and not any(isinstance(part, dict | list) for part in value):
        return ",".join(_text(part) or "" for part in value)
    if isinstance(value, dict | list):
        raise ExportRefused(f"{path.name}: an answer holds a list or an object. {_INSTEAD}")
    return value


def _kobo(name: str, value: Any) -> Any:
    """Kobo's own columns may hold objects: the state of the check counts, of the others only that they are filled."""
    if name.startswith("_") and isinstance(value, dict | list):
        state = value.get("uid") if isinstance(value, dict) else None
        return state if isinstance(state, str) else "1" if value else None
    return [] if isinstance(value, dict | list) else value


class _Bounded:
    """A file for the parser that refuses a value of millions of signs before the parser has to hold it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._since_quote = 0
        self._is_first = True

    def read(self, size: int) -> bytes:
        """The next bytes; without a byte order mark."""
        chunk = self._file.read(size)
        if self._is_first and size:
            self._is_first = False
            chunk = chunk.removeprefix(_BOM)
        plain = chunk.replace(b'\\"', b"  ")
        place = plain.rfind(b'"')
        self._since_quote = len(plain) - place - 1 if place >= 0 else self._since_quote + len(plain)
        if self._since_quote > MAX_LINE_BYTES:
            raise _TooMuch(f"a value of more than {MAX_LINE_BYTES // 2**20} MB, which no survey holds")
        return chunk


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value) or None
