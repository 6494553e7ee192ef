"""What can be chosen on the pages, and how a choice is kept in the address."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import streamlit as st

from dashboards import words
from dashboards.heat_rows import level_place
from dashboards.language import digits, say, say_n
from dashboards.waves import Group, Measure, Wave
from flows.publish.contract import LEVELS

MANY_GROUPS = 60
MOST_LISTED = 1_000
MOST_FOUND = 50
MOST_ROWS = 5_000
PART_ROWS = 200
MOST_LETTERS_SOUGHT = 80
MOST_IN_ADDRESS = 100


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
    chosen = st.selectbox(
        label,
        keys,
        index=keys.index(start),
        format_func=lambda key: options[key],
        placeholder=say("choose_some"),
        key=f"q-{name}",
    )
    choice = chosen if chosen in options else start
    if st.query_params.get(name) != choice:
        st.query_params[name] = choice
    return choice


def address_groups(wave: Wave, name: str) -> list[str]:
    """Groups in the address, apart by commas; those that this visitor does not see are left out, and very many."""
    asked = sorted(set(st.query_params.get(name, "").split(",")))
    return [each for each in asked if wave.group(each) is not None][:MOST_IN_ADDRESS]


def group_options(wave: Wave, keep: Collection[str], key: str) -> dict[str, str]:
    """The groups that a list offers. Where there are very many: a field to search by name, and what it found.

    `keep`: groups that stay in the list whatever is searched; with nothing searched, also those near the first of them.
    """
    if len(wave.units) <= MOST_LISTED:
        return trend_groups(wave)
    kept = [group for each in keep if (group := wave.group(each)) is not None and group.kind != "other"]
    text = st.text_input(
        say("find_group"), key=f"q-find-{key}", placeholder=say("find_group_hint"), max_chars=MOST_LETTERS_SOUGHT
    )
    rows = wave.rows_named(text) if text.strip() else np.zeros(0, np.int32)
    found = [wave.book.group(int(row)) for row in rows[:MOST_FOUND]]
    st.caption(_found_words(wave, text, len(rows)))
    listed = found or _near(wave, kept[0] if kept else wave.root)
    return {group.group_id: _with_parent(wave, group) for group in (*kept, *listed)}


def _found_words(wave: Wave, text: str, found_n: int) -> str:
    if not text.strip():
        return say("found_near", n=digits(len(wave.units)))
    if not found_n:
        return say("found_none")
    if found_n > MOST_FOUND:
        return say("found_most", n=digits(found_n), most=MOST_FOUND)
    return say_n("found_groups", found_n)


def _near(wave: Wave, group: Group) -> list[Group]:
    """Groups above, beside and below a group."""
    beside = wave.below.get(group.parent_id, ())[:MOST_FOUND]
    below = wave.below.get(group.group_id, ())[:MOST_FOUND]
    return [*wave.path(group), *(each for each in (*beside, *below) if each.kind != "other")]


def _with_parent(wave: Wave, group: Group) -> str:
    parent = wave.group(group.parent_id or "") if group.depth > 1 else None
    return words.group_with_parent(group.name, parent.name if parent else None)


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
    below = [level for level in LEVELS[1:] if level in wave.level_counts]
    return below or [LEVELS[0]]


def rows_down_to(wave: Wave, level: str) -> int:
    """How many groups lie from the organisation down to a level."""
    return sum(wave.level_counts.get(each, 0) for each in LEVELS[: LEVELS.index(level) + 1])


def table_levels(wave: Wave) -> list[str]:
    """Levels down to which one table can show every group; the first one always."""
    levels = heat_levels(wave)
    return [level for level in levels if rows_down_to(wave, level) <= MOST_ROWS] or levels[:1]


def start_level(wave: Wave) -> str:
    """The lowest level, or a higher one where there are very many groups."""
    levels = table_levels(wave)
    if len(wave.groups) <= MANY_GROUPS or levels == levels[:1]:
        return levels[-1]
    above = [level for level in levels if level != "team" and rows_down_to(wave, level) <= PART_ROWS]
    return above[-1] if above else levels[0]


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
