"""Effects of actions as far as they can be told (TRENDS 6), and the sentences about them.

An effect rests on every group of the releases, as the forecast needs groups without the action; what comes out is one
figure for the action as a whole, never one for a group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from dashboards import words
from dashboards.actions import Action
from dashboards.language import say, spoken
from dashboards.releases import Settings
from dashboards.waves import Measure, Wave
from flows.errors import QuorumError
from flows.publish.read import Release, load_release, read_public_key
from flows.trend.read import release_digest
from flows.trend.words import effect_sentence, phrase

if TYPE_CHECKING:
    from flows.trend.action_effect import Effect

MOST_BYTES = 64_000_000


def effect_lines(settings: Settings, waves: tuple[Wave, ...], action: Action, measure_id: str = "") -> list[str]:
    """What can be said about an action on each of its measures, or on one; empty for one that did not begin.

    The caution that teams were not chosen by lot follows every effect that is told.
    """
    measures = [measure for measure in _measures(waves[-1], action) if measure_id in ("", measure.measure_id)]
    if not measures or action.status in ("planned", "dropped"):
        return []
    if not action.group_ids:
        return [say("effect_everybody")]
    if any(wave.manifest.closes_on is None for wave in waves):
        return [say("effect_undated")]
    effects = _effects(settings, waves, action)
    if effects is None:
        return [say("effect_too_large")]
    told = {effect.measure_id: effect for effect in effects}
    lines = [_line(action, measure, told.get(measure.measure_id)) for measure in measures]
    is_told = any(told[each.measure_id].effect is not None for each in measures if each.measure_id in told)
    return [*lines, phrase("effect_caution", spoken())] if is_told else lines


def _line(action: Action, measure: Measure, effect: Effect | None) -> str:
    name = words.inside_sentence(measure.name)
    title = say("quoted", text=action.title)
    if effect is None or effect.effect is None:
        return f"{measure.name}: {phrase('effect_early', spoken(), action=title)}"
    return effect_sentence(title, name, effect.effect, effect.low, effect.high, spoken())


def _measures(wave: Wave, action: Action) -> list[Measure]:
    """Measures of the action with a mean; a share of a guarded measure is no level that can be forecast."""
    return [measure for measure in wave.measures if measure.measure_id in action.measure_ids and not measure.is_share]


def _effects(settings: Settings, waves: tuple[Wave, ...], action: Action) -> tuple[Effect, ...] | None:
    """The effects, once per state of the releases and version of the action; None where there is too much to read."""
    ids = tuple(wave.wave_id for wave in waves)
    folder = settings.released_dir
    try:
        size = sum((folder / wave_id / "cells.parquet").stat().st_size for wave_id in ids)
        key = None if settings.public_key_file is None else read_public_key(settings.public_key_file)
        if size > MOST_BYTES:
            return None
        state = tuple(release_digest(folder / wave_id) or "" for wave_id in ids)
        return _computed(str(folder), key, ids, state, action.action_id, action.version, _action=action)
    except (OSError, QuorumError):
        return ()


@st.cache_resource(max_entries=64, show_spinner=False)
def _computed(
    folder: str,
    key: bytes | None,
    wave_ids: tuple[str, ...],
    state: tuple[str, ...],  # noqa: ARG001 - part of the key
    action_id: str,
    version: int,  # noqa: ARG001 - part of the key
    _action: Action,
) -> tuple[Effect, ...]:
    from flows.trend.action_effect import Action as Annotated
    from flows.trend.action_effect import action_effects
    from flows.trend.history import read_history

    history = read_history(_releases(Path(folder), key, wave_ids, _action.measure_ids))
    groups = with_groups_below(load_release(Path(folder) / wave_ids[-1], key), _action.group_ids)
    found = Annotated(action_id, _action.title, groups, _action.measure_ids, _action.starts_on)
    return action_effects(history, found)


def with_groups_below(release: Release, group_ids: tuple[str, ...]) -> tuple[str, ...]:
    """The groups and all below them: an action for a department is one for each of its teams."""
    parents = dict(release.groups.select("group_id", "parent_group_id").iter_rows())
    found = set(group_ids)
    grown = True
    while grown:
        more = {each for each, parent in parents.items() if parent in found} - found
        grown = bool(more)
        found |= more
    return tuple(sorted(found))


def _releases(folder: Path, key: bytes | None, wave_ids: tuple[str, ...], ids: tuple[str, ...]) -> Iterator[Release]:
    """Verified releases with the rows of these measures alone."""
    for wave_id in wave_ids:
        release = load_release(folder / wave_id, key)
        yield replace(release, cells=release.cells.filter(pl.col("measure_id").is_in(list(ids))))
