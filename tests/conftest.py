"""Fixtures that are too dear to make twice in a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.real_flow import RealFlow


@pytest.fixture(scope="session")
def real_flow(tmp_path_factory: pytest.TempPathFactory) -> RealFlow:
    """What `quorum run` with Prefect left behind, run once for all tests (half a minute)."""
    from tests.integration.real_flow import run_real_flow

    return run_real_flow(tmp_path_factory.mktemp("real_flow"))
