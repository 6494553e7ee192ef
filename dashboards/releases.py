"""Releases for the pages: verified once per state of the folder, so that a new release appears without a restart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboards.waves import Wave, build_wave
from flows.publish.read import RefusedRelease, RetractedRelease, list_releases, read_public_key

FolderState = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """What `quorum show` hands over; read from the environment once, in app.py."""

    released_dir: Path
    public_key_file: Path | None
    is_demo: bool


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


def load_shelf(settings: Settings) -> Shelf:
    """All waves of the workspace; raises KeyMissing if the named public key cannot be read."""
    key = None if settings.public_key_file is None else read_public_key(settings.public_key_file)
    return _load_shelf(str(settings.released_dir), key, _folder_state(settings.released_dir))


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


@st.cache_resource(max_entries=2, show_spinner=False)
def _load_shelf(released_dir: str, trusted_public_key: bytes | None, state: FolderState) -> Shelf:
    """The shelf for one state of the folder; `state` is part of the key, and empty where there is no folder."""
    if not state:
        return Shelf((), (), ())
    shelf = list_releases(Path(released_dir), trusted_public_key)
    return Shelf(tuple(build_wave(release) for release in shelf.releases), shelf.refused, shelf.retracted)
