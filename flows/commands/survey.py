"""`quorum survey open | ballots | serve | close | mix`: a wave on the staff page, from its opening to its hand-over."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from flows import clock, log
from flows.ballots.close_and_mix import close_wave, mix_batch
from flows.ballots.make_ballots import make_ballots, pepper_of, secret_of
from flows.ballots.manifest_file import load_signed
from flows.ballots.open_wave import Offices, open_wave
from flows.ballots.print_sheets import poster, reminder
from flows.errors import KeyMissing, SettingsError, UsageError, WorkspaceError
from flows.say import people
from flows.workbench import open_workbench
from flows.zones import Zones, check_wave_id, write_atomically
from surveys.ballot_record import public_half
from surveys.page.inbox import InboxError
from surveys.wave_manifest import APART, WaveManifest, fingerprint

KEY_BYTES = 32
EXAMPLES = {"steward": "the research office", "mixer": "the staff council"}
CUSTODY = {
    APART: "The mixer's key is not on this machine: answers are protected from this machine's administrator at rest.",
    "on_one_machine": "Both keys lie on this machine: say 'protected at rest', not 'protected from the administrator'.",
}


def open_survey(
    root: Path,
    wave_id: str,
    steward_office: str | None,
    mixer_office: str | None,
    mixer_public: str | None,
    is_sure: Callable[[str], bool],
) -> list[str]:
    """Open a wave. Raises SettingsError while the offices or the help lines are missing."""
    bench = open_workbench(root, wave_id)
    settings = bench.settings
    offices = Offices(
        _office(steward_office or settings.steward_office, "steward"),
        _office(mixer_office or settings.mixer_office, "mixer"),
        None if mixer_public is None else _public_key(mixer_public),
    )
    if offices.steward.casefold() == offices.mixer.casefold():
        raise SettingsError("quorum.toml [survey.keys]: the two keys belong to two offices. Nothing was changed.")
    asked = (
        f"Does neither office ({offices.steward}; {offices.mixer}) manage any of the people who are asked? "
        "Staff are told so."
    )
    if not is_sure(asked):
        return ["Name offices that manage none of them: [survey.keys] in quorum.toml. Nothing was changed."]
    opened = open_wave(bench, offices)
    manifest = load_signed(bench.zones, wave_id)
    written = _posters(bench.zones, manifest)
    return [
        f"Wave {wave_id} is fixed and signed: {people(opened.items_n, 'question')}, "
        f"{people(opened.eligible_n, 'person', 'people')} in {people(opened.units_n, 'unit')}, "
        f"{opened.ballots_n:,} ballots with spares.",
        f"Fingerprint: {opened.fingerprint}",
        CUSTODY[opened.custody],
        f"Posters and texts of reminders, for everybody: {written}",
        f"Next: quorum survey ballots --wave {wave_id}",
    ]


def _office(name: str, role: str) -> str:
    if not name:
        raise SettingsError(
            f"quorum.toml [survey.keys] {role}_office is missing: the office that holds the {role}'s key, such as "
            f'"{EXAMPLES[role]}". Staff read it. Nothing was changed.'
        )
    return name


def _public_key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise UsageError("--mixer-public: 64 hexadecimal digits, as  quorum survey mix --make-key FILE  prints them.")
    return key


def _posters(zones: Zones, manifest: WaveManifest) -> Path:
    folder, words = zones.ballots_folder(manifest.wave_id), fingerprint(manifest.raw)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for language in manifest.languages:
        write_atomically(folder / f"poster-{language}.html", poster(manifest, words, language).encode())
        write_atomically(folder / f"reminder-{language}.txt", reminder(manifest, words, language).encode())
    return folder


def print_ballots(root: Path, wave_id: str, units: Sequence[str], *, is_replaced: bool) -> list[str]:
    """Print files of all units, or of those named."""
    from rich.console import Console
    from rich.progress import Progress

    zones = Zones(root.resolve()).require()
    manifest = load_signed(zones, wave_id)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("ballots", total=len(units) or len(manifest.units))
        made = make_ballots(
            zones, manifest, units, is_replaced=is_replaced, on_unit=lambda _name: progress.update(task, advance=1)
        )
    return [
        f"{made.ballots_n:,} ballots in {people(made.files_n, 'file')}, one a unit, for your eyes only: {made.folder}",
        "Print, cut, fold, put in a bag, let people draw. Never mail them. Then delete the files.",
        f"Next: quorum survey serve --wave {wave_id}",
    ]


def serve_survey(root: Path, wave_id: str, host: str, port: int, *, is_kiosk: bool, accept_restored: bool) -> None:
    """Serve the page until stopped. Raises WorkspaceError where the inbox cannot be served, UsageError for the port."""
    from surveys.page.serve import serve_wave

    zones = Zones(root.resolve()).require()
    manifest = load_signed(zones, wave_id)
    pepper = pepper_of(zones, wave_id)
    _refuse_wrong_clock(manifest)
    listener = _listener(host, port)
    address = f"http://{host}:{listener.getsockname()[1]}/"
    if accept_restored:
        log.append(zones, "restored_inbox_accepted", wave_id=wave_id)
    try:
        serve_wave(
            manifest,
            zones.inbox_file(wave_id, "sqlite"),
            pepper,
            listener,
            kiosk=is_kiosk,
            accept_restored=accept_restored,
            today=clock.today,
            on_ready=lambda: click.echo(
                f"Wave {wave_id}, until {clock.day(manifest.closes_on)}: {address}  (stop with Ctrl-C; nothing is lost)"
            ),
        )
    except InboxError as error:
        raise WorkspaceError(str(error)) from None
    finally:
        listener.close()


def _refuse_wrong_clock(manifest: WaveManifest) -> None:
    if clock.today() < manifest.made_on:
        raise WorkspaceError(
            f"this machine says {clock.day(clock.today())}, before wave {manifest.wave_id} was made on "
            f"{clock.day(manifest.made_on)}. Set the clock; with a wrong one people would be turned away."
        )


def _listener(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(f"{host}:{port} cannot be served on ({error.strerror}). Name another --port.") from None
    listener.listen(2048)
    return listener


def close_survey(root: Path, wave_id: str, is_sure: Callable[[str], bool]) -> list[str]:
    """Close a wave and write its batch."""
    zones = Zones(root.resolve()).require()
    manifest = load_signed(zones, wave_id)
    today = clock.today()
    if today < manifest.closes_on and not is_sure(
        f"Ballots say that the wave is open until {clock.day(manifest.closes_on)}. Close it now, for good?"
    ):
        return ["Nothing was changed."]
    closed = close_wave(zones, manifest)
    early = (
        f"A run waits for {clock.day(manifest.closes_on)}; for an earlier one write closes_on = {today} in quorum.toml."
    )
    return [
        f"Wave {wave_id} is closed: {people(closed.records_n, 'sealed answer')}, {closed.issued_n:,} ballots. "
        "Nothing is opened yet.",
        f"Next: quorum survey mix --wave {wave_id}"
        + ("" if manifest.custody != APART else "  by the mixer, with their key and inbox/…batch, on any machine"),
        *([early] if today < manifest.closes_on else []),
    ]


def make_mixer_key(path: Path) -> list[str]:
    """A key pair of the mixer, made by its holder. Raises UsageError where the file exists."""
    if path.exists():
        raise UsageError(f"{path} exists. A key is never overwritten; name another file.")
    secret = secrets.token_bytes(KEY_BYTES)
    write_atomically(path, secret, mode=0o600)
    return [
        f"The mixer's key lies in {path}. Keep it yourself; without it this wave's answers cannot be opened.",
        f"Give the steward this public half:  {public_half(secret).hex()}",
        "Nothing else was stored.",
    ]


def mix_survey(root: Path, wave_id: str, key: Path | None, batch: Path | None, out: Path | None) -> list[str]:
    """Strip the outer seals: in the workspace, or on the mixer's own machine with `batch`, `key` and `out`."""
    check_wave_id(wave_id)
    if batch is not None:
        if key is None or out is None:
            raise UsageError("--batch needs --key FILE and --out FILE: on the mixer's machine there is no workspace.")
        mixed = mix_batch(wave_id, batch, out, _key_in(key), None)
    else:
        zones = Zones(root.resolve()).require()
        manifest = load_signed(zones, wave_id)
        secret = _key_in(key) if key is not None else _mixer_secret(zones, manifest)
        target = out or zones.inbox_file(wave_id, "mixed")
        mixed = mix_batch(wave_id, zones.inbox_file(wave_id, "batch"), target, secret, manifest.mixer_key)
        log.append(
            zones,
            "batch_mixed",
            wave_id=wave_id,
            records_n=mixed.records_n,
            duplicates_n=mixed.duplicates_n,
            unopened_n=mixed.unopened_n,
        )
    lines = [f"Mixed: {people(mixed.records_n, 'record')} without order, still sealed for the steward: {mixed.path}"]
    if mixed.duplicates_n or mixed.unopened_n:
        lines.append(f"{mixed.duplicates_n} doubled records dropped, {mixed.unopened_n} that this key does not open.")
    return [*lines, f"Next: quorum run --wave {wave_id}"]


def _mixer_secret(zones: Zones, manifest: WaveManifest) -> bytes:
    wave_id = manifest.wave_id
    if manifest.custody == APART and not zones.ballot_key_file(wave_id, "mixer").exists():
        raise KeyMissing(
            f"the mixer's key of wave {wave_id} is not on this machine: {manifest.mixer_office} holds it and mixes, "
            f"with {wave_id}.batch from {zones.inbox.relative_to(zones.root)}:  quorum survey mix --wave {wave_id} "
            f"--batch {wave_id}.batch --key FILE --out {wave_id}.mixed"
        )
    return secret_of(zones, wave_id, "mixer", "the outer seals stay shut")


def _key_in(path: Path) -> bytes:
    try:
        secret = path.expanduser().read_bytes()
    except OSError:
        raise UsageError(f"{path} is not there. Name the file that --make-key made.") from None
    if len(secret) != KEY_BYTES:
        raise UsageError(f"{path} is no mixer's key: {KEY_BYTES} bytes expected.")
    return secret
