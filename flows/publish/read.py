"""The one way into a release folder: signature, checksums, contract and policy floors come before any figure.

Dashboards, trends, exports and the command line all read releases through this module. It knows nothing of the
steps before publishing (STYLE: five locks on one door, lock 4) and of the contract only what CONTRACTS section 5 says.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import polars as pl

from flows.errors import KeyMissing, ReleaseInvalid
from flows.publish.contract import (
    CELLS_KEY,
    GROUPS_KEY,
    KINDS,
    LEVELS,
    MEASURES_KEY,
    RESPONSE_BANDS,
    STATUS_PUBLISHED,
    STATUS_SUPPRESSED,
    TABLES,
)
from flows.publish.manifest import (
    FLOOR_K,
    TABLE_FILES,
    Manifest,
    check_policy,
    check_version,
    hex_bytes,
    invalid,
    parse_json,
    parse_manifest,
)
from flows.publish.signers import Signers, Trust, is_signed, signers_beside, trusts

__all__ = [
    "Manifest",
    "RefusedRelease",
    "Release",
    "ReleaseShelf",
    "RetractedRelease",
    "list_manifests",
    "list_releases",
    "load_release",
    "read_public_key",
    "read_signers",
    "sort_releases",
]

T = TypeVar("T")
DIRECTIONS = ("higher_is_worse", "higher_is_better")
PHI_BASES = ("pooled", "default")
MIN_SHARE_N = 10
_REQUIRED_FILES = (*TABLE_FILES, "manifest.json", "manifest.sig")
_RETRACTION_FILES = ("retraction.json", "retraction.sig")
_KEYS = {"cells": CELLS_KEY, "groups": GROUPS_KEY, "measures": MEASURES_KEY}
_CLOSED_SETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cells": {"status": (STATUS_PUBLISHED, STATUS_SUPPRESSED)},
    "groups": {"level": LEVELS, "kind": KINDS, "response_band": RESPONSE_BANDS},
    "measures": {"tier": tuple(FLOOR_K), "direction": DIRECTIONS, "phi_basis": PHI_BASES},
}
_FIGURES = ("respondents_n", "score_mean", "mean_low", "mean_high", "at_risk_pct")


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """One verified release; the tables have the columns of `flows.publish.contract`.

    `is_signature_trusted` is true when the signing key is the one the caller trusts, false when the caller named none:
    the signature then only shows that the files belong together.
    """

    manifest: Manifest
    cells: pl.DataFrame
    groups: pl.DataFrame
    measures: pl.DataFrame
    is_signature_trusted: bool


@dataclass(frozen=True, slots=True)
class RefusedRelease:
    """A folder that is no valid release, and why, in one sentence."""

    wave_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class RetractedRelease:
    """A release that was withdrawn; `note` is the stated reason."""

    wave_id: str
    note: str
    is_signed: bool


@dataclass(frozen=True, slots=True)
class ReleaseShelf:
    """All folders under `released_dir`: shown in wave order, refused, retracted."""

    releases: tuple[Release, ...]
    refused: tuple[RefusedRelease, ...]
    retracted: tuple[RetractedRelease, ...]


def load_release(folder: Path, trusted: Trust) -> Release:
    """Read and verify one release folder.

    `trusted`: the raw 32 bytes of the workspace's key, its signers with earlier keys, or None to accept the key in the
    manifest.
    Raises ReleaseInvalid with one sentence for anything that differs from the contract; nothing is shown in part.
    Source: CONTRACTS section 5.
    """
    contents = _read_files(folder)
    manifest = _read_manifest(contents, folder, trusted)
    _check_checksums(manifest, contents, folder)
    tables = {name: _read_table(name, contents[f"{name}.parquet"], folder) for name in TABLES}
    _check_tables(manifest, tables, folder)
    return Release(manifest, tables["cells"], tables["groups"], tables["measures"], trusted is not None)


def _read_manifest(contents: Mapping[str, bytes], folder: Path, trusted: Trust) -> Manifest:
    """The manifest once version, signature and policy floors are checked."""
    manifest_bytes = contents["manifest.json"]
    raw = parse_json(manifest_bytes, folder, "manifest.json")
    check_version(raw, folder)
    manifest = parse_manifest(raw, folder)
    if not trusts(trusted, manifest.public_key, manifest_bytes):
        raise invalid(folder, "it is signed with a key other than this workspace's. Ask your data steward whose it is")
    if not is_signed(manifest_bytes, contents["manifest.sig"], manifest.public_key):
        raise invalid(folder, "the signature does not match manifest.json. Restore the release from a backup")
    check_policy(manifest, folder)
    return manifest


def list_releases(released_dir: Path, trusted: Trust) -> ReleaseShelf:
    """All releases under a folder, in wave order, with those refused and those retracted.

    Ordered by `closes_on` if every release has one, else by the natural order of `wave_id`, so that loading order
    never matters. Names that start with "." are half-written releases and are left alone. Raises nothing for a bad
    release: it is listed in `refused`, and the others stay.
    """
    releases, refused, retracted = sort_releases(
        released_dir,
        trusted,
        lambda folder: load_release(folder, trusted),
        lambda each: each.manifest,
    )
    return ReleaseShelf(releases, refused, retracted)


def sort_releases(
    released_dir: Path,
    trusted: Trust,
    load: Callable[[Path], T],
    manifest_of: Callable[[T], Manifest],
) -> tuple[tuple[T, ...], tuple[RefusedRelease, ...], tuple[RetractedRelease, ...]]:
    """What `load` makes of each release that stands, in wave order, with those refused and those retracted.

    `load` has to verify the folder by `load_release` and to raise ReleaseInvalid for what it refuses; it may keep less
    than the tables.
    """
    standing: list[T] = []
    refused: list[RefusedRelease] = []
    retracted: list[RetractedRelease] = []
    for folder in _folders(released_dir):
        if any((folder / name).exists() for name in _RETRACTION_FILES):
            retracted.append(_read_retraction(folder, trusted))
            continue
        try:
            found = load(folder)
            if manifest_of(found).wave_id != folder.name:
                raise invalid(folder, "the folder is not named after the wave in its manifest. Rename or remove it")
        except ReleaseInvalid as error:
            refused.append(RefusedRelease(folder.name, str(error)))
        else:
            standing.append(found)
    return _in_wave_order(standing, manifest_of), tuple(refused), tuple(retracted)


def list_manifests(released_dir: Path, trusted: Trust) -> tuple[Manifest, ...]:
    """Manifests of the releases that are neither retracted nor changed, in wave order: signature and checksums hold.

    For work over many large releases, of which no table is kept; `load_release` still judges what is in the tables.
    """
    found = []
    for folder in _folders(released_dir):
        if any((folder / name).exists() for name in _RETRACTION_FILES):
            continue
        try:
            contents = _read_files(folder)
            manifest = _read_manifest(contents, folder, trusted)
            _check_checksums(manifest, contents, folder)
        except ReleaseInvalid:
            continue
        if manifest.wave_id == folder.name:
            found.append(manifest)
    return _in_wave_order(found, lambda manifest: manifest)


def read_public_key(path: Path) -> bytes:
    """The raw 32-byte Ed25519 key in a file: 64 hex digits, or the 32 bytes themselves.

    Raises KeyMissing if the file is missing or holds something else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KeyMissing(f"{path.name}: the public key cannot be read. Restore it from a backup.") from error
    if len(content) == 32:
        return content
    key = hex_bytes(content.decode("ascii", errors="replace").strip(), 32)
    if key is None:
        raise KeyMissing(f"{path.name}: no Ed25519 public key found, expected 64 hex digits.")
    return key


