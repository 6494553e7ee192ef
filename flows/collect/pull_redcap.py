"""Answers of a REDCap project by its HTTP interface, page by page; identifying fields are never asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from flows.collect.pulls import TIMEOUT, ApiSource, Credentials, PullFailed, PullMayPass, json_of, refuse_status

__all__ = ["pull_redcap"]

PAGE_N = 500
IDENTIFYING_TYPES = ("file", "signature", "notes", "descriptive")
IDENTIFYING_CHECKS = ("email", "phone", "zipcode", "postalcode", "date_", "datetime", "time", "mrn", "ssn")


def pull_redcap(source: ApiSource, credentials: Credentials, page_n: int = PAGE_N) -> bytes:
    """All records as CSV, raw codes, UTF-8.

    Raises PullMayPass where a later try may succeed, PullFailed where not; neither text holds the token or an answer.
    """
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client:
        api = _Api(client, source, credentials)
        fields = api.ask({"content": "metadata"})
        if not fields:
            raise PullFailed(f"{source.host}: the project has no fields. Is the token of the right project?")
        own_id = str(fields[0].get("field_name", ""))
        wanted = [str(field["field_name"]) for field in fields if field["field_name"] != own_id and _is_kept(field)]
        ids = list(dict.fromkeys(str(row.get(own_id, "")) for row in api.ask({**_flat(), "fields[0]": own_id})))
        if not ids:
            raise PullFailed(f"{source.host}: the project holds no records. Was the survey opened?")
        rows = [row for page in _pages(ids, page_n) for row in api.page(own_id, wanted, page)]
    return _as_csv(own_id, rows)


def _is_kept(field: Mapping[str, Any]) -> bool:
    check = str(field.get("text_validation_type_or_show_slider_number", "")).casefold()
    return (
        str(field.get("identifier", "")).casefold() != "y"
        and str(field.get("field_type", "")) not in IDENTIFYING_TYPES
        and not check.startswith(IDENTIFYING_CHECKS)
    )


def _flat() -> dict[str, str]:
    return {"content": "record", "type": "flat", "rawOrLabel": "raw"}


def _pages(ids: Sequence[str], page_n: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), page_n):
        yield ids[start : start + page_n]


class _Api:
    """One project: asks, and finds the errors that REDCap hides in answers."""

    def __init__(self, client: httpx.Client, source: ApiSource, credentials: Credentials) -> None:
        self.client, self.source, self.credentials = client, source, credentials

    def ask(self, what: Mapping[str, str]) -> list[dict[str, Any]]:
        """A list of objects. Raises PullMayPass or PullFailed."""
        host, form = self.source.host, {"token": self.credentials.secret, "format": "json", "returnFormat": "json"}
        try:
            answer = self.client.post(self.source.url, data={**form, **what})
        except httpx.HTTPError as error:
            raise PullMayPass(f"{host} cannot be reached ({type(error).__name__}). Try again later.") from None
        refuse_status(host, answer.status_code, self.credentials.place)
        found = json_of(host, answer.text)
        if isinstance(found, dict) and "error" in found:
            raise PullFailed(
                f"{host} refused: the token is not valid any more, or has no right to export. Renew that in "
                f"{self.credentials.place}."
            )
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise PullFailed(f"{host} answered with something that is no list of records. Nothing was stored.")
        return found

    def page(self, own_id: str, wanted: Sequence[str], ids: Sequence[str]) -> list[dict[str, Any]]:
        """The records of these ids. Raises PullFailed where one is missing or one too many came."""
        fields = {f"fields[{place}]": name for place, name in enumerate([own_id, *wanted])}
        records = {f"records[{place}]": name for place, name in enumerate(ids)}
        rows = self.ask({**_flat(), **fields, **records, "exportSurveyFields": "true"})
        if {str(row.get(own_id, "")) for row in rows} != set(ids):
            raise PullFailed(
                f"{self.source.host} gave other records than were asked for: the answer is cut off, or the project "
                "changed meanwhile. Nothing was stored; run again."
            )
        return rows


def _as_csv(own_id: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A table as REDCap's own export writes it; the record id is called record_id, by which it is dropped."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow("record_id" if name == own_id else name for name in names)
    writer.writerows([str(row.get(name, "")) for name in names] for row in rows)
    return text.getvalue().encode()
