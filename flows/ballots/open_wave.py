"""Opening a wave on the staff page: rules frozen, keys made, wave.json signed, an empty inbox (BALLOTS 2)."""

from __future__ import annotations

import datetime
import hashlib
import importlib.resources
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flows import clock, log
from flows.ballots.manifest_file import write_signed
from flows.commands.calendar import battery_of
from flows.errors import InstrumentError, SettingsError, UsageError, WorkspaceError
from flows.keys import sign
from flows.plan import WavePlan, freeze
from flows.receipt import ReceiptGroup, all_receipts
from flows.settings import Settings
from flows.units import UnitTree
from flows.workbench import Workbench
from flows.zones import write_atomically
from surveys.ballot_record import is_public_key, public_half
from surveys.instrument import CodedAnswer, Instrument, Item
from surveys.page.inbox import make_inbox
from surveys.signpost import SignpostError, require_signpost, signpost_text
from surveys.wave_manifest import APART, MANIFEST_VERSION, ON_ONE_MACHINE, canonical, fingerprint, questionnaire_digest

PAGE_LANGUAGES = ("en", "de", "es")
SPARE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Offices:
    """Who holds the two keys, by office, and the mixer's public key where its holder made it elsewhere."""

    steward: str
    mixer: str
    mixer_public: bytes | None


@dataclass(frozen=True, slots=True)
class OpenedWave:
    """What opening a wave made: people asked, ballots to print, and the fingerprint of eight words."""

    wave_id: str
    eligible_n: int
    ballots_n: int
    units_n: int
    items_n: int
    fingerprint: str
    custody: str


def open_wave(bench: Workbench, offices: Offices) -> OpenedWave:
    """Freeze the rules, make the keys, sign the manifest and make the inbox.

    Can be run again after a kill; raises WorkspaceError where the wave is open already, SettingsError while the help
    lines, dates or address are missing, InstrumentError where a question cannot be asked.
    """
    zones, wave_id = bench.zones, bench.wave_id
    _refuse_again(bench)
    _check_settings(bench)
    _refuse_one_office(bench.settings, offices)
    plan = _plan_for_page(bench)
    steward = secrets.token_bytes(32)
    mixer = None if offices.mixer_public is not None else secrets.token_bytes(32)
    content = _content(bench, plan, offices, public_half(steward), _mixer_public(offices, mixer))
    raw = canonical(content)
    sign(zones, raw)
    write_atomically(zones.ballot_key_file(wave_id, "steward"), steward, mode=0o600)
    if mixer is not None:
        write_atomically(zones.ballot_key_file(wave_id, "mixer"), mixer, mode=0o600)
    write_atomically(zones.ballot_key_file(wave_id, "pepper"), secrets.token_bytes(32), mode=0o600)
    zones.ballot_key_file(wave_id, "steward").parent.chmod(0o700)
    ballots_n = sum(unit["ballots_n"] for unit in content["units"])
    make_inbox(zones.inbox_file(wave_id, "sqlite"), 2 * ballots_n + 64)
    freeze(zones, plan)
    # The manifest last: with it the wave is open; without it the command can simply be run again.
    write_signed(zones, wave_id, raw)
    log.append(
        zones,
        "survey_opened",
        wave_id=wave_id,
        ballots_n=ballots_n,
        custody=content["keys"]["custody"],
        manifest_sha256=hashlib.sha256(raw).hexdigest(),
    )
    return OpenedWave(
        wave_id,
        plan.units.eligible_n,
        ballots_n,
        len(content["units"]),
        len(content["items"]),
        fingerprint(raw),
        content["keys"]["custody"],
    )


def _refuse_again(bench: Workbench) -> None:
    zones, wave_id = bench.zones, bench.wave_id
    if zones.inbox_file(wave_id, "wave.json").exists():
        raise WorkspaceError(f"wave {wave_id} is open already; what was fixed stays fixed. Nothing was changed.")
    if zones.release(wave_id).exists() or zones.wave_store(wave_id).exists():
        raise WorkspaceError(f"wave {wave_id} holds answers already. Open another wave. Nothing was changed.")


