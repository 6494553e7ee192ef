"""Answers of a LimeSurvey survey by RemoteControl 2, page by page, with citric."""

from __future__ import annotations

import binascii
import json
from typing import Any

import requests
from citric import Client
from citric.exceptions import (
    InvalidJSONResponseError,
    LimeSurveyApiError,
    LimeSurveyStatusError,
    ResponseMismatchError,
    RPCInterfaceNotEnabledError,
)

from flows.collect.pulls import ApiSource, Credentials, PullFailed, PullMayPass, json_of, refuse_status

__all__ = ["pull_limesurvey"]

PAGE_N = 5000
MOST_EMPTY_PAGES = 200
TIMEOUT_S = (10.0, 120.0)
_EMPTY = ("no data, could not get max id.", "no data")
_EXPIRED = ("invalid session key", "invalid user name or password", "no permission", "invalid session")


class _Http(requests.Session):
    """Requests with a time limit and without redirects: a secret goes where it was sent to, and nowhere else."""

    def __init__(self, source: ApiSource, credentials: Credentials) -> None:
        super().__init__()
        self.source, self.credentials = source, credentials
        self.trust_env = False

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests does, and every answer but 200 becomes one of our errors."""
        answer = super().request(method, url, *args, **{**kwargs, "timeout": TIMEOUT_S, "allow_redirects": False})
        refuse_status(self.source.host, answer.status_code, self.credentials.place)
        if answer.text:
            json_of(self.source.host, answer.text)
        return answer


def pull_limesurvey(source: ApiSource, credentials: Credentials, page_n: int = PAGE_N) -> bytes:
    """All responses as LimeSurvey's JSON with codes, finished or not.

    Raises PullMayPass where a later try may succeed, PullFailed where not; neither text holds a secret or an answer.
    """
    user, colon, password = credentials.secret.partition(":")
    if not colon:
        raise PullFailed(f'{credentials.place}: expected "user:password". Correct it.')
    try:
        with Client(source.url, user, password, requests_session=_Http(source, credentials)) as client:
            responses = _all_pages(client, source, page_n)
    except (PullFailed, PullMayPass):
        raise
    except LimeSurveyStatusError as error:
        raise _refused(source, credentials, error) from None
    except requests.RequestException as error:
        raise PullMayPass(f"{source.host} cannot be reached ({type(error).__name__}). Try again later.") from None
    except RPCInterfaceNotEnabledError:
        raise PullFailed(
            f"{source.host} answered with nothing: RemoteControl is switched off. Switch it on: Global settings, "
            "Interfaces, JSON-RPC."
        ) from None
    except (InvalidJSONResponseError, LimeSurveyApiError, ResponseMismatchError, binascii.Error) as error:
        raise PullFailed(
            f"{source.host} answered with an error ({type(error).__name__}). Nothing was stored."
        ) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PullFailed(
            f"{source.host} answered with something that LimeSurvey does not write ({type(error).__name__}). "
            "Correct url in [[sources]]. Nothing was stored."
        ) from None
    return json.dumps({"responses": responses}, ensure_ascii=False).encode()


def _refused(source: ApiSource, credentials: Credentials, error: LimeSurveyStatusError) -> PullFailed:
    """LimeSurvey says no with HTTP 200. Its text is shown where it is one that we know."""
    said = str(error.args[0] if error.args else "").strip()
    if said.casefold().startswith(_EXPIRED):
        return PullFailed(f'{source.host} says "{said}". Renew the user and password in {credentials.place}.')
    if said.casefold().startswith(("no data", "error: invalid survey", "language code", "survey")):
        return PullFailed(
            f'{source.host} says "{said}" of survey {source.survey_id}. Correct survey_id in [[sources]].'
        )
    return PullFailed(f"{source.host} refused survey {source.survey_id}, with a reason that Quorum does not know.")


def _all_pages(client: Client, source: ApiSource, page_n: int) -> list[dict[str, Any]]:
    """Every response, by ranges of ids, until as many have come as the survey counts."""
    summary = client.get_summary(source.survey_id)
    counted = {str(name): int(str(value)) for name, value in dict(summary or {}).items() if str(value).isdecimal()}
    expected_n = counted["completed_responses"] + counted["incomplete_responses"]
    if expected_n == 0:
        raise PullFailed(f"{source.host}: survey {source.survey_id} holds no responses. Was it opened?")
    found: dict[str, dict[str, Any]] = {}
    start, empty_n = 1, 0
    while len(found) < expected_n and empty_n < MOST_EMPTY_PAGES:
        page = _page(client, source, start, start + page_n - 1)
        found.update((str(row["id"]), row) for row in page)
        empty_n = 0 if page else empty_n + 1
        start += page_n
    if len(found) < expected_n:
        raise PullFailed(
            f"{source.host}: survey {source.survey_id} counts {expected_n:,} responses and gave {len(found):,}. "
            "Nothing was stored; run again."
        )
    return list(found.values())


def _page(client: Client, source: ApiSource, first: int, last: int) -> list[dict[str, Any]]:
    try:
        content = client.export_responses(
            source.survey_id, file_format="json", from_response_id=first, to_response_id=last
        )
    except LimeSurveyStatusError as error:
        if str(error.args[0] if error.args else "").strip().casefold() in _EMPTY:
            return []
        raise
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PullFailed(f"{source.host} answered with something garbled. Nothing was stored; run again.") from None
    if not text.strip():
        return []
    rows = json_of(source.host, text).get("responses")
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "id" in row for row in rows):
        raise PullFailed(f"{source.host} answered with something that LimeSurvey does not write. Nothing was stored.")
    return rows
