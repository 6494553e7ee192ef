"""Sign-in against a certified OpenID provider, in a real browser: who gets in, what they see, what they cannot forge.

Needs Node and the provider of package.json: `npm ci --ignore-scripts` in this folder, which `.ci/run` does.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dashboards.access import Access
from dashboards.serve import free_port, serve_command
from flows.trend.write import bring_up_to_date
from tests.browser.app_server import PAGES, chromium, find_chromium, wait_until_healthy
from tests.release_builder import PUBLIC_KEY, WAVES, full_draft, write_release

HERE = Path(__file__).parent
CLIENT = {"client_id": "quorum", "client_secret": "a-secret-of-the-tests-alone"}
COOKIE_SECRET = "0123456789abcdef0123456789abcdef-of-the-tests"
USER_COOKIE = "_streamlit_user"
ELSEWHERE = ("Ward Ivy", "Team Alder", "Assertive outreach", "Rehabilitation")

pytestmark = [
    pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed"),
    pytest.mark.skipif(
        shutil.which("node") is None or not (HERE / "node_modules").is_dir(),
        reason="the OpenID provider is not installed (npm ci in tests/sign_in)",
    ),
]


@dataclass(frozen=True)
class Service:
    """A running provider and the dashboards that trust it."""

    address: str
    issuer: str


@contextmanager
def provider(redirect_uri: str, seconds: int) -> Iterator[str]:
    """The issuer of a running provider whose identity tokens live so long."""
    argv = ["node", "provider.mjs", redirect_uri, str(seconds)]
    process = subprocess.Popen(
        argv, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["issuer"]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


@contextmanager
def service(folder: Path, first_port: int, seconds: int = 3600, **rules: str) -> Iterator[Service]:
    """Dashboards with sign-in over three waves of Northfield."""
    for wave_id in WAVES[-3:]:
        if not (folder / "released" / wave_id).exists():
            write_release(folder / "released", full_draft(wave_id))
    (folder / "release.pub").write_bytes(PUBLIC_KEY)
    bring_up_to_date(folder / "derived", folder / "released", PUBLIC_KEY)
    port = free_port(first_port)
    address = f"http://127.0.0.1:{port}"
    with provider(f"{address}/oauth2callback", seconds) as issuer:
        auth = {
            **CLIENT,
            "redirect_uri": f"{address}/oauth2callback",
            "cookie_secret": COOKIE_SECRET,
            "server_metadata_url": f"{issuer}/.well-known/openid-configuration",
        }
        secrets = folder / f"sign-in-{port}.toml"
        lines = [f"{name} = {json.dumps(text)}" for name, text in auth.items()]
        secrets.write_text("\n".join(["[auth]", *lines, 'client_kwargs = { prompt = "login" }', ""]), "utf-8")
        access = Access(
            "openid", role_claim="quorum_role", units_claim="quorum_units", issuer=issuer, client_id="quorum",
            **{"roles": "claims", **rules},
        )  # fmt: skip
        argv, env = serve_command(
            port,
            folder / "released",
            folder / "release.pub",
            access=access,
            secrets_file=secrets,
            beside={"DERIVED_DIR": folder / "derived", "ACTIONS_FILE": folder / "actions.sqlite3"},
        )
        process = subprocess.Popen(
            argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            wait_until_healthy(f"{address}/_stcore/health", process)
            yield Service(address, issuer)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=10)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sign-in")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Service]:
    with service(folder, 8701) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a person with no cookie yet; `messages` are the frames that came over websockets."""
    context = browser.new_context()
    opened = context.new_page()
    opened.messages = []

    def keep(frame: Any) -> None:
        opened.messages.append(frame)

    opened.on("websocket", lambda socket: socket.on("framereceived", keep))
    yield opened
    context.close()


def sign_in(page: Any, running: Service, person: str, path: str = "") -> None:
    """Through the provider's own pages, as a person would."""
    page.goto(f"{running.address}/{path}")
    page.get_by_role("button", name="Sign in").click(timeout=60_000)
    page.fill("input[name=login]", person, timeout=60_000)
    page.fill("input[name=password]", "anything")
    page.click("button[type=submit]")
    page.get_by_role("button", name="Continue").click(timeout=60_000)
    page.wait_for_url(f"{running.address}/**", timeout=60_000)


def refused(page: Any, words: str) -> str:
    """The whole text of a page that refuses with these words."""
    page.get_by_text(words).wait_for(timeout=60_000)
    return str(page.inner_text("body"))


def shown(page: Any) -> str:
    """The whole text of a page that was drawn to its foot, its table included."""
    page.wait_for_selector(".q-foot", timeout=60_000)
    if "heat_map" in page.url:
        page.wait_for_selector("table tbody tr", timeout=60_000)
    return str(page.inner_text("body"))


def received(page: Any) -> bytes:
    """Everything that came over websockets."""
    return b"".join(frame if isinstance(frame, bytes) else frame.encode() for frame in page.messages)


