"""Large tables of released figures outside memory: in a file without a name, which goes with the process."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

LARGE_BYTES = 4_000_000


def filled(shape: tuple[int, ...], record: np.dtype[Any], fill: Callable[[npt.NDArray[Any]], None]) -> npt.NDArray[Any]:
    """A table of zeros as `fill` leaves it; from four megabytes on in such a file, which only this process can open.

    Raises OSError where the folder of temporary files is full.
    """
    size = int(np.prod(shape)) * record.itemsize
    if size < LARGE_BYTES:
        table = np.zeros(shape, record)
        fill(table)
        return table
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        mapped = mmap.mmap(file.fileno(), size)
    table = np.frombuffer(mapped, record).reshape(shape)
    fill(table)
    mapped.flush()
    mapped.madvise(mmap.MADV_DONTNEED)  # read from the file again where it is asked for
    return table


def set_aside(table: pl.DataFrame) -> pl.DataFrame:
    """The same table; a large one is read from such a file instead of memory."""
    if table.estimated_size() < LARGE_BYTES:
        return table
    with tempfile.TemporaryFile() as file:
        content = table.to_arrow(compat_level=pl.CompatLevel.newest())
        with pa.ipc.new_file(file, content.schema) as writer:
            writer.write_table(content)
        file.flush()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return pl.DataFrame(pa.ipc.open_file(pa.py_buffer(mapped)).read_all())
