"""The real flow, Prefect and Great Expectations included, run once for all tests that look at what it leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.integration import canaries
from tests.integration.release_without_prefect import Said, new_workspace

PROJECT = Path(__file__).parents[2]
GOOD, FAILING, REFUSED = "2026-11", "2026-12", "2027-01"


@dataclass(frozen=True)
class RealFlow:
    """A workspace after three runs: a failing one, a refused one and one to the release.

    diary: what every Python process of it connected to, resolved and wrote, as (kind, what).
    printed: everything that reached the terminal past the commands' own words.  temporary: their folder for
    temporary files.  unroutable_n: packets for other machines that the kernel threw away, in a network that has
    nothing but this machine; None where this machine lets us make no such network.
    """

    root: Path
    said: dict[str, Said]
    diary: frozenset[tuple[str, str]]
    printed: str
    temporary: Path
    unroutable_n: int | None


def run_real_flow(folder: Path) -> RealFlow:
    """Run all three in one process of its own, watched, and without any network where the machine lets us."""
    own, maps = {"own_pressure.v1": canaries.INSTRUMENT}, {"pressure": canaries.MAP}
    root = new_workspace(folder / "workspace", instruments=own, maps=maps)
    good, other = canaries.export(folder / "good.csv"), canaries.export(folder / "other.csv", seed=8)
    refused = folder / "refused.csv"
    refused.write_text(good.read_text("utf-8").replace("burned", canaries.FAULTY_CELL), "utf-8")
    commands = [
        ["sabotaged", "run", "--wave", FAILING, "--workspace", str(root), str(other)],
        ["run", "--wave", REFUSED, "--workspace", str(root), str(refused)],
        ["run", "--wave", GOOD, "--workspace", str(root), str(good)],
    ]
    (folder / "commands.json").write_text(json.dumps(commands), "utf-8")
    temporary = folder / "tmp"
    temporary.mkdir()
    driver = [
        sys.executable,
        "-m",
        "tests.integration.flow_driver",
        str(folder / "commands.json"),
        str(folder / "said.json"),
    ]
    prefix = _offline(folder / "counters")
    ended = subprocess.run(
        [*prefix, *driver], cwd=PROJECT, env=_watched(folder, temporary), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    said = [Said(**entry) for entry in json.loads((folder / "said.json").read_text("utf-8"))]
    diary = frozenset(
        (kind, what) for kind, what in (line.split("\t", 1) for line in (folder / "diary").read_text().splitlines())
    )
    printed = ended.stdout + ended.stderr
    outcome = dict(zip((FAILING, REFUSED, GOOD), said, strict=True))
    return RealFlow(root, outcome, diary, printed, temporary, _unroutable(folder / "counters") if prefix else None)


def _watched(folder: Path, temporary: Path) -> dict[str, str]:
    """An environment like a user's, with the diary on and nothing of ours that could silence Prefect."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "GX_", "DO_NOT"))}
    paths = [str(Path(__file__).parent / "watched_python"), str(PROJECT)]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "QUORUM_TEST_DIARY": str(folder / "diary"),
        "TMPDIR": str(temporary),
    }


def _offline(counters: Path) -> list[str]:
    """What to put before a command so that it sees this machine only; empty where we are not allowed to."""
    unshare, ip = shutil.which("unshare"), shutil.which("ip")
    if unshare is None or ip is None:
        return []
    script = (
        'ip link set lo up || exit; file=$0; "$@"; code=$?; cat /proc/net/snmp /proc/net/snmp6 > "$file"; exit $code'
    )
    for rights in (["-n"], ["-r", "-n"]):
        prefix = [unshare, *rights, "sh", "-c", script, str(counters)]
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return prefix
    return []


def _unroutable(counters: Path) -> int:
    """The kernel's count of packets that had nowhere to go, of native code too, over IPv4 and IPv6."""
    lines = [line.split() for line in counters.read_text("ascii").splitlines()]
    names, values = (line for line in lines if line[0] == "Ip:")
    over_4 = int(values[names.index("OutNoRoutes")])
    return over_4 + sum(int(line[1]) for line in lines if line[0] == "Ip6OutNoRoutes")
