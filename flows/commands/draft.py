"""`quorum map`: draft the column map of an export, and own questions as an instrument."""

from __future__ import annotations

from pathlib import Path

from flows.collect.draft_map import draft_map
from flows.collect.draft_report import render_map_report
from flows.collect.recognise import open_export
from flows.collect.redcap_dictionary import read_dictionary, with_dictionary
from flows.errors import ExportRefused
from flows.settings import read_settings
from flows.units import read_units
from flows.workbench import catalogue_of
from flows.zones import Zones, memory_store, write_atomically


def draft_column_map(root: Path, file: Path, dictionary: Path | None = None) -> list[str]:
    """Write maps/<file>.yaml, and instruments/own.yaml where the file asks own questions. Overwrites neither."""
    zones = Zones(root.resolve()).require()
    settings, catalogue, units = read_settings(zones.settings_file), catalogue_of(zones), read_units(zones.units_file)
    target = zones.maps / f"{file.stem}.yaml"
    if target.exists():
        raise ExportRefused(
            f"maps/{target.name} exists and may hold your decisions. Edit it, or move it away and draft again. "
            "Nothing was changed."
        )
    family = next(iter(settings.breakdowns), None)
    breakdown = (family.id, family.values) if family else None
    with memory_store() as con:
        raw = open_export(con, file)
        if dictionary is not None:
            raw = with_dictionary(raw, read_dictionary(dictionary.expanduser()))
        if raw.tool == "tidy":
            return [f"{file.name} is a tidy file: it needs no map.", f"Next: quorum check {file}"]
        named = [(unit.unit_id, unit.unit_name) for unit in units.units]
        draft = draft_map(raw, catalogue, named, breakdown)
        lines = render_map_report(draft).splitlines()
    write_atomically(target, draft.map_yaml.encode())
    wrote = f"Wrote maps/{target.name}"
    own = zones.instruments / "own.yaml"
    if draft.own_yaml is not None and not own.exists():
        write_atomically(own, draft.own_yaml.encode())
        wrote += " and instruments/own.yaml"
    elif draft.own_yaml is not None:
        write_atomically(zones.instruments / "own.yaml.draft", draft.own_yaml.encode())
        wrote += " and instruments/own.yaml.draft (own.yaml exists and was left alone: merge what you want)"
    confirm_n = draft.map_yaml.count("CONFIRM")
    advice = (
        f"Open it, settle the {confirm_n} line{'s' if confirm_n != 1 else ''} marked CONFIRM, then  quorum check {file}"
        if confirm_n
        else f"Read it once, then  quorum check {file}"
    )
    return [*lines, f"{wrote}. The map is found again by its columns. {advice}"]
