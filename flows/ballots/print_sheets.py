"""Print files: ballots to cut, posters, and texts of reminders that go to everybody (BALLOTS B3, B5, B6)."""

from __future__ import annotations

import base64
import importlib.resources
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby

import segno
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from surveys.ballot_code import grouped
from surveys.page.words import words_of
from surveys.wave_manifest import BallotUnit, WaveManifest

PER_PAGE = 6


QR_MASK = 3
"""Any mask makes a good code of random letters; trying all eight for each of thousands of ballots takes four times
as long."""


def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("flows.ballots"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


@cache
def _mono() -> str:
    """The typeface of codes and words, inside the file: 0 and O, 1 and I, 5 and S differ on any machine that prints."""
    font = importlib.resources.files("dashboards").joinpath("static/atkinson-hyperlegible-mono-latin-400-normal.woff2")
    return base64.b64encode(font.read_bytes()).decode()


def qr(text: str) -> Markup:
    """A QR code as a picture inside the page."""
    matrix = segno.make(text, error="m", micro=False, mask=QR_MASK).matrix
    path = "".join(f"M{at} {y}h{n}v1h-{n}z" for y, row in enumerate(matrix) for at, n in _dark_runs(row))
    return Markup('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}"><path d="{1}"/></svg>').format(
        len(matrix), path
    )


def _dark_runs(row: bytearray) -> Iterator[tuple[int, int]]:
    """Where dark squares begin in a row, and how many follow each other."""
    at = 0
    for dark, squares in groupby(row):
        n = len(list(squares))
        if dark:
            yield at, n
        at += n


def ballot_sheets(manifest: WaveManifest, unit: BallotUnit, codes: Sequence[str], words: str) -> str:
    """All ballots of a unit, six a page, in the first language of the wave. No number, no name of a person."""
    w = words_of(manifest.languages[0])
    slips = [{"code": grouped(code), "qr": qr(f"{manifest.address}/a/{code}")} for code in codes]
    return (
        _templates()
        .get_template("ballots.html")
        .render(
            w=w,
            m=manifest,
            unit=unit,
            spares=unit.ballots_n - unit.eligible_n,
            pages=[slips[place : place + PER_PAGE] for place in range(0, len(slips), PER_PAGE)],
            until=w.day(manifest.closes_on),
            address=manifest.address.partition("//")[2],
            words=words,
            font=_mono(),
        )
    )


def poster(manifest: WaveManifest, words: str, language: str) -> str:
    """A poster with a QR code to the entry page and the eight words."""
    w = words_of(language)
    return (
        _templates()
        .get_template("poster.html")
        .render(
            w=w,
            m=manifest,
            until=w.day(manifest.closes_on),
            address=manifest.address.partition("//")[2],
            words=words,
            qr=qr(f"{manifest.address}/"),
            font=_mono(),
        )
    )


def reminder(manifest: WaveManifest, words: str, language: str) -> str:
    """A mail to everybody, for the steward's own channel: subject, blank line, text."""
    w = words_of(language)
    until = w.day(manifest.closes_on)
    text = w.say(
        "mail",
        organisation=manifest.organisation,
        until=until,
        address=manifest.address,
        steward=manifest.steward_in(language),
        mixer=manifest.mixer_in(language),
        k=manifest.k["work"],
        words=words,
        signpost=manifest.signpost[language],
    )
    return f"{w.say('mail_subject', until=until)}\n\n{text}"


def cover_words(manifest: WaveManifest) -> str:
    """What to do with the print files."""
    w = words_of(manifest.languages[0])
    return (
        f"Ballots of wave {manifest.wave_id}: one file a team. Print, cut, fold, put them in a bag, let people draw.\n"
        f"1. {w.say('sheet_1')}\n2. Spare ballots stay sealed until somebody asks.\n3. {w.say('sheet_3')}\n"
        "Never mail them: a mailbox would hold person and code side by side. Delete these files once printed;\n"
        "Quorum has forgotten the codes. Posters and texts of reminders lie here too; they hold no code.\n"
    )
