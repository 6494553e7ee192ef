"""Known answers: every row of INSTRUMENTS 7, made up there, worked out by hand there.

Scores stand in native points and on 0-100; `None` is a missing answer or no score.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

import duckdb
import polars as pl
import pytest
import yaml

from flows.score.scale import measure_scale
from flows.score.score import score_answers
from flows.units import Unit, UnitTree
from flows.validate.validate import validate
from surveys.instrument import NOT_APPLICABLE, PREFER_NOT_TO_SAY, Catalogue, Measure
from surveys.load import load_catalogue, parse_instrument

SHIPPED = load_catalogue()
Person = tuple[int | None, ...]


@dataclass(frozen=True)
class Known:
    """People's answers in the order of the measure's items, and what the table says comes out."""

    row: str
    measure_id: str
    people: list[Person]
    native: list[float | None] | None = None
    shown: list[float | None] | None = None
    at_risk: tuple[int, int] | None = None
    team: dict[str, float] = field(default_factory=dict)


def singles(*codes: int | None) -> list[Person]:
    return [(code,) for code in codes]


def counted(counts: dict[int, int]) -> list[Person]:
    return [(code,) for code, people_n in counts.items() for _ in range(people_n)]


def spread(measure_id: str, answers: dict[str, int | None]) -> list[Person]:
    """One person's answers given by item id."""
    return [tuple(answers[item_id] for item_id in SHIPPED.measures[measure_id].items)]


def numbered(measure_id: str, numbers: str, codes: str) -> list[Person]:
    """One person's answers given by item number."""
    prefix = SHIPPED.measures[measure_id].items[0].rstrip("0123456789")
    pairs = zip(numbers.split(), codes.split(), strict=True)
    return spread(measure_id, {f"{prefix}{number}": int(code) for number, code in pairs})


def own(measure_id: str, items_n: int, codes: range, display: tuple[int, int], reverse: int | None = None) -> Catalogue:
    """An own instrument whose measure is the mean of all its items."""
    options = [{"code": code, "label": {"en": str(code)}} for code in codes]
    items = [
        {"id": f"q{n}", "answer": {"kind": "coded", "options": options}, "reverse_keyed": n == reverse}
        for n in range(1, items_n + 1)
    ]
    measure = {
        "id": measure_id, "items": [item["id"] for item in items], "construct": "burnout",
        "score": {"method": "mean", "min_answered": items_n}, "direction": "higher_is_better",
        "display": {"min": display[0], "max": display[1]},
    }  # fmt: skip
    content = {
        "id": "own", "version": 1, "name": "Own", "licence_tier": "B", "wording_shipped": False, "validated": False,
        "verified": False, "items": items, "measures": [measure],
    }  # fmt: skip
    text = yaml.dump(yaml.safe_load(str(content)), sort_keys=False)
    return Catalogue((parse_instrument(text, "instruments/own.yaml", is_own=True),))


# The General Medical Council shows the work scale the other way round; the NHS shows 0 to 10 where high is better.
GMC = own("gmc", 7, range(0, 101, 25), (100, 0), reverse=7)
NHS = own("nhs", 7, range(1, 6), (5, 1))
OWN = {"gmc": GMC, "nhs": NHS}

