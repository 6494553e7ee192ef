"""A small sample of the fuzzer of readers: no crash, and no row lost (`python -m tests.fuzz.readers` takes many)."""

from __future__ import annotations

import pytest

from tests.fuzz.readers import run
from tests.fuzz.seeds import SEEDS


@pytest.mark.parametrize("reader", sorted(SEEDS))
def test_a_reader_neither_crashes_nor_loses_a_row(reader: str) -> None:
    done, found = run([reader], 20, 60.0)
    assert (done[reader], found) == (20, [])
