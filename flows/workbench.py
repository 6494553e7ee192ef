"""Everything that the steps of one wave need, read once: zones, settings, instruments, units, policy, keys."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from flows.ballots.take_in import is_ballot_wave, opener_of
from flows.collect.collect import SourceFile
from flows.collect.sealed import unsealed
from flows.errors import InstrumentError, KeyMissing, UsageError, WorkspaceError
from flows.keys import wave_key
from flows.plan import WavePlan, draft_plan, frozen_plan, taken_up
from flows.plan_waves import check_as_saved
from flows.protect.policy import DisclosurePolicy, policy_from
from flows.settings import ApiSource, Settings, Wave, read_settings
from flows.units import read_units
from flows.wave_positions import family_of
from flows.zones import Zones, check_wave_id, open_store, write_out
from surveys.instrument import Catalogue
from surveys.load import InstrumentFileError, load_catalogue

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Workbench:
    """One wave of one workspace. `plan` is the one that a run has fixed, or the one that a first run would fix."""

    zones: Zones
    settings: Settings
    catalogue: Catalogue
    wave: Wave
    plan: WavePlan
    is_frozen: bool

    @property
    def wave_id(self) -> str:
        """The wave."""
        return self.wave.wave_id

    @contextmanager
    def store(self) -> Iterator[DuckDBPyConnection]:
        """The wave's encrypted store, as collect left it."""
        path = self.zones.wave_store(self.wave_id)
        if not path.exists():
            raise WorkspaceError(f"wave {self.wave_id} holds no answers yet. Run it from its export.")
        key = wave_key(self.zones, self.settings.key_store, self.wave_id, may_make=False)
        with open_store(path, key, self.zones.spill) as con:
            yield con

    def released_elsewhere(self) -> Iterator[Workbench]:
        """The other released waves of this workspace whose answers can still be opened."""
        for path in sorted(self.zones.wave_store(self.wave_id).parent.glob("*.duckdb")):
            if path.stem != self.wave_id and self.zones.release(path.stem).exists():
                other = replace(self, wave=self.settings.wave(path.stem))
                try:
                    wave_key(self.zones, self.settings.key_store, path.stem, may_make=False)
                except KeyMissing:
                    continue
                yield other

    @contextmanager
    def new_store(self) -> Iterator[DuckDBPyConnection]:
        """An empty store that replaces the wave's old one when the block ends well, and leaves no trace when not."""
        path = self.zones.wave_store(self.wave_id)
        # A key that is missing while answers lie under it must be put back, not replaced.
        key = wave_key(self.zones, self.settings.key_store, self.wave_id, may_make=not path.exists())
        partial = path.with_suffix(".partial")
        _remove_store(partial)
        try:
            with open_store(partial, key, self.zones.spill) as con:
                yield con
                write_out(con)
        except BaseException:
            _remove_store(partial)
            raise
        Path(f"{path}.wal").unlink(missing_ok=True)
        os.replace(partial, path)


def _remove_store(path: Path) -> None:
    for name in (path, Path(f"{path}.wal")):
        name.unlink(missing_ok=True)


def policy_of(settings: Settings) -> DisclosurePolicy:
    """The policy that the settings ask for. Raises PolicyTooWeak."""
    return policy_from(settings.preset, settings.raised_k)


def catalogue_of(zones: Zones) -> Catalogue:
    """Shipped and own instruments. Raises InstrumentError."""
    try:
        return load_catalogue(zones.instruments)
    except InstrumentFileError as error:
        raise InstrumentError(str(error)) from None


def open_workbench(root: Path, wave_id: str) -> Workbench:
    """Read all that rules a wave. Raises the error of whatever is wrong first."""
    zones = Zones(root.resolve()).require()
    settings = read_settings(zones.settings_file)
    catalogue = catalogue_of(zones)
    wave = settings.wave(check_wave_id(wave_id))
    plan = frozen_plan(zones, wave_id)
    if plan is not None and not plan.is_fixed:
        check_as_saved(zones, plan)
        plan = taken_up(plan, wave.opens_on, catalogue)
    if plan is not None:
        return Workbench(zones, settings, catalogue, wave, plan, is_frozen=plan.is_fixed)
    units = read_units(zones.units_file_of(wave_id))
    plan = draft_plan(wave_id, policy_of(settings), units, catalogue, family_of(settings, wave_id))
    return Workbench(zones, settings, catalogue, wave, plan, is_frozen=False)


def sources_of(bench: Workbench, files: Sequence[str]) -> tuple[SourceFile, ...]:
    """The files named, or else the sealed answers of the staff page, or else those that the settings name.

    Raises UsageError where there are none, or where files are named for a wave of the staff page.
    """
    if is_ballot_wave(bench.zones, bench.wave_id):
        if files and [Path(name).resolve() for name in files] != [bench.zones.inbox_file(bench.wave_id, "mixed")]:
            raise UsageError(
                f"wave {bench.wave_id} was answered on the staff page, and that is its whole input. "
                f"Run it without files:  quorum run --wave {bench.wave_id}"
            )
        opener = opener_of(bench.zones, bench.wave_id)
        return (SourceFile(bench.zones.inbox_file(bench.wave_id, "mixed"), opener=opener),)
    if files:
        return tuple(SourceFile(Path(name).expanduser()) for name in files)
    configured = tuple(
        SourceFile(source.path, source.map) for source in bench.settings.sources if source.wave_id == bench.wave_id
    )
    if not configured and not api_sources_of(bench, files):
        raise UsageError(
            f"no files named for wave {bench.wave_id}, and quorum.toml has no [[sources]] for it. "
            f"Name them: quorum run --wave {bench.wave_id} FILE …"
        )
    return configured


def api_sources_of(bench: Workbench, files: Sequence[str]) -> tuple[ApiSource, ...]:
    """The surveys that are pulled for this wave: none where files are named."""
    if files or is_ballot_wave(bench.zones, bench.wave_id):
        return ()
    return tuple(source for source in bench.settings.api_sources if source.wave_id == bench.wave_id)


@contextmanager
def sources_at_hand(bench: Workbench, files: Sequence[str]) -> Iterator[tuple[SourceFile, ...]]:
    """All sources of the wave as files: those that were pulled are opened in memory, and gone after the block."""
    pulled = api_sources_of(bench, files)
    if not pulled:
        yield sources_of(bench, files)
        return
    key = wave_key(bench.zones, bench.settings.key_store, bench.wave_id, may_make=False)
    with ExitStack() as stack:
        opened = [
            SourceFile(stack.enter_context(unsealed(bench.zones, bench.wave_id, number, source.kind, key)), source.map)
            for number, source in enumerate(pulled, start=1)
        ]
        yield (*sources_of(bench, files), *opened)


@contextmanager
def only_run(zones: Zones) -> Iterator[None]:
    """Hold the workspace for one run. Raises WorkspaceError where another run holds it."""
    zones.restricted.mkdir(mode=0o700, parents=True, exist_ok=True)
    with zones.lock_file.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WorkspaceError(
                "another run is working in this workspace. Wait until it ends, then try again."
            ) from None
        yield
