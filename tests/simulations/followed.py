"""Simulated answers put through the engine as releases are: tenths of a point, a history, a panel, an analysis."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.trend.analysis import Analysis, analyse
from flows.trend.history import Column, History, MeasureWave
from flows.trend.panel import Panel, build_panels, runs_of
from tests.simulations.organisation import Answers

MEASURE = "bo1"


def history_of(answers: Answers, phi: float | None = None) -> History:
    """The released figures of a simulated survey, teams and organisation, as the engine reads them."""
    waves_n, teams_n = answers.n.shape
    spread = answers.phi if phi is None else phi
    history = History(wave_ids=[f"w{t + 1:02d}" for t in range(waves_n)], closes_on=[None] * waves_n)
    history.series_n = teams_n + 1
    ids = [*(f"t{place:05d}" for place in range(teams_n)), "org"]
    levels = ["team"] * teams_n + ["organisation"]
    series = pl.Series(range(teams_n + 1), dtype=pl.Int32)
    history.all_series = [pl.DataFrame({"series": series, "group_id": ids, "level": levels})]
    history.measures = [{MEASURE: MeasureWave(True, False, spread, (MEASURE, 1, 1.0, 5.0))}] * waves_n
    history.bands = [np.append(band, 2).astype(np.int8) for band in answers.bands]
    history.columns = [{MEASURE: _column(answers, t)} for t in range(waves_n)]
    return history


def _column(answers: Answers, t: int) -> Column:
    shown = np.flatnonzero(answers.is_shown[t])
    score = np.append(answers.mean[t, shown], answers.centre[t])
    people_n = np.append(answers.n[t, shown], answers.n[t].sum())
    series = np.append(shown, answers.n.shape[1]).astype(np.int32)
    tenths = np.round(score * 10).astype(np.int16)
    return Column(series, tenths, people_n.astype(np.int32), np.zeros(len(series), bool))


def panel_of(answers: Answers, phi: float | None = None) -> Panel:
    """The teams' panel; every team that was ever shown, in order."""
    history = history_of(answers, phi)
    run = next(runs_of(history, MEASURE))
    return next(panel for panel in build_panels(history, run, ("team", "organisation")) if panel.level == "team")


def follow_answers(answers: Answers, phi: float | None = None) -> Analysis:
    """The teams' panel analysed."""
    return analyse(panel_of(answers, phi), None)


def seen_teams(answers: Answers) -> Answers:
    """Only teams that were shown at least once, which are those of the panel."""
    return answers.teams(answers.is_shown.any(axis=0))