@pytest.mark.parametrize("path", ["", "heat_map", "trend?group=fern&measure=bo1", "about"])
def test_nothing_is_told_to_someone_who_is_not_signed_in(running: Service, page: Any, path: str) -> None:
    page.goto(f"{running.address}/{path}")
    text = refused(page, "open to people whom your organisation has named")
    assert "Northfield" not in text and b"Northfield" not in received(page)


def test_a_viewer_sees_own_unit_and_what_is_above_it(running: Service, page: Any) -> None:
    sign_in(page, running, "ada")
    shown(page)
    page.goto(f"{running.address}/heat_map?level=team")
    text = shown(page)
    assert "Ward Fern" in text and "Acute wards" in text
    told = received(page)
    assert [name for name in ELSEWHERE if name in text or name.encode() in told] == []
    page.goto(f"{running.address}/trend?group=ivy&measure=bo1")
    text = shown(page)
    assert "Ward Ivy" not in text and b"Ward Ivy" not in received(page)


def test_no_page_and_no_message_names_a_group_outside_the_scope_derived_figures_included(
    running: Service, page: Any
) -> None:
    sign_in(page, running, "ada")
    shown(page)
    for path in PAGES.values():
        page.goto(f"{running.address}/{path}?lang=de")
        page.wait_for_selector(".q-foot", timeout=60_000)
        page.wait_for_timeout(500)
        sent = received(page) + page.content().encode()
        assert [name for name in ELSEWHERE if name.encode() in sent] == [], path


def test_leadership_sees_every_group(running: Service, page: Any) -> None:
    sign_in(page, running, "bob")
    page.goto(f"{running.address}/heat_map?level=team")
    text = shown(page)
    assert [name for name in ("Ward Fern", *ELSEWHERE) if name not in text] == []


def test_a_person_without_a_role_sees_nothing(running: Service, page: Any) -> None:
    sign_in(page, running, "eve")
    text = refused(page, "no role is noted for you")
    assert "Northfield" not in text and b"Northfield" not in received(page)


def with_cookie(page: Any, running: Service, value: str) -> None:
    page.context.add_cookies([{"name": USER_COOKIE, "value": value, "url": running.address}])


def test_a_tampered_cookie_is_no_sign_in(running: Service, page: Any) -> None:
    sign_in(page, running, "ada")
    shown(page)
    cookie = next(each for each in page.context.cookies() if each["name"] == USER_COOKIE)
    for value in (_claiming_leadership(cookie["value"]), cookie["value"][:-4] + "AAAA", "x"):
        with_cookie(page, running, value)
        page.messages.clear()
        page.goto(running.address)
        refused(page, "open to people whom your organisation has named")
        assert b"Northfield" not in received(page)


def _claiming_leadership(value: str) -> str:
    """The sealed claims with the role exchanged, under the old seal."""
    for part in value.strip('"').split("."):
        try:
            raw = base64.b64decode(part + "=" * (-len(part) % 4))
        except ValueError:
            continue
        if b"viewer" in raw:
            return value.replace(part, base64.b64encode(raw.replace(b"viewer", b"steward")).decode().rstrip("="))
    return value[: len(value) // 2] + "A" + value[len(value) // 2 + 1 :]


def test_a_cookie_of_another_service_with_the_same_secret_is_foreign(running: Service, folder: Path, page: Any) -> None:
    with service(folder, 8751) as other:
        sign_in(page, other, "bob")
        shown(page)
        cookie = next(each for each in page.context.cookies() if each["name"] == USER_COOKIE)
    with_cookie(page, running, cookie["value"])
    page.messages.clear()
    page.goto(running.address)
    page.get_by_role("button", name="Sign in").wait_for(timeout=60_000)
    assert b"Northfield" not in received(page)


def test_a_token_that_has_ended_is_refused_though_its_cookie_lives(folder: Path, page: Any) -> None:
    with service(folder, 8801, seconds=1) as short:
        sign_in(page, short, "ada")
        page.wait_for_timeout(1500)
        page.goto(short.address)
        assert "Northfield" not in refused(page, "Your sign-in has come to its end")


def test_the_roles_file_rules_by_verified_address(folder: Path, page: Any) -> None:
    path = folder / "access.csv"
    path.write_text("person,role,unit_ids\nada@example.org,viewer,robin\n", "utf-8")
    with service(folder, 8851, roles="file", roles_file=str(path)) as filed:
        sign_in(page, filed, "ada")
        page.goto(f"{filed.address}/heat_map?level=team")
        text = shown(page)
        assert "Team Robin" in text and "Ward Fern" not in text
        page.get_by_text("Take this along", exact=True).click()
        take = page.get_by_role("button", name="Figures as CSV", exact=True)
        with page.expect_download(timeout=60_000):
            take.click()
        path.write_text("person,role,unit_ids\n", "utf-8")
        downloads: list[Any] = []
        page.on("download", lambda download: downloads.append(download))
        take.click()
        page.wait_for_timeout(4_000)
        assert downloads == []
        page.goto(filed.address)
        refused(page, "no role is noted for you")
