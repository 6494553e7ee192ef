"""A retry happens only where it can help."""

from __future__ import annotations

import asyncio
import errno

import pytest
from prefect.states import exception_to_failed_state

from flows.errors import ExportRefused, QuorumError
from flows.pulse_wave import _is_transient
from flows.steps import TransientFault, guarded


def would_retry(error: Exception) -> bool:
    async def ask() -> bool:
        return await _is_transient(None, None, await exception_to_failed_state(error))  # type: ignore[arg-type]

    return asyncio.run(ask())


def test_a_share_that_dropped_is_tried_again() -> None:
    assert would_retry(TransientFault("the disk answered ESTALE"))


def test_a_refused_file_is_not_tried_again() -> None:
    assert not would_retry(ExportRefused("not UTF-8"))


@pytest.mark.parametrize(
    ("code", "kind"), [(errno.ESTALE, "TransientFault"), (errno.EIO, "TransientFault"), (errno.EROFS, "WorkspaceError")]
)
def test_errors_of_the_disk_are_told_apart(code: int, kind: str) -> None:
    @guarded
    def step() -> None:
        raise OSError(code, "secret detail")

    with pytest.raises(QuorumError) as caught:
        step()
    assert (type(caught.value).__name__, "secret" in str(caught.value)) == (kind, False)


def test_an_unforeseen_error_is_named_by_its_type_only() -> None:
    @guarded
    def step() -> None:
        raise ValueError("could not convert 'my answer'")

    with pytest.raises(QuorumError) as caught:
        step()
    assert "my answer" not in str(caught.value)
    assert caught.value.__suppress_context__
