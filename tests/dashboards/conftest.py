"""Pages under test are in local mode, which opens on a loopback address only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit import config


@pytest.fixture(autouse=True, scope="session")
def local_address() -> Iterator[None]:
    """The address that `quorum show` serves at."""
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    yield
    config.set_option("server.address", before)
