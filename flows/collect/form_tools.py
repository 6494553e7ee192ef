"""Tools with one heading row, known by columns of their own: Microsoft Forms, Google Forms, Kobo, ODK and others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flows.collect.identifying import fold_name
from flows.collect.layout import Head, Layout, unique_names
from flows.collect.tells import Tell, Tells

__all__ = ["form_tool_layouts", "kobo_json_layout"]

_ISO = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")
_GOOGLE_DATES = (*_ISO, "%Y/%m/%d %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S")
_EXCEL_DATES = (*_ISO, "%m/%d/%y %H:%M:%S", "%d.%m.%y %H:%M:%S")
_MSFORMS = (
    ("start time", "completion time"),
    ("startzeit", "fertigstellungszeit"),
    ("hora de inicio", "hora de finalización"),
)
_STAMPS = ("timestamp", "zeitstempel", "marca temporal")
_KOBO = ("_uuid", "_submission_time", "_index")
_ODK = ("submissiondate", "key", "submitterid", "formversion")
_TYPEFORM = ("#", "network id", "submit date (utc)")
_FORMBRICKS = ("response id", "formbricks id (internal)", "finished", "survey id")
_REDCAP = ("redcap_event_name", "redcap_survey_identifier", "redcap_repeat_instrument", "redcap_data_access_group")
_REDCAP_LABELS = (
    "survey identifier", "survey timestamp", "event name", "repeat instrument", "data access group", "record id",
)  # fmt: skip
_REDCAP_DONE = re.compile(r".+_complete")

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _FormTool:
    """A tool: whether the headings (folded -> as in the file) are its, and what they tell."""

    tool: str
    is_this: Callable[[Names], bool]
    tells: Callable[[Names], Tells]


def form_tool_layouts(head: Head) -> list[Layout]:
    """The layouts that fit, one for each tool whose own columns the file has."""
    names = unique_names(tuple(" ".join(name.replace("\ufeff", "").split()) for name in head.names))
    folded = {fold_name(name): name for name in names}
    titles = {name: name.rpartition("/")[2].strip() for name in names if name.rpartition("/")[2].strip()}
    return [Layout(tool.tool, "", 1, names, titles, tool.tells(folded)) for tool in _TOOLS if tool.is_this(folded)]


def kobo_json_layout(names: tuple[str, ...]) -> Layout:
    """The layout of the JSON that KoboToolbox's API gives: the columns of its CSV but `_index`."""
    titles = {name: name.rpartition("/")[2] for name in names}
    return Layout("kobo", "JSON of its API", 1, names, titles, _tells_kobo({fold_name(name): name for name in names}))


def _msforms(folded: Names) -> bool:
    return "id" in folded and any({begun, ended} <= folded.keys() for begun, ended in _MSFORMS)


def _tells_msforms(folded: Names) -> Tells:
    sent = next(folded[ended] for _, ended in _MSFORMS if ended in folded)
    return Tells(only_complete=True, sent=sent, sent_formats=_EXCEL_DATES, repeated_by=(folded["id"],))


def _google(folded: Names) -> bool:
    return next(iter(folded), "") in _STAMPS


def _tells_google(folded: Names) -> Tells:
    return Tells(only_complete=True, sent=folded[next(iter(folded))], sent_formats=_GOOGLE_DATES)


def _kobo(folded: Names) -> bool:
    return set(_KOBO) <= folded.keys()


def _tells_kobo(folded: Names) -> Tells:
    sent, own_id = folded["_submission_time"], folded["_uuid"]
    rejected = ("not approved", "validation_status_not_approved")
    test = (Tell(folded["_validation_status"], rejected),) if "_validation_status" in folded else ()
    return Tells(only_complete=True, test=test, sent=sent, sent_formats=_ISO, repeated_by=(own_id,))


def _odk(folded: Names) -> bool:
    return set(_ODK) <= folded.keys()


def _tells_odk(folded: Names) -> Tells:
    test = (Tell(folded["reviewstate"], ("rejected",)),) if "reviewstate" in folded else ()
    sent = folded["submissiondate"]
    return Tells(only_complete=True, test=test, sent=sent, sent_formats=_ISO, repeated_by=(folded["key"],))


def _typeform(folded: Names) -> bool:
    return set(_TYPEFORM) <= folded.keys()


def _tells_typeform(folded: Names) -> Tells:
    kind, sent = folded.get("response type"), folded["submit date (utc)"]
    complete = Tell(kind, ("completed",)) if kind else Tell(sent)
    return Tells(complete=complete, sent=sent, sent_formats=(*_ISO, "%d-%m-%Y %H:%M"), repeated_by=(folded["#"],))


def _formbricks(folded: Names) -> bool:
    return set(_FORMBRICKS) <= folded.keys()


def _tells_formbricks(folded: Names) -> Tells:
    own_id, sent = folded["response id"], folded.get("timestamp")
    return Tells(Tell(folded["finished"], ("yes", "true")), sent=sent, repeated_by=(own_id,))


def _redcap(folded: Names) -> bool:
    done = [name for name in folded if _REDCAP_DONE.fullmatch(name)]
    by_name = any(name in folded for name in _REDCAP) and bool(done)
    by_shape = bool(done) and (any("___" in name for name in folded) or "record_id" in folded)
    by_label = any(name in folded for name in _REDCAP_LABELS) and "complete?" in folded
    return by_name or by_shape or by_label


def _tells_redcap(folded: Names) -> Tells:
    """Whose `<form>_complete` says complete; with several forms the column map has to say which."""
    done = [name for column, name in folded.items() if _REDCAP_DONE.fullmatch(column) or column == "complete?"]
    stamps = [name for column, name in folded.items() if column.endswith("_timestamp") or column == "survey timestamp"]
    complete = Tell(done[0], ("2", "complete")) if len(done) == 1 else None
    return Tells(complete=complete, sent=stamps[0] if len(stamps) == 1 else None)


_TOOLS = (
    _FormTool("msforms", _msforms, _tells_msforms),
    _FormTool("googleforms", _google, _tells_google),
    _FormTool("kobo", _kobo, _tells_kobo),
    _FormTool("odk", _odk, _tells_odk),
    _FormTool("typeform", _typeform, _tells_typeform),
    _FormTool("formbricks", _formbricks, _tells_formbricks),
    _FormTool("redcap", _redcap, _tells_redcap),
)
