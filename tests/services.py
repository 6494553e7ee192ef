"""`python -m tests.services [--postgresql]`: the real `quorum up`, with all that belongs to it, and a wave that waits.

Starts everything on free ports, asks for health, lets the calendar find a closed wave, kills Prefect's server in the
middle of that run, answers its question through Prefect, kills a service and sees it come back, and stops. Prints a
table; exit 1 where something is not as it has to be. With --postgresql, Prefect's states lie in a PostgreSQL of its own
(Debian's; as user postgres where run by root).
"""

from __future__ import annotations

import contextlib
import datetime
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from flows import log
from flows.zones import Zones
from tests.integration.release_without_prefect import ANSWERS, new_workspace, write_csv

WAVE = "autumn"
PATIENCE = 300.0


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether it comes to hold within this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(httpx.HTTPError, KeyError, IndexError):
            if holds():
                return True
        time.sleep(1)
    return False


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL of its own on a free port; its address for Prefect."""
    binaries = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
    data, port = folder / "pg", free_port()
    as_user = _as_postgres(folder) if os.geteuid() == 0 else []
    data.mkdir()
    if as_user:
        shutil.chown(data, "postgres", "postgres")
        folder.chmod(0o755)
    quiet = {"stdout": subprocess.DEVNULL, "check": True}
    subprocess.run([*as_user, binaries / "initdb", "-D", data, "-U", "quorum", "--auth=trust"], **quiet)  # type: ignore[call-overload]
    options = f"-p {port} -k {data} -c listen_addresses=127.0.0.1 -c fsync=off"
    subprocess.run(
        [*as_user, binaries / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", options, "start"], **quiet
    )  # type: ignore[call-overload]
    try:
        yield f"postgresql+asyncpg://quorum:secret-of-the-test@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*as_user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)  # type: ignore[call-overload]


def _as_postgres(folder: Path) -> list[str]:
    """What runs a command as user postgres, with a /dev/null of its own where that user may not write to it."""
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    if subprocess.run([*as_user, "sh", "-c", ": > /dev/null"], capture_output=True, check=False).returncode == 0:
        return as_user
    own_null = '[ -e "$0" ] || mknod -m 666 "$0" c 1 3; mount --bind "$0" /dev/null && exec "$@"'
    return ["unshare", "-m", "sh", "-c", own_null, str(folder / "null"), *as_user]


def workspace(folder: Path, ports: dict[str, int], database: str) -> Path:
    """A wave that closed yesterday, with its export, and a steward who wants to approve it."""
    today = datetime.date.today()
    lines = ["[up]", f'database = "{database}"', *(f'{name} = "127.0.0.1:{port}"' for name, port in ports.items())]
    lines += ["[schedule]", 'release = "after_approval"', "[[waves]]", f'wave_id = "{WAVE}"', 'items = ["bo1"]']
    lines += [f"opens_on = {today - datetime.timedelta(days=9)}", f"closes_on = {today - datetime.timedelta(days=1)}"]
    lines += ["[[sources]]", f'wave_id = "{WAVE}"', 'path = "export.csv"']
    root = new_workspace(folder / "workspace", settings="\n".join(lines))
    teams = [team for team, n in ANSWERS.items() for _ in range(n)]
    write_csv(root / "export.csv", ("unit_id", "bo1"), [[team, 1 + at % 5] for at, team in enumerate(teams)])
    return root


class Trial:
    """The running services, and what is asked of them."""

    def __init__(self, root: Path, ports: dict[str, int]) -> None:
        self.root, self.zones = root, Zones(root)
        self.port = str(ports["prefect"])
        self.api = f"http://127.0.0.1:{ports['prefect']}/api"
        self.verdicts: dict[str, bool] = {}
        environment = {name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "up", "--workspace", str(root)], env=environment, start_new_session=True
        )

    def post(self, path: str, content: object) -> httpx.Response:
        """Ask Prefect's server."""
        return httpx.post(f"{self.api}/{path}", json=content, timeout=30)

    def check(self) -> int:
        """`quorum up --check`."""
        command = [sys.executable, "-m", "flows.cli", "up", "--check", "--workspace", str(self.root)]
        return subprocess.run(command, capture_output=True, check=False).returncode

    def judge(self, words: str, is_good: bool) -> None:
        """Note and print."""
        self.verdicts[words] = is_good
        print(f"{'good' if is_good else 'FAULT':6} {words}", flush=True)

    def events(self) -> list[str]:
        """Events of the log."""
        return [entry["event"] for entry in log.entries(self.zones)]