VA = {1: 955, 2: 2369, 3: 1233, 4: 546, 5: 301}
GSS = {1: 171, 2: 409, 3: 906, 4: 339, 5: 128}
BO = "1 4 8 10 15 17 19 21 26 29"
STS = SHIPPED.measures["stss"].items
KNOWN = [
    Known("PHQ-4", "gad2", [(2, 1)], [3], at_risk=(1, 1)),
    Known("PHQ-4", "phq2", [(1, 3)], [4], at_risk=(1, 1)),
    Known("PHQ-4", "phq4", [(2, 1, 1, 3)], [7]),
    Known("PHQ-4, one missing", "gad2", [(2, None)], [None]),
    Known("PHQ-4, one missing", "phq2", [(1, 1)], [2]),
    Known("PHQ-4, one missing", "phq4", [(2, None, 1, 1)], [None]),
    Known("PHQ-4, bands", "phq4", [(0, 0, 0, 0), (3, 3, 3, 3), (1, 0, 1, 0), (1, 0, 1, 1)], [0, 12, 2, 3]),
    Known("phq_3 team", "phq_3", singles(0, 1, 2, 3, 2), at_risk=(3, 5), team={"mean": 1.6}),
    Known("bo1 team", "bo1", singles(1, 2, 2, 3, 5), at_risk=(2, 5), team={"mean": 2.6}),
    Known("bo1 counts", "bo1", counted(VA), at_risk=(2080, 5404), team={"mean": 2.420614, "sd": 1.064715}),
    Known("st1", "st1", singles(2, 3, 3, 4, 1), None, [75, 50, 50, 25, 100], (2, 5), {"shown_mean": 60}),
    Known("st1 GSS", "st1", counted(GSS), at_risk=(580, 1953), team={"shown_mean": 51.996928, "shown_sd": 24.868630}),
    Known("CBI work, high", "cbi_work", [(75, 50, 25, 75, 50, 25, 50)], [50], at_risk=(1, 1)),
    Known("CBI work", "cbi_work", [(75, 75, 50, 75, 50, 50, 25)], [450 / 7]),
    Known("CBI work, 4 answered", "cbi_work", [(75, None, 50, 75, None, None, 25)], [68.75]),
    Known("CBI work, 3 answered", "cbi_work", [(75, None, 50, None, None, None, 25)], [None]),
    Known("CBI personal", "cbi_personal", [(50, 50, 75, 25, 50, 0)], [41.666667]),
    Known("CBI client", "cbi_client", [(25, 0, 25, 50, 25, 50)], [29.166667]),
    Known("GMC variant", "gmc", [(75, 75, 50, 75, 50, 50, 25)], None, [35.714286]),
    Known("NHS Q12a-g, strain", "nhs_burnout", [(3, 4, 2, 3, 4, 2, 5)], None, [57.142857]),
    Known("NHS Q12a-g, 0-10", "nhs", [(3, 4, 2, 3, 4, 2, 5)], None, [42.857143]),
    Known("lonely1", "lonely1", singles(1, 2, 3, 3, 4, 5, 5, 2), at_risk=(1, 8)),
    Known("UCLA-3", "ucla3", [(2, 3, 2)], [7], at_risk=(1, 1)),
    Known("ProQOL STS", "proqol_sts", [(2,) * 10], [20], at_risk=(0, 1)),
    Known("ProQOL BO", "proqol_bo", numbered("proqol_bo", BO, "4 4 2 3 4 5 2 3 3 4"), [22], at_risk=(0, 1)),
    Known("CBI work, all 75", "cbi_work", [(75,) * 7], [67.857143]),
    *(Known(f"OLBI, all {n}", "olbi_exhaustion", [(n,) * 8], [20]) for n in (1, 2, 3, 4)),
    *(Known(f"OLBI, all {n}", "olbi_disengagement", [(n,) * 8], [20]) for n in (1, 2, 3, 4)),
    Known("STSS", "stss", [(2,) * 17], [34]),
    Known("STSS", "stss_intrusion", [(2,) * 5], [10]),
    Known("STSS", "stss_avoidance", [(2,) * 7], [14]),
    Known("STSS", "stss_arousal", [(2,) * 5], [10]),
    Known("WHO-5", "who5", [(3, 2, 2, 1, 4), (3, 2, 2, 1, None)], [12, None], [48, None], (1, 1)),
    Known("PSS-4", "pss4", [(3, 1, 2, 4)], [12]),
    Known("PSS-4 coded 1-5", "pss4_from_one", [(4, 2, 3, 5)], [12], [75]),
    Known("AUDIT-C", "audit_c", [(2, 1, 1)], [4]),
    Known("JSS-4", "jss4", [(3, 2, 4, 5)], [14]),
    Known("HSE demands", "hse_demands", [(4, 3, 5, 2, 4, 3, 4, 4)], [2.375]),
    Known("HSE demands", "hse_demands", numbered("hse_demands", "3 6 9 12 16 18 20 22", "1 3 3 3 3 3 3 3"), [3.25]),
    Known("Original A5, dir -", "cas1", singles(1, 2, 3, 4, None), None, [25, 50, 75, 100, None], None,
          {"shown_mean": 62.5}),
    Known("Original pair", "cf", [(3, 1), (3, None)], None, [50, None]),
    Known("sub1", "sub1", singles(0, 0, 1, 2, 4, None), at_risk=(2, 5)),
    Known("sup1", "sup1", singles(4, 2, 0, None), None, [100, 50, 0, None], None, {"shown_mean": 50}),
    Known("mind1", "mind1", singles(0, 2, 4), team={"shown_mean": 50}),
]  # fmt: skip


