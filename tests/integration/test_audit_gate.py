"""A selector that leaks meets the auditor on the way to a release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.errors import ReleaseInvalid
from flows.protect.policy import policy_from
from flows.protect.solver import Programme
from flows.publish.read import load_release
from flows.zones import Zones
from tests.integration.release_without_prefect import ANSWERS, Said, new_workspace, quorum, write_csv


def _answers(tmp_path: Path) -> Path:
    rows = [(unit, 1 + number % 5) for unit, n in ANSWERS.items() for number in range(n)]
    return write_csv(tmp_path / "answers.csv", ("unit_id", "bo1"), rows)


def _leaking(root: Path, answers: Path, patch: pytest.MonkeyPatch) -> Said:
    """A run with a weak selector: it hides what is too small by itself, and nothing to protect it."""
    with patch.context() as weak:
        weak.setattr(Programme, "solve_flags", lambda self, is_forbidden: (self._totals >= 5) & ~is_forbidden)
        return quorum("run", "--workspace", root, "--wave", "w1", answers)


def test_a_release_on_which_an_attack_succeeds_is_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = new_workspace(tmp_path / "workspace")
    monkeypatch.setattr("flows.steps.expect", lambda *_: ())
    said = _leaking(root, _answers(tmp_path), monkeypatch)
    assert said.code == 13, said.text
    assert not Zones(root).release("w1").exists()
    assert not Zones(root).staging("w1").exists()


def test_a_refused_release_names_the_attack_and_the_group_it_succeeds_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = new_workspace(tmp_path / "workspace")
    monkeypatch.setattr("flows.steps.expect", lambda *_: ())
    said = _leaking(root, _answers(tmp_path), monkeypatch)
    # Youth services less Team Fern are the three people of Team Ivy.
    assert "audit of wave w1 failed" in said.err
    assert "participation: residual atoms: ADULT / participation; YOUNG / participation." in said.err
    assert "Nothing was released." in said.err


def test_an_undeclared_wave_keeps_the_rules_of_its_first_run_though_that_released_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = new_workspace(tmp_path / "workspace")
    monkeypatch.setattr("flows.steps.expect", lambda *_: ())
    answers = _answers(tmp_path)
    assert _leaking(root, answers, monkeypatch).code == 13
    settings = root / "quorum.toml"
    settings.write_text(settings.read_text("utf-8").replace('preset = "standard"', 'preset = "official"'), "utf-8")
    assert policy_from("official", {}).k("work") == 10
    said = quorum("run", "--workspace", root, "--wave", "w1", answers)
    assert said.code == 0, said.text
    folder, standard = Zones(root).release("w1"), policy_from("standard", {})
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["policy_fixed"] == "at_import"
    assert manifest["policy"]["preset"] == "standard"
    assert manifest["policy"]["k"] == {tier: standard.k(tier) for tier in ("work", "sensitive", "guarded")}
    assert manifest["policy"]["k_res"] == {tier: standard.k_res(tier) for tier in ("work", "sensitive", "guarded")}
    assert load_release(folder, None).manifest.k == manifest["policy"]["k"]
    # The signature covers them.
    signed = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(signed.replace(b'"preset":"standard"', b'"preset":"official"'))
    assert (folder / "manifest.json").read_bytes() != signed
    with pytest.raises(ReleaseInvalid, match="signature does not match"):
        load_release(folder, None)
