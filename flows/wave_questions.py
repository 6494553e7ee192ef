"""What a wave asks: the battery of its plan, or the one that its turn or its settings give it."""

from __future__ import annotations

from flows.commands.calendar import battery_of
from flows.errors import InstrumentError
from flows.workbench import Workbench


def questions_of(bench: Workbench) -> tuple[str, ...]:
    """Item ids in the order in which they are asked. Raises InstrumentError where nothing tells them, or unknown."""
    items = bench.plan.battery or battery_of(bench.settings, bench.catalogue, bench.wave_id)
    if not items:
        raise InstrumentError(
            f"wave {bench.wave_id}: nothing tells what it asks. Declare it under [[waves]] in quorum.toml, "
            "with its opening day or with its items; or name it after its time, such as 2026-11."
        )
    unknown = [item_id for item_id in items if item_id not in bench.catalogue.items]
    if unknown:
        raise InstrumentError(
            f"wave {bench.wave_id}: its plan asks {', '.join(unknown)}, which no instrument file holds any more. "
            "Put the file back into instruments/."
        )
    silent = bench.catalogue.without_wording(items)
    if silent:
        raise InstrumentError(
            f"wave {bench.wave_id}: no wording for {', '.join(silent)}. Its licence keeps it out of Quorum: "
            "supply it in instruments/ (docs/reference/instruments.md, wording that you supply)."
        )
    return items
