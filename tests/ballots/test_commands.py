"""`quorum survey …` where something is wrong: what it says, its exit code, and that nothing is lost or half done."""

from __future__ import annotations

import datetime
import errno
import secrets
import shutil
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from flows.ballots.manifest_file import load_signed
from flows.ballots.print_sheets import reminder
from flows.zones import Zones
from surveys.page.inbox import only_server, open_inbox, state_of
from surveys.page.render import Pages
from tests.ballots.kill_chain import answer_all
from tests.ballots.wave_maker import WAVE, BallotWave, ballot_wave, make_workspace
from tests.integration.release_without_prefect import Said, quorum

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> BallotWave:
    wave = ballot_wave(tmp_path_factory.mktemp("commands") / "w", {"fern": 8, "ivy": 6})
    answer_all(wave)
    return wave


@pytest.fixture
def root(opened: BallotWave, tmp_path: Path) -> Path:
    """A copy of the open wave, of which ten people have answered."""
    shutil.copytree(opened.root, tmp_path / "w")
    with open_inbox(Zones(tmp_path / "w").inbox_file(WAVE, "sqlite")) as con:
        place = Zones(tmp_path / "w").inbox_file(WAVE, "sqlite").stat()
        con.execute("update state set device = ?, inode = ?", (place.st_dev, place.st_ino))
    return tmp_path / "w"


def survey(root: Path, verb: str, *more: str) -> Said:
    """A command on the wave."""
    return quorum("survey", verb, "--wave", WAVE, "--workspace", root, *more)


def serve(root: Path, *more: str) -> Said:
    """Serving, were it allowed: the server itself is left out."""
    with mock.patch("surveys.page.serve.page_server"):
        return survey(root, "serve", "--port", "0", *more)


def lose(kind: str) -> Callable[[Path], object]:
    return lambda root: Zones(root).ballot_key_file(WAVE, kind).unlink()


def lose_inbox(root: Path) -> None:
    Zones(root).inbox_file(WAVE, "sqlite").unlink()


def spoil_inbox(root: Path) -> None:
    path = Zones(root).inbox_file(WAVE, "sqlite")
    path.write_bytes(secrets.token_bytes(path.stat().st_size))


def put_back_inbox(root: Path) -> None:
    path = Zones(root).inbox_file(WAVE, "sqlite")
    shutil.copy2(path, path.with_suffix(".copy"))
    path.with_suffix(".copy").rename(path)


def change_manifest(root: Path) -> None:
    path = Zones(root).inbox_file(WAVE, "wave.json")
    path.write_bytes(path.read_bytes().replace(b'"eligible_n":8', b'"eligible_n":9'))


def lose_manifest(root: Path) -> None:
    Zones(root).inbox_file(WAVE, "wave.json").unlink()


def close_early(root: Path) -> None:
    assert survey(root, "close", "--yes").code == 0


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(lose("pepper"), "is missing or holds no key", id="pepper missing"),
        pytest.param(lose_inbox, "has no inbox here", id="inbox missing"),
        pytest.param(spoil_inbox, "cannot be read as an inbox", id="inbox spoilt"),
        pytest.param(put_back_inbox, "--accept-restored", id="inbox copied and put back"),
        pytest.param(change_manifest, "is not what was signed", id="manifest changed"),
        pytest.param(lose_manifest, "is not open on the staff page", id="wave not open"),
        pytest.param(close_early, "is closed", id="wave closed"),
    ],
)
def test_a_page_that_cannot_be_trusted_is_not_served(root: Path, spoil: Callable[[Path], object], says: str) -> None:
    assert serve(root).code == 0
    spoil(root)
    said = serve(root)
    assert said.code == 14 and says in said.err, said.text


def test_a_restored_inbox_is_served_only_when_it_is_accepted_and_the_log_says_so(root: Path) -> None:
    put_back_inbox(root)
    assert serve(root, "--accept-restored").code == 0
    assert "restored_inbox_accepted" in Zones(root).log_file.read_text("utf-8")
    with open_inbox(Zones(root).inbox_file(WAVE, "sqlite")) as con:
        assert state_of(con).restored


def test_a_second_server_on_one_inbox_is_refused_and_says_so(root: Path) -> None:
    with only_server(Zones(root).inbox_file(WAVE, "sqlite")):
        said = serve(root)
    assert said.code == 14 and "one at a time" in said.err


