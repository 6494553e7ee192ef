"""The calendar of a year: places of waves in the rotation, dates, coverage, and plans that are refused."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from flows import clock
from flows.commands.calendar import battery_of, calendar_json, calendar_lines
from flows.errors import InstrumentError, SettingsError
from flows.settings import Breakdown, Settings, Wave, read_settings
from flows.wave_positions import calendar_position, family_of, position_of
from surveys.battery import battery_for
from surveys.load import load_catalogue
from surveys.rotation import WAVES_A_QUARTER

CATALOGUE = load_catalogue()
RHYTHMS = tuple(WAVES_A_QUARTER)
NOVEMBER = Wave("2026-11", datetime.date(2026, 11, 2), datetime.date(2026, 11, 13))
DECEMBER = Wave("2026-12", datetime.date(2026, 12, 1), datetime.date(2026, 12, 11))


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: datetime.date(2026, 10, 20))


def settings(*waves: Wave, rhythm: str = "monthly") -> Settings:
    return Settings("Northfield", rhythm=rhythm, waves=waves)


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_a_year_without_declared_waves_is_four_quarters_by_place(rhythm: str) -> None:
    waves = calendar_json(settings(rhythm=rhythm), CATALOGUE)
    assert len(waves) == 4 * WAVES_A_QUARTER[rhythm]
    assert {wave["opens_on"] for wave in waves} == {None}


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_every_whole_quarter_of_the_calendar_covers_all_challenges(rhythm: str) -> None:
    waves = calendar_json(settings(NOVEMBER, rhythm=rhythm), CATALOGUE)
    assert all(wave["quarter_without_challenges"] == [] for wave in waves if wave["quarter_is_whole"])
    assert sum(bool(wave["quarter_is_whole"]) for wave in waves) >= 4 * WAVES_A_QUARTER[rhythm]


def test_waves_after_the_declared_ones_follow_in_the_rhythm() -> None:
    waves = calendar_json(settings(NOVEMBER, DECEMBER), CATALOGUE)
    assert [wave["opens_on"] for wave in waves[:4]] == ["2026-11-02", "2026-12-01", "2027-01-01", "2027-02-01"]
    assert [wave["wave_id"] for wave in waves[:3]] == ["2026-11", "2026-12", None]


def test_the_last_day_of_a_month_stays_the_last_day() -> None:
    last = Wave("2026-10", datetime.date(2026, 10, 31))
    assert [wave["opens_on"] for wave in calendar_json(settings(last), CATALOGUE)[1:5]] == [
        "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28",
    ]  # fmt: skip


def test_the_lines_show_date_questions_time_modules_and_coverage() -> None:
    text = "\n".join(calendar_lines(settings(NOVEMBER), CATALOGUE))
    assert "2026-11     2026-11-02         15  1:58  body, self" in text
    assert "Part of a quarter" in text
    assert "Quarter: 12 of 12 challenges; 8 of 9 supports (not resources)." in text


def test_past_quarters_leave_the_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: datetime.date(2027, 5, 5))
    assert calendar_json(settings(NOVEMBER, DECEMBER), CATALOGUE)[0]["opens_on"] == "2027-04-01"


def test_a_declared_wave_counts_on_from_the_calendar_place_of_the_first() -> None:
    both = settings(DECEMBER, NOVEMBER)
    first = calendar_position(datetime.date(2026, 11, 2), "monthly")
    assert first % 3 == 1
    assert [position_of(both, wave) for wave in ("2026-11", "2026-12")] == [first, first + 1]


def test_a_wave_keeps_its_questions_when_an_older_one_leaves_the_settings() -> None:
    assert battery_of(settings(NOVEMBER, DECEMBER), CATALOGUE, "2026-12") == battery_of(
        settings(DECEMBER), CATALOGUE, "2026-12"
    )


@pytest.mark.parametrize(
    ("rhythm", "wave_id", "place"),
    [
        ("monthly", "2026-11", 1), ("monthly", "2026_12", 2), ("monthly", "2026-11-02", 1), ("monthly", "2026-W45", 1),
        ("quarterly", "2026-Q4", 0), ("quarterly", "2026-11", 0), ("weekly", "2026-W45", 4), ("weekly", "2026w53", 12),
        ("fortnightly", "2026-10-16", 1), ("fortnightly", "2026-12-31", 5),
    ],
)  # fmt: skip
def test_the_id_of_an_undeclared_wave_tells_its_place(rhythm: str, wave_id: str, place: int) -> None:
    position = position_of(settings(rhythm=rhythm), wave_id)
    assert position is not None and position % WAVES_A_QUARTER[rhythm] == place
    assert battery_of(settings(rhythm=rhythm), CATALOGUE, wave_id) == battery_for(rhythm, position).items


@pytest.mark.parametrize(
    ("rhythm", "wave_id"),
    [("monthly", "w1"), ("monthly", "2026-13"), ("weekly", "2026-11"), ("monthly", "2026-Q4"), ("weekly", "2026-W60")],
)
def test_an_id_that_tells_no_place_has_no_battery(rhythm: str, wave_id: str) -> None:
    assert battery_of(settings(rhythm=rhythm), CATALOGUE, wave_id) == ()


def test_a_wave_may_name_its_own_questions() -> None:
    own = Wave("2026-11", NOVEMBER.opens_on, None, None, ("bo1", "st1", "ee1", "net1"))
    assert battery_of(settings(own), CATALOGUE, "2026-11") == ("bo1", "st1", "ee1", "net1")
    assert calendar_json(settings(own), CATALOGUE)[0]["asks"] == "own choice"


REFUSED = {
    "must be asked in every wave": (Wave("2026-11", NOVEMBER.opens_on, None, None, ("bo1", "net1")),),
    "declared twice": (NOVEMBER, Wave("2026-11", datetime.date(2026, 12, 1))),
    "opens before wave 2026-11 closes": (NOVEMBER, Wave("b", datetime.date(2026, 11, 9))),
    "comes back after 6 days": tuple(
        Wave(f"w{day}", datetime.date(2026, 11, day), None, None, ("bo1", "st1", "ee1", "phq_1", "phq_2"))
        for day in (2, 8)
    ),
}


@pytest.mark.parametrize("said", REFUSED)
def test_a_plan_that_breaks_a_rule_is_refused(said: str) -> None:
    with pytest.raises(InstrumentError, match=said):
        calendar_lines(settings(*REFUSED[said]), CATALOGUE)


@pytest.mark.parametrize("said", REFUSED)
def test_so_is_the_battery_of_a_wave_in_it(said: str) -> None:
    with pytest.raises(InstrumentError, match=said):
        battery_of(settings(*REFUSED[said]), CATALOGUE, REFUSED[said][0].wave_id)


def test_a_quarter_of_own_choices_that_leaves_challenges_out_is_refused() -> None:
    waves = tuple(
        Wave(f"2027-0{month}", datetime.date(2027, month, 4), None, None, ("bo1", "st1", "ee1")) for month in (1, 2, 3)
    )
    with pytest.raises(InstrumentError, match=r"begins with wave 2027-01 leaves out .*sleep"):
        calendar_lines(settings(*waves), CATALOGUE)


def written(folder: Path, text: str) -> Path:
    path = folder / "quorum.toml"
    path.write_text(text, "utf-8")
    return path


def test_swap_and_own_questions_are_read_from_the_settings(tmp_path: Path) -> None:
    text = '[survey]\nrhythm = "fortnightly"\ncore_swap = "adm1"\n'
    text += '[[waves]]\nwave_id = "w1"\nitems = ["bo1", "st1", "ee1"]\n'
    found = read_settings(written(tmp_path, text))
    assert (found.core_swap, found.waves[0].items) == ("adm1", ("bo1", "st1", "ee1"))
    assert "adm1" in battery_of(found, CATALOGUE, "2026-10-02")


@pytest.mark.parametrize("text", ['core_swap = "adm1"', 'rhythm = "fortnightly"\ncore_swap = "net1"'])
def test_a_swap_without_effect_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="core_swap"):
        read_settings(written(tmp_path, f"[survey]\n{text}\n"))


def test_empty_fields_of_a_signpost_may_stand_in_the_settings(tmp_path: Path) -> None:
    text = '[survey]\nsignpost = { emergency = "112", crisis = "" }\n'
    assert read_settings(written(tmp_path, text)).signpost == {"emergency": "112", "crisis": ""}


ROLE, TENURE, SITE = (Breakdown(name, ("a", "b")) for name in ("role", "tenure", "site"))


def test_each_wave_has_one_family_and_they_take_turns() -> None:
    waves = tuple(Wave(f"2026-{month:02}", datetime.date(2026, month, 3)) for month in range(1, 7))
    asked = Settings("Northfield", rhythm="monthly", waves=waves, breakdowns=(ROLE, TENURE, SITE))
    found = [family_of(asked, wave.wave_id) for wave in waves]
    assert found[:3] == found[3:]
    assert {family.id for family in found[:3] if family} == {"role", "tenure", "site"}


def test_a_wave_keeps_its_family_when_an_older_one_leaves_the_settings() -> None:
    waves = tuple(Wave(f"2026-{month:02}", datetime.date(2026, month, 3)) for month in range(1, 7))
    asked = Settings("Northfield", rhythm="monthly", waves=waves, breakdowns=(ROLE, TENURE))
    later = Settings("Northfield", rhythm="monthly", waves=waves[1:], breakdowns=(ROLE, TENURE))
    assert [family_of(asked, wave.wave_id) for wave in waves[1:]] == [family_of(later, w.wave_id) for w in waves[1:]]


def test_a_wave_may_name_its_family_and_an_undeclared_one_tells_it_by_its_id() -> None:
    named = Wave("2026-11", datetime.date(2026, 11, 2), breakdown="tenure")
    asked = Settings("Northfield", rhythm="monthly", waves=(named,), breakdowns=(ROLE, TENURE))
    assert family_of(asked, "2026-11") == TENURE
    assert {family_of(asked, "2020-01"), family_of(asked, "2020-02")} == {ROLE, TENURE}
    assert family_of(asked, "kick-off") == ROLE
    assert family_of(settings(NOVEMBER), "2026-11") is None
