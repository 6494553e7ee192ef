"""Run inside a watched process of its own: real commands with the real flow, one after the other, in one Prefect.

`python -m tests.integration.flow_driver COMMANDS RESULT`: COMMANDS is JSON, a list of argument lists; one that begins
with "sabotaged" runs with a scoring that fails and says answers in its error. RESULT gets what each ended with.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any
from unittest import mock

from flows.cli import main
from tests.integration.canaries import TEXTS


def _fail(*_arguments: object, **_keywords: object) -> None:
    raise ValueError(f"could not convert {', '.join(TEXTS)}")


def _run(arguments: list[str]) -> dict[str, Any]:
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.ExitStack() as stack:
        if arguments[0] == "sabotaged":
            arguments = arguments[1:]
            stack.enter_context(mock.patch("flows.steps.score", _fail))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        try:
            main(arguments)
        except SystemExit as ending:
            code = int(ending.code or 0)
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    commands = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    Path(sys.argv[2]).write_text(json.dumps([_run(command) for command in commands]), "utf-8")
