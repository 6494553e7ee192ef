"""Which measures a board sees: `[board] measures` of the settings, held against the instruments of the workspace."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from flows.errors import SettingsError
from flows.settings import Settings


def board_measures(settings: Settings, known: Collection[str]) -> tuple[str, ...]:
    """The ids chosen, in their order; empty where the settings choose none. Raises SettingsError for an unknown one."""
    for measure_id in settings.board_measures:
        if measure_id not in known:
            near = difflib.get_close_matches(measure_id, sorted(known), n=1, cutoff=0.0)
            nearest = f' Nearest: "{near[0]}".' if near else ""
            raise SettingsError(
                f'quorum.toml [board] measures: no measure "{measure_id}".{nearest} '
                "All ids: docs/reference/measures.md, and those of your own instruments."
            )
    return settings.board_measures