def test_a_port_that_is_taken_is_a_fault_of_usage(root: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = survey(root, "serve", "--port", str(taken.getsockname()[1]))
    assert said.code == 2 and "Name another --port" in said.err


def test_a_clock_that_is_set_back_stops_the_page(root: Path) -> None:
    made_on = load_signed(Zones(root), WAVE).made_on
    with mock.patch("flows.clock.today", return_value=made_on.replace(year=made_on.year - 1)):
        said = serve(root)
    assert said.code == 14 and "Set the clock" in said.err


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('crisis = "0800 111 0 111"', 'crisis = ""', "crisis"),
        ('crisis = "0800 111 0 111"', 'crisis = "crisis line, 24 h"', "crisis"),
        ('crisis = "0800 111 0 111"', 'crisis = "0800 000 000"', "crisis"),
        ('emergency = "112"', 'emergency = "emergency number"', "emergency"),
        ('mixer_office = "the staff council"', 'mixer_office = "The Research Office"', "two offices"),
        ('mixer_office = "the staff council"', 'mixer_office = ""', "mixer_office"),
        ('address = "https://pulse.northfield.example"', 'address = "http://pulse.northfield.example"', "https"),
        ('address = "https://pulse.northfield.example"', "", "address"),
        ('"es"]', '"fr"]', "fr"),
        ("closes_on = 20", "closes_on = 19", "clos"),
    ],
)
def test_a_wave_does_not_open_while_its_settings_are_not_ready(tmp_path: Path, old: str, new: str, says: str) -> None:
    make_workspace(tmp_path / "w", {"fern": 12})
    path = tmp_path / "w" / "quorum.toml"
    assert old in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    said = survey(tmp_path / "w", "open", "--yes")
    assert said.code == 14 and says in said.err, said.text
    assert not Zones(tmp_path / "w").inbox_file(WAVE, "wave.json").exists()


def test_help_lines_and_offices_are_read_in_the_language_of_the_page(tmp_path: Path) -> None:
    make_workspace(tmp_path / "w", {"fern": 12})
    path = tmp_path / "w" / "quorum.toml"
    german = '[survey.signpost.de]\nworkplace = "Betriebsärztlicher Dienst, Durchwahl 4471"\n[survey.keys]'
    # A table of its own cannot stand beside an inline one.
    inline = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("signpost = "))
    fields = inline.partition("{")[2].rpartition("}")[0].strip()
    rows = "[survey.signpost]\n" + fields.replace('", ', '"\n') + "\n"
    text = path.read_text("utf-8").replace(inline + "\n", "")
    text = text.replace("[survey.keys]", rows + german, 1)
    own = '[survey.keys.de]\nsteward_office = "Forschungsstelle"\nmixer_office = "%s"\n[survey.page]'
    path.write_text(text.replace("[survey.page]", own % "FORSCHUNGSSTELLE", 1), "utf-8")
    said = survey(tmp_path / "w", "open", "--yes")
    assert said.code == 14 and "two offices" in said.err and "[survey.keys.de]" in said.err
    path.write_text(text.replace("[survey.page]", own % "Personalrat", 1), "utf-8")
    assert survey(tmp_path / "w", "open", "--yes").code == 0
    manifest = load_signed(Zones(tmp_path / "w"), WAVE)
    pages = Pages(manifest)
    for text in (
        pages.form(0, "X" * 16, "de", has_languages=True),
        pages.protection("de"),
        reminder(manifest, "", "de"),
    ):
        assert "Forschungsstelle" in text and "Personalrat" in text and "research office" not in text
    assert "the research office and the staff council" in pages.form(0, "X" * 16, "en", has_languages=True)
    assert "Durchwahl 4471" in pages.entry("de") and "extension 4471" not in pages.entry("de")
    assert "extension 4471" in pages.entry("es") and "Durchwahl" not in pages.entry("en")
    path.write_text(path.read_text("utf-8").replace("signpost.de]\nworkplace", "signpost.de]\ncrisis"), "utf-8")
    said = quorum("plan", "--workspace", tmp_path / "w")
    assert said.code != 0 and 'unknown key "crisis"' in said.err, said.text


def test_a_steward_who_does_not_confirm_opens_nothing(tmp_path: Path) -> None:
    make_workspace(tmp_path / "w", {"fern": 12})
    with mock.patch("click.confirm", return_value=False):
        said = survey(tmp_path / "w", "open")
    assert said.code == 0 and "Nothing was changed" in said.out
    assert not Zones(tmp_path / "w").inbox_file(WAVE, "wave.json").exists()


def test_closing_before_the_last_day_asks_first_and_says_when_a_run_can_be(root: Path) -> None:
    day_before = load_signed(Zones(root), WAVE).closes_on - datetime.timedelta(days=1)
    with mock.patch("flows.clock.today", return_value=day_before):
        with mock.patch("click.confirm", return_value=False):
            assert "Nothing was changed" in survey(root, "close").out
        said = survey(root, "close", "--yes")
    assert said.code == 0 and f"write closes_on = {day_before} in quorum.toml" in said.out


