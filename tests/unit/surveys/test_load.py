"""The loader: every error names file and key, and nothing but InstrumentFileError ever leaves it."""

from __future__ import annotations

import copy
import hashlib
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.instrument import NumericAnswer, Tier
from surveys.load import InstrumentFileError, load_catalogue, parse_instrument

ROOT = Path(__file__).parents[3]
WHERE = "instruments/own.yaml"

BASE: dict[str, Any] = {
    "id": "on_call",
    "version": 1,
    "name": "On-call load",
    "citation": "Own, 2026",
    "licence_tier": "A",
    "licence": "own",
    "licence_evidence": "written here",
    "attribution": "us",
    "wording_shipped": True,
    "validated": False,
    "verified": True,
    "recall_days": None,
    "items": [
        {
            "id": f"oncall{number}",
            "text": {"en": f"Question {number}"},
            "text_status": {"en": "ours"},
            "answer": {
                "kind": "coded",
                "options": [{"code": code, "label": {"en": f"Label {code}"}} for code in range(3)],
            },
            "reverse_keyed": False,
        }
        for number in (1, 2)
    ],
    "measures": [
        {
            "id": "oncall",
            "items": ["oncall1", "oncall2"],
            "score": {"method": "mean", "min_answered": 1},
            "construct": "caseload",
            "tier": "work",
            "direction": "higher_is_worse",
            "display": {"min": 0, "max": 2},
            "at_risk": {"from": 2, "label": "always"},
        }
    ],
}


