"""The catalogue: the shipped instrument files and those of a workspace, checked against each other."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path

from surveys.file_error import InstrumentFileError
from surveys.instrument import Catalogue, Instrument, Item
from surveys.instrument_file import parse_instrument
from surveys.strict_yaml import MAX_BYTES
from surveys.wording_file import Wording, read_wording, with_wording

__all__ = ["InstrumentFileError", "load_catalogue", "parse_instrument"]

_SHIPPED_PACKAGE = "surveys.instruments"
_SHIPPED_FOLDER = "surveys/instruments"


def load_catalogue(own_dir: Path | None = None) -> Catalogue:
    """All shipped instruments, then those of `own_dir` (may be missing), each sorted by file name.

    Files of `own_dir` that supply wording for shipped instruments put it in.
    Raises InstrumentFileError for the first file that is wrong or contradicts another.
    """
    shipped = _shipped()
    if own_dir is None or not own_dir.is_dir():
        return Catalogue(tuple(instrument for _, instrument in shipped))
    own, wordings = _read_own(own_dir)
    _check_own_ids(shipped, own)
    _check_together((*shipped, *own))
    instruments = tuple(instrument for _, instrument in (*shipped, *own))
    for wording in wordings:
        instruments = with_wording(instruments, wording)
    return Catalogue(instruments)


@cache
def _shipped() -> tuple[tuple[str, Instrument], ...]:
    """File and instrument; parsed once, since shipped files cannot change while a process runs."""
    found: list[tuple[str, Instrument]] = []
    for resource in sorted(resources.files(_SHIPPED_PACKAGE).iterdir(), key=lambda entry: entry.name):
        if not resource.name.endswith(".yaml"):
            continue
        where = f"{_SHIPPED_FOLDER}/{resource.name}"
        instrument = parse_instrument(_decoded(resource.read_bytes(), where), where, is_own=False)
        expected = f"{instrument.id}.v{instrument.version}.yaml"
        if resource.name != expected:
            raise InstrumentFileError(where, "id", "the file name does not fit id and version", f"Name it {expected}.")
        found.append((where, instrument))
    _check_together(found)
    return tuple(found)


def _read_own(own_dir: Path) -> tuple[list[tuple[str, Instrument]], list[Wording]]:
    own, wordings = [], []
    for path in sorted(own_dir.iterdir()):
        where = f"{own_dir.name}/{path.name}"
        if path.suffix.lower() in {".yml", ".yaml"} and path.suffix != ".yaml":
            raise InstrumentFileError(where, "", "only files ending in .yaml are read", "Rename it to end in .yaml.")
        if path.suffix == ".yaml":
            text = _decoded(_own_bytes(path, where), where)
            if wording := read_wording(text, where):
                wordings.append(wording)
            else:
                own.append((where, parse_instrument(text, where, is_own=True)))
    return own, wordings


def _own_bytes(path: Path, where: str) -> bytes:
    """The bytes of a file, at most one more than are allowed."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise InstrumentFileError(where, "", problem, "Make it a readable file, or remove it.") from None


def _decoded(data: bytes, where: str) -> str:
    if len(data) > MAX_BYTES:
        raise InstrumentFileError(where, "", "larger than 1 MiB", "Split it into several instruments.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InstrumentFileError(where, "", "the file is not UTF-8", "Save it as UTF-8.") from None


def _check_own_ids(shipped: Iterable[tuple[str, Instrument]], own: Iterable[tuple[str, Instrument]]) -> None:
    """An own file must not change what a shipped id means, for people compare figures across places."""
    taken = {row_id for _, instrument in shipped for _, row_id in _ids(instrument)}
    for where, instrument in own:
        for key_path, row_id in _ids(instrument):
            if row_id in taken:
                problem = f"`{row_id}` is the id of a shipped item or measure"
                raise InstrumentFileError(where, key_path, problem, "Choose another id.")


def _ids(instrument: Instrument) -> Iterable[tuple[str, str]]:
    """Key path and id of every item and measure."""
    for place, item in enumerate(instrument.items):
        yield f"items.{place}.id", item.id
    for place, measure in enumerate(instrument.measures):
        yield f"measures.{place}.id", measure.id


def _check_together(found: Iterable[tuple[str, Instrument]]) -> None:
    """Instrument and measure ids are there once; a shared item is the same in both files."""
    instruments: dict[str, str] = {}
    measures: dict[str, str] = {}
    items: dict[str, tuple[str, Item]] = {}
    for where, instrument in found:
        _claim(instruments, instrument.id, where, "id", "instrument")
        for place, measure in enumerate(instrument.measures):
            _claim(measures, measure.id, where, f"measures.{place}.id", "measure")
        for place, item in enumerate(instrument.items):
            first, same = items.setdefault(item.id, (where, item))
            if same != item:
                problem = f"the item `{item.id}` differs from the one in {first}"
                advice = "Use the same text, answers and reverse_keyed, or another id."
                raise InstrumentFileError(where, f"items.{place}", problem, advice)


def _claim(taken: dict[str, str], name: str, where: str, key_path: str, what: str) -> None:
    first = taken.setdefault(name, where)
    if first != where:
        problem = f"the {what} `{name}` is there already, in {first}"
        raise InstrumentFileError(where, key_path, problem, "Choose another id, or remove one of the files.")