def processes(root: Path) -> list[str]:
    """Command lines of running processes that name this workspace or its parts."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


def run_trial(trial: Trial) -> None:
    """The whole story."""
    trial.judge("everything answers", until(lambda: trial.check() == 0))
    names = {"calendar", "wave"}
    trial.judge(
        "both deployments are served",
        until(lambda: {each["name"] for each in trial.post("deployments/filter", {}).json()} >= names),
    )
    trial.judge("no secret in a command line", not any("secret-of-the-test" in line for line in processes(trial.root)))
    look = next(each for each in trial.post("deployments/filter", {}).json() if each["name"] == "calendar")
    trial.post(f"deployments/{look['id']}/create_flow_run", {"state": {"type": "SCHEDULED"}})
    trial.judge("the wave is collected", until(lambda: "collected" in trial.events()))
    trial.judge("Prefect's server was killed in the middle of its run", _kill_server(trial))
    paused = {"flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}}}
    trial.judge("the wave waits for an answer", until(lambda: bool(trial.post("flow_runs/filter", paused).json())))
    trial.judge("nothing is released before it", not trial.zones.release(WAVE).exists())
    run = trial.post("flow_runs/filter", paused).json()[0]
    trial.judge("no row and no team is in what Prefect was told", "ALDER" not in str(run))
    answer = {"run_input": {"is_approved": True, "answered_by": "steward"}}
    trial.post(f"flow_runs/{run['id']}/resume", answer)
    trial.judge("after the answer it is released", until(lambda: "released" in trial.events()))
    trial.judge("and once only", trial.events().count("released") == 1)
    trial.judge("the answer is in the log", "release_approved" in trial.events())
    _kill_dashboards(trial)


def _kill_server(trial: Trial) -> bool:
    """Whether the one process that listens for Prefect was found and killed."""
    killed = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().decode("utf-8", "replace").split("\0")
            if {"prefect", "server", "start", trial.port} <= set(words) and "flows.operate.keep_running" not in words:
                os.kill(int(path.parent.name), signal.SIGKILL)
                killed += 1
    return killed > 0


def _kill_dashboards(trial: Trial) -> None:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().decode("utf-8", "replace")
            is_ours = "streamlit" in line and "keep_running" not in line
            if is_ours and str(trial.zones.released) in Path(path.parent / "environ").read_text("utf-8", "replace"):
                os.kill(int(path.parent.name), signal.SIGKILL)
    trial.judge("a killed service comes back", until(lambda: trial.check() == 0))


def main(arguments: list[str]) -> int:
    """Start, judge, stop."""
    started = time.monotonic()
    ports = {name: free_port() for name in ("dashboards", "prefect", "staff")}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        is_postgresql = "--postgresql" in arguments
        root = workspace(folder, ports, "postgresql" if is_postgresql else "sqlite")
        if is_postgresql:
            url = stack.enter_context(postgresql(folder))
            Zones(root).database_url_file.write_text(url + "\n", "utf-8")
            Zones(root).database_url_file.chmod(0o600)
        trial = Trial(root, ports)
        try:
            run_trial(trial)
        finally:
            trial.process.send_signal(signal.SIGTERM)
            try:
                code = trial.process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(trial.process.pid, signal.SIGKILL)
                code = None
        trial.judge("it stops cleanly", code is not None and not _is_listening(ports))
        if is_postgresql:
            trial.judge("Prefect keeps no database file", not list(Zones(root).prefect_home.glob("*.db")))
    print(f"{sum(trial.verdicts.values())} of {len(trial.verdicts)} good, {time.monotonic() - started:.0f} s")
    return int(not all(trial.verdicts.values()))


def _is_listening(ports: dict[str, int]) -> bool:
    for port in ports.values():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
