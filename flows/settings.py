"""quorum.toml, read once into a frozen object; unknown keys are errors that name the nearest known one."""

from __future__ import annotations

import datetime
import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flows.errors import SettingsError
from flows.operate.operate_settings import (
    MESSAGE_KEYS,
    OCCASIONS,
    SCHEDULE_KEYS,
    UP_KEYS,
    ScheduleSettings,
    UpSettings,
    message_occasions,
    schedule_settings,
    up_settings,
)
from surveys.rotation import CORE_SWAPS, WAVES_A_QUARTER
from surveys.signpost import SIGNPOST_FIELDS, SIGNPOST_LANGUAGES, SIGNPOST_WORDS

RHYTHMS = tuple(WAVES_A_QUARTER)
KEY_STORES = ("file", "environment", "prefect")
SIGN_INS = ("local", "openid")
ROLE_SOURCES = ("file", "claims")
VIEWERS_SEE = ("own", "all")
KNOWN: Mapping[str, tuple[str, ...]] = {
    "organisation": ("name",),
    "survey": ("rhythm", "languages", "signpost", "core_swap", "keys", "page"),
    "policy": ("preset", "assumed_response", "k"),
    "breakdown": ("id", "values"),
    "breakdowns": ("id", "values"),
    "waves": ("wave_id", "opens_on", "closes_on", "breakdown", "items", "staff_page", "mixer_public"),
    "sources": ("wave_id", "path", "map", "kind", "url", "survey_id", "credentials"),
    "retention": ("days",),
    "keys": ("store",),
    "access": ("sign_in", "roles", "roles_file", "role_claim", "units_claim", "viewers_see"),
    "board": ("measures",),
    "schedule": SCHEDULE_KEYS,
    "up": UP_KEYS,
    "messages": MESSAGE_KEYS,
}
API_KINDS = ("limesurvey_api", "redcap_api")
CREDENTIALS_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
TIERS = ("work", "sensitive", "guarded")
KEY_OFFICES = ("steward_office", "mixer_office", "manage_nobody_asked")
PAGE_KEYS = ("address", "check_step")
MAX_BREAKDOWN_VALUES = 20
MAX_BOARD_MEASURES = 12


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One grouping of people besides the unit. A wave has one at most (PRIVACY 3.3)."""

    id: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wave:
    """A declared wave; undeclared wave ids work too, without dates.

    `breakdown`: the family it asks, by id. `items`: what it asks instead of its turn in the rotation. `staff_page`:
    the calendar opens, closes and mixes it there. `mixer_public`: public half of a key that the mixer made elsewhere.
    """

    wave_id: str
    opens_on: datetime.date | None = None
    closes_on: datetime.date | None = None
    breakdown: str | None = None
    items: tuple[str, ...] = ()
    staff_page: bool = False
    mixer_public: str | None = None


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Who may see the dashboards. `roles_file` is a path in the workspace."""

    sign_in: str = "local"
    roles: str = "file"
    roles_file: str = "access.csv"
    role_claim: str = "quorum_role"
    units_claim: str = "quorum_units"
    viewers_see: str = "own"


@dataclass(frozen=True, slots=True)
class Source:
    """A source file of a wave, and the map that it is read with (None: found by its columns)."""

    wave_id: str
    path: Path
    map: Path | None = None


@dataclass(frozen=True, slots=True)
class ApiSource:
    """A survey of a wave that is read from its tool. kind: limesurvey_api or redcap_api.

    credentials: the name of an environment variable or Prefect secret, never a secret itself.
    """

    wave_id: str
    kind: str
    url: str
    credentials: str
    survey_id: int = 0
    map: Path | None = None

    @property
    def host(self) -> str:
        """The server, for messages."""
        return urlsplit(self.url).hostname or self.url


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that quorum.toml says."""

    organisation: str
    preset: str = "standard"
    raised_k: Mapping[str, int] = field(default_factory=dict)
    assumed_response: float = 0.60
    rhythm: str = "monthly"
    languages: tuple[str, ...] = ("en",)
    signpost: Mapping[str, str] = field(default_factory=dict)
    core_swap: str | None = None
    steward_office: str = ""
    mixer_office: str = ""
    offices_in: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    manage_nobody_asked: bool = False
    page_address: str = ""
    has_check_step: bool = False
    breakdowns: tuple[Breakdown, ...] = ()
    waves: tuple[Wave, ...] = ()
    sources: tuple[Source, ...] = ()
    api_sources: tuple[ApiSource, ...] = ()
    retention_days: int = 90
    key_store: str = "file"
    access: AccessRules = AccessRules()
    board_measures: tuple[str, ...] = ()
    up: UpSettings = field(default_factory=UpSettings)
    schedule: ScheduleSettings = field(default_factory=ScheduleSettings)
    message_occasions: tuple[str, ...] = OCCASIONS

    def wave(self, wave_id: str) -> Wave:
        """The declared wave, or one without dates."""
        return next((wave for wave in self.waves if wave.wave_id == wave_id), Wave(wave_id))


def read_settings(path: Path) -> Settings:
    """Read and check the settings file. Raises SettingsError."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing. Make a workspace with `quorum init DIR`.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path.name} is not UTF-8. Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path.name}: {error}. Compare with docs/reference/settings.md.") from None
    _check_names(table, path.name)
    return _settings(table, path)