class _NoAliases(yaml.SafeDumper):
    """Writes equal parts twice instead of as an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def document(*changes: tuple[str, Any]) -> str:
    """The valid base file with values replaced at key paths; `...` removes a key."""
    data = copy.deepcopy(BASE)
    for path, value in changes:
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        place: Any = data
        for part in parents:
            place = place[part]
        if value is ...:
            del place[last]
        else:
            place[last] = copy.deepcopy(value)
    text: str = yaml.dump(data, Dumper=_NoAliases, allow_unicode=True, sort_keys=False)
    return text


def refusal(text: str, is_own: bool = True) -> InstrumentFileError:
    with pytest.raises(InstrumentFileError) as caught:
        parse_instrument(text, WHERE, is_own)
    return caught.value


def write_own(folder: Path, text: str, name: str = "own.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_valid_file_becomes_an_instrument_with_the_checksum_of_its_bytes() -> None:
    text = document()
    instrument = parse_instrument(text, WHERE, is_own=True)
    assert (instrument.id, len(instrument.items)) == ("on_call", 2)
    assert instrument.sha256 == hashlib.sha256(text.encode()).hexdigest()


Case = tuple[str, list[tuple[str, Any]], str, str]
NUMERIC = {"kind": "numeric", "min": 0, "max": 2}
WRONG: list[Case] = [
    ("missing key", [("name", ...)], "name", "missing"),
    ("unknown key", [("licence_teir", "A")], "licence_teir", "`licence_tier`"),
    ("unknown item key", [("items.1.reverse_key", True)], "items.1.reverse_key", "`reverse_keyed`"),
    ("unknown option key", [("items.0.answer.options.0.lable", {})], "items.0.answer.options.0.lable", "`label`"),
    ("unknown score key", [("measures.0.score.min_answer", 1)], "measures.0.score.min_answer", "`min_answered`"),
    (
        "list for flag",
        [("items.1.reverse_keyed", [True])],
        "items.1.reverse_keyed",
        "expected true or false, found a list",
    ),
    ("text for flag", [("validated", "yes")], "validated", "expected true or false, found text"),
    ("flag for number", [("version", True)], "version", "expected a whole number, found true or false"),
    ("fraction for number", [("version", 1.5)], "version", "expected a whole number, found text"),
    ("version 0", [("version", 0)], "version", "too small"),
    ("recall 0", [("recall_days", 0)], "recall_days", "too small"),
    ("number for text", [("name", 7)], "name", "expected text, found a number"),
    ("empty name", [("name", "")], "name", "found nothing"),
    ("no items", [("items", [])], "items", "empty"),
    ("items no list", [("items", {"a": 1})], "items", "expected a list, found keys"),
    ("no measures", [("measures", [])], "measures", "empty"),
    ("item no mapping", [("items.0", "oncall1")], "items.0", "expected keys with values, found text"),
    ("bad id", [("items.0.id", "On-call")], "items.0.id", "no usable id"),
    ("long id", [("items.0.id", "a" * 41)], "items.0.id", "no usable id"),
    ("line end after id", [("id", "a\nb")], "id", "line break"),
    ("reserved item", [("items.0.id", "unit_id")], "items.0.id", "reserved"),
    ("reserved measure", [("measures.0.id", "participation")], "measures.0.id", "reserved"),
    ("item twice", [("items.1.id", "oncall1")], "items.1.id", "twice"),
    ("measure twice", [("measures", BASE["measures"] * 2)], "measures.1.id", "twice"),
    ("code twice", [("items.0.answer.options.1.code", 0)], "items.0.answer.options.1.code", "twice"),
    (
        "one option",
        [("items.0.answer.options", [{"code": 0, "label": {"en": "x"}}])],
        "items.0.answer.options",
        "no choice",
    ),
    ("kind", [("items.0.answer.kind", "code")], "items.0.answer.kind", "`coded`"),
    ("min not below max", [("items.0.answer", {**NUMERIC, "min": 2})], "items.0.answer.max", "not above"),
    ("options of a number", [("items.0.answer", {**NUMERIC, "options": []})], "items.0.answer.options", "unknown key"),
    ("status missing", [("items.0.text_status", {})], "items.0.text_status", "no text_status"),
    ("status unknown", [("items.0.text_status.en", "offical")], "items.0.text_status.en", "`official`"),
    ("text missing", [("items.0.text_status.de", "ours")], "items.0.text_status", "no text for"),
    ("language", [("items.0.text.english", "x")], "items.0.text.english", "language tag"),
    ("licence tier", [("licence_tier", "D")], "licence_tier", "unknown licence tier"),
    ("unknown item of a measure", [("measures.0.items.1", "oncal2")], "measures.0.items.1", "`oncall2`"),
    ("item twice in a measure", [("measures.0.items.1", "oncall1")], "measures.0.items.1", "twice"),
    ("too many needed", [("measures.0.score.min_answered", 3)], "measures.0.score.min_answered", "at most 2"),
    ("none needed", [("measures.0.score.min_answered", 0)], "measures.0.score.min_answered", "too small"),
    ("half a sum", [("measures.0.score.method", "sum")], "measures.0.score.min_answered", "every item"),
    ("method", [("measures.0.score.method", "median")], "measures.0.score.method", "`mean`"),
    ("bounds differ", [("items.1.answer", {**NUMERIC, "max": 5})], "measures.0.items", "different answer ranges"),
    ("tier", [("measures.0.tier", "secret")], "measures.0.tier", "work, sensitive, guarded"),
    ("direction", [("measures.0.direction", "higher_is_bad")], "measures.0.direction", "higher_is_worse"),
    ("display flat", [("measures.0.display.max", 0)], "measures.0.display.max", "the same"),
    ("display outside", [("measures.0.display.max", 4)], "measures.0.display.max", "from 0 to 2"),
    ("at risk both", [("measures.0.at_risk.to", 1)], "measures.0.at_risk", "exactly one"),
    ("at risk none", [("measures.0.at_risk.from", ...)], "measures.0.at_risk", "exactly one"),
    ("at risk outside", [("measures.0.at_risk.from", 3)], "measures.0.at_risk.from", "from 0 to 2"),
    ("at risk nameless", [("measures.0.at_risk.label", ...)], "measures.0.at_risk.label", "missing"),
    ("only_without itself", [("measures.0.only_without", ["oncall1"])], "measures.0.only_without.0", "never"),
    ("only_without unknown", [("measures.0.only_without", ["oncall3"])], "measures.0.only_without.0", "unknown item"),
]


@pytest.mark.parametrize(("changes", "key_path", "says"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_file_is_refused_with_file_key_and_reason(
    changes: list[tuple[str, Any]], key_path: str, says: str
) -> None:
    error = refusal(document(*changes))
    assert (error.where, error.key_path) == (WHERE, key_path)
    assert str(error).startswith(f"{WHERE}: {key_path}: ")
    assert says in str(error)
    assert error.advice


TEXTS = [
    ("empty", "", "", "found nothing"),
    ("a list", "[]", "", "found a list"),
    ("broken", "a: [", "", "(line 2, column 1)"),
    ("two documents", "a: 1\n---\nb: 2\n", "", "line 2"),
    ("key twice", "id: a\nid: b\n", "id", "twice (line 2)"),
    ("nested key twice", "items:\n  - { id: a, id: b }\n", "items.0.id", "twice"),
    ("alias", "a: &x [1]\nb: *x\n", "", "anchors"),
    ("bomb", "a: &a [1,1]\nb: &b [*a,*a]\n", "", "anchors"),
    ("tag", "a: !!python/object/apply:os.getcwd []\n", "", "tags"),
    ("complex key", "? [a]\n: b\n", "", "a key is not plain text"),
    ("deep", "[" * 5000, "", "nested deeper"),
    ("control character", 'name: "a\\u0007b"\n', "name", "control character"),
    ("lone surrogate", 'name: "\\ud800"\n', "", "escape code"),
    ("impossible escape", 'name: "\\U99999999"\n', "", "escape code"),
    ("null byte", "a: \0", "", "cannot be read"),
    ("too large", "#" * (1024 * 1024 + 1), "", "1 MiB"),
    ("too large in bytes", "#" + "é" * (600 * 1024), "", "1 MiB"),
]


@pytest.mark.parametrize(("text", "key_path", "says"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_text_that_is_no_plain_yaml_is_refused(text: str, key_path: str, says: str) -> None:
    error = refusal(text)
    assert error.key_path == key_path
    assert says in str(error)


def test_yes_and_no_are_answer_labels_and_norwegian_is_a_language() -> None:
    text = document().replace("en: Label 0", "en: No\n        no: Nei")
    instrument = parse_instrument(text, WHERE, is_own=True)
    assert instrument.items[0].answer.options[0].label == {"en": "No", "no": "Nei"}  # type: ignore[union-attr]


def test_an_own_measure_without_a_tier_is_sensitive() -> None:
    instrument = parse_instrument(document(("measures.0.tier", ...)), WHERE, is_own=True)
    assert instrument.measures[0].tier is Tier.SENSITIVE


def test_a_shipped_measure_needs_a_tier() -> None:
    assert refusal(document(("measures.0.tier", ...)), is_own=False).key_path == "measures.0.tier"


def test_an_own_construct_is_free() -> None:
    instrument = parse_instrument(document(("measures.0.construct", "on-call")), WHERE, is_own=True)
    assert instrument.measures[0].construct == "on-call"


def test_a_shipped_construct_is_from_the_list() -> None:
    error = refusal(document(("measures.0.construct", "burn_out")), is_own=False)
    assert error.key_path == "measures.0.construct"
    assert "`burnout`" in error.advice


@pytest.mark.parametrize("tier", ["B", "C"])
@pytest.mark.parametrize("is_own", [True, False])
def test_wording_of_licence_tier_b_or_c_is_never_shipped(tier: str, is_own: bool) -> None:
    assert refusal(document(("licence_tier", tier)), is_own).key_path == "wording_shipped"


def test_a_shipped_file_without_the_right_to_wording_holds_none() -> None:
    error = refusal(document(("licence_tier", "B"), ("wording_shipped", False)), is_own=False)
    assert error.key_path == "items.0.text"


def test_a_shipped_file_of_licence_tier_c_is_refused() -> None:
    error = refusal(document(("licence_tier", "C"), ("wording_shipped", False)), is_own=False)
    assert error.key_path == "licence_tier"


def test_a_shipped_file_with_wording_has_it_in_english() -> None:
    german = [("items.0.text", {"de": "Frage"}), ("items.0.text_status", {"de": "ours"})]
    assert refusal(document(*german), is_own=False).key_path == "items.0.text"


def test_display_may_run_downwards_and_a_number_may_be_an_answer() -> None:
    changes = [("items.0.answer", NUMERIC), ("items.1.answer", NUMERIC), ("measures.0.display", {"min": 2, "max": 0})]
    instrument = parse_instrument(document(*changes), WHERE, is_own=True)
    assert (instrument.measures[0].display_min, instrument.measures[0].display_max) == (2, 0)
    assert instrument.items[0].answer == NumericAnswer(0, 2)


def test_the_display_of_a_sum_reaches_to_its_greatest_sum() -> None:
    score, display = {"method": "sum", "min_answered": 2}, {"min": 0, "max": 4}
    instrument = parse_instrument(document(("measures.0.score", score), ("measures.0.display", display)), WHERE, True)
    assert instrument.measures[0].display_max == 4


def test_a_missing_own_folder_leaves_the_shipped_catalogue(tmp_path: Path) -> None:
    assert load_catalogue(tmp_path / "instruments") == load_catalogue()


def test_own_instruments_join_the_shipped_ones(tmp_path: Path) -> None:
    catalogue = load_catalogue(write_own(tmp_path / "instruments", document()))
    assert catalogue.instrument_of("oncall").is_own
    assert not catalogue.instrument_of("bo1").is_own


@pytest.mark.parametrize(
    ("changes", "key_path"),
    [
        ([("items.1.id", "bo1"), ("measures.0.items.1", "bo1")], "items.1.id"),
        ([("measures.0.id", "phq2")], "measures.0.id"),
        ([("id", "phq4")], "id"),
    ],
    ids=["item", "measure", "instrument"],
)
def test_an_own_file_cannot_redefine_a_shipped_id(
    tmp_path: Path, changes: list[tuple[str, Any]], key_path: str
) -> None:
    with pytest.raises(InstrumentFileError) as caught:
        load_catalogue(write_own(tmp_path / "instruments", document(*changes)))
    assert (caught.value.where, caught.value.key_path) == ("instruments/own.yaml", key_path)


def test_two_files_may_share_an_item_that_is_the_same(tmp_path: Path) -> None:
    folder = write_own(tmp_path / "instruments", document())
    write_own(folder, document(("id", "second"), ("measures.0.id", "second")), "second.yaml")
    assert load_catalogue(folder).instrument_of("second").items == load_catalogue(folder).instrument_of("oncall").items


def test_two_files_must_agree_on_a_shared_item(tmp_path: Path) -> None:
    folder = write_own(tmp_path / "instruments", document())
    changed = document(("id", "second"), ("measures.0.id", "second"), ("items.1.reverse_keyed", True))
    write_own(folder, changed, "second.yaml")
    with pytest.raises(InstrumentFileError) as caught:
        load_catalogue(folder)
    assert (caught.value.where, caught.value.key_path) == ("instruments/second.yaml", "items.1")


def test_two_files_cannot_share_a_measure(tmp_path: Path) -> None:
    folder = write_own(tmp_path / "instruments", document())
    write_own(folder, document(("id", "second")), "second.yaml")
    with pytest.raises(InstrumentFileError, match=r"second\.yaml: measures\.0\.id"):
        load_catalogue(folder)


def _not_utf8(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")


def _too_large(path: Path) -> None:
    path.write_bytes(b"#" * (1024 * 1024 + 1))


@pytest.mark.parametrize(
    ("make", "says"), [(_not_utf8, "UTF-8"), (_too_large, "1 MiB"), (Path.mkdir, "cannot be read")]
)
def test_an_own_file_that_cannot_be_read_is_named(tmp_path: Path, make: Callable[[Path], None], says: str) -> None:
    make(tmp_path / "own.yaml")
    with pytest.raises(InstrumentFileError, match=says) as caught:
        load_catalogue(tmp_path)
    assert caught.value.where == f"{tmp_path.name}/own.yaml"


def test_a_file_ending_in_yml_is_not_silently_skipped(tmp_path: Path) -> None:
    with pytest.raises(InstrumentFileError, match="Rename"):
        load_catalogue(write_own(tmp_path, document(), "own.yml"))


def test_the_error_survives_a_process_border() -> None:
    error = InstrumentFileError("a.yaml", "id", "wrong", "Mend it.")
    assert str(pickle.loads(pickle.dumps(error))) == "a.yaml: id: wrong. Mend it."


def test_the_example_of_the_reference_page_is_a_valid_own_file() -> None:
    page = (ROOT / "docs/reference/instruments.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert example is not None
    assert parse_instrument(example[1], WHERE, is_own=True).measures[0].tier is Tier.SENSITIVE


def only_instrument_file_errors(text: str) -> None:
    try:
        instrument = parse_instrument(text, WHERE, is_own=True)
    except InstrumentFileError as error:
        assert error.where == WHERE
        str(error).encode("utf-8")
    else:
        assert instrument.measures


yaml_soup = st.text(alphabet=st.sampled_from(list("ab01-:?,[]{}&*!|>'\"%@#\\Ux~<. \n\té\ud800")), max_size=60)


@given(st.one_of(st.text(), yaml_soup))
@settings(max_examples=150, deadline=None)
def test_no_text_makes_the_loader_raise_anything_else(text: str) -> None:
    only_instrument_file_errors(text)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.floats(allow_nan=False), st.dates()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["en", "kind", "options", "code", "min", "from", "id", "x"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)
paths = st.sampled_from(sorted({case[2] for case in WRONG if "only_without" not in case[2]} - {"measures.1.id"}))


@given(paths, values)
@settings(max_examples=100, deadline=None)
def test_no_value_at_any_key_makes_the_loader_raise_anything_else(path: str, value: Any) -> None:
    only_instrument_file_errors(document((path, value)))


@given(st.integers(min_value=0, max_value=2000), st.text(max_size=3))
@settings(max_examples=60, deadline=None)
def test_no_damage_to_a_valid_file_makes_the_loader_raise_anything_else(place: int, damage: str) -> None:
    text = document()
    only_instrument_file_errors(text[:place] + damage + text[place + 1 :])
