"""Large tables of released figures outside memory: in a file without a name, which goes with the process."""

from __future__ import annotations

import mmap
import tempfile
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

LARGE_BYTES = 4_000_000


def room(shape: tuple[int, ...], record: np.dtype[Any]) -> npt.NDArray[Any]:
    """An empty table of zeros; from four megabytes on the system may put it aside, and only this process can open it.

    Raises OSError where the folder of temporary files is full.
    """
    if int(np.prod(shape)) * record.itemsize < LARGE_BYTES:
        return np.zeros(shape, record)
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, record, "w+", shape=shape)


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
