"""Codes, records, manifest: what they carry and what they refuse (BALLOTS B1, I1, T17, T29)."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.ballots.manifest_file import load_signed
from flows.ballots.open_wave import Offices, open_wave
from flows.errors import SettingsError, WorkspaceError
from flows.workbench import open_workbench
from surveys.ballot_code import ALPHABET, LENGTH, ballot_hash, grouped, new_code, read_code
from surveys.ballot_record import (
    OUTSIDE,
    PackedItem,
    RecordError,
    open_inner,
    open_outer,
    pack,
    public_half,
    seal_inner,
    seal_outer,
    unpack,
)
from surveys.wave_manifest import fingerprint, read_manifest
from tests.ballots.wave_maker import WAVE, make_workspace

ITEMS = (PackedItem("bo1", ("1", "2", "3", "4", "5")), PackedItem("ee1", ("0", "25", "50", "75", "100")))
TAG = b"12345678"


def test_a_code_is_understood_as_people_type_it() -> None:
    code = new_code("w")
    assert read_code("w", f" {grouped(code).lower()} ") == code
    assert read_code("w", code.replace("0", "O").replace("1", "l")) == code


def test_single_wrong_symbols_and_swapped_neighbours_are_caught_at_99_8_percent() -> None:
    caught, tried = 0, 0
    for _ in range(60):
        code = new_code("w")
        wrong = {code[:i] + s + code[i + 1 :] for i in range(LENGTH) for s in ALPHABET if s != code[i]}
        wrong |= {code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(LENGTH - 1)} - {code}
        tried += len(wrong)
        caught += sum(read_code("w", each) is None for each in wrong)
    assert caught / tried >= 0.998


def test_a_code_of_another_wave_is_refused_but_for_one_in_a_thousand() -> None:
    assert sum(read_code("other", new_code("w")) is not None for _ in range(500)) < 6


def test_the_hash_of_a_ballot_depends_on_pepper_wave_and_code() -> None:
    code, pepper = new_code("w"), secrets.token_bytes(32)
    hashes = {ballot_hash(pepper, "w", code), ballot_hash(pepper, "v", code), ballot_hash(bytes(32), "w", code)}
    assert len(hashes) == 3 and all(len(each) == 16 for each in hashes)


answers = st.fixed_dictionaries(
    {
        "bo1": st.sampled_from([None, "1", "5", "prefer_not_to_say"]),
        "ee1": st.sampled_from([None, "0", "100", "not_applicable"]),
    }
)


@given(answers)
@settings(max_examples=30, deadline=None)
def test_answers_come_back_and_every_record_has_one_length(chosen: dict[str, str | None]) -> None:
    steward, mixer = secrets.token_bytes(32), secrets.token_bytes(32)
    outer = seal_outer(7, seal_inner(pack(ITEMS, chosen, TAG), public_half(steward)), public_half(mixer))
    handed = open_outer(outer, mixer)
    opened = unpack(ITEMS, open_inner(handed[8:], steward))
    assert (len(outer), int.from_bytes(handed[:8], "big"), dict(opened.answers), opened.tag) == (360, 7, chosen, TAG)


def test_a_record_of_another_key_or_with_one_byte_changed_does_not_open() -> None:
    mixer = secrets.token_bytes(32)
    outer = seal_outer(0, bytes(304), public_half(mixer))
    changed = outer[:100] + bytes([outer[100] ^ 1]) + outer[101:]
    for record, key in ((outer, secrets.token_bytes(32)), (changed, mixer), (outer[:-1], mixer)):
        with pytest.raises(RecordError):
            open_outer(record, key)


def test_a_packed_answer_that_no_option_has_is_marked_as_outside() -> None:
    padded = bytearray(pack(ITEMS, {"bo1": "1", "ee1": None}, TAG))
    padded[10] = 99
    assert unpack(ITEMS, bytes(padded)).answers["bo1"] == OUTSIDE


def test_opening_is_refused_while_the_help_lines_are_an_example(tmp_path: Path) -> None:
    make_workspace(tmp_path, {"fern": 12})
    path = tmp_path / "quorum.toml"
    path.write_text(path.read_text().replace('crisis = "0800 111 0 111"', 'crisis = "crisis line"'))
    with pytest.raises(SettingsError, match="crisis"):
        open_wave(open_workbench(tmp_path, WAVE), Offices("a", "b", None))
    assert not (tmp_path / "keys" / "ballots").exists()


def test_the_manifest_is_fixed_signed_and_told_by_eight_words(tmp_path: Path) -> None:
    make_workspace(tmp_path, {"fern": 12})
    bench = open_workbench(tmp_path, WAVE)
    opened = open_wave(bench, Offices("a", "b", None))
    path = bench.zones.inbox_file(WAVE, "wave.json")
    assert opened.fingerprint == fingerprint(path.read_bytes()) and len(opened.fingerprint.split()) == 8
    assert read_manifest(path.read_bytes()).custody == "on_one_machine"
    assert open_workbench(tmp_path, WAVE).plan.policy_fixed == "before_opening"
    with pytest.raises(WorkspaceError, match="open already"):
        open_wave(open_workbench(tmp_path, WAVE), Offices("a", "b", None))
    path.write_bytes(path.read_bytes().replace(b"Northfield", b"Southfield"))
    with pytest.raises(WorkspaceError, match="signed"):
        load_signed(bench.zones, WAVE)
