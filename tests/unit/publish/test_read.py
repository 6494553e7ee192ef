"""The reader lets nothing through that is not exactly a release."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.errors import KeyMissing, ReleaseInvalid
from flows.publish.contract import CELLS, GROUPS, MEASURES
from flows.publish.read import list_releases, load_release, read_public_key
from tests.release_builder import (
    OTHER_KEY,
    PUBLIC_KEY,
    full_draft,
    retract,
    sign_manifest,
    small_draft,
    write_release,
    write_shelf,
)

Tables = dict[str, pl.DataFrame]


def _manifest(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return content


def _signed_again(folder: Path, **changes: Any) -> Path:
    sign_manifest(folder, {**_manifest(folder), **changes})
    return folder


def _set(table: str, column: str, value: Any, where: pl.Expr | None = None) -> Callable[[Tables], None]:
    """A change that writes a value into a column, of rows that match."""

    def change(tables: Tables) -> None:
        dtype = tables[table].schema[column]
        changed = pl.when(pl.lit(True) if where is None else where).then(pl.lit(value, dtype=dtype))
        tables[table] = tables[table].with_columns(changed.otherwise(pl.col(column)).alias(column))

    return change


def test_a_valid_release_is_read_with_the_columns_of_the_contract(tmp_path: Path) -> None:
    release = load_release(write_release(tmp_path, full_draft("2026-11")), PUBLIC_KEY)
    assert dict(release.cells.schema) == CELLS
    assert dict(release.groups.schema) == GROUPS
    assert dict(release.measures.schema) == MEASURES


def test_a_signature_by_the_trusted_key_is_trusted(tmp_path: Path) -> None:
    assert load_release(write_release(tmp_path, small_draft()), PUBLIC_KEY).is_signature_trusted


def test_a_signature_is_not_called_trusted_when_no_key_is_named(tmp_path: Path) -> None:
    assert not load_release(write_release(tmp_path, small_draft()), None).is_signature_trusted


def test_a_release_signed_with_another_key_is_refused(tmp_path: Path) -> None:
    folder = write_release(tmp_path, small_draft(), key=OTHER_KEY)
    with pytest.raises(ReleaseInvalid, match="other than this workspace's"):
        load_release(folder, PUBLIC_KEY)


def test_a_manifest_changed_after_signing_is_refused(tmp_path: Path) -> None:
    folder = write_release(tmp_path, small_draft())
    text = (folder / "manifest.json").read_text().replace("anonymous_export", "anonymous_ballot")
    (folder / "manifest.json").write_text(text)
    with pytest.raises(ReleaseInvalid, match="signature does not match"):
        load_release(folder, None)


def test_a_signature_of_wrong_length_is_refused(tmp_path: Path) -> None:
    folder = write_release(tmp_path, small_draft())
    (folder / "manifest.sig").write_bytes(b"short")
    with pytest.raises(ReleaseInvalid, match="signature does not match"):
        load_release(folder, None)


@pytest.mark.parametrize(
    "name", ["cells.parquet", "groups.parquet", "measures.parquet", "manifest.json", "manifest.sig"]
)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = write_release(tmp_path, small_draft())
    (folder / name).unlink()
    with pytest.raises(ReleaseInvalid, match=f"{name} is missing"):
        load_release(folder, PUBLIC_KEY)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseInvalid, match="folder is missing"):
        load_release(tmp_path / "2026-11", PUBLIC_KEY)


@pytest.mark.parametrize("name", ["cells.parquet", "groups.parquet", "measures.parquet"])
def test_a_table_that_differs_from_its_checksum_is_refused(tmp_path: Path, name: str) -> None:
    folder = write_release(tmp_path, small_draft())
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(ReleaseInvalid, match=f"{name} differs from its checksum"):
        load_release(folder, PUBLIC_KEY)


@pytest.mark.parametrize("name", ["answers.parquet", ".DS_Store", "retraction.json.bak"])
def test_a_file_the_contract_does_not_know_is_refused(tmp_path: Path, name: str) -> None:
    folder = write_release(tmp_path, small_draft())
    (folder / name).write_bytes(b"")
    with pytest.raises(ReleaseInvalid, match="does not know"):
        load_release(folder, PUBLIC_KEY)


def test_a_folder_inside_a_release_is_refused(tmp_path: Path) -> None:
    folder = write_release(tmp_path, small_draft())
    (folder / "old").mkdir()
    with pytest.raises(ReleaseInvalid, match="does not know"):
        load_release(folder, PUBLIC_KEY)


def test_a_newer_contract_version_is_refused_with_advice_to_update(tmp_path: Path) -> None:
    folder = _signed_again(write_release(tmp_path, small_draft()), contract_version=2)
    with pytest.raises(ReleaseInvalid, match=r"contract version 2.*Update Quorum"):
        load_release(folder, PUBLIC_KEY)


@pytest.mark.parametrize("version", [0, True, "1", None])
def test_a_contract_version_that_is_no_known_number_is_refused(tmp_path: Path, version: object) -> None:
    folder = _signed_again(write_release(tmp_path, small_draft()), contract_version=version)
    with pytest.raises(ReleaseInvalid, match="contract version"):
        load_release(folder, PUBLIC_KEY)


@pytest.mark.parametrize(("tier", "k"), [("work", 4), ("sensitive", 9), ("guarded", 19)])
def test_a_least_group_size_below_the_floor_is_refused_though_it_is_signed(tmp_path: Path, tier: str, k: int) -> None:
    folder = write_release(tmp_path, small_draft())
    policy = _manifest(folder)["policy"]
    _signed_again(folder, policy={**policy, "k": {**policy["k"], tier: k}})
    with pytest.raises(ReleaseInvalid, match=f"{tier} measures is {k}, below the floor"):
        load_release(folder, PUBLIC_KEY)


@pytest.mark.parametrize(("tier", "k_res"), [("work", 5), ("sensitive", 13), ("guarded", 28)])
def test_a_least_remainder_below_the_formula_is_refused(tmp_path: Path, tier: str, k_res: int) -> None:
    folder = write_release(tmp_path, small_draft())
    policy = _manifest(folder)["policy"]
    _signed_again(folder, policy={**policy, "k_res": {**policy["k_res"], tier: k_res}})
    with pytest.raises(ReleaseInvalid, match=f"remainder for {tier} measures is {k_res}"):
        load_release(folder, PUBLIC_KEY)


def test_a_raised_k_needs_a_raised_remainder(tmp_path: Path) -> None:
    folder = write_release(tmp_path, small_draft())
    policy = _manifest(folder)["policy"]
    _signed_again(folder, policy={**policy, "k": {**policy["k"], "work": 10}})
    with pytest.raises(ReleaseInvalid, match="below 14"):
        load_release(folder, PUBLIC_KEY)


def test_the_official_preset_is_read(tmp_path: Path) -> None:
    folder = write_release(tmp_path, small_draft())
    k, k_res = {"work": 10, "sensitive": 20, "guarded": 30}, {"work": 14, "sensitive": 29, "guarded": 44}
    _signed_again(folder, policy={"preset": "official", "k": k, "k_res": k_res})
    assert load_release(folder, PUBLIC_KEY).manifest.k == k


@pytest.mark.parametrize(
    "field", ["release_id", "wave", "policy", "policy_fixed", "source_grade", "instruments", "counts", "files", "audit"]
)
def test_a_manifest_without_a_field_is_refused_and_the_field_named(tmp_path: Path, field: str) -> None:
    folder = write_release(tmp_path, small_draft())
    sign_manifest(folder, {name: value for name, value in _manifest(folder).items() if name != field})
    with pytest.raises(ReleaseInvalid, match=field):
        load_release(folder, PUBLIC_KEY)


@pytest.mark.parametrize("content", [b"", b"[]", b"not json", b"\xff\xfe", b"[" * 5000])
def test_a_manifest_that_is_no_json_object_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = write_release(tmp_path, small_draft())
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(ReleaseInvalid, match=r"manifest\.json"):
        load_release(folder, PUBLIC_KEY)


@pytest.mark.parametrize("public_key", ["", "AB" * 32, "ab" * 31, 7, None])
def test_a_public_key_that_is_not_lower_case_hex_of_32_bytes_is_refused(tmp_path: Path, public_key: object) -> None:
    folder = _signed_again(write_release(tmp_path, small_draft()), public_key=public_key)
    with pytest.raises(ReleaseInvalid, match="public_key"):
        load_release(folder, None)


def test_a_release_whose_attack_test_failed_is_refused(tmp_path: Path) -> None:
    folder = _signed_again(write_release(tmp_path, small_draft()), audit={"passed": False, "checks": []})
    with pytest.raises(ReleaseInvalid, match="attack test"):
        load_release(folder, PUBLIC_KEY)


@pytest.mark.parametrize("table", ["cells", "groups", "measures"])
def test_a_column_the_contract_does_not_know_is_refused(tmp_path: Path, table: str) -> None:
    def change(tables: Tables) -> None:
        tables[table] = tables[table].with_columns(score_sd=pl.lit(1.0))

    folder = write_release(tmp_path, small_draft(), change_tables=change)
    with pytest.raises(ReleaseInvalid, match="score_sd"):
        load_release(folder, PUBLIC_KEY)


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    def change(tables: Tables) -> None:
        tables["cells"] = tables["cells"].drop("status")

    folder = write_release(tmp_path, small_draft(), change_tables=change)
    with pytest.raises(ReleaseInvalid, match="lacks the column status"):
        load_release(folder, PUBLIC_KEY)


def test_a_column_of_another_type_is_refused(tmp_path: Path) -> None:
    def change(tables: Tables) -> None:
        tables["cells"] = tables["cells"].with_columns(pl.col("score_mean").cast(pl.Float32))

    folder = write_release(tmp_path, small_draft(), change_tables=change)
    with pytest.raises(ReleaseInvalid, match="score_mean has type Float32"):
        load_release(folder, PUBLIC_KEY)


IS_HIDDEN = pl.col("status") == "suppressed"
SPOILED: dict[str, tuple[Callable[[Tables], None], str]] = {
    "a hidden cell with a mean": (_set("cells", "score_mean", 77.7, IS_HIDDEN), "hidden cell that carries a figure"),
    "a hidden cell with a count": (_set("cells", "respondents_n", 3, IS_HIDDEN), "hidden cell that carries a figure"),
    "a hidden cell with a share": (_set("cells", "at_risk_pct", 40.0, IS_HIDDEN), "hidden cell that carries a figure"),
    "a cell without a status": (_set("cells", "status", None), "hidden cell that carries a figure"),
    "a status of another name": (_set("cells", "status", "primary"), "the column status holds a word"),
    "a shown cell of too few people": (_set("cells", "respondents_n", 4, ~IS_HIDDEN), "fewer people than its policy"),
    "a shown cell without a count": (_set("cells", "respondents_n", None, ~IS_HIDDEN), "fewer people than its policy"),
    "a mean above the scale": (_set("cells", "score_mean", 100.1, ~IS_HIDDEN), "outside 0 to 100|released as a share"),
    "a guarded mean": (
        _set("cells", "score_mean", 10.0, pl.col("measure_id") == "sub1"),
        "carries a figure|as a share",
    ),
    "rows of another wave": (_set("cells", "wave_id", "2026-10"), "another wave"),
    "a key twice": (_set("cells", "group_id", "northfield"), "key twice"),
    "an unknown group": (
        _set("cells", "group_id", "nowhere", pl.col("group_id") == "alder"),
        "without a row of its own",
    ),
    "an unknown level": (_set("groups", "level", "ward"), "the column level holds a word"),
    "two roots": (_set("groups", "parent_group_id", None), "no organisation, or more than one"),
    "an unknown tier": (_set("measures", "tier", "public"), "the column tier holds a word"),
    "an interval at a bound": (_set("cells", "mean_low", 80.0, pl.col("is_mean_bounded")), "interval at a bound"),
}


@pytest.mark.parametrize("case", sorted(SPOILED))
def test_content_that_no_honest_writer_makes_is_refused(tmp_path: Path, case: str) -> None:
    change, reason = SPOILED[case]
    folder = write_release(tmp_path, full_draft("2026-11"), change_tables=change)
    with pytest.raises(ReleaseInvalid, match=reason):
        load_release(folder, PUBLIC_KEY)


def test_a_message_about_a_hidden_cell_holds_no_figure_of_it(tmp_path: Path) -> None:
    folder = write_release(tmp_path, full_draft("2026-11"), change_tables=_set("cells", "score_mean", 77.7, IS_HIDDEN))
    with pytest.raises(ReleaseInvalid) as caught:
        load_release(folder, PUBLIC_KEY)
    assert "77" not in str(caught.value)


def test_releases_come_in_the_order_of_their_closing_dates(tmp_path: Path) -> None:
    for wave_id, closes_on in [("a", "2026-12-01"), ("b", "2026-10-01"), ("c", "2026-11-01")]:
        write_release(tmp_path, small_draft(wave_id, closes_on))
    shelf = list_releases(tmp_path, PUBLIC_KEY)
    assert [release.manifest.wave_id for release in shelf.releases] == ["b", "c", "a"]


def test_releases_without_dates_come_in_natural_order(tmp_path: Path) -> None:
    for wave_id in ("w10", "w9", "w2"):
        write_release(tmp_path, small_draft(wave_id))
    shelf = list_releases(tmp_path, PUBLIC_KEY)
    assert [release.manifest.wave_id for release in shelf.releases] == ["w2", "w9", "w10"]


def test_one_wave_without_a_date_makes_all_come_in_natural_order(tmp_path: Path) -> None:
    for wave_id, closes_on in [("w1", "2026-12-01"), ("w2", None), ("w3", "2026-10-01")]:
        write_release(tmp_path, small_draft(wave_id, closes_on))
    shelf = list_releases(tmp_path, PUBLIC_KEY)
    assert [release.manifest.wave_id for release in shelf.releases] == ["w1", "w2", "w3"]


def test_a_bad_release_is_listed_as_refused_and_the_others_stay(tmp_path: Path) -> None:
    write_shelf(tmp_path)
    shelf = list_releases(tmp_path, PUBLIC_KEY)
    assert [each.wave_id for each in shelf.refused] == ["2026-12"]
    assert len(shelf.releases) == 7


def test_a_retracted_release_is_listed_with_its_note_and_not_shown(tmp_path: Path) -> None:
    retract(write_release(tmp_path, small_draft()), "Wrong export.")
    shelf = list_releases(tmp_path, PUBLIC_KEY)
    assert (shelf.releases, shelf.refused) == ((), ())
    assert [(each.wave_id, each.note, each.is_signed) for each in shelf.retracted] == [
        ("2026-11", "Wrong export.", True)
    ]


def test_an_unsigned_retraction_hides_the_release_and_is_reported_as_unsigned(tmp_path: Path) -> None:
    retract(write_release(tmp_path, small_draft()), "Wrong export.", key=None)
    shelf = list_releases(tmp_path, PUBLIC_KEY)
    assert (shelf.releases, [each.is_signed for each in shelf.retracted]) == ((), [False])


def test_a_retraction_by_another_key_counts_as_unsigned(tmp_path: Path) -> None:
    retract(write_release(tmp_path, small_draft()), "Wrong export.", key=OTHER_KEY)
    assert [each.is_signed for each in list_releases(tmp_path, PUBLIC_KEY).retracted] == [False]


def test_a_retraction_copied_from_another_wave_counts_as_unsigned(tmp_path: Path) -> None:
    first, second = (write_release(tmp_path, small_draft(wave_id)) for wave_id in ("w1", "w2"))
    retract(first, "Wrong export.")
    for name in ("retraction.json", "retraction.sig"):
        (second / name).write_bytes((first / name).read_bytes())
    assert [each.is_signed for each in list_releases(tmp_path, PUBLIC_KEY).retracted] == [True, False]


def test_an_unreadable_retraction_hides_the_release(tmp_path: Path) -> None:
    folder = write_release(tmp_path, small_draft())
    (folder / "retraction.json").write_bytes(b"{")
    assert [each.is_signed for each in list_releases(tmp_path, PUBLIC_KEY).retracted] == [False]


def test_a_staging_folder_is_left_alone(tmp_path: Path) -> None:
    write_release(tmp_path, small_draft()).rename(tmp_path / ".2026-11.partial")
    shelf = list_releases(tmp_path, PUBLIC_KEY)
    assert (shelf.releases, shelf.refused, shelf.retracted) == ((), (), ())


def test_a_release_copied_under_another_wave_id_is_refused(tmp_path: Path) -> None:
    write_release(tmp_path, small_draft()).rename(tmp_path / "2026-12")
    assert [each.wave_id for each in list_releases(tmp_path, PUBLIC_KEY).refused] == ["2026-12"]


def test_a_folder_that_does_not_exist_holds_no_release(tmp_path: Path) -> None:
    assert list_releases(tmp_path / "released", None).releases == ()


@pytest.mark.parametrize("content", [PUBLIC_KEY, PUBLIC_KEY.hex().encode(), PUBLIC_KEY.hex().encode() + b"\n"])
def test_a_public_key_file_may_hold_raw_bytes_or_hex(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "release.pub").write_bytes(content)
    assert read_public_key(tmp_path / "release.pub") == PUBLIC_KEY


def test_a_public_key_file_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "release.pub").write_text("no key")
    with pytest.raises(KeyMissing, match="64 hex digits"):
        read_public_key(tmp_path / "release.pub")


def test_the_reader_pulls_in_no_step_before_publishing() -> None:
    code = (
        "import sys, flows.publish.read;"
        "print(sorted(m for m in sys.modules if m == 'duckdb' or (m.startswith('flows.') "
        "and not m.startswith(('flows.publish', 'flows.errors')))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
