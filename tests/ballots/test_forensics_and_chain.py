"""Copies of the disk give nothing away; close, mix and take in count every answer once (T1-T4, T19, T24)."""

from __future__ import annotations

import datetime
import secrets
import shutil
from pathlib import Path

import pytest

from flows.ballots.close_and_mix import MIXED_HEAD, close_wave, mix_batch, read_records
from flows.ballots.take_in import destroy_ballots, opener_of
from flows.errors import ExportRefused, KeyMissing, WorkspaceError
from flows.steps import collect_step, validate_step
from flows.workbench import open_workbench, sources_of
from flows.zones import memory_store
from surveys.ballot_code import ballot_hash
from surveys.ballot_record import HANDED_OVER, pack, seal_inner, seal_outer
from surveys.page.inbox import Submission, open_inbox, store_batch, unused_slots
from tests.ballots.forensics import film, mean_of_order, order_of_a_plain_table, tied
from tests.ballots.kill_chain import in_peace
from tests.ballots.kill_chain import kill_often as kill_often_in_steps
from tests.ballots.kill_page import kill_often
from tests.ballots.many import walk
from tests.ballots.wave_maker import WAVE, BallotWave, ballot_wave
from tests.integration.kill_laboratory import open_laboratory


def answer(wave: BallotWave, unit: str, answers: dict[str, str | None], *, tag: bytes | None = None) -> None:
    """One sealed answer, as the page makes it."""
    m = wave.manifest
    code, unit_no = wave.codes[unit].pop(), [u.unit_id for u in m.units].index(unit)
    inner = seal_inner(pack(m.packed_items, answers, tag or m.tag), m.steward_key)
    submission = Submission(ballot_hash(wave.secret("pepper"), WAVE, code), seal_outer(unit_no, inner, m.mixer_key))
    with open_inbox(wave.inbox) as con:
        store_batch(con, [submission], unused_slots(con))


def close_and_mix_all(wave: BallotWave) -> Path:
    """The mixed file."""
    close_wave(wave.zones, wave.manifest)
    mixed = wave.zones.inbox_file(WAVE, "mixed")
    mix_batch(WAVE, wave.zones.inbox_file(WAVE, "batch"), mixed, wave.secret("mixer"), wave.manifest.mixer_key)
    return mixed


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("chain") / "opened"
    wave = ballot_wave(root)
    for number in range(8):
        answer(wave, "fern", {"bo1": str(number % 5 + 1), "st1": "2"})
    answer(wave, "ivy", {})
    answer(wave, "ivy", {"bo1": "3"}, tag=b"otherone")
    return root


@pytest.fixture
def wave(opened: Path, tmp_path: Path) -> BallotWave:
    """A copy of a wave with eight answers, one blank sheet and one of another questionnaire."""
    root = tmp_path / "w"
    shutil.copytree(opened, root)
    bench = open_workbench(root, WAVE)
    from flows.ballots.manifest_file import load_signed

    return BallotWave(root, bench.zones, load_signed(bench.zones, WAVE), {})


def test_copies_around_every_answer_and_the_stewards_key_tie_no_ballot_to_its_answer(tmp_path: Path) -> None:
    filmed = film(tmp_path, 24)
    assert tied(filmed, with_mixer=True) == 1.0
    # Chance is 1 in 24; seven hits of 24 have a probability below 1 in 10,000.
    assert tied(filmed, with_mixer=False) < 7 / 24


def test_the_order_of_arrival_is_not_in_the_file(tmp_path: Path) -> None:
    assert order_of_a_plain_table(24) == 1.0
    of_ballots, of_slots = mean_of_order(tmp_path, 6, 24)
    # The mean of six rounds of 276 pairs each lies within 0.2 of chance, but for 1 in 100,000.
    assert abs(of_ballots - 0.5) < 0.2 and abs(of_slots - 0.5) < 0.2


def test_every_answer_is_accounted_for_and_the_release_may_say_anonymous(wave: BallotWave) -> None:
    close_and_mix_all(wave)
    bench = open_workbench(wave.root, WAVE)
    with memory_store() as con:
        collected = collect_step(con, bench, sources_of(bench, ()))
        checked = validate_step(con, bench, collected, sources_of(bench, ()))
    account = checked.account
    assert (account.read, account.accepted, account.blank, account.other_wave) == (10, 8, 1, 1)
    assert collected.source_grade == "anonymous_ballot"


