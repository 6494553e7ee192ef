"""Qualtrics CSV and TSV: two heading rows in legacy files, three with `ImportId` since 2016 (EXPORTS 1, 3)."""

from __future__ import annotations

from collections.abc import Sequence

from flows.collect.identifying import fold_name
from flows.collect.layout import Head, Layout, unique_names
from flows.collect.tells import Tell, Tells

__all__ = ["qualtrics_layout", "qualtrics_names_layout"]

_TRUE = ("1", "true")
_TESTS = ("1", "2", "8", "survey preview", "survey test", "spam")
_LEGACY = "V1"
_DATES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")


def qualtrics_layout(head: Head) -> Layout | None:
    """The layout of a Qualtrics file, None for any other file."""
    ids = head.row(2)
    marked = sum("importid" in cell.casefold() and cell.strip().startswith("{") for cell in ids)
    if marked and marked >= sum(bool(cell.strip()) for cell in ids) / 2:
        names = unique_names(tuple(name.strip() for name in head.names))
        return _layout("three heading rows", 3, names, head)
    if head.names and head.names[0].strip() == _LEGACY and fold_name(head.row(1)[0]) == "responseid":
        own = [
            title if fold_name(name).removeprefix("v").isdigit() else name
            for name, title in zip(head.names, head.row(1), strict=True)
        ]
        return _layout("legacy, two heading rows", 2, unique_names(tuple(name.strip() for name in own)), head)
    return None


def qualtrics_names_layout(variant: str, names: Sequence[str], titles: Sequence[str] = ()) -> Layout | None:
    """The layout of a file that has the names of its columns by itself; None where they are not Qualtrics' own."""
    folded = {fold_name(name): name for name in names}
    if not {"finished", "status", "recordeddate"} <= folded.keys() or not {"responseid", "_recordid"} & folded.keys():
        return None
    texts = {name: _question(title) for name, title in zip(names, titles, strict=False) if title.strip()}
    return Layout("qualtrics", variant, 1, tuple(names), texts, _tells(folded))


def _layout(variant: str, heading_n: int, names: tuple[str, ...], head: Head) -> Layout:
    folded = {fold_name(name): name for name in names}
    titles = {name: _question(title) for name, title in zip(names, head.row(1), strict=True) if title.strip()}
    return Layout("qualtrics", variant, heading_n, names, titles, _tells(folded))


def _question(title: str) -> str:
    """The row of a matrix question (`Question - Row`), else the question itself."""
    stem, dash, row = " ".join(title.split()).rpartition(" - ")
    return row if dash and stem else row or title


def _tells(folded: dict[str, str]) -> Tells:
    test = [Tell(folded["status"], _TESTS)] if "status" in folded else []
    if "distributionchannel" in folded:
        test.append(Tell(folded["distributionchannel"], ("preview", "test")))
    sent = next((folded[name] for name in ("enddate", "recordeddate") if name in folded), None)
    own_id = next((folded[name] for name in ("responseid", "_recordid") if name in folded), None)
    return Tells(
        complete=Tell(folded["finished"], _TRUE) if "finished" in folded else None,
        test=tuple(test),
        sent=sent,
        sent_formats=_DATES,
        repeated_by=(own_id,) if own_id else (),
    )
