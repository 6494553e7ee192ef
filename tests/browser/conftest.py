"""One browser for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.app_server import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, closed after the last test of the file."""
    with chromium() as found:
        yield found
