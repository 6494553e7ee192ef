"""Derived files on disk: made beside, moved into place, thrown away when stale. Reads releases, nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from flows.errors import ReleaseInvalid
from flows.publish.read import Release, list_manifests, load_release
from flows.publish.signers import Trust
from flows.trend.derive import derive
from flows.trend.history import read_history
from flows.trend.read import Derived, Noise, load_derived, release_digest
from flows.trend.tables import DERIVED_VERSION, FILES


@dataclass(frozen=True, slots=True)
class Report:
    """What `quorum trend` did: the releases that count, the waves whose files were made, and those thrown away."""

    shown: tuple[str, ...]
    made: tuple[str, ...]
    removed: tuple[str, ...]


def write_derived(
    derived_dir: Path,
    released_dir: Path,
    trusted: Trust,
    until_wave_id: str | None = None,
    on_step: Callable[[str], None] = lambda _step: None,
) -> Derived | None:
    """Make the derived files of one wave (the last one, or `until_wave_id`) from the releases up to it.

    Releases that are retracted or do not verify are left out. The old folder stays until the new one is whole.
    None where there is no release to work on.
    """
    waiting = [manifest.wave_id for manifest in list_manifests(released_dir, trusted)]
    if until_wave_id is not None:
        waiting = waiting[: waiting.index(until_wave_id) + 1] if until_wave_id in waiting else []
    used: dict[str, str | None] = {}
    history = read_history(_verified(released_dir, waiting, trusted, used, on_step))
    if not used:
        return None
    wave_id = history.wave_ids[-1]
    derived_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=derived_dir, prefix=f".incoming-{wave_id}-"))
    folder.chmod(0o755)
    _write_note(folder, wave_id, used, derive(history, folder, on_step))
    target = derived_dir / wave_id
    shutil.rmtree(target, ignore_errors=True)
    os.rename(folder, target)
    return load_derived(derived_dir, released_dir, list(used), wave_id)


def _verified(
    released_dir: Path,
    wave_ids: Sequence[str],
    trusted: Trust,
    used: dict[str, str | None],
    on_step: Callable[[str], None],
) -> Iterator[Release]:
    """Releases one at a time, so that only one is in memory; `used` notes what each manifest's digest was."""
    for wave_id in wave_ids:
        try:
            release = load_release(released_dir / wave_id, trusted)
        except ReleaseInvalid:
            continue
        used[wave_id] = release_digest(released_dir / wave_id)
        on_step(f"read {wave_id}")
        yield release


def _write_note(folder: Path, wave_id: str, used: Mapping[str, str | None], noise: Sequence[Noise]) -> None:
    """The note about the tables: what they were made from, their checksums, and the parameters."""
    files = {}
    for name in FILES:
        path = folder / f"{name}.parquet"
        with path.open("rb") as file:
            files[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    rests_on = [asdict(each) for each in noise]
    note = {
        "derived_version": DERIVED_VERSION, "wave_id": wave_id, "releases": used, "files": files, "noise": rests_on,
    }  # fmt: skip
    (folder / "derived.json").write_text(json.dumps(note, indent=1, sort_keys=True) + "\n", "utf-8")


def bring_up_to_date(
    derived_dir: Path,
    released_dir: Path,
    trusted: Trust,
    *,
    is_rebuilt: bool = False,
    on_step: Callable[[str], None] = lambda _step: None,
) -> Report:
    """The newest wave's files are there and fresh afterwards; stale ones and leftovers are gone.

    `is_rebuilt`: throw all derived files away first, and make every wave's anew.
    """
    shown = [manifest.wave_id for manifest in list_manifests(released_dir, trusted)]
    if is_rebuilt:
        shutil.rmtree(derived_dir, ignore_errors=True)
    removed = _remove_stale(derived_dir, released_dir, shown)
    made = []
    for wave_id in shown if is_rebuilt else shown[-1:]:
        if load_derived(derived_dir, released_dir, shown, wave_id) is None:
            derived = write_derived(derived_dir, released_dir, trusted, wave_id, on_step)
            made += [] if derived is None else [derived.wave_id]
    return Report(tuple(shown), tuple(made), tuple(removed))


def _remove_stale(derived_dir: Path, released_dir: Path, shown: Sequence[str]) -> list[str]:
    removed = []
    for folder in sorted(derived_dir.iterdir()) if derived_dir.is_dir() else []:
        if folder.is_dir() and load_derived(derived_dir, released_dir, shown, folder.name) is None:
            shutil.rmtree(folder)
            removed += [] if folder.name.startswith(".") else [folder.name]
    return removed