def read_signers(path: Path) -> Signers:
    """The key in a file, and earlier ones that handed over to it beside it. Raises KeyMissing."""
    return signers_beside(path, read_public_key(path))


def _folders(released_dir: Path) -> list[Path]:
    """Release folders below a folder that may not exist yet, in natural order."""
    if not released_dir.is_dir():
        return []
    found = [path for path in released_dir.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return sorted(found, key=lambda path: _natural(path.name))


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which w9 comes before w10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return tuple((0, int(part), part) if part.isdigit() else (1, 0, part) for part in parts)


def _in_wave_order(things: list[T], manifest_of: Callable[[T], Manifest]) -> tuple[T, ...]:
    """Releases or manifests in the order of their waves.

    A mix of dated and undated waves has no order by date, so dates count only if all waves have one.
    """
    dated = all(manifest_of(thing).closes_on is not None for thing in things)

    def key(thing: T) -> tuple[date, tuple[tuple[int, int, str], ...]]:
        manifest = manifest_of(thing)
        closes_on = manifest.closes_on if dated else None
        return closes_on or date.min, _natural(manifest.wave_id)

    return tuple(sorted(things, key=key))


def _read_files(folder: Path) -> dict[str, bytes]:
    """Bytes of the contract's files, each read once, so that what is checked is what is used."""
    if not folder.is_dir():
        raise invalid(folder, "the folder is missing. Copy the whole release folder again")
    names = {path.name for path in folder.iterdir()}
    for name in _REQUIRED_FILES:
        if not (folder / name).is_file():
            raise invalid(folder, f"{name} is missing. Copy the whole release folder again")
    extra = sorted(names - {*_REQUIRED_FILES, *_RETRACTION_FILES})
    if extra:
        raise invalid(folder, f"the folder holds a file the contract does not know ({extra[0]}). Remove it")
    try:
        return {name: (folder / name).read_bytes() for name in _REQUIRED_FILES}
    except OSError as error:
        raise invalid(folder, "a file cannot be read. Check who may read the folder") from error


def _check_checksums(manifest: Manifest, contents: Mapping[str, bytes], folder: Path) -> None:
    for name in TABLE_FILES:
        if hashlib.sha256(contents[name]).hexdigest() != manifest.files[name]:
            raise invalid(folder, f"{name} differs from its checksum. Restore the release from a backup")


def _read_table(name: str, content: bytes, folder: Path) -> pl.DataFrame:
    """One table with exactly the contract's columns and types, in the contract's order."""
    try:
        table = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise invalid(folder, f"{name}.parquet cannot be read. Restore the release from a backup") from error
    expected = TABLES[name]
    for column in expected:
        if column not in table.columns:
            raise invalid(folder, f"{name}.parquet lacks the column {column}")
    for column, dtype in table.schema.items():
        if column not in expected:
            raise invalid(folder, f"{name}.parquet has a column the contract does not know ({column})")
        if dtype != expected[column]:
            raise invalid(folder, f"{name}.parquet: the column {column} has type {dtype}, not {expected[column]}")
    return table.select(list(expected))


def _check_tables(manifest: Manifest, tables: Mapping[str, pl.DataFrame], folder: Path) -> None:
    """Content that no honest writer makes; messages name rule and table, never a figure."""
    for name, table in tables.items():
        key = list(_KEYS[name])
        if table.select(pl.any_horizontal(pl.col(key).is_null()).any()).item() or _has_a_key_twice(table, key):
            raise invalid(folder, f"{name}.parquet has a key twice or none")
        if "wave_id" in table.columns and not (table["wave_id"] == manifest.wave_id).all():
            raise invalid(folder, f"{name}.parquet holds rows of another wave")
        for column, allowed in _CLOSED_SETS[name].items():
            if not table[column].drop_nulls().is_in(allowed).all():
                raise invalid(folder, f"{name}.parquet: the column {column} holds a word the contract does not know")
    roots = tables["groups"].filter(pl.col("parent_group_id").is_null() | (pl.col("level") == LEVELS[0]))
    if roots.height != 1:
        raise invalid(folder, "groups.parquet has no organisation, or more than one")
    for rule, is_broken in _broken_rules(manifest, tables).items():
        if is_broken:
            raise invalid(folder, rule)


def _has_a_key_twice(table: pl.DataFrame, key: Sequence[str]) -> bool:
    """Whether two rows share a key. Tables are written in its order, where neighbours tell it."""
    is_after: pl.Expr = pl.lit(False)
    for name in reversed(key):
        before, here = pl.col(name).shift(1), pl.col(name)
        is_after = (before < here) | ((before == here) & is_after)
    if table.height < 2 or table.select(is_after.slice(1).all()).item():
        return False
    return bool(table.select(key).is_duplicated().any())


def _broken_rules(manifest: Manifest, tables: Mapping[str, pl.DataFrame]) -> dict[str, bool]:
    """Sentence of each content rule of the cells, with whether some row breaks it."""
    tiers = dict(tables["measures"].select("measure_id", "tier").iter_rows())
    tier_of = pl.col("measure_id").replace_strict(tiers, default=None, return_dtype=pl.String())
    is_named = pl.col("group_id").is_in(tables["groups"]["group_id"].implode())
    cells = tables["cells"].lazy().with_columns(tier_of.alias("tier"))
    is_shown = pl.col("status").eq_missing(STATUS_PUBLISHED)
    least = pl.col("tier").replace_strict(dict(manifest.k), default=None, return_dtype=pl.Int64)
    has_figure = pl.any_horizontal(pl.col(_FIGURES).is_not_null())
    scores = ("score_mean", "mean_low", "mean_high", "at_risk_pct")
    rules = {
        "cells.parquet names a group or measure without a row of its own": pl.col("tier").is_null() | is_named.not_(),
        "cells.parquet has a hidden cell that carries a figure": ~is_shown & has_figure,
        "cells.parquet has a shown cell with fewer people than its policy allows": is_shown
        & (pl.col("respondents_n").is_null() | (pl.col("respondents_n") < least)),
        "cells.parquet has a share for fewer than ten people": pl.col("at_risk_pct").is_not_null()
        & (pl.col("respondents_n") < MIN_SHARE_N),
        "cells.parquet has a mean for a measure that is released as a share": (pl.col("tier") == "guarded")
        & pl.col("score_mean").is_not_null(),
        "cells.parquet has a figure outside 0 to 100": pl.any_horizontal(
            ~pl.col(name).is_between(0, 100) for name in scores
        ).fill_null(False),
        "cells.parquet has an interval at a bound": pl.col("is_mean_bounded")
        & (pl.col("mean_low").is_not_null() | pl.col("mean_high").is_not_null()),
    }
    found = cells.select(broken.fill_null(False).any().alias(rule) for rule, broken in rules.items()).collect()
    return {rule: bool(is_broken) for rule, is_broken in found.row(0, named=True).items()}


def _read_retraction(folder: Path, trusted: Trust) -> RetractedRelease:
    """The note of a withdrawn release; one that is unsigned or unreadable hides the release all the same."""
    try:
        content = (folder / "retraction.json").read_bytes()
        raw = parse_json(content, folder, "retraction.json")
    except (OSError, ReleaseInvalid):
        return RetractedRelease(folder.name, "The note cannot be read.", False)
    reason = raw.get("reason")
    note = reason if isinstance(reason, str) else ""
    belongs_here = raw.get("wave_id") == folder.name and raw.get("release_id") == folder.name
    try:
        signature = (folder / "retraction.sig").read_bytes()
        trusted = trusted or _manifest_key(folder)
    except (OSError, ReleaseInvalid):
        return RetractedRelease(folder.name, note, False)
    if isinstance(trusted, Signers):
        is_good = trusted.has_signed(content, signature)
    else:
        is_good = trusted is not None and is_signed(content, signature, trusted)
    return RetractedRelease(folder.name, note, belongs_here and is_good)


def _manifest_key(folder: Path) -> bytes | None:
    """The key a release names for itself, used only when the caller trusts none."""
    raw = parse_json((folder / "manifest.json").read_bytes(), folder, "manifest.json")
    return hex_bytes(raw.get("public_key"), 32)
