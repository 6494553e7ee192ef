"""The house keeps its shape: who names folders, who opens stores, what nobody may be called."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("surveys", "flows", "dashboards") for path in (ROOT / folder).rglob("*.py"))


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def joined_folders(path: Path) -> set[str]:
    """Names that a module joins to a path with `/`."""
    tree = ast.parse(path.read_text("utf-8"))
    joins = [node.right for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)]
    return {right.value for right in joins if isinstance(right, ast.Constant) and isinstance(right.value, str)}


def test_only_zones_names_the_folders_of_the_zones() -> None:
    folders = {"data", "restricted", "released", "derived", "reports", "keys", "log", "plans"}
    named = {relative(path) for path in SOURCES if joined_folders(path) & folders}
    assert named <= {"flows/zones.py"}, named


def test_only_zones_connects_to_a_database_file() -> None:
    connecting = {
        relative(path) for path in SOURCES if re.search(r"duckdb\.connect\(|\battach\b '", path.read_text("utf-8"))
    }
    assert connecting == {"flows/zones.py"}


@pytest.mark.parametrize("name", ["utils", "util", "helpers", "helper", "common", "misc", "base"])
def test_no_module_has_a_vague_name(name: str) -> None:
    assert not [relative(path) for path in SOURCES if path.stem == name or path.parent.name == name]


def test_guards_are_exceptions_not_asserts() -> None:
    guarded_by_assert = {
        relative(path)
        for path in SOURCES
        if any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    }
    assert not guarded_by_assert


def test_packages_of_the_flow_import_nothing_in_their_init() -> None:
    noisy = {
        relative(path)
        for path in SOURCES
        if path.name == "__init__.py"
        and any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.parse(path.read_text("utf-8")).body)
    }
    assert not noisy


def test_queries_list_their_columns() -> None:
    starred = [
        relative(path)
        for path in sorted((ROOT / "flows").rglob("*.sql"))
        if re.search(r"select\s+\*", path.read_text("utf-8"), re.IGNORECASE)
    ]
    assert not starred


def test_every_query_says_its_grain_in_its_first_line() -> None:
    silent = [
        relative(path)
        for path in sorted((ROOT / "flows").rglob("*.sql"))
        if not re.match(r"-- \w+: one row per ", path.read_text("utf-8"))
    ]
    assert not silent
