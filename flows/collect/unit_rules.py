"""Rules that mend quarantined rows: which unit a label of the file means, in one wave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from duckdb import CaseExpression, ConstantExpression, Expression

from flows.collect.column_map import TextLoader
from flows.errors import ExportRefused

__all__ = ["NO_RULES", "UnitRules", "load_unit_rules", "rules_of"]

_KEYS = ("units", "missing_unit")


@dataclass(frozen=True, slots=True)
class UnitRules:
    """units: label as `quorum check` shows it -> unit id. missing_unit: the unit of rows without any, or empty."""

    units: Mapping[str, str] = field(default_factory=dict)
    missing_unit: str = ""

    def applied(self, unit: Expression) -> Expression:
        """The unit after the rules."""
        result = unit
        for label, unit_id in self.units.items():
            result = CaseExpression(unit == ConstantExpression(label), ConstantExpression(unit_id)).otherwise(result)
        if self.missing_unit:
            result = CaseExpression(unit.isnull(), ConstantExpression(self.missing_unit)).otherwise(result)
        return result


NO_RULES = UnitRules()


def load_unit_rules(path: Path, unit_ids: frozenset[str]) -> UnitRules:
    """The rules in a file. Raises ExportRefused for a broken file, an unknown key, or a unit that does not exist."""
    try:
        raw: Any = TextLoader(path.read_text("utf-8-sig")).get_single_data()
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise ExportRefused(f"{path.name}: no rules can be read ({type(error).__name__}). {_FORM}") from None
    if not isinstance(raw, dict) or not raw:
        raise ExportRefused(f"{path.name}: no rules. {_FORM}")
    for key in raw:
        if key not in _KEYS:
            raise ExportRefused(f'{path.name}: unknown key "{key}". Known: {", ".join(_KEYS)}.')
    units, missing = raw.get("units") or {}, raw.get("missing_unit") or ""
    is_table = isinstance(units, dict) and all(isinstance(unit_id, str) for unit_id in units.values())
    if not is_table or not isinstance(missing, str):
        raise ExportRefused(f"{path.name}: no rules can be read. {_FORM}")
    for unit_id in (*units.values(), *([missing] if missing else [])):
        if unit_id not in unit_ids:
            near = get_close_matches(unit_id, unit_ids, n=1, cutoff=0.0)
            raise ExportRefused(f'{path.name}: "{unit_id}" is no unit. Nearest: {near[0] if near else "none"}.')
    for label in units:
        if label in unit_ids:
            raise ExportRefused(f'{path.name}: "{label}" is a unit itself; a rule mends labels that are none.')
    return UnitRules(units, missing)


_FORM = 'Write  units: { "label in the file": unit_id }  and, for rows without a unit,  missing_unit: unit_id'


def rules_of(path: Path, unit_ids: frozenset[str]) -> UnitRules:
    """The rules of a wave; none where there is no file."""
    return load_unit_rules(path, unit_ids) if path.exists() else NO_RULES