def test_a_full_disk_while_closing_loses_nothing_and_closing_again_succeeds(root: Path) -> None:
    with mock.patch("flows.ballots.close_and_mix.write_atomically", side_effect=FULL):
        said = survey(root, "close", "--yes")
    assert said.code == 14 and "disk" in said.err.casefold() and "Traceback" not in said.text
    assert survey(root, "close", "--yes").code == 0
    with mock.patch("flows.ballots.close_and_mix.write_atomically", side_effect=FULL):
        assert survey(root, "mix").code == 14
    assert survey(root, "mix").code == 0


@pytest.mark.parametrize("place", ["close_and_mix.close", "make_ballots.replace_ballots"])
def test_an_inbox_that_cannot_be_written_is_told_as_what_it_is_and_the_command_succeeds_later(
    root: Path, place: str
) -> None:
    if "replace" in place:
        shutil.rmtree(root)
        ballot_wave(root, {"fern": 8})
    words = ("close", "--yes") if "close" in place else ("ballots", "--replace")
    with mock.patch(f"flows.ballots.{place}", side_effect=sqlite3.OperationalError("database or disk is full")):
        said = survey(root, *words)
    assert said.code == 14 and "database or disk is full" in said.err and "Make room" in said.err, said.text
    assert survey(root, *words).code == 0


def test_a_full_disk_while_printing_leaves_the_ballots_that_were_valid(root: Path) -> None:
    shutil.rmtree(root)
    wave = ballot_wave(root, {"fern": 8})
    before = wave.inbox.read_bytes()
    with mock.patch("flows.ballots.make_ballots.write_atomically", side_effect=FULL):
        assert survey(root, "ballots", "--replace").code == 14
    assert wave.inbox.read_bytes() == before


@pytest.mark.parametrize("kind", ["mixer", "steward"])
def test_without_a_key_nothing_is_opened_and_the_message_names_it(root: Path, kind: str) -> None:
    close_early(root)
    if kind == "steward":
        assert survey(root, "mix").code == 0
    lose(kind)(root)
    said = survey(root, "mix") if kind == "mixer" else quorum("run", "--wave", WAVE, "--workspace", root)
    assert said.code == 14 and f"keys/ballots/{WAVE}.{kind}" in said.err and "second copy" in said.err


def test_a_batch_that_is_cut_off_or_changed_by_one_byte_is_noticed(root: Path) -> None:
    close_early(root)
    batch = Zones(root).inbox_file(WAVE, "batch")
    whole = batch.read_bytes()
    batch.write_bytes(whole[:-1])
    assert (said := survey(root, "mix")).code == 11 and "cut off" in said.err
    batch.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "1 that this key does not open" in survey(root, "mix").out
    batch.write_bytes(whole)
    assert survey(root, "mix").code == 0


def test_the_mixer_opens_the_outer_seals_on_a_machine_that_has_no_workspace(tmp_path: Path) -> None:
    key, elsewhere = tmp_path / "mixer.key", tmp_path / "elsewhere"
    elsewhere.mkdir()
    said = quorum("survey", "mix", "--make-key", key)
    public = said.out.split("half:")[1].split()[0]
    assert said.code == 0 and key.stat().st_mode & 0o077 == 0
    make_workspace(tmp_path / "w", {"fern": 12})
    assert survey(tmp_path / "w", "open", "--yes", "--mixer-public", public).code == 0
    zones = Zones(tmp_path / "w")
    assert not zones.ballot_key_file(WAVE, "mixer").exists()
    assert load_signed(zones, WAVE).custody == "apart"
    assert survey(tmp_path / "w", "ballots").code == 0
    assert survey(tmp_path / "w", "close", "--yes").code == 0
    said = survey(tmp_path / "w", "mix")
    assert said.code == 14 and "the staff council holds it and mixes" in said.err and "--batch" in said.err
    batch, out = zones.inbox_file(WAVE, "batch"), elsewhere / f"{WAVE}.mixed"
    arguments = ("survey", "mix", "--wave", WAVE, "--workspace", elsewhere, "--batch", batch, "--out", out)
    assert quorum(*arguments).code == 2
    assert quorum(*arguments, "--key", key).code == 0 and out.exists()
    other = tmp_path / "other.key"
    quorum("survey", "mix", "--make-key", other)
    assert survey(tmp_path / "w", "mix", "--key", str(other)).code == 14
    assert quorum("survey", "mix", "--make-key", key).code == 2
