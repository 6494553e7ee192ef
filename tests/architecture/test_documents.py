"""The documents say what the code does: commands, options, settings, columns, errors, links and examples."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import flows.steps  # noqa: F401 - its errors belong to the documented ones
from flows.check import check
from flows.cli import quorum
from flows.collect.column_map import load_map
from flows.commands.init import init_workspace
from flows.errors import QuorumError
from flows.keys import environment_name, secret_name
from flows.plan import draft_plan, freeze
from flows.protect.policy import PRESETS, policy_from, residual_threshold
from flows.protect.solver import Nodes, Programme
from flows.publish.contract import KINDS, LEVELS, RESPONSE_BANDS, TABLES
from flows.publish.write import ReleaseFacts, publish_staged, write_retraction
from flows.say import account_line, fault_lines, forecast_line
from flows.settings import KEY_STORES, KNOWN, RHYTHMS, Wave, read_settings
from flows.units import read_units
from flows.wave_report import RunResult
from flows.workbench import catalogue_of, open_workbench
from flows.zones import Zones
from surveys.signpost import SIGNPOST_FIELDS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LICENCE_SHA256 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
EVERYWHERE = {"--workspace", "--verbose", "--help"}


def page(name: str) -> str:
    """Text of a page of docs/."""
    return (DOCS / name).read_text("utf-8")


def unwrapped(name: str) -> str:
    """The same as one line."""
    return " ".join(page(name).split())


def section(text: str, heading: str) -> str:
    """From a second-level heading that begins so to the next one."""
    found = re.search(rf"^## {re.escape(heading)}(?![\w-]).*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no heading: {heading}"
    return found.group()


def blocks(text: str, language: str) -> list[str]:
    """Fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def prose(path: Path) -> str:
    """A page without code."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`]*`", "", text)


def errors(kind: type[QuorumError] = QuorumError) -> Iterator[type[QuorumError]]:
    """Every type of error that the program itself defines."""
    yield kind
    for below in kind.__subclasses__():
        yield from errors(below)


def with_subcommands(command: click.Command) -> Iterator[click.Command]:
    """A command, and those below it."""
    yield command
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        yield from with_subcommands(below)


# --- reference pages against the code ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(quorum.commands))
def test_a_command_has_a_section_with_all_its_options_and_no_other(name: str) -> None:
    text = section(page("reference/commands.md"), f"quorum {name}")
    options = {
        opt
        for command in with_subcommands(quorum.commands[name])
        for param in command.params
        if isinstance(param, click.Option)
        for opt in param.opts
    } - EVERYWHERE
    described = set(re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE))
    assert described == {opt for opt in options if opt.startswith("--")}


def test_no_command_is_documented_that_does_not_exist() -> None:
    headings = re.findall(r"^## quorum ([a-z]+)", page("reference/commands.md"), re.MULTILINE)
    assert sorted(headings) == sorted(quorum.commands)


def test_options_that_stand_everywhere_are_documented() -> None:
    top = page("reference/commands.md").split("\n## ")[0]
    assert {f"--{name}" for name in ("workspace", "verbose", "help")} == EVERYWHERE
    assert all(f"`{option}" in top for option in EVERYWHERE)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_names_a_command_that_does_not_exist(path: Path) -> None:
    named = set(re.findall(r"(?:^|`)quorum ([a-z]+)\b", path.read_text("utf-8"), re.MULTILINE))
    assert named <= set(quorum.commands)


@pytest.mark.parametrize("kind", sorted(set(errors()), key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__)
def test_an_error_stands_in_the_table_beside_its_exit_code(kind: type[QuorumError]) -> None:
    rows = re.findall(r"^\| (\d+) \|(.*)$", page("reference/exit-codes.md"), re.MULTILINE)
    assert any(int(code) == kind.exit_code and f"`{kind.__name__}`" in row for code, row in rows)


@pytest.mark.parametrize(("table", "key"), [(table, key) for table, keys in KNOWN.items() for key in keys or ("",)])
def test_a_settings_key_has_a_row_of_its_own(table: str, key: str) -> None:
    name = f"[[{table}]]" if table in ("waves", "sources", "breakdowns") else f"[{table}]"
    row = f"| `{name}` | `{key}` |" if key else f"| `{name}` | |"
    assert row in page("reference/settings.md")


@pytest.mark.parametrize("word", [*RHYTHMS, *KEY_STORES, *SIGNPOST_FIELDS, *PRESETS])
def test_a_word_that_settings_take_is_documented(word: str) -> None:
    assert word in page("reference/settings.md")


def test_the_examples_of_settings_are_read(tmp_path: Path) -> None:
    for number, text in enumerate(blocks(page("reference/settings.md"), "toml")):
        path = tmp_path / f"{number}.toml"
        path.write_text(text, "utf-8")
        settings = read_settings(path)
        policy_from(settings.preset, settings.raised_k)
    assert settings.wave("2026-11").closes_on is not None


def test_the_names_of_keys_are_as_documented() -> None:
    text = page("reference/settings.md") + page("how-to/keep-and-shred-keys.md")
    assert environment_name("2026-11") in text
    assert secret_name("2026-11") == "quorum-wave-2026-11"
    assert "`quorum-wave-`" in text


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_the_sizes_of_a_preset_are_those_of_the_settings_page(preset: str) -> None:
    k = list(PRESETS[preset].values())
    text = unwrapped("reference/settings.md")
    assert f"`{preset}` {' / '.join(map(str, k))}" in text
    assert f"{' / '.join(str(residual_threshold(value)) for value in k)} in `{preset}`" in text


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_release_table_is_documented_column_by_column_in_its_order(table: str) -> None:
    text = section(page("reference/release-files.md"), f"{table}.parquet")
    assert re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE) == list(TABLES[table])


def test_every_field_of_a_manifest_and_a_retraction_is_documented(tmp_path: Path) -> None:
    zones = _released(tmp_path)
    manifest = json.loads((zones.release("w1") / "manifest.json").read_bytes())
    text = section(page("reference/release-files.md"), "manifest.json")
    assert set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)) == set(manifest)
    write_retraction(zones, "w1", "an invented reason", "2026-11-22")
    note = json.loads((zones.release("w1") / "retraction.json").read_bytes())
    assert all(f"`{key}`" in section(page("reference/release-files.md"), "retraction.json") for key in note)


def test_the_signature_has_the_documented_length(tmp_path: Path) -> None:
    assert len((_released(tmp_path).release("w1") / "manifest.sig").read_bytes()) == 64


def _released(root: Path) -> Zones:
    """A workspace with the shell of a release: three files that stand for the tables."""
    init_workspace(root)
    zones = Zones(root)
    zones.staging("w1").mkdir(parents=True)
    for table in TABLES:
        (zones.staging("w1") / f"{table}.parquet").write_bytes(b"")
    facts = ReleaseFacts(Wave("w1"), policy_from("standard", {}), "at_import", "anonymous_export", {}, {}, "test")
    publish_staged(zones, facts, [])
    return zones


def test_every_file_and_folder_of_a_new_workspace_is_documented(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    layout = blocks(page("reference/workspace.md"), "text")[0]
    made = [path.relative_to(tmp_path) for path in tmp_path.rglob("*")]
    missing = [str(path) for path in made if path.name not in layout]
    assert made and missing == []


def test_every_key_of_a_plan_is_documented(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    zones = Zones(tmp_path)
    freeze(
        zones, draft_plan("w1", policy_from("standard", {}), read_units(zones.units_file), catalogue_of(zones), None)
    )
    plan = json.loads(zones.plan_file("w1").read_text("utf-8"))
    described = re.findall(r"^\| `([a-z_]+)` \|", section(page("reference/workspace.md"), "plans"), re.MULTILINE)
    assert sorted(described) == sorted(plan)


@pytest.mark.parametrize("event", re.findall(r"log\.append\([^\"]*\"([a-z_]+)\"", "\n".join(
    path.read_text("utf-8") for path in sorted((ROOT / "flows").rglob("*.py"))
)))  # fmt: skip
def test_a_log_event_is_documented(event: str) -> None:
    assert f"| `{event}` |" in section(page("reference/workspace.md"), "Log")


@pytest.mark.parametrize("word", [*PRESETS["standard"], *KINDS, *LEVELS, *RESPONSE_BANDS])
def test_a_word_of_a_release_is_in_the_release_page(word: str) -> None:
    assert f"`{word}`" in page("reference/release-files.md")


@pytest.mark.parametrize("name", ["reference/input-files.md", "how-to/map-a-limesurvey-export.md"])
def test_the_maps_shown_are_read_and_open_lines_are_found(name: str, tmp_path: Path) -> None:
    for number, text in enumerate(blocks(page(name), "yaml")):
        path = tmp_path / f"{number}.yaml"
        head = "" if "tool:" in text else "tool: limesurvey\n"
        head += "" if "unit:" in text else "unit: { column: team }\n"
        tail = "" if "items:" in text else "items:\n  bo1: { column: a }\n"
        path.write_text(head + text + tail, "utf-8")
        assert bool(load_map(path).confirm) == ("# CONFIRM" in text)


# --- examples that are run --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunResult]:
    """What `quorum check` finds in the answers of the tutorial, as they stand and with the unit corrected."""
    root = tmp_path_factory.mktemp("tutorial")
    init_workspace(root)
    answers = blocks(page("tutorials/your-first-release.md"), "csv")[0]
    results = {}
    for name, text in {"as_it_is": answers, "corrected": answers.replace("Team Alder,", "ALDER,")}.items():
        (root / "november.csv").write_text(text, "utf-8")
        results[name] = check(open_workbench(root, "check"), [str(root / "november.csv")])
    return results


def test_the_tutorial_prints_what_the_check_says(tutorial: dict[str, RunResult]) -> None:
    result = tutorial["as_it_is"]
    account = account_line(result.checked.account, result.checked.collected.cannot_tell)
    said = "\n".join([account, *fault_lines(result), forecast_line(result)])
    block = next(text for text in blocks(page("tutorials/your-first-release.md"), "text") if "quarantined 1" in text)
    shown = [line.split("   3 items")[0] for line in block.splitlines()]
    assert [line for line in shown if line not in said] == []


def test_the_corrected_answers_of_the_tutorial_are_all_accepted(tutorial: dict[str, RunResult]) -> None:
    account = account_line(tutorial["corrected"].checked.account, tutorial["corrected"].checked.collected.cannot_tell)
    assert account.split("   ")[0] in page("tutorials/your-first-release.md")


def test_the_example_units_are_those_of_a_new_workspace(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    assert (tmp_path / "units.csv").read_text("utf-8") in blocks(page("tutorials/your-first-release.md"), "text")


def test_the_worked_example_hides_what_the_programme_hides() -> None:
    people, means = [12, 9, 7, 3], [50, 60, 40, 70]
    nodes = Nodes([-1, 0, 0, 0, 0], [0, *people], [1000, *(100 + n for n in people)], [5] * 5, range(5), 6)
    assert Programme(nodes).solve() == {0, 1, 2}
    text = unwrapped("explanation/how-people-are-protected.md")
    total = sum(n * mean for n, mean in zip(people, means, strict=True))
    assert f"| the department | {sum(people)} | {total / sum(people):.1f} |" in text
    rest = total - 12 * 50 - 9 * 60
    assert f"| other teams in the department | 10 | {rest // 10} |" in text
    assert f"leaves {31 * 52.6 - 12 * 50 - 9 * 60 - 7 * 40:.1f} for three people" in text


# --- the pages themselves ---------------------------------------------------------------------------------------


def slug(heading: str) -> str:
    """The anchor of a heading as usual viewers make it."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    """Every anchor of a page."""
    return {slug(heading) for heading in re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if re.match(r"https?:", target):
            continue
        name, _, anchor = target.partition("#")
        aim = (path.parent / name).resolve() if name else path
        if not aim.exists() or (anchor and anchor not in anchors(aim)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_file_named_as_proof_exists(path: Path) -> None:
    named = re.findall(r"`((?:tests|flows|dashboards|surveys)/[\w/.-]+\.(?:py|yaml))`", path.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", [p for p in PAGES if DOCS in p.parents], ids=lambda path: path.name)
def test_every_page_of_docs_names_what_shows_it(path: Path) -> None:
    assert re.search(r"`(tests|flows|dashboards|surveys)/[\w/.*-]+`", path.read_text("utf-8"))


def test_every_page_stands_in_the_index() -> None:
    index = page("README.md")
    assert [p.name for p in DOCS.rglob("*.md") if p.name != "README.md" and f"/{p.name})" not in index] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_names_a_package_host_or_a_path_of_a_machine(path: Path) -> None:
    found = re.findall(
        r"pypi\.org|pythonhosted|npmjs|docker\.io|ghcr\.io|conda\.anaconda|(?:^|[\s`\"'(])/(?:home|work|root|Users|tmp|opt)/\S*",
        path.read_text("utf-8"),
        re.MULTILINE,
    )
    assert found == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_tone_is_calm(path: Path) -> None:
    text = prose(path).replace("![", "[")
    words = (
        r"\b(unfortunately|simply|obviously|easily|powerful|seamless\w*|robust|cutting-edge|world-class|coming soon)\b"
    )
    assert re.findall(words, text, re.IGNORECASE) == []
    assert "!" not in text
    assert re.findall(r"[\U0001F300-\U0001FAFF\u2600-\u27BF]", text) == []


def test_the_make_targets_of_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {t for path in PAGES for t in re.findall(r"(?:^|`)make ([a-z]+)\b", path.read_text("utf-8"), re.MULTILINE)}
    assert named <= targets


def test_the_versions_and_packages_of_the_decisions_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    pins = re.findall(r"`(duckdb[\w-]*==[\d.]+)`", page("adr/0002-duckdb-1-5.md"))
    assert pins and set(pins) <= set(project["project"]["dependencies"])
    packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packages == set(re.findall(r"`(surveys|flows|dashboards)`", page("adr/0003-top-level-names.md")))


def test_the_change_log_begins_with_the_version_of_the_project_and_tells_of_privacy() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = section(text, f"[{project['project']['version']}]")
    assert "### Privacy" in newest


def test_the_licence_is_the_verbatim_text() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == LICENCE_SHA256
