"""Releases for the pages: verified once per state of the folder, so that a new release appears without a restart."""

from __future__ import annotations

import gc
import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import streamlit as st

from dashboards.access import Access, Scope, scoped_wave
from dashboards.waves import Wave, build_wave
from flows.publish.read import RefusedRelease, RetractedRelease, load_release, read_signers, sort_releases
from flows.publish.signers import Trust

FolderState = tuple[tuple[str, int, int, int], ...]
EMPTY = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What `quorum show` hands over; read from the environment once, in app.py."""

    released_dir: Path
    public_key_file: Path | None
    is_demo: bool
    access: Access | None = field(default_factory=Access)
    derived_dir: Path | None = None
    actions_file: Path | None = None
    reports_dir: Path | None = None
    board_measures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Waves in order, and what is not among them."""

    waves: tuple[Wave, ...]
    refused: tuple[RefusedRelease, ...]
    retracted: tuple[RetractedRelease, ...]

    @property
    def latest(self) -> Wave | None:
        """The last wave, None before the first release."""
        return self.waves[-1] if self.waves else None


def load_shelf(settings: Settings, scope: Scope) -> Shelf:
    """All waves of the workspace as far as a scope sees them.

    The one door for pages: every figure, name and choice on them comes from this shelf. Raises KeyMissing if the named
    public key cannot be read.
    """
    key = None if settings.public_key_file is None else read_signers(settings.public_key_file)
    state = _digest(_folder_state(settings.released_dir))
    shelf = _load_shelf(str(settings.released_dir), key, state)
    return shelf if scope.sees_all else _scoped_shelf(shelf, state, scope)


@st.cache_resource(
    max_entries=64, show_spinner=False, hash_funcs={Scope: lambda scope: (scope.role, sorted(scope.unit_ids))}
)
def _scoped_shelf(_shelf: Shelf, state: str, scope: Scope) -> Shelf:  # noqa: ARG001 - part of the key
    """The shelf with the groups of one scope; people with the same units share it."""
    return replace(_shelf, waves=tuple(scoped_wave(wave, scope) for wave in _shelf.waves))


def _folder_state(released_dir: Path) -> FolderState:
    """Path, size and times of every file; the change time cannot be set back by copying."""
    if not released_dir.is_dir():
        return ()
    found = []
    for path in sorted(released_dir.rglob("*")):
        try:
            stat = path.stat()
        except OSError:  # a staging folder may vanish while it is listed
            continue
        found.append((str(path), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    return tuple(found)


def _digest(state: FolderState) -> str:
    """The state as one short key, as it is asked for at every run of every page; EMPTY where there is no folder."""
    return hashlib.sha256(repr(state).encode()).hexdigest() if state else EMPTY


@st.cache_resource(max_entries=2, show_spinner=False)
def _load_shelf(released_dir: str, trusted: Trust, state: str) -> Shelf:
    """The shelf for one state of the folder; `state` is part of the key, and EMPTY where there is no folder.

    Only releases whose files are new or have changed are verified again: a new wave does not cost all older ones.
    """
    if not state:
        return Shelf((), (), ())
    before, kept = _verified(), {}

    def load(folder: Path) -> Wave:
        key = (str(folder), trusted, _folder_state(folder))
        kept[key] = before[key] if key in before else build_wave(load_release(folder, trusted))
        return kept[key]

    waves, refused, retracted = sort_releases(Path(released_dir), trusted, load, lambda wave: wave.manifest)
    before.clear()
    before.update(kept)
    if waves:
        waves[-1].lay_out()
    _set_apart()
    return Shelf(waves, refused, retracted)


def _set_apart() -> None:
    """Keep what lasts out of the search for garbage.

    Streamlit searches the whole memory after every run of a page; with modules and a hundred thousand groups in it
    that costs more than the page. Nothing that is set apart forms cycles, so it still goes when nobody holds it.
    """
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def _verified() -> dict[tuple[str, Trust, FolderState], Wave]:
    """The waves of the shelf loaded last, by path, key and state of their files."""
    return {}
