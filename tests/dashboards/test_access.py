"""Who sees what: default deny, claims, the roles file, and waves that hold the visible groups alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.access import (
    LOCAL_SCOPE,
    Access,
    Refusal,
    Scope,
    admit_local,
    admit_signed_in,
    parse_access,
    read_roles,
    scoped_wave,
)
from dashboards.language import LANGUAGES, catalogue
from dashboards.waves import Wave, build_wave
from flows.publish.read import load_release
from tests.oracles.visible_groups import visible_groups
from tests.release_builder import PUBLIC_KEY, full_draft, write_release

ROOT = Path(__file__).parents[2]
NOW = 1_800_000_000.0
CLAIMS = Access("openid", "claims", role_claim="role", units_claim="units", issuer="https://id.example", client_id="q")
USER: dict[str, Any] = {
    "is_logged_in": True, "iss": "https://id.example", "aud": "q", "exp": NOW + 60, "sub": "u1",
    "role": "viewer", "units": ["fern"], "email": "Ada@example.org", "email_verified": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def wave(tmp_path_factory: pytest.TempPathFactory) -> Wave:
    folder = write_release(tmp_path_factory.mktemp("released"), full_draft("2026-11"))
    return build_wave(load_release(folder, PUBLIC_KEY))


def seen_by(wave: Wave, scope: Scope) -> set[str]:
    """Ids of the groups that a scope sees."""
    return {group.group_id for group in scoped_wave(wave, scope).groups}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"is_logged_in": False}, Refusal.SIGNED_OUT),
        ({"is_logged_in": "yes"}, Refusal.SIGNED_OUT),
        ({"iss": "https://other.example"}, Refusal.FOREIGN),
        ({"iss": None}, Refusal.FOREIGN),
        ({"aud": "another service"}, Refusal.FOREIGN),
        ({"aud": ["another", "service"]}, Refusal.FOREIGN),
        ({"aud": None}, Refusal.FOREIGN),
        ({"exp": NOW}, Refusal.EXPIRED),
        ({"exp": None}, Refusal.EXPIRED),
        ({"exp": "never"}, Refusal.EXPIRED),
        ({"exp": True}, Refusal.EXPIRED),
        ({"role": "admin"}, Refusal.NO_ROLE),
        ({"role": None}, Refusal.NO_ROLE),
        ({"role": {"viewer": 1}}, Refusal.NO_ROLE),
        ({"units": []}, Refusal.NO_UNITS),
    ],
)
def test_a_sign_in_that_does_not_fit_is_refused(change: dict[str, Any], refusal: Refusal) -> None:
    assert admit_signed_in({**USER, **change}, CLAIMS, NOW) is refusal


def test_nobody_is_let_in_by_an_empty_sign_in() -> None:
    assert admit_signed_in({}, CLAIMS, NOW) is Refusal.SIGNED_OUT
    assert admit_signed_in(USER, Access("openid", "claims"), NOW) is Refusal.FOREIGN


def test_claims_give_role_and_units() -> None:
    assert admit_signed_in(USER, CLAIMS, NOW) == Scope("viewer", frozenset({"fern"}))
    assert admit_signed_in({**USER, "units": "fern, ivy"}, CLAIMS, NOW) == Scope("viewer", frozenset({"fern", "ivy"}))


def test_of_several_roles_the_one_that_may_do_most_counts() -> None:
    scope = admit_signed_in({**USER, "role": ["viewer", "steward", "else"]}, CLAIMS, NOW)
    assert isinstance(scope, Scope) and scope.is_steward and scope.sees_all


def roles_file(folder: Path, *lines: str) -> Access:
    path = folder / "access.csv"
    path.write_text("\n".join(["person,role,unit_ids", *lines]) + "\n", "utf-8")
    return Access("openid", "file", roles_file=str(path), issuer="https://id.example", client_id="q")


def test_the_roles_file_knows_people_by_verified_address_or_subject(tmp_path: Path) -> None:
    access = roles_file(tmp_path, "ada@example.org,viewer,fern ivy", "sub:u2,leadership,")
    assert admit_signed_in(USER, access, NOW) == Scope("viewer", frozenset({"fern", "ivy"}))
    unverified = {**USER, "email_verified": False}
    assert admit_signed_in(unverified, access, NOW) is Refusal.UNVERIFIED
    assert admit_signed_in({**USER, "email": "eve@example.org"}, access, NOW) is Refusal.NO_ROLE
    other = admit_signed_in({**USER, "sub": "u2", "email": None}, access, NOW)
    assert isinstance(other, Scope) and other.role == "leadership"


@pytest.mark.parametrize(
    "line",
    [
        "ada@example.org,admin,",
        "ada@example.org,viewer,fern,more",
        ",viewer,fern",
        "eve@x.org,viewer,a\neve@x.org,steward,",
    ],
)
def test_a_roles_file_with_a_fault_lets_nobody_in(tmp_path: Path, line: str) -> None:
    access = roles_file(tmp_path, "bob@example.org,viewer,fern", line)
    assert admit_signed_in({**USER, "email": "bob@example.org"}, access, NOW) is Refusal.ROLES_UNREADABLE


def test_a_removed_person_is_out_at_the_next_run(tmp_path: Path) -> None:
    access = roles_file(tmp_path, "ada@example.org,viewer,fern")
    assert isinstance(admit_signed_in(USER, access, NOW), Scope)
    roles_file(tmp_path)
    assert admit_signed_in(USER, access, NOW) is Refusal.NO_ROLE
    Path(access.roles_file).unlink()
    assert admit_signed_in(USER, access, NOW) is Refusal.ROLES_UNREADABLE


def test_an_address_that_looks_like_a_subject_is_none(tmp_path: Path) -> None:
    roles_file(tmp_path, "sub:u1,viewer,fern")
    people = read_roles(tmp_path / "access.csv")
    assert list(people) == ["sub:u1"]
    access = Access(
        "openid", "file", roles_file=str(tmp_path / "access.csv"), issuer="https://id.example", client_id="q"
    )
    assert admit_signed_in({**USER, "sub": "u9", "email": "sub:u1"}, access, NOW) is Refusal.NO_ROLE


def test_local_mode_is_for_this_machine_alone() -> None:
    assert admit_local("127.0.0.1", {"Host": "127.0.0.1:8501", "User-Agent": "x"}) == LOCAL_SCOPE
    assert admit_local("0.0.0.0", {}) is Refusal.NOT_LOCAL
    assert admit_local(None, {}) is Refusal.NOT_LOCAL
    assert admit_local("127.0.0.1", {"x-forwarded-for": "x"}) is Refusal.NOT_LOCAL


@pytest.mark.parametrize("host", ["localhost", "localhost:8501", "[::1]:8501", "127.0.0.1"])
def test_local_mode_is_asked_under_the_names_of_this_machine(host: str) -> None:
    assert admit_local("127.0.0.1", {"Host": host}) == LOCAL_SCOPE


@pytest.mark.parametrize(
    "host", ["pulse.example.org", "localhost.example.org:8501", "", "192.0.2.7", "localhost@x", "[::1"]
)
def test_local_mode_refuses_what_was_asked_under_another_name(host: str) -> None:
    assert admit_local("127.0.0.1", {"host": host}) is Refusal.NOT_LOCAL


def test_the_web_server_shipped_says_that_it_stands_between() -> None:
    pages = (ROOT / "setup" / "nginx" / "quorum.conf").read_text("utf-8").split("# The pages for leadership.")[1]
    assert re.search(r"proxy_set_header Via .", pages)
    assert re.search(r"proxy_set_header Host \$host;", pages)


@pytest.mark.parametrize("text", ["{", "[]", '{"sign_in": "none"}', '{"unknown": 1}', '{"roles": "all"}', "null"])
def test_rules_that_cannot_be_read_are_no_rules(text: str) -> None:
    assert parse_access(text) is None


def test_every_refusal_has_a_sentence_in_each_language() -> None:
    assert all(catalogue(language).phrases[f"refusal_{refusal}"] for refusal in Refusal for language in LANGUAGES)


def test_a_viewer_sees_own_unit_what_is_above_it_and_nothing_beside_it(wave: Wave) -> None:
    assert seen_by(wave, Scope("viewer", frozenset({"fern"}))) == {
        "fern", "acute", "inpatient", "northfield",
    }  # fmt: skip


def test_a_lead_sees_everything_below_own_unit(wave: Wave) -> None:
    seen = seen_by(wave, Scope("viewer", frozenset({"acute"})))
    assert seen == {"acute", "fern", "heather", "ivy", "juniper", "other:acute", "inpatient", "northfield"}


def test_a_member_of_a_pooled_group_sees_the_pool(wave: Wave) -> None:
    assert "pool:larch" in seen_by(wave, Scope("viewer", frozenset({"linden"})))


def test_units_that_do_not_exist_show_the_organisation_alone(wave: Wave) -> None:
    assert seen_by(wave, Scope("viewer", frozenset({"nowhere"}))) == {"northfield"}


def test_a_scoped_wave_holds_no_cell_of_another_group(wave: Wave) -> None:
    scoped = scoped_wave(wave, Scope("viewer", frozenset({"fern"})))
    assert {group.group_id for group in scoped.groups} == {"fern", "acute", "inpatient", "northfield"}
    every = [group.group_id for group in wave.groups]
    assert {group_id for group_id, _ in scoped.figures(every)} == {"fern", "acute", "inpatient", "northfield"}
    assert scoped.group("ivy") is None and scoped.figure("ivy", "bo1").value is None
    assert scoped.shown_ids <= {group.group_id for group in scoped.groups}
    assert scoped.root.group_id == "northfield"


@given(units=st.data())
def test_what_a_scope_sees_is_what_a_walk_up_from_every_group_finds(wave: Wave, units: st.DataObject) -> None:
    known = sorted({unit for group in wave.groups for unit in (group.group_id, *group.member_unit_ids)})
    chosen = units.draw(st.sets(st.sampled_from([*known, "nowhere"]), max_size=4))
    scope = Scope("viewer", frozenset(chosen))
    assert seen_by(wave, scope) == visible_groups(wave.groups, scope)
