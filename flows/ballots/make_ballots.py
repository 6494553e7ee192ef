"""Making ballots: codes for every unit, print sheets to cut, then the codes are forgotten (BALLOTS B3-B5)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows import log
from flows.ballots.print_sheets import ballot_sheets, cover_words
from flows.errors import KeyMissing, UsageError, WorkspaceError
from flows.zones import Zones, write_atomically
from surveys.ballot_code import ballot_hash, new_code
from surveys.page.inbox import InboxError, has_ballots, only_server, open_inbox, replace_ballots
from surveys.wave_manifest import WaveManifest, fingerprint


@dataclass(frozen=True, slots=True)
class PrintedBallots:
    """Where the print files lie, one a unit, and how many ballots are in them."""

    folder: Path
    files_n: int
    ballots_n: int


def make_ballots(
    zones: Zones,
    manifest: WaveManifest,
    unit_ids: Sequence[str],
    *,
    is_replaced: bool,
    on_unit: Callable[[str], None] = lambda _name: None,
) -> PrintedBallots:
    """Codes and print files for the units named, or for all. Raises WorkspaceError where they have ballots already."""
    wanted = _wanted(manifest, unit_ids)
    pepper = pepper_of(zones, manifest.wave_id)
    path = zones.inbox_file(manifest.wave_id, "sqlite")
    folder = zones.ballots_folder(manifest.wave_id)
    words = fingerprint(manifest.raw)
    try:
        with only_server(path), open_inbox(path) as con:
            if has_ballots(con, wanted) and not is_replaced:
                raise WorkspaceError(
                    f"ballots of wave {manifest.wave_id} are printed already. To void them and print new ones, "
                    f"while none is used:  quorum survey ballots --wave {manifest.wave_id} --replace"
                )
            codes = {unit_no: _codes(manifest, unit_no) for unit_no in wanted}
            fresh = [
                (ballot_hash(pepper, manifest.wave_id, code), unit_no) for unit_no in wanted for code in codes[unit_no]
            ]
            # The print files first: a kill in between leaves paper that is void, never ballots that nobody has.
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for unit_no in wanted:
                unit = manifest.units[unit_no]
                sheet = ballot_sheets(manifest, unit, codes[unit_no], words)
                write_atomically(folder / f"{_file_name(unit.unit_id, unit_no)}.html", sheet.encode(), mode=0o600)
                on_unit(unit.name)
            replace_ballots(con, set(wanted), fresh)
    except InboxError as error:
        raise WorkspaceError(str(error)) from None
    write_atomically(folder / "READ-ME-FIRST.txt", cover_words(manifest).encode(), mode=0o600)
    log.append(zones, "ballots_printed", wave_id=manifest.wave_id, ballots_n=len(fresh), is_replaced=is_replaced)
    return PrintedBallots(folder, len(wanted), len(fresh))


def _wanted(manifest: WaveManifest, unit_ids: Sequence[str]) -> list[int]:
    numbers = {unit.unit_id: number for number, unit in enumerate(manifest.units)}
    unknown = [unit_id for unit_id in unit_ids if unit_id not in numbers]
    if unknown:
        raise UsageError(f'wave {manifest.wave_id} has no ballots for a unit "{unknown[0]}". Its ids: units.csv.')
    return [numbers[unit_id] for unit_id in unit_ids] or list(range(len(manifest.units)))


def _codes(manifest: WaveManifest, unit_no: int) -> list[str]:
    codes = {new_code(manifest.wave_id) for _ in range(manifest.units[unit_no].ballots_n)}
    while len(codes) < manifest.units[unit_no].ballots_n:
        codes.add(new_code(manifest.wave_id))
    shuffled = sorted(codes)
    secrets.SystemRandom().shuffle(shuffled)
    return shuffled


def pepper_of(zones: Zones, wave_id: str) -> bytes:
    """The wave's pepper. Raises KeyMissing."""
    return secret_of(zones, wave_id, "pepper", "no ballot of this wave can be recognised")


def secret_of(zones: Zones, wave_id: str, kind: str, without: str) -> bytes:
    """A 32-byte secret of a wave. Raises KeyMissing, saying what does not work without it."""
    path = zones.ballot_key_file(wave_id, kind)
    try:
        secret = path.read_bytes()
    except OSError:
        secret = b""
    if len(secret) != 32:
        raise KeyMissing(
            f"{path.relative_to(zones.root)} is missing or holds no key: {without}. Put it back from your second copy."
        )
    return secret


def _file_name(unit_id: str, unit_no: int) -> str:
    plain = "".join(c if c.isalnum() or c in "-_" else "_" for c in unit_id)[:60]
    return plain if plain == unit_id else f"{plain}-{unit_no}"
