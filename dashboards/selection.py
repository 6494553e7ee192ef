"""What can be chosen on the pages, and how a choice is kept in the address."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from dashboards import words
from dashboards.heat_rows import level_place
from dashboards.language import say
from dashboards.waves import Group, Measure, Wave
from flows.publish.contract import LEVELS

MANY_GROUPS = 60


def address_choice(label: str, options: Mapping[str, str], name: str, default: str) -> str:
    """One of a few options as buttons; starts from the address and is written back to it."""
    asked = st.query_params.get(name, default)
    start = asked if asked in options else default
    chosen = st.segmented_control(
        label, list(options), default=start, required=True, format_func=lambda key: options[key], key=f"q-{name}"
    )
    choice = chosen if isinstance(chosen, str) else start
    if st.query_params.get(name) != choice:
        st.query_params[name] = choice
    return choice


def address_select(label: str, options: Mapping[str, str], name: str, default: str) -> str:
    """One of many options as a list; starts from the address and is written back to it."""
    asked = st.query_params.get(name, default)
    start = asked if asked in options else default
    keys = list(options)
    chosen = st.selectbox(label, keys, index=keys.index(start), format_func=lambda key: options[key], key=f"q-{name}")
    choice = chosen if chosen in options else start
    if st.query_params.get(name) != choice:
        st.query_params[name] = choice
    return choice


def address_list(name: str, known: Collection[str]) -> list[str]:
    """Ids in the address, apart by commas; those that this visitor does not see are left out."""
    return sorted({each for each in st.query_params.get(name, "").split(",") if each in known})


def address_many(label: str, options: Mapping[str, str], name: str, most: int) -> list[str]:
    """A few of many options; starts from the address and is written back to it, in the order of choice."""
    asked = [each for each in st.query_params.get(name, "").split(",") if each in options]
    start = list(dict.fromkeys(asked))[:most]
    chosen = st.multiselect(
        label,
        list(options),
        start,
        format_func=lambda key: options.get(key, key),
        max_selections=most,
        placeholder=say("choose_some"),
        key=f"q-{name}",
    )
    kept = [each for each in chosen if each in options][:most]
    if kept:
        if st.query_params.get(name) != ",".join(kept):
            st.query_params[name] = ",".join(kept)
    elif name in st.query_params:
        del st.query_params[name]
    return kept


def heat_measures(wave: Wave, side: str) -> list[Measure]:
    """Measures with a mean; shares of guarded measures have no place on a scale of 0 to 100."""
    means = [measure for measure in wave.measures if not measure.is_share]
    if side == "all":
        return means
    return [measure for measure in means if measure.is_high_worse == (side == "strain")]


def heat_levels(wave: Wave) -> list[str]:
    """Levels the wave has below the organisation, from the top."""
    there = {group.level for group in wave.groups}
    below = [level for level in LEVELS[1:] if level in there]
    return below or [LEVELS[0]]


def start_level(wave: Wave) -> str:
    """The lowest level, or departments where there are very many groups."""
    levels = heat_levels(wave)
    if len(wave.groups) > MANY_GROUPS and "department" in levels:
        return "department"
    return levels[-1]


def heat_groups(wave: Wave, level: str) -> list[Group]:
    """Groups down to a level, in tree order; other teams stand with the teams."""
    deepest = LEVELS.index(level)
    return [group for group in wave.groups if level_place(group) <= deepest]


def trend_groups(wave: Wave) -> dict[str, str]:
    """Units and pools by id in tree order, each with the group above; "other" rows have no steady members."""
    names = {group.group_id: group.name for group in wave.groups}
    return {
        group.group_id: words.group_with_parent(
            group.name, names.get(group.parent_id or "") if group.depth > 1 else None
        )
        for group in wave.groups
        if group.kind != "other"
    }


def trend_measures(waves: tuple[Wave, ...]) -> dict[str, Measure]:
    """Every measure asked in some wave, those of the last wave first."""
    found: dict[str, Measure] = {}
    for wave in reversed(waves):
        for measure in wave.measures:
            found.setdefault(measure.measure_id, measure)
    return found
