"""What identifies a person: the one list of column names and value shapes that are never stored.

Source: docs/reference/input-files.md. Names are compared without case, outer blanks and no-break spaces.
"""

from __future__ import annotations

import re

__all__ = [
    "CONTACT_PATTERN",
    "IDENTIFYING_COLUMNS",
    "PHONE_PATTERN",
    "TRUNK_PHONE_PATTERN",
    "belongs_to_tool",
    "fold_name",
    "identifies",
    "looks_identifying",
]

_LIMESURVEY = (
    "token", "access code", "zugangscode", "ipaddr", "ip address", "ip-adresse", "refurl", "referrer url",
    "weiterleitungs-url", "seed", "zufallsstartwert", "id", "response id", "antwort id", "firstname", "lastname",
    "email", "participant_id", "interviewtime", "startdate", "datestamp", "submitdate", "date started",
    "date last action", "date submitted", "datum gestartet", "datum letzte aktivität", "datum abgeschickt",
)  # fmt: skip
_QUALTRICS = (
    "ipaddress", "responseid", "_recordid", "recipientlastname", "recipientfirstname", "recipientemail",
    "externalreference", "externaldatareference", "locationlatitude", "locationlongitude", "locationaccuracy",
    "duration (in seconds)", "duration__in_seconds_", "userlanguage", "emailaddress",
    "participant name", "participant email",    "unique identifier", "recordeddate", "enddate",
)  # fmt: skip
_OTHER_TOOLS = (
    "record_id", "redcap_survey_identifier", "redcap_data_access_group", "email address", "e-mail", "e-mail-adresse",
    "name", "start time", "completion time", "last modified time", "startzeit", "fertigstellungszeit", "username",
    "timestamp", "zeitstempel", "respondent id", "respondentid", "collector id", "collectorid", "first name",
    "last name", "start date", "end date", "_id", "_uuid", "_submitted_by", "_submission_time", "deviceid",
    "phonenumber", "simserial", "subscriberid", "audit", "_geolocation", "meta/instanceid", "meta/instancename",
    "meta-instanceid", "_notes", "_tags", "key", "submitterid", "submittername", "submissiondate", "#", "network id",
    "start date (utc)", "submit date (utc)", "formbricks id (internal)", "user id", "verified email", "url",
    "ipadresse", "vorname", "nachname", "telefon", "phone", "mobile", "geburtsdatum", "date of birth",
    "personalnummer", "employee id", "employee number", "staff id", "record id", "survey identifier",
    "survey timestamp", "e-mail (optional)", "email (optional)", "zuletzt geändert", "simid", "subscriberid",
    "meta/instanceid", "instanceid", "quota name",
)  # fmt: skip
_SPANISH = (
    "id de respuesta", "fecha de envío", "fecha de inicio", "fecha de la última acción", "semilla", "código de acceso",
    "dirección ip", "url de referencia", "url referente", "hora de inicio", "hora de finalización", "nombre",
    "hora de la última modificación", "correo electrónico", "dirección de correo electrónico", "correo", "apellido",
    "apellidos", "nombre y apellidos", "teléfono", "móvil", "fecha de nacimiento", "marca temporal", "dni", "nie",
    "número de empleado",
)  # fmt: skip
_OWN_OF_TOOLS = (
    "lastpage", "startlanguage", "última página", "lenguaje inicial", "idioma inicial", "status", "progress",
    "finished", "duration", "distributionchannel", "responseset", "userlanguage", "redcap_event_name",
    "redcap_repeat_instrument", "redcap_repeat_instance", "event name", "repeat instrument", "repeat instance",
    "data access group", "complete?", "today", "start", "end", "_validation_status", "_status", "__version__",
    "_index", "reviewstate", "formversion", "edits", "attachmentspresent", "attachmentsexpected", "response type",
    "stage date (utc)", "tags", "ending", "survey id", "no.", "score", "source", "country",
)  # fmt: skip

IDENTIFYING_COLUMNS: frozenset[str] = frozenset((*_LIMESURVEY, *_QUALTRICS, *_OTHER_TOOLS, *_SPANISH))
_FAMILIES = re.compile(
    r"attribute_\d+|(group|question)time\d+|q_(relevantid|recaptcha|ballotbox|duplicate|fraud).*|custom data \d+"
    r"|useragent.*|.*_(latitude|longitude|altitude|precision)|.*_timestamp"
)

CONTACT_PATTERN = r"[\w.+-]+@[\w-]+(\.[\w-]+)+|\b\d{1,3}(\.\d{1,3}){3}\b|\b([0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}\b"
"""An e-mail or IP address anywhere in a value. Understood by RE2 (DuckDB) and by `re` alike."""
PHONE_PATTERN = r"^\s*(\+|00?)[\d\s()/.-]{7,}$"
"""A value that is a telephone number as people write it: `+` or `0` first, at least eight signs."""
TRUNK_PHONE_PATTERN = r"^\s*(\+|00)[\d\s()/.-]{7,}$"
"""The same with an international prefix only: unit numbers may begin with a plain 0."""


def fold_name(name: str) -> str:
    """A column name without case, outer blanks and no-break spaces."""
    return " ".join(name.replace("\ufeff", "").split()).casefold()


def identifies(name: str) -> bool:
    """True for a column name of which we know that it identifies people."""
    folded = fold_name(name)
    return folded in IDENTIFYING_COLUMNS or _FAMILIES.fullmatch(folded) is not None


def belongs_to_tool(name: str) -> bool:
    """True for a column in which a tool keeps its own books: never a question, whatever it holds."""
    folded = fold_name(name)
    return folded in _OWN_OF_TOOLS or folded.endswith("_complete")


def looks_identifying(value: str) -> bool:
    """True for a value that is, or holds, an e-mail address, IP address or telephone number."""
    return re.search(CONTACT_PATTERN, value) is not None or re.match(PHONE_PATTERN, value) is not None