def _check_names(table: Mapping[str, Any], where: str) -> None:
    _known_only(table, tuple(KNOWN), where)
    for section, keys in KNOWN.items():
        value = table.get(section)
        is_list = section in ("waves", "sources", "breakdowns")
        if value is None:
            continue
        if not isinstance(value, list if is_list else dict):
            raise SettingsError(f"{where}: write {'[[' + section + ']]' if is_list else '[' + section + ']'}.")
        if keys:
            for entry in value if is_list else [value]:
                _known_only(entry, keys, f"{where} [{section}]")
    _known_only(table.get("policy", {}).get("k", {}), TIERS, f"{where} [policy.k]")
    survey = table.get("survey", {})
    signpost = survey.get("signpost", {})
    _known_only(signpost, (*SIGNPOST_FIELDS, *SIGNPOST_LANGUAGES), f"{where} [survey] signpost")
    for language in set(SIGNPOST_LANGUAGES).intersection(signpost):
        _known_only(signpost[language], SIGNPOST_WORDS, f"{where} [survey.signpost.{language}]")
    offices = survey.get("keys", {})
    _known_only(offices, (*KEY_OFFICES, *SIGNPOST_LANGUAGES), f"{where} [survey.keys]")
    for language in set(SIGNPOST_LANGUAGES).intersection(offices):
        _known_only(offices[language], KEY_OFFICES[:2], f"{where} [survey.keys.{language}]")
    _known_only(survey.get("page", {}), PAGE_KEYS, f"{where} [survey.page]")


def _known_only(table: Any, known: tuple[str, ...], where: str) -> None:
    if not isinstance(table, dict):
        raise SettingsError(f"{where}: expected a table of {', '.join(known)}.")
    for name in table:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            raise SettingsError(f'{where}: unknown key "{name}". Nearest known: "{near[0]}".')


def _settings(table: Mapping[str, Any], path: Path) -> Settings:
    where = path.name
    survey, policy = table.get("survey", {}), table.get("policy", {})
    breakdowns = _breakdowns(table, where)
    return Settings(
        organisation=_text(
            table.get("organisation", {}).get("name", "Our organisation"), f"{where} [organisation] name"
        ),
        preset=_text(policy.get("preset", "standard"), f"{where} [policy] preset"),
        raised_k={tier: _whole(k, f"{where} [policy.k] {tier}") for tier, k in policy.get("k", {}).items()},
        assumed_response=_share(policy.get("assumed_response", 0.60), f"{where} [policy] assumed_response"),
        rhythm=_one_of(survey.get("rhythm", "monthly"), RHYTHMS, f"{where} [survey] rhythm"),
        languages=_texts(survey.get("languages", ["en"]), f"{where} [survey] languages"),
        signpost=_signpost(survey.get("signpost", {}), f"{where} [survey] signpost"),
        core_swap=_core_swap(survey, where),
        **_key_offices(survey.get("keys", {}), f"{where} [survey.keys]"),
        page_address=_page_address(survey.get("page", {}), where),
        has_check_step=_yes_or_no(survey.get("page", {}), "check_step", f"{where} [survey.page]"),
        breakdowns=breakdowns,
        waves=tuple(_wave(entry, where, {family.id for family in breakdowns}) for entry in table.get("waves", [])),
        sources=tuple(_source(entry, path) for entry in table.get("sources", []) if not _is_api(entry, where)),
        api_sources=tuple(_api_source(entry, path) for entry in table.get("sources", []) if _is_api(entry, where)),
        retention_days=_whole(table.get("retention", {}).get("days", 90), f"{where} [retention] days"),
        key_store=_one_of(table.get("keys", {}).get("store", "file"), KEY_STORES, f"{where} [keys] store"),
        access=_access(table.get("access", {}), where),
        board_measures=_board(table.get("board", {}), where),
        up=up_settings(table.get("up", {}), where),
        schedule=schedule_settings(table.get("schedule", {}), where),
        message_occasions=message_occasions(table.get("messages", {}), where),
    )


