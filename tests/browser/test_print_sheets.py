"""Ballots and posters as Chromium draws them: six a page, no page of crumbs, QR codes read back from the picture."""

from __future__ import annotations

import io
import math
import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from flows.ballots.print_sheets import PER_PAGE, poster
from surveys.page.inbox import open_inbox
from surveys.wave_manifest import fingerprint
from tests.ballots.served_page import Served
from tests.ballots.wave_maker import WAVE, BallotWave, ballot_wave
from tests.browser.app_server import find_chromium
from tests.browser.staff_states import LONG

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp, which reads QR codes, is not installed")
pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def wave(tmp_path_factory: pytest.TempPathFactory) -> BallotWave:
    return ballot_wave(tmp_path_factory.mktemp("print"), {"fern": 20, LONG.casefold().replace(" ", "-"): 9})


def printed(browser: Any, text: str, folder: Path) -> bytes:
    """The PDF of a print file."""
    path = folder / "sheet.html"
    path.write_text(text, "utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    pdf: bytes = page.pdf(prefer_css_page_size=True)
    page.close()
    return pdf


def pages_n(pdf: bytes) -> int:
    """Pages of a PDF: its page objects, packed or not."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    unpacked = [pdf, *(_unpacked(stream) for stream in streams)]
    return sum(len(re.findall(rb"/Type\s*/Page\b", part)) for part in unpacked)


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_ballots_are_printed_six_a_page_whatever_the_name_of_the_team(
    browser: Any, wave: BallotWave, tmp_path: Path
) -> None:
    for unit in wave.manifest.units:
        text = (wave.zones.ballots_folder(WAVE) / f"{unit.unit_id}.html").read_text("utf-8")
        pdf = printed(browser, text, tmp_path)
        assert pages_n(pdf) == math.ceil(unit.ballots_n / PER_PAGE)
        assert b"AtkinsonHyperlegibleMono" in pdf


def test_a_poster_is_one_page_in_every_language(browser: Any, wave: BallotWave, tmp_path: Path) -> None:
    for language in wave.manifest.languages:
        assert pages_n(printed(browser, poster(wave.manifest, fingerprint(wave.manifest.raw), language), tmp_path)) == 1


def test_every_slip_carries_the_eight_words_and_no_number_of_its_own(wave: BallotWave) -> None:
    text = (wave.zones.ballots_folder(WAVE) / "fern.html").read_text("utf-8")
    assert text.count(fingerprint(wave.manifest.raw)) == wave.manifest.units[0].ballots_n
    slips = re.findall(r'<div class="slip">.*?</svg>(.*?)</div></div>', text, re.DOTALL)
    assert len({re.sub(r'class="code">[^<]*<', "", slip) for slip in slips}) == 1


def drawn(browser: Any, text: str, folder: Path) -> Any:
    """A print file as it lies on paper, at 96 points an inch: less than any phone sees."""
    path = folder / "sheet.html"
    path.write_text(text, "utf-8")
    page = browser.new_page(viewport={"width": 794, "height": 1123})
    page.emulate_media(media="print")
    page.goto(path.as_uri())
    return page


def scanned(place: Any) -> list[str]:
    """What the QR codes in a picture of a place on the page say."""
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(place.screenshot())))]


def test_the_picture_of_every_ballot_leads_to_the_form_of_its_code_and_the_page_takes_it(
    browser: Any, wave: BallotWave, tmp_path: Path
) -> None:
    manifest = wave.manifest
    with open_inbox(wave.inbox) as con:
        served = Served(wave, con)
        for unit in manifest.units:
            page = drawn(
                browser, (wave.zones.ballots_folder(WAVE) / f"{unit.unit_id}.html").read_text("utf-8"), tmp_path
            )
            slips = page.locator(".slip").all()
            assert len(slips) == unit.ballots_n
            for slip in slips:
                code = slip.locator(".code").inner_text().replace(" ", "")
                assert scanned(slip) == [f"{manifest.address}/a/{code}"]
                assert code in served.client.get(f"/a/{code}").text and served.send(code, bo1="3") == 303
            page.close()
        issued_n = sum(unit.ballots_n for unit in manifest.units)
        assert served.counts == (issued_n, issued_n)
        served.writer.stop()


def test_the_picture_of_every_poster_leads_to_where_codes_are_typed(
    browser: Any, wave: BallotWave, tmp_path: Path
) -> None:
    for language in wave.manifest.languages:
        page = drawn(browser, poster(wave.manifest, fingerprint(wave.manifest.raw), language), tmp_path)
        assert scanned(page.locator("body")) == [f"{wave.manifest.address}/"]
        page.close()
