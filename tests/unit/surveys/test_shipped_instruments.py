"""The shipped instruments against table 4a of the contracts, written down here once more by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from surveys.instrument import Catalogue, CodedAnswer, Measure
from surveys.load import load_catalogue

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "surveys" / "instruments"
EVERYTHING = load_catalogue()
CATALOGUE = Catalogue(tuple(each for each in EVERYTHING.instruments if each.wording_shipped))
SCORING_ONLY = Catalogue(tuple(each for each in EVERYTHING.instruments if not each.wording_shipped))

W, S, G = "work", "sensitive", "guarded"
WORSE, BETTER = "higher_is_worse", "higher_is_better"
CBI = "ee1 cbi_w2 cbi_w3 cbi_w4 cbi_w5 cbi_w6 cbi_w7"

# measure, items, method, least answered, construct, tier, direction, shown as 0, shown as 100, at risk
TABLE = [
    ("bo1", "bo1", "mean", 1, "burnout", W, WORSE, 1, 5, "from 3"),
    ("st1", "st1", "mean", 1, "stress", W, WORSE, 5, 1, "to 2"),
    ("ee1", "ee1", "mean", 1, "emotional_exhaustion", W, WORSE, 0, 100, "from 75"),
    ("cbi_work", CBI, "mean", 4, "burnout", W, WORSE, 0, 100, "from 50"),
    ("phq2", "phq_1 phq_2", "sum", 2, "depression", S, WORSE, 0, 6, "from 3"),
    ("gad2", "gad_1 gad_2", "sum", 2, "anxiety", S, WORSE, 0, 6, "from 3"),
    ("phq4", "gad_1 gad_2 phq_1 phq_2", "sum", 4, "depression", S, WORSE, 0, 12, None),
    ("phq8", "phq_1 phq_2 phq_3 phq_4 phq_5 phq_6 phq_7 phq_8", "sum", 8, "depression", S, WORSE, 0, 24, None),
    ("gad7", "gad_1 gad_2 gad_3 gad_4 gad_5 gad_6 gad_7", "sum", 7, "anxiety", S, WORSE, 0, 21, None),
    ("phq_3", "phq_3", "mean", 1, "sleep", S, WORSE, 0, 3, "from 2"),
    ("slp1", "slp1", "mean", 1, "sleep", S, BETTER, 0, 4, None),
    ("cf", "cf1 cf2", "mean", 2, "compassion_fatigue", S, WORSE, 0, 4, None),
    ("vt", "vt1 vt2", "mean", 2, "vicarious_trauma", S, WORSE, 0, 4, None),
    ("ip", "ip1 ip2", "mean", 2, "imposter", S, WORSE, 0, 4, None),
    ("bnd", "bnd1 bnd2", "mean", 2, "boundaries", S, WORSE, 0, 4, None),
    ("cf1", "cf1", "mean", 1, "compassion_fatigue", S, WORSE, 0, 4, None),
    ("vt1", "vt1", "mean", 1, "vicarious_trauma", S, WORSE, 0, 4, None),
    ("ip1", "ip1", "mean", 1, "imposter", S, WORSE, 0, 4, None),
    ("bnd1", "bnd1", "mean", 1, "boundaries", S, WORSE, 0, 4, None),
    ("lonely1", "lonely1", "mean", 1, "isolation", S, WORSE, 5, 1, "to 1"),
    ("iso1", "iso1", "mean", 1, "isolation", S, BETTER, 0, 4, None),
    ("dep1", "dep1", "mean", 1, "burnout", S, WORSE, 0, 4, None),
    ("acc1", "acc1", "mean", 1, "burnout", S, BETTER, 0, 4, None),
    ("sub1", "sub1", "mean", 1, "substance_use", G, WORSE, 0, 4, "from 2"),
    ("cas1", "cas1", "mean", 1, "caseload", W, BETTER, 0, 4, None),
    ("exp1", "exp1", "mean", 1, "expectations", W, BETTER, 0, 4, None),
    ("res1", "res1", "mean", 1, "resources", W, BETTER, 0, 4, None),
    ("cul1", "cul1", "mean", 1, "culture", W, BETTER, 0, 4, None),
    ("psy1", "psy1", "mean", 1, "culture", W, BETTER, 0, 4, None),
    ("sup1", "sup1", "mean", 1, "supervision", W, BETTER, 0, 4, None),
    ("sup2", "sup2", "mean", 1, "supervision", W, BETTER, 0, 4, None),
    ("mind1", "mind1", "mean", 1, "mindfulness", W, BETTER, 0, 4, None),
    ("wlb1", "wlb1", "mean", 1, "work_life_balance", W, BETTER, 0, 4, None),
    ("ther1", "ther1", "mean", 1, "personal_therapy", S, BETTER, 0, 4, None),
    ("net1", "net1", "mean", 1, "network", W, BETTER, 0, 4, None),
    ("peer1", "peer1", "mean", 1, "network", W, BETTER, 0, 4, None),
    ("adm1", "adm1", "mean", 1, "sources_of_stress", W, WORSE, 0, 4, None),
    ("emo1", "emo1", "mean", 1, "sources_of_stress", S, WORSE, 0, 4, None),
    ("vr1", "vr1", "mean", 1, "resilience", W, BETTER, 0, 4, None),
    ("act1", "act1", "mean", 1, "voice", W, BETTER, 0, 4, None),
]
ORIGINALS = (
    "cf1 cf2 vt1 vt2 vr1 cas1 adm1 emo1 dep1 acc1 ip1 ip2 iso1 slp1 sub1 bnd1 bnd2 sup1 sup2 ther1 mind1 wlb1 "
    "net1 peer1 res1 cul1 psy1 exp1 act1"
)
ORIGINAL_ITEMS = ORIGINALS.split()
CODES = (
    dict.fromkeys(("bo1", "st1", "lonely1"), (1, 2, 3, 4, 5))
    | dict.fromkeys(CBI.split(), (0, 25, 50, 75, 100))
    | {f"phq_{number}": (0, 1, 2, 3) for number in range(1, 9)}
    | {f"gad_{number}": (0, 1, 2, 3) for number in range(1, 8)}
    | dict.fromkeys(ORIGINAL_ITEMS, (0, 1, 2, 3, 4))
    | {"sup1": (0, 2, 4)}
)
CONSTRUCT_NAMES = (
    "compassion_fatigue burnout vicarious_trauma stress anxiety depression imposter isolation sleep substance_use "
    "boundaries emotional_exhaustion supervision personal_therapy mindfulness work_life_balance network resources "
    "culture caseload expectations"
)
SEED_CONSTRUCTS = CONSTRUCT_NAMES.split()
SENSITIVE_CONSTRUCTS = (
    "compassion_fatigue", "depression", "anxiety", "sleep", "substance_use", "isolation",
    "vicarious_trauma", "imposter",
)  # fmt: skip
HSE_REVERSED = "3 6 9 12 16 18 20 22 5 14 21 34"
# Scoring-only measures (INSTRUMENTS 3.5 to 3.7): items, reversed ones, method, least answered, native range, at risk
SCORED = [
    ("who5", "who5_", "1 2 3 4 5", "", "sum", 5, 0, 25, "to 12"),
    ("proqol_cs", "proqol_", "3 6 12 16 18 20 22 24 27 30", "", "sum", 10, 10, 50, "to 22"),
    ("proqol_bo", "proqol_", "1 4 8 10 15 17 19 21 26 29", "1 4 15 17 29", "sum", 10, 10, 50, "from 42"),
    ("proqol_sts", "proqol_", "2 5 7 9 11 13 14 23 25 28", "", "sum", 10, 10, 50, "from 42"),
    ("pss4", "pss_", "1 2 3 4", "2 3", "sum", 4, 0, 16, None),
    ("pss4_from_one", "pss_from_one_", "1 2 3 4", "2 3", "sum", 4, 0, 16, None),
    ("audit_c", "auditc_", "1 2 3", "", "sum", 3, 0, 12, None),
    ("ucla3", "ucla_", "1 2 3", "", "sum", 3, 3, 9, "from 6"),
    ("jss4", "jss_", "1 2 3 4", "", "sum", 4, 0, 20, None),
    ("hse_demands", "hse_", "3 6 9 12 16 18 20 22", HSE_REVERSED, "mean", 8, 1, 5, None),
    ("hse_control", "hse_", "2 10 15 19 25 30", HSE_REVERSED, "mean", 6, 1, 5, None),
    ("hse_manager_support", "hse_", "8 23 29 33 35", HSE_REVERSED, "mean", 5, 1, 5, None),
    ("hse_peer_support", "hse_", "7 24 27 31", HSE_REVERSED, "mean", 4, 1, 5, None),
    ("hse_relationships", "hse_", "5 14 21 34", HSE_REVERSED, "mean", 4, 1, 5, None),
    ("hse_role", "hse_", "1 4 11 13 17", HSE_REVERSED, "mean", 5, 1, 5, None),
    ("hse_change", "hse_", "26 28 32", HSE_REVERSED, "mean", 3, 1, 5, None),
    ("bat12", "bat_", "1 2 3 4 5 6 7 8 9 10 11 12", "", "mean", 12, 1, 5, None),
    ("stss", "stss_", " ".join(map(str, range(1, 18))), "", "sum", 17, 17, 85, "from 38"),
    ("stss_intrusion", "stss_", "2 3 6 10 13", "", "sum", 5, 5, 25, None),
    ("stss_avoidance", "stss_", "1 5 7 9 12 14 17", "", "sum", 7, 7, 35, None),
    ("stss_arousal", "stss_", "4 8 11 15 16", "", "sum", 5, 5, 25, None),
    ("olbi_exhaustion", "olbi_", "2 4 5 8 10 12 14 16", "2 3 4 6 8 9 11 12", "sum", 8, 8, 32, None),
    ("olbi_disengagement", "olbi_", "1 3 6 7 9 11 13 15", "2 3 4 6 8 9 11 12", "sum", 8, 8, 32, None),
    ("copsoq_burnout", "copsoq_bo", "1 2 3 4", "", "mean", 2, 0, 100, None),
    ("copsoq_stress", "copsoq_st", "1 2 3", "", "mean", 2, 0, 100, None),
    ("cbi_personal", "cbi_p", "1 2 3 4 5 6", "", "mean", 3, 0, 100, "from 50"),
    ("cbi_client", "cbi_c", "1 2 3 4 5 6", "", "mean", 3, 0, 100, "from 50"),
    ("nhs_burnout", "nhs_q12", "a b c d e f g", "", "mean", 7, 1, 5, None),
]
NEVER_RELEASED = ["audit_c", "stss_intrusion", "stss_avoidance", "stss_arousal"]
OFTEN_ASKED_DOWNWARDS = {"st1": "Always", "lonely1": "Often or always"}


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_a_measure_is_as_in_the_contract(row: tuple[object, ...]) -> None:
    measure = CATALOGUE.measures[str(row[0])]
    risk = measure.at_risk
    shown_risk = None if risk is None else (f"to {risk.to}" if risk.from_ is None else f"from {risk.from_}")
    assert (
        measure.id, " ".join(measure.items), measure.method.value, measure.min_answered, measure.construct,
        measure.tier.value, measure.direction.value, measure.display_min, measure.display_max, shown_risk,
    ) == row  # fmt: skip


@pytest.mark.parametrize("row", SCORED, ids=[row[0] for row in SCORED])
def test_a_scoring_only_measure_has_the_key_that_was_read_in_a_source(row: tuple[str, ...]) -> None:
    measure = SCORING_ONLY.measures[row[0]]
    prefix, risk = row[1], measure.at_risk
    numbers = [item_id.removeprefix(prefix) for item_id in measure.items]
    reverse = {number for number in numbers if SCORING_ONLY.items[prefix + number].reverse_keyed}
    assert (
        measure.id, prefix, " ".join(numbers), measure.method.value, measure.min_answered, measure.display_min,
        measure.display_max,
        None if risk is None else (f"to {risk.to}" if risk.from_ is None else f"from {risk.from_}"),
    ) == (*row[:3], *row[4:])  # fmt: skip
    assert reverse == set(row[3].split()) & set(numbers)


def test_no_other_key_is_shipped_than_those_that_were_read() -> None:
    assert sorted(SCORING_ONLY.measures) == sorted(row[0] for row in SCORED)


def test_scoring_only_files_hold_no_wording_at_all() -> None:
    answers = [item.answer for item in SCORING_ONLY.items.values()]
    labels = [o.label for answer in answers if isinstance(answer, CodedAnswer) for o in answer.options]
    assert (set(SCORING_ONLY.without_wording(SCORING_ONLY.items)), any(labels)) == (set(SCORING_ONLY.items), False)


def test_every_instrument_of_licence_tier_b_is_scoring_only() -> None:
    assert {each.licence_tier for each in EVERYTHING.instruments if not each.wording_shipped} == {"B", "A*"}


def test_alcohol_quantities_and_subscales_of_a_released_total_stay_inside() -> None:
    assert [m.id for m in SCORING_ONLY.measures.values() if not m.is_released] == NEVER_RELEASED


def test_scoring_only_measures_are_no_less_protected_than_their_construct() -> None:
    tiers = {m.id: m.tier.value for m in SCORING_ONLY.measures.values() if m.construct in SENSITIVE_CONSTRUCTS}
    assert {name for name, tier in tiers.items() if tier == W} == set()


def test_no_measure_is_shipped_beside_those_of_the_contract() -> None:
    assert sorted(CATALOGUE.measures) == sorted(row[0] for row in TABLE)


def test_items_and_codes_are_those_of_the_contract() -> None:
    codes = {item.id: item.answer.codes for item in CATALOGUE.items.values() if isinstance(item.answer, CodedAnswer)}
    assert codes == CODES


def test_only_the_seventh_cbi_item_is_reversed() -> None:
    assert [item.id for item in CATALOGUE.items.values() if item.reverse_keyed] == ["cbi_w7"]


def test_only_phq4_is_scored_and_not_released() -> None:
    assert [measure.id for measure in CATALOGUE.measures.values() if not measure.is_released] == ["phq4"]


def test_single_items_of_a_pair_are_measures_only_without_their_partner() -> None:
    guarded = {measure.id: measure.only_without for measure in CATALOGUE.measures.values() if measure.only_without}
    assert guarded == {"cf1": ("cf2",), "vt1": ("vt2",), "ip1": ("ip2",), "bnd1": ("bnd2",)}


@pytest.mark.parametrize(("asked", "measures"), [("cf1", ["cf1"]), ("cf1 cf2", ["cf"]), ("cf2", [])])
def test_a_wave_reports_the_pair_or_its_first_item_never_both(asked: str, measures: list[str]) -> None:
    assert [measure.id for measure in CATALOGUE.measures_asked(frozenset(asked.split()))] == measures


@pytest.mark.parametrize("construct", SEED_CONSTRUCTS)
def test_every_challenge_and_support_has_a_measure(construct: str) -> None:
    assert [m.id for m in CATALOGUE.measures.values() if m.construct == construct and m.is_released]


def test_only_supervision_items_can_be_not_applicable() -> None:
    answers = {item.id: item.answer for item in CATALOGUE.items.values()}
    assert {key for key, answer in answers.items() if isinstance(answer, CodedAnswer) and answer.not_applicable} == {
        "sup1",
        "sup2",
    }


@pytest.mark.parametrize(("item_id", "label"), OFTEN_ASKED_DOWNWARDS.items())
def test_code_one_is_the_worst_answer_of_items_displayed_downwards(item_id: str, label: str) -> None:
    answer = CATALOGUE.items[item_id].answer
    assert isinstance(answer, CodedAnswer)
    assert {option.code: option.label["en"] for option in answer.options}[1] == label


def test_wording_is_shipped_only_where_the_licence_lets_us() -> None:
    assert {i.licence_tier for i in CATALOGUE.instruments if i.wording_shipped} <= {"A", "A*"}


def test_original_items_are_marked_as_not_validated() -> None:
    unvalidated = {item.id for i in CATALOGUE.instruments if not i.validated for item in i.items}
    assert unvalidated == set(ORIGINAL_ITEMS)


def test_original_items_are_there_in_three_languages_marked_as_ours() -> None:
    statuses = {item_id: CATALOGUE.items[item_id].text_status for item_id in ORIGINAL_ITEMS}
    assert statuses == {item_id: {"en": "ours", "de": "ours", "es": "ours"} for item_id in ORIGINAL_ITEMS}


def test_an_item_text_and_its_option_labels_are_in_the_same_languages() -> None:
    for item in CATALOGUE.items.values():
        assert isinstance(item.answer, CodedAnswer)
        assert {frozenset(option.label) for option in item.answer.options} == {frozenset(item.text)}, item.id


def test_items_of_the_phq_family_look_back_two_weeks() -> None:
    family = {i.recall_days for i in CATALOGUE.instruments if any(x.id[:4] in {"phq_", "gad_"} for x in i.items)}
    assert family == {14}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_measure_has_a_short_name_of_its_own(language: str) -> None:
    names = [measure.name[language] for measure in EVERYTHING.measures.values()]
    assert len(set(names)) == len(names)
    assert max(len(name) for name in names) <= 24


@pytest.mark.parametrize("measure", EVERYTHING.measures.values(), ids=lambda measure: measure.id)
def test_a_measure_says_in_two_languages_what_it_asks_what_high_means_and_what_it_cannot_say(measure: Measure) -> None:
    explains, cannot_say = measure.explains or {}, measure.cannot_say or {}
    assert (set(explains), set(cannot_say)) == ({"en", "de"}, {"en", "de"})
    assert measure.id == "sub1" or ("igh means" in explains["en"] or "high means" in explains["en"])
    assert measure.id == "sub1" or "och heißt" in explains["de"]


def test_original_items_say_over_which_time_they_ask() -> None:
    stems = {each.id for each in CATALOGUE.instruments if each.stem and set(each.stem) == {"en", "de", "es"}}
    originals = {each.id for each in CATALOGUE.instruments if not each.validated}
    assert originals - stems == {"quorum_mindfulness"}


def test_spanish_packs_are_not_mixed_within_an_item() -> None:
    spanish = {frozenset(x for x in item.text if x[:2] == "es") for item in CATALOGUE.items.values()}
    assert spanish == {frozenset(), frozenset({"es"}), frozenset({"es-US"})}


def test_question_nine_of_the_phq_is_never_shipped() -> None:
    text = " ".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yaml"))
    assert "better off dead" not in text
    assert "phq_9" not in text


def test_every_file_with_foreign_wording_is_named_in_the_notice() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    foreign = {
        path.name
        for path in FOLDER.glob("*.yaml")
        if yaml.safe_load(path.read_text(encoding="utf-8"))["licence"] != "Apache-2.0"
    }
    assert len(foreign) == 8 + len(SCORING_ONLY.instruments)
    assert [name for name in sorted(foreign) if name not in notice] == []


def test_every_shipped_file_says_its_licence_in_words() -> None:
    assert [path.name for path in FOLDER.glob("*.yaml") if "\nlicence: " not in path.read_text(encoding="utf-8")] == []


def test_the_notice_repeats_the_attribution_line_of_the_open_government_licence() -> None:
    notice = " ".join((ROOT / "NOTICE").read_text(encoding="utf-8").split())
    assert CATALOGUE.instrument_of("lonely1").attribution in notice
