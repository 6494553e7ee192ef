"""SurveyMonkey CSV: the question stands in the first row over its columns, row or option in the second."""

from __future__ import annotations

from flows.collect.identifying import fold_name
from flows.collect.layout import Head, Layout, unique_names
from flows.collect.tells import Tell, Tells

__all__ = ["surveymonkey_layout"]

_ANSWER = ("response", "open-ended response")
_OWN = ("respondent id", "respondentid", "collector id", "collectorid")
_DATES = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S")


def surveymonkey_layout(head: Head) -> Layout | None:
    """The layout of a SurveyMonkey file, None for any other file."""
    second = [fold_name(cell) for cell in head.row(1)]
    has_own = any(fold_name(name) in _OWN for name in head.names)
    if not has_own or not any(cell in _ANSWER for cell in second) or second[0]:
        return None
    names: list[str] = []
    question = ""
    for first, below in zip(head.names, head.row(1), strict=True):
        question = first.strip() or question
        part = " ".join(below.split())
        is_part = bool(part) and fold_name(part) not in _ANSWER
        names.append(f"{question} [{part}]" if is_part else question)
    unique = unique_names(names)
    titles = {name: name for name, below in zip(unique, head.row(1), strict=True) if below.strip()}
    folded = {fold_name(name): name for name in unique}
    return Layout("surveymonkey", "two heading rows", 2, unique, titles, _tells(folded))


def _tells(folded: dict[str, str]) -> Tells:
    ended = folded.get("end date")
    own_id = next((folded[name] for name in _OWN[:2] if name in folded), None)
    return Tells(
        complete=Tell(ended) if ended else None,
        sent=ended,
        sent_formats=_DATES,
        repeated_by=(own_id,) if own_id else (),
    )
