"""Values that no honest file holds by chance, planted into exports, and the search for them."""

from __future__ import annotations

import random
import sqlite3
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.integration.release_without_prefect import ANSWERS, numeric_instrument, write_csv

ITEM = "pressure"
INSTRUMENT = numeric_instrument("own_pressure", [ITEM], 0, 100)
ANSWER_TEXTS = ("37.141593", "61.803399", "27.182818", "69.314718")
"""Answers of four people; every other answer of the wave is drawn near them, to six decimals too."""
UNIT_LABEL = "Zebrafink-Quastenflosser"
FAULTY_CELL = "kaleidoskop-nebelkraehe"
IN_ITEM_CELL = "rosa.wolkenbruch@quastenflosser.example"
NAME, ADDRESS, TOKEN, NETWORK = "Ottilie Nebelhorn", "o.nebelhorn@quasten.example", "tk9Q7xwVbNq2LmZ", "203.0.113.77"
TEXTS = (*ANSWER_TEXTS, UNIT_LABEL, FAULTY_CELL, IN_ITEM_CELL, NAME, ADDRESS, TOKEN, NETWORK)
IN_ANSWERS = (*ANSWER_TEXTS, FAULTY_CELL, IN_ITEM_CELL)

MAP = f"""\
tool: own
unit: {{ column: team }}
items:
  {ITEM}: {{ column: how_much }}
  bo1: {{ column: burned }}
drop: [Name, Email, token, ipaddr]
"""


def export(path: Path, seed: int = 7) -> Path:
    """49 rows: 46 accepted, two of an unknown unit, one with an address in an item cell; one faulty cell."""
    rng = random.Random(seed)
    answers = [f"{rng.randint(20, 80)}.{rng.randint(100_000, 999_999)}" for _ in range(sum(ANSWERS.values()))]
    answers[3:7] = ANSWER_TEXTS
    units = [unit for unit, n in ANSWERS.items() for _ in range(n)]
    rows = [[unit, answer, rng.randint(1, 5)] for unit, answer in zip(units, answers, strict=True)]
    rows[20][2] = FAULTY_CELL
    rows += [[UNIT_LABEL, answers[0], 2], [UNIT_LABEL, answers[1], 4], ["FERN", IN_ITEM_CELL, 3]]
    identity = (NAME, ADDRESS, TOKEN, NETWORK)
    rng.shuffle(rows)
    return write_csv(path, ("team", "how_much", "burned", "Name", "Email", "token", "ipaddr"),
                     [[*row, *identity] for row in rows])  # fmt: skip


def traces(texts: Iterable[str] = TEXTS) -> dict[bytes, str]:
    """Every way in which a planted text might lie in a file: as text, and numbers as stored integers and floats."""
    found: dict[bytes, str] = {}
    for text in texts:
        found[text.encode("utf-8")] = text
        found[text.encode("utf-16-le")] = text
        if text in ANSWER_TEXTS:
            millionths = int(text.replace(".", ""))
            found[str(millionths).encode("ascii")] = text
            found[struct.pack("<q", millionths)] = text
            found[struct.pack("<d", float(text))] = text
    return found


def found_below(folder: Path, texts: Iterable[str] = TEXTS, skip: Sequence[Path] = ()) -> list[str]:
    """`file: canary` for every planted value in the bytes of any file below a folder."""
    wanted = traces(texts)
    hits = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path in skip:
            continue
        content = path.read_bytes()
        hits += [f"{path.relative_to(folder)}: {text}" for trace, text in wanted.items() if trace in content]
    return hits


def found_in_sqlite(path: Path, texts: Iterable[str] = TEXTS) -> list[str]:
    """`table: canary` for every planted text in any value of a SQLite database, read as a database."""
    hits = []
    with sqlite3.connect(path) as con:
        tables = [row[0] for row in con.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            quoted = table.replace('"', '""')
            content = "\n".join(repr(row) for row in con.execute(f'select * from "{quoted}"'))
            hits += [f"{table}: {text}" for text in texts if text in content]
    return hits