def test_a_record_that_does_not_open_is_set_aside_with_its_reason(wave: BallotWave) -> None:
    with open_inbox(wave.inbox) as con:
        number = con.execute("select n from slot where used = 1 limit 1").fetchone()[0]
        con.execute("update slot set c = ? where n = ?", (secrets.token_bytes(360), number))
    close_and_mix_all(wave)
    bench = open_workbench(wave.root, WAVE)
    with memory_store() as con:
        collected = collect_step(con, bench, sources_of(bench, ()))
    assert (collected.read_n, collected.set_aside) == (10, {"did_not_open": 1})


def test_closing_and_mixing_again_give_the_same_bytes_in_no_order_of_arrival(wave: BallotWave) -> None:
    mixed = close_and_mix_all(wave)
    first = mixed.read_bytes()
    assert close_and_mix_all(wave).read_bytes() == first
    records = read_records(mixed, MIXED_HEAD, WAVE, HANDED_OVER)
    assert records == sorted(records) and len(records) == 10
    assert mixed.stat().st_mode & 0o077 == 0


def test_closing_takes_the_times_from_the_files(wave: BallotWave) -> None:
    close_wave(wave.zones, wave.manifest)
    midnight = datetime.datetime.combine(wave.manifest.closes_on, datetime.time(), datetime.UTC).timestamp()
    files = [path for path in wave.zones.inbox.iterdir() if ".wave." not in path.name]
    assert {path.stat().st_mtime for path in files} == {midnight} and len(files) > 1


def test_kill_9_while_closing_mixing_and_running_counts_every_answer_exactly_once(tmp_path: Path) -> None:
    with open_laboratory() as laboratory:
        assert kill_often_in_steps(in_peace(laboratory, tmp_path), 3) == []


def test_more_answers_than_ballots_of_a_unit_stop_the_run(wave: BallotWave) -> None:
    mixed = close_and_mix_all(wave)
    head = MIXED_HEAD + WAVE.encode() + b"\n"
    mixed.write_bytes(head + b"".join(secrets.token_bytes(HANDED_OVER) for _ in range(3)))
    with memory_store() as con, pytest.raises(ExportRefused, match="must be equal"):
        opener_of(wave.zones, WAVE).open(con, mixed)
    unit = (0).to_bytes(8, "big")
    stuffed = [unit + secrets.token_bytes(HANDED_OVER - 8) for _ in range(wave.manifest.units[0].ballots_n + 1)]
    mixed.write_bytes(head + b"".join(stuffed))
    wave.inbox.unlink()
    with memory_store() as con, pytest.raises(ExportRefused, match="more answers than the"):
        opener_of(wave.zones, WAVE).open(con, mixed)


def test_an_answer_without_its_ballot_stops_the_close(wave: BallotWave) -> None:
    with open_inbox(wave.inbox) as con:
        con.execute("update slot set used = 1 where n = (select min(n) from slot where used = 0)")
    with pytest.raises(WorkspaceError, match="must be"):
        close_wave(wave.zones, wave.manifest)


def test_nothing_is_opened_before_the_close_or_with_another_key(wave: BallotWave) -> None:
    bench = open_workbench(wave.root, WAVE)
    with pytest.raises(WorkspaceError, match="still open"):
        sources_of(bench, ())
    close_wave(wave.zones, wave.manifest)
    with pytest.raises(WorkspaceError, match="not mixed"):
        sources_of(bench, ())
    batch, mixed = wave.zones.inbox_file(WAVE, "batch"), wave.zones.inbox_file(WAVE, "mixed")
    with pytest.raises(KeyMissing):
        mix_batch(WAVE, batch, mixed, secrets.token_bytes(32), None)
    with pytest.raises(ExportRefused, match="no such file"):
        mix_batch("2026-12", batch, mixed, wave.secret("mixer"), None)
    assert not mixed.exists()


def test_what_is_counted_is_destroyed_and_the_manifest_stays(wave: BallotWave) -> None:
    close_and_mix_all(wave)
    assert destroy_ballots(wave.zones, WAVE) > 0 and destroy_ballots(wave.zones, WAVE) == 0
    left = {path.name for path in wave.zones.inbox.iterdir()}
    assert left == {f"{WAVE}.wave.json", f"{WAVE}.wave.sig"}
    assert not list((wave.root / "keys" / "ballots").iterdir())


def test_a_killed_page_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    survived = kill_often(ballot_wave(tmp_path, {"fern": 200, "ivy": 150}), 2)
    assert survived.acknowledged_n > 0


def test_the_measurement_of_many_ballots_walks_every_step_and_counts_every_answer(tmp_path: Path) -> None:
    steps, ballots_n, rows_n = walk(tmp_path, 60)
    assert (ballots_n, rows_n) == (63, 45)
    assert list(steps.seconds)[-3:] == ["close", "mix", "take in"]