def _refuse_one_office(settings: Settings, offices: Offices) -> None:
    """Two keys in one hand would be one key, in whatever language the hand is named."""
    for language in settings.languages:
        own = settings.offices_in.get(language, {})
        names = own.get("steward_office", offices.steward), own.get("mixer_office", offices.mixer)
        if len({" ".join(name.casefold().split()) for name in names}) == 1:
            raise SettingsError(
                f"quorum.toml [survey.keys.{language}]: the two keys belong to two offices, in every language."
            )


def _check_settings(bench: Workbench) -> None:
    settings, wave = bench.settings, bench.wave
    try:
        require_signpost(settings.signpost)
    except SignpostError as error:
        raise SettingsError(f"quorum.toml {error} Nothing was changed.") from None
    unknown = [language for language in settings.languages if language not in PAGE_LANGUAGES]
    if unknown:
        raise SettingsError(
            f"quorum.toml [survey] languages: the staff page speaks {', '.join(PAGE_LANGUAGES)}; take out {unknown[0]}."
        )
    if wave.opens_on is None or wave.closes_on is None:
        raise SettingsError(
            f'quorum.toml: wave "{wave.wave_id}" needs opens_on and closes_on in [[waves]]: ballots print the last day.'
        )
    if wave.closes_on < clock.today():
        raise SettingsError(
            f"quorum.toml: wave {wave.wave_id} closed on {clock.day(wave.closes_on)}. Correct its dates, or the clock."
        )
    if not settings.page_address.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise SettingsError(
            'quorum.toml [survey] page: write address = "https://pulse.example.org", the address staff will type. '
            "Plain http is taken for this machine only."
        )


def _plan_for_page(bench: Workbench) -> WavePlan:
    """The saved plan, or the rules of today; without a breakdown, which no paper ballot carries (BALLOTS I1)."""
    if bench.is_frozen:
        raise WorkspaceError(f"a run has fixed wave {bench.wave_id} already. Open another wave. Nothing was changed.")
    battery = bench.plan.battery or battery_of(bench.settings, bench.catalogue, bench.wave_id)
    if not battery:
        raise UsageError(
            f"wave {bench.wave_id}: its questions are not known. Give it items in [[waves]], or an id such as 2026-11."
        )
    return replace(bench.plan, policy_fixed="before_opening", battery=tuple(battery), breakdown=None)


def _mixer_public(offices: Offices, mixer: bytes | None) -> bytes:
    public = offices.mixer_public if mixer is None else public_half(mixer)
    if public is None or not is_public_key(public):
        raise UsageError("--mixer-public: 64 hexadecimal digits, as `quorum survey mix --make-key` prints them.")
    return public


def _content(
    bench: Workbench, plan: WavePlan, offices: Offices, steward_key: bytes, mixer_key: bytes
) -> dict[str, Any]:
    settings, wave = bench.settings, bench.wave
    items = [_item(bench, item_id) for item_id in plan.battery]
    groups, units = _groups_and_units(plan)
    style = importlib.resources.files("surveys.page").joinpath("static/style.css").read_bytes()
    opens_on, closes_on = wave.opens_on or datetime.date.min, wave.closes_on or datetime.date.max
    return {
        "manifest_version": MANIFEST_VERSION,
        "wave_id": wave.wave_id,
        "organisation": settings.organisation,
        "opens_on": opens_on.isoformat(),
        "closes_on": closes_on.isoformat(),
        "made_on": clock.today().isoformat(),
        "languages": list(settings.languages),
        "origins": {"box": settings.page_address.rstrip("/"), "issuer": None},
        "items": items,
        "questionnaire_sha256": questionnaire_digest(items),
        "policy": {
            "preset": plan.policy.preset,
            "k": {tier: plan.policy.k(tier) for tier in ("work", "sensitive", "guarded")},
        },
        "breakdown": None,
        "check_step": settings.has_check_step,
        "groups": groups,
        "units": units,
        "signpost": {language: signpost_text(settings.signpost, language) for language in settings.languages},
        "emergency": settings.signpost["emergency"].strip(),
        "crisis": settings.signpost["crisis"].strip(),
        "keys": {
            "steward": {"public": steward_key.hex(), "office": offices.steward},
            "mixer": {"public": mixer_key.hex(), "office": offices.mixer},
            "offices_in": {language: dict(names) for language, names in settings.offices_in.items()},
            "custody": ON_ONE_MACHINE if offices.mixer_public is None else APART,
        },
        "files": {"style.css": hashlib.sha256(style).hexdigest()},
    }


