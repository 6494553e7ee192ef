"""Checks of a workspace: permissions, keys, settings, units, plans, releases, log, retention, exports, backups."""

from __future__ import annotations

import datetime
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from flows import clock, log
from flows.errors import QuorumError, ReleaseInvalid, WorkspaceError
from flows.keys import loose_permissions, public_key, signers
from flows.operate.finding import Finding, fault, good, notice
from flows.operate.inputs import plain_inputs
from flows.operate.retention import kept_waves, shredded_waves
from flows.operate.signing_key import is_cut_off
from flows.settings import Settings
from flows.zones import Zones

BACKUP_DAYS = 35
LATE_DAYS = 14
EXPORT_ENDINGS = frozenset({".csv", ".tsv", ".xlsx", ".xls", ".ods", ".parquet", ".sav", ".dta", ".jsonl"})


def check_permissions(zones: Zones) -> Iterator[Finding]:
    """Keys and answers belong to one account alone; nobody else may change what rules a release."""
    loose = [*loose_permissions(zones), *_readable(zones)]
    for path in loose:
        yield fault(
            "permissions",
            f"{_place(zones, path)} may be read by other accounts",
            f"chmod {'700' if path.is_dir() else '600'} {path}",
        )
    for path in (zones.settings_file, zones.units_file, zones.log_file, zones.released, zones.public_key_file):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o022:
            yield fault("permissions", f"{_place(zones, path)} may be changed by other accounts", f"chmod go-w {path}")
            loose.append(path)
    if not loose:
        yield good("permissions", "keys and answers are readable by this account alone")


def _readable(zones: Zones) -> Iterator[Path]:
    for path in (zones.restricted, zones.message_addresses_file, zones.database_url_file):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield path


def check_keys(zones: Zones, settings: Settings) -> Iterator[Finding]:
    """The signing pair fits; every store has its key."""
    from flows.keys import sign

    second_copy = "Put keys/ back from your second copy."
    try:
        _, public = sign(zones, b"")
        if is_cut_off(zones):
            yield fault("keys", "a change of the signing key was cut off", "quorum keys rotate --signing ends it.")
        elif public != public_key(zones):
            yield fault("keys", "keys/release.pub does not belong to keys/release.key", second_copy)
        else:
            yield good("keys", "the signing pair fits")
    except QuorumError as error:
        yield fault("keys", str(error), "Without it nothing can be released or retracted here. " + second_copy)
    except ValueError:
        yield fault("keys", "keys/release.key holds no key", second_copy)
    if settings.key_store != "file":
        return
    for path in sorted(zones.wave_key_file("x").parent.glob("*.new")):
        yield fault(
            "keys",
            f"a change of the key of wave {path.stem} was cut off",
            f"quorum keys rotate --wave {path.stem} settles it, then changes the key.",
        )
    for store in sorted(zones.wave_store("x").parent.glob("*.duckdb")):
        if not zones.wave_key_file(store.stem).exists():
            yield fault(
                "keys",
                f"the key of wave {store.stem} is missing: its answers cannot be opened",
                second_copy + " Lost for good: quorum keys lost --wave says what that means.",
            )


def check_layout(zones: Zones) -> Iterator[Finding]:
    """The layout is the one of this version."""
    try:
        zones.check_version()
        yield good("workspace", "the layout is that of this version")
    except WorkspaceError as error:
        yield fault("workspace", str(error), "quorum migrate --dry-run shows what would change.")
    for path in _leftovers(zones):
        yield notice(
            "leftovers",
            f"{_place(zones, path)} was left by a run that was cut off",
            "Run the wave again, or shred it: both clear it away.",
        )


def _leftovers(zones: Zones) -> Iterator[Path]:
    for pattern in ("waves/*.partial", "waves/*.wal", "staging/*", "tmp/*"):
        yield from sorted(zones.restricted.glob(pattern))
    yield from sorted(zones.released.glob(".incoming-*"))


def check_rules(zones: Zones, settings: Settings) -> Iterator[Finding]:
    """Units, policy, instruments, battery and plans can be read; declared waves are planned and not forgotten."""
    from flows.plan import frozen_plan
    from flows.units import read_units
    from flows.workbench import catalogue_of, policy_of

    cure = "Correct what the message names."
    bad = False
    reads: list[tuple[str, Callable[[], object]]] = [
        ("units", partial(read_units, zones.units_file)),
        ("policy", partial(policy_of, settings)),
        ("instruments", partial(catalogue_of, zones)),
        *(("plans", partial(frozen_plan, zones, path.stem)) for path in _plans(zones)),
    ]
    for name, read in reads:
        try:
            read()
        except QuorumError as error:
            bad = True
            yield fault(name, str(error), cure)
    if not bad:
        yield good("rules", "units, policy, instruments and plans can be read")
    yield from _forgotten(zones, settings)


def _plans(zones: Zones) -> list[Path]:
    return sorted(zones.plan_file("x").parent.glob("*.json"))


