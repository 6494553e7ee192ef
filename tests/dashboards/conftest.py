"""Pages under test are in local mode, which opens on a loopback address only; one shelf of releases a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config

from tests.release_builder import PUBLIC_KEY, evil_units, write_shelf


@pytest.fixture(autouse=True, scope="session")
def local_address() -> Iterator[None]:
    """The address that `quorum show` serves at."""
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    yield
    config.set_option("server.address", before)


@pytest.fixture(scope="module")
def northfield(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with seven waves, a corrupted and a retracted one, and a team whose name is markup."""
    folder = tmp_path_factory.mktemp("northfield")
    write_shelf(folder / "released", evil_units())
    (folder / "release.pub").write_text(PUBLIC_KEY.hex())
    return folder


@pytest.fixture
def _empty_cache() -> Iterator[None]:
    """Nothing remembered before or after the test."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()
