"""The examples of `setup/` are accepted by nginx and systemd; nginx serves a request and keeps no trace of it."""

from __future__ import annotations

import contextlib
import http.server
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[2] / "setup"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
needs_nginx = pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not installed")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Staff(http.server.BaseHTTPRequestHandler):
    """Stands for the staff page: remembers the headers it was given."""

    seen: dict[str, str]

    def do_GET(self) -> None:
        """Constant text."""
        type(self).seen = dict(self.headers.items())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@needs_nginx
def test_nginx_serves_the_staff_page_over_tls_and_keeps_no_address(tmp_path: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days"]
    command += ["2", "-subj", "/CN=answer.example.org", "-addext", "subjectAltName=DNS:answer.example.org"]
    subprocess.run([*command, "-keyout", tmp_path / "k", "-out", tmp_path / "c"], check=True, capture_output=True)
    server = http.server.HTTPServer(("127.0.0.1", 0), Staff)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = _free_port()
    text = (SETUP / "nginx" / "quorum.conf").read_text("utf-8")
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl").replace(":8600", f":{server.server_port}")
    for name in ("answer", "pulse"):
        text = text.replace(f"/etc/ssl/quorum/{name}.pem", str(tmp_path / "c"))
        text = text.replace(f"/etc/ssl/quorum/{name}.key", str(tmp_path / "k"))
    text = text.replace("/dev/null", str(tmp_path / "errors"))
    places = "".join(f"{kind}_temp_path {tmp_path}/t;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/errors crit;"
        f"events {{}} http {{ access_log {tmp_path}/access; {places} {text} }}",
        "utf-8",
    )
    arguments = [NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    subprocess.run([*arguments, "-t"], check=True, capture_output=True)
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        reply = _get(port, ssl.create_default_context(cafile=str(tmp_path / "c")))
    finally:
        process.terminate()
        process.wait(10)
        server.shutdown()
    assert "max-age" in reply["Strict-Transport-Security"]
    assert not {"X-Forwarded-For", "X-Real-IP", "Forwarded"} & set(Staff.seen)
    kept = "".join((tmp_path / name).read_text("utf-8") for name in ("access", "errors") if (tmp_path / name).exists())
    assert "127.0.0.1" not in kept


def _get(port: int, trusted: ssl.SSLContext) -> dict[str, str]:
    """Headers of a request to the staff page by its name."""
    end = time.monotonic() + 20
    while True:
        with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
            with trusted.wrap_socket(raw, server_hostname="answer.example.org") as line:
                line.sendall(b"GET / HTTP/1.1\r\nHost: answer.example.org\r\nConnection: close\r\n\r\n")
                text = b"".join(iter(lambda: line.recv(65536), b"")).decode("utf-8")
            assert text.startswith("HTTP/1.1 200")
            return dict(part.split(": ", 1) for part in text.split("\r\n\r\n")[0].split("\r\n")[1:])
        assert time.monotonic() < end


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("name", ["quorum.service", "quorum-today.service", "quorum-today.timer"])
def test_the_units_are_accepted_by_systemd(name: str, tmp_path: Path) -> None:
    for path in (SETUP / "systemd").iterdir():
        text = path.read_text("utf-8").replace("/srv/quorum/program/.venv/bin/quorum", "/bin/true")
        (tmp_path / path.name).write_text(text.replace("User=quorum", "User=daemon"), "utf-8")
    ended = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / name)], capture_output=True, text=True, check=False
    )
    assert [line for line in ended.stderr.splitlines() if name in line] == []