def _forgotten(zones: Zones, settings: Settings) -> Iterator[Finding]:
    try:
        shredded = shredded_waves(zones)
    except WorkspaceError:
        return
    today = clock.today()
    for wave in settings.waves:
        name = wave.wave_id
        if wave.opens_on is not None and wave.opens_on <= today and not zones.plan_file(name).exists():
            yield notice(
                "plans",
                f"wave {name} has opened and nothing was planned for it: no pooled groups, rules fixed at import",
                "Before the next wave opens: quorum plan",
            )
        is_late = wave.closes_on is not None and wave.closes_on + datetime.timedelta(days=LATE_DAYS) < today
        if is_late and not zones.release(name).exists() and name not in shredded:
            yield notice(
                "late",
                f"wave {name} closed on {wave.closes_on} and has no release",
                f"quorum run --wave {name} FILE, or remove it from quorum.toml.",
            )


def check_releases(zones: Zones) -> Iterator[Finding]:
    """Every release verifies, and every release that the log knows is there."""
    from flows.publish.read import load_release

    found = sorted(path for path in zones.released.glob("[!.]*") if path.is_dir())
    bad = 0
    try:
        key = signers(zones)
    except QuorumError:
        return
    for folder in found:
        try:
            load_release(folder, key)
        except ReleaseInvalid as error:
            bad += 1
            yield fault("releases", str(error), f"Put data/released/{folder.name} back from your backup.")
    try:
        known = {entry["wave_id"] for entry in log.entries(zones) if entry["event"] == "released"}
    except WorkspaceError:
        known = set()
    for wave_id in sorted(known - {folder.name for folder in found}):
        bad += 1
        yield fault(
            "releases",
            f"wave {wave_id} was released, its folder is missing",
            f"Put data/released/{wave_id} back from your backup. It cannot be released again.",
        )
    if not bad:
        yield good("releases", f"{len(found)} verify")


def check_log(zones: Zones) -> Iterator[Finding]:
    """The chain of the log is whole."""
    try:
        entries_n = sum(1 for _ in log.entries(zones))
        yield good("log", f"{entries_n} entries, chain unbroken")
    except WorkspaceError as error:
        yield fault("log", str(error), "Compare log/audit.jsonl with your backup; ask who may write there.")


def check_retention(zones: Zones, settings: Settings) -> Iterator[Finding]:
    """No answers are kept beyond their day."""
    try:
        due = [wave for wave in kept_waves(zones, settings.retention_days) if wave.is_due(clock.today())]
    except WorkspaceError:
        return
    for wave in due:
        yield fault(
            "retention",
            f"the answers of wave {wave.wave_id} were to be destroyed by {wave.due_on}",
            f"quorum shred --wave {wave.wave_id}",
        )
    if not due:
        yield good("retention", f"no answers are kept longer than {settings.retention_days} days after their release")


def check_exports(zones: Zones) -> Iterator[Finding]:
    """No export in plain text is left: where runs read them, and below the workspace."""
    noted = {path: wave_id for wave_id, paths in plain_inputs(zones).items() for path in paths}
    for path, wave_id in sorted(noted.items()):
        if zones.release(wave_id).exists():
            yield notice(
                "exports",
                f"{path} still holds the answers of wave {wave_id} in plain text",
                "Delete it, or keep it under your own retention rule.",
            )
    own = (
        zones.units_file,
        zones.root / "units",
        zones.released,
        zones.derived,
        zones.reports,
        zones.log_file,
        # Protected tables, named as leftovers: no answers.
        zones.staging("x").parent,
    )
    for path in sorted(zones.root.rglob("*")):
        is_known = any(path == place or place in path.parents for place in own) or path in noted
        if path.suffix.lower() in EXPORT_ENDINGS and path.is_file() and not is_known and path.stat().st_size:
            yield notice(
                "exports",
                f"{_place(zones, path)} lies in the workspace and may hold answers in plain text",
                "Delete it once its wave is released, or keep it elsewhere.",
            )


def check_backup(zones: Zones) -> Iterator[Finding]:
    """A backup was made lately, with the keys apart."""
    try:
        made = {entry["event"]: entry for entry in log.entries(zones) if entry["event"] in ("backup", "keys_saved")}
    except WorkspaceError:
        return
    for event, words, cure in (
        ("backup", "backup", "quorum backup FILE"),
        ("keys_saved", "copy of the keys", "quorum keys save FILE"),
    ):
        last = datetime.date.fromisoformat(made[event]["at"][:10]) if event in made else None
        if last is None or last + datetime.timedelta(days=BACKUP_DAYS) < clock.today():
            says = f"no {words} yet" if last is None else f"the last {words} is of {last}"
            yield notice("backup", says, cure)
        else:
            yield good("backup", f"the last {words} is of {last}")


def check_messages(zones: Zones) -> Iterator[Finding]:
    """Somebody hears of failures."""
    if zones.message_addresses_file.exists():
        yield good("messages", "addresses for messages are there")
    else:
        yield notice(
            "messages",
            "nobody gets a message when a run fails or waits for an answer",
            "Write addresses into keys/messages.urls (how-to: get messages).",
        )


def _place(zones: Zones, path: Path) -> str:
    return str(path.relative_to(zones.root)) if zones.root in path.parents else str(path)
