"""Figures of others to set beside one's own, with what makes them another thing (surveys/benchmarks.yaml).

Orientation only: no benchmark enters a score, a cut-off or a colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from surveys.entry import Entry
from surveys.strict_yaml import read_plain

_FILE = "benchmarks.yaml"
_KEYS = ("measures", "group", "value", "same_question", "note", "source")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One figure or row of figures. `is_same_question`: asked in the same words, so the numbers may be compared."""

    measure_ids: tuple[str, ...]
    group: Mapping[str, str]
    value: Mapping[str, str]
    is_same_question: bool
    note: Mapping[str, str]
    source: str


@cache
def benchmarks() -> tuple[Benchmark, ...]:
    """All benchmarks in the order of the file. Raises InstrumentFileError where the file is wrong."""
    text = resources.files("surveys").joinpath(_FILE).read_text(encoding="utf-8")
    return tuple(_benchmark(element) for element in Entry(f"surveys/{_FILE}", "", read_plain(text, _FILE)).elements())


def benchmarks_of(measure_id: str) -> tuple[Benchmark, ...]:
    """The benchmarks of one measure."""
    return tuple(each for each in benchmarks() if measure_id in each.measure_ids)


def _benchmark(entry: Entry) -> Benchmark:
    section = entry.section(_KEYS)
    return Benchmark(
        measure_ids=tuple(element.identifier() for element in section.need("measures").elements()),
        group=section.need("group").translations(),
        value=section.need("value").translations(),
        is_same_question=section.need("same_question").flag(),
        note=section.need("note").translations(),
        source=section.need("source").text(),
    )