def _item(bench: Workbench, item_id: str) -> dict[str, Any]:
    """A question with its words by language. Raises InstrumentError where it has none, or no closed answers."""
    instrument = next(each for each in bench.catalogue.instruments if any(item.id == item_id for item in each.items))
    item = next(item for item in instrument.items if item.id == item_id)
    if not item.text or not isinstance(item.answer, CodedAnswer):
        raise InstrumentError(
            f"{item_id} ({instrument.id}) cannot be asked: it has no wording, or no closed list of answers."
        )
    options = [{"code": str(option.code), "label": _words(option.label)} for option in item.answer.options]
    not_applicable = item.answer.not_applicable
    return {
        "id": item_id,
        "text": _full_text(instrument, item),
        "options": options,
        "not_applicable": None if not_applicable is None else _words(not_applicable),
    }


def _full_text(instrument: Instrument, item: Item) -> dict[str, str]:
    text, stem = _words(item.text), _words(instrument.stem or {})
    return {language: f"{stem[language]} {words}" if language in stem else words for language, words in text.items()}


def _words(texts: Mapping[str, str]) -> dict[str, str]:
    """Words in the page's languages; `es-US` stands for `es` where there is no plain one."""
    found = {language: text for language, text in texts.items() if language in PAGE_LANGUAGES}
    for language, text in texts.items():
        found.setdefault(language.partition("-")[0], text)
    return {language: text for language, text in found.items() if language in PAGE_LANGUAGES}


def _groups_and_units(plan: WavePlan) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every group in which an answer can count, and for each unit with people its groups, from its receipt."""
    groups: list[dict[str, Any]] = []
    place: dict[str, int] = {}
    units = []
    below = _people_below(plan.units)
    pools = {f"pool:{pool.slug}": pool.member_unit_ids for pool in plan.pools}
    for receipt in all_receipts(plan):
        unit = plan.units.by_id[receipt.unit_id]
        own = [group for group in receipt.groups if group.breakdown_value == "all"]
        for group in own:
            if group.group_id not in place:
                place[group.group_id] = len(groups)
                groups.append(_group(group, pools.get(group.group_id), below))
        units.append(
            {
                "unit_id": unit.unit_id,
                "name": unit.unit_name,
                "eligible_n": unit.eligible_n,
                "ballots_n": unit.eligible_n + max(1, math.ceil(SPARE_SHARE * unit.eligible_n)),
                "groups": [place[group.group_id] for group in own],
                "pool": list(receipt.pool_members),
            }
        )
    return groups, units


def _group(group: ReceiptGroup, members: Sequence[str] | None, below: Mapping[str, int]) -> dict[str, Any]:
    expected_n = sum(below[unit_id] for unit_id in members) if members else below.get(group.group_id, 0)
    return {
        "group_id": group.group_id,
        "name": group.group_name,
        "level": group.level,
        "kind": group.kind,
        "expected_n": expected_n,
        "least_n": dict(group.least_n),
    }


def _people_below(tree: UnitTree) -> dict[str, int]:
    """People in a unit and all units below it."""
    total = {unit.unit_id: 0 for unit in tree.units}
    for unit in tree.units:
        at: str | None = unit.unit_id
        while at is not None:
            total[at] += unit.eligible_n
            at = tree.by_id[at].parent_id
    return total
