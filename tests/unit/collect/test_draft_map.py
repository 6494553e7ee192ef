"""Drafting a map: sure is mapped, doubtful is left to a person, free text is never shown."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from flows.collect.column_map import load_map, refuse_unconfirmed
from flows.collect.draft_map import Decision, MapDraft, draft_map
from flows.collect.draft_report import render_map_report
from flows.collect.recognise import open_export
from flows.errors import ExportRefused
from surveys.instrument import CodedAnswer
from surveys.load import load_catalogue, parse_instrument

UNITS = (("h1", "House 1"), ("h2", "House 2"))
HEADING = ("Response ID", "Date submitted", "Last page", "Start language", "Seed", "Where do you work?",
           "How often do you find your work stressful?", "How often is your work stressful?",
           "Is the coffee good?", "Anything else?")  # fmt: skip


def _draft(
    tmp_path: Path, stress: tuple[str, ...] = ("Always", "Often", "Sometimes"), last: str = "House 2"
) -> MapDraft:
    rows = []
    for number in range(12):
        cells = (str(number), "1980-01-01 00:00:00", "3", "en", "1", "House 1" if number % 2 else last,
                 stress[number % len(stress)], ("A lot", "Much", "Little", "No")[number % 4],
                 ("Yes", "No")[number % 2], f"my secret {number}")  # fmt: skip
        rows.append(",".join(f'"{cell}"' for cell in cells))
    path = tmp_path / "pulse.csv"
    path.write_text("\n".join([",".join(f'"{name}"' for name in HEADING), *rows]) + "\n", encoding="utf-8")
    with duckdb.connect() as con:
        return draft_map(open_export(con, path), load_catalogue(), UNITS)


def _decisions(draft: MapDraft) -> dict[str, tuple[Decision, str]]:
    return {line.column: (line.decision, line.target) for line in draft.lines}


def test_wording_and_answers_that_fit_are_sure(tmp_path: Path) -> None:
    assert _decisions(_draft(tmp_path))[HEADING[6]] == (Decision.SURE, "st1")


def test_labels_nobody_chose_this_time_are_in_the_map_too(tmp_path: Path) -> None:
    values = _draft(tmp_path).column_map.items["st1"].values
    assert values == {
        "Always": "1",
        "Often": "2",
        "Sometimes": "3",
        "Hardly ever": "4",
        "Never": "5",
        "Not applicable": "not_applicable",
        "Prefer not to say": "prefer_not_to_say",
    }


def test_the_unit_column_is_found_by_its_names(tmp_path: Path) -> None:
    assert _draft(tmp_path).column_map.unit.values == {"House 1": "h1", "House 2": "h2"}


def test_bare_numbers_are_left_to_a_person_who_knows_their_direction(tmp_path: Path) -> None:
    assert _decisions(_draft(tmp_path, ("1", "2", "5")))[HEADING[6]] == (Decision.CONFIRM, "st1")


def test_a_line_to_confirm_stops_the_written_map(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(_draft(tmp_path, ("1", "2", "5")).map_yaml, encoding="utf-8")
    with pytest.raises(ExportRefused, match="st1"):
        refuse_unconfirmed(load_map(path))


def test_a_sure_draft_reads_back_as_it_is(tmp_path: Path) -> None:
    draft = _draft(tmp_path)
    path = tmp_path / "m.yaml"
    path.write_text(draft.map_yaml, encoding="utf-8")
    assert load_map(path) == draft.column_map


def test_an_unknown_unit_is_named_with_the_nearest_and_not_mapped(tmp_path: Path) -> None:
    draft = _draft(tmp_path, last="Haus 2")
    assert (draft.unknown_units, draft.column_map.unit.values) == ({"Haus 2": "House 2"}, {"House 1": "h1"})


def test_own_closed_questions_become_an_instrument_that_loads(tmp_path: Path) -> None:
    own_yaml = _draft(tmp_path).own_yaml
    assert own_yaml is not None
    items = parse_instrument(own_yaml, "own.yaml", is_own=True).items
    assert "own_is_the_coffee_good" in {item.id for item in items}


def test_free_text_is_in_no_part_of_a_draft(tmp_path: Path) -> None:
    draft = _draft(tmp_path)
    assert "secret" not in f"{draft.map_yaml}{draft.own_yaml}{render_map_report(draft)}"


def test_the_report_counts_every_column_once(tmp_path: Path) -> None:
    draft = _draft(tmp_path)
    assert sum(len(draft.lines_of(decision)) for decision in Decision) == len(HEADING)


def test_the_report_says_what_is_dropped_and_which_signs_of_identity_there_are(tmp_path: Path) -> None:
    report = render_map_report(_draft(tmp_path))
    assert "Signs of identity in the file: none (no token, no IP, dates blanked)." in report


SPANISH = ("ID de respuesta", "Fecha de envío", "Última página", "Lenguaje inicial", "Semilla", "Dirección IP",
           "¿Dónde trabajas?")  # fmt: skip


def _in_language(tmp_path: Path, language: str, heads: tuple[str, ...]) -> MapDraft:
    """A full-text export in which somebody answered `adm1` and `peer1` with each of its options."""
    catalogue = load_catalogue()
    items = [catalogue.items[item_id] for item_id in ("adm1", "peer1")]
    answers = [item.answer for item in items if isinstance(item.answer, CodedAnswer)]
    labels = [[str(option.label[language]) for option in answer.options] for answer in answers]
    rows = [[*heads, *(item.text[language] for item in items)]]
    for number in range(12):
        own = (
            str(number),
            "1980-01-01 00:00:00",
            "3",
            language,
            str(number),
            "203.0.113.7",
            f"Casa%20{number % 2 + 1}",
        )
        rows.append([*own, *(texts[number % len(texts)] for texts in labels)])
    path = tmp_path / "pulso.csv"
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows) + "\n", encoding="utf-8")
    with duckdb.connect() as con:
        return draft_map(open_export(con, path), catalogue, (("c1", "Casa 1"), ("c2", "Casa 2")))


def test_a_spanish_export_is_drafted_by_its_wording_and_its_answers(tmp_path: Path) -> None:
    draft = _in_language(tmp_path, "es", SPANISH)
    assert (draft.tool, draft.variant) == ("limesurvey", "full headings, Spanish")
    sure = {line.target for line in draft.lines_of(Decision.SURE)}
    assert {"unit", "adm1", "peer1"} <= sure
    assert "ipaddr" in {line.column for line in draft.lines_of(Decision.DROP)}


def test_units_of_a_link_parameter_are_known_with_the_signs_of_the_link(tmp_path: Path) -> None:
    draft = _in_language(tmp_path, "es", SPANISH)
    assert draft.column_map.unit.values == {"Casa%201": "c1", "Casa%202": "c2"}


def test_a_comment_column_is_left_alone_even_if_it_holds_numbers(tmp_path: Path) -> None:
    path = tmp_path / "pulse.csv"
    rows = [f"House {number % 2 + 1},{number % 5}" for number in range(12)]
    path.write_text("\n".join(["team,Comment", *rows]) + "\n", encoding="utf-8")
    with duckdb.connect() as con:
        draft = draft_map(open_export(con, path), load_catalogue(), UNITS)
    assert _decisions(draft)["Comment"] == (Decision.LEAVE, "")


def test_where_no_column_holds_the_units_the_nearest_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "pulse.csv"
    rows = "".join(f"{team};{n % 3}\n" for n, team in enumerate(("House 1", "East", "West", "South") * 3))
    path.write_text(f"Which team do you work in?;Coffee\n{rows}", "utf-8")
    says = r'Nearest: "Which team do you work in\?", of whose 4 texts {} are units; .* Add the missing units'
    for units, units_n in ((UNITS, 1), ((("x", "Another house"),), 0)):
        with duckdb.connect() as con, pytest.raises(ExportRefused, match=says.format(units_n)):
            draft_map(open_export(con, path), load_catalogue(), units)
