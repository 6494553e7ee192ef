"""The worked picture of the documents shows what the programme really chooses."""

from __future__ import annotations

from tests.architecture.suppression_picture import PICTURE, picture, shown_teams


def test_the_committed_picture_is_the_one_that_the_programme_draws() -> None:
    assert PICTURE.read_text("utf-8") == picture()


def test_the_picture_hides_a_second_team_to_protect_the_small_one() -> None:
    assert shown_teams() == {"Alder", "Birch"}
