"""A fixed sample of the random organisations; the command takes them by the thousand."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.red_team import many

SAMPLE = (3, 7, 17, 768)


def test_no_organisation_of_the_fixed_sample_leaks() -> None:
    held: Counter[str] = Counter()
    for number in range(24):
        outcome = many.attacked(number)
        assert outcome.report.passed, (number, [(check.name, check.detail) for check in outcome.report.failed])
        held += outcome.held
    for number in SAMPLE:
        assert many.attacked(number).report.passed, number
    assert all(held[what] > 0 for what in ("breakdown cells", "bounds", "shares", "other teams", "respondents shown"))


def test_an_organisation_is_the_same_in_every_run() -> None:
    assert many.organisation_of(5) == many.organisation_of(5)


def test_the_command_counts_what_it_attacked(capsys: pytest.CaptureFixture[str]) -> None:
    assert many.main(["--organisations", "2", "--seconds", "60", "--first", "40"]) == 0
    assert capsys.readouterr().out.startswith("no leak: 2 organisations")
