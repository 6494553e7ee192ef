"""Levels, changes and comparisons of the trend engine, as the pages need them. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import streamlit as st

from dashboards import words
from dashboards.language import spoken
from dashboards.waves import Group, Measure, State, Wave
from flows.trend.read import Change, Derived, load_derived
from flows.trend.tables import CLEAR, POSSIBLE, Basis
from flows.trend.words import (
    change_sentence,
    change_tag,
    estimate_sentence,
    phrase,
    response_sentences,
    verdict,
)

SEASON_DAYS = 60
YEAR_DAYS = (330, 400)
_STATE_FILES = ("derived.json", "trend.parquet", "change.parquet", "compare.parquet")


@dataclass(frozen=True, slots=True)
class Level:
    """The lasting level of one wave with its band, in points; `place` is the wave's number on the axis."""

    place: int
    line: float
    low: float
    high: float
    is_unusual: bool


def read_derived(derived_dir: Path | None, released_dir: Path, waves: Sequence[Wave]) -> Derived | None:
    """Derived files of the last wave, checked once per state of files; None where there are none that fit."""
    if derived_dir is None or not waves:
        return None
    ids = tuple(wave.wave_id for wave in waves)
    state = []
    for name in _STATE_FILES:
        try:
            stat = (derived_dir / ids[-1] / name).stat()
        except OSError:
            return None
        state.append((stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    return _load(str(derived_dir), str(released_dir), ids, tuple(state))


@st.cache_resource(max_entries=4, show_spinner=False)
def _load(
    derived_dir: str,
    released_dir: str,
    wave_ids: tuple[str, ...],
    state: tuple[tuple[int, int, int], ...],  # noqa: ARG001 - part of the key
) -> Derived | None:
    return load_derived(Path(derived_dir), Path(released_dir), wave_ids, wave_ids[-1])


def levels_of(derived: Derived | None, waves: Sequence[Wave], group_id: str, measure_id: str) -> tuple[Level, ...]:
    """Levels of a group and measure in wave order; empty before the trend engine says anything."""
    if derived is None:
        return ()
    places = {wave.wave_id: place for place, wave in enumerate(waves)}
    rows = derived.lines([group_id], [measure_id]).iter_rows(named=True)
    found = [
        Level(places[row["wave_id"]], row["line"], row["band_low"], row["band_high"], bool(row["unusual"]))
        for row in rows
        if row["line"] is not None and row["band_low"] is not None and row["wave_id"] in places
    ]
    return tuple(sorted(found, key=lambda level: level.place))


def unusual_places(derived: Derived | None, waves: Sequence[Wave], group_id: str, measure_id: str) -> frozenset[int]:
    """Waves that lie far from what was expected, by their number on the axis."""
    return frozenset(level.place for level in levels_of(derived, waves, group_id, measure_id) if level.is_unusual)


def change_of(derived: Derived | None, group_id: str, measure_id: str) -> Change | None:
    """What is said about the change of one group and measure."""
    if derived is None:
        return None
    return derived.changes([group_id], [measure_id]).get((group_id, measure_id))


def tag_kind(change: Change, measure: Measure) -> str:
    """How a tag is drawn: clear in colour (worse, better), possible dashed, none plain."""
    if change.label in CLEAR:
        is_worse = verdict(change.label, measure.is_high_worse, spoken()) == verdict("clear_rise", True, spoken())
        return "worse" if is_worse else "better"
    return "possible" if change.label in POSSIBLE else "plain"


def tag(change: Change, measure: Measure) -> str:
    """Markup of a tag."""
    text = change_tag(change.label, measure.is_high_worse, spoken())
    return f'<span class="q-tag q-{tag_kind(change, measure)}">{escape(text)}</span>'


def season_note(change: Change, waves: Sequence[Wave]) -> str:
    """What is said of a change across seasons until the same season was seen twice; empty where it does not apply."""
    dates = {wave.wave_id: wave.manifest.closes_on for wave in waves}
    now, since = dates.get(change.wave_id), dates.get(change.since_wave_id)
    if change.label not in CLEAR | POSSIBLE or now is None or since is None or (now - since).days < SEASON_DAYS:
        return ""
    was_seen = any(day is not None and YEAR_DAYS[0] <= (now - day).days <= YEAR_DAYS[1] for day in dates.values())
    return "" if was_seen else phrase("may_be_seasonal", spoken())


def year_ago_note(waves: Sequence[Wave], group: Group, measure: Measure) -> str:
    """The figure of the same season a year ago, where the group had the same members and both are exact."""
    last, here = waves[-1], waves[-1].group(group.group_id)
    if last.manifest.closes_on is None or here is None or not _is_exact(last, group, measure):
        return ""
    for wave in reversed(waves[:-1]):
        day, then = wave.manifest.closes_on, wave.group(group.group_id)
        if day is None or then is None or not YEAR_DAYS[0] <= (last.manifest.closes_on - day).days <= YEAR_DAYS[1]:
            continue
        if then.member_unit_ids == here.member_unit_ids and _is_exact(wave, group, measure):
            one = wave.figure(group.group_id, measure.measure_id)
            value = words.figure_words(one.state, one.value, one.low, one.high, measure.is_share)
            return phrase("year_ago", spoken(), wave=words.wave_name(wave.wave_id), value=value)
    return ""


def _is_exact(wave: Wave, group: Group, measure: Measure) -> bool:
    figure = wave.figure(group.group_id, measure.measure_id)
    return figure.state is State.SHOWN and figure.value is not None and not figure.is_bound


def notes_of(derived: Derived | None, waves: Sequence[Wave], group: Group, measure: Measure) -> list[str]:
    """What is said beside a change: season, best estimate, those who did not answer, and why a line is missing."""
    change = change_of(derived, group.group_id, measure.measure_id)
    notes = [] if change is None else [season_note(change, waves)]
    notes.append(year_ago_note(waves, group, measure))
    if derived is not None:
        comparison = derived.comparisons([group.group_id], [measure.measure_id]).get(
            (group.group_id, measure.measure_id)
        )
        notes.append("" if comparison is None else estimate_sentence(comparison, spoken()))
        noise = derived.noise_of(group.level, measure.measure_id)
        notes.append(phrase("one_level_higher", spoken()) if noise is not None and noise.is_mostly_bounds else "")
    if change is not None and change.basis == Basis.TWO_WAVES:
        notes.append(phrase("trend_later", spoken()))
    figure = waves[-1].figure(group.group_id, measure.measure_id)
    if figure.state is State.SHOWN and figure.value is not None and not measure.is_share:
        notes += response_sentences(figure.value, group.response_band, measure.is_high_worse, spoken())
    return [note for note in notes if note]


def sentence(change: Change, measure: Measure) -> str:
    """The change in one or two plain sentences."""
    return change_sentence(change, words.wave_name(change.since_wave_id), measure.is_high_worse, spoken())
