"""`quorum backup`, `quorum restore` and `quorum keys`: what they ask and print."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from flows import log
from flows.commands.doctor import examine
from flows.errors import UsageError
from flows.operate.backup import make_backup
from flows.operate.finding import Gravity
from flows.operate.key_care import (
    bring_back_keys,
    give_up_lost_key,
    rotate_wave_key,
    save_keys,
    what_is_lost,
)
from flows.operate.passphrase import ENVIRONMENT_NAME
from flows.operate.restore import read_backup, restore_backup
from flows.operate.retention import waves_held
from flows.operate.signing_key import give_up_signing_key, rotate_signing_key, what_losing_it_means
from flows.say import people
from flows.settings import read_settings
from flows.zones import Zones, check_wave_id

UNKNOWN_SINCE = (
    "What was released after that day is unknown to this backup: do not run such a wave again, a second release of it "
    "would tell the difference."
)


def back_up(root: Path, path: Path, *, is_json: bool) -> None:
    """Write the backup and say what is not in it."""
    zones = Zones(root.resolve()).require()
    if path.is_dir():
        raise UsageError(f"{path} is a folder. Name the file that the backup is to become, such as quorum.tar.")
    _refuse_missing_folder(path)
    if zones.released in path.resolve().parents:
        raise UsageError(f"{path} lies among the releases. Name a file on another disk.")
    log.append(zones, "backup")
    made = make_backup(zones, path)
    facts = {"path": str(path), "files_n": made.files_n, "releases_n": made.releases_n, "log_head": made.head}
    if is_json:
        click.echo(json.dumps(facts, indent=1))
        return
    click.echo(
        f"Saved {people(made.files_n, 'file')} with {people(made.releases_n, 'release')} to {path} "
        f"({made.bytes_n / 1e6:.1f} MB), signed."
    )
    click.echo("Not in it: answers, the open inbox, Prefect's states, secret keys.")
    click.echo("Next, to another place than this file:  quorum keys save FILE")


def _refuse_missing_folder(path: Path) -> None:
    """Raises UsageError: a folder that is not there may be a disk that is not mounted, so none is made."""
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent} is no folder. Is the disk mounted? Nothing was written.")


def restore(root: Path, path: Path, *, is_json: bool) -> None:
    """Check the backup, then write what is missing in the workspace."""
    zones = Zones(root.resolve())
    restored = restore_backup(zones, read_backup(path))
    log.append(zones, "restored", made_on=restored.made_on, written_n=len(restored.written), kept_n=len(restored.kept))
    if is_json:
        facts = {"made_on": restored.made_on, "written": restored.written, "kept": restored.kept}
        click.echo(json.dumps({**facts, "log": restored.log_kept}, indent=1))
        return
    click.echo(f"Restored {people(len(restored.written), 'file')} from the backup of {restored.made_on}.")
    for name in restored.kept:
        click.echo(f"left as it is  {name} (differs from the backup)")
    click.echo(f"Log: {restored.log_kept}. {UNKNOWN_SINCE}")
    click.echo("Next: quorum keys restore FILE, then quorum verify")


def passphrase(*, is_new: bool) -> str:
    """The passphrase from the environment, else asked for without showing it; a new one is asked twice.

    Raises UsageError where there is neither.
    """
    if not os.environ.get(ENVIRONMENT_NAME) and not sys.stdin.isatty():
        raise UsageError(
            f"there is no terminal to ask for the passphrase at. Run it at one, or set {ENVIRONMENT_NAME}. "
            "Nothing was changed."
        )
    return os.environ.get(ENVIRONMENT_NAME) or str(
        click.prompt("Passphrase", hide_input=True, confirmation_prompt=is_new, err=True)
    )


def list_keys(root: Path, *, is_json: bool) -> None:
    """Which keys there are, and what doctor says of them. Never a key."""
    zones = Zones(root.resolve()).require()
    store = read_settings(zones.settings_file).key_store
    waves = [
        {"wave_id": wave_id, "has_key_file": zones.wave_key_file(wave_id).exists()} for wave_id in waves_held(zones)
    ]
    bad = [finding.says for finding in examine(root) if finding.check == "keys" and finding.gravity is Gravity.FAULT]
    if is_json:
        click.echo(json.dumps({"store": store, "waves": waves, "faults": bad}, indent=1))
        return
    click.echo(f"signing key     keys/release.key  {'here' if zones.signing_key_file.exists() else 'MISSING'}")
    for wave in waves:
        there = "here" if wave["has_key_file"] else "MISSING" if store == "file" else f"kept in: {store}"
        click.echo(f"storage key     wave {wave['wave_id']}  {there}")
    for says in bad:
        click.echo(f"fault           {says}")
    click.echo("Next: quorum keys save FILE, to a second safe place")


def save(root: Path, path: Path) -> list[str]:
    """Seal the keys with a passphrase."""
    zones = Zones(root.resolve()).require()
    _refuse_missing_folder(path)
    keys_n = save_keys(zones, path, passphrase(is_new=True))
    return [
        f"Sealed {people(keys_n, 'file')} of keys/ into {path}. Without the passphrase nobody opens it, you included.",
        "Keep file and passphrase apart from each other and from backups of data/.",
        *_elsewhere(zones),
    ]


def _elsewhere(zones: Zones) -> list[str]:
    store = read_settings(zones.settings_file).key_store
    return [] if store == "file" else [f"Storage keys are kept in: {store}. They are not in this file."]


def bring_back(root: Path, path: Path) -> list[str]:
    """Bring missing keys back from a sealed copy."""
    zones = Zones(root.resolve()).require()
    back = bring_back_keys(zones, path, passphrase(is_new=False))
    lines = [f"Brought back {people(len(back.written), 'file')}: {', '.join(back.written) or 'nothing was missing'}."]
    lines += [f"left out  {name}: {reason}" for name, reason in back.left_out]
    return [*lines, "Next: quorum verify"]


def rotate(root: Path, wave_id: str | None, *, is_signing: bool) -> list[str]:
    """A new key for a wave's store, or for signing."""
    zones = Zones(root.resolve()).require()
    if is_signing:
        documents_n = rotate_signing_key(zones)
        return [
            "There is a new signing key. The old one is overwritten; what it had signed stays good: "
            f"{people(documents_n, 'document')} handed over, signed by both keys.",
            "Give the new keys/release.pub, with release.handover.json, to those who verify your releases elsewhere.",
            "Next: quorum verify, then quorum keys save FILE",
        ]
    if wave_id is None:
        raise UsageError("Name the wave: --wave W; or --signing for the key that signs releases.")
    rotate_wave_key(zones, check_wave_id(wave_id))
    return [
        f"Wave {wave_id} is encrypted anew; its old key is overwritten and opens nothing here.",
        "Copies of the store made before still open with the old key: destroy the copies of keys/ that hold it.",
        "Next: quorum keys save FILE",
    ]


def give_up(root: Path, wave_id: str | None, *, is_signing: bool, is_sure: bool) -> list[str]:
    """Say what is lost, then remove what nothing opens any more, or make a signing key anew."""
    zones = Zones(root.resolve()).require()
    if is_signing:
        click.echo(what_losing_it_means(zones))
        if not is_sure and not click.confirm("Give the signing key up for lost, and make a new one?"):
            return ["Nothing was changed."]
        documents_n = give_up_signing_key(zones)
        return [
            f"There is a new signing key, which vouches for {people(documents_n, 'document')} of the lost one; logged.",
            "Next: quorum verify, then quorum keys save FILE",
        ]
    if wave_id is None:
        raise UsageError("Name the wave: --wave W; or --signing for the key that signs releases.")
    click.echo(what_is_lost(zones, check_wave_id(wave_id)))
    if not is_sure and not click.confirm("Give the key up for lost?"):
        return ["Nothing was changed."]
    give_up_lost_key(zones, wave_id)
    return [f"The store of wave {wave_id} is removed, and logged.", f"Next: quorum run --wave {wave_id} FILE"]