def _signpost(table: Mapping[str, Any], where: str) -> dict[str, str]:
    """Help lines by field, and `de.workplace` where `[survey.signpost.de]` words one once more."""
    # Empty is allowed here: `surveys/signpost.py` refuses it where a survey is about to be shown.
    found: dict[str, str] = {}
    for name, text in table.items():
        inner = text if name in SIGNPOST_LANGUAGES else {"": text}
        for word, own in inner.items():
            key = f"{name}.{word}" if word else name
            found[key] = "" if own == "" else _text(own, f"{where} {key}")
    return found


def _key_offices(table: Mapping[str, Any], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {name: _text(table[name], f"{where} {name}") for name in KEY_OFFICES[:2] if name in table}
    found["offices_in"] = {
        language: {name: _text(text, f"{where} {language}.{name}") for name, text in table[language].items()}
        for language in SIGNPOST_LANGUAGES
        if language in table
    }
    return {**found, "manage_nobody_asked": _yes_or_no(table, "manage_nobody_asked", where)}


def _page_address(page: Mapping[str, Any], where: str) -> str:
    return _text(page["address"], f"{where} [survey.page] address") if "address" in page else ""


def _access(table: Mapping[str, Any], where: str) -> AccessRules:
    where = f"{where} [access]"
    usual = AccessRules()
    return AccessRules(
        sign_in=_one_of(table.get("sign_in", usual.sign_in), SIGN_INS, f"{where} sign_in"),
        roles=_one_of(table.get("roles", usual.roles), ROLE_SOURCES, f"{where} roles"),
        roles_file=_text(table.get("roles_file", usual.roles_file), f"{where} roles_file"),
        role_claim=_text(table.get("role_claim", usual.role_claim), f"{where} role_claim"),
        units_claim=_text(table.get("units_claim", usual.units_claim), f"{where} units_claim"),
        viewers_see=_one_of(table.get("viewers_see", usual.viewers_see), VIEWERS_SEE, f"{where} viewers_see"),
    )


def _board(table: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """Ids of the measures that a board sees; `flows/board.py` holds them against the instruments."""
    measures = _texts(table["measures"], f"{where} [board] measures") if "measures" in table else ()
    if len(set(measures)) != len(measures) or len(measures) > MAX_BOARD_MEASURES:
        raise SettingsError(f"{where} [board] measures: at most {MAX_BOARD_MEASURES} measures, each once.")
    return measures


def _core_swap(survey: Mapping[str, Any], where: str) -> str | None:
    """The item that takes the seat of another in the core of ten, which only the fortnightly rhythm asks."""
    swap = survey.get("core_swap")
    if swap is None:
        return None
    if survey.get("rhythm") != "fortnightly":
        raise SettingsError(f'{where} [survey] core_swap: needs rhythm = "fortnightly". Leave it out.')
    return _one_of(swap, tuple(CORE_SWAPS), f"{where} [survey] core_swap")


def _breakdowns(table: Mapping[str, Any], where: str) -> tuple[Breakdown, ...]:
    if "breakdown" in table and "breakdowns" in table:
        raise SettingsError(f"{where}: write either [breakdown] or several [[breakdowns]], not both.")
    sections = [("[breakdown]", table["breakdown"])] if "breakdown" in table else []
    sections += [("[[breakdowns]]", entry) for entry in table.get("breakdowns", [])]
    families = tuple(_breakdown(entry, f"{where} {name}") for name, entry in sections)
    if len({family.id for family in families}) != len(families):
        raise SettingsError(f"{where} [[breakdowns]]: each id once.")
    return families


def _breakdown(entry: Mapping[str, Any], where: str) -> Breakdown:
    values = _texts(entry.get("values", []), f"{where} values")
    if len(set(values)) != len(values) or not 2 <= len(values) <= MAX_BREAKDOWN_VALUES:
        raise SettingsError(f"{where} values: two to {MAX_BREAKDOWN_VALUES} different values, such as nursing.")
    if any(value == "all" or value.startswith("other:") for value in values):
        raise SettingsError(f'{where} values: "all" and "other:" are Quorum\'s own; choose other words.')
    return Breakdown(_text(entry.get("id", ""), f"{where} id"), values)


def _wave(entry: Mapping[str, Any], where: str, families: set[str]) -> Wave:
    wave_id = _text(entry.get("wave_id", ""), f"{where} [[waves]] wave_id")
    opens_on = _date(entry.get("opens_on"), f'{where} wave "{wave_id}" opens_on')
    closes_on = _date(entry.get("closes_on"), f'{where} wave "{wave_id}" closes_on')
    if opens_on and closes_on and closes_on < opens_on:
        raise SettingsError(
            f'{where}: wave "{wave_id}" closes on {closes_on}, before it opens. Correct one of the dates.'
        )
    family = entry.get("breakdown")
    if family is not None and family not in families:
        known = ", ".join(sorted(families)) or "none yet"
        raise SettingsError(f'{where} wave "{wave_id}" breakdown: no such family. Families: {known}.')
    items = _texts(entry.get("items", []), f'{where} wave "{wave_id}" items')
    public = entry.get("mixer_public")
    if public is not None:
        public = _text(public, f'{where} wave "{wave_id}" mixer_public')
    on_page = _yes_or_no(entry, "staff_page", f'{where} wave "{wave_id}"')
    if on_page and (opens_on is None or closes_on is None):
        raise SettingsError(f'{where} wave "{wave_id}" staff_page: needs opens_on and closes_on; ballots print them.')
    return Wave(wave_id, opens_on, closes_on, family, items, on_page, public)


def _is_api(entry: Mapping[str, Any], where: str) -> bool:
    return _one_of(entry.get("kind", "file"), ("file", *API_KINDS), f"{where} [[sources]] kind") != "file"


def _api_source(entry: Mapping[str, Any], path: Path) -> ApiSource:
    where = f"{path.name} [[sources]]"
    column_map, url = entry.get("map"), _text(entry.get("url", ""), f"{where} url")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")):
        raise SettingsError(f"{where} url: expected https://…; without it the credentials could be read on their way.")
    if parts.username or parts.password or "path" in entry:
        raise SettingsError(f"{where}: no password in url and no path; credentials names where the secret lies.")
    name = _text(entry.get("credentials", ""), f"{where} credentials")
    if not CREDENTIALS_NAME.fullmatch(name):
        raise SettingsError(f"{where} credentials: the name of an environment variable, such as LIMESURVEY_LOGIN.")
    is_limesurvey = entry["kind"] == "limesurvey_api"
    return ApiSource(
        wave_id=_text(entry.get("wave_id", ""), f"{where} wave_id"),
        kind=entry["kind"],
        url=url,
        credentials=name,
        survey_id=_whole(entry.get("survey_id"), f"{where} survey_id") if is_limesurvey else 0,
        map=None if column_map is None else path.parent / _text(column_map, f"{where} map"),
    )


def _source(entry: Mapping[str, Any], path: Path) -> Source:
    where = f"{path.name} [[sources]]"
    column_map = entry.get("map")
    return Source(
        wave_id=_text(entry.get("wave_id", ""), f"{where} wave_id"),
        path=path.parent / _text(entry.get("path", ""), f"{where} path"),
        map=None if column_map is None else path.parent / _text(column_map, f"{where} map"),
    )


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"{where}: expected a text between quotes.")
    return value.strip()


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SettingsError(f'{where}: expected a list such as ["en", "de"].')
    return tuple(_text(entry, where) for entry in value)


def _one_of(value: Any, known: tuple[str, ...], where: str) -> str:
    if value not in known:
        raise SettingsError(f"{where}: choose one of {', '.join(known)}.")
    return str(value)


def _yes_or_no(table: Mapping[str, Any], name: str, where: str) -> bool:
    value = table.get(name, False)
    if not isinstance(value, bool):
        raise SettingsError(f"{where} {name}: write true or false, without quotes.")
    return value


def _whole(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SettingsError(f"{where}: expected a whole number from 1 on.")
    return value


def _share(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise SettingsError(f"{where}: expected a number above 0 and at most 1, such as 0.60.")
    return float(value)


def _date(value: Any, where: str) -> datetime.date | None:
    if value is not None and (isinstance(value, datetime.datetime) or not isinstance(value, datetime.date)):
        raise SettingsError(f"{where}: expected a date without quotes, such as 2026-11-13.")
    return value
