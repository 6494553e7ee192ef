"""The how-to of a wave on paper slips and phones, walked from an empty folder with the commands that stand in it."""

from __future__ import annotations

import datetime
import re
import shutil
from pathlib import Path

import httpx
import polars as pl
import pytest

from flows.zones import Zones
from tests.ballots.serving import serving
from tests.ballots.wave_maker import CODE
from tests.integration.release_without_prefect import quorum

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-a-wave-on-paper-slips-and-phones.md"
UNITS = "unit_id,parent_id,unit_name,eligible_n\nORG,,Northfield,0\nfern,ORG,Ward Fern,12\nivy,ORG,Ward Ivy,15\n"
QUESTIONS = {"open": ["--yes"], "close": ["--yes"]}


def commands() -> list[list[str]]:
    """Every `quorum` line of the page, in order, word by word."""
    blocks = re.findall(r"```text\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    lines = [line.split() for block in blocks for line in block.splitlines() if line.startswith("quorum ")]
    return [line[1:] for line in lines]


def settings() -> str:
    """The settings that the page shows, with a wave that is open today."""
    found = re.search(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    today = datetime.date.today().isoformat()
    return re.sub(r"(opens_on|closes_on) = [0-9-]+", rf"\1 = {today}", found.group(1))


def say(command: list[str]) -> str:
    """Run one command of the page, confirming what it asks."""
    said = quorum(*command, *(QUESTIONS.get(command[1], []) if command[0] == "survey" else []))
    assert said.code == 0, (command, said.text)
    return said.text


def answer(root: Path) -> int:
    """Three in four people draw a ballot and answer on their phone."""
    sent = 0
    with serving(root, "2026-12") as (address, _server), httpx.Client(base_url=address, trust_env=False) as phone:
        for name in ("fern", "ivy"):
            codes = CODE.findall((root / "ballots" / "2026-12" / f"{name}.html").read_text("utf-8"))
            for number, code in enumerate(codes[: len(codes) * 3 // 4]):
                assert phone.get(f"/a/{code.replace(' ', '')}").status_code == 200
                assert phone.post("/a", data={"code": code, "bo1": str(number % 5 + 1)}).status_code == 303
                sent += 1
    return sent


def test_the_how_to_leads_from_an_empty_folder_to_a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    council, root = tmp_path / "council", tmp_path / "northfield"
    council.mkdir()
    monkeypatch.chdir(tmp_path)
    sent, public, walked = 0, "", []
    for command in commands():
        walked.append(" ".join(command[:2]))
        monkeypatch.chdir(council if {"--make-key", "--batch"} & set(command) else root if root.exists() else tmp_path)
        if command[:2] == ["survey", "serve"]:
            sent = answer(root)
        elif "--make-key" in command:
            public = say(command).split("half:")[1].split()[0]
        elif "--batch" in command:
            shutil.copy(root / "data/restricted/inbox/2026-12.batch", council)
            say(command)
            shutil.copy(council / "2026-12.mixed", root / "data/restricted/inbox")
        elif command == ["survey", "mix", "--wave", "2026-12"]:
            assert quorum(*command).code == 14
        else:
            say([public if word == "THE_PUBLIC_HALF" else word for word in command])
        if command[0] == "init":
            (root / "quorum.toml").write_text(settings(), "utf-8")
            (root / "units.csv").write_text(UNITS, "utf-8")
        if command[0] == "run":
            break
    assert walked[0] == "init northfield" and walked[-1] == "run --wave"
    zones = Zones(root)
    say(["verify"])
    manifest = (zones.release("2026-12") / "manifest.json").read_text("utf-8")
    assert f'"accepted":{sent}' in manifest and '"source_grade":"anonymous_ballot"' in manifest
    assert pl.read_parquet(zones.release("2026-12") / "groups.parquet").height >= 3