def results(known: Known) -> tuple[list[float | None], list[float | None], tuple[int, int]]:
    """Native scores, scores on 0-100, and people at risk of those with a score."""
    catalogue = OWN.get(known.measure_id, SHIPPED)
    measure = catalogue.measures[known.measure_id]
    scale = measure_scale(measure, catalogue.items, measure.id)
    frame = pl.DataFrame(known.people, schema=dict.fromkeys(measure.items, pl.Int16), orient="row")
    units = score_answers(frame, [measure], catalogue.items)[measure.id].to_list()
    low, high = scale.at_risk_from_units, scale.at_risk_to_units
    risk = [u is not None and ((low is not None and u >= low) or (high is not None and u <= high)) for u in units]
    shown = [None if unit is None else 100 * unit / scale.range_units for unit in units]
    native = [None if score is None else _native(measure, score) for score in shown]
    return native, shown, (sum(risk), len(units) - units.count(None))


def _native(measure: Measure, shown: float) -> float:
    return measure.display_min + (measure.display_max - measure.display_min) * shown / 100


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: f"{known.row}, {known.measure_id}")
def test_the_known_answer_comes_out(known: Known) -> None:
    native, shown, at_risk = results(known)
    found = {
        "mean": statistics.fmean(x for x in native if x is not None) if known.team else None,
        "shown_mean": statistics.fmean(x for x in shown if x is not None) if known.team else None,
        "sd": statistics.stdev(x for x in native if x is not None) if "sd" in known.team else None,
        "shown_sd": statistics.stdev(x for x in shown if x is not None) if "shown_sd" in known.team else None,
    }
    assert known.native is None or native == pytest.approx(known.native, abs=1e-6)
    assert known.shown is None or shown == pytest.approx(known.shown, abs=1e-6)
    assert known.at_risk is None or at_risk == known.at_risk
    assert {key: found[key] for key in known.team} == pytest.approx(known.team, abs=1e-6)
    assert any([known.native, known.shown, known.at_risk, known.team])


def test_published_shares_are_those_of_the_table() -> None:
    assert pytest.approx((0.384900, 0.296979), abs=1e-6) == (2080 / 5404, 580 / 1953)


def test_the_nhs_score_of_nought_to_ten_is_a_tenth_of_what_is_shown() -> None:
    known = next(known for known in KNOWN if known.row == "NHS Q12a-g, 0-10")
    assert results(known)[1][0] == pytest.approx(10 * 4.285714, abs=1e-5)


def account(item_id: str, cells: list[str | None]) -> tuple[list[int | None], tuple[int, int, int, int]]:
    """Answers that stay of one item's cells; and how many were answered, not said, not applicable, and faulty."""
    con = duckdb.connect()
    frame = pl.DataFrame(
        {"row_number": range(len(cells)), "unit": ["t"] * len(cells), "breakdown": [None] * len(cells), item_id: cells,
         "phq_2": ["1"] * len(cells)},
        schema={"row_number": pl.Int64, "unit": pl.String, "breakdown": pl.String, item_id: pl.String,
                "phq_2": pl.String},
    )  # fmt: skip
    con.register("frame", frame)
    con.execute("create table collected_row as select * from frame")
    con.execute("create view collected as select * from collected_row")
    con.execute("create table set_aside (reason varchar, content varchar)")
    summary = validate(con, SHIPPED, UnitTree((Unit("t", None, "Team", 20),)))
    item = next(item for item in summary.items if item.item_id == item_id)
    kept = [row[0] for row in con.execute(f"select {item_id} from response").fetchall()]
    return kept, (item.answered_n, item.prefer_not_to_say_n, item.not_applicable_n, item.faults_n)


def test_prefer_not_to_say_is_counted_apart() -> None:
    kept, counts = account("sub1", ["0", "0", "1", "2", "4", PREFER_NOT_TO_SAY])
    assert (sorted(kept, key=str), counts) == ([0, 0, 1, 2, 4, None], (5, 1, 0, 0))


def test_not_applicable_is_counted_apart() -> None:
    kept, counts = account("sup1", ["4", "2", "0", NOT_APPLICABLE])
    assert (sorted(kept, key=str), counts) == ([0, 2, 4, None], (3, 0, 1, 0))


@pytest.mark.parametrize("item_id", ["phq_1", "gad_1", "gad_2"])
def test_a_value_outside_the_codes_is_missing_and_a_fault_and_its_row_stays(item_id: str) -> None:
    assert account(item_id, ["10", "2"]) in [([None, 2], (1, 0, 0, 1)), ([2, None], (1, 0, 0, 1))]
